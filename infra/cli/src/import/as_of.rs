//! When a file was written.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::sheet::parse_day;

/// What a person says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AsOf {
    /// At no known time of it: its beginning, so that nothing that came on it is taken for known.
    Day(Date),
    /// To the second.
    Instant(Timestamp),
}

/// A file cannot say what is not yet.
#[derive(Debug, thiserror::Error)]
#[error("--as-of {0} is in the future")]
pub(crate) struct InTheFuture(Timestamp);

impl AsOf {
    pub(super) fn parse(said: &str) -> Result<Self, String> {
        if let Ok(at) = said.parse() {
            return Ok(Self::Instant(at));
        }
        parse_day(said).map(Self::Day).ok_or_else(|| {
            "is neither a day like 2027-02-15 nor an instant like 2027-02-15T09:00:00Z".to_owned()
        })
    }

    pub(super) fn in_zone(
        &self,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<Timestamp, InTheFuture> {
        let at = match self {
            Self::Instant(at) => *at,
            Self::Day(day) => {
                let begins = day.to_zoned(zone.clone());
                begins.map_or(Timestamp::MAX, |begins| begins.timestamp())
            }
        };
        if at > now {
            Err(InTheFuture(at))
        } else {
            Ok(at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_its_beginning_where_the_source_is_and_never_in_the_future() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let now = at("2027-03-01T10:00:00Z");
        let as_of = |said: &str| AsOf::parse(said).unwrap().in_zone(&zone, now).ok();
        assert_eq!(as_of("2027-03-01"), Some(at("2027-02-28T23:00:00Z")));
        assert_eq!(
            as_of("2027-03-01T09:30:00+01:00"),
            Some(at("2027-03-01T08:30:00Z"))
        );
        assert_eq!(as_of("2027-03-02"), None);
        for said in ["01/03/2027", "2027-03-01T09:30:00", "2027-03-01 09:30"] {
            assert!(AsOf::parse(said).is_err(), "{said}");
        }
    }
}
