//! What a person wants: a pause of an invoice, of a debtor, or of everything; and its end.

use dunning::file::{File, MailboxChange, Pause};
use dunning::journal::Line;
use dunning::rules::{Change, Instruction, freed, instruct, let_go, note_trouble};
use dunning::value::{CustomerId, DebtorKey, InvoiceId, MailboxId, Realm};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::basis::{Basis, StoredFile};
use crate::commit::Commit;
use crate::error::LedgerError;
use crate::items::{Keep, Record, from_item, record};
use crate::keys::Key;
use crate::table::Ledger;
use crate::transaction::Transaction;
use crate::update::Proposal;

/// Whose file is meant, and which invoice in it if it is only one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Whose.
    pub debtor: DebtorKey,
    /// The invoice.
    pub only: Option<InvoiceId>,
}

/// What an instruction comes to.
#[derive(Debug)]
enum Instructed {
    /// There is no such file or invoice.
    Nobody,
    /// These customers of mailboxes that it lets go are let go first.
    First(Vec<(MailboxId, DebtorKey)>),
    /// It is written; and what the journal says of it.
    Done(Vec<Line>),
}

impl Ledger {
    /// What an id means that a person gives: an invoice, if there is one of this id, or else a customer.
    pub async fn find(
        &self,
        realm: &Realm,
        invoice: InvoiceId,
        customer: CustomerId,
    ) -> Result<Target, LedgerError> {
        Ok(match self.owner(realm, &invoice).await? {
            Some(debtor) => Target {
                debtor,
                only: Some(invoice),
            },
            None => Target {
                debtor: DebtorKey {
                    realm: realm.clone(),
                    customer,
                },
                only: None,
            },
        })
    }

    /// Writes what a person wants of a debtor, or of one of its open invoices. Gives what the journal
    /// says of it, which is nothing where it was so already; `None` if there is no such file or invoice.
    ///
    /// A mailbox that is let go lets all of its customers go: the others first, one by one, and each is then
    /// named there no more; this one and the mailbox itself once there are no others. Whoever dies in between
    /// leaves this one on hold, and the same instruction goes on with whom is left.
    pub async fn instruct(
        &self,
        debtor: &DebtorKey,
        only: Option<&InvoiceId>,
        instruction: Instruction,
        now: Timestamp,
    ) -> Result<Option<Vec<Line>>, LedgerError> {
        loop {
            match Box::pin(self.instruct_one(debtor, only, instruction, now)).await? {
                Instructed::Nobody => return Ok(None),
                Instructed::Done(journal) => return Ok(Some(journal)),
                Instructed::First(others) => {
                    for (mailbox, other) in &others {
                        Box::pin(self.free(mailbox, other, now)).await?;
                    }
                }
            }
        }
    }

    async fn instruct_one(
        &self,
        debtor: &DebtorKey,
        only: Option<&InvoiceId>,
        instruction: Instruction,
        now: Timestamp,
    ) -> Result<Instructed, LedgerError> {
        let updated = self.update(move || {
            Box::pin(async move {
                let Some(StoredFile {
                    mut file,
                    mut basis,
                }) = self.file(debtor).await?
                else {
                    return Ok(Proposal::Nothing(Instructed::Nobody));
                };
                if only.is_some_and(|id| !file.open.contains_key(id)) {
                    return Ok(Proposal::Nothing(Instructed::Nobody));
                }
                if only.is_none() && matches!(instruction, Instruction::Release(_)) {
                    self.ask_mailbox_for_trouble(&mut file, &mut basis).await?;
                }
                let change = instruct(&file, only, instruction);
                let others = self.others(debtor, &change, &mut basis).await?;
                if !others.is_empty() {
                    return Ok(Proposal::Nothing(Instructed::First(others)));
                }
                let journal = change.journal.clone();
                let commit = Commit::new(debtor, basis, change, now);
                Ok::<_, LedgerError>(Proposal::write(commit, Instructed::Done(journal)))
            })
        });
        updated.await.map(|updated| updated.answer)
    }

    /// Lets a customer of a mailbox go, and names it there no more, in one transaction.
    async fn free(
        &self,
        mailbox: &MailboxId,
        debtor: &DebtorKey,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let updated = self.update(move || {
            Box::pin(async move {
                let (change, basis) = match self.file(debtor).await? {
                    Some(StoredFile { file, basis }) => (let_go(&file, mailbox), basis),
                    None => (freed(debtor, mailbox), Basis::default()),
                };
                let commit = Commit::new(debtor, basis, change, now);
                Ok::<_, LedgerError>(Proposal::write(commit, ()))
            })
        });
        updated.await.map(|_| ())
    }

    /// Another customer's mail may have met with trouble at the debtor's address, and its file not know yet.
    async fn ask_mailbox_for_trouble(
        &self,
        file: &mut File,
        basis: &mut Basis,
    ) -> Result<(), LedgerError> {
        if let Some(address) = &file.debtor.profile.value.email {
            let mailbox = self.read_mailbox(&address.mailbox(), basis).await?;
            note_trouble(file, &mailbox.unwrap_or_default());
        }
        Ok(())
    }

    /// The other customers that are on hold for a mailbox which a change lets go.
    async fn others(
        &self,
        debtor: &DebtorKey,
        change: &Change,
        basis: &mut Basis,
    ) -> Result<Vec<(MailboxId, DebtorKey)>, LedgerError> {
        let mut others = Vec::new();
        for (id, change) in &change.mailboxes {
            if *change == MailboxChange::LetGo {
                let held = self.read_mailbox(id, basis).await?.unwrap_or_default();
                let held = held.held.into_iter().filter(|held| held != debtor);
                others.extend(held.map(|held| (id.clone(), held)));
            }
        }
        Ok(others)
    }

    /// Whether no mail is to leave to anybody, and until when.
    pub async fn standstill(&self) -> Result<Option<Pause>, LedgerError> {
        let item = self.get(Key::standstill()).await?;
        item.map(|item| from_item(item).map(|record: Record<Pause>| record.value))
            .transpose()
    }

    /// Lets no mail leave to anybody; or lets them leave again. In one transaction with the copies, of which
    /// each claim asks one in its own: what is claimed was claimed before.
    pub async fn put_standstill(
        &self,
        standstill: Option<Pause>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.insist(|| {
            let mut to = Transaction::new(&self.table);
            for key in Key::standstill_copies().chain([Key::standstill()]) {
                match standstill {
                    Some(pause) => to.put(record(key, now, pause, Keep::ForGood)?),
                    None => to.delete_any(key),
                }
            }
            Ok(to)
        })
        .await
    }

    /// Whether everything stands still on this day, after a copy said so. The version before knows no copies:
    /// where it has ended a standstill, or given it an end, they are taken away.
    pub async fn stands_still(&self, today: Date) -> Result<bool, LedgerError> {
        let read = self.get(Key::standstill()).await?;
        let record: Option<Record<Pause>> = read.clone().map(from_item).transpose()?;
        if record.is_some_and(|record| record.value.is_on(today)) {
            return Ok(true);
        }
        let mut to = Transaction::new(&self.table);
        match &read {
            Some(read) => to.delete_record(Key::standstill(), read),
            None => to.check_absent(Key::standstill()),
        }
        Key::standstill_copies().for_each(|copy| to.delete_any(copy));
        match to.write(self).await {
            // Somebody says something else by now: whoever asked looks again.
            Ok(()) | Err(LedgerError::LostRace) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
