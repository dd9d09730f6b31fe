//! How a debtor's reminders are steered from the tool, by the metadata that is kept there.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::contacts::{Contact, Role};
use super::tags::Tags;
use crate::limits::MOST_CONTACTS;
use crate::value::{EmailAddress, UnusableAddress};

/// What stands in a debtor's metadata. The quieter is the greater.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Steering {
    /// Nothing is to be sent to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_alone: bool,
    /// Nothing is to be sent to it before this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Date>,
    /// Where reminders go instead of the tool's own address, the first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<EmailAddress>,
    /// What stands there and is no address that can be written to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unusable_emails: Vec<UnusableAddress>,
    /// Who on our side knows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// By which plan it is reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// All else.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

impl Steering {
    /// Whether it says where reminders go, be it in a way that nobody can read.
    pub(super) fn says_where(&self) -> bool {
        !self.emails.is_empty() || !self.unusable_emails.is_empty()
    }

    /// The contacts of a debtor: who gets the reminders by its metadata and who knows it, before those that the tool
    /// has; each once.
    pub(super) fn contacts_before(&self, own: &[Contact]) -> Vec<Contact> {
        let chosen = self.emails.iter().map(|email| {
            let is_it = |contact: &&Contact| {
                contact.role == Role::Invoice && contact.email.as_ref() == Some(email)
            };
            own.iter().find(is_it).cloned().unwrap_or(Contact {
                role: Role::Invoice,
                name: None,
                email: Some(email.clone()),
                phone: None,
            })
        });
        let mut contacts = Vec::new();
        for contact in chosen
            .chain(self.contacts.iter().cloned())
            .chain(own.iter().cloned())
        {
            if contacts.len() < MOST_CONTACTS && !contacts.contains(&contact) {
                contacts.push(contact);
            }
        }
        contacts
    }
}

/// The numbers under which a debtor is registered.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Numbers {
    /// With the register of its country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<String>,
    /// For the value-added tax, or the like of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_number: Option<String>,
}
