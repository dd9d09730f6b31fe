//! Public holidays: the table against the laws, which are written here a second time.
//!
//! Compared are the days from Monday to Friday on which nothing leaves: what falls on a week-end closes nothing.

use std::collections::BTreeSet;

use dunning::calendar::{Calendar, DebtorCalendar, Place};
use dunning::value::zone_of;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::common::{place, with_week_ends_by_country};

/// The years of the table that lie ahead, and the one before.
const YEARS: std::ops::RangeInclusive<i16> = 2025..=2035;

fn every_day(year: i16) -> impl Iterator<Item = Date> {
    let days = Date::constant(year, 1, 1).series(1.day());
    days.take_while(move |day| day.year() == year)
}

fn calendar() -> Calendar {
    with_week_ends_by_country("").calendar
}

/// Whether something leaves there on that day.
fn leaves(place: &Place, day: &str) -> bool {
    let calendar = calendar();
    let zone = zone_of(place.country()).unwrap();
    DebtorCalendar::new(&calendar, Some(place), zone).is_sending_day(day.parse().unwrap())
}

/// The days of a year from Monday to Friday on which nothing leaves.
fn closed_days(place: &Place, year: i16) -> Vec<Date> {
    let calendar = calendar();
    let zone = zone_of(place.country()).unwrap();
    let there = DebtorCalendar::new(&calendar, Some(place), zone);
    let closed = every_day(year).filter(|day| is_in_week(*day) && !there.is_sending_day(*day));
    closed.collect()
}

