//! When a mail may leave, and the zone in which a debtor's day is counted.

mod closed;
mod easter;
mod holidays;
mod regions;
mod weekends;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

pub use self::closed::{BadClosedDays, ClosedDays, LEAST_OPEN};
pub use self::holidays::holidays_known_until;
pub use self::regions::Place;
pub use self::weekends::{weekday, weekday_name};

use self::holidays::Holidays;
use self::weekends::weekend_of;

/// When mails may leave, in the debtor's own time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The time a step is planned for.
    pub send_at: Time,
    /// Nothing leaves before.
    pub opens: Time,
    /// Nothing leaves at or after; `None` is midnight.
    pub closes: Option<Time>,
    /// Days of the week on which nothing leaves; `None` is the week-end of the debtor's country.
    pub weekend: Option<Vec<Weekday>>,
    /// Whether public holidays of the debtor's country and region are kept.
    pub holidays: bool,
    /// One's own days on which nothing leaves to a debtor.
    pub closed: Vec<ClosedDays>,
}

impl Calendar {
    /// Whether a mail may leave at this time of a day that is open.
    pub fn is_open_at(&self, time: Time) -> bool {
        time >= self.opens && self.closes.is_none_or(|closes| time < closes)
    }

    /// How long the window stays open after this time of a day.
    pub(crate) fn room_after(&self, time: Time) -> SignedDuration {
        const DAY: SignedDuration = SignedDuration::from_hours(24);
        let since_midnight = |time: Time| time.duration_since(Time::midnight());
        self.closes.map_or(DAY, since_midnight) - since_midnight(time)
    }
}

/// Why nothing leaves on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedFor {
    /// It is the debtor's week-end.
    Weekend,
    /// It is a public holiday where the debtor is.
    Holiday,
    /// The policy is closed that day.
    Policy,
}

/// The debtor's own calendar: its zone, its holidays, the policy's hours.
#[derive(Debug, Clone)]
pub struct DebtorCalendar<'a> {
    calendar: &'a Calendar,
    weekend: &'a [Weekday],
    holidays: Holidays,
    closed: &'a [ClosedDays],
    zone: TimeZone,
}

impl<'a> DebtorCalendar<'a> {
    /// For a debtor at a place, if that is known, whose day is counted in `zone`.
    pub fn new(calendar: &'a Calendar, place: Option<&Place>, zone: TimeZone) -> Self {
        let own = calendar.weekend.as_deref();
        let holidays = place.filter(|_| calendar.holidays).map(Holidays::of);
        Self {
            calendar,
            weekend: own.unwrap_or_else(|| weekend_of(place.map(Place::country))),
            holidays: holidays.unwrap_or_default(),
            closed: &calendar.closed,
            zone,
        }
    }

    /// For the team, which hears what it must, closed or not: what nobody tells it for a month is forgotten.
    pub fn of_team(calendar: &'a Calendar, zone: TimeZone) -> Self {
        Self {
            closed: &[],
            ..Self::new(calendar, None, zone)
        }
    }

    /// The civil day of an instant, where the debtor is.
    pub fn day_of(&self, instant: Timestamp) -> Date {
        instant.to_zoned(self.zone.clone()).date()
    }

    /// Whether mails may leave on this day.
    pub fn is_sending_day(&self, day: Date) -> bool {
        self.closed_for(day).is_none()
    }

    /// Why none leave on this day.
    pub fn closed_for(&self, day: Date) -> Option<ClosedFor> {
        if self.weekend.contains(&day.weekday()) {
            Some(ClosedFor::Weekend)
        } else if self.closed.iter().any(|closed| closed.contains(day)) {
            Some(ClosedFor::Policy)
        } else {
            self.holidays.has(day).then_some(ClosedFor::Holiday)
        }
    }

    /// The zone in which its day is counted.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
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

