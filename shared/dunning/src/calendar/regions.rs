//! The region of an address, by the table beside this file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::value::Country;

/// Where a debtor is, as far as its holidays and its clock depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    country: Country,
    regions: Vec<&'static str>,
}

impl Place {
    /// Where an address is. A state that is known by its name or code says the region, else the postal code does; what
    /// neither tells is somewhere in the country. An overseas department is a country of its own, as it has a code.
    pub fn of(country: &Country, postal_code: Option<&str>, state: Option<&str>) -> Self {
        let known = REGIONS.get(country.as_str());
        let known = known.map_or(&[][..], Vec::as_slice);
        let mut regions = state.map_or_else(Vec::new, |state| by_name(known, country, state));
        if regions.is_empty() {
            regions = postal_code.map_or_else(Vec::new, |code| by_code(known, country, code));
        }
        let overseas = regions.iter().find_map(|region| region.strip_prefix('='));
        if let Some(overseas) = overseas.and_then(|code| Country::parse(code).ok()) {
            return Self {
                country: overseas,
                regions: Vec::new(),
            };
        }
        Self {
            country: country.clone(),
            regions,
        }
    }

    /// The country, or the overseas one.
    pub fn country(&self) -> &Country {
        &self.country
    }

    /// The regions that it may be in; none where nothing tells.
    pub(super) fn regions(&self) -> &[&'static str] {
        &self.regions
    }
}

/// A line of the table.
struct Region {
    code: &'static str,
    names: &'static str,
    /// What its postal codes begin with.
    codes: &'static str,
}

static REGIONS: LazyLock<BTreeMap<&str, Vec<Region>>> = LazyLock::new(|| {
    let mut regions = BTreeMap::<_, Vec<Region>>::new();
    let lines = include_str!("regions.txt").lines();
    for (country, region) in lines.filter_map(region) {
        regions.entry(country).or_default().push(region);
    }
    regions
});

/// Reads a line; `None` for one that is no region.
fn region(line: &'static str) -> Option<(&'static str, Region)> {
    let mut columns = line.split('|').map(str::trim);
    let (country, code) = columns.next()?.split_once(' ')?;
    let (names, codes) = (columns.next(), columns.next());
    let region = Region {
        code,
        names: names.unwrap_or_default(),
        codes: codes.unwrap_or_default(),
    };
    (country.len() == 2).then_some((country, region))
}

/// A code, `WA` or `AU-WA`, goes before another's name.
fn by_name(known: &[Region], country: &Country, state: &str) -> Vec<&'static str> {
    let said = plain(state);
    let code = said.strip_prefix(&plain(country.as_str()));
    let has_code = |region: &&Region| {
        let known = plain(region.code);
        known == said || Some(known.as_str()) == code
    };
    let has_name = |region: &&Region| region.names.split(',').any(|name| plain(name) == said);
    let mut regions = known.iter();
    let by_code = regions.clone().find(has_code);
    let region = by_code.or_else(|| regions.find(has_name));
    region.map(|region| region.code).into_iter().collect()
}

/// Those in which the longest beginning of the code is.
fn by_code(known: &[Region], country: &Country, code: &str) -> Vec<&'static str> {
    let code = sort_code(country, code);
    let mut longest = 0;
    let mut found = Vec::new();
    for region in known {
        let fitting = region.codes.split_whitespace();
        let fitting = fitting.filter(|beginning| begins_with(&code, beginning));
        // Both ends of a range are of one length.
        let length = fitting.map(|it| it.split('-').next().map_or(0, str::len));
        let Some(length) = length.max().filter(|length| *length >= longest) else {
            continue;
        };
        if length > longest {
            longest = length;
            found.clear();
        }
        found.push(region.code);
    }
    found
}

/// `97133`, `205-209`, or the letters of an area: `G` is not `GL`.
fn begins_with(code: &str, beginning: &str) -> bool {
    if let Some((first, last)) = beginning.split_once('-') {
        let head = code.get(..first.len());
        return head.is_some_and(|head| (first..=last).contains(&head));
    }
    let rest = code.strip_prefix(beginning);
    let goes_on = |rest: &str| rest.starts_with(|next: char| next.is_ascii_alphabetic());
    let is_number = beginning.starts_with(|first: char| first.is_ascii_digit());
    rest.is_some_and(|rest| is_number || !goes_on(rest))
}

/// The code as it is sorted by, `EH11YZ` or `01067`: without blanks, a country before it, and with the nought that a
/// spreadsheet takes from a number.
fn sort_code(country: &Country, code: &str) -> String {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.map(|c| c.to_ascii_uppercase()).collect();
    let lengths: &[usize] = match country.as_str() {
        "AU" => &[4],
        "DE" | "ES" | "FI" | "FR" => &[5],
        "US" => &[5, 9],
        "BR" => &[8],
        "CH" | "IN" | "PT" => &[],
        _ => return letters,
    };
    let digits: String = letters.chars().filter(char::is_ascii_digit).collect();
    if lengths.contains(&(digits.len() + 1)) {
        format!("0{digits}")
    } else {
        digits
    }
}

