//! Records that cannot be mirrored are put aside, by their keys only, under an alarm; and repaired
//! from the file as it is by then.

use std::collections::BTreeSet;

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use dunning::ids::{DebtorKey, InvoiceId, StepId};
use serde_json::json;

use crate::mirror::schedules;
use crate::{Plan, PlanError};

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
    pub(crate) async fn put(&self, record: &EventRecord, why: &str) -> Result<(), ()> {
        let body = json!({
            "pk": crate::text(record, "PK"),
            "sk": crate::text(record, "SK"),
            "sequence_number": record.change.sequence_number,
            "why": why,
        });
        let request = self
            .sqs
            .send_message()
            .queue_url(&self.url)
            .message_body(body.to_string());
        request.send().await.map(|_| ()).map_err(|error| {
            let code = error.code().unwrap_or("no answer");
            tracing::error!(code, "repair queue not reached");
        })
    }
}

impl Plan {
    /// Does what the record of an item that was put aside would have done. Knows no old image, so it
    /// registers or deletes a schedule for every step that the policy or the invoice names.
    pub async fn repair(&self, pk: &str, sk: &str) -> Result<(), PlanError> {
        let debtor = DebtorKey::parse(pk)?;
        match ledger::keys::open_invoice(sk) {
            Some(invoice) => {
                self.repair_invoice(&debtor, &InvoiceId::parse(invoice)?)
                    .await
            }
            None => self.replan(&debtor).await,
        }
    }

    async fn repair_invoice(&self, debtor: &DebtorKey, id: &InvoiceId) -> Result<(), PlanError> {
        let stored = self.ledger.file(debtor).await?;
        let invoice = stored.as_ref().and_then(|stored| stored.file.open.get(id));
        let wanted = schedules(invoice);
        let in_policy = self.policy.steps.iter().map(|step| &step.id);
        let in_file = invoice.into_iter().flat_map(|invoice| &invoice.steps);
        let steps: BTreeSet<&StepId> = in_policy.chain(in_file.map(|step| &step.id)).collect();
        for step in steps {
            match wanted.get(step) {
                Some(at) => self.register(debtor, id, step, *at, true).await?,
                None => self.timetable.delete(debtor, id, step).await?,
            }
        }
        Ok(())
    }
}
