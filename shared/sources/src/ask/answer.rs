//! An answer as it came, and as of when it is.

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

/// What a tool answered. Nothing in it is to be trusted yet.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Names, which have no case, and values.
    pub headers: &'a [(String, String)],
    /// The raw bytes.
    pub body: &'a [u8],
    /// When the request left, by our clock.
    pub asked_at: Timestamp,
    /// From then until all of it was here.
    pub took: SignedDuration,
}

/// So far a tool's clock may be from ours.
const FARTHEST: SignedDuration = SignedDuration::from_hours(24);
/// The longest that a tool may want not to be asked.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(24);

impl<'a> Answer<'a> {
    /// The value of a header that stands once.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        let mut values = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (Some(value), None) => Some(value),
            _ => None,
        }
    }

    fn took(&self) -> SignedDuration {
        self.took.max(SignedDuration::ZERO)
    }

    /// When it was here, by our clock.
    fn came_at(&self) -> Timestamp {
        self.asked_at
            .checked_add(self.took())
            .unwrap_or(self.asked_at)
    }

    /// As of when it is, at the least, by the tool's own clock: when it was written, less all the time that it may
    /// have been on its way. To the second, as tools date what they post, so that of one second it is no newer.
    /// Where the tool does not say when it was written, or makes no sense, that is when we asked.
    pub(super) fn as_of(&self) -> Timestamp {
        let date = self.header("date").and_then(http_date);
        let date = date.filter(|date| date.duration_since(self.came_at()).abs() <= FARTHEST);
        let as_of = date.and_then(|date| date.checked_sub(self.took()).ok());
        let as_of = as_of.unwrap_or(self.asked_at);
        let whole = as_of.as_second() - i64::from(as_of.subsec_nanosecond() < 0);
        Timestamp::from_second(whole).unwrap_or(as_of)
    }

    /// How long the tool wants not to be asked: in seconds, or until when.
    pub(super) fn retry_after(&self) -> Option<SignedDuration> {
        let said = self.header("retry-after")?.trim();
        let pause = if let Ok(seconds) = said.parse::<u32>() {
            SignedDuration::from_secs(i64::from(seconds))
        } else {
            let until = http_date(said)?;
            let now = self.header("date").and_then(http_date);
            until.duration_since(now.unwrap_or(self.came_at()))
        };
        Some(pause.clamp(SignedDuration::ZERO, LONGEST_PAUSE))
    }
}

/// As `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn as_of(headers: &[(&str, &str)]) -> Timestamp {
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let answer = Answer {
            status: 200,
            headers: &headers,
            body: b"",
            asked_at: at("2027-03-01T09:00:00.7Z"),
            took: SignedDuration::from_millis(1500),
        };
        answer.as_of()
    }

    #[test]
    fn an_answer_is_as_of_its_date_less_all_the_time_that_it_took() {
        let date = ("Date", "Mon, 01 Mar 2027 09:01:10 GMT");
        assert_eq!(as_of(&[date]), at("2027-03-01T09:01:08Z"));
        assert_eq!(
            as_of(&[("date", "Mon, 01 Mar 2027 08:50:00 GMT")]),
            at("2027-03-01T08:49:58Z"),
            "an answer that somebody kept for us is as old as it was written"
        );
    }

    #[test]
    fn without_a_date_that_can_be_used_it_is_as_of_when_it_was_asked_for() {
        let asked = at("2027-03-01T09:00:00Z");
        assert_eq!(as_of(&[]), asked);
        for odd in [
            "yesterday",
            "",
            "Mon, 01 Mar 2027",
            "Wed, 03 Mar 2027 09:00:00 GMT",
        ] {
            assert_eq!(as_of(&[("Date", odd)]), asked, "{odd:?}");
        }
        let date = "Mon, 01 Mar 2027 09:01:10 GMT";
        assert_eq!(as_of(&[("Date", date), ("date", date)]), asked, "twice");
    }

    #[test]
    fn a_pause_is_in_seconds_or_until_a_date_and_never_longer_than_a_day() {
        let pause = |value: &str| {
            let headers = [
                ("Retry-After".to_owned(), value.to_owned()),
                (
                    "Date".to_owned(),
                    "Mon, 01 Mar 2027 09:00:00 GMT".to_owned(),
                ),
            ];
            let answer = Answer {
                status: 429,
                headers: &headers,
                body: b"",
                asked_at: at("2027-03-01T08:00:00Z"),
                took: SignedDuration::ZERO,
            };
            answer.retry_after().map(|pause| pause.as_secs())
        };
        assert_eq!(pause("7"), Some(7));
        assert_eq!(pause("Mon, 01 Mar 2027 09:02:00 GMT"), Some(120));
        assert_eq!(pause("Mon, 01 Mar 2027 08:00:00 GMT"), Some(0));
        assert_eq!(pause("99999999"), Some(86_400));
        for odd in ["", "-1", "soon", "1.5"] {
            assert_eq!(pause(odd), None, "{odd:?}");
        }
    }
}
