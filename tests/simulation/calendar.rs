//! Working days, written a second time: the oracle must not ask the code that it judges.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// The step's day, or the next working one; before the due date, one that is still before it.
pub(crate) fn working_day(due: Date, days: i64, country: Option<&str>) -> Date {
    let nominal = due.saturating_add(days.days());
    let mut day = nominal;
    while !is_working_day(day, country) {
        day = day.tomorrow().expect("in range");
    }
    if days < 0 && day >= due {
        day = nominal;
        while !is_working_day(day, country) {
            day = day.yesterday().expect("in range");
        }
    }
    day
}

/// Not on a week-end; in France, not on one of the eleven days of the Code du travail, L3133-1.
pub(crate) fn is_working_day(day: Date, country: Option<&str>) -> bool {
    const MOVABLE: [&str; 9] = [
        "2027-03-29",
        "2027-05-06",
        "2027-05-17",
        "2028-04-17",
        "2028-05-25",
        "2028-06-05",
        "2029-04-02",
        "2029-05-10",
        "2029-05-21",
    ];
    const FIXED: [&str; 8] = [
        "01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25",
    ];
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let text = day.to_string();
    let holiday =
        country == Some("FR") && (MOVABLE.contains(&text.as_str()) || FIXED.contains(&&text[5..]));
    !weekend && !holiday
}
