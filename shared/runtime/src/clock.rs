//! The one place where the time is read.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

/// Tells the time: the machine's, or one that can be turned.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the place where the time is read"
        )]
        Self(Arc::new(Timestamp::now))
    }

    /// A clock of one's own.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }

    /// Whether there is so much time before a deadline.
    pub fn has_time(&self, deadline: Timestamp, needed: SignedDuration) -> bool {
        self.now().duration_until(deadline) >= needed
    }
}

/// Lambda's deadline of an invocation, which it gives in milliseconds since 1970.
pub fn deadline(milliseconds: u64) -> Timestamp {
    let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
