//! Records that cannot be mirrored are put aside, by their keys only, under an alarm.

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use serde_json::json;

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
