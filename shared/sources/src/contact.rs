//! The contacts of the canonical event.

use dunning::billing::{Contact, Role};
use dunning::limits::{CONTACT_TEXT, MOST_CONTACTS};
use dunning::value::Addresses;

use crate::canonical::SaidContact;
use crate::line::text;

/// Those whose part is known, and of whom anything is. Those that come first stay, each once.
pub(crate) fn contacts(
    first: Vec<Contact>,
    told: impl IntoIterator<Item = SaidContact>,
) -> Vec<Contact> {
    let mut contacts = first;
    for contact in told.into_iter().filter_map(SaidContact::into_contact) {
        if contacts.len() < MOST_CONTACTS && !contacts.contains(&contact) {
            contacts.push(contact);
        }
    }
    contacts.truncate(MOST_CONTACTS);
    contacts
}

impl SaidContact {
    fn into_contact(self) -> Option<Contact> {
        let short = |said: Option<String>| {
            text(said).map(|said| said.chars().take(CONTACT_TEXT).collect::<String>())
        };
        let addresses = self.email.map(|email| Addresses::read(&email).usable);
        let contact = Contact {
            role: self.role.filter(|role| *role != Role::Newer)?,
            name: short(self.name),
            email: addresses.and_then(|usable| usable.into_iter().next()),
            phone: short(self.phone),
        };
        let is_anybody =
            contact.name.is_some() || contact.email.is_some() || contact.phone.is_some();
        is_anybody.then_some(contact)
    }
}
