//! Where the policy lies, unless somebody says so.

use std::path::{Path, PathBuf};

/// In the project's folder `infra/policy`; in that of a release `policy`.
pub(crate) fn policy() -> PathBuf {
    let of_project = Path::new("infra/policy");
    let of_release = Path::new("policy");
    let is_release = !of_project.exists() && of_release.join("relance.toml").exists();
    let folder = if is_release { of_release } else { of_project };
    folder.to_owned()
}
