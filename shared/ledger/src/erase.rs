//! All that is kept of a customer is taken out of the table, for good.

use std::collections::BTreeSet;

use dunning::billing::Role;
use dunning::file::{AddressTrouble, Debtor, Mailbox};
use dunning::value::{DebtorKey, EmailAddress, InvoiceId};

use crate::basis::Basis;
use crate::error::LedgerError;
use crate::items::{Item, stored, text};
use crate::keys::{self, Key, Pointed, pointed};
use crate::table::Ledger;
use crate::transaction::Transaction;

/// What one transaction of DynamoDB's may do at most.
const TOGETHER: usize = 100;

/// What was taken out.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// How many items: the customer's own, and those that lead to its invoices and payments.
    pub items: usize,
    /// Addresses of which nothing is kept any more.
    pub addresses: Vec<EmailAddress>,
    /// Addresses of which something is: another customer has them too, or somebody there called a mail spam.
    pub kept: Vec<EmailAddress>,
}

impl Ledger {
    /// Takes out all that is kept of a customer. Nothing may be under way to it. After a failure it can be run again:
    /// the customer's own item, by which its addresses are found, goes last.
    pub async fn erase(&self, debtor: &DebtorKey) -> Result<Erased, LedgerError> {
        let mut erased = Erased::default();
        let all = self
            .query(&debtor.to_string(), "PK = :pk AND SK >= :sk", " ")
            .await?;
        let invoices: BTreeSet<InvoiceId> = all
            .iter()
            .filter_map(|item| keys::invoice_in(&text(item, "SK")))
            .collect();
        let pointers = invoices
            .iter()
            .map(|invoice| Key::pointer(&debtor.realm, invoice));
        let mut gone: Vec<Key> = pointers.collect();
        gone.extend(self.payments_of(debtor, &invoices).await?);
        let (own, others): (Vec<Item>, Vec<Item>) = all
            .into_iter()
            .partition(|item| text(item, "SK") == keys::FILE);
        gone.extend(others.iter().map(key));
        for item in &own {
            let known = stored::<Debtor>(item.clone())?.value;
            self.erase_addresses(&known, &mut erased).await?;
        }
        gone.extend(own.iter().map(key));
        erased.items = gone.len();
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

    /// Where payments of these invoices lead to them. No invoice names its payments: the table is looked through.
    async fn payments_of(
        &self,
        debtor: &DebtorKey,
        invoices: &BTreeSet<InvoiceId>,
    ) -> Result<Vec<Key>, LedgerError> {
        let mut keys = Vec::new();
        let scan = self.client.scan().table_name(&self.table);
        let scan = scan
            .filter_expression("attribute_exists(invoice)")
            .consistent_read(true);
        let mut pages = scan.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(LedgerError::from_sdk)?;
            let of_them = page.items.unwrap_or_default().into_iter().filter(|item| {
                let is_its = matches!(pointed(&text(item, "PK")),
                    Some(Pointed::Payment(realm, _)) if realm == debtor.realm);
                let invoice = InvoiceId::parse(text(item, "invoice"));
                is_its && invoice.is_ok_and(|invoice| invoices.contains(&invoice))
            });
            keys.extend(of_them.map(|item| key(&item)));
        }
        Ok(keys)
    }

    async fn erase_addresses(
        &self,
        debtor: &Debtor,
        erased: &mut Erased,
    ) -> Result<(), LedgerError> {
        let mut addresses: BTreeSet<&EmailAddress> = debtor.held_addresses.keys().collect();
        let profile = &debtor.profile.value;
        addresses.extend(&profile.email);
        let theirs = profile.contacts.iter();
        let theirs = theirs.filter(|contact| contact.role != Role::AccountManager);
        addresses.extend(theirs.filter_map(|contact| contact.email.as_ref()));
        for address in addresses {
            let mut basis = Basis::default();
            let id = address.mailbox();
            let mailbox = self.read_mailbox(&id, &mut basis).await?;
            let is_kept = mailbox.is_some_and(|mailbox| is_kept(&mailbox, &debtor.key));
            if is_kept {
                erased.kept.push(address.clone());
                continue;
            }
            if let Some(Some(read)) = basis.mailboxes.remove(&id) {
                let mut transaction = Transaction::new(&self.table);
                transaction.delete(Key::mailbox(&id), &read.read);
                transaction.write(self).await?;
                erased.items += 1;
            }
            erased.addresses.push(address.clone());
        }
        Ok(())
    }
}

/// Whether a mailbox is somebody else's, too; or of one who must not be written to again, whoever asks.
fn is_kept(mailbox: &Mailbox, debtor: &DebtorKey) -> bool {
    let taken = mailbox.taken.iter();
    let is_its = taken
        .map(|taken| taken.by.as_ref().map(|by| &by.debtor))
        .chain(mailbox.held.iter().map(Some))
        .chain(mailbox.waiting.iter().map(|waiting| Some(&waiting.debtor)))
        .all(|whose| whose == Some(debtor));
    !is_its || matches!(mailbox.trouble, Some(AddressTrouble::Complained))
}

fn key(item: &Item) -> Key {
    Key {
        pk: text(item, "PK"),
        sk: text(item, "SK"),
    }
}
