//! From a verified request to the debtor's file.

mod customer;
mod invoice;
mod movement;

use dunning::journal::{Notice, NoticeKind};
use dunning::policy;
use dunning::rules::Context;
use dunning::value::SourceName;
use jiff::Timestamp;
use ledger::{InboxEntry, LedgerError};
use sources::{Nonsense, Tool, Translation, Untranslatable, Verified};

use crate::inbox::compress;
use crate::rejection::Rejection;
use crate::taken::Taken;
use crate::wiring::Ingest;

/// The way in for one source.
pub(crate) struct Intake<'a> {
    pub(crate) ingest: &'a Ingest,
    pub(crate) name: &'a SourceName,
    pub(crate) tool: &'a Tool,
    pub(crate) settings: &'a policy::Source,
}

impl Intake<'_> {
    /// Takes a webhook in. One event that makes no sense stops none of the others; a failure of ours asks
    /// for all of them again.
    pub(crate) async fn take(&self, verified: Verified<'_>) -> Result<Taken, Rejection> {
        let said = match self.tool.translate(verified, self.settings, self.name) {
            Ok(said) => said,
            Err(Untranslatable::Misconfigured(why)) => return Err(why.into()),
            Err(unreadable) => return Err(Rejection::Unreadable(unreadable.to_string())),
        };
        let (mut all, mut failure) = (Vec::new(), None);
        for said in said {
            let taken = match said {
                Ok(said) => self.take_one(said).await,
                Err(nonsense) => self.put_aside(verified, &nonsense).await,
            };
            match taken {
                Ok(taken) => all.push(taken),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        match failure {
            Some(error) => Err(error.into()),
            None => Ok(Taken::together(&all)),
        }
    }

    async fn take_one(&self, said: Translation) -> Result<Taken, LedgerError> {
        match said {
            Translation::Invoice(event) => invoice::take(self.ingest, &event).await,
            Translation::Movement(event) => movement::take(self.ingest, &event).await,
            Translation::Customer(event) => customer::take(self.ingest, &event).await,
            Translation::Ignored { kind } => {
                tracing::debug!(source = %self.name, kind, "event of a kind that says nothing about an invoice");
                Ok(Taken::Ignored)
            }
            Translation::OtherMode { kind, .. } => {
                let notice = Notice {
                    kind: NoticeKind::OtherMode,
                    subject: kind,
                };
                self.ingest.ledger.notify(notice, self.now()).await?;
                Ok(Taken::OtherMode)
            }
        }
    }

    async fn put_aside(
        &self,
        verified: Verified<'_>,
        nonsense: &Nonsense,
    ) -> Result<Taken, LedgerError> {
        // The reason may quote what it stumbled over, and that may be an address.
        let Nonsense { kind, field, .. } = nonsense;
        tracing::warn!(source = %self.name, kind, field, "event that makes no sense");
        let why = nonsense.to_string();
        let event = nonsense
            .event
            .as_ref()
            .map_or("event without id", |event| event.as_str());
        let notice = Notice {
            kind: NoticeKind::Nonsense,
            subject: format!("{event} ({why})"),
        };
        let entry = InboxEntry {
            why,
            body: compress(verified.body()),
        };
        let ledger = &self.ingest.ledger;
        ledger
            .put_inbox(self.name, &entry, notice, self.now())
            .await?;
        Ok(Taken::Inbox)
    }

    fn now(&self) -> Timestamp {
        self.ingest.clock.now()
    }
}

impl Ingest {
    fn context(&self) -> Context<'_> {
        Context {
            policy: &self.policy,
            now: self.clock.now(),
        }
    }
}
