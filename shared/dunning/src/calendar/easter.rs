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
