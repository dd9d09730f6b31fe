//! The one way to change a file: read, decide, write, tell; and again when somebody else wrote first.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use dunning::file::File;
use dunning::rules::Change;
use dunning::value::{ClaimId, DebtorKey, InvoiceId, MailboxId};
use runtime::{Clock, publish};

use crate::basis::{Basis, StoredFile};
use crate::commit::Commit;
use crate::error::LedgerError;
use crate::table::Ledger;
use crate::transaction::Transaction;

/// How often whoever is overtaken tries again, before the caller is told to come back.
const ATTEMPTS: u32 = 6;

/// The longest wait after the first lost race; each later one may be twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(10);

/// What one reading of the table comes to, with the answer for whoever asked.
#[derive(Debug)]
pub enum Proposal<T> {
    /// Nothing is to be written.
    Nothing(T),
    /// This is.
    Write(Box<Commit>, T),
    /// Somebody wrote between two reads: read again.
    Overtaken,
}

impl<T> Proposal<T> {
    /// This is to be written, unless it is nothing.
    pub fn write(commit: Commit, answer: T) -> Self {
        if commit.is_empty() {
            Self::Nothing(answer)
        } else {
            Self::Write(Box::new(commit), answer)
        }
    }
}

/// A reading of the table that is under way. Boxed, since the way to the table is long and need not lie in
/// the future of whoever asks.
pub type Reading<'a, T, E> = Pin<Box<dyn Future<Output = Result<Proposal<T>, E>> + Send + 'a>>;

/// What became of it.
#[derive(Debug)]
pub struct Updated<T> {
    /// The answer.
    pub answer: T,
    /// The basis of the next change, if something was written.
    pub written: Option<Basis>,
}

impl Ledger {
    /// Lets `attempt` read and decide, writes what it proposes, and tells the log; again, from the
    /// reading on, when somebody else wrote first. After a few lost races: [`LedgerError::LostRace`].
    pub async fn update<'a, T, E: From<LedgerError>>(
        &self,
        mut attempt: impl FnMut() -> Reading<'a, T, E>,
    ) -> Result<Updated<T>, E> {
        for lost in 1..=ATTEMPTS {
            match attempt().await? {
                Proposal::Nothing(answer) => {
                    return Ok(Updated {
                        answer,
                        written: None,
                    });
                }
                Proposal::Write(commit, answer) => match self.write(&commit).await {
                    Ok(basis) => {
                        return Ok(Updated {
                            answer,
                            written: Some(basis),
                        });
                    }
                    Err(LedgerError::LostRace) => {}
                    Err(error) => return Err(error.into()),
                },
                Proposal::Overtaken => {}
            }
            if lost < ATTEMPTS {
                self.wait(lost).await;
            }
        }
        Err(LedgerError::LostRace.into())
    }

    /// Changes a debtor's file as `decide` says, if there is one. Begins with the file as `known`, where
    /// it was just read or written.
    pub async fn change_file(
        &self,
        debtor: &DebtorKey,
        known: Option<StoredFile>,
        clock: &Clock,
        decide: impl Fn(&File) -> Change + Sync,
    ) -> Result<(), LedgerError> {
        let (mut known, decide) = (known, &decide);
        let updated = self.update(move || {
            let known = known.take();
            Box::pin(async move {
                let stored = match known {
                    Some(stored) => Some(stored),
                    None => self.file(debtor).await?,
                };
                let Some(StoredFile { file, basis }) = stored else {
                    return Ok(Proposal::Nothing(()));
                };
                let commit = Commit::new(debtor, basis, decide(&file), clock.now());
                Ok::<_, LedgerError>(Proposal::write(commit, ()))
            })
        });
        updated.await.map(|_| ())
    }

    /// Changes a debtor's file by what was heard of a mail; and those of the debtors to whom invoices in it
    /// have moved since it was claimed, and its claim with them.
    pub async fn hear_of_mail(
        &self,
        debtor: &DebtorKey,
        known: Option<StoredFile>,
        clock: &Clock,
        claim: &ClaimId,
        decide: impl Fn(&File) -> Change + Sync,
    ) -> Result<(), LedgerError> {
        let known = match known {
            Some(known) => Some(known),
            None => Box::pin(self.file(debtor)).await?,
        };
        let gone: Vec<InvoiceId> = known
            .iter()
            .flat_map(|StoredFile { file, .. }| file.gone(claim))
            .cloned()
            .collect();
        let mut owners = BTreeSet::new();
        for invoice in &gone {
            owners.extend(Box::pin(self.owner(&debtor.realm, invoice)).await?);
        }
        owners.remove(debtor);
        Box::pin(self.change_file(debtor, known, clock, &decide)).await?;
        for owner in &owners {
            Box::pin(self.change_file(owner, None, clock, &decide)).await?;
        }
        Ok(())
    }

    /// Writes what asks for nothing that was read; again, when another transaction holds one of its items.
    pub(crate) async fn insist(
        &self,
        transaction: impl Fn() -> Result<Transaction, LedgerError>,
    ) -> Result<(), LedgerError> {
        for lost in 1..ATTEMPTS {
            match transaction()?.write(self).await {
                Err(LedgerError::LostRace) => self.wait(lost).await,
                result => return result,
            }
        }
        transaction()?.write(self).await
    }

    /// Writes a change, or nothing of it, and tells the log. Gives the basis of the next one.
    pub(crate) async fn write(&self, commit: &Commit) -> Result<Basis, LedgerError> {
        let read;
        let commit = if commit.unread_mailboxes().is_empty() {
            commit
        } else {
            // Boxed: see `Transaction::write`.
            read = Box::pin(self.with_mailboxes(commit)).await?;
            &read
        };
        let (transaction, after) = commit.transaction(&self.table, self.history)?;
        transaction.write(self).await?;
        if let Some(watch) = self.watch.as_ref().filter(|_| !commit.is_empty()) {
            watch.note(commit.changed());
        }
        if !self.only_tries() {
            publish(&commit.debtor, &commit.change.journal, commit.now);
        }
        Ok(after)
    }

    /// Reads the mailboxes that a change is about: their own state decides what becomes of it.
    async fn with_mailboxes(&self, commit: &Commit) -> Result<Commit, LedgerError> {
        let mut commit = commit.clone();
        let unread: Vec<MailboxId> = commit.unread_mailboxes().into_iter().cloned().collect();
        for id in unread {
            self.read_mailbox(&id, &mut commit.basis).await?;
        }
        Ok(commit)
    }

    /// Waits longer each time, and never as long as whoever lost the same race. The SDK's own way to
    /// wait, so that where its time stands still ours does.
    async fn wait(&self, lost: u32) {
        let longest = FIRST_WAIT * 2_u32.pow(lost - 1);
        if let Some(sleep) = self.client.config().sleep_impl() {
            use aws_sdk_dynamodb::config::AsyncSleep;
            sleep.sleep(longest.mul_f64(fastrand::f64())).await;
        }
    }
}
