//! Where a debtor is, and the languages that are read there.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language by its two-letter code (ISO 639-1), as templates are filed: `fr`, `en`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

/// Why a text is not a language or a country.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a known {0}")]
pub struct BadCode(&'static str);

impl Language {
    /// Parses a tag such as `fr`, `fr-CA` or `pt_BR`; only the language is kept.
    pub fn parse(tag: &str) -> Result<Self, BadCode> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.len() == 2 && primary.bytes().all(|b| b.is_ascii_alphabetic()) {
            Ok(Self(primary.to_ascii_lowercase()))
        } else {
            Err(BadCode("two-letter language code"))
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether whoever reads one reads the other: Norwegian has two written forms, `nb` and `nn`, and `no` is either.
    pub fn is_read_as(&self, other: &Self) -> bool {
        const NORWEGIAN: [&str; 3] = ["nb", "nn", "no"];
        let is_norwegian = |language: &Self| NORWEGIAN.contains(&language.as_str());
        self == other || is_norwegian(self) && is_norwegian(other)
    }
}

/// A country by its two-letter code (ISO 3166-1 alpha-2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(String);

impl Country {
    /// Parses a code, in either case.
    pub fn parse(code: &str) -> Result<Self, BadCode> {
        if code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic()) {
            Ok(Self(code.to_ascii_uppercase()))
        } else {
            Err(BadCode("two-letter country code"))
        }
    }

    /// The code in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an address in it has a postal code.
    pub fn has_postal_codes(&self) -> bool {
        const NONE: &str = "AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GA GD GH GM GQ GY HK JM KI KM KN LC ML MO MR MW NR NU PA QA RW SB SC SL SR ST SY TD TG TK TL TO TT TV TZ UG VU YE ZW";
        !NONE.split(' ').any(|code| code == self.0)
    }

    /// The language to try first where the tool does not name one; `None` where there is no single
    /// answer.
    pub fn language(&self) -> Option<Language> {
        const SPOKEN: [(&str, &str); 8] = [
            ("de", "AT DE LI"),
            ("en", "AU GB IE NZ US"),
            (
                "es",
                "AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PY SV UY VE",
            ),
            ("fr", "BL FR GF GP MC MF MQ NC PF PM RE WF YT"),
            ("it", "IT SM VA"),
            ("nl", "NL SR"),
            ("pl", "PL"),
            ("pt", "AO BR CV GW MZ PT ST"),
        ];
        let is_spoken = |list: &str| list.split(' ').any(|code| code == self.0);
        let (code, _) = SPOKEN.into_iter().find(|(_, list)| is_spoken(list))?;
        Language::parse(code).ok()
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = BadCode;
            fn try_from(text: String) -> Result<Self, BadCode> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

as_text!(Language);

as_text!(Country);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_tag_is_cut_to_its_language() {
        assert_eq!(Language::parse("fr-CA").unwrap().as_str(), "fr");
        assert_eq!(Language::parse("pt_BR").unwrap().as_str(), "pt");
        assert_eq!(Language::parse("FR").unwrap().as_str(), "fr");
        for bad in ["", "french", "f", "f1", "-fr"] {
            assert!(Language::parse(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn norwegians_read_both_of_their_forms() {
        let read = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|code| Language::parse(code).unwrap());
            one.is_read_as(&other)
        };
        assert!(read("nb", "no") && read("nn", "nb") && read("de-AT", "de"));
        assert!(!read("no", "sv") && !read("de", "nl"));
    }

    #[test]
    fn a_country_is_known_by_two_letters_in_either_case() {
        assert_eq!(Country::parse("fr").unwrap().as_str(), "FR");
        for bad in ["", "F", "FRA", "F1", "é"] {
            assert!(Country::parse(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn a_language_is_guessed_only_where_a_country_speaks_one() {
        let spoken = |code: &str| Country::parse(code).unwrap().language();
        let language = |code: &str| Language::parse(code).ok();
        assert_eq!(spoken("FR"), language("fr"));
        assert_eq!(spoken("MC"), language("fr"));
        assert_eq!(spoken("GB"), language("en"));
        assert_eq!(spoken("AT"), language("de"));
        assert_eq!(spoken("MX"), language("es"));
        for several in ["BE", "CH", "CA", "LU"] {
            assert_eq!(spoken(several), None, "{several}");
        }
    }

    #[test]
    fn places_are_stored_as_their_codes_and_checked_when_they_are_read_back() {
        let (french, france) = (
            Language::parse("fr").unwrap(),
            Country::parse("FR").unwrap(),
        );
        assert_eq!(serde_json::to_string(&french).unwrap(), "\"fr\"");
        assert_eq!(serde_json::to_string(&france).unwrap(), "\"FR\"");
        assert_eq!(
            (french.to_string(), france.to_string()),
            ("fr".into(), "FR".into())
        );
        assert!(serde_json::from_str::<Language>("\"french\"").is_err());
        assert!(serde_json::from_str::<Country>("\"France\"").is_err());
    }
}
