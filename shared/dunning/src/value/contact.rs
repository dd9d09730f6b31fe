//! Addresses to write to, and whose they are.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An address that SES can take: an ASCII local part, an ASCII domain (punycode, where it needs it).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is not an address we can write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address that can be written to: {0}")]
pub struct BadAddress(pub AddressFault);

/// The rule that a text breaks which should have been an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressFault {
    /// `compta.exemple.fr`
    NoAt,
    /// `@exemple.fr`
    NothingBefore,
    /// `compta@`
    NothingAfter,
    /// `compta@exemple`
    NoDot,
    /// `héloïse@exemple.fr`
    NotAscii,
    /// `service compta@exemple.fr`
    SignBefore,
    /// `compta..paris@exemple.fr`
    Dots,
    /// `compta@exemple_sarl.fr`
    SignAfter,
    /// More than a mail server takes.
    TooLong,
    /// A newer version knows.
    #[serde(other)]
    Newer,
}

impl fmt::Display for AddressFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAt => "it has no @",
            Self::NothingBefore => "nothing stands before its @",
            Self::NothingAfter => "nothing stands after its @",
            Self::NoDot => "its domain has no dot",
            Self::NotAscii => {
                "it has letters before its @ that SES does not take: only a to z without accents"
            }
            Self::SignBefore => "it has a blank or a sign before its @ that does not belong there",
            Self::Dots => "it begins or ends with a dot before its @, or has two in a row there",
            Self::SignAfter => "its domain has a blank or a sign that does not belong there",
            Self::TooLong => "it is longer than a mail server takes",
            Self::Newer => "a newer version knows what is wrong with it",
        })
    }
}

/// The longest local part, by RFC 5321.
const LOCAL: usize = 64;
/// The longest domain, by RFC 1035.
const DOMAIN: usize = 253;

impl EmailAddress {
    /// Parses `local@domain.tld`. The domain may have umlauts.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let address = Self::read(text).map_err(BadAddress)?;
        let dot = |at: char| at == '.';
        let (local, _) = address.parts();
        if local.starts_with(dot) || local.ends_with(dot) || local.contains("..") {
            return Err(BadAddress(AddressFault::Dots));
        }
        Ok(address)
    }

    /// By the rules of all that was ever stored, which are a little looser.
    fn read(text: &str) -> Result<Self, AddressFault> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(AddressFault::NoAt)?;
        let belongs = |c: char| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c);
        if local.is_empty() {
            return Err(AddressFault::NothingBefore);
        }
        if local.contains(|c: char| c.is_ascii() && !belongs(c)) {
            return Err(AddressFault::SignBefore);
        }
        if !local.is_ascii() {
            return Err(AddressFault::NotAscii);
        }
        if domain.is_empty() {
            return Err(AddressFault::NothingAfter);
        }
        let domain = in_ascii(domain).ok_or(AddressFault::SignAfter)?;
        if local.len() > LOCAL || domain.len() > DOMAIN {
            return Err(AddressFault::TooLong);
        }
        let label = |l: &str| !l.is_empty() && !l.starts_with('-') && !l.ends_with('-');
        let belongs = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if !domain.chars().all(belongs) || !domain.split('.').all(label) {
            return Err(AddressFault::SignAfter);
        }
        if !domain.contains('.') {
            return Err(AddressFault::NoDot);
        }
        Ok(Self(format!("{local}@{domain}")))
    }

    /// The address as text, for SES.
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

    /// The address as people write it: a domain with umlauts has them.
    pub fn shown(&self) -> String {
        let (local, domain) = self.parts();
        match idna::domain_to_unicode(domain) {
            (shown, Ok(())) => format!("{local}@{shown}"),
            _ => self.0.clone(),
        }
    }

    /// Whose it is.
    pub fn mailbox(&self) -> MailboxId {
        let digest = Sha256::digest(self.0.to_ascii_lowercase());
        MailboxId(hex::encode(&digest[..16]))
    }

    fn parts(&self) -> (&str, &str) {
        self.0.rsplit_once('@').unwrap_or_default()
    }
}

/// A domain in the form that is sent over the wire.
fn in_ascii(domain: &str) -> Option<String> {
    if domain.is_ascii() {
        return Some(domain.to_ascii_lowercase());
    }
    idna::domain_to_ascii(domain).ok()
}

