//! Why nothing may leave.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

use crate::value::Newer;

/// Why nothing may leave for an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// The tool gives no due date.
    NoDueDate,
    /// The tool gives no address that can be written to.
    NoAddress,
    /// The debtor's address bounced for good.
    AddressBounced,
    /// The debtor complained about a mail of ours.
    AddressComplained,
    /// It was settled, and the tool opened it again: a person must look first.
    Reopened,
    /// A person wants nothing sent, until a person says otherwise.
    Paused,
    /// A newer version knows why. It holds until that one, or the debt's end, ends it.
    #[serde(untagged, deserialize_with = "newer")]
    Newer(Newer),
}

/// Why an invoice asks for no reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotChased {
    /// Not issued yet.
    Draft,
    /// Paid, or nothing left to pay.
    Paid,
    /// Void, or a deleted draft.
    Void,
    /// Written off.
    Uncollectible,
    /// The tool charges it by itself, and has not failed (or the policy leaves failures to the tool).
    ChargedAutomatically,
}

/// A person wants nothing sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The day on which reminders go on; none until a person resumes them.
    pub until: Option<Date>,
}

impl Pause {
    /// Whether it is not over on this day.
    pub fn is_on(self, day: Date) -> bool {
        self.until.is_none_or(|until| day < until)
    }
}

/// SES refused mails in a row; the next one is tried later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// How often, since it took one.
    pub times: u32,
    /// Nothing is tried before.
    pub until: Timestamp,
    /// What it asked for.
    #[serde(default)]
    pub why: Refusal,
}

/// Why SES takes no mail now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It refused one.
    #[default]
    Refused,
    /// The account has sent all that it may in 24 hours.
    QuotaSpent,
    /// It could not be reached, or said nothing.
    NoAnswer,
    /// A newer version knows.
    #[serde(other)]
    Newer,
}

/// Why an address is held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressTrouble {
    /// A mail to it bounced for good.
    Bounced,
    /// Its owner called a mail of ours spam.
    Complained,
    /// A newer version knows why.
    #[serde(untagged, deserialize_with = "newer")]
    Newer(Newer),
}

fn newer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Newer, D::Error> {
    Newer::read(deserializer, &[])
}

impl From<&AddressTrouble> for Hold {
    fn from(trouble: &AddressTrouble) -> Self {
        match trouble {
            // Whatever it is, another address ends it.
            AddressTrouble::Bounced | AddressTrouble::Newer(_) => Self::AddressBounced,
            AddressTrouble::Complained => Self::AddressComplained,
        }
    }
}
