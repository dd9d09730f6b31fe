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
    #[error("{path}: {source}", path = path.display())]
    Bad {
        /// Which.
        path: PathBuf,
        /// Why.
        source: BadPolicy,
    },
}

/// Reads `relance.toml` in the policy's folder.
pub fn load_policy(folder: &Path) -> Result<Policy, PolicyError> {
    let path = folder.join("relance.toml");
    match std::fs::read_to_string(&path) {
        Ok(text) => Policy::parse(&text).map_err(|source| PolicyError::Bad { path, source }),
        Err(source) => Err(PolicyError::Read { path, source }),
    }
}
