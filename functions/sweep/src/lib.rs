//! Every hour: whatever should have happened and did not is knocked for now.
//!
//! It decides nothing. It asks the index of next actions for what is late (a schedule that was
//! lost, a mail whose sender died) and for what nobody has looked at for a week, and knocks for those
//! files, and for the team's.

mod settings;

use std::collections::BTreeSet;

use dunning::value::FileKey;
use ledger::Ledger;
use runtime::{Clock, Metric, count, sdk_config};
use serde_json::{Value, json};
use timetable::{Knock, KnockQueue, TimetableError};

pub use crate::settings::Settings;

/// The function, with all that it needs.
#[derive(Debug)]
pub struct Sweep {
    /// The table.
    pub ledger: Ledger,
    /// Where knocks go.
    pub knocks: KnockQueue,
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
            knocks: KnockQueue::new(sqs, settings.knock_queue_url),
            clock: Clock::system(),
        })
    }

    /// Knocks for all that is late or to be looked at, and once for the team.
    pub async fn handle(&self) -> Result<Value, SweepError> {
        let now = self.clock.now();
        let mut files = files(self.ledger.late(now).await?);
        let late = files.len();
        files.extend(self::files(self.ledger.to_look_at(now).await?));
        let looks = files.len() - late;
        files.insert(FileKey::Team);
        let knocks: Vec<Knock> = files
            .into_iter()
            .map(|file| Knock {
                file,
                invoice: None,
            })
            .collect();
        self.knocks.send_all(&knocks).await?;
        tracing::info!(late, looks, "swept");
        count(Metric::KnocksLate, late as u64, now);
        Ok(json!({ "late": late, "looks": looks }))
    }
}

fn files(partitions: BTreeSet<String>) -> BTreeSet<FileKey> {
    let files = partitions.into_iter();
    files.filter_map(|pk| FileKey::try_from(pk).ok()).collect()
}
