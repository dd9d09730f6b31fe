//! What a sweep asks of the index, and where it stopped.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use dunning::value::SourceName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::items::{Keep, Record, from_item, record, text};
use crate::keys::Key;
use crate::table::Ledger;
use crate::transaction::Transaction;

/// Mails go, or went, to somebody else than the debtors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// When a sweep saw first that it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_at: Option<Timestamp>,
}

impl Ledger {
    /// Whether a source has an open invoice: asked of the index, which has them all.
    pub async fn has_open_invoices(&self, source: &SourceName) -> Result<bool, LedgerError> {
        let of_source = format!("{source}#");
        let found = self.visit_open(|item| {
            if text(item, "PK").starts_with(&of_source) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        Ok(found.await?.is_break())
    }

    /// The rehearsal that the last sweep saw, if everybody was not knocked for since it was over.
    pub async fn rehearsal(&self) -> Result<Option<Rehearsal>, LedgerError> {
        let item = self.get(Key::rehearsal()).await?;
        item.map(|item| from_item(item).map(|record: Record<Rehearsal>| record.value))
            .transpose()
    }

    /// Notes where a rehearsal stands; or that it is over, and everybody was knocked for.
    pub async fn put_rehearsal(
        &self,
        rehearsal: Option<Rehearsal>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut to = Transaction::new(&self.table);
        match rehearsal {
            Some(known) => to.put(record(Key::rehearsal(), now, known, Keep::ForGood)?),
            None => to.delete_any(Key::rehearsal()),
        }
        to.write(self).await
    }

    /// The partitions in which something is open.
    pub async fn all_open(&self) -> Result<BTreeSet<String>, LedgerError> {
        let mut open = self.late(Timestamp::MAX).await?;
        open.extend(self.to_look_at(Timestamp::MAX).await?);
        Ok(open)
    }

    /// Up to whom the last sweep knocked, if it could not knock for all.
    pub async fn place_of_sweep(&self) -> Result<Option<String>, LedgerError> {
        let item = self.get(Key::place_of_sweep()).await?;
        item.map(|item| from_item(item).map(|record: Record<String>| record.value))
            .transpose()
    }

    /// Notes up to whom a sweep knocked; or that it knocked for all.
    pub async fn put_place_of_sweep(
        &self,
        place: Option<&str>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut to = Transaction::new(&self.table);
        match place {
            Some(place) => to.put(record(Key::place_of_sweep(), now, place, Keep::ForAMonth)?),
            None => to.delete_any(Key::place_of_sweep()),
        }
        to.write(self).await
    }
}
