//! Days on which a mail may leave, and the zone in which a debtor's day is counted.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::people::{Country, Language};
use crate::policy::Calendar;

/// The debtor's own calendar: his zone, his holidays, the policy's hours.
#[derive(Debug, Clone)]
pub struct DebtorCalendar<'a> {
    calendar: &'a Calendar,
    country: Option<&'a Country>,
    zone: TimeZone,
}

impl<'a> DebtorCalendar<'a> {
    /// For a debtor in `country`, whose day is counted in `zone`.
    pub fn new(calendar: &'a Calendar, country: Option<&'a Country>, zone: TimeZone) -> Self {
        Self {
            calendar,
            country,
            zone,
        }
    }

    /// The civil day of an instant, where the debtor is.
    pub fn day_of(&self, instant: Timestamp) -> Date {
        instant.to_zoned(self.zone.clone()).date()
    }

    /// Whether mails may leave on this day.
    pub fn is_sending_day(&self, day: Date) -> bool {
        let holiday = || self.country.is_some_and(|country| is_holiday(day, country));
        !(self.calendar.is_weekend(day.weekday()) || self.calendar.holidays && holiday())
    }

    /// Whether a mail may leave at this instant.
    pub fn is_open_at(&self, instant: Timestamp) -> bool {
        let here = instant.to_zoned(self.zone.clone());
        self.is_sending_day(here.date()) && self.calendar.is_open_at(here.time())
    }

    /// The first day on which a mail may still leave, counted from `now`.
    pub fn first_day_from(&self, now: Timestamp) -> Date {
        let here = now.to_zoned(self.zone.clone());
        let closed = self
            .calendar
            .closes
            .is_some_and(|closes| here.time() >= closes);
        let day = if closed {
            day_after(here.date())
        } else {
            here.date()
        };
        self.sending_day_on_or_after(day)
    }

    /// The day itself, or the next one on which mails may leave.
    pub fn sending_day_on_or_after(&self, mut day: Date) -> Date {
        while !self.is_sending_day(day) {
            day = day_after(day);
        }
        day
    }

    /// The day itself, or the last one before it on which mails may leave.
    pub fn sending_day_on_or_before(&self, mut day: Date) -> Date {
        while !self.is_sending_day(day) {
            day = day.saturating_sub(1.day());
        }
        day
    }

    /// The sending time of the next working day.
    pub fn sending_time_after(&self, day: Date) -> Timestamp {
        self.sending_time(self.sending_day_on_or_after(day_after(day)))
    }

    /// The instant at which a step of this day is planned. In the hour that a change of clocks
    /// skips it is an hour later; in one that comes twice, the first.
    pub fn sending_time(&self, day: Date) -> Timestamp {
        day.to_datetime(self.calendar.send_at)
            .to_zoned(self.zone.clone())
            .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }
}

/// The next civil day.
pub fn day_after(day: Date) -> Date {
    day.saturating_add(1.day())
}

/// A country's one time zone, by the table beside this file.
pub fn zone_of(country: &Country) -> Option<TimeZone> {
    let name = include_str!("zones.txt")
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find_map(|(code, zone)| (code == country.as_str()).then_some(zone))?;
    TimeZone::get(name).ok()
}

/// The language to try first where the tool does not name one; `None` where there is no single answer.
pub fn language_of(country: &Country) -> Option<Language> {
    const FRENCH: &str = "FR MC GP MQ GF RE YT PM BL MF NC PF WF";
    const ENGLISH: &str = "GB IE US AU NZ";
    let spoken = |list: &str| list.split(' ').any(|code| code == country.as_str());
    let code = if spoken(FRENCH) {
        "fr"
    } else if spoken(ENGLISH) {
        "en"
    } else {
        return None;
    };
    Language::parse(code).ok()
}

/// Public holidays. France: Code du travail L3133-1, eleven days, none moved when it falls on a
/// week-end. Other countries: none yet, only their week-ends are kept.
fn is_holiday(day: Date, country: &Country) -> bool {
    const FIXED: [(i8, i8); 8] = [
        (1, 1),
        (5, 1),
        (5, 8),
        (7, 14),
        (8, 15),
        (11, 1),
        (11, 11),
        (12, 25),
    ];
    if country.as_str() != "FR" {
        return false;
    }
    let easter = easter_sunday(day.year());
    let movable = [1, 39, 50].map(|days: i64| easter.saturating_add(days.days()));
    FIXED.contains(&(day.month(), day.day())) || movable.contains(&day)
}

/// Easter in the Gregorian calendar, by the anonymous algorithm (Meeus, *Astronomical Algorithms*, ch. 8).
#[expect(
    clippy::many_single_char_names,
    reason = "the names of the algorithm's own text"
)]
fn easter_sunday(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let day_of_march = h + l - 7 * m + 22;
    // Between 22 March and 25 April, so the sum never leaves the year.
    Date::constant(year, 3, 1).saturating_add((day_of_march - 1).days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

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
                day = day_after(day);
            }
            assert_eq!(found, known);
        }
    }

    #[test]
    fn each_line_of_the_zone_table_names_a_zone() {
        let lines = include_str!("zones.txt")
            .lines()
            .filter(|line| !line.starts_with('#'));
        for line in lines {
            let (code, zone) = line.split_once(' ').unwrap();
            assert!(TimeZone::get(zone).is_ok(), "{line}");
            assert!(zone_of(&country(code)).is_some(), "{line}");
        }
    }

    #[test]
    fn the_window_is_daytime_from_one_end_of_a_country_to_the_other() {
        let ends = [
            ("US", "Pacific/Honolulu", "America/New_York"),
            ("CA", "America/Vancouver", "America/St_Johns"),
            ("BR", "America/Rio_Branco", "America/Noronha"),
            ("AU", "Australia/Perth", "Australia/Sydney"),
            ("ID", "Asia/Jakarta", "Asia/Jayapura"),
            ("MX", "America/Tijuana", "America/Cancun"),
            ("ES", "Atlantic/Canary", "Europe/Madrid"),
            ("PT", "Atlantic/Azores", "Europe/Lisbon"),
            ("CL", "Pacific/Easter", "America/Santiago"),
            ("EC", "Pacific/Galapagos", "America/Guayaquil"),
        ];
        for (code, west, east) in ends {
            let zone = zone_of(&country(code)).unwrap();
            for month in [1, 7] {
                let day = Date::constant(2027, month, 13);
                for (hour, end) in [(9, west), (17, east)] {
                    let there = day.at(hour, 0, 0, 0).to_zoned(zone.clone()).unwrap();
                    let here = there.with_time_zone(TimeZone::get(end).unwrap());
                    let day_time = 6..=22;
                    assert!(
                        day_time.contains(&here.hour()),
                        "{code}: {hour} h is {here} in {end}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_window_that_has_closed_opens_on_the_next_working_day() {
        let policy = Policy::parse(include_str!("../tests/rules/relance.toml")).unwrap();
        let france = country("FR");
        let zone = zone_of(&france).unwrap();
        let calendar = DebtorCalendar::new(&policy.calendar, Some(&france), zone);
        let first = |now: &str| calendar.first_day_from(now.parse().unwrap()).to_string();
        assert_eq!(first("2027-01-15T08:00:00Z"), "2027-01-15");
        assert_eq!(first("2027-01-15T15:59:59Z"), "2027-01-15");
        // Friday, 17:00 in Paris: Monday.
        assert_eq!(first("2027-01-15T16:00:00Z"), "2027-01-18");
        // The eve of Easter Monday: Tuesday.
        assert_eq!(first("2027-03-28T09:00:00Z"), "2027-03-30");
    }
}
