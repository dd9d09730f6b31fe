//! What a sweep asks of the index, and where it stopped.

use std::collections::BTreeSet;

use dunning::value::SourceName;
use jiff::Timestamp;

use crate::error::LedgerError;
use crate::items::{Keep, Record, from_item, record, text};
use crate::keys::{self, Key};
use crate::table::Ledger;
use crate::transaction::Transaction;

impl Ledger {
    /// Whether a source has an open invoice: asked of the index, which has them all.
    pub async fn has_open_invoices(&self, source: &SourceName) -> Result<bool, LedgerError> {
        let of_source = format!("{source}#");
        for kind in [keys::LATE, keys::LOOK] {
            for number in 0..keys::LATE_SHARDS {
                let query = self
                    .query_shard(kind, number)
                    .key_condition_expression("late_shard = :shard");
                let mut pages = query.into_paginator().send();
                while let Some(page) = pages.next().await {
                    let page = page.map_err(LedgerError::from_sdk)?;
                    let mut keys = page.items().iter();
                    if keys.any(|item| text(item, "PK").starts_with(&of_source)) {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Whether the last sweep saw a rehearsal.
    pub async fn was_rehearsal(&self) -> Result<bool, LedgerError> {
        Ok(self.get(Key::rehearsal()).await?.is_some())
    }

    /// Notes that a rehearsal goes on; or that it is over, and everybody was knocked for.
    pub async fn put_rehearsal(&self, goes_on: bool, now: Timestamp) -> Result<(), LedgerError> {
        let mut to = Transaction::new(&self.table);
        if goes_on {
            to.put(record(Key::rehearsal(), now, goes_on, Keep::ForGood)?);
        } else {
            to.delete_any(Key::rehearsal());
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
