//! What is known of an event beside what it says.

use dunning::billing::{By, Reversals};
use dunning::value::{EventId, Mode, SourceName};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::bad_field::BadField;
use crate::manifest::Amounts;

/// What the canonical event does not know.
#[derive(Clone)]
pub(crate) struct Around<'a> {
    pub(crate) id: Result<EventId, BadField>,
    pub(crate) kind: String,
    pub(crate) source: &'a SourceName,
    pub(crate) mode: Mode,
    pub(crate) time_zone: &'a TimeZone,
    pub(crate) amounts: &'a Amounts,
    pub(crate) reversals: Reversals,
    /// When it came, where that is known.
    pub(crate) came_at: Option<Timestamp>,
    /// The delivery, in this translation.
    pub(crate) by: By,
}
