//! Every hour: whatever should have happened and did not is knocked for now.
//!
//! It decides nothing. It asks the index of next actions for what is late (a schedule that was
//! lost, a mail whose sender died) and knocks at those doors, and at the team's.

use std::collections::BTreeSet;

use ledger::Ledger;
use runtime::{Clock, Metric, count, sdk_config, setting};
use serde_json::{Value, json};
use timetable::{Door, Knock, KnockQueue, TimetableError};

/// The function, with all that it needs.
#[derive(Debug)]
pub struct Audit {
    /// The table.
    pub ledger: Ledger,
    /// Where knocks go.
    pub knocks: KnockQueue,
    /// The time.
    pub clock: Clock,
}

/// Why an audit was not finished; the next one will find the rest.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The table.
    #[error(transparent)]
    Ledger(#[from] ledger::LedgerError),
    /// The queue.
    #[error(transparent)]
    Timetable(#[from] TimetableError),
}

impl Audit {
    /// Wires the function from Lambda's environment.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = sdk_config()?;
        let table: String = setting("TABLE_NAME")?;
        let queue: String = setting("KNOCK_QUEUE_URL")?;
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(&aws), table),
            knocks: KnockQueue::new(aws_sdk_sqs::Client::new(&aws), queue),
            clock: Clock::system(),
        })
    }

    /// Knocks for all that is late, and once for the team.
    pub async fn handle(&self) -> Result<Value, AuditError> {
        let late = self.ledger.late(self.clock.now()).await?;
        let mut doors: BTreeSet<Door> = late
            .into_iter()
            .filter_map(|pk| Door::try_from(pk).ok())
            .collect();
        let late = doors.len();
        doors.insert(Door::Team);
        let knocks: Vec<Knock> = doors
            .into_iter()
            .map(|door| Knock {
                door,
                invoice: None,
            })
            .collect();
        self.knocks.send_all(&knocks).await?;
        tracing::info!(late, "audit");
        count(Metric::KnocksLate, late as u64, self.clock.now());
        Ok(json!({ "late": late }))
    }
}
