//! After a point-in-time recovery: what the recovered table holds is brought into the stack's own.
//!
//! The recovered table is a new one, perhaps with half of a transaction. It is only read. Each debtor
//! is written under the versions of what is there by now, so it can be run again after a failure.

use std::collections::{BTreeMap, BTreeSet};

use dunning::change::Change;
use dunning::file::{Invoice, Pause};
use dunning::ids::{DebtorKey, InvoiceId};
use dunning::policy::Policy;
use dunning::restore::{Found, Gap, restore};

use crate::commit::{Commit, Transaction, Versions};
use crate::error::LedgerError;
use crate::items::{Item, Stored, stored, text};
use crate::keys;
use crate::{Ledger, Race};

/// Invoices that are written together: each may take three actions of a transaction.
const TOGETHER: usize = 30;
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
    /// Whose file could not be brought back, and why.
    pub failed: Vec<(DebtorKey, LedgerError)>,
}

impl Ledger {
    /// Brings back all that `backup` holds. Pauses everything first, until a person resumes it.
    pub async fn restore(
        &self,
        backup: &Self,
        gap: Gap,
        policy: &Policy,
    ) -> Result<Restored, LedgerError> {
        let pause = Pause { until: None };
        self.put_standstill(Some(pause), gap.until).await?;
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
                }
            }
            restored.records += self.copy(&mut records).await?;
        }
        for debtor in debtors {
            match self.restore_debtor(backup, &debtor, gap, policy).await {
                Ok(invoices) => {
                    restored.debtors += 1;
                    restored.invoices += invoices;
                }
                // It stops none of the others.
                Err(error) => restored.failed.push((debtor, error)),
            }
        }
        Ok(restored)
    }

    /// Copies records as they are.
    async fn copy(&self, records: &mut Vec<Item>) -> Result<usize, LedgerError> {
        let count = records.len();
        while !records.is_empty() {
            let mut transaction = Transaction::new(&self.table);
            let together = records.drain(..records.len().min(COPIED));
            together.for_each(|record| transaction.put(record));
            transaction.write(&self.client).await?;
        }
        Ok(count)
    }

    async fn restore_debtor(
        &self,
        backup: &Self,
        debtor: &DebtorKey,
        gap: Gap,
        policy: &Policy,
    ) -> Result<usize, LedgerError> {
        let (found, _) = backup.whole(debtor).await?;
        let mut race = Race::default();
        loop {
            let (known, mut versions) = self.whole(debtor).await?;
            let change = restore(debtor, found.clone(), &known, gap, policy);
            let count = change.invoices.len();
            let mut overtaken = false;
            for part in parts(change) {
                let commit = Commit {
                    debtor,
                    read: &versions,
                    change: &part,
                    event: None,
                    moved_from: None,
                    now: gap.until,
                };
                match self.commit(commit).await? {
                    std::ops::ControlFlow::Break(newer) => versions = newer,
                    std::ops::ControlFlow::Continue(()) => overtaken = true,
                }
            }
            if !overtaken {
                return Ok(count);
            }
            race.run_again()?;
        }
    }

    /// All that stands in a debtor's partition, but his journal. What cannot be read is left out, and
    /// logged.
    async fn whole(&self, debtor: &DebtorKey) -> Result<(Found, Versions), LedgerError> {
        let (pk, mut found, mut versions) =
            (debtor.to_string(), Found::default(), Versions::default());
        let mut items = self.query_prefix(&pk, keys::FILE).await?;
        items.extend(self.query_prefix(&pk, keys::CLOSED).await?);
        for item in items {
            if text(&item, "SK") == keys::FILE {
                let Stored { version, value } = stored(item)?;
                (found.debtor, versions.debtor) = (Some(value), Some(version));
                continue;
            }
            match stored::<Invoice>(item) {
                Ok(Stored { version, value }) => {
                    let place: &mut BTreeMap<InvoiceId, u64> = if value.is_closed() {
                        &mut versions.closed
                    } else {
                        &mut versions.open
                    };
                    place.insert(value.id().clone(), version);
                    found.invoices.push(value);
                }
                Err(error) => tracing::error!(%error, "invoice left out"),
            }
        }
        Ok((found, versions))
    }
}

/// Pieces that fit into one transaction each; the first with the debtor, the journal and the notices.
fn parts(mut change: Change) -> Vec<Change> {
    let mut invoices = std::mem::take(&mut change.invoices);
    let mut parts = vec![change];
    while !invoices.is_empty() {
        let together = invoices.drain(..invoices.len().min(TOGETHER)).collect();
        parts.push(Change {
            invoices: together,
            ..Change::default()
        });
    }
    parts.retain(|part| !part.is_empty());
    parts
}
