//! Time zones, by their IANA names.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::place::Country;

/// A time zone that the time zone database knows, by its IANA name.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// Why a text is not a time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an IANA time zone such as \"Europe/Paris\"")]
pub struct BadZone(String);

impl Zone {
    /// Parses a name that the time zone database knows.
    pub fn parse(name: &str) -> Result<Self, BadZone> {
        match TimeZone::get(name) {
            Ok(zone) => Ok(Self {
                name: name.to_owned(),
                zone,
            }),
            Err(_) => Err(BadZone(name.to_owned())),
        }
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The zone.
    pub fn get(&self) -> &TimeZone {
        &self.zone
    }
}

impl TryFrom<String> for Zone {
    type Error = BadZone;
    fn try_from(name: String) -> Result<Self, BadZone> {
        Self::parse(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

/// The name is all that tells two zones apart.
impl Ord for Zone {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }
}

impl PartialOrd for Zone {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Zone {}

impl Zone {
    /// The country whose one time zone it is, by the table beside this file.
    pub fn country(&self) -> Option<Country> {
        let (code, _) = ZONES.iter().find(|(_, zone)| **zone == self.name)?;
        Country::parse(code).ok()
    }
}

/// The table beside this file.
static ZONES: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let lines = include_str!("zones.txt").lines();
    lines.filter_map(|line| line.split_once(' ')).collect()
});

/// A country's one time zone, by the table.
pub fn zone_of(country: &Country) -> Option<TimeZone> {
    TimeZone::get(ZONES.get(country.as_str())?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;

    fn country(code: &str) -> Country {
        Country::parse(code).unwrap()
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
    fn a_country_is_in_its_own_zone_and_an_unknown_one_in_none() {
        let named =
            |code: &str| zone_of(&country(code)).map(|zone| zone.iana_name().unwrap().to_owned());
        assert_eq!(named("FR").as_deref(), Some("Europe/Paris"));
        assert_eq!(named("JP").as_deref(), Some("Asia/Tokyo"));
        assert_eq!(named("XX"), None);
    }

    #[test]
    fn a_zone_is_told_apart_and_stored_by_its_name() {
        let zone = |name: &str| Zone::parse(name).unwrap();
        let (berlin, paris) = (zone("Europe/Berlin"), zone("Europe/Paris"));
        assert_eq!(paris, zone("Europe/Paris"));
        assert_ne!(paris, berlin);
        assert_eq!(berlin.cmp(&paris), Ordering::Less);
        assert!(berlin < paris);
        assert_eq!(paris.get().iana_name(), Some("Europe/Paris"));
        assert_eq!(format!("{paris:?}"), "Zone(Europe/Paris)");
        assert_eq!(serde_json::to_string(&paris).unwrap(), "\"Europe/Paris\"");
        let read = |stored: &str| serde_json::from_str::<Zone>(stored);
        assert_eq!(read("\"Europe/Paris\"").unwrap(), paris);
        assert_eq!(
            read("\"Paris\"").unwrap_err().to_string(),
            "`Paris` is not an IANA time zone such as \"Europe/Paris\""
        );
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
}