impl TryFrom<String> for EmailAddress {
    type Error = BadAddress;
    fn try_from(text: String) -> Result<Self, BadAddress> {
        Self::read(&text).map_err(BadAddress)
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
        let (_, domain) = self.parts();
        write!(f, "…@{domain}")
    }
}

/// A mailbox: one reader, however its address is spelled. The case of an address means nothing: that of a
/// domain by RFC 1035, and that before the @ by what mail servers do, though RFC 5321 lets them tell
/// `Compta` from `compta`. What stands behind a `+` tells apart: some servers take it for a part of the name,
/// and to be taken for another only costs a mail on the same day.
///
/// It is a hash, since it is a part of a key, and keys stand in logs and in messages. A plain one: whoever reads
/// the table finds the address beside it, and a key to hash with that got lost would lose every mailbox.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailboxId(String);

impl MailboxId {
    /// Its 32 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
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
        for (bad, fault) in [
            ("", AddressFault::NoAt),
            ("a", AddressFault::NoAt),
            ("a@b", AddressFault::NoDot),
            ("a@", AddressFault::NothingAfter),
            ("a@@b.fr", AddressFault::SignBefore),
            ("é@b.fr", AddressFault::NotAscii),
            ("a b@c.fr", AddressFault::SignBefore),
            ("@b.fr", AddressFault::NothingBefore),
            ("\"a\"@b.fr", AddressFault::SignBefore),
            ("a..b@c.fr", AddressFault::Dots),
            (".a@c.fr", AddressFault::Dots),
            ("a@b..fr", AddressFault::SignAfter),
            ("a@-b.fr", AddressFault::SignAfter),
            ("a@b-.fr", AddressFault::SignAfter),
            ("a@b_c.fr", AddressFault::SignAfter),
            ("a@é b.fr", AddressFault::SignAfter),
            ("x\r\nBcc: y@z.fr", AddressFault::SignBefore),
        ] {
            assert_eq!(EmailAddress::parse(bad), Err(BadAddress(fault)), "{bad:?}");
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
            EmailAddress::parse(&text)
        };
        let too_long = Err(BadAddress(AddressFault::TooLong));
        assert!(taken(64, 253).is_ok());
        assert_eq!(taken(65, 253), too_long);
        assert_eq!(taken(64, 254), too_long);
    }

    #[test]
    fn the_case_of_a_domain_means_nothing_and_that_of_a_mailbox_is_kept() {
        let address = EmailAddress::parse(" Compta@Exemple.FR ").unwrap();
        assert_eq!(address.as_str(), "Compta@exemple.fr");
    }

    #[test]
    fn wish_18_a_domain_with_umlauts_goes_to_ses_in_punycode_and_is_shown_with_them() {
        let address = EmailAddress::parse("Compta@Bücher.example").unwrap();
        assert_eq!(address.as_str(), "Compta@xn--bcher-kva.example");
        assert_eq!(address.shown(), "Compta@bücher.example");
        let plain = EmailAddress::parse("a@example.com").unwrap();
        assert_eq!(plain.shown(), "a@example.com");
        // Punycode that means nothing stays as it is.
        let odd = EmailAddress::parse("a@xn--zzzzzz.example").unwrap();
        assert_eq!(odd.shown(), "a@xn--zzzzzz.example");
    }

    #[test]
    fn two_spellings_of_an_address_are_one_mailbox() {
        let mailbox = |text| EmailAddress::parse(text).unwrap().mailbox();
        let compta = mailbox("compta@bücher.example");
        for same in [
            "Compta@Bücher.Example",
            "COMPTA@xn--bcher-kva.example",
            "compta@XN--BCHER-KVA.EXAMPLE",
        ] {
            assert_eq!(mailbox(same), compta, "{same}");
        }
        for other in ["compta+a@bücher.example", "compta@bucher.example"] {
            assert_ne!(mailbox(other), compta, "{other}");
        }
        assert_eq!(compta.as_str().len(), 32);
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
        // An earlier version took it.
        assert!(serde_json::from_str::<EmailAddress>("\"a..b@example.com\"").is_ok());
    }

    #[test]
    fn an_address_does_not_show_in_debug_output() {
        let address = EmailAddress::parse("jane@example.com").unwrap();
        assert_eq!(format!("{address:?}"), "…@example.com");
    }
}
