//! All that is kept of a customer is taken out of the table, for good.

use std::collections::BTreeSet;

use dunning::billing::debtors_addresses;
use dunning::file::{Debtor, Invoice, StepState};
use dunning::value::{DebtorKey, EmailAddress, InvoiceId, MailboxId};

use crate::basis::Basis;
use crate::error::LedgerError;
use crate::items::{Item, Stored, guarded, stored, text};
use crate::keys::{self, Key, Pointed, pointed};
use crate::table::Ledger;
use crate::transaction::Transaction;

/// What one transaction of DynamoDB's may do at most.
const TOGETHER: usize = 100;

/// What was taken out.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// How many items: the customer's own, what leads to its invoices and payments, and what was kept of its addresses.
    pub items: usize,
    /// Of how many addresses a hash stays, without the customer: others have them, or a mail there met with trouble.
    pub kept: usize,
}

impl Ledger {
    /// Takes out all that is kept of a customer. Nothing may be under way to it. After a failure it can be run again:
    /// the customer's own item goes last.
    pub async fn erase(&self, debtor: &DebtorKey) -> Result<Erased, LedgerError> {
        let mut erased = Erased::default();
        let all = self
            .query(&debtor.to_string(), "PK = :pk AND SK >= :sk", " ")
            .await?;
        for mailbox in mailboxes_of(&all) {
            self.erase_mailbox(&mailbox, debtor, &mut erased).await?;
        }
        let mut gone = self.leading_to(debtor, &all).await?;
        let (own, others): (Vec<&Item>, Vec<&Item>) =
            all.iter().partition(|item| text(item, "SK") == keys::FILE);
        gone.extend(others.into_iter().chain(own).map(key));
        erased.items += gone.len();
        let mut gone = gone.into_iter().peekable();
        while gone.peek().is_some() {
            let mut transaction = Transaction::new(&self.table);
            for key in gone.by_ref().take(TOGETHER) {
                transaction.delete_any(key);
            }
            transaction.write(self).await?;
        }
        Ok(erased)
    }

    /// What leads to the customer's invoices, also to those that have reached their end, and from payments to them. No
    /// invoice names its payments: the table is looked through.
    async fn leading_to(&self, debtor: &DebtorKey, own: &[Item]) -> Result<Vec<Key>, LedgerError> {
        let invoices = own.iter().map(|item| text(item, "SK"));
        let mut invoices: BTreeSet<InvoiceId> =
            invoices.filter_map(|sk| keys::invoice_in(&sk)).collect();
        let mut payments = Vec::new();
        let scan = self.client.scan().table_name(&self.table);
        let scan = scan
            .filter_expression("attribute_exists(invoice) OR attribute_exists(debtor)")
            .consistent_read(true);
        let mut pages = scan.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(LedgerError::from_sdk)?;
            for item in page.items.unwrap_or_default() {
                match pointed(&text(&item, "PK")) {
                    Some(Pointed::Invoice(_, invoice))
                        if text(&item, "debtor") == debtor.to_string() =>
                    {
                        invoices.insert(invoice);
                    }
                    Some(Pointed::Payment(realm, _)) if realm == debtor.realm => {
                        payments.push(item);
                    }
                    _ => {}
                }
            }
        }
        let is_its = |item: &&Item| {
            let invoice = InvoiceId::parse(text(item, "invoice"));
            invoice.is_ok_and(|invoice| invoices.contains(&invoice))
        };
        let payments = payments.iter().filter(is_its).map(key);
        let pointers = invoices.iter();
        let pointers = pointers.map(|invoice| Key::pointer(&debtor.realm, invoice));
        Ok(pointers.chain(payments).collect())
    }

    /// Takes a mailbox out; or the customer out of it, where it is somebody else's, too, or must not be written to.
    async fn erase_mailbox(
        &self,
        id: &MailboxId,
        debtor: &DebtorKey,
        erased: &mut Erased,
    ) -> Result<(), LedgerError> {
        let mut basis = Basis::default();
        let Some(mut mailbox) = self.read_mailbox(id, &mut basis).await? else {
            return Ok(());
        };
        let Some(Some(Stored { read, .. })) = basis.mailboxes.remove(id) else {
            return Ok(());
        };
        let mut transaction = Transaction::new(&self.table);
        if mailbox.is_only_of(debtor) && mailbox.trouble.is_none() {
            transaction.delete(Key::mailbox(id), &read);
            erased.items += 1;
        } else {
            mailbox.forget(debtor);
            let written = guarded(Key::mailbox(id), Some(&read), &mailbox)?;
            transaction.put_guarded(written.item().clone(), Some(&read));
            erased.kept += 1;
        }
        transaction.write(self).await
    }
}

/// Those that a mail may have gone to: the customer's, its invoices', and those of earlier mails. What cannot be read
/// names none.
fn mailboxes_of(all: &[Item]) -> BTreeSet<MailboxId> {
    let mut addresses: BTreeSet<EmailAddress> = BTreeSet::new();
    for item in all {
        let sk = text(item, "SK");
        if sk == keys::FILE {
            if let Ok(Stored { value, .. }) = stored::<Debtor>(item.clone()) {
                let profile = value.profile.value;
                addresses.extend(value.held_addresses.into_keys());
                addresses.extend(debtors_addresses(&profile.contacts).cloned());
                addresses.extend(profile.email);
            }
        } else if keys::invoice_in(&sk).is_some()
            && let Ok(Stored { value, .. }) = stored::<Invoice>(item.clone())
        {
            addresses.extend(debtors_addresses(&value.balance().contacts).cloned());
            addresses.extend(value.steps.into_iter().filter_map(|step| match step.state {
                StepState::Heard { to, .. } => to,
                _ => None,
            }));
        }
    }
    addresses.iter().map(EmailAddress::mailbox).collect()
}

fn key(item: &Item) -> Key {
    Key {
        pk: text(item, "PK"),
        sk: text(item, "SK"),
    }
}
