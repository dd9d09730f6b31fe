//! A file changed: its reminder dates are mirrored in EventBridge Scheduler, and what the user's own automation is to
//! hear is put on its bus.
//!
//! The function follows the table's stream and turns the difference between the old and the new
//! image of an invoice into calls. It decides nothing but one thing: when the debtor itself changed (its
//! address, its country), its open invoices are planned anew.

mod mirror;
mod repair;
mod settings;
mod signals;

use std::sync::Arc;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use dunning::limits::RECORD_SPARE;
use dunning::policy::Policy;
use dunning::value::{BadId, DebtorKey, FileKey};
use jiff::{SignedDuration, Timestamp};
use ledger::{Ledger, LedgerError};
use runtime::{Clock, load_policy, sdk_config};
use serde::{Deserialize, Serialize};
use timetable::{KnockQueue, Timetable, TimetableError};

pub use crate::repair::RepairQueue;
pub use crate::settings::Settings;
pub use crate::signals::Bus;

/// A record that has kept the shard waiting for longer goes to repair: the others come first.
const LONGEST_STALL: SignedDuration = SignedDuration::from_mins(15);

/// The function, with all that it needs.
#[derive(Debug)]
pub struct Mirror {
    /// The table.
    pub ledger: Ledger,
    /// The user's policy.
    pub policy: Arc<Policy>,
    /// Where reminder dates are registered.
    pub timetable: Timetable,
    /// Where knocks go that are due within minutes.
    pub knocks: KnockQueue,
    /// Where the user's own automation hears.
    pub bus: Bus,
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
enum MirrorError {
    #[error("the record's key is not that of a file: {0}")]
    Key(#[from] BadId),
    #[error("not a record that was put aside: {0}")]
    NotARepair(#[from] serde_json::Error),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Timetable(#[from] TimetableError),
}

impl MirrorError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Key(_) | Self::NotARepair(_) => false,
            Self::Ledger(error) => error.is_transient(),
            Self::Timetable(error) => error.is_transient(),
        }
    }
}

impl Mirror {
    /// Wires the function from Lambda's environment.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = sdk_config()?;
        let settings = Settings::from_env()?;
        let sqs = aws_sdk_sqs::Client::new(&aws);
        let timetable = Timetable::new(
            aws_sdk_scheduler::Client::new(&aws),
            settings.schedule_group,
            settings.knock_queue_arn,
            settings.knock_dead_letter_arn,
            settings.scheduler_role_arn,
        );
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(&aws), settings.table_name)
                .keeping_history(settings.retention_days),
            policy: Arc::new(load_policy(&settings.policy_dir)?),
            timetable,
            knocks: KnockQueue::new(sqs.clone(), settings.knock_queue_url),
            bus: Bus::new(aws_sdk_eventbridge::Client::new(&aws), settings.signal_bus),
            repair: RepairQueue::new(sqs, settings.repair_queue_url),
            clock: Clock::system(),
        })
    }

    /// Connects.
    pub async fn prepare(&self) {
        tokio::join!(self.ledger.connect(), self.timetable.connect());
    }

    /// Does what the batch asks for, as far as there is time before the deadline. The rest comes again.
    pub async fn handle(&self, batch: Batch, deadline: Timestamp) -> Failures {
        match batch {
            Batch::Records(event) => Failures::Records(self.mirror_records(event, deadline).await),
            Batch::Repairs(event) => Failures::Repairs(self.repair_records(event, deadline).await),
        }
    }

    pub(crate) fn has_time(&self, deadline: Timestamp) -> bool {
        self.clock.has_time(deadline, RECORD_SPARE)
    }

    /// Mirrors a batch of records, in order. At the first that must be tried again it stops, and
    /// the stream brings it and all after it once more; so it does at the first for which there is no time. One that
    /// never will work is put aside.
    pub async fn mirror_records(&self, event: Event, deadline: Timestamp) -> DynamoDbEventResponse {
        let mut response = DynamoDbEventResponse::default();
        for record in &event.records {
            if !self.has_time(deadline) {
                tracing::warn!("no time for all records: the rest comes again");
                response.batch_item_failures.push(failure_of(record));
                break;
            }
            let Err(error) = self.take(record).await else {
                continue;
            };
            let waited = self.clock.now().duration_since(written_at(record));
            let (pk, sk) = (text(record, "PK"), text(record, "SK"));
            let put_aside = if error.is_transient() && waited < LONGEST_STALL {
                tracing::warn!(debtor = pk, item = sk, %error, "record to be mirrored again");
                false
            } else {
                tracing::error!(debtor = pk, item = sk, %error, "record put aside for repair");
                match self.repair.put(record, &error.to_string()).await {
                    Ok(()) => true,
                    Err(error) => {
                        tracing::error!(debtor = pk, item = sk, %error, "repair queue not reached");
                        false
                    }
                }
            };
            if !put_aside {
                response.batch_item_failures.push(failure_of(record));
                break;
            }
        }
        response
    }

    async fn take(&self, record: &EventRecord) -> Result<(), MirrorError> {
        let (pk, sk) = (text(record, "PK"), text(record, "SK"));
        let FileKey::Debtor(debtor) = FileKey::try_from(pk.to_owned())? else {
            return Ok(());
        };
        if ledger::keys::open_invoice(sk).is_some() {
            self.mirror(&debtor, record).await
        } else if sk == ledger::keys::FILE {
            self.replan_if_debtor_changed(&debtor, record).await
        } else if let Some(id) = ledger::keys::signal(sk) {
            self.tell(&debtor, id, record).await
        } else {
            Ok(())
        }
    }

    async fn replan_if_debtor_changed(
        &self,
        debtor: &DebtorKey,
        record: &EventRecord,
    ) -> Result<(), MirrorError> {
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
        match (old, new) {
            (Some(old), Some(new)) if !new.is_planned_like(&old) => self.replan(debtor).await,
            // A debtor that is new was planned for when it was written.
            _ => Ok(()),
        }
    }

    /// Plans each open invoice anew.
    async fn replan(&self, debtor: &DebtorKey) -> Result<(), MirrorError> {
        let Self {
            ledger,
            policy,
            clock,
            ..
        } = self;
        ledger.replan(debtor, None, policy, clock).await?;
        Ok(())
    }
}

/// It comes again, and all after it.
fn failure_of(record: &EventRecord) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure
        .item_identifier
        .clone_from(&record.change.sequence_number);
    failure
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
