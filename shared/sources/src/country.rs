//! A country as tools write it: by a code of ISO 3166-1, or by an English name.
//!
//! Names are compared as sets of words, so that "Korea, Republic of", "Republic of Korea" and "KOREA (the
//! Republic of)" are one: what stands in `countries.txt` are names that differ by more than that.

use std::collections::HashMap;
use std::sync::LazyLock;

use dunning::value::Country;

use crate::plain::plain;

const COUNTRIES: &str = include_str!("countries.txt");

/// No name of a country is longer.
const LONGEST: usize = 200;

/// The country that is meant, if it is known.
pub(crate) fn country(told: &str) -> Option<Country> {
    let told = told.trim();
    if told.len() > LONGEST {
        return None;
    }
    let code = of_code(told).or_else(|| of_name(told))?;
    Country::parse(code).ok()
}

/// A line's two letters, three letters, and names.
fn lines() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let lines = COUNTRIES.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (two, rest) = line.split_once(' ')?;
        let (three, names) = rest.split_once(' ')?;
        Some((two, three, names))
    })
}

fn of_code(told: &str) -> Option<&'static str> {
    let mut lines = lines();
    let line = match told.len() {
        2 => lines.find(|(two, ..)| two.eq_ignore_ascii_case(told)),
        3 => lines.find(|(_, three, _)| three.eq_ignore_ascii_case(told)),
        _ => None,
    };
    line.map(|(two, ..)| two)
}

fn of_name(told: &str) -> Option<&'static str> {
    static BY_NAME: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
        let named = lines().flat_map(|(two, three, names)| {
            let names = names.split("; ").chain([two, three]);
            names.map(move |name| (words(name), two))
        });
        named.filter(|(words, _)| !words.is_empty()).collect()
    });
    let by_name = |told: &str| BY_NAME.get(&words(told)).copied();
    by_name(told).or_else(|| {
        // "Eswatini (Swaziland)", "FR - France": one country told twice.
        let parts = told
            .split(['(', ')', '/', '|', ':'])
            .flat_map(|part| part.split(" - "));
        let parts = parts.map(str::trim).filter(|part| !part.is_empty());
        let mut meant = parts.map(|part| of_code(part).or_else(|| by_name(part)));
        let first = meant.next()??;
        meant.all(|other| other == Some(first)).then_some(first)
    })
}

