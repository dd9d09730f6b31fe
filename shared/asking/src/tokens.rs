//! Tokens that keys have bought, for as long as they count. They are kept by each worker, and nowhere else.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dunning::value::SourceName;
use jiff::{SignedDuration, Timestamp};
use sources::ask::Key;

/// A token is not shown so shortly before its end: it may be on its way then.
const SPARE: SignedDuration = SignedDuration::from_secs(60);

/// The tokens of one worker. Cloning gives another hand on the same ones.
#[derive(Clone, Default)]
pub struct Tokens(Arc<Mutex<HashMap<SourceName, (Key, Timestamp)>>>);

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// The token of a source, and until when it is shown.
    pub(crate) fn get(&self, source: &SourceName) -> Option<(Key, Timestamp)> {
        self.lock().get(source).cloned()
    }

    pub(crate) fn keep(&self, source: &SourceName, token: Key, until: Timestamp) {
        let until = until.saturating_sub(SPARE).unwrap_or(until);
        self.lock().insert(source.clone(), (token, until));
    }

    pub(crate) fn forget(&self, source: &SourceName) {
        self.lock().remove(source);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SourceName, (Key, Timestamp)>> {
        // A map of keys is whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
