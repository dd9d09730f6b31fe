//! The days on which a company is closed, or wants to be quiet.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;

/// One's own days on which nothing leaves to a debtor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClosedDays {
    /// From one date to another, both among them.
    Dates(Date, Date),
    /// From a month's day to another's, of each year; where the second is earlier, across New Year.
    EachYear((i8, i8), (i8, i8)),
}

/// Why a text is no days to be closed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadClosedDays {
    /// It is none of the forms.
    #[error(
        "\"{0}\" is not a day like \"2027-12-24\" or, of each year, \"12-24\", nor from one to another like \"12-24..01-02\""
    )]
    Unreadable(String),
    /// One end has a year.
    #[error("\"{0}\" has a year at one end only: write it at both ends, or at none")]
    HalfDated(String),
    /// The end is before the beginning.
    #[error("\"{0}\" ends before it begins")]
    Backwards(String),
    /// No day of a year is left.
    #[error("\"{0}\" is a whole year: `relance pause` holds everything back")]
    WholeYear(String),
}

/// So many days of each year must be left: on some of them there is neither a week-end nor a holiday.
pub const LEAST_OPEN: usize = 31;

impl ClosedDays {
    /// Reads a day, a day of each year, or a range of either.
    pub fn parse(text: &str) -> Result<Self, BadClosedDays> {
        let said = || text.to_owned();
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let days = match (End::parse(first), End::parse(last)) {
            (Some(End::Date(first)), Some(End::Date(last))) if last < first => {
                return Err(BadClosedDays::Backwards(said()));
            }
            (Some(End::Date(first)), Some(End::Date(last))) => Self::Dates(first, last),
            (Some(End::EachYear(first)), Some(End::EachYear(last))) => Self::EachYear(first, last),
            (Some(_), Some(_)) => return Err(BadClosedDays::HalfDated(said())),
            _ => return Err(BadClosedDays::Unreadable(said())),
        };
        let is_whole_year = match days {
            Self::Dates(first, last) => last >= first.saturating_add(364.days()),
            Self::EachYear(..) => days_left(std::slice::from_ref(&days), COMMON_YEAR) == 0,
        };
        if is_whole_year {
            return Err(BadClosedDays::WholeYear(said()));
        }
        Ok(days)
    }

    /// Whether this is one of them.
    pub fn contains(&self, date: Date) -> bool {
        let day = (date.month(), date.day());
        match *self {
            Self::Dates(first, last) => (first..=last).contains(&date),
            Self::EachYear(first, last) if first <= last => (first..=last).contains(&day),
            Self::EachYear(first, last) => day >= first || day <= last,
        }
    }

    /// A year of which all of them together leave too little open, and how many days that is.
    pub fn closed_year(all: &[Self]) -> Option<(i16, usize)> {
        let years = all.iter().flat_map(|days| match days {
            // No range is longer than a year.
            Self::Dates(first, last) => vec![first.year(), last.year()],
            Self::EachYear(..) => vec![COMMON_YEAR],
        });
        let mut left = years.map(|year| (year, days_left(all, year)));
        left.find(|(_, left)| *left < LEAST_OPEN)
    }
}

impl fmt::Display for ClosedDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, last] = match self {
            Self::Dates(first, last) => [first, last].map(Date::to_string),
            Self::EachYear(first, last) => {
                [first, last].map(|(month, day)| format!("{month:02}-{day:02}"))
            }
        };
        f.write_str(&first)?;
        if first != last {
            write!(f, "..{last}")?;
        }
        Ok(())
    }
}

/// Any without a 29th of February.
const COMMON_YEAR: i16 = 2027;

fn days_left(all: &[ClosedDays], year: i16) -> usize {
    let days = Date::new(year, 1, 1).into_iter();
    let days = days.flat_map(|first| first.series(1.day()));
    let days = days.take_while(|day| day.year() == year);
    days.filter(|day| !all.iter().any(|closed| closed.contains(*day)))
        .count()
}

