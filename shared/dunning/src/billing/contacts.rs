//! Whom to turn to about an invoice, by the part that each plays.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::EmailAddress;

/// A person, or a mailbox, that has a part in getting an invoice paid.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// Where those are written to who are on the debtor's side: no reminder goes to an account manager.
pub fn debtors_addresses(contacts: &[Contact]) -> impl Iterator<Item = &EmailAddress> {
    let theirs = contacts.iter();
    let theirs = theirs.filter(|contact| contact.role != Role::AccountManager);
    theirs.filter_map(|contact| contact.email.as_ref())
}

/// A person stays out of logs: the part alone shows.
impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Contact").field(&self.role).finish()
    }
}

impl Role {
    /// Those that can be named.
    pub const ALL: [Self; 5] = [
        Self::Invoice,
        Self::Payer,
        Self::Approver,
        Self::Escalation,
        Self::AccountManager,
    ];

    /// As tools and policies name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Payer => "payer",
            Self::Approver => "approver",
            Self::Escalation => "escalation",
            Self::AccountManager => "account_manager",
            Self::Newer => "newer",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_does_not_show_in_debug_output() {
        let contact = Contact {
            role: Role::Payer,
            name: Some("Service achats".to_owned()),
            email: EmailAddress::parse("achats@example.com").ok(),
            phone: Some("+33100000000".to_owned()),
        };
        assert_eq!(format!("{contact:?}"), "Contact(Payer)");
    }

    #[test]
    fn a_part_that_a_newer_version_knows_is_read() {
        let stored = r#"{"role":"treasurer","name":"Service achats"}"#;
        let contact: Contact = serde_json::from_str(stored).unwrap();
        assert_eq!(contact.role, Role::Newer);
    }
}
