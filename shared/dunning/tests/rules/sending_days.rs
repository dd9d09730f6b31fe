//! Days on which something may leave: there is always a next one, and business days are counted by them.

use dunning::calendar::{Calendar, ClosedDays, DebtorCalendar};
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use proptest::prelude::*;

use crate::common::{place, policy, with_week_ends_by_country};

const PLACES: [(&str, &str); 10] = [
    ("FR", "75001"),
    ("FR", "67000"),
    ("DE", "80331"),
    ("GB", "EH1 1YZ"),
    ("US", "02139"),
    ("SA", ""),
    ("IL", ""),
    ("IR", ""),
    ("IN", "560001"),
    ("TH", ""),
];

fn day_of_2028() -> impl Strategy<Value = String> {
    (0_i64..366).prop_map(|day| {
        let date = Date::constant(2028, 1, 1) + Span::new().days(day);
        date.strftime("%m-%d").to_string()
    })
}

fn closed_days() -> impl Strategy<Value = String> {
    prop_oneof![
        day_of_2028(),
        (day_of_2028(), day_of_2028()).prop_map(|(first, last)| format!("{first}..{last}")),
        (0_i64..6_000, 0_i64..364).prop_map(|(first, days)| {
            let first = Date::constant(2024, 1, 1) + first.days();
            format!("{first}..{}", first + days.days())
        }),
    ]
}

/// Whatever a policy may say.
fn calendars() -> impl Strategy<Value = Calendar> {
    let weekends = prop_oneof![
        Just(None),
        Just(Some(Vec::new())),
        Just(Some(vec![Weekday::Friday])),
    ];
    let closed = prop::collection::vec(closed_days(), 0..4);
    let calendar = (weekends, closed, any::<bool>()).prop_map(|(weekend, closed, holidays)| {
        let closed = closed.iter().map(|days| ClosedDays::parse(days));
        // A range of almost a year is refused where it is a whole one.
        let closed: Vec<_> = closed.filter_map(Result::ok).collect();
        Calendar {
            weekend,
            closed,
            holidays,
            ..policy().calendar
        }
    });
    calendar.prop_filter("a policy leaves a month of each year", |calendar| {
        ClosedDays::closed_year(&calendar.closed).is_none()
    })
}

proptest! {
    #[test]
    fn there_is_always_a_next_sending_day_and_none_before_it(
        calendar in calendars(),
        (country, postal_code) in prop::sample::select(&PLACES[..]),
        from in 0_i64..12_000,
    ) {
        let there = place(country, postal_code, "");
        let there = DebtorCalendar::new(&calendar, Some(&there), TimeZone::UTC);
        let from = Date::constant(2024, 1, 1) + from.days();
        let next = there.sending_day_on_or_after(from);
        prop_assert!(there.is_sending_day(next), "{next}");
        prop_assert!(!calendar.closed.iter().any(|closed| closed.contains(next)));
        prop_assert!(next >= from && next <= from + 2.years(), "{next}");
        let passed = from.series(1.day()).take_while(|day| *day < next);
        prop_assert_eq!(passed.filter(|day| there.is_sending_day(*day)).count(), 0);
        let last = there.sending_day_on_or_before(from);
        prop_assert!(there.is_sending_day(last) && last <= from);
    }

    #[test]
    fn business_days_are_counted_by_the_days_on_which_something_may_leave(
        calendar in calendars(),
        (country, postal_code) in prop::sample::select(&PLACES[..]),
        from in 0_i64..4_000,
        days in -15_i32..=15,
    ) {
        let there = place(country, postal_code, "");
        let there = DebtorCalendar::new(&calendar, Some(&there), TimeZone::UTC);
        let from = Date::constant(2026, 1, 1) + from.days();
        let to = there.business_days_after(from, days);
        if days == 0 {
            prop_assert_eq!(to, from);
            return Ok(());
        }
        prop_assert!(there.is_sending_day(to), "{to}");
        // From the day itself, which does not count, to the last that does.
        let (first, last) = if days > 0 { (from.tomorrow().unwrap(), to) } else { (to, from.yesterday().unwrap()) };
        let between = first.series(1.day()).take_while(|day| *day <= last);
        let counted = between.filter(|day| there.is_sending_day(*day)).count();
        prop_assert_eq!(counted, usize::try_from(days.unsigned_abs()).unwrap());
    }
}

#[test]
fn three_business_days_after_a_due_date_skip_the_week_end_and_the_holiday() {
    let calendar = with_week_ends_by_country("").calendar;
    let after = |country: &str, day: &str, days: i32| {
        let there = place(country, "", "");
        let there = DebtorCalendar::new(&calendar, Some(&there), TimeZone::UTC);
        let day = there.business_days_after(day.parse().unwrap(), days);
        day.to_string()
    };
    // A Wednesday; the Thursday after is Ascension Day.
    assert_eq!(after("FR", "2027-05-05", 3), "2027-05-11");
    assert_eq!(after("FR", "2027-05-11", -3), "2027-05-05");
    // From a Saturday, Monday is the first.
    assert_eq!(after("FR", "2027-01-16", 1), "2027-01-18");
    assert_eq!(after("FR", "2027-01-16", -1), "2027-01-15");
    // A Wednesday in Riyadh: Thursday, and after Friday and Saturday Sunday.
    assert_eq!(after("SA", "2027-01-13", 2), "2027-01-17");
}

#[test]
fn the_team_hears_what_it_must_although_the_company_is_closed() {
    let calendar = with_week_ends_by_country("closed = [\"08-01..08-31\"]").calendar;
    let tuesday: Date = "2027-08-10".parse().unwrap();
    let of_debtor = DebtorCalendar::new(&calendar, None, TimeZone::UTC);
    assert!(!of_debtor.is_sending_day(tuesday));
    let of_team = DebtorCalendar::of_team(&calendar, TimeZone::UTC);
    assert!(of_team.is_sending_day(tuesday));
    assert!(!of_team.is_sending_day("2027-08-14".parse().unwrap()));
}
