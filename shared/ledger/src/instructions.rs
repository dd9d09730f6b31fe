//! What a person wants: a pause of an invoice, of a debtor, or of everything; and its end.

use dunning::file::{File, MailboxChange, Pause};
use dunning::journal::Line;
use dunning::rules::{Change, Instruction, instruct, let_go, note_trouble};
use dunning::value::{CustomerId, DebtorKey, InvoiceId, MailboxId, Realm};
use jiff::Timestamp;
use jiff::civil::Date;
use runtime::Clock;

use crate::basis::{Basis, StoredFile};
use crate::commit::Commit;
use crate::error::LedgerError;
use crate::items::{Keep, Record, from_item, record};
use crate::keys::Key;
use crate::table::Ledger;
use crate::transaction::Transaction;
use crate::update::{Proposal, Updated};

/// Whose file is meant, and which invoice in it if it is only one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Whose.
    pub debtor: DebtorKey,
    /// The invoice.
    pub only: Option<InvoiceId>,
}

/// A mailbox that is let go, and whose it is.
#[derive(Debug)]
struct Shared {
    mailbox: MailboxId,
    customers: Vec<DebtorKey>,
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
    pub async fn instruct(
        &self,
        debtor: &DebtorKey,
        only: Option<&InvoiceId>,
        instruction: Instruction,
        now: Timestamp,
    ) -> Result<Option<Vec<Line>>, LedgerError> {
        let updated = self.update(move || {
            Box::pin(async move {
                let Some(StoredFile {
                    mut file,
                    mut basis,
                }) = self.file(debtor).await?
                else {
                    return Ok(Proposal::Nothing(None));
                };
                if only.is_some_and(|id| !file.open.contains_key(id)) {
                    return Ok(Proposal::Nothing(None));
                }
                if only.is_none() && matches!(instruction, Instruction::Release(_)) {
                    self.ask_mailbox_for_trouble(&mut file, &mut basis).await?;
                }
                let change = instruct(&file, only, instruction);
                let journal = change.journal.clone();
                let shared = self.shared(&change, &mut basis).await?;
                let commit = Commit::new(debtor, basis, change, now);
                Ok::<_, LedgerError>(Proposal::write(commit, Some((journal, shared))))
            })
        });
        let updated: Updated<Option<(Vec<Line>, Vec<Shared>)>> = updated.await?;
        let Some((journal, shared)) = updated.answer else {
            return Ok(None);
        };
        let clock = Clock::new(move || now);
        for Shared { mailbox, customers } in &shared {
            for other in customers.iter().filter(|other| *other != debtor) {
                let release = |file: &File| let_go(file, mailbox);
                Box::pin(self.change_file(other, None, &clock, release)).await?;
            }
        }
        Ok(Some(journal))
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

    /// The mailboxes that a change lets go, with all customers that are held there.
    async fn shared(&self, change: &Change, basis: &mut Basis) -> Result<Vec<Shared>, LedgerError> {
        let mut shared = Vec::new();
        for (id, change) in &change.mailboxes {
            if *change == MailboxChange::LetGo {
                let mailbox = self.read_mailbox(id, basis).await?;
                shared.push(Shared {
                    mailbox: id.clone(),
                    customers: mailbox.unwrap_or_default().held,
                });
            }
        }
        Ok(shared)
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
