//! The world's clock: it stands still until somebody turns it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_types::sdk_config::TimeSource;
use jiff::Timestamp;

/// A clock shared by everything in one world. Cloning it gives another hand on the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Mutex<Timestamp>>);

impl Clock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// The instant it shows.
    pub fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Turns it, forwards or backwards.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

/// The SDK signs with the world's time, so that two runs of one seed send the same bytes.
impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        self.now().into()
    }
}
