//! After a point-in-time recovery: what the recovered table holds is brought into the stack's own.
//!
//! The recovered table is a new one, perhaps with half of a transaction. It is only read. Each debtor
//! is written under the versions of what is there by now, so it can be run again after a failure.

use std::collections::BTreeSet;

use dunning::file::{Invoice, Pause};
use dunning::journal::Line;
use dunning::limits::RESTORED_TOGETHER;
use dunning::policy::Policy;
use dunning::rules::{Change, Found, Gap, restore};
use dunning::value::DebtorKey;
use jiff::Timestamp;

use crate::basis::{Basis, Shelf};
use crate::commit::Commit;
use crate::error::LedgerError;
use crate::items::{Item, Record, Stored, from_item, stored, text};
use crate::keys::{self, Key};
use crate::pointer::Pointer;
use crate::table::Ledger;
use crate::transaction::Transaction;
use crate::update::Proposal;

/// Records that are copied together.
const COPIED: usize = 50;

/// What was brought back.
#[derive(Debug, Default)]
pub struct Restored {
    /// Debtors' files.
    pub debtors: usize,
    /// Invoices, open and closed, that were not here as they are now.
    pub invoices: usize,
    /// Entries of journals, notices, and webhooks that made no sense.
    pub records: usize,
    /// What could not be brought back, and why.
    pub failed: Vec<String>,
}

