//! Who gets a mail, and who a copy of it.

use super::choice::Identity;
use crate::billing::{Contact, Role};
use crate::file::{Debtor, Invoice};
use crate::limits::MOST_COPIES;
use crate::policy::{Copied, MailStep, Sender};
use crate::value::EmailAddress;

/// Those who get a copy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copies {
    /// All may see it.
    pub cc: Vec<EmailAddress>,
    /// Nobody sees it.
    pub bcc: Vec<EmailAddress>,
}

/// Whom a mail about an invoice goes to: the first of the step's parts who can be written to, or else where reminders
/// of it go, or those of its debtor.
pub(super) fn addressee(
    mail: Option<&MailStep>,
    invoice: &Invoice,
    debtor: &Debtor,
) -> Option<EmailAddress> {
    let roles = mail.into_iter().flat_map(|mail| &mail.to);
    let reached = roles.flat_map(|role| with_role(*role, invoice, debtor));
    let mut reached = reached.chain(of_invoice(invoice));
    let first = reached.find(|email| debtor.trouble_at(email).is_none());
    first.or_else(|| debtor.profile.value.email.clone())
}

/// Where reminders of an invoice go, if that was said of it alone.
pub(super) fn of_invoice(invoice: &Invoice) -> Option<EmailAddress> {
    let balance = invoice.balance();
    let mut contacts = balance.contacts.iter();
    let own = contacts.find(|contact| contact.role == Role::Invoice && contact.email.is_some());
    own.and_then(|contact| contact.email.clone())
}

/// Who gets a copy of it: nobody twice, nobody whose mailbox it goes to anyway, and nobody who cannot be written to.
pub fn copies(mail: &MailStep, to: &EmailAddress, invoice: &Invoice, debtor: &Debtor) -> Copies {
    let mut known = vec![to.mailbox()];
    let mut resolve = |copied: &[Copied]| -> Vec<EmailAddress> {
        let addresses = copied.iter().flat_map(|copied| match copied {
            Copied::Role(role) => with_role(*role, invoice, debtor),
            Copied::Address(address) => vec![address.clone()],
        });
        let mut new = Vec::new();
        for address in addresses {
            let mailbox = address.mailbox();
            let has_room = known.len() <= 2 * MOST_COPIES;
            if has_room && debtor.trouble_at(&address).is_none() && !known.contains(&mailbox) {
                known.push(mailbox);
                new.push(address);
            }
        }
        new
    };
    Copies {
        cc: resolve(&mail.cc),
        bcc: resolve(&mail.bcc),
    }
}

/// The addresses of those who have a part: of the invoice before those of its debtor.
fn with_role(role: Role, invoice: &Invoice, debtor: &Debtor) -> Vec<EmailAddress> {
    let emails = contacts(role, invoice, debtor);
    let mut emails: Vec<EmailAddress> = emails
        .into_iter()
        .filter_map(|contact| contact.email)
        .collect();
    if role == Role::Invoice {
        emails.extend(debtor.profile.value.email.clone());
    }
    emails
}

/// Those who have a part.
pub(super) fn contacts(role: Role, invoice: &Invoice, debtor: &Debtor) -> Vec<Contact> {
    let balance = invoice.balance();
    let all = balance
        .contacts
        .iter()
        .chain(&debtor.profile.value.contacts);
    all.filter(|contact| contact.role == role)
        .cloned()
        .collect()
}

impl Identity<'_> {
    /// Who writes to a debtor about an invoice in that voice: its account manager, where he is known and the voice is
    /// his. The address stays that which SES has verified.
    pub fn signs(&self, name: &str, invoice: &Invoice, debtor: &Debtor) -> Option<Sender> {
        let mut sender = self.sender(name)?.clone();
        if !sender.account_manager {
            return Some(sender);
        }
        let managers = contacts(Role::AccountManager, invoice, debtor);
        if let Some(manager) = managers.into_iter().next() {
            if let Some(name) = manager.name {
                sender.name = name;
                sender.names.clear();
            }
            sender.reply_to = manager.email.or(sender.reply_to);
        }
        Some(sender)
    }
}
