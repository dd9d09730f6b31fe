//! What a worker noted of late: a flood finds it here that the hour has been noted.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dunning::limits::RECEPTION_NOTED;
use dunning::value::SourceName;
use jiff::Timestamp;

/// When this worker noted what. No source: all that the policy does not know.
#[derive(Debug, Default)]
pub struct Noted(Mutex<HashMap<(Option<SourceName>, Word), Timestamp>>);

/// What is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Word {
    /// Something was taken in.
    Accepted,
    /// Something was refused.
    Refused,
}

impl Noted {
    /// Whether it is time to note it; it counts as noted then.
    pub(crate) fn is_due(&self, source: Option<&SourceName>, word: Word, now: Timestamp) -> bool {
        let mut noted = self.lock();
        let last = noted.get(&(source.cloned(), word));
        let is_due = last.is_none_or(|last| now.duration_since(*last) >= RECEPTION_NOTED);
        if is_due {
            noted.insert((source.cloned(), word), now);
        }
        is_due
    }

    pub(crate) fn forget(&self, source: Option<&SourceName>, word: Word) {
        self.lock().remove(&(source.cloned(), word));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Option<SourceName>, Word), Timestamp>> {
        // A map of instants is whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
