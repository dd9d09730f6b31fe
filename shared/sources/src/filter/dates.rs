//! Days and instants in the forms in which tools write them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Days with their months in letters, or in an order that cannot be mistaken.
const FORMS: [&str; 9] = [
    "%Y/%m/%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
    "%d-%B-%Y",
];

/// The civil day that is meant; of an instant, that of a zone. Not of 04/05/2027, which may be one
/// or the other, nor then of 15/03/2027.
pub(crate) fn day(text: &str, zone: &TimeZone) -> Option<Date> {
    let text = text.trim();
    if let Ok(at) = text.parse::<DateTime>()
        && (at.time() == Time::midnight() || instant_with_offset(text).is_none())
    {
        return Some(at.date());
    }
    let of_instant = || Some(day_of(instant_with_offset(text)?, zone));
    let read = |form: &&str| {
        Date::strptime(form, text)
            .ok()
            .filter(|day| has_a_whole_year(*day))
    };
    let in_form = || FORMS.iter().find_map(read);
    of_instant()
        .or_else(in_form)
        .or_else(|| Some(day_of(seconds(text)?, zone)))
}

/// The civil day of an instant.
pub(super) fn day_of(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

/// And is not of the year 27.
fn has_a_whole_year(day: Date) -> bool {
    day.year() >= 1000
}

/// The instant that is meant: with its offset, in Unix seconds, or without either in UTC.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    instant_with_offset(text)
        .or_else(|| seconds(text))
        .or_else(|| {
            let at: DateTime = text.parse().ok()?;
            TimeZone::UTC.to_timestamp(at).ok()
        })
}

/// Unix seconds as text; what is shorter may be a day.
fn seconds(text: &str) -> Option<Timestamp> {
    let seconds = text.parse().ok().filter(|_| text.len() > 8)?;
    Timestamp::from_second(seconds).ok()
}

/// 2016-11-08 16:22:18 -0500, and with all that may stand in place of either blank.
fn instant_with_offset(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let (at, offset) = text.rsplit_once(' ')?;
    let offset = match offset {
        "UTC" | "GMT" => "Z",
        offset => offset,
    };
    format!("{}{offset}", at.trim_end()).parse().ok()
}

/// So many days or months later; the last day of a month that does not have the day.
pub(super) fn later(day: Date, days: i32, months: i32) -> Option<Date> {
    day.checked_add(Span::new().days(days).months(months)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris(text: &str) -> Option<String> {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        day(text, &zone).map(|day| day.to_string())
    }

    #[test]
    fn a_day_is_read_in_the_forms_that_tools_write() {
        for text in [
            "2027-03-15",
            " 2027-03-15 ",
            "2027-03-15T00:00:00Z",
            "2027-03-15 00:00:00",
            "2027-03-15T17:30:00",
            "2027-03-14T23:30:00Z",
            "2027-03-15T10:00:00+0100",
            "2027-03-15 10:00:00 UTC",
            "2027/03/15",
            "20270315",
            "15.03.2027",
            "15 Mar 2027",
            "15 March 2027",
            "Mar 15, 2027",
            "15-Mar-2027",
        ] {
            assert_eq!(paris(text).as_deref(), Some("2027-03-15"), "{text}");
        }
        for text in [
            "",
            "04/05/2027",
            "15/03/2027",
            "2027-13-01",
            "soon",
            "15/03/27",
            "31/02/2027",
            "2027",
            "0",
        ] {
            assert_eq!(paris(text), None, "{text}");
        }
    }

    #[test]
    fn an_instant_is_read_in_the_forms_that_tools_write() {
        for text in [
            "2027-02-05T09:00:00Z",
            "2027-02-05T10:00:00+0100",
            "2027-02-05T10:00:00+01:00",
            "2027-02-05 09:00:00",
            "2027-02-05 09:00:00 UTC",
            "2027-02-05 04:00:00 -0500",
            "2027-02-05T09:00:00.000000Z",
            "1801818000",
        ] {
            let at = instant(text).map(|at| at.to_string());
            assert_eq!(at.as_deref(), Some("2027-02-05T09:00:00Z"), "{text}");
        }
        assert_eq!(
            instant("2027-02-05").unwrap().to_string(),
            "2027-02-05T00:00:00Z"
        );
        for text in [
            "",
            "today",
            "2027-02-30T00:00:00Z",
            "20270205T",
            "99999999999999999999",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
