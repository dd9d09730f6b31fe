//! From a verified request to the debtor's file.

use dunning::apart::{Apart, Fact, FactEvent, Subject};
use dunning::change::{Change, receive, receive_customer, receive_fact};
use dunning::facts::{CustomerEvent, Event};
use dunning::file::Invoice;
use dunning::ids::{DebtorKey, EventId, SourceName};
use dunning::journal::{Line, Notice, NoticeKind, What};
use dunning::policy;
use ledger::{Commit, EventView, LedgerError, MovedFrom, PaymentLink, Pointer, Race, Versions};
use runtime::publish;
use sources::{Nonsense, Tool, Translation, Untranslatable, Verified};

use crate::inbox::compress;
use crate::{Ingest, Refusal};

/// One webhook on its way in.
pub(crate) struct Intake<'a> {
    pub(crate) ingest: &'a Ingest,
    pub(crate) name: &'a SourceName,
    pub(crate) tool: &'a Tool,
    pub(crate) settings: &'a policy::Source,
}

/// What an event is to be written as.
struct Writing {
    debtor: DebtorKey,
    read: Versions,
    change: Change,
    moved_from: Option<MovedFrom>,
    link: Option<PaymentLink>,
}

impl Writing {
    fn of(debtor: &DebtorKey, read: Versions, change: Change) -> Self {
        Self {
            debtor: debtor.clone(),
            read,
            change,
            moved_from: None,
            link: None,
        }
    }
}

/// What became of an event whose change was tried to be written.
enum Outcome {
    Done(&'static str),
    Overtaken,
}

impl Intake<'_> {
    /// Takes a webhook in; the word is for the log and for the answer. One event that makes no sense
    /// stops none of the others; a failure of ours asks for all of them again.
    pub(crate) async fn take(&self, verified: Verified<'_>) -> Result<&'static str, Refusal> {
        let said = match self.tool.translate(verified, self.settings, self.name) {
            Ok(said) => said,
            Err(Untranslatable::Misconfigured(why)) => return Err(why.into()),
            Err(unreadable) => return Err(Refusal::Unreadable(unreadable.to_string())),
        };
        let (mut words, mut failure) = (Vec::new(), None);
        for said in said {
            let taken = match said {
                Ok(said) => self.take_one(said).await,
                Err(nonsense) => self.put_aside(verified, &nonsense).await,
            };
            match taken {
                Ok(word) => words.push(word),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        if let Some(error) = failure {
            return Err(error.into());
        }
        words.dedup();
        Ok(match words[..] {
            [word] => word,
            _ => "several",
        })
    }

    async fn take_one(&self, said: Translation) -> Result<&'static str, LedgerError> {
        match said {
            Translation::Invoice(event) => self.take_event(&event).await,
            Translation::Fact(event) => self.take_fact(&event).await,
            Translation::Customer(event) => self.take_customer(&event).await,
            Translation::Ignored { kind } => {
                tracing::debug!(kind, "event type that says nothing about an invoice");
                Ok("ignored")
            }
            Translation::OtherMode { kind, .. } => {
                let notice = Notice {
                    kind: NoticeKind::OtherMode,
                    subject: kind,
                };
                let ledger = &self.ingest.ledger;
                ledger.notify(notice, self.ingest.clock.now()).await?;
                Ok("other mode, not stored")
            }
        }
    }

    async fn put_aside(
        &self,
        verified: Verified<'_>,
        nonsense: &Nonsense,
    ) -> Result<&'static str, LedgerError> {
        // The reason may quote what it stumbled over, and that may be an address.
        let Nonsense { kind, field, .. } = nonsense;
        tracing::warn!(kind, field, "event that makes no sense");
        let why = nonsense.to_string();
        let event = nonsense
            .event
            .as_ref()
            .map_or("event without id", |event| event.as_str());
        let subject = format!("{event} ({why})");
        let notice = Notice {
            kind: NoticeKind::Nonsense,
            subject,
        };
        let entry = ledger::InboxEntry {
            why,
            body: compress(verified.body()),
        };
        self.ingest
            .ledger
            .put_inbox(self.name, &entry, notice, self.ingest.clock.now())
            .await?;
        Ok("not understood, kept in the inbox")
    }

    async fn take_event(&self, event: &Event) -> Result<&'static str, LedgerError> {
        let named = event.debtor_key();
        let mut race = Race::default();
        loop {
            let view = self
                .ingest
                .ledger
                .view_event(&named, &event.invoice.id, &event.id)
                .await?;
            if view.seen {
                return Ok("duplicate");
            }
            let writing = match &view.pointer {
                Pointer::To(owner) if *owner != named => {
                    self.elsewhere(event, &named, owner.clone(), &view).await?
                }
                Pointer::To(_) | Pointer::Unknown(_) => self.at_home(event, &named, &view),
            };
            if let Outcome::Done(word) = self.write(writing, &event.id).await? {
                return Ok(word);
            }
            race.run_again()?;
        }
    }

    /// The invoice is new, or where the event says it is.
    fn at_home(&self, event: &Event, debtor: &DebtorKey, view: &EventView) -> Writing {
        let change = self.receive(event, view, stored_invoice(view));
        Writing::of(debtor, view.versions(), change)
    }

