//! SES says what became of a mail: it goes into the debtor's file.
//!
//! An event settles the claim of its mail even if the sender died before it heard SES's answer. A
//! permanent bounce or a complaint holds the address.

mod event;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use dunning::ids::{ClaimId, DebtorKey};
use dunning::settle::settle;
use ledger::{Commit, Ledger, LedgerError, Race};
use runtime::{Clock, publish, sdk_config, setting};
use timetable::Door;

use crate::event::{News, read};

/// The function, with all that it needs.
#[derive(Debug)]
pub struct Track {
    /// The table.
    pub ledger: Ledger,
    /// The time.
    pub clock: Clock,
}

impl Track {
    /// Wires the function from Lambda's environment.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = sdk_config()?;
        let table: String = setting("TABLE_NAME")?;
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(&aws), table),
            clock: Clock::system(),
        })
    }

    /// Takes a batch of events in. Those that failed come again, and at last to the dead letters.
    pub async fn handle(&self, batch: SqsEvent) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for message in batch.records {
            if let Err(error) = self.take(&message).await {
                tracing::error!(%error, "event of SES not taken in");
                response.add_failure(message.message_id.unwrap_or_default());
            }
        }
        response
    }

    async fn take(&self, message: &SqsMessage) -> Result<(), LedgerError> {
        let news = match read(message.body.as_deref().unwrap_or_default()) {
            Ok(Some(news)) => news,
            Ok(None) => return Ok(()),
            Err(error) => {
                // It would be as unreadable the next time.
                tracing::error!(%error, "event of SES passed over");
                return Ok(());
            }
        };
        match &news.door {
            Door::Debtor(debtor) => self.settle(debtor, &news).await,
            Door::Team => self.settle_team(&news.claim).await,
        }
    }

    async fn settle(&self, debtor: &DebtorKey, news: &News) -> Result<(), LedgerError> {
        let mut race = Race::default();
        loop {
            let Some(stored) = self.ledger.file(debtor).await? else {
                return Ok(());
            };
            let change = settle(&stored.file, &news.claim, &news.fate, news.mailed_at);
            if change.is_empty() {
                return Ok(());
            }
            let now = self.clock.now();
            let commit = Commit::new(debtor, &stored.versions, &change, now);
            if self.ledger.commit(commit).await?.is_break() {
                publish(debtor, &change.journal, now);
                return Ok(());
            }
            race.run_again()?;
        }
    }

    async fn settle_team(&self, claim: &ClaimId) -> Result<(), LedgerError> {
        let Some(stored) = self.ledger.team().await? else {
            return Ok(());
        };
        let mut team = stored.value;
        match team.claim.take() {
            Some(open) if open.id == *claim => {
                self.ledger.put_team(Some(stored.version), &team).await
            }
            _ => Ok(()),
        }
    }
}