/// A name as one compares it: small letters without accents, blanks and signs.
fn plain(name: &str) -> String {
    let letters = name.trim().chars().flat_map(char::to_lowercase);
    let letters = letters.map(|letter| match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' | 'ē' => 'e',
        'ì' | 'í' | 'î' | 'ï' | 'ī' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ō' => 'o',
        'ù' | 'ú' | 'û' | 'ü' | 'ū' => 'u',
        other => other,
    });
    letters.filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions(country: &str, postal_code: &str, state: &str) -> Vec<&'static str> {
        let country = Country::parse(country).unwrap();
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let place = Place::of(
            &country,
            filled(postal_code).as_deref(),
            filled(state).as_deref(),
        );
        place.regions().to_vec()
    }

    #[test]
    fn each_line_of_the_table_is_a_comment_or_a_region_of_a_country() {
        for line in include_str!("regions.txt").lines() {
            let is_comment = line.starts_with('#');
            assert_ne!(is_comment, region(line).is_some(), "{line}");
            let Some((country, region)) = region(line) else {
                continue;
            };
            assert!(Country::parse(country).is_ok(), "{line}");
            assert!(!region.code.is_empty(), "{line}");
            for codes in region.codes.split_whitespace() {
                if let Some((first, last)) = codes.split_once('-') {
                    assert!(first < last && first.len() == last.len(), "{line}");
                }
            }
        }
    }

    #[test]
    fn a_state_is_known_by_its_code_and_by_its_names_in_any_spelling() {
        for state in [
            "BW",
            "bw",
            "Baden-Württemberg",
            "BADEN WURTTEMBERG",
            "baden-wuerttemberg",
        ] {
            assert_eq!(regions("DE", "", state), ["BW"], "{state}");
        }
        assert_eq!(regions("CA", "", "Québec"), ["QC"]);
        assert_eq!(regions("ES", "", "Illes Balears"), ["IB"]);
        assert_eq!(regions("US", "", "Massachusetts"), ["MA"]);
        assert_eq!(regions("GB", "", "Scotland"), ["SCT"]);
        assert_eq!(regions("US", "", "US-MA"), ["MA"]);
        assert_eq!(regions("FR", "", "FR-57"), ["57"]);
        // A code goes before another's abbreviation.
        assert_eq!(regions("AU", "", "SA"), ["SA"]);
    }

    #[test]
    fn a_state_that_nobody_knows_leaves_it_to_the_postal_code() {
        assert_eq!(regions("DE", "80331", "Oberbayern"), ["BY"]);
        assert_eq!(regions("DE", "", "Oberbayern"), [""; 0]);
        assert_eq!(regions("DE", "80331", "Hamburg"), ["HH"]);
        assert_eq!(regions("IT", "39100", "BZ"), [""; 0]);
    }

    #[test]
    fn a_postal_code_is_read_as_people_write_it() {
        for code in ["01067", "1067", "D-01067", "DE 01067"] {
            assert_eq!(regions("DE", code, ""), ["SN"], "{code}");
        }
        for code in ["EH1 1YZ", "eh11yz", " EH1  1YZ "] {
            assert_eq!(regions("GB", code, ""), ["SCT"], "{code}");
        }
        for code in ["02139", "2139", "02139-4307", "2139-4307", "021394307"] {
            assert_eq!(regions("US", code, ""), ["MA"], "{code}");
        }
        assert_eq!(regions("BR", "01310-100", ""), ["SP"]);
        assert_eq!(regions("IN", "560 001", ""), ["KA"]);
        assert_eq!(regions("CA", "h2x 1y4", ""), ["QC"]);
        assert_eq!(regions("AU", "800", ""), regions("AU", "0800", ""));
        for bad in ["", "x", "é", "0", "none"] {
            assert_eq!(regions("DE", bad, ""), [""; 0], "{bad}");
        }
    }

    #[test]
    fn an_area_of_one_letter_is_not_one_of_two() {
        assert_eq!(regions("GB", "G2 1DU", ""), ["SCT"]);
        assert_eq!(regions("GB", "GL1 1DG", ""), [""; 0]);
        assert_eq!(regions("GB", "BT1 5GS", ""), ["NIR"]);
        assert_eq!(regions("GB", "B1 1BB", ""), [""; 0]);
    }

    #[test]
    fn a_code_on_a_border_may_be_on_either_side() {
        assert_eq!(regions("GB", "TD15 1AA", ""), ["ENG", "SCT"]);
        assert_eq!(regions("DE", "01990", ""), ["BB", "SN"]);
        assert_eq!(regions("CA", "X0A 0H0", ""), ["NT", "NU"]);
    }

    #[test]
    fn an_overseas_department_is_a_country_of_its_own() {
        let france = Country::parse("FR").unwrap();
        let there = |code: &str| {
            let place = Place::of(&france, Some(code), None);
            place.country().to_string()
        };
        let known = [
            ("97110", "GP"),
            ("97200", "MQ"),
            ("97300", "GF"),
            ("97400", "RE"),
            ("97600", "YT"),
            ("97500", "PM"),
            ("97133", "BL"),
            ("97150", "MF"),
            ("98800", "NC"),
            ("75001", "FR"),
        ];
        for (code, country) in known {
            assert_eq!(there(code), country, "{code}");
        }
        let by_name = Place::of(&france, None, Some("La Réunion"));
        assert_eq!(by_name.country().as_str(), "RE");
    }
}
