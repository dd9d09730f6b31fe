//! Addresses to write to.

use std::fmt;

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

    /// Whether it is one of those that stand in examples and belong to nobody (RFC 2606).
    pub fn is_an_examples(&self) -> bool {
        let domain = self.0.rsplit('@').next().unwrap_or_default();
        let labels: Vec<&str> = domain.rsplit('.').collect();
        matches!(
            labels.as_slice(),
            ["example" | "test" | "invalid" | "localhost", ..]
                | ["com" | "net" | "org", "example", ..]
        )
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
            "@b.fr",
            "\"a\"@b.fr",
            "a@b..fr",
            "a@-b.fr",
            "a@b-.fr",
            "a@b_c.fr",
            "x\r\nBcc: y@z.fr",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn addresses_of_examples_are_told_from_those_that_somebody_has() {
        let is_an_examples = |text: &str| EmailAddress::parse(text).unwrap().is_an_examples();
        for example in [
            "team@example.com",
            "team@mail.Example.org",
            "team@acme.example",
            "team@acme.test",
            "team@host.invalid",
        ] {
            assert!(is_an_examples(example), "{example}");
        }
        for own in [
            "team@acme.com",
            "team@example.fr",
            "team@my-example.com",
            "team@test.acme.com",
        ] {
            assert!(!is_an_examples(own), "{own}");
        }
    }

    #[test]
    fn an_address_is_as_long_as_a_mail_server_takes_and_no_longer() {
        let taken = |local: usize, domain: usize| {
            let text = format!("{}@{}.fr", "x".repeat(local), "y".repeat(domain - 3));
            EmailAddress::parse(&text).is_ok()
        };
        assert!(taken(64, 253));
        assert!(!taken(65, 253));
        assert!(!taken(64, 254));
    }

    #[test]
    fn the_case_of_a_domain_means_nothing_and_that_of_a_mailbox_is_kept() {
        let address = EmailAddress::parse(" Compta@Exemple.FR ").unwrap();
        assert_eq!(address.as_str(), "Compta@exemple.fr");
    }

    #[test]
    fn an_address_is_stored_as_text_and_checked_when_it_is_read_back() {
        let address = EmailAddress::parse("jane@example.com").unwrap();
        let stored = serde_json::to_string(&address).unwrap();
        assert_eq!(stored, "\"jane@example.com\"");
        assert_eq!(
            serde_json::from_str::<EmailAddress>(&stored).unwrap(),
            address
        );
        assert!(serde_json::from_str::<EmailAddress>("\"jane\"").is_err());
    }

    #[test]
    fn an_address_does_not_show_in_debug_output() {
        let address = EmailAddress::parse("jane@example.com").unwrap();
        assert_eq!(format!("{address:?}"), "…@example.com");
    }
}
