//! How fast the table is asked.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// So many units a second, of all parts together.
pub(super) struct Pace {
    rate: f64,
    free_at: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(rate: u32) -> Self {
        Self {
            rate: f64::from(rate),
            free_at: Mutex::default(),
        }
    }

    /// Takes units that were used, and waits until they are paid for.
    pub(super) async fn take(&self, units: f64) {
        let now = Instant::now();
        let until = {
            let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
            let until = free_at.map_or(now, |at| at.max(now));
            let until = until + Duration::from_secs_f64(units.max(0.0) / self.rate);
            *free_at = Some(until);
            until
        };
        sleep_until(until).await;
    }
}