fn is_in_week(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Easter Sundays, as the churches publish them.
fn easter(year: i16) -> Date {
    let known = "2024-03-31 2025-04-20 2026-04-05 2027-03-28 2028-04-16 2029-04-01 2030-04-21 2031-04-13 2032-03-28 \
        2033-04-17 2034-04-09 2035-03-25 2036-04-13 2037-04-05 2038-04-25 2039-04-10 2040-04-01";
    let mut days = known.split(' ').map(|day| day.parse::<Date>().unwrap());
    days.find(|day| day.year() == year).unwrap()
}

/// Days of a law: `12-25`, `E+1` from Easter.
fn by_law(words: &str, year: i16) -> BTreeSet<Date> {
    let day = |word: &str| match word.strip_prefix('E') {
        Some(after) => easter(year) + after.parse::<i64>().unwrap().days(),
        None => format!("{year}-{word}").parse().unwrap(),
    };
    words.split(' ').map(day).collect()
}

/// The nth such weekday of a month; the last for nought.
fn nth(year: i16, month: i8, n: i8, weekday: Weekday) -> Date {
    let n = if n == 0 { -1 } else { n };
    let month = Date::constant(year, month, 1);
    month.nth_weekday_of_month(n, weekday).unwrap()
}

fn in_week(days: BTreeSet<Date>) -> Vec<Date> {
    days.into_iter().filter(|day| is_in_week(*day)).collect()
}

const FRENCH: &str = "01-01 E+1 05-01 05-08 E+39 E+50 07-14 08-15 11-01 11-11 12-25";

#[test]
fn french_holidays_are_those_that_are_published() {
    let published = [
        "2026-01-01 2026-04-06 2026-05-01 2026-05-08 2026-05-14 2026-05-25 2026-07-14 2026-08-15 2026-11-01 2026-11-11 2026-12-25",
        "2027-01-01 2027-03-29 2027-05-01 2027-05-06 2027-05-08 2027-05-17 2027-07-14 2027-08-15 2027-11-01 2027-11-11 2027-12-25",
        "2028-01-01 2028-04-17 2028-05-01 2028-05-08 2028-05-25 2028-06-05 2028-07-14 2028-08-15 2028-11-01 2028-11-11 2028-12-25",
    ];
    // One that writes on week-ends, too, keeps each of them.
    let every_day_of_the_week = Calendar {
        weekend: Some(Vec::new()),
        ..calendar()
    };
    let france = place("FR", "75001", "");
    let zone = zone_of(france.country()).unwrap();
    let there = DebtorCalendar::new(&every_day_of_the_week, Some(&france), zone);
    for list in published {
        let known: Vec<Date> = list.split(' ').map(|day| day.parse().unwrap()).collect();
        let closed = every_day(known[0].year()).filter(|day| !there.is_sending_day(*day));
        assert_eq!(closed.collect::<Vec<_>>(), known);
    }
}

#[test]
fn french_holidays_never_end() {
    let france = place("FR", "", "");
    for year in 2024..=2040 {
        let law = in_week(by_law(FRENCH, year));
        assert_eq!(closed_days(&france, year), law, "{year}");
    }
}

#[test]
fn alsace_and_moselle_keep_good_friday_and_saint_stephens() {
    for code in ["57000", "67000", "68100"] {
        for year in 2024..=2040 {
            let law = in_week(by_law(&format!("{FRENCH} E-2 12-26"), year));
            assert_eq!(closed_days(&place("FR", code, ""), year), law, "{code}");
        }
    }
    // Their neighbours do not.
    assert!(leaves(&place("FR", "54000", ""), "2027-03-26"));
    assert!(leaves(&place("FR", "88000", ""), "2027-03-26"));
}

#[test]
fn german_holidays_are_those_of_the_country_and_of_the_land() {
    let national = "01-01 E-2 E+1 05-01 E+39 E+50 10-03 12-25 12-26";
    let lands = [
        ("", "", ""),
        ("70173", "", "01-06 E+60 11-01"),
        ("", "Baden-Württemberg", "01-06 E+60 11-01"),
        ("80331", "", "01-06 E+60 08-15 11-01"),
        ("10115", "", "03-08"),
        ("20095", "", "10-31"),
        ("60311", "", "E+60"),
        ("50667", "", "E+60 11-01"),
        ("", "NW", "E+60 11-01"),
        ("66111", "Saarland", "E+60 08-15 11-01"),
        ("99084", "", "09-20 10-31"),
        ("39104", "", "01-06 10-31"),
        ("18055", "", "03-08 10-31"),
    ];
    for (code, state, own) in lands {
        // The eightieth anniversaries of Berlin are of one year each.
        for year in 2029..=2040 {
            let words = format!("{national} {own}");
            let law = in_week(by_law(words.trim(), year));
            assert_eq!(
                closed_days(&place("DE", code, state), year),
                law,
                "{code}{state}"
            );
        }
    }
    for year in YEARS {
        // Saxony's Buß- und Bettag, the Wednesday before the 23rd of November.
        let before = Date::constant(year, 11, 23).yesterday().unwrap();
        let wednesday = before.nth_weekday(-1, Weekday::Wednesday);
        let wednesday = if before.weekday() == Weekday::Wednesday {
            before
        } else {
            wednesday.unwrap()
        };
        let mut law = by_law(&format!("{national} 10-31"), year);
        law.insert(wednesday);
        assert_eq!(closed_days(&place("DE", "01067", ""), year), in_week(law));
    }
    // On the border of Brandenburg and Saxony it may be either: nothing leaves on that Wednesday.
    assert!(!leaves(&place("DE", "01990", ""), "2027-11-17"));
    assert!(leaves(&place("DE", "03046", ""), "2027-11-17"));
}

/// Days that move to the next working one that is free, as Schedule 1 of the Banking and Financial Dealings Act 1971
/// and the proclamations do.
fn with_substitutes(fixed: &[Date], moved: BTreeSet<Date>) -> BTreeSet<Date> {
    let mut days = moved;
    for day in fixed {
        let mut free = *day;
        while !is_in_week(free) || days.contains(&free) {
            free = free.tomorrow().unwrap();
        }
        days.insert(free);
    }
    days
}

#[test]
fn british_holidays_are_those_of_the_nation() {
    use Weekday::Monday;
    let england = [
        place("GB", "", ""),
        place("GB", "SW1A 1AA", ""),
        place("GB", "", "England"),
    ];
    let scotland = [
        place("GB", "EH1 1YZ", ""),
        place("GB", "G2 1DU", ""),
        place("GB", "", "Scotland"),
    ];
    let ulster = place("GB", "BT1 5GS", "");
    for year in YEARS {
        let day = |month, day| Date::constant(year, month, day);
        let mondays = [nth(year, 5, 1, Monday), nth(year, 5, 0, Monday)];
        let fixed = [day(1, 1), day(12, 25), day(12, 26)];
        let mut english = by_law("E-2 E+1", year);
        english.extend(mondays);
        english.insert(nth(year, 8, 0, Monday));
        let english = with_substitutes(&fixed, english);
        for place in &england {
            assert_eq!(closed_days(place, year), Vec::from_iter(english.clone()));
        }
        let mut irish = english.clone();
        irish = with_substitutes(&[day(3, 17), day(7, 12)], irish);
        assert_eq!(closed_days(&ulster, year), Vec::from_iter(irish));
        let mut scottish = by_law("E-2", year);
        scottish.extend(mondays);
        scottish.insert(nth(year, 8, 1, Monday));
        if year == 2026 {
            // Once, for the World Cup.
            scottish.insert(day(6, 15));
        }
        let fixed = [day(1, 1), day(1, 2), day(11, 30), day(12, 25), day(12, 26)];
        let scottish = with_substitutes(&fixed, scottish);
        for place in &scotland {
            assert_eq!(closed_days(place, year), Vec::from_iter(scottish.clone()));
        }
    }
    // Berwick is in England, and has a postal code of Scotland's Borders: both are kept.
    let border = place("GB", "TD15 1AA", "");
    assert!(!leaves(&border, "2027-03-29") && !leaves(&border, "2027-08-02"));
}

#[test]
fn american_holidays_are_the_federal_ones_and_the_states() {
    use Weekday::{Monday, Saturday, Sunday, Thursday};
    // 5 U.S.C. 6103: on a Saturday the Friday before, on a Sunday the Monday after.
    let observed = |day: Date| match day.weekday() {
        Saturday => day.yesterday().unwrap(),
        Sunday => day.tomorrow().unwrap(),
        _ => day,
    };
    for year in YEARS {
        let mut law = BTreeSet::from([
            nth(year, 1, 3, Monday),
            nth(year, 2, 3, Monday),
            nth(year, 5, 0, Monday),
            nth(year, 9, 1, Monday),
            nth(year, 10, 2, Monday),
            nth(year, 11, 4, Thursday),
        ]);
        let fixed = [
            (year, 1, 1),
            (year, 6, 19),
            (year, 7, 4),
            (year, 11, 11),
            (year, 12, 25),
            (year + 1, 1, 1),
        ];
        let fixed = fixed.map(|(year, month, day)| observed(Date::constant(year, month, day)));
        law.extend(fixed.into_iter().filter(|day| day.year() == year));
        assert_eq!(closed_days(&place("US", "", ""), year), Vec::from_iter(law));
    }
    // Patriots' Day.
    for (code, state) in [("02139", ""), ("", "MA"), ("04101", ""), ("", "Maine")] {
        assert!(
            !leaves(&place("US", code, state), "2027-04-19"),
            "{code}{state}"
        );
    }
    assert!(leaves(&place("US", "10001", "NY"), "2027-04-19"));
}

#[test]
fn japanese_holidays_are_those_of_the_law_and_the_days_on_which_banks_rest() {
    use Weekday::{Monday, Sunday};
    for year in YEARS {
        // The equinoxes, as they are computed until 2099.
        let since = i32::from(year) - 1980;
        let equinox = |day: f64| {
            let day = day + 0.242_194 * f64::from(since) - f64::from(since / 4);
            #[expect(clippy::cast_possible_truncation, reason = "a day of the month")]
            let day = day.floor() as i8;
            day
        };
        let mut law = by_law(
            "01-01 02-11 02-23 04-29 05-03 05-04 05-05 08-11 11-03 11-23",
            year,
        );
        law.insert(Date::constant(year, 3, equinox(20.8431)));
        law.insert(Date::constant(year, 9, equinox(23.2488)));
        law.extend([nth(year, 1, 2, Monday), nth(year, 7, 3, Monday)]);
        law.extend([nth(year, 9, 3, Monday), nth(year, 10, 2, Monday)]);
        // A day between two is one, too; one on a Sunday goes on to the next that is none.
        let named = law.clone();
        for day in &named {
            let after = day.tomorrow().unwrap();
            if !named.contains(&after)
                && named.contains(&after.tomorrow().unwrap())
                && after.weekday() != Sunday
            {
                law.insert(after);
            }
            if day.weekday() == Sunday {
                let mut free = after;
                while named.contains(&free) {
                    free = free.tomorrow().unwrap();
                }
                law.insert(free);
            }
        }
        law.extend(by_law("01-02 01-03 12-31", year));
        assert_eq!(
            closed_days(&place("JP", "", ""), year),
            in_week(law),
            "{year}"
        );
    }
}

#[test]
fn brazilian_holidays_are_those_of_the_laws_and_carnival() {
    let national = "01-01 E-48 E-47 E-2 04-21 05-01 E+60 09-07 10-12 11-02 11-15 11-20 12-25";
    for year in YEARS {
        let law = |own: &str| in_week(by_law(&format!("{national}{own}"), year));
        assert_eq!(closed_days(&place("BR", "", ""), year), law(""));
        assert_eq!(
            closed_days(&place("BR", "01310-100", ""), year),
            law(" 07-09")
        );
        assert_eq!(closed_days(&place("BR", "", "Bahia"), year), law(" 07-02"));
        assert_eq!(closed_days(&place("BR", "30110-000", ""), year), law(""));
    }
}

#[test]
fn swiss_holidays_are_those_of_the_canton() {
    // Berchtold's day, the 2nd of January, is the banks' and shops', not the canton's.
    let zurich = "01-01 E-2 E+1 05-01 E+39 E+50 08-01 12-25 12-26";
    for year in YEARS {
        let law = by_law("01-01 E+39 08-01 12-25", year);
        assert_eq!(closed_days(&place("CH", "", ""), year), in_week(law));
        let law = by_law(zurich, year);
        for (code, state) in [("8001", ""), ("", "ZH"), ("", "Zürich"), ("", "Zurich")] {
            assert_eq!(
                closed_days(&place("CH", code, state), year),
                in_week(law.clone())
            );
        }
    }
}

#[test]
fn a_country_that_the_table_does_not_have_has_no_holidays() {
    for year in YEARS {
        assert_eq!(closed_days(&place("TH", "", ""), year), []);
    }
}
