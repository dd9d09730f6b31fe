//! Public holidays, by the table beside this file.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::Date;

use super::easter::easter_sunday;
use crate::value::Country;

/// When a holiday is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    /// On the same day of each year.
    Fixed { month: i8, day: i8 },
    /// That many days after Easter Sunday.
    AfterEaster(i64),
}

struct Holiday {
    country: &'static str,
    day: Day,
}

static HOLIDAYS: LazyLock<Vec<Holiday>> = LazyLock::new(|| {
    let lines = include_str!("holidays.txt").lines().filter_map(holiday);
    lines.collect()
});

/// Whether nothing leaves on this day there.
pub(super) fn is_holiday(date: Date, country: &Country) -> bool {
    let mut theirs = HOLIDAYS
        .iter()
        .filter(|holiday| holiday.country == country.as_str());
    theirs.any(|holiday| holiday.day.is(date))
}

impl Day {
    fn is(self, date: Date) -> bool {
        match self {
            Self::Fixed { month, day } => (date.month(), date.day()) == (month, day),
            Self::AfterEaster(days) => {
                easter_sunday(date.year()).saturating_add(days.days()) == date
            }
        }
    }
}

/// Reads a line; `None` for one that names no holiday.
fn holiday(line: &'static str) -> Option<Holiday> {
    let mut words = line.split(' ');
    let (country, day) = (words.next()?, words.next()?);
    let day = if let Some(days) = day.strip_prefix("easter+") {
        Day::AfterEaster(days.parse().ok()?)
    } else {
        let (month, day) = day.split_once('-')?;
        Day::Fixed {
            month: month.parse().ok()?,
            day: day.parse().ok()?,
        }
    };
    Some(Holiday { country, day })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_table_is_a_comment_or_a_holiday() {
        for line in include_str!("holidays.txt").lines() {
            let is_comment = line.is_empty() || line.starts_with('#');
            assert_ne!(is_comment, holiday(line).is_some(), "{line}");
        }
    }

    fn country(code: &str) -> Country {
        Country::parse(code).unwrap()
    }

    #[test]
    fn french_holidays_fall_on_their_days() {
        // The official lists of 2026, 2027 and 2028.
        let lists = [
            "2026-01-01 2026-04-06 2026-05-01 2026-05-08 2026-05-14 2026-05-25 2026-07-14 2026-08-15 2026-11-01 2026-11-11 2026-12-25",
            "2027-01-01 2027-03-29 2027-05-01 2027-05-06 2027-05-08 2027-05-17 2027-07-14 2027-08-15 2027-11-01 2027-11-11 2027-12-25",
            "2028-01-01 2028-04-17 2028-05-01 2028-05-08 2028-05-25 2028-06-05 2028-07-14 2028-08-15 2028-11-01 2028-11-11 2028-12-25",
        ];
        for list in lists {
            let known: Vec<Date> = list.split(' ').map(|day| day.parse().unwrap()).collect();
            let year = known[0].year();
            let mut day = Date::constant(year, 1, 1);
            let mut found = Vec::new();
            while day.year() == year {
                if is_holiday(day, &country("FR")) {
                    found.push(day);
                }
                day = day.tomorrow().unwrap();
            }
            assert_eq!(found, known);
        }
    }

    #[test]
    fn a_country_without_lines_has_no_holidays() {
        assert!(!is_holiday(Date::constant(2027, 12, 25), &country("GB")));
    }
}
