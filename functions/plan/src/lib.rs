//! A file changed: its reminder dates are mirrored in EventBridge Scheduler.
//!
//! The function follows the table's stream and turns the difference between the old and the new
//! image of an invoice into calls. It decides nothing but one thing: when the debtor himself
//! changed (his address, his country), his open invoices are planned anew.

mod mirror;
mod repair;

use std::path::PathBuf;
use std::sync::Arc;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use dunning::change::replan;
use dunning::file::Debtor;
use dunning::ids::DebtorKey;
use dunning::policy::Policy;
use jiff::{SignedDuration, Timestamp};
use ledger::{Commit, Ledger, LedgerError, Race};
use runtime::{Clock, load_policy, publish, sdk_config, setting};
use serde::{Deserialize, Serialize};
use timetable::{KnockQueue, Timetable, TimetableError};

pub use crate::repair::RepairQueue;

/// A record that has kept the shard waiting for longer goes to repair: the others come first.
const LONGEST_STALL: SignedDuration = SignedDuration::from_mins(15);

/// The function, with all that it needs.
#[derive(Debug)]
pub struct Plan {
    /// The table.
    pub ledger: Ledger,
    /// The user's policy.
    pub policy: Arc<Policy>,
    /// Where reminder dates are registered.
    pub timetable: Timetable,
    /// Where knocks go that are due within minutes.
    pub knocks: KnockQueue,
    /// Where records go that cannot be mirrored.
    pub repair: RepairQueue,
    /// The time.
    pub clock: Clock,
}

/// What starts the function.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Batch {
    /// The table's stream.
    Records(Event),
    /// Records that were put aside.
    Repairs(SqsEvent),
}

/// Which of a batch are to come again.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Failures {
    /// Of the stream: the first of them, and all after it.
    Records(DynamoDbEventResponse),
    /// Of those put aside.
    Repairs(SqsBatchResponse),
}

/// Why a record is not mirrored.
#[derive(Debug, thiserror::Error)]
enum PlanError {
    #[error("the record's key is not that of a file: {0}")]
    Key(#[from] dunning::ids::BadId),
    #[error("not a record that was put aside: {0}")]
    NotARepair(#[from] serde_json::Error),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Timetable(#[from] TimetableError),
}

impl PlanError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Key(_) | Self::NotARepair(_) => false,
            Self::Ledger(error) => error.is_transient(),
            Self::Timetable(error) => error.is_transient(),
        }
    }
}

impl Plan {
    /// Wires the function from Lambda's environment.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = sdk_config()?;
        let table: String = setting("TABLE_NAME")?;
        let folder: PathBuf = setting("POLICY_DIR")?;
        let sqs = aws_sdk_sqs::Client::new(&aws);
        let timetable = Timetable::new(
            aws_sdk_scheduler::Client::new(&aws),
            setting("SCHEDULE_GROUP")?,
            setting("KNOCK_QUEUE_ARN")?,
            setting("KNOCK_DEAD_LETTER_ARN")?,
            setting("SCHEDULER_ROLE_ARN")?,
        );
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(&aws), table),
            policy: Arc::new(load_policy(&folder)?),
            timetable,
            knocks: KnockQueue::new(sqs.clone(), setting::<String>("KNOCK_QUEUE_URL")?),
            repair: RepairQueue::new(sqs, setting("REPAIR_QUEUE_URL")?),
            clock: Clock::system(),
        })
    }

    /// Does what the batch asks for.
    pub async fn handle(&self, batch: Batch) -> Failures {
        match batch {
            Batch::Records(event) => Failures::Records(self.mirror_records(event).await),
            Batch::Repairs(event) => Failures::Repairs(self.repair_records(event).await),
        }
    }

    /// Mirrors a batch of records, in order. At the first that must be tried again it stops, and
    /// the stream brings it and all after it once more; one that never will work is put aside.
    pub async fn mirror_records(&self, event: Event) -> DynamoDbEventResponse {
        let mut response = DynamoDbEventResponse::default();
        for record in &event.records {
            let Err(error) = self.take(record).await else {
                continue;
            };
            let waited = self.clock.now().duration_since(written_at(record));
            let put_aside = if error.is_transient() && waited < LONGEST_STALL {
                tracing::warn!(%error, "record to be mirrored again");
                false
            } else {
                tracing::error!(%error, "record put aside for repair");
                self.repair.put(record, &error.to_string()).await.is_ok()
            };
            if !put_aside {
                let mut failure = DynamoDbBatchItemFailure::default();
                failure
                    .item_identifier
                    .clone_from(&record.change.sequence_number);
                response.batch_item_failures.push(failure);
                break;
            }
        }
        response
    }

    async fn take(&self, record: &EventRecord) -> Result<(), PlanError> {
        let (pk, sk) = (text(record, "PK"), text(record, "SK"));
        if pk == ledger::keys::TEAM {
            return Ok(());
        }
        let debtor = DebtorKey::parse(pk)?;
        if ledger::keys::open_invoice(sk).is_some() {
            self.mirror(&debtor, record).await
        } else if sk == ledger::keys::FILE {
            self.replan_if_he_changed(&debtor, record).await
        } else {
            Ok(())
        }
    }

    async fn replan_if_he_changed(
        &self,
        debtor: &DebtorKey,
        record: &EventRecord,
    ) -> Result<(), PlanError> {
        let read = |image: &serde_dynamo::Item| {
            if image.is_empty() {
                Ok(None)
            } else {
                ledger::debtor_image(image.clone()).map(Some)
            }
        };
        let (old, new) = (
            read(&record.change.old_image)?,
            read(&record.change.new_image)?,
        );
        // A debtor who is new was planned for when he was written.
        let planned_by = |debtor: &Debtor| {
            let Debtor {
                told,
                held_addresses,
                paused,
                ..
            } = debtor;
            (told.facts.clone(), held_addresses.clone(), *paused)
        };
        match (old, new) {
            (Some(old), Some(new)) if planned_by(&old) != planned_by(&new) => {
                self.replan(debtor).await
            }
            _ => Ok(()),
        }
    }

    /// Plans each open invoice anew, one transaction each: a failure in the middle leaves the rest
    /// to the next try.
    async fn replan(&self, debtor: &DebtorKey) -> Result<(), PlanError> {
        let mut race = Race::default();
        loop {
            let Some(stored) = self.ledger.file(debtor).await? else {
                return Ok(());
            };
            let mut overtaken = false;
            for invoice in stored.file.open.values() {
                let now = self.clock.now();
                let change = replan(&stored.file.debtor, invoice, &self.policy, now);
                if change.is_empty() {
                    continue;
                }
                let commit = Commit::new(debtor, &stored.versions, &change, now);
                if self.ledger.commit(commit).await?.is_break() {
                    publish(debtor, &change.journal, now);
                } else {
                    overtaken = true;
                }
            }
            // Whoever was quicker may have changed the same invoice: look at all of them again.
            if !overtaken {
                return Ok(());
            }
            race.run_again()?;
        }
    }
}

fn text<'a>(record: &'a EventRecord, name: &str) -> &'a str {
    match record.change.keys.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => text,
        _ => "",
    }
}

fn written_at(record: &EventRecord) -> Timestamp {
    let seconds = record.change.approximate_creation_date_time.timestamp();
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
