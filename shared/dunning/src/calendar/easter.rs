//! Easter, on which movable holidays hang.

use jiff::ToSpan;
use jiff::civil::Date;

/// Easter in the Gregorian calendar, by the anonymous algorithm (Meeus, *Astronomical Algorithms*, ch. 8).
#[expect(
    clippy::many_single_char_names,
    reason = "the names of the algorithm's own text"
)]
pub(super) fn easter_sunday(year: i16) -> Date {
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

/// Easter of the Orthodox churches: that of the Julian calendar, as a day of ours (Meeus, ch. 8).
pub(super) fn orthodox_easter_sunday(year: i16) -> Date {
    let y = i32::from(year);
    let d = (19 * (y % 19) + 15) % 30;
    let e = (2 * (y % 4) + 4 * (y % 7) - d + 34) % 7;
    // The days that the Julian calendar is behind.
    let behind = y / 100 - y / 400 - 2;
    // Between 22 March and 25 April of the Julian calendar.
    Date::constant(year, 3, 1).saturating_add((21 + d + e + behind).days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_where_the_tables_of_the_church_have_it() {
        // Meeus' own examples, what is near, the earliest and the latest there can be, and other centuries.
        let known = "1991-03-31 1992-04-19 1993-04-11 1954-04-18 2000-04-23 1818-03-22 \
            2008-03-23 2011-04-24 2019-04-21 2024-03-31 2025-04-20 2026-04-05 2027-03-28 2028-04-16 \
            1886-04-25 1943-04-25 1961-04-02 1981-04-19 2038-04-25 2049-04-18 2076-04-19 \
            2100-03-28 2285-03-22 2299-04-16 2400-04-16 3000-04-13 4089-04-10";
        for easter in known.split(' ') {
            let easter: Date = easter.parse().unwrap();
            assert_eq!(easter_sunday(easter.year()), easter);
        }
    }

    #[test]
    fn the_orthodox_easter_falls_where_its_tables_have_it() {
        let known = "1875-04-25 2008-04-27 2010-04-04 2013-05-05 2016-05-01 2017-04-16 2021-05-02 2024-05-05 \
            2025-04-20 2026-04-12 2027-05-02 2028-04-16 2029-04-08 2030-04-28 2033-04-24 2034-04-09 2036-04-20";
        for easter in known.split(' ').filter(|day| !day.is_empty()) {
            let easter: Date = easter.parse().unwrap();
            assert_eq!(orthodox_easter_sunday(easter.year()), easter);
        }
    }

    #[test]
    fn easter_is_a_sunday_between_22_march_and_25_april() {
        for year in 1583..=4099 {
            let easter = easter_sunday(year);
            let soonest = Date::constant(year, 3, 22);
            let latest = Date::constant(year, 4, 25);
            assert!((soonest..=latest).contains(&easter), "{easter}");
            assert_eq!(easter.weekday(), jiff::civil::Weekday::Sunday, "{easter}");
        }
    }
}
