//! What a person wants: a pause of an invoice, of a debtor, or of everything; and its end.

use dunning::file::Pause;
use dunning::journal::Line;
use dunning::rules::{Instruction, instruct};
use dunning::value::{DebtorKey, InvoiceId};
use jiff::Timestamp;

use crate::basis::StoredFile;
use crate::commit::Commit;
use crate::error::LedgerError;
use crate::items::{Keep, Record, from_item, key_item, record};
use crate::keys::Key;
use crate::table::Ledger;
use crate::update::{Proposal, Updated};

impl Ledger {
    /// Writes what a person wants of a debtor, or of one of its open invoices. Gives what the journal
    /// says of it, which is nothing where it was so already; `None` if there is no such file or invoice.
    pub async fn instruct(
        &self,
        debtor: &DebtorKey,
        only: Option<&InvoiceId>,
        instruction: Instruction,
        now: Timestamp,
    ) -> Result<Option<Vec<Line>>, LedgerError> {
        let updated = self.update(move || {
            Box::pin(async move {
                let Some(StoredFile { file, basis }) = self.file(debtor).await? else {
                    return Ok(Proposal::Nothing(None));
                };
                if only.is_some_and(|id| !file.open.contains_key(id)) {
                    return Ok(Proposal::Nothing(None));
                }
                let change = instruct(&file, only, instruction);
                let journal = change.journal.clone();
                let commit = Commit::new(debtor, basis, change, now);
                Ok::<_, LedgerError>(Proposal::write(commit, Some(journal)))
            })
        });
        updated
            .await
            .map(|updated: Updated<Option<Vec<Line>>>| updated.answer)
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
            let put = put.set_item(Some(record(key, now, pause, Keep::ForGood)?));
            put.send().await.map_err(LedgerError::from_sdk)?;
        } else {
            let delete = self.client.delete_item().table_name(&self.table);
            let delete = delete.set_key(Some(key_item(key)));
            delete.send().await.map_err(LedgerError::from_sdk)?;
        }
        Ok(())
    }
}
