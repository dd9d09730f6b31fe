//! The user's policy, from the folder it was deployed to.

use std::io;
use std::path::{Path, PathBuf};

use dunning::policy::{BadPolicy, Policy};

/// Why there is no policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be trusted.
    #[error("{}", placed(path, source))]
    Bad {
        /// Which.
        path: PathBuf,
        /// Why.
        source: BadPolicy,
    },
}

/// Each fault with its file, as editors and terminals find a place: `relance.toml:12:8: …`.
fn placed(path: &Path, faults: &BadPolicy) -> String {
    let faults = faults.faults().iter();
    let faults = faults.map(|fault| format!("{}:{fault}", path.display()));
    faults.collect::<Vec<_>>().join("\n")
}

/// Reads `relance.toml` in the policy's folder.
pub fn load_policy(folder: &Path) -> Result<Policy, PolicyError> {
    let path = folder.join("relance.toml");
    match std::fs::read_to_string(&path) {
        Ok(text) => Policy::parse(&text).map_err(|source| PolicyError::Bad { path, source }),
        Err(source) => Err(PolicyError::Read { path, source }),
    }
}
