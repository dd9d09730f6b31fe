//! Addresses, languages and countries.

use std::fmt;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// An address that SES can take: an ASCII local part, an ASCII domain (punycode, where it needs it).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is not an address we can write to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address that can be written to")]
pub struct BadAddress;

impl EmailAddress {
    /// Parses `local@domain.tld`.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(BadAddress)?;
        let printable = |c: char| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c);
        let label = |l: &str| !l.is_empty() && !l.starts_with('-') && !l.ends_with('-');
        let well_formed = !local.is_empty()
            && local.len() <= 64
            && domain.len() <= 253
            && local.chars().all(printable)
            && domain.contains('.')
            && domain.split('.').all(label)
            && domain
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
        if well_formed {
            Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
        } else {
            Err(BadAddress)
        }
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = BadAddress;
    fn try_from(text: String) -> Result<Self, BadAddress> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> String {
        address.0
    }
}

/// Addresses stay out of logs: only the domain shows.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = self.0.rsplit('@').next().unwrap_or_default();
        write!(f, "…@{domain}")
    }
}

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
}

/// A time zone by its IANA name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName(String);

impl ZoneName {
    /// Parses a name that the time zone database knows.
    pub fn parse(name: &str) -> Result<Self, BadCode> {
        match TimeZone::get(name) {
            Ok(_) => Ok(Self(name.to_owned())),
            Err(_) => Err(BadCode("time zone")),
        }
    }

    /// The zone.
    pub fn zone(&self) -> TimeZone {
        // Parsed once; a database that has since lost the name is the only way to UTC.
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
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
as_text!(ZoneName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_ses_would_refuse_are_refused_first() {
        for good in [
            "a@b.fr",
            " compta@Exemple.FR ",
            "first.last+tag@sub.example.co.uk",
        ] {
            assert!(EmailAddress::parse(good).is_ok(), "{good:?} was refused");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "a@@b.fr",
            "é@b.fr",
            "a@exämple.fr",
            "a b@c.fr",
            "a@b..fr",
            "a@-b.fr",
            "x\r\nBcc: y@z.fr",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn an_address_does_not_show_in_debug_output() {
        let address = EmailAddress::parse("jane@example.com").unwrap();
        assert_eq!(format!("{address:?}"), "…@example.com");
    }

    #[test]
    fn a_language_tag_is_cut_to_its_language() {
        assert_eq!(Language::parse("fr-CA").unwrap().as_str(), "fr");
        assert_eq!(Language::parse("pt_BR").unwrap().as_str(), "pt");
        assert!(Language::parse("french").is_err());
    }
}
