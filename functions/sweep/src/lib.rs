//! Every hour: whatever should have happened and did not is knocked for now.
//!
//! It decides nothing about a file. It asks the index of next actions for what is late (a schedule that was
//! lost, a mail whose sender died) and for what nobody has looked at for a week, and knocks for those
//! files, and for the team's. Once a day it asks of each source whether it is still heard. And it protects the table,
//! once that holds something.

mod protection;
mod settings;
mod sources;

use std::collections::BTreeSet;
use std::sync::Arc;

use dunning::limits::{GOING_LIVE, SWEEP_KNOCKS, SWEEP_SPARE};
use dunning::policy::Policy;
use dunning::value::FileKey;
use jiff::Timestamp;
use ledger::{Ledger, Rehearsal};
use runtime::{Clock, Metric, RedirectAllTo, count, load_policy, sdk_config};
use serde_json::{Value, json};
use timetable::{Knock, KnockQueue, TimetableError};

pub use crate::settings::Settings;

/// The function, with all that it needs.
#[derive(Debug)]
pub struct Sweep {
    /// The table.
    pub ledger: Ledger,
    /// The user's policy.
    pub policy: Arc<Policy>,
    /// Where knocks go.
    pub knocks: KnockQueue,
    /// To whom mails go in place of those they are for.
    pub redirect_all_to: RedirectAllTo,
    /// Whether the table is to be protected.
    pub protects_table: bool,
    /// The time.
    pub clock: Clock,
}

/// Why a sweep was not finished; the next one will find the rest.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The table.
    #[error(transparent)]
    Ledger(#[from] ledger::LedgerError),
    /// The queue.
    #[error(transparent)]
    Timetable(#[from] TimetableError),
}

impl Sweep {
    /// Wires the function from Lambda's environment.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = sdk_config()?;
        let settings = Settings::from_env()?;
        let sqs = aws_sdk_sqs::Client::new(&aws);
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(&aws), settings.table_name),
            policy: Arc::new(load_policy(&settings.policy_dir)?),
            knocks: KnockQueue::new(sqs, settings.knock_queue_url),
            redirect_all_to: settings.redirect_all_to,
            protects_table: settings.protects_table,
            clock: Clock::system(),
        })
    }

    /// Connects.
    pub async fn prepare(&self) {
        tokio::join!(self.ledger.connect(), self.knocks.connect());
    }

    /// Knocks for the team, and for all that is late or to be looked at. What cannot be done before the deadline
    /// is left to the next sweep, which begins there.
    pub async fn handle(&self, deadline: Timestamp) -> Result<Value, SweepError> {
        let now = self.clock.now();
        let mut files = files(self.ledger.late(now).await?);
        let late = files.len();
        // Counted and told first: whatever comes after may take longer than there is time.
        count(Metric::KnocksLate, late as u64, now);
        self.knocks.send_all(&[knock(FileKey::Team)]).await?;
        if let Err(error) = self.ask_about_sources(now).await {
            tracing::error!(%error, "sources not asked about: the next sweep does");
        }
        // The team's has its knock.
        files.remove(&FileKey::Team);
        let looked_after = files.len();
        files.extend(self::files(self.ledger.to_look_at(now).await?));
        files.remove(&FileKey::Team);
        let looks = files.len() - looked_after;
        let rehearsal = self.ledger.rehearsal().await?;
        if rehearsal.is_some() && !self.redirect_all_to.is_rehearsal() {
            // Who was written to in the rehearsal alone may have been due for long.
            files.extend(self::files(self.ledger.all_open().await?));
        }
        self.protect_table(!files.is_empty()).await;
        let left = self.knock_for(files, deadline).await?;
        self.note_rehearsal(rehearsal, left, now).await?;
        tracing::info!(late, looks, left, "swept");
        Ok(json!({ "late": late, "looks": looks, "left": left }))
    }

    /// Notes that a rehearsal goes on, that it is over, or that everybody was knocked for since: by two sweeps at the
    /// least, as `remind` may not have had the news at the first; and for a day at the most, however many there are.
    async fn note_rehearsal(
        &self,
        known: Option<Rehearsal>,
        left: usize,
        now: Timestamp,
    ) -> Result<(), SweepError> {
        let goes_on = Rehearsal { over_at: None };
        let next = if self.redirect_all_to.is_rehearsal() {
            Some(goes_on)
        } else {
            known.and_then(|known| match known.over_at {
                None => Some(Rehearsal { over_at: Some(now) }),
                Some(over_at) => {
                    let is_new = now.duration_since(over_at) < GOING_LIVE;
                    (left > 0 && is_new).then_some(known)
                }
            })
        };
        if next != known {
            self.ledger.put_rehearsal(next, now).await?;
        }
        Ok(())
    }

    /// Knocks for as many as there is time for, from where the last sweep stopped. Gives how many are left.
    async fn knock_for(
        &self,
        files: BTreeSet<FileKey>,
        deadline: Timestamp,
    ) -> Result<usize, SweepError> {
        let place = self.ledger.place_of_sweep().await?;
        let files: Vec<FileKey> = from_place(files, place.as_deref());
        let mut done = 0;
        for some in files.chunks(SWEEP_KNOCKS) {
            if !self.clock.has_time(deadline, SWEEP_SPARE) {
                break;
            }
            let knocks: Vec<Knock> = some.iter().cloned().map(knock).collect();
            self.knocks.send_all(&knocks).await?;
            done += some.len();
        }
        let left = files.len() - done;
        let stopped_at = files.get(done.saturating_sub(1)).filter(|_| left > 0);
        let stopped_at = stopped_at.filter(|_| done > 0).map(ToString::to_string);
        if left > 0 {
            tracing::warn!(left, "no time for all: the next sweep goes on from here");
        }
        // Where nothing was done the old place holds.
        if stopped_at.is_some() || (left == 0 && place.is_some()) {
            let now = self.clock.now();
            self.ledger
                .put_place_of_sweep(stopped_at.as_deref(), now)
                .await?;
        }
        Ok(left)
    }
}

/// Those after the place first, then those up to it.
fn from_place(files: BTreeSet<FileKey>, place: Option<&str>) -> Vec<FileKey> {
    let mut files: Vec<(String, FileKey)> = files
        .into_iter()
        .map(|file| (file.to_string(), file))
        .collect();
    files.sort();
    let begin = place.map_or(0, |place| {
        files.partition_point(|(name, _)| name.as_str() <= place)
    });
    files.rotate_left(begin);
    files.into_iter().map(|(_, file)| file).collect()
}

fn knock(file: FileKey) -> Knock {
    Knock {
        file,
        invoice: None,
    }
}

fn files(partitions: BTreeSet<String>) -> BTreeSet<FileKey> {
    let files = partitions.into_iter();
    files.filter_map(|pk| FileKey::try_from(pk).ok()).collect()
}
