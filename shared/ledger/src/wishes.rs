//! What a person wants: a pause of an invoice, of a debtor, or of everything; and its end.

use dunning::file::Pause;
use dunning::ids::{DebtorKey, InvoiceId};
use dunning::journal::Line;
use dunning::pause::{Wish, wish};
use jiff::Timestamp;

use crate::commit::{Commit, key_item, record};
use crate::error::LedgerError;
use crate::items::{Record, from_item};
use crate::keys::Key;
use crate::{Ledger, Race};

impl Ledger {
    /// Writes what a person wants of a debtor, or of one of his open invoices. Gives what the journal
    /// says of it, which is nothing where it was so already; `None` if there is no such file or invoice.
    pub async fn grant(
        &self,
        debtor: &DebtorKey,
        only: Option<&InvoiceId>,
        wanted: Wish,
        now: Timestamp,
    ) -> Result<Option<Vec<Line>>, LedgerError> {
        let mut race = Race::default();
        loop {
            let Some(stored) = self.file(debtor).await? else {
                return Ok(None);
            };
            if only.is_some_and(|id| !stored.file.open.contains_key(id)) {
                return Ok(None);
            }
            let change = wish(&stored.file, only, wanted);
            let commit = Commit::new(debtor, &stored.versions, &change, now);
            if change.is_empty() || self.commit(commit).await?.is_break() {
                return Ok(Some(change.journal));
            }
            race.run_again()?;
        }
    }

    /// Whether no mail is to leave to anybody, and until when.
    pub async fn standstill(&self) -> Result<Option<Pause>, LedgerError> {
        let item = self.get(Key::standstill()).await?;
        item.map(|item| from_item(item).map(|record: Record<Pause>| record.value))
            .transpose()
    }

    /// Lets no mail leave to anybody; or lets them leave again.
    pub async fn put_standstill(
        &self,
        standstill: Option<Pause>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let key = Key::standstill();
        if let Some(pause) = standstill {
            let put = self.client.put_item().table_name(&self.table);
            let put = put.set_item(Some(record(key, now, pause, false)?));
            put.send().await.map_err(LedgerError::from_sdk)?;
        } else {
            let delete = self.client.delete_item().table_name(&self.table);
            let delete = delete.set_key(Some(key_item(key)));
            delete.send().await.map_err(LedgerError::from_sdk)?;
        }
        Ok(())
    }
}
