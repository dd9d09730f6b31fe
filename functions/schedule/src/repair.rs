//! Records that cannot be mirrored are put aside, by their keys only, into a queue that brings them
//! back after a while; then they are repaired from the file as it is by then.

use std::collections::BTreeSet;

use aws_lambda_events::dynamodb::EventRecord;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use dunning::value::{DebtorKey, InvoiceId, StepId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use timetable::TimetableError;

use crate::mirror::{Schedule, schedules};
use crate::{Mirror, MirrorError};

/// The queue of records to be repaired.
#[derive(Debug, Clone)]
pub struct RepairQueue {
    sqs: aws_sdk_sqs::Client,
    url: String,
}

impl RepairQueue {
    /// By its URL.
    pub fn new(sqs: aws_sdk_sqs::Client, url: String) -> Self {
        Self { sqs, url }
    }

    /// Puts the record's keys there, with what was wrong.
    pub(crate) async fn put(&self, record: &EventRecord, why: &str) -> Result<(), TimetableError> {
        let aside = Aside {
            pk: crate::text(record, "PK").to_owned(),
            sk: crate::text(record, "SK").to_owned(),
            sequence_number: record.change.sequence_number.clone(),
            why: why.to_owned(),
        };
        let body = serde_json::to_string(&aside).expect("strings alone always have a JSON form");
        let request = self
            .sqs
            .send_message()
            .queue_url(&self.url)
            .message_body(body);
        let answer = request.send().await;
        answer
            .map(|_| ())
            .map_err(|error| TimetableError::new("SQS", error.code()))
    }
}

/// A record that was put aside.
#[derive(Serialize, Deserialize)]
struct Aside {
    pk: String,
    sk: String,
    sequence_number: Option<String>,
    why: String,
}

impl Mirror {
    /// Repairs what was put aside. What fails, or finds no time before the deadline, comes again, and at last to the
    /// dead letters.
    pub async fn repair_records(&self, event: SqsEvent, deadline: Timestamp) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for message in event.records {
            if !self.has_time(deadline) {
                response.add_failure(message.message_id.unwrap_or_default());
            } else if let Err(error) = self
                .repair(message.body.as_deref().unwrap_or_default())
                .await
            {
                let record = message.body.as_deref();
                tracing::error!(record, %error, "record not repaired");
                response.add_failure(message.message_id.unwrap_or_default());
            }
        }
        response
    }

    /// Does what the record would have done.
    async fn repair(&self, message: &str) -> Result<(), MirrorError> {
        let Aside { pk, sk, .. } = serde_json::from_str(message)?;
        let debtor = DebtorKey::parse(&pk)?;
        if let Some(id) = ledger::keys::signal(&sk) {
            return match self.ledger.signal(&debtor, &sk).await? {
                Some(signal) => self.publish(&debtor, id, &signal).await,
                None => Ok(()),
            };
        }
        if let Some(invoice) = ledger::keys::open_invoice(&sk) {
            let invoice = InvoiceId::parse(invoice)?;
            self.repair_invoice(&debtor, &invoice).await?;
        }
        // The debtor may have changed, or a person's instruction for the invoice.
        self.replan(&debtor).await?;
        tracing::info!(%debtor, item = sk, "record repaired");
        Ok(())
    }

    /// Knows no old image, so it registers or deletes a schedule for every step that the policy or
    /// the invoice names.
    async fn repair_invoice(&self, debtor: &DebtorKey, id: &InvoiceId) -> Result<(), MirrorError> {
        let invoice = self.ledger.open_invoice(debtor, id).await?;
        let invoice = invoice.as_ref();
        let wanted = schedules(invoice);
        let in_policy = self.policy.steps().map(|step| &step.id);
        let in_file = invoice.into_iter().flat_map(|invoice| &invoice.steps);
        let steps: BTreeSet<&StepId> = in_policy.chain(in_file.map(|step| &step.id)).collect();
        for step in steps {
            match wanted.get(step) {
                Some(at) => {
                    self.register(debtor, id, step, *at, Schedule::MayExist)
                        .await?;
                }
                None => self.timetable.delete(debtor, id, step).await?,
            }
        }
        Ok(())
    }
}