impl Ledger {
    /// Brings back all that `backup` holds. Pauses everything first, until a person resumes it.
    pub async fn restore(
        &self,
        backup: &Self,
        gap: Gap,
        policy: &Policy,
    ) -> Result<Restored, LedgerError> {
        let gap = Gap {
            until: self.stand_still_since(gap.until).await?,
            ..gap
        };
        let mut restored = Restored::default();
        let mut debtors = BTreeSet::new();
        let mut records = Vec::new();
        let scan = backup.client.scan().table_name(&backup.table);
        let mut pages = scan.consistent_read(true).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(LedgerError::from_sdk)?;
            for item in page.items.unwrap_or_default() {
                if let Ok(debtor) = DebtorKey::parse(&text(&item, "PK")) {
                    debtors.insert(debtor);
                }
                if keys::is_record(&text(&item, "PK"), &text(&item, "SK")) {
                    records.push(item);
                } else if text(&item, "SK") == keys::MAILBOX {
                    let name = text(&item, "PK");
                    if let Err(error) = self.restore_mailbox(item).await {
                        restored.failed.push(format!("{name}: {error}"));
                    }
                } else if keys::pointed(&text(&item, "PK")).is_some() {
                    let name = text(&item, "PK");
                    match self.restore_pointer(item).await {
                        Ok(again) => restored.failed.extend(again),
                        Err(error) => restored.failed.push(format!("{name}: {error}")),
                    }
                }
            }
            restored.records += self.copy(&mut records).await?;
        }
        for debtor in debtors {
            // One that fails stops none of the others.
            match self
                .restore_debtor(backup, &debtor, gap, policy, &mut restored)
                .await
            {
                Ok(()) => restored.debtors += 1,
                Err(error) => restored.failed.push(format!("{debtor}: {error}")),
            }
        }
        Ok(restored)
    }

    /// Brings a mailbox back, unless it is in use again.
    async fn restore_mailbox(&self, item: Item) -> Result<(), LedgerError> {
        let mut transaction = Transaction::new(&self.table);
        transaction.put_guarded(item, None);
        match transaction.write(self).await {
            Ok(()) | Err(LedgerError::LostRace) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Pauses everything; gives since when it is. What is restored twice was silent in between.
    async fn stand_still_since(&self, now: Timestamp) -> Result<Timestamp, LedgerError> {
        let known = self.get(Key::standstill()).await?;
        let known: Option<Record<Pause>> = known.map(from_item).transpose()?;
        if let Some(record) = known.filter(|record| record.value.until.is_none()) {
            return Ok(record.at);
        }
        let pause = Pause { until: None };
        self.put_standstill(Some(pause), now).await?;
        Ok(now)
    }

    /// Copies records as they are.
    async fn copy(&self, records: &mut Vec<Item>) -> Result<usize, LedgerError> {
        let count = records.len();
        while !records.is_empty() {
            let mut transaction = Transaction::new(&self.table);
            let together = records.drain(..records.len().min(COPIED));
            together.for_each(|record| transaction.put(record));
            transaction.write(self).await?;
        }
        Ok(count)
    }

    async fn restore_debtor(
        &self,
        backup: &Self,
        debtor: &DebtorKey,
        gap: Gap,
        policy: &Policy,
        restored: &mut Restored,
    ) -> Result<(), LedgerError> {
        let (whole, from_backup) = backup.whole(debtor, &mut restored.failed).await?;
        let (whole, from_backup) = (&whole, &from_backup);
        let updated = self.update(move || {
            Box::pin(async move {
                let (known, mut basis) = self.whole(debtor, &mut Vec::new()).await?;
                let (mut found, mut moved) = (whole.clone(), Vec::new());
                self.look_up(debtor, &mut found, &mut basis, &mut moved)
                    .await?;
                let change = restore(debtor, found, &known, gap, policy);
                let count = change.invoices.len();
                for part in parts(change) {
                    let commit = Commit {
                        from_backup: from_backup.clone(),
                        ..Commit::new(debtor, basis, part, gap.until)
                    };
                    match self.write(&commit).await {
                        Ok(newer) => basis = newer,
                        Err(LedgerError::LostRace) => return Ok(Proposal::Overtaken),
                        Err(error) => return Err(error),
                    }
                }
                Ok::<_, LedgerError>(Proposal::Nothing((count, moved)))
            })
        });
        let (count, moved) = updated.await?.answer;
        restored.invoices += count;
        restored.failed.extend(moved);
        Ok(())
    }

    /// Leaves out invoices that the tool has told of under another customer since, and takes in what it
    /// has told of others apart, since they were not known here.
    async fn look_up(
        &self,
        debtor: &DebtorKey,
        found: &mut Found,
        basis: &mut Basis,
        moved: &mut Vec<String>,
    ) -> Result<(), LedgerError> {
        let mut here = Vec::new();
        for mut invoice in std::mem::take(&mut found.invoices) {
            let id = invoice.id().clone();
            match self.pointer(&debtor.realm, &id).await? {
                Pointer::To(owner) if owner != *debtor => {
                    moved.push(format!("{id} of {debtor}: it is {owner}'s by now"));
                    continue;
                }
                Pointer::Unknown(Some(parked)) => {
                    invoice.debt = invoice.debt.with(parked.movements);
                    basis.parked.insert(id, parked.read);
                }
                Pointer::To(_) | Pointer::Unknown(None) => {}
            }
            here.push(invoice);
        }
        found.invoices = here;
        Ok(())
    }

    /// All that stands in a debtor's partition, but its journal. What cannot be read is left out and named.
    async fn whole(
        &self,
        debtor: &DebtorKey,
        unreadable: &mut Vec<String>,
    ) -> Result<(Found, Basis), LedgerError> {
        let (pk, mut found, mut basis) = (debtor.to_string(), Found::default(), Basis::default());
        let mut items = self.query_prefix(&pk, keys::FILE).await?;
        items.extend(self.query_prefix(&pk, keys::CLOSED).await?);
        for item in items {
            if text(&item, "SK") == keys::FILE {
                let Stored { value, read } = stored(item)?;
                (found.debtor, basis.debtor) = (Some(value), Some(read));
                continue;
            }
            let shelf = if keys::is_closed_invoice(&text(&item, "SK")) {
                Shelf::Closed
            } else {
                Shelf::Open
            };
            match stored::<Invoice>(item) {
                Ok(invoice) => {
                    basis.note(shelf, &invoice);
                    found.invoices.push(invoice.value);
                }
                Err(error) => unreadable.push(error.to_string()),
            }
        }
        Ok((found, basis))
    }
}

/// Pieces that fit into one transaction each, with the lines of their own invoices; the first with the
/// debtor and the notices.
fn parts(mut change: Change) -> Vec<Change> {
    let mut invoices = std::mem::take(&mut change.invoices);
    let mut parts = Vec::new();
    while !invoices.is_empty() {
        let invoices: Vec<Invoice> = invoices
            .drain(..invoices.len().min(RESTORED_TOGETHER))
            .collect();
        let theirs = |line: &mut Line| {
            invoices
                .iter()
                .any(|invoice| line.invoice.as_ref() == Some(invoice.id()))
        };
        let journal = change.journal.extract_if(.., theirs).collect();
        parts.push(Change {
            invoices,
            journal,
            ..Change::default()
        });
    }
    parts.insert(0, change);
    parts.retain(|part| !part.is_empty());
    parts
}
