//! Which days of the week are kept free, by country.

use jiff::civil::Weekday;

use crate::value::Country;

/// The days by their names.
const NAMES: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// The countries that rest on Friday and Saturday. The Emirates did until the end of 2021.
const FRIDAY_AND_SATURDAY: &str = "BD BH DJ DZ EG IL IQ JO KW LY MV OM PS QA SA SD SY YE";
/// Those where offices close on Thursday, Friday or Saturday, and not all of them on the same two.
const FROM_THURSDAY: &str = "AF IR";
/// Offices close on Friday and Sunday.
const FRIDAY_AND_SUNDAY: &str = "BN";

/// The days on which offices are closed in a country; where none is known, Saturday and Sunday.
pub(super) fn weekend_of(country: Option<&Country>) -> &'static [Weekday] {
    use Weekday::{Friday, Saturday, Sunday, Thursday};
    let Some(country) = country else {
        return &[Saturday, Sunday];
    };
    let among = |list: &str| list.split(' ').any(|code| code == country.as_str());
    if among(FRIDAY_AND_SATURDAY) {
        &[Friday, Saturday]
    } else if among(FROM_THURSDAY) {
        &[Thursday, Friday, Saturday]
    } else if among(FRIDAY_AND_SUNDAY) {
        &[Friday, Sunday]
    } else {
        &[Saturday, Sunday]
    }
}

/// A day of the week by its English name.
pub fn weekday(name: &str) -> Option<Weekday> {
    let known = NAMES.iter().find(|(known, _)| *known == name);
    known.map(|(_, day)| *day)
}

/// The English name of a day of the week, as [`weekday`] reads it.
pub fn weekday_name(day: Weekday) -> &'static str {
    let known = NAMES.iter().find(|(_, known)| *known == day);
    known.map_or("", |(name, _)| name)
}

/// A day of the week by the first three letters of its name.
pub(super) fn weekday_in_short(short: &str) -> Option<Weekday> {
    let known = NAMES
        .iter()
        .find(|(known, _)| known.get(..3) == Some(short));
    known.map(|(_, day)| *day)
}
