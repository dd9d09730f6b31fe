//! Knocks: messages that say whose file to look at, and nothing else.

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use dunning::limits::MESSAGE_DELAY;
use dunning::value::{FileKey, InvoiceId};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::error::TimetableError;

/// A knock at a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knock {
    /// Whose.
    #[serde(rename = "debtor")]
    pub file: FileKey,
    /// The invoice that made somebody knock; the whole file is looked at in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceId>,
}

impl Knock {
    /// As the message's body.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings alone always have a JSON form")
    }
}

/// The queue that knocks wait in.
#[derive(Debug, Clone)]
pub struct KnockQueue {
    sqs: aws_sdk_sqs::Client,
    url: String,
}

impl KnockQueue {
    /// By its URL.
    pub fn new(sqs: aws_sdk_sqs::Client, url: impl Into<String>) -> Self {
        Self {
            sqs,
            url: url.into(),
        }
    }

    /// Knocks after a delay: up to [`MESSAGE_DELAY`], in whole seconds rounded up, so that no
    /// knock comes early.
    pub async fn send(&self, knock: &Knock, delay: SignedDuration) -> Result<(), TimetableError> {
        let delay = delay.clamp(SignedDuration::ZERO, MESSAGE_DELAY);
        let seconds = delay.as_secs() + i64::from(delay.subsec_nanos() > 0);
        let request = self
            .sqs
            .send_message()
            .queue_url(&self.url)
            .message_body(knock.to_json())
            .delay_seconds(i32::try_from(seconds).unwrap_or(0));
        let answer = request.send().await;
        answer
            .map(|_| ())
            .map_err(|error| TimetableError::new("SQS", error.code()))
    }

    /// Opens the connection ahead, by a batch without a message: SQS refuses it.
    pub async fn connect(&self) {
        let nothing = self.sqs.send_message_batch().queue_url(&self.url);
        let _ = nothing.set_entries(Some(Vec::new())).send().await;
    }

    /// Knocks for many files, ten a request. The first failure ends it: what was not sent is late
    /// still, and found again.
    pub async fn send_all(&self, knocks: &[Knock]) -> Result<(), TimetableError> {
        for ten in knocks.chunks(10) {
            let entry = |(index, knock): (usize, &Knock)| {
                SendMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .message_body(knock.to_json())
                    .build()
                    .expect("id and body are set")
            };
            let entries = ten.iter().enumerate().map(entry).collect();
            let request = self.sqs.send_message_batch().queue_url(&self.url);
            let answer = request.set_entries(Some(entries)).send().await;
            let answer = answer.map_err(|error| TimetableError::new("SQS", error.code()))?;
            if let Some(failed) = answer.failed().first() {
                return Err(TimetableError::new("SQS", Some(failed.code())));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_knock_reads_back_what_it_writes() {
        for body in [
            r#"{"debtor":"stripe#default#live#cus_1","invoice":"in_1"}"#,
            r#"{"debtor":"TEAM"}"#,
        ] {
            let knock: Knock = serde_json::from_str(body).unwrap();
            assert_eq!(knock.to_json(), body);
        }
        assert!(serde_json::from_str::<Knock>(r#"{"debtor":"nobody"}"#).is_err());
    }
}
