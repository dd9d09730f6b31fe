//! Why the demo did not come to its end.

use std::path::PathBuf;

use local::WorldError;

/// Why the demo did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error(transparent)]
    World(#[from] WorldError),
    #[error(transparent)]
    Ledger(#[from] ledger::LedgerError),
    #[error("the webhook of {0} was answered with {1}: {2}")]
    Webhook(&'static str, u16, String),
    #[error("cannot write to {path}: {source}", path = path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}
