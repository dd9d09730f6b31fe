//! Whether each source is still heard: asked once a day, and told to the team where that matters.

use dunning::journal::{Notice, NoticeKind};
use dunning::limits::SOURCE_ASKED;
use dunning::policy;
use dunning::rules::{Silence, silence};
use dunning::value::SourceName;
use jiff::{SignedDuration, Timestamp};
use runtime::{Metric, count};

use crate::{Sweep, SweepError};

impl Sweep {
    pub(crate) async fn ask_about_sources(&self, now: Timestamp) -> Result<(), SweepError> {
        let known = self.ledger.receptions().await?;
        let mut silent = None;
        for (name, source) in &self.policy.sources {
            let known = known.get(name).cloned().unwrap_or_default();
            let is_asked = |asked: Timestamp| now.duration_since(asked) < SOURCE_ASKED;
            if known.asked_at.is_some_and(is_asked)
                || !self.ledger.is_to_be_asked(name, now).await?
            {
                continue;
            }
            let silent = silent.get_or_insert(0);
            let Some(silence) = silence(source, &known, now) else {
                continue;
            };
            // Nobody waits for what it might say of nothing.
            if !self.ledger.has_open_invoices(name).await? {
                continue;
            }
            *silent += 1;
            tracing::warn!(source = %name, since = %silence.since, refused = silence.is_refusal, "source is silent");
            if silence.is_refusal || is_to_be_told(source, known.silence_told_at, now) {
                self.ledger
                    .tell_silence(name, notice(name, silence), now)
                    .await?;
            }
        }
        if let Some(silent) = silent {
            count(Metric::SourcesSilent, silent, now);
        }
        Ok(())
    }
}

/// A silence alone is told when it is longer than the habit, and each time that it is as long again: it may be
/// nothing but a quiet month.
fn is_to_be_told(source: &policy::Source, told: Option<Timestamp>, now: Timestamp) -> bool {
    let habit = SignedDuration::from_hours(24 * i64::from(source.quiet_days.get()));
    told.is_none_or(|told| now.duration_since(told) >= habit)
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
