//! Errands: messages that say what to ask a tool for.

use aws_sdk_sqs::error::ProvideErrorMetadata;
use dunning::limits::MESSAGE_DELAY;
use dunning::value::SourceName;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// What is to be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
pub enum Errand {
    /// All tools that can be asked are compared with the files: once a night.
    CompareAll,
    /// One of them is, or goes on where it stopped.
    Compare {
        /// Which source's.
        source: SourceName,
        /// Which comparison goes on; none begins one, or takes over from who began it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<u64>,
    },
}

/// The queue that errands wait in.
#[derive(Debug, Clone)]
pub struct ErrandQueue {
    sqs: aws_sdk_sqs::Client,
    url: String,
}

/// SQS did not take an errand.
#[derive(Debug, thiserror::Error)]
#[error("SQS did not take an errand ({0})")]
pub struct NotQueued(String);

impl ErrandQueue {
    /// By its URL.
    pub fn new(sqs: aws_sdk_sqs::Client, url: impl Into<String>) -> Self {
        Self {
            sqs,
            url: url.into(),
        }
    }

    /// Puts an errand there, to be done after a while: a quarter of an hour at the most.
    pub async fn send(&self, errand: &Errand, delay: SignedDuration) -> Result<(), NotQueued> {
        let delay = delay.clamp(SignedDuration::ZERO, MESSAGE_DELAY).as_secs();
        let body = serde_json::to_string(errand).expect("names alone always have a JSON form");
        let request = self.sqs.send_message().queue_url(&self.url);
        let request = request
            .message_body(body)
            .delay_seconds(i32::try_from(delay).unwrap_or(0));
        let answer = request.send().await;
        answer.map(|_| ()).map_err(|error| {
            let code = error.code().unwrap_or("no answer");
            NotQueued(code.to_owned())
        })
    }
}
