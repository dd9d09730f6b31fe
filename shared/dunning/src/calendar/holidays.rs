//! Public holidays, by the table beside this file.
//!
//! What the table has of each year holds in all years; what it lists year by year is known for its own years alone.
//! So the holidays of France, which law and Easter give, never end; those that hang on a moon, or are moved when they
//! fall on a week-end, are known from the table's first year to its last. `infra/holidays` makes it anew.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::easter::{easter_sunday, orthodox_easter_sunday};
use super::regions::Place;
use super::weekends::weekday_in_short;

/// The holidays of a place.
#[derive(Debug, Clone, Default)]
pub(super) struct Holidays {
    country: Option<&'static Days>,
    /// What differs in each region that it may be in, if anything does.
    regions: Vec<Option<&'static Days>>,
}

impl Holidays {
    /// Those of a place; none in a country that the table does not have.
    pub(super) fn of(place: &Place) -> Self {
        let country = place.country().as_str();
        let regions = place.regions().iter();
        let regions = regions.map(|region| days_of(&format!("{country}-{region}")));
        Self {
            country: days_of(country),
            regions: regions.collect(),
        }
    }

    /// Whether nothing leaves on this day there. What may be in several regions keeps the days of each.
    pub(super) fn has(&self, date: Date) -> bool {
        let national = self.country.is_some_and(|days| days.has.contains(date));
        let mut regions = self.regions.iter();
        if self.regions.is_empty() {
            return national;
        }
        regions.any(|region| match region {
            Some(own) => own.has.contains(date) || national && !own.lacks.contains(date),
            None => national,
        })
    }
}

/// A country's holidays, or those that a region has beyond them and those that it lacks.
#[derive(Debug, Default)]
struct Days {
    has: Dates,
    lacks: Dates,
}

#[derive(Debug, Default)]
struct Dates {
    each_year: Vec<Rule>,
    once: Vec<Date>,
}

impl Dates {
    fn contains(&self, date: Date) -> bool {
        self.once.contains(&date) || self.each_year.iter().any(|rule| rule.gives(date))
    }
}

/// A day of each year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    On {
        month: i8,
        day: i8,
    },
    AfterEaster(i64),
    AfterOrthodoxEaster(i64),
    /// The first such day on or after that one.
    From {
        weekday: Weekday,
        month: i8,
        day: i8,
    },
}

impl Rule {
    fn gives(self, date: Date) -> bool {
        let year = date.year();
        // Easter is in no other months, and is long to reckon.
        let is_easter = |days: i64, easter: fn(i16) -> Date| {
            let sunday = date.saturating_sub(days.days());
            (3..=5).contains(&sunday.month())
                && sunday.weekday() == Weekday::Sunday
                && easter(year) == sunday
        };
        match self {
            Self::On { month, day } => (date.month(), date.day()) == (month, day),
            Self::AfterEaster(days) => is_easter(days, easter_sunday),
            Self::AfterOrthodoxEaster(days) => is_easter(days, orthodox_easter_sunday),
            Self::From {
                weekday,
                month,
                day,
            } => {
                let first = Date::new(year, month, day);
                let week = first.map(|first| first..=first.saturating_add(6.days()));
                date.weekday() == weekday && week.is_ok_and(|week| week.contains(&date))
            }
        }
    }

    fn parse(word: &str) -> Option<Self> {
        if let Some(days) = word.strip_prefix('E') {
            days.parse().ok().map(Self::AfterEaster)
        } else if let Some(days) = word.strip_prefix('O') {
            days.parse().ok().map(Self::AfterOrthodoxEaster)
        } else if let Some((name, from)) = word.split_once(">=") {
            let (month, day) = month_and_day(from)?;
            let weekday = weekday_in_short(name)?;
            Some(Self::From {
                weekday,
                month,
                day,
            })
        } else {
            let (month, day) = month_and_day(word)?;
            Some(Self::On { month, day })
        }
    }
}

fn month_and_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    Some((month.parse().ok()?, day.parse().ok()?))
}

/// The rows of a country or region, and what they say once that was asked.
struct Rows {
    lines: &'static str,
    days: OnceLock<Days>,
}

impl Rows {
    fn rows(&self) -> impl Iterator<Item = &'static str> {
        let lines = self.lines.lines();
        lines.filter_map(|line| line.split_once(' ').map(|(_, row)| row))
    }
}

