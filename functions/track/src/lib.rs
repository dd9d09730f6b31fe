//! SES says what became of a mail: it goes into the debtor's file.
//!
//! An event ends the claim of its mail even if the sender died before it heard SES's answer. A
//! permanent bounce or a complaint holds the address.

mod event;
mod settings;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dunning::file::File;
use dunning::rules::{Delivery, record_delivery};
use dunning::value::{DebtorKey, FileKey};
use ledger::{Ledger, LedgerError, Stored};
use runtime::{Clock, Metric, count, sdk_config};

use crate::event::{Heard, News, read};

pub use crate::settings::Settings;

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
        let settings = Settings::from_env()?;
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(&aws), settings.table_name)
                .keeping_history(settings.retention_days),
            clock: Clock::system(),
        })
    }

    /// Connects.
    pub async fn prepare(&self) {
        self.ledger.connect().await;
    }

    /// Takes a batch of events in. Those that failed come again, and at last to the dead letters.
    pub async fn handle(&self, batch: SqsEvent) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for message in batch.records {
            let id = message.message_id.unwrap_or_default();
            let news = match read(message.body.as_deref().unwrap_or_default()) {
                Ok(Some(Heard::Of(news))) => news,
                Ok(Some(Heard::Probe { id: probe, event })) => {
                    let now = self.clock.now();
                    if let Err(error) = self.ledger.note_probe(&probe, &event, now).await {
                        tracing::warn!(probe, event, %error, "event of a probe not noted");
                        response.add_failure(id);
                    }
                    continue;
                }
                Ok(None) => continue,
                Err(error) => {
                    // It would be as unreadable the next time.
                    tracing::error!(message_id = id, %error, "event of SES passed over");
                    continue;
                }
            };
            if let Err(error) = self.take(&news).await {
                let (file, claim) = (&news.file, news.claim.as_str());
                tracing::error!(debtor = %file, claim, %error, "event of SES not taken in");
                response.add_failure(id);
            }
        }
        response
    }

    async fn take(&self, news: &News) -> Result<(), LedgerError> {
        match &news.file {
            FileKey::Debtor(debtor) => self.record(debtor, news).await,
            FileKey::Team => self.record_for_team(news).await,
        }
    }

    async fn record(&self, debtor: &DebtorKey, news: &News) -> Result<(), LedgerError> {
        if news.claim.is_of_rehearsal() {
            self.note_trouble(news);
        }
        let record =
            |file: &File| record_delivery(file, &news.claim, &news.delivery, news.mailed_at);
        self.ledger
            .hear_of_mail(debtor, None, &self.clock, &news.claim, record)
            .await
    }

    /// Counts a mail that was to reach the team, and reached nobody.
    fn note_trouble(&self, news: &News) {
        let claim = news.claim.as_str();
        match news.delivery {
            Delivery::Bounced { .. } | Delivery::Complained { .. } | Delivery::Rejected => {
                tracing::error!(claim, "team's mail reached nobody");
                count(Metric::TeamMailsFailed, 1, self.clock.now());
            }
            Delivery::Sent { .. } | Delivery::Delivered | Delivery::CopyFailed { .. } => {}
        }
    }

    async fn record_for_team(&self, news: &News) -> Result<(), LedgerError> {
        self.note_trouble(news);
        let Some(Stored { value: team, read }) = self.ledger.team().await? else {
            return Ok(());
        };
        match team.heard_of(&news.claim) {
            Some(team) => self.ledger.put_team(Some(&read), &team).await.map(|_| ()),
            None => Ok(()),
        }
    }
}
