//! Days, texts and links as they are kept.

use dunning::limits;
use dunning::value::Link;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use crate::canonical::{Day, DayOf, Instant};

/// A day until which nothing is sent: no further away than any invoice is due.
pub(crate) fn day(said: DayOf, time_zone: &TimeZone) -> Date {
    let day = match said {
        DayOf::Day(Day(day)) => day,
        DayOf::Instant(Instant(at)) => at.to_zoned(time_zone.clone()).date(),
    };
    let (first, last) = (*limits::DUE_YEARS.start(), *limits::DUE_YEARS.end());
    day.clamp(date(first, 1, 1), date(last, 12, 31))
}

/// The longest text that is kept, in bytes. A file holds many invoices, and a tool's texts are shorter.
const LONGEST: usize = 2048;
/// Text on one line: blanks, line breaks and control characters become single blanks.
pub(crate) fn text(value: Option<String>) -> Option<String> {
    let mut value = value?;
    value.truncate(value.floor_char_boundary(LONGEST));
    let words: Vec<&str> = value
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
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
    fn a_text_comes_out_on_one_line_and_not_too_long() {
        let one_line = |value: &str| text(Some(value.to_owned()));
        assert_eq!(
            one_line(" ACME\r\nBcc: x\u{0}y\t Ltd "),
            Some("ACME Bcc: x y Ltd".to_owned())
        );
        assert_eq!(one_line(" \n "), None);
        let cut = one_line(&"é".repeat(2000)).unwrap();
        assert_eq!(cut, "é".repeat(1024));
    }

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
