//! Names of things, each a type of its own, checked where they enter.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits;

/// Why a text cannot be an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {why}")]
pub struct BadId {
    what: &'static str,
    why: &'static str,
}

fn check(what: &'static str, text: &str, longest: usize) -> Result<(), BadId> {
    let why = if text.is_empty() {
        "is empty"
    } else if text.len() > longest {
        "is too long"
    } else if text.contains('#') || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        // `#` separates the parts of a key.
        "contains '#', a blank or a control character"
    } else {
        return Ok(());
    };
    Err(BadId { what, why })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $longest:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses the id: not empty, not too long, no blank, no control character, no `#`.
            pub fn parse(text: impl Into<String>) -> Result<Self, BadId> {
                let text = text.into();
                check($what, &text, $longest)?;
                Ok(Self(text))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// The name of a billing source, as in `/webhooks/{source}`.
    SourceName, "the source's name", limits::SOURCE_NAME
);

id!(
    /// The account at the tool (a Stripe Connect account); `default` where the tool names none.
    AccountId, "the account's id", limits::ID
);

id!(
    /// The tool's id of the customer who owes.
    CustomerId, "the customer's id", limits::ID
);

id!(
    /// The tool's id of an invoice (not the number printed on it).
    InvoiceId, "the invoice's id", limits::ID
);

id!(
    /// The tool's id of one event; the same over all its deliveries.
    EventId, "the event's id", limits::ID
);

id!(
    /// The tool's id of money that moved: a payment, a credit note, a refund, a dispute.
    MovementId, "the movement's id", limits::ID
);

id!(
    /// By which a tool refers to a payment where it does not name the invoice.
    PaymentId, "the payment's id", limits::ID
);

id!(
    /// The name of a dunning step in the policy, as `late-10`.
    StepId, "the step's id", limits::ID
);

impl StepId {
    /// The step of the policy: `late-10` of `late-10@2`, which is that of an invoice's second part.
    pub fn in_policy(&self) -> &str {
        self.0.split_once('@').map_or(&self.0, |(step, _)| step)
    }

    /// Of which part of an invoice it is; 1 where there are none.
    pub fn part(&self) -> usize {
        let part = self
            .0
            .split_once('@')
            .and_then(|(_, part)| part.parse().ok());
        part.unwrap_or(1)
    }
}

id!(
    /// What the user's own automation hears on its bus, as `service.suspend`.
    SignalName, "the signal's name", limits::SIGNAL_NAME
);

id!(
    /// One mail that was claimed: 24 hex digits, behind `rehearsal-` where it went to somebody else than the debtor.
    ClaimId, "the claim's id", limits::ID
);

impl ClaimId {
    /// What stands before the digits of a mail of a rehearsal.
    pub(crate) const REHEARSAL: &str = "rehearsal-";

    /// Whether the mail went to the team in the debtor's stead: whatever became of it, the debtor did not hear it.
    pub fn is_of_rehearsal(&self) -> bool {
        self.0.starts_with(Self::REHEARSAL)
    }
}

/// Live money or the tool's test mode. The two never meet in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Real invoices.
    Live,
    /// The tool's test or sandbox mode.
    Test,
}

impl Mode {
    /// As it stands in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

/// Where a customer and its invoices live: ids are only unique within it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Realm {
    /// The billing source.
    pub source: SourceName,
    /// The account at that source.
    pub account: AccountId,
    /// Live or test.
    pub mode: Mode,
}

impl Realm {
    /// Reads its three parts, as they stand in keys.
    pub fn parse(source: &str, account: &str, mode: &str) -> Result<Self, BadId> {
        let mode = match mode {
            "live" => Mode::Live,
            "test" => Mode::Test,
            _ => {
                return Err(BadId {
                    what: "the mode",
                    why: "is neither live nor test",
                });
            }
        };
        Ok(Self {
            source: SourceName::parse(source)?,
            account: AccountId::parse(account)?,
            mode,
        })
    }
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.source, self.account, self.mode.as_str())
    }
}

/// One debtor. Its text form, `source#account#mode#customer`, is the partition key of its file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DebtorKey {
    /// Where the customer lives.
    pub realm: Realm,
    /// The customer.
    pub customer: CustomerId,
}

