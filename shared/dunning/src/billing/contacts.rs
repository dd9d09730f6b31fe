//! Whom to turn to about an invoice, by the part that each plays.

use serde::{Deserialize, Serialize};

use crate::value::EmailAddress;

/// A person, or a mailbox, that has a part in getting an invoice paid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contact {
    /// Its part.
    pub role: Role,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where to write to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// Where to call it, as the tool writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// The part that somebody plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Gets the invoices, and what is written about them.
    Invoice,
    /// Makes the payment.
    Payer,
    /// Approves it.
    Approver,
    /// Decides, where nothing else helped.
    Escalation,
    /// On our side: knows the debtor.
    AccountManager,
    /// A newer version knows.
    #[serde(other)]
    Newer,
}