/// Whoever asks for one country does not read the others: the rows of each stand together.
static TABLE: LazyLock<BTreeMap<&str, Rows>> = LazyLock::new(|| {
    let mut table = BTreeMap::new();
    let mut rest = include_str!("holidays.txt");
    while let Some((key, _)) = rest.split_once(' ') {
        let its_own = |line: &&str| line.split_once(' ').is_some_and(|(of, _)| of == key);
        let lines = rest.split_inclusive('\n').take_while(its_own);
        let (lines, others) = rest.split_at(lines.map(str::len).sum());
        let days = OnceLock::new();
        // The file's head is of none.
        if key != "#" {
            table.insert(key, Rows { lines, days });
        }
        rest = others;
    }
    table
});

fn days_of(key: &str) -> Option<&'static Days> {
    let rows = TABLE.get(key)?;
    Some(rows.days.get_or_init(|| {
        let mut days = Days::default();
        for row in rows.rows() {
            // A test reads each word of the table.
            let _ = days.read(row);
        }
        days
    }))
}

/// The last year of the table. After it a country has the holidays that are the same each year.
pub fn holidays_known_until() -> i16 {
    let rows = TABLE.values().flat_map(Rows::rows);
    let years = rows.filter_map(|row| row.get(..4)?.parse::<i16>().ok());
    years.max().unwrap_or(i16::MIN)
}

impl Days {
    /// Takes in a row; `None` if a word of it is none.
    fn read(&mut self, row: &str) -> Option<()> {
        let mut words = row.split(' ').peekable();
        let year = words.next_if(|word| word.len() == 4 && word.parse::<i16>().is_ok());
        let year = year.and_then(|year| year.parse::<i16>().ok());
        for word in words {
            let (dates, word) = match word.strip_prefix('-') {
                Some(word) => (&mut self.lacks, word),
                None => (&mut self.has, word),
            };
            match year {
                None => dates.each_year.push(Rule::parse(word)?),
                Some(year) => {
                    let (month, day) = month_and_day(word)?;
                    dates.once.push(Date::new(year, month, day).ok()?);
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Country;

    #[test]
    fn each_row_of_the_table_is_of_a_country_or_a_region_of_one_and_can_be_read() {
        for (key, rows) in TABLE.iter() {
            let country = key.split('-').next().unwrap();
            assert!(Country::parse(country).is_ok(), "{key}");
            assert!(TABLE.contains_key(country), "{key} has no country");
            assert_ne!(rows.rows().count(), 0, "{key}");
            for row in rows.rows() {
                assert!(Days::default().read(row).is_some(), "{key} {row}");
            }
        }
    }

    #[test]
    fn each_line_of_the_table_is_read_once() {
        let lines = include_str!("holidays.txt").lines();
        let lines = lines.filter(|line| !line.starts_with('#')).count();
        let rows = TABLE.values().flat_map(Rows::rows);
        assert_eq!(rows.count(), lines);
    }

    #[test]
    fn a_word_that_is_no_day_is_none() {
        for bad in [
            "", "12", "12-", "x-1", "Easter", "E", "O+x", "mon>=", "mo>=1-1", "mon>=05",
        ] {
            assert_eq!(Rule::parse(bad), None, "{bad}");
        }
        assert!(Days::default().read("2027 02-29").is_none());
        assert!(Days::default().read("2027 E+1").is_none());
    }

    #[test]
    fn each_region_of_the_table_can_be_reached_by_its_name() {
        let regions = TABLE.keys().filter_map(|key| key.split_once('-'));
        for (country, region) in regions {
            let country = Country::parse(country).unwrap();
            let place = Place::of(&country, None, Some(region));
            assert_eq!(place.regions(), [region], "{country}-{region}");
        }
    }

    /// What is known of it ends with its last year: a mail planned then would leave on a holiday.
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "whether the table grows old is a question to the calendar on the wall"
    )]
    fn the_table_is_good_for_five_years_more() {
        let today = jiff::Zoned::now().date();
        let last = holidays_known_until();
        assert!(
            last >= today.year() + 5,
            "holidays.txt ends with {last}: run infra/holidays, read the difference and keep it"
        );
    }
}
