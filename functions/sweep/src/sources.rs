//! Whether each source is still heard: asked once a day, and told to the team where that matters.

use dunning::file::Reception;
use dunning::journal::{Notice, NoticeKind};
use dunning::limits::SOURCE_ASKED;
use dunning::policy;
use dunning::rules::{Silence, silence};
use dunning::value::SourceName;
use jiff::Timestamp;
use runtime::{Metric, count};

use crate::{Sweep, SweepError};

impl Sweep {
    /// What fails for one source, or is not done in time, is asked again by the next sweep.
    pub(crate) async fn ask_about_sources(&self, now: Timestamp) -> Result<(), SweepError> {
        let known = self.ledger.receptions().await?;
        let (mut asked, mut silent) = (Vec::new(), 0);
        for (name, source) in &self.policy.sources {
            let known = known.get(name).cloned().unwrap_or_default();
            let is_recent = |asked: Timestamp| now.duration_since(asked) < SOURCE_ASKED;
            if known.asked_at.is_some_and(is_recent) {
                continue;
            }
            match self.is_missed(name, source, &known, now).await {
                Ok(is_missed) => {
                    silent += u64::from(is_missed);
                    asked.push(name);
                }
                Err(error) => tracing::error!(source = %name, %error, "source not asked about"),
            }
        }
        if !asked.is_empty() {
            count(Metric::SourcesSilent, silent, now);
        }
        // Last, when it is told and counted.
        for name in asked {
            self.ledger.note_asked(name, now).await?;
        }
        Ok(())
    }

    /// Whether a source is silent, and somebody waits for what it might say. The team is told.
    async fn is_missed(
        &self,
        name: &SourceName,
        source: &policy::Source,
        known: &Reception,
        now: Timestamp,
    ) -> Result<bool, SweepError> {
        let Some(silence) = silence(source, known, now) else {
            return Ok(false);
        };
        if !self.ledger.has_open_invoices(name).await? {
            return Ok(false);
        }
        tracing::warn!(source = %name, since = %silence.since, refused = silence.is_refusal, "source is silent");
        if silence.is_refusal || is_to_be_told(source, known.silence_told_at, now) {
            self.ledger
                .tell_silence(name, notice(name, silence), now)
                .await?;
        }
        Ok(true)
    }
}

/// A silence alone is told when it is longer than the habit, and each time that it is as long again: it may be
/// nothing but a quiet month.
fn is_to_be_told(source: &policy::Source, told: Option<Timestamp>, now: Timestamp) -> bool {
    told.is_none_or(|told| now.duration_since(told) >= source.habit())
}

fn notice(name: &SourceName, silence: Silence) -> Notice {
    let kind = if silence.is_refusal {
        NoticeKind::SourceHeld
    } else {
        NoticeKind::SourceSilent
    };
    let since = silence.since.strftime("%Y-%m-%d");
    Notice::new(kind, format!("{name}, {since}")).from_source(name)
}