    /// So many business days after a day, or before it where that is negative: of those alone on which mails may
    /// leave. None after it is the day itself, whatever it is.
    pub fn business_days_after(&self, mut day: Date, days: i32) -> Date {
        for _ in 0..days.unsigned_abs() {
            day = if days > 0 {
                self.sending_day_on_or_after(day_after(day))
            } else {
                self.sending_day_on_or_before(day.saturating_sub(1.day()))
            };
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
    use crate::value::{Country, zone_of};

    fn country(code: &str) -> Country {
        Country::parse(code).unwrap()
    }

    /// From nine to five, but for week-ends and holidays.
    fn office_hours() -> Calendar {
        Calendar {
            send_at: Time::constant(9, 0, 0, 0),
            opens: Time::constant(9, 0, 0, 0),
            closes: Some(Time::constant(17, 0, 0, 0)),
            weekend: None,
            holidays: true,
            closed: Vec::new(),
        }
    }

    fn in_country<T>(policy: &Calendar, code: &str, ask: impl Fn(&DebtorCalendar<'_>) -> T) -> T {
        let country = country(code);
        let zone = zone_of(&country).unwrap();
        let place = Place::of(&country, None, None);
        ask(&DebtorCalendar::new(policy, Some(&place), zone))
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_window_opens_on_the_stroke_of_its_first_hour_and_closes_on_that_of_its_last() {
        let open = |policy: &Calendar, time: &str| policy.is_open_at(time.parse().unwrap());
        let mut policy = office_hours();
        assert!(!open(&policy, "08:59:59"));
        assert!(open(&policy, "09:00"));
        assert!(open(&policy, "16:59:59"));
        assert!(!open(&policy, "17:00"));
        policy.closes = None;
        assert!(!open(&policy, "08:59:59"));
        assert!(open(&policy, "23:59:59"));
    }

    #[test]
    fn nothing_leaves_outside_the_window_nor_on_a_week_end_or_a_holiday() {
        let policy = office_hours();
        let open = |code: &str, now: &str| {
            in_country(&policy, code, |calendar| {
                calendar.is_open_at(now.parse().unwrap())
            })
        };
        // A Friday, nine to five in Paris.
        assert!(!open("FR", "2027-01-15T07:59:59Z"));
        assert!(open("FR", "2027-01-15T08:00:00Z"));
        assert!(!open("FR", "2027-01-15T16:00:00Z"));
        // Saturday and Sunday.
        assert!(!open("FR", "2027-01-16T10:00:00Z"));
        assert!(!open("FR", "2027-01-17T10:00:00Z"));
        // Victory Day is a French one.
        assert!(!open("FR", "2028-05-08T10:00:00Z"));
        assert!(open("DE", "2028-05-08T10:00:00Z"));
    }

    #[test]
    fn a_policy_may_leave_holidays_to_the_debtor() {
        let mut policy = office_hours();
        let sends = |policy: &Calendar| {
            in_country(policy, "FR", |calendar| {
                calendar.is_sending_day(day("2028-05-08"))
            })
        };
        assert!(!sends(&policy));
        policy.holidays = false;
        assert!(sends(&policy));
    }

    #[test]
    fn where_no_country_is_known_no_holiday_is_kept() {
        let policy = office_hours();
        let calendar = DebtorCalendar::new(&policy, None, TimeZone::UTC);
        assert!(calendar.is_sending_day(day("2028-05-08")));
        assert!(!calendar.is_sending_day(day("2028-05-07")));
    }

    #[test]
    fn a_day_is_counted_where_the_debtor_is() {
        let policy = office_hours();
        let day_in = |code: &str| {
            in_country(&policy, code, |calendar| {
                calendar
                    .day_of("2027-01-15T23:30:00Z".parse().unwrap())
                    .to_string()
            })
        };
        assert_eq!(day_in("GB"), "2027-01-15");
        assert_eq!(day_in("FR"), "2027-01-16");
    }

    #[test]
    fn from_a_closed_day_one_goes_on_to_the_next_open_one_or_back_to_the_last() {
        let policy = office_hours();
        let around = |text: &str| {
            in_country(&policy, "FR", |calendar| {
                (
                    calendar.sending_day_on_or_before(day(text)).to_string(),
                    calendar.sending_day_on_or_after(day(text)).to_string(),
                )
            })
        };
        let days = |before: &str, after: &str| (before.to_owned(), after.to_owned());
        // A Wednesday.
        assert_eq!(around("2027-01-13"), days("2027-01-13", "2027-01-13"));
        // A Saturday.
        assert_eq!(around("2027-01-16"), days("2027-01-15", "2027-01-18"));
        // Easter Monday, and the week-end before it.
        assert_eq!(around("2027-03-29"), days("2027-03-26", "2027-03-30"));
    }

    #[test]
    fn the_next_sending_time_is_that_of_the_next_working_day() {
        let policy = office_hours();
        let after = |text: &str| {
            in_country(&policy, "FR", |calendar| {
                calendar.sending_time_after(day(text)).to_string()
            })
        };
        assert_eq!(after("2027-01-13"), "2027-01-14T08:00:00Z");
        assert_eq!(after("2027-01-15"), "2027-01-18T08:00:00Z");
    }

    #[test]
    fn in_an_hour_that_is_skipped_a_mail_leaves_an_hour_later_and_in_one_that_comes_twice_at_once()
    {
        let mut policy = office_hours();
        policy.send_at = Time::constant(2, 30, 0, 0);
        let at = |text: &str| {
            in_country(&policy, "FR", |calendar| {
                calendar.sending_time(day(text)).to_string()
            })
        };
        assert_eq!(at("2027-03-28"), "2027-03-28T01:30:00Z");
        assert_eq!(at("2027-10-31"), "2027-10-31T00:30:00Z");
    }

    #[test]
    fn a_window_that_has_closed_opens_on_the_next_working_day() {
        let policy = office_hours();
        let first = |now: &str| {
            in_country(&policy, "FR", |calendar| {
                calendar.first_day_from(now.parse().unwrap()).to_string()
            })
        };
        assert_eq!(first("2027-01-15T08:00:00Z"), "2027-01-15");
        assert_eq!(first("2027-01-15T15:59:59Z"), "2027-01-15");
        // Friday, 17:00 in Paris: Monday.
        assert_eq!(first("2027-01-15T16:00:00Z"), "2027-01-18");
        // The eve of Easter Monday: Tuesday.
        assert_eq!(first("2027-03-28T09:00:00Z"), "2027-03-30");
    }

    #[test]
    fn a_window_that_ends_at_midnight_is_open_all_evening() {
        let mut policy = office_hours();
        policy.closes = None;
        let first = in_country(&policy, "FR", |calendar| {
            calendar.first_day_from("2027-01-15T22:59:59Z".parse().unwrap())
        });
        assert_eq!(first.to_string(), "2027-01-15");
    }
}
