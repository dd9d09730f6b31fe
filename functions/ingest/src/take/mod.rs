//! From a verified request to the debtor's file.

mod customer;
mod invoice;
mod movement;

use std::sync::atomic::{AtomicBool, Ordering};

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
    /// A delivery may say hundreds of things that make no sense, and its body is kept once.
    pub(crate) body_is_kept: AtomicBool,
}

impl Intake<'_> {
    /// Takes a webhook in. One event that makes no sense stops none of the others; a failure of ours asks
    /// for all of them again.
    pub(crate) async fn take(&self, verified: Verified<'_>) -> Result<Taken, Rejection> {
        let said = match self.tool.translate(verified, self.settings, self.name) {
            Ok(said) => said,
            Err(Untranslatable::Misconfigured(why)) => return Err(why.into()),
            Err(unreadable) => return Ok(self.put_aside_unread(verified, &unreadable).await?),
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
        self.keep(verified, why, notice).await
    }

    /// Whoever sent it is trusted, and it cannot be read: to come again would not help.
    async fn put_aside_unread(
        &self,
        verified: Verified<'_>,
        unreadable: &Untranslatable,
    ) -> Result<Taken, LedgerError> {
        let why = unreadable.to_string();
        tracing::warn!(source = %self.name, error = why, "delivery that cannot be read");
        let notice = Notice {
            kind: NoticeKind::Nonsense,
            subject: format!("delivery of {} ({why})", self.name),
        };
        self.keep(verified, why, notice).await
    }

    async fn keep(
        &self,
        verified: Verified<'_>,
        why: String,
        notice: Notice,
    ) -> Result<Taken, LedgerError> {
        let entry = InboxEntry {
            why,
            body: self.body_once(verified),
        };
        let ledger = &self.ingest.ledger;
        ledger
            .put_inbox(self.name, &entry, notice, self.now())
            .await?;
        Ok(Taken::Inbox)
    }

    /// The packed body, for the first of a delivery that is put aside: the others lie beside it.
    fn body_once(&self, verified: Verified<'_>) -> Option<Vec<u8>> {
        let is_kept = self.body_is_kept.swap(true, Ordering::Relaxed);
        if is_kept {
            None
        } else {
            compress(verified.body())
        }
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
