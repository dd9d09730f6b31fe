//! Where the policy lies.

use std::path::{Path, PathBuf};

use clap::Args;

/// Which policy is meant.
#[derive(Args)]
pub(crate) struct PolicyFolder {
    /// The folder with relance.toml, and the templates and sources of your own
    #[arg(
        long,
        value_name = "FOLDER",
        env = "RELANCE_POLICY",
        default_value_os_t = usual(),
        global = true
    )]
    pub(crate) policy: PathBuf,
}

/// In the project's folder `infra/policy`; in that of a release `policy`.
fn usual() -> PathBuf {
    let of_project = Path::new("infra/policy");
    let of_release = Path::new("policy");
    let is_release = !of_project.exists() && of_release.join("relance.toml").exists();
    let folder = if is_release { of_release } else { of_project };
    folder.to_owned()
}