/// A name as a set of words, in a form that does not depend on how it is written.
fn words(name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut initials = String::new();
    for word in plain(name).split_whitespace() {
        if word.len() == 1 {
            initials.push_str(word); // U.S.A.
            continue;
        }
        if !initials.is_empty() {
            words.push(std::mem::take(&mut initials));
        }
        words.push(word.to_owned());
    }
    words.push(initials);
    for word in &mut words {
        let whole = match word.as_str() {
            "st" => "saint",
            "island" => "islands",
            "rep" => "republic",
            "dem" => "democratic",
            "the" | "of" | "and" => "",
            _ => continue,
        };
        whole.clone_into(word);
    }
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(told: &str) -> Option<String> {
        country(told).map(|country| country.to_string())
    }

    #[test]
    fn fault_14_a_country_is_known_by_its_codes_in_any_case() {
        for (told, code) in [
            ("FR", "FR"),
            ("fr", "FR"),
            (" de ", "DE"),
            ("SAU", "SA"),
            ("bra", "BR"),
            ("XK", "XK"),
            ("UK", "GB"),
            ("uk", "GB"),
            ("U.K.", "GB"),
            ("EL", "GR"),
            ("UAE", "AE"),
            ("U.S.A.", "US"),
        ] {
            assert_eq!(read(told).as_deref(), Some(code), "{told}");
        }
    }

    #[test]
    fn fault_14_a_country_is_known_by_any_of_its_english_names() {
        for (told, code) in [
            ("Saudi Arabia", "SA"),
            ("Kingdom of Saudi Arabia", "SA"),
            ("Brazil", "BR"),
            ("Federative Republic of Brazil", "BR"),
            ("Korea, Republic of", "KR"),
            ("Republic of Korea", "KR"),
            ("Korea (the Republic of)", "KR"),
            ("SOUTH KOREA", "KR"),
            ("Korea, South", "KR"),
            ("Korea", "KR"),
            ("North Korea", "KP"),
            ("Korea (Democratic People's Republic of)", "KP"),
            ("Türkiye", "TR"),
            ("turkiye", "TR"),
            ("Turkey", "TR"),
            ("Czech Republic", "CZ"),
            ("Czechia", "CZ"),
            ("USA", "US"),
            ("United States", "US"),
            ("the United States of America", "US"),
            ("England", "GB"),
            ("Great Britain", "GB"),
            ("United Kingdom of Great Britain & Northern Ireland", "GB"),
            ("The Netherlands", "NL"),
            ("Netherlands, The", "NL"),
            ("Holland", "NL"),
            ("Cote d'Ivoire", "CI"),
            ("Côte d’Ivoire", "CI"),
            ("Cote D Ivoire", "CI"),
            ("Ivory Coast", "CI"),
            ("Congo", "CG"),
            ("Congo, The Democratic Republic of the", "CD"),
            ("DR Congo", "CD"),
            ("Viet Nam", "VN"),
            ("Vietnam", "VN"),
            ("Hong Kong", "HK"),
            ("Hong Kong SAR China", "HK"),
            ("Macau", "MO"),
            ("Taiwan, Province of China", "TW"),
            ("St. Lucia", "LC"),
            ("Saint Vincent & the Grenadines", "VC"),
            ("Sao Tome and Principe", "ST"),
            ("Macedonia, the former Yugoslav Republic of", "MK"),
            ("North Macedonia", "MK"),
            ("Burma", "MM"),
            ("Swaziland", "SZ"),
            ("Eswatini (Swaziland)", "SZ"),
            ("Cape Verde", "CV"),
            ("Virgin Islands (British)", "VG"),
            ("Virgin Islands, U.S.", "VI"),
            ("Réunion", "RE"),
            ("Curacao", "CW"),
            ("Aland Islands", "AX"),
            ("Russian Federation", "RU"),
            ("Iran (Islamic Republic of)", "IR"),
            ("Moldova, Republic of", "MD"),
            ("Vatican City", "VA"),
            ("Lao People’s Democratic Republic", "LA"),
            ("Guinea-Bissau", "GW"),
            ("Guinea", "GN"),
            ("Equatorial Guinea", "GQ"),
            ("Papua New Guinea", "PG"),
            ("Niger", "NE"),
            ("Nigeria", "NG"),
            ("Dominica", "DM"),
            ("Dominican Republic", "DO"),
            ("Samoa", "WS"),
            ("Samoa (American)", "AS"),
            ("South Sudan", "SS"),
            ("Sudan", "SD"),
            ("FR - France", "FR"),
            ("united_states", "US"),
        ] {
            assert_eq!(read(told).as_deref(), Some(code), "{told}");
        }
    }

    #[test]
    fn what_is_no_country_is_none() {
        let long = "France ".repeat(100);
        for told in [
            "",
            " ",
            "ZZ",
            "QQQ",
            "Atlantis",
            "Yugoslavia",
            "Paris",
            "the",
            "Congo (Zaire)",
            "France / Spain",
            "-",
            "1",
            &long,
        ] {
            assert_eq!(read(told), None, "{told}");
        }
    }

    #[test]
    fn no_name_means_two_countries_and_every_country_has_one() {
        let mut known: BTreeMap<String, &str> = BTreeMap::new();
        for (two, three, names) in lines() {
            assert!(
                two.len() == 2 && three.len() == 3 && !names.is_empty(),
                "{two}"
            );
            assert_eq!(read(three).as_deref(), Some(two), "{three}");
            for name in names.split("; ") {
                let before = known.insert(words(name), two);
                assert!(
                    before.is_none_or(|before| before == two),
                    "{name}: {before:?} and {two}"
                );
                assert_eq!(read(name).as_deref(), Some(two), "{name}");
            }
        }
        // 249 of ISO 3166-1, and Kosovo.
        assert_eq!(lines().count(), 250);
    }
}
