//! What a sweep asks of the index, and where it stopped.

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
