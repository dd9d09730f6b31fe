//! What is noted of what comes in, by source: for whoever asks whether a source is still heard.
//!
//! At most once an hour and source is anything written, by each worker of what was taken in, by all of them together
//! of what was refused. A flood finds it in the worker's memory that the hour has been noted.

use dunning::journal::{Notice, NoticeKind};
use dunning::value::SourceName;
use jiff::Timestamp;
use ledger::LedgerError;
use runtime::{Metric, count};

use crate::noted::Word;
use crate::rejection::Rejection;
use crate::taken::Taken;
use crate::wiring::Ingest;

impl Ingest {
    /// Counts what became of what came in for a source, and notes what was refused.
    pub(crate) async fn settle(&self, source: &str, received: &Result<Taken, Rejection>) {
        let known = self.known(source);
        let now = self.clock.now();
        count_received(known, received, now);
        match received {
            // The team was told of it otherwise. There may be payments among it all the same.
            Ok(Taken::Inbox | Taken::OtherMode) => self.note_refused(known, None, now).await,
            // Where the table does not answer, nothing can be noted either.
            Ok(_) | Err(Rejection::Ledger(_)) => {}
            Err(rejection) => {
                let notice = notice(known, rejection);
                self.note_refused(known, notice, now).await;
            }
        }
    }

    /// Counts what became of a probe. One that was refused held no payment, whoever sent it.
    pub(crate) fn settle_probe(&self, source: &str, received: &Result<Taken, Rejection>) {
        count_received(self.known(source), received, self.clock.now());
    }

    fn known(&self, source: &str) -> Option<&SourceName> {
        let mut known = self.policy.sources.keys();
        known.find(|known| known.as_str() == source)
    }

    async fn note_refused(
        &self,
        source: Option<&SourceName>,
        notice: Option<Notice>,
        now: Timestamp,
    ) {
        let note = self.ledger.note_refused(source, notice, now);
        self.note(source, Word::Refused, now, note).await;
    }

    /// Notes that a source speaks. A failure costs the sender nothing: the next webhook notes it.
    pub(crate) async fn note_accepted(&self, source: &SourceName) {
        let now = self.clock.now();
        let note = self.ledger.note_accepted(source, now);
        self.note(Some(source), Word::Accepted, now, note).await;
    }

    /// Writes it, unless this worker did within the hour.
    async fn note(
        &self,
        source: Option<&SourceName>,
        word: Word,
        now: Timestamp,
        note: impl Future<Output = Result<(), LedgerError>>,
    ) {
        if !self.noted.is_due(source, word, now) {
            return;
        }
        if let Err(error) = Box::pin(note).await {
            let name = source.map(SourceName::as_str);
            tracing::warn!(source = name, what = ?word, %error, "what came in is not noted");
            self.noted.forget(source, word);
        }
    }
}

fn count_received(
    source: Option<&SourceName>,
    received: &Result<Taken, Rejection>,
    now: Timestamp,
) {
    let metric = Metric::Webhooks {
        source: source.map_or("unknown", SourceName::as_str),
        result: match received {
            Ok(taken) => taken.as_str(),
            Err(rejection) => rejection.as_str(),
        },
    };
    count(metric, 1, now);
    let refused = match received {
        Ok(Taken::Inbox | Taken::InPart) => Some("not understood"),
        Ok(_) => None,
        Err(rejection) => rejection.refused(),
    };
    if let Some(why) = refused {
        count(Metric::WebhooksRefused(why), 1, now);
    }
    if received.as_ref().is_err_and(Rejection::is_ours) {
        count(Metric::WebhooksFailed, 1, now);
    }
}

/// What the team is told of it. Nothing of what a stranger wrote stands in a mail.
fn notice(source: Option<&SourceName>, rejection: &Rejection) -> Option<Notice> {
    match source {
        Some(source) => {
            let kind = rejection.notice()?;
            Some(Notice::new(kind, source.as_str()).from_source(source))
        }
        None => Some(Notice::new(NoticeKind::UnknownSource, "/webhooks/…")),
    }
}