impl DebtorKey {
    /// Reads `source#account#mode#customer`.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let bad = BadId {
            what: "the debtor's key",
            why: "is not source#account#mode#customer",
        };
        let parts: Vec<&str> = text.split('#').collect();
        let [source, account, mode, customer] = parts[..] else {
            return Err(bad);
        };
        Ok(Self {
            realm: Realm::parse(source, account, mode)?,
            customer: CustomerId::parse(customer)?,
        })
    }
}

impl fmt::Display for DebtorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.realm, self.customer)
    }
}

impl TryFrom<String> for DebtorKey {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(&text)
    }
}

impl From<DebtorKey> for String {
    fn from(key: DebtorKey) -> String {
        key.to_string()
    }
}

/// The team's file has a name that no debtor's key can be.
const TEAM: &str = "TEAM";

/// Whose file. Its text form is the partition key of the file, and stands in knocks and in mails' tags.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FileKey {
    /// A debtor's.
    Debtor(DebtorKey),
    /// The team's own.
    Team,
}

impl fmt::Display for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Debtor(key) => key.fmt(f),
            Self::Team => f.write_str(TEAM),
        }
    }
}

impl TryFrom<String> for FileKey {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        if text == TEAM {
            Ok(Self::Team)
        } else {
            DebtorKey::parse(&text).map(Self::Debtor)
        }
    }
}

impl From<FileKey> for String {
    fn from(key: FileKey) -> String {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debtor_key_reads_back_what_it_writes() {
        let text = "stripe#acct_1#test#cus_9";
        assert_eq!(DebtorKey::parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn an_id_that_could_break_a_key_is_refused() {
        for bad in ["", "a#b", "a b", "a\n", "a\u{7}b", &"x".repeat(65)] {
            assert!(CustomerId::parse(bad).is_err(), "{bad:?} was taken");
        }
        assert!(DebtorKey::parse("stripe#a#sandbox#c").is_err());
        assert!(DebtorKey::parse("stripe#a#live").is_err());
        assert!(DebtorKey::parse("stripe#a#live#c#d").is_err());
        assert!(DebtorKey::parse("TEAM").is_err());
    }

    #[test]
    fn an_id_has_at_most_64_bytes_and_a_sources_name_at_most_32() {
        assert!(CustomerId::parse("x".repeat(64)).is_ok());
        assert!(CustomerId::parse("x".repeat(65)).is_err());
        assert!(SourceName::parse("x".repeat(32)).is_ok());
        assert!(SourceName::parse("x".repeat(33)).is_err());
    }

    #[test]
    fn a_refused_id_is_told_with_what_it_names_and_what_is_wrong() {
        let why = |text: &str| CustomerId::parse(text).unwrap_err().to_string();
        assert_eq!(why(""), "the customer's id is empty");
        assert_eq!(why(&"x".repeat(65)), "the customer's id is too long");
        assert_eq!(
            why("a b"),
            "the customer's id contains '#', a blank or a control character"
        );
        assert_eq!(
            DebtorKey::parse("stripe#a#sandbox#c")
                .unwrap_err()
                .to_string(),
            "the mode is neither live nor test"
        );
    }

    #[test]
    fn a_file_is_a_debtors_or_the_teams_and_its_key_says_which() {
        let debtor = DebtorKey::parse("stripe#default#live#cus_9").unwrap();
        for (file, text) in [
            (FileKey::Debtor(debtor), "stripe#default#live#cus_9"),
            (FileKey::Team, "TEAM"),
        ] {
            assert_eq!(file.to_string(), text);
            assert_eq!(String::from(file.clone()), text);
            assert_eq!(FileKey::try_from(text.to_owned()), Ok(file));
        }
        assert!(FileKey::try_from("team".to_owned()).is_err());
    }

    #[test]
    fn a_key_is_stored_as_text_and_checked_when_it_is_read_back() {
        let text = "stripe#acct_1#test#cus_9";
        let key = DebtorKey::parse(text).unwrap();
        let stored = serde_json::to_string(&key).unwrap();
        assert_eq!(stored, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<DebtorKey>(&stored).unwrap(), key);
        assert!(serde_json::from_str::<DebtorKey>("\"cus_9\"").is_err());
    }

    #[test]
    fn the_mode_stands_in_keys_as_it_is_stored() {
        for (mode, text) in [(Mode::Live, "live"), (Mode::Test, "test")] {
            assert_eq!(mode.as_str(), text);
            assert_eq!(serde_json::to_string(&mode).unwrap(), format!("\"{text}\""));
            assert_eq!(Realm::parse("stripe", "default", text).unwrap().mode, mode);
        }
    }
}
