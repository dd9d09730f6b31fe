//! What a billing tool told in a year, as it would have come in.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use sources::Translation;

/// One thing that was told.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// When it would have come in. It may have happened before.
    pub(super) at: Timestamp,
    /// What it is.
    pub(super) what: Translation,
}

/// All that was told, in the order in which it would have come in.
#[derive(Debug, Default)]
pub(super) struct Year {
    /// What makes sense.
    pub(super) told: Vec<Told>,
    /// What does not, each with its place.
    pub(super) bad: Vec<String>,
    /// Up to when it is played, where that is not its last word.
    until: Option<Timestamp>,
}

impl Year {
    /// In order.
    pub(super) fn of(mut told: Vec<Told>, bad: Vec<String>) -> Self {
        told.sort_by_key(|told| told.at);
        Self {
            told,
            bad,
            until: None,
        }
    }

    /// The same, of which it is known that nothing else happened until then.
    pub(super) fn until(self, until: Timestamp) -> Self {
        Self {
            until: Some(until),
            ..self
        }
    }

    /// From when to when it is played; not at all where nothing was told.
    pub(super) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let last = self.told.last()?.at;
        Some((self.told.first()?.at, self.until.unwrap_or(last)))
    }
}

/// What is told of a day and of no hour of it counts from noon on: whatever leaves in the morning does not know it yet.
pub(super) fn noon(day: Date, zone: &TimeZone) -> Timestamp {
    let noon = Time::constant(12, 0, 0, 0);
    let noon = day.to_datetime(noon).to_zoned(zone.clone());
    noon.map_or(Timestamp::MAX, |noon| noon.timestamp())
}

impl Told {
    /// What is told as it happens.
    pub(super) fn when_it_happened(what: Translation) -> Self {
        let mut told = Self {
            at: Timestamp::MIN,
            what,
        };
        told.at = told.happened();
        told
    }

    /// When it happened, by whoever tells it.
    pub(super) fn happened(&self) -> Timestamp {
        match &self.what {
            Translation::Invoice(event) => event.order.at,
            Translation::Movement(event) => event.order.at,
            Translation::Customer(_)
            | Translation::Ignored { .. }
            | Translation::OtherMode { .. } => self.at,
        }
    }
}
