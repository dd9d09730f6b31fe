//! From a verified request to the debtor's file.

use std::sync::atomic::{AtomicBool, Ordering};

use dunning::journal::{Notice, NoticeKind};
use dunning::policy;
use dunning::value::{Realm, SourceName};
use intake::Intake;
use jiff::Timestamp;
use ledger::{Delivery, InboxEntry, LedgerError};
use sources::{Nonsense, Tool, Translation, Translations, Untranslatable, Verified};

use crate::packed::Packed;
use crate::rejection::Rejection;
use crate::taken::Taken;
use crate::wiring::Ingest;

/// The way in for one source.
pub(crate) struct WayIn<'a> {
    pub(crate) ingest: &'a Ingest,
    pub(crate) name: &'a SourceName,
    pub(crate) tool: &'a Tool,
    pub(crate) settings: &'a policy::Source,
}

/// A delivery on its way in.
struct Coming<'w> {
    verified: Verified<'w>,
    packed: Packed,
    at: Timestamp,
    /// It may say hundreds of things that make no sense, and its body is put aside once.
    is_put_aside: AtomicBool,
}

impl WayIn<'_> {
    /// Takes a webhook in. One event that makes no sense stops none of the others; a failure of ours asks
    /// for all of them again. The delivery itself is kept meanwhile: nothing is answered before it is.
    pub(crate) async fn take(&self, verified: Verified<'_>) -> Result<Taken, Rejection> {
        let at = self.now();
        let coming = Coming {
            verified: verified.come_at(at),
            packed: Packed::of(verified.body()),
            at,
            is_put_aside: AtomicBool::new(false),
        };
        let tool = self.tool;
        let said = tool.translate(coming.verified, self.settings, self.name);
        let speaks = said.as_ref().is_ok_and(speaks);
        let (kept, taken) = tokio::join!(self.keep(&coming, speaks), self.take_all(&coming, said));
        kept?;
        taken
    }

    /// Keeps it as it came; and notes now and then that the source speaks, while its news are still being written.
    async fn keep(&self, coming: &Coming<'_>, speaks: bool) -> Result<(), LedgerError> {
        let headers = self.tool.telling_headers(coming.verified);
        let delivery = Delivery {
            at: coming.at,
            headers: headers.into_iter().collect(),
            packed: coming.packed.bytes().to_vec(),
        };
        let ledger = &self.ingest.ledger;
        ledger.keep_delivery(self.name, &delivery).await?;
        if speaks {
            self.ingest.note_accepted(self.name).await;
        }
        Ok(())
    }

    async fn take_all(
        &self,
        coming: &Coming<'_>,
        said: Result<Translations, Untranslatable>,
    ) -> Result<Taken, Rejection> {
        let said = match said {
            Ok(said) => said,
            Err(Untranslatable::Misconfigured(why)) => return Err(why.into()),
            Err(unreadable) => return Ok(self.put_aside_unread(coming, &unreadable).await?),
        };
        let (mut all, mut failure) = (Vec::new(), None);
        for said in said {
            let taken = match said {
                Ok(said) => self.take_one(said).await,
                Err(nonsense) => self.put_aside(coming, &nonsense).await,
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

    pub(crate) async fn take_one(&self, said: Translation) -> Result<Taken, LedgerError> {
        let intake = self.ingest.intake();
        match said {
            Translation::Invoice(event) => Ok(intake.take_invoice(&event).await?.into()),
            Translation::Movement(event) => Ok(intake.take_movement(&event).await?.into()),
            Translation::Customer(event) => Ok(intake.take_customer(&event).await?.into()),
            Translation::Ignored { kind } => {
                tracing::debug!(source = %self.name, kind, "event of a kind that says nothing about an invoice");
                Ok(Taken::Ignored)
            }
            Translation::OtherMode { kind, .. } => {
                let notice = Notice::new(NoticeKind::OtherMode, kind).from_source(self.name);
                self.ingest.ledger.notify(notice, self.now()).await?;
                Ok(Taken::OtherMode)
            }
        }
    }

    async fn put_aside(
        &self,
        coming: &Coming<'_>,
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
        let notice = Notice::new(NoticeKind::Nonsense, format!("{event} ({why})"));
        let notice = notice.from_source(self.name);
        self.tell(coming, why, notice).await
    }

    /// Whoever sent it is trusted, and it cannot be read: to come again would not help.
    async fn put_aside_unread(
        &self,
        coming: &Coming<'_>,
        unreadable: &Untranslatable,
    ) -> Result<Taken, LedgerError> {
        let why = unreadable.to_string();
        tracing::warn!(source = %self.name, error = why, "delivery that cannot be read");
        let subject = format!("delivery of {} ({why})", self.name);
        let notice = Notice::new(NoticeKind::Nonsense, subject).from_source(self.name);
        self.tell(coming, why, notice).await
    }

    async fn tell(
        &self,
        coming: &Coming<'_>,
        why: String,
        notice: Notice,
    ) -> Result<Taken, LedgerError> {
        let entry = InboxEntry {
            why,
            body: coming.body_once(),
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

    /// Where the invoices of a source are that names no account.
    pub(crate) fn usual_realm(&self) -> Realm {
        Realm {
            source: self.name.clone(),
            account: sources::no_account(),
            mode: self.settings.mode,
        }
    }
}

/// Whether the source itself is heard: in words that are understood, and not of its other mode.
fn speaks(said: &Translations) -> bool {
    let mut words = said.iter().flatten();
    said.is_empty() || words.any(|word| !matches!(word, Translation::OtherMode { .. }))
}

impl Coming<'_> {
    /// The packed body, for the first of a delivery that is put aside: the others lie beside it.
    fn body_once(&self) -> Option<Vec<u8>> {
        let is_put_aside = self.is_put_aside.swap(true, Ordering::Relaxed);
        if is_put_aside {
            None
        } else {
            self.packed.for_the_inbox()
        }
    }
}

impl Ingest {
    /// By which what a tool says is merged.
    pub(crate) fn intake(&self) -> Intake<'_> {
        Intake {
            ledger: &self.ledger,
            policy: &self.policy,
            clock: &self.clock,
            retells: self.retells,
        }
    }
}
