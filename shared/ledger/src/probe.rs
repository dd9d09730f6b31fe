//! That SES's events come through: what `relance doctor` looks for, after a mail of its own. It is of no debtor.

use jiff::Timestamp;

use crate::error::LedgerError;
use crate::items::{Keep, Record, from_item, record};
use crate::keys::{Key, PROBE};
use crate::table::Ledger;

impl Ledger {
    /// Notes that an event of a probe's mail came through.
    pub async fn note_probe(
        &self,
        id: &str,
        event: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let item = record(Key::probe(id, event), now, event, Keep::ForAMonth)?;
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item)).send();
        put.await.map(|_| ()).map_err(LedgerError::from_sdk)
    }

    /// Which events of a probe's mail came through so far.
    pub async fn probe(&self, id: &str) -> Result<Vec<String>, LedgerError> {
        let items = self.query_prefix(PROBE, &format!("{id}#")).await?;
        let event = |item| from_item(item).map(|record: Record<String>| record.value);
        items.into_iter().map(event).collect()
    }
}
