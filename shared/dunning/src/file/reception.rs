//! What is known of a source at our door: when it was heard last, and since when what comes for it is refused.

use jiff::Timestamp;

/// What came in for a source, to the hour. Kept apart from any file: it is of all its customers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reception {
    /// When something of it was last taken in.
    pub accepted_at: Option<Timestamp>,
    /// When what comes for it began to be refused; none once something was taken in again.
    pub refused_since: Option<Timestamp>,
    /// When that was noted last.
    pub refused_at: Option<Timestamp>,
    /// When a person let its reminders go on.
    pub released_at: Option<Timestamp>,
    /// Since when anything of it is noted: nothing was taken in before that is known of.
    pub known_since: Option<Timestamp>,
    /// When the team was last told that it is silent.
    pub silence_told_at: Option<Timestamp>,
    /// When it was last asked whether it is.
    pub asked_at: Option<Timestamp>,
}

impl Reception {
    /// Since when nothing was taken in, nor said by a person in its stead.
    pub fn silent_since(&self) -> Option<Timestamp> {
        let heard = self.accepted_at.max(self.released_at);
        heard.or(self.known_since)
    }
}
