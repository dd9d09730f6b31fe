//! Days and links as they are kept.

use dunning::limits;
use dunning::value::Link;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use crate::canonical::{Day, DayOf, Instant};

/// A day until which nothing is sent: no further away than any invoice is due.
pub(crate) fn day(said: DayOf, time_zone: &TimeZone) -> Date {
    kept_day(civil(said, time_zone))
}

/// The civil day that is said.
pub(crate) fn civil(said: DayOf, time_zone: &TimeZone) -> Date {
    match said {
        DayOf::Day(Day(day)) => day,
        DayOf::Instant(Instant(at)) => at.to_zoned(time_zone.clone()).date(),
    }
}

/// A day until which nothing is sent, as it is kept.
pub(crate) fn kept_day(day: Date) -> Date {
    let (first, last) = (*limits::DUE_YEARS.start(), *limits::DUE_YEARS.end());
    day.clamp(date(first, 1, 1), date(last, 12, 31))
}

/// A link that may stand behind a button of a mail. Any other is the same as none: a payment is not to
/// be refused for a link.
pub(crate) fn link(value: Option<String>) -> Option<Link> {
    value.and_then(|url| Link::parse(&url).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_is_not_https_is_left_out() {
        let read = |value: &str| link(Some(value.to_owned()));
        assert!(read("https://invoice.stripe.com/i/x").is_some());
        let long = format!("https://a.example/{}", "x".repeat(2048));
        for bad in [
            "javascript:alert(1)",
            "http://a.example",
            "https://a b",
            "//a",
            "",
            &long,
        ] {
            assert_eq!(read(bad), None, "{bad} was taken");
        }
    }
}
