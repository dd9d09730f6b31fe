//! Asks the billing tools: once a night, whether what the files call open is what the tools call open.
//!
//! What a webhook lost is mended by it, at both ends: what the tool has and the file has not, and what the file has
//! and the tool has not any more. It stops before its time is over, and goes on where it stopped.

mod accounts;
mod by_hand;
mod compare;
mod errand;
mod import;
mod settings;

use std::sync::Arc;

use asking::{Asker, Http, Unasked};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dunning::policy::Policy;
use intake::Intake;
use jiff::{SignedDuration, Timestamp};
use ledger::{Ledger, LedgerError};
use runtime::{Clock, SecretStore, load_policy, sdk_config};
use serde_json::Value;

pub use crate::by_hand::{ByHand, Row};
pub use crate::errand::{Errand, ErrandQueue, NotQueued};
pub use crate::import::{Import, NotImported, OnHold};
pub use crate::settings::Settings;

/// The function, with all that it needs.
#[derive(Debug)]
pub struct Ask {
    /// The table.
    pub ledger: Ledger,
    /// The user's policy.
    pub policy: Arc<Policy>,
    /// Whoever asks the billing tools.
    pub asker: Asker,
    /// Where errands wait.
    pub errands: ErrandQueue,
    /// The time.
    pub clock: Clock,
}

/// Why an errand was not done; it comes again, and at last to the dead letters.
#[derive(Debug, thiserror::Error)]
enum NotDone {
    #[error("not an errand: {0}")]
    NotAnErrand(#[from] serde_json::Error),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("another one compares")]
    TakenOver,
    #[error(transparent)]
    NotQueued(#[from] NotQueued),
}

/// What became of an errand.
enum Done {
    /// It is done.
    Wholly,
    /// It goes on after a while, as this one.
    InPart(u64, SignedDuration),
}

impl Ask {
    /// Wires the function from Lambda's environment.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = sdk_config()?;
        let settings = Settings::from_env()?;
        let policy = Arc::new(load_policy(&settings.policy_dir)?);
        let ledger = Ledger::new(aws_sdk_dynamodb::Client::new(&aws), settings.table_name)
            .keeping_history(settings.retention_days);
        let ssm = aws_sdk_ssm::Client::new(&aws);
        let sqs = aws_sdk_sqs::Client::new(&aws);
        Ok(Self {
            asker: Asker::new(
                Arc::clone(&policy),
                &settings.policy_dir,
                SecretStore::new(ssm, settings.key_prefix, Clock::system()),
                Http::system(),
                ledger.clone(),
            ),
            ledger,
            policy,
            errands: ErrandQueue::new(sqs, settings.errand_queue_url),
            clock: Clock::system(),
        })
    }

    /// Connects, and reads the keys of the sources that have one.
    pub async fn prepare(&self) {
        tokio::join!(self.ledger.connect(), self.asker.prepare());
    }

    /// Answers what Lambda brings: a batch of errands from the queue, or the one that the night brings itself.
    pub async fn answer(
        &self,
        event: Value,
        deadline: Timestamp,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        if event.get("Records").is_some() {
            let response = self.handle(serde_json::from_value(event)?, deadline).await;
            return Ok(serde_json::to_value(response)?);
        }
        let errand: Errand = serde_json::from_value(event)?;
        self.run(&errand, deadline).await?;
        Ok(Value::Null)
    }

    /// Runs a batch of errands. One that fails comes again and stops none of the others.
    pub async fn handle(&self, batch: SqsEvent, deadline: Timestamp) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for message in batch.records {
            let body = message.body.as_deref().unwrap_or_default();
            let done = match serde_json::from_str::<Errand>(body) {
                Ok(errand) => self.run(&errand, deadline).await,
                Err(error) => Err(error.into()),
            };
            if let Err(error) = done {
                tracing::error!(errand = body, %error, "errand not done");
                response.add_failure(message.message_id.unwrap_or_default());
            }
        }
        response
    }

    async fn run(&self, errand: &Errand, deadline: Timestamp) -> Result<(), NotDone> {
        match errand {
            Errand::CompareAll => {
                for source in self.policy.sources.keys() {
                    let compare = Errand::Compare {
                        source: source.clone(),
                        run: None,
                    };
                    // A source without a key is passed over there.
                    self.errands.send(&compare, SignedDuration::ZERO).await?;
                }
                Ok(())
            }
            Errand::Compare { source, run } => {
                match Box::pin(self.compare(source, *run, deadline)).await? {
                    Done::Wholly => Ok(()),
                    Done::InPart(run, delay) => {
                        let goes_on = Errand::Compare {
                            source: source.clone(),
                            run: Some(run),
                        };
                        Ok(self.errands.send(&goes_on, delay).await?)
                    }
                }
            }
        }
    }

    fn intake(&self) -> Intake<'_> {
        Intake {
            ledger: &self.ledger,
            policy: &self.policy,
            clock: &self.clock,
            retells: false,
        }
    }
}

/// How long it is waited before a tool is asked again that said nothing.
fn patience(why: &Unasked, now: Timestamp) -> SignedDuration {
    match why {
        Unasked::NoPlace { until } => until.duration_since(now),
        _ => SignedDuration::from_mins(15),
    }
}
