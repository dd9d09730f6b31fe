//! What every rule goes by.

use jiff::Timestamp;

use crate::policy::Policy;

/// The policy of the day, and the time.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The user's policy.
    pub policy: &'a Policy,
    /// The time. No rule looks at a clock.
    pub now: Timestamp,
}
