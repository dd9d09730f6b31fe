//! How far the import of a source's open invoices has come: an item under its version. And what of it a person lets go.

use dunning::file::Invoice;
use dunning::policy::Policy;
use dunning::rules::{Before, Context, ImportedOnly, let_imported_in, take_over};
use dunning::value::{AccountId, DebtorKey, InvoiceId, SourceName};
use jiff::Timestamp;
use runtime::Clock;
use serde::{Deserialize, Serialize};

use crate::basis::StoredFile;
use crate::commit::Commit;
use crate::error::LedgerError;
use crate::items::{AsRead, Guard, Stored, guarded, stored};
use crate::keys::Key;
use crate::table::Ledger;
use crate::transaction::Transaction;
use crate::update::Proposal;

/// An import that is under way, or the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// When it began.
    pub began_at: Timestamp,
    /// When all was in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
    /// When one was done first: what nobody has told of since then, a webhook has lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_done_at: Option<Timestamp>,
    /// The accounts whose lists are still to be read: that of the key is `default`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountId>,
    /// The page of the first one's list that is to be asked for next, as whoever asks keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// How many invoices were listed.
    #[serde(default)]
    pub listed: u64,
    /// How many of them were not as the file had them, most since it had none.
    #[serde(default)]
    pub new: u64,
    /// How many things in the list made no sense.
    #[serde(default)]
    pub nonsense: u64,
    /// Of how many on hold the team has heard.
    #[serde(default)]
    pub told: u64,
}

impl Import {
    /// One that begins, after another one or as the first.
    pub fn after(known: Option<&Self>, began_at: Timestamp) -> Self {
        Self {
            began_at,
            done_at: None,
            first_done_at: known.and_then(|known| known.first_done_at),
            accounts: Vec::new(),
            page: None,
            listed: 0,
            new: 0,
            nonsense: 0,
            told: known.map_or(0, |known| known.told),
        }
    }
}

impl Guard for Import {
    const VESSELS: &[&str] = &["value"];

    fn next_action(&self) -> Option<dunning::file::NextAction> {
        None
    }
}

/// What a person let go of a debtor's imported invoices.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LetIn {
    /// Those that were let go.
    pub invoices: Vec<Invoice>,
    /// How many stay on hold.
    pub left: usize,
}

/// As many as one transaction takes with their lines in the journal.
const AT_ONCE: usize = 50;

impl Ledger {
    /// How far the import of a source has come.
    pub async fn import(&self, source: &SourceName) -> Result<Option<Stored<Import>>, LedgerError> {
        let item = self.get(Key::import(source)).await?;
        item.map(stored).transpose()
    }

    /// Whether all of a source's open invoices from before Relance were brought in once.
    pub async fn was_imported(&self, source: &SourceName) -> Result<bool, LedgerError> {
        let known = self.import(source).await?;
        Ok(known.is_some_and(|known| known.value.first_done_at.is_some()))
    }

    /// Keeps how far it has come. Whoever was overtaken hears it.
    pub async fn put_import(
        &self,
        source: &SourceName,
        read: Option<&AsRead>,
        import: &Import,
    ) -> Result<AsRead, LedgerError> {
        let mut to = Transaction::new(&self.table);
        let written = guarded(Key::import(source), read, import)?;
        to.put_guarded(written.item().clone(), read);
        to.write(self).await?;
        Ok(written)
    }

    /// Takes over what was done about a debtor's open invoices before Relance, some in each transaction.
    pub async fn take_over(
        &self,
        debtor: &DebtorKey,
        before: &[(&InvoiceId, &Before)],
        policy: &Policy,
        clock: &Clock,
    ) -> Result<(), LedgerError> {
        for some in before.chunks(AT_ONCE) {
            let updated = self.update(move || {
                Box::pin(async move {
                    let Some(StoredFile { file, basis }) = self.file(debtor).await? else {
                        return Ok(Proposal::Nothing(()));
                    };
                    let ctx = Context::new(policy, clock.now());
                    let change = take_over(ctx, &file, some.iter().copied());
                    let commit = Commit::new(debtor, basis, change, clock.now());
                    Ok::<_, LedgerError>(Proposal::write(commit, ()))
                })
            });
            updated.await?;
        }
        Ok(())
    }

    /// Lets a debtor's imported invoices go, some in each transaction.
    pub async fn let_imported_in(
        &self,
        debtor: &DebtorKey,
        policy: &Policy,
        only: ImportedOnly,
        clock: &Clock,
    ) -> Result<LetIn, LedgerError> {
        let mut all = LetIn::default();
        loop {
            let some = self.let_some_in(debtor, policy, only, clock).await?;
            let is_last = some.invoices.len() < AT_ONCE;
            all.invoices.extend(some.invoices);
            all.left = some.left;
            if is_last {
                return Ok(all);
            }
        }
    }

    async fn let_some_in(
        &self,
        debtor: &DebtorKey,
        policy: &Policy,
        only: ImportedOnly,
        clock: &Clock,
    ) -> Result<LetIn, LedgerError> {
        let updated = self.update(move || {
            Box::pin(async move {
                let Some(StoredFile { file, basis }) = self.file(debtor).await? else {
                    return Ok(Proposal::Nothing(LetIn::default()));
                };
                let change = let_imported_in(&file, policy, only, AT_ONCE);
                let held = file.open.values();
                let held = held.filter(|invoice| invoice.holds.imported.is_some());
                let let_in = LetIn {
                    left: held.count() - change.invoices.len(),
                    invoices: change.invoices.clone(),
                };
                let commit = Commit::new(debtor, basis, change, clock.now());
                Ok::<_, LedgerError>(Proposal::write(commit, let_in))
            })
        });
        Ok(updated.await?.answer)
    }
}