    /// The invoice is in another customer's file: the newer of the two says whose it is.
    async fn elsewhere(
        &self,
        event: &Event,
        named: &DebtorKey,
        owner: DebtorKey,
        view: &EventView,
    ) -> Result<Writing, LedgerError> {
        let home = self
            .ingest
            .ledger
            .view_event(&owner, &event.invoice.id, &event.id)
            .await?;
        let known = stored_invoice(&home);
        if known.is_some_and(|known| known.told.latest.order >= event.order) {
            let mut about_home = event.clone();
            about_home.customer = owner.customer.clone();
            about_home.debtor = None;
            return Ok(self.at_home(&about_home, &owner, &home));
        }
        let line = Line {
            invoice: Some(event.invoice.id.clone()),
            what: What::CustomerChanged,
        };
        let mut change = self.receive(event, view, known);
        change.journal.insert(0, line.clone());
        let moved_from = MovedFrom {
            debtor: owner,
            versions: home.versions(),
            journal: vec![line],
        };
        Ok(Writing {
            moved_from: Some(moved_from),
            ..Writing::of(named, view.versions(), change)
        })
    }

    fn receive(&self, event: &Event, view: &EventView, invoice: Option<&Invoice>) -> Change {
        receive(
            view.debtor.as_ref().map(|debtor| &debtor.value),
            invoice,
            &view.pointer.parked(),
            event,
            &self.ingest.policy,
            self.ingest.clock.now(),
        )
    }

    /// Something is told of an invoice that is not shown; it may be told before the invoice is.
    async fn take_fact(&self, event: &FactEvent) -> Result<&'static str, LedgerError> {
        let mut race = Race::default();
        loop {
            match self.write_fact(event).await {
                Ok(Outcome::Done(word)) => return Ok(word),
                Ok(Outcome::Overtaken) | Err(LedgerError::LostRace) => race.run_again()?,
                Err(error) => return Err(error),
            }
        }
    }

    async fn write_fact(&self, event: &FactEvent) -> Result<Outcome, LedgerError> {
        let (ledger, realm) = (&self.ingest.ledger, &event.realm);
        let mut told = Apart::by(event);
        let invoice = match &event.subject {
            Subject::Invoice(invoice) => invoice.clone(),
            Subject::Payment(payment) => match ledger.payment(realm, payment).await? {
                Pointer::To(invoice) => invoice,
                Pointer::Unknown(parked) => {
                    ledger
                        .park_at_payment(realm, payment, parked.as_ref(), told)
                        .await?;
                    return Ok(Outcome::Done("kept until its invoice is known"));
                }
            },
        };
        let mut link = None;
        if let (
            Fact::Moved {
                payment: Some(payment),
                ..
            },
            Subject::Invoice(_),
        ) = (&event.fact, &event.subject)
        {
            let (new_link, before) = ledger.link(realm, payment, &invoice).await?;
            link = new_link;
            told = told.merge(before);
        }
        let owner = match ledger.pointer(realm, &invoice).await? {
            Pointer::To(owner) => owner,
            Pointer::Unknown(parked) => {
                ledger
                    .park_at_invoice(realm, &invoice, parked.as_ref(), told, link.as_ref())
                    .await?;
                return Ok(Outcome::Done("kept until its invoice is known"));
            }
        };
        let view = ledger.view_event(&owner, &invoice, &event.id).await?;
        let (Some(debtor), Some(known)) = (&view.debtor, stored_invoice(&view)) else {
            // It moved to another customer between two reads.
            return Ok(Outcome::Overtaken);
        };
        let (policy, now) = (&self.ingest.policy, self.ingest.clock.now());
        let change = receive_fact(&debtor.value, known, &told, event, policy, now);
        let writing = Writing {
            link,
            ..Writing::of(&owner, view.versions(), change)
        };
        self.write(writing, &event.id).await
    }

    async fn take_customer(&self, event: &CustomerEvent) -> Result<&'static str, LedgerError> {
        let key = event.debtor_key();
        let mut race = Race::default();
        loop {
            let known = self.ingest.ledger.debtor(&key).await?;
            let change = receive_customer(known.as_ref().map(|known| &known.value), event);
            let read = Versions {
                debtor: known.map(|known| known.version),
                ..Versions::default()
            };
            let writing = Writing::of(&key, read, change);
            if let Outcome::Done(word) = self.write(writing, &event.id).await? {
                return Ok(word);
            }
            race.run_again()?;
        }
    }

    async fn write(&self, writing: Writing, event: &EventId) -> Result<Outcome, LedgerError> {
        let Writing { debtor, change, .. } = &writing;
        if change.is_empty() && writing.link.is_none() {
            return Ok(Outcome::Done("nothing new"));
        }
        let now = self.ingest.clock.now();
        let commit = Commit {
            event: Some(event),
            moved_from: writing.moved_from.as_ref(),
            link: writing.link.as_ref(),
            ..Commit::new(debtor, &writing.read, change, now)
        };
        if self.ingest.ledger.commit(commit).await?.is_continue() {
            return Ok(Outcome::Overtaken);
        }
        publish(debtor, &change.journal, now);
        Ok(Outcome::Done("stored"))
    }
}

fn stored_invoice(view: &EventView) -> Option<&Invoice> {
    let (_, invoice) = view.invoice.as_ref()?;
    Some(&invoice.value)
}
