//! From verified bytes to the debtor's file.

use dunning::change::{Change, receive};
use dunning::facts::Event;
use dunning::file::Invoice;
use dunning::ids::{DebtorKey, SourceName};
use dunning::journal::{Line, Notice, NoticeKind, What};
use dunning::policy;
use ledger::{Commit, EventView, LedgerError, MovedFrom, Race, Versions};
use runtime::publish;
use sources::{Nonsense, Source, Translation, Untranslatable, Verified};

use crate::inbox::compress;
use crate::{Ingest, Refusal};

/// One webhook on its way in.
pub(crate) struct Intake<'a> {
    pub(crate) ingest: &'a Ingest,
    pub(crate) name: &'a SourceName,
    pub(crate) source: &'a Source,
    pub(crate) settings: &'a policy::Source,
}

/// What an event is to be written as.
struct Writing {
    debtor: DebtorKey,
    read: Versions,
    change: Change,
    moved_from: Option<MovedFrom>,
}

impl Intake<'_> {
    /// Takes a webhook in; the word is for the log and for the answer.
    pub(crate) async fn take(&self, verified: Verified<'_>) -> Result<&'static str, Refusal> {
        match self.source.translate(verified, self.settings, self.name) {
            Ok(Translation::Event(event)) => Ok(self.take_event(&event).await?),
            Ok(Translation::Ignored { kind }) => {
                tracing::debug!(kind, "event type that says nothing about an invoice");
                Ok("ignored")
            }
            Ok(Translation::OtherMode { kind, .. }) => {
                let notice = Notice {
                    kind: NoticeKind::OtherMode,
                    subject: kind,
                };
                self.ingest
                    .ledger
                    .notify(notice, self.ingest.clock.now())
                    .await?;
                Ok("other mode, not stored")
            }
            Err(Untranslatable::NotJson(why)) => Err(Refusal::NotJson(why)),
            Err(Untranslatable::Nonsense(nonsense)) => {
                self.put_aside(verified, &nonsense).await?;
                Ok("not understood, kept in the inbox")
            }
        }
    }

    async fn put_aside(
        &self,
        verified: Verified<'_>,
        nonsense: &Nonsense,
    ) -> Result<(), LedgerError> {
        let why = nonsense.to_string();
        tracing::warn!(why, "event that makes no sense");
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
            .await
    }

    async fn take_event(&self, event: &Event) -> Result<&'static str, LedgerError> {
        let named = DebtorKey {
            realm: event.realm.clone(),
            customer: event.customer.clone(),
        };
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
            let elsewhere = view.owner.clone().filter(|owner| *owner != named);
            let writing = match elsewhere {
                None => self.at_home(event, &named, &view),
                Some(owner) => self.elsewhere(event, &named, owner, &view).await?,
            };
            if writing.change.is_empty() {
                return Ok("nothing new");
            }
            let commit = Commit {
                debtor: &writing.debtor,
                read: &writing.read,
                change: &writing.change,
                event: Some(&event.id),
                moved_from: writing.moved_from.as_ref(),
                now: self.ingest.clock.now(),
            };
            if self.ingest.ledger.commit(commit).await?.is_break() {
                let change = &writing.change;
                publish(&writing.debtor, &change.journal, self.ingest.clock.now());
                return Ok("stored");
            }
            race.run_again()?;
        }
    }

    /// The invoice is new, or where the event says it is.
    fn at_home(&self, event: &Event, debtor: &DebtorKey, view: &EventView) -> Writing {
        Writing {
            debtor: debtor.clone(),
            read: view.versions(),
            change: self.receive(event, view, stored_invoice(view)),
            moved_from: None,
        }
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
            if let Some(debtor) = &home.debtor {
                about_home.debtor = debtor.value.told.facts.clone();
            }
            return Ok(self.at_home(&about_home, &owner, &home));
        }
        let line = Line {
            invoice: Some(event.invoice.id.clone()),
            what: What::CustomerChanged,
        };
        let mut change = self.receive(event, view, known);
        change.journal.insert(0, line.clone());
        Ok(Writing {
            debtor: named.clone(),
            read: view.versions(),
            change,
            moved_from: Some(MovedFrom {
                debtor: owner,
                versions: home.versions(),
                journal: vec![line],
            }),
        })
    }

    fn receive(&self, event: &Event, view: &EventView, invoice: Option<&Invoice>) -> Change {
        let debtor = view.debtor.as_ref().map(|debtor| &debtor.value);
        receive(
            debtor,
            invoice,
            event,
            &self.ingest.policy,
            self.ingest.clock.now(),
        )
    }
}

fn stored_invoice(view: &EventView) -> Option<&Invoice> {
    view.invoice.as_ref().map(|invoice| &invoice.value)
}