/// Either end of a range.
enum End {
    Date(Date),
    EachYear((i8, i8)),
}

impl End {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        match text.len() {
            10 if digits(text) => text.parse().ok().map(Self::Date),
            5 if digits(text) => {
                // A year that has each day there is.
                let date: Date = format!("2028-{text}").parse().ok()?;
                Some(Self::EachYear((date.month(), date.day())))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, day: &str) -> bool {
        let days = ClosedDays::parse(text).unwrap();
        days.contains(day.parse().unwrap())
    }

    #[test]
    fn a_date_is_closed_once_and_a_day_of_the_year_each_year() {
        assert!(holds("2027-12-24", "2027-12-24"));
        assert!(!holds("2027-12-24", "2028-12-24"));
        assert!(holds("12-24", "2027-12-24") && holds("12-24", "2039-12-24"));
        assert!(!holds("12-24", "2027-12-25"));
    }

    #[test]
    fn a_range_has_both_its_ends_and_may_go_across_new_year() {
        for day in ["2027-12-24", "2027-12-31", "2028-01-01", "2028-01-02"] {
            assert!(holds("12-24..01-02", day), "{day}");
            assert!(holds("2027-12-24..2028-01-02", day), "{day}");
        }
        for day in ["2027-12-23", "2028-01-03", "2028-07-01"] {
            assert!(!holds("12-24..01-02", day), "{day}");
            assert!(!holds("2027-12-24..2028-01-02", day), "{day}");
        }
        assert!(holds("08-01..08-31", "2030-08-31"));
        assert!(!holds("08-01 .. 08-31", "2030-09-01"));
        assert!(holds("02-29..03-01", "2027-03-01"));
    }

    #[test]
    fn days_are_written_as_they_were_read() {
        for text in [
            "2027-12-24",
            "02-29",
            "12-24..01-02",
            "2027-12-24..2028-01-02",
        ] {
            assert_eq!(ClosedDays::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_days_is_refused_in_words_that_say_what_is_expected() {
        let refusal = |text: &str| ClosedDays::parse(text).unwrap_err().to_string();
        for bad in [
            "",
            "..",
            "christmas",
            "24.12.",
            "12-32",
            "2027-02-29",
            "1-1",
            "12-24..",
            "12-24...01-02",
            "2027-12-24T00",
            "12-24..01-02..01-03",
            "+1-01",
        ] {
            assert_eq!(
                refusal(bad),
                format!(
                    "\"{bad}\" is not a day like \"2027-12-24\" or, of each year, \"12-24\", nor from one to another like \"12-24..01-02\""
                )
            );
        }
        assert_eq!(
            refusal("2027-12-24..01-02"),
            "\"2027-12-24..01-02\" has a year at one end only: write it at both ends, or at none"
        );
        assert_eq!(
            refusal("2027-12-24..2027-01-02"),
            "\"2027-12-24..2027-01-02\" ends before it begins"
        );
        for whole in [
            "01-01..12-31",
            "03-01..02-28",
            "2027-01-01..2027-12-31",
            "2027-06-01..9999-12-31",
        ] {
            assert_eq!(
                refusal(whole),
                format!("\"{whole}\" is a whole year: `relance pause` holds everything back")
            );
        }
    }

    #[test]
    fn all_together_leave_a_month_of_each_year() {
        let of = |texts: &[&str]| {
            let days = texts.iter().map(|text| ClosedDays::parse(text).unwrap());
            ClosedDays::closed_year(&days.collect::<Vec<_>>())
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["08-01..08-31", "12-24..01-02"]), None);
        assert_eq!(of(&["01-01..11-30"]), None);
        assert_eq!(of(&["01-01..11-30", "12-24"]), Some((2027, 30)));
        assert_eq!(of(&["01-01..06-30", "07-01..12-31"]), Some((2027, 0)));
        assert_eq!(
            of(&["2029-01-01..2029-11-30", "12-01..12-10"]),
            Some((2029, 21))
        );
    }
}
