//! When a mail may leave, and the zone in which a debtor's day is counted.

mod easter;
mod holidays;

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use self::holidays::is_holiday;
use crate::value::Country;

/// When mails may leave, in the debtor's own time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The time a step is planned for.
    pub send_at: Time,
    /// Nothing leaves before.
    pub opens: Time,
    /// Nothing leaves at or after; `None` is midnight.
    pub closes: Option<Time>,
    /// Days on which nothing leaves.
    pub weekend: BTreeSet<u8>,
    /// Whether public holidays of the debtor's country are kept.
    pub holidays: bool,
}

impl Calendar {
    /// Whether a mail may leave at this time of a day that is open.
    pub fn is_open_at(&self, time: Time) -> bool {
        time >= self.opens && self.closes.is_none_or(|closes| time < closes)
    }

    /// Whether the day of the week is kept free.
    pub fn is_weekend(&self, day: Weekday) -> bool {
        self.weekend
            .contains(&day.to_monday_zero_offset().unsigned_abs())
    }
}

/// The debtor's own calendar: its zone, its holidays, the policy's hours.
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
        // At the end of the calendar there is no next day.
        while !self.is_sending_day(day) && day < Date::MAX {
            day = day_after(day);
        }
        day
    }

    /// The day itself, or the last one before it on which mails may leave.
    pub fn sending_day_on_or_before(&self, mut day: Date) -> Date {
        while !self.is_sending_day(day) && day > Date::MIN {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::zone_of;

    fn country(code: &str) -> Country {
        Country::parse(code).unwrap()
    }

    #[test]
    fn a_window_that_has_closed_opens_on_the_next_working_day() {
        let policy = Calendar {
            send_at: Time::constant(9, 0, 0, 0),
            opens: Time::constant(9, 0, 0, 0),
            closes: Some(Time::constant(17, 0, 0, 0)),
            weekend: BTreeSet::from([5, 6]),
            holidays: true,
        };
        let france = country("FR");
        let zone = zone_of(&france).unwrap();
        let calendar = DebtorCalendar::new(&policy, Some(&france), zone);
        let first = |now: &str| calendar.first_day_from(now.parse().unwrap()).to_string();
        assert_eq!(first("2027-01-15T08:00:00Z"), "2027-01-15");
        assert_eq!(first("2027-01-15T15:59:59Z"), "2027-01-15");
        // Friday, 17:00 in Paris: Monday.
        assert_eq!(first("2027-01-15T16:00:00Z"), "2027-01-18");
        // The eve of Easter Monday: Tuesday.
        assert_eq!(first("2027-03-28T09:00:00Z"), "2027-03-30");
    }
}
