//! SQS: takes messages as AWS would. They wait here until the world carries them, for delays run by its clock.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::call::{Answer, Call, Refusal};
use crate::stack::Queue;

const LONGEST_DELAY: u64 = 900;
const LARGEST_BODY: usize = 1024 * 1024;
const MOST_ENTRIES: usize = 10;

/// A message that SQS accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedMessage {
    /// SQS's name for it.
    pub message_id: String,
    /// The queue it lies in.
    pub queue: Queue,
    /// What it says.
    pub body: String,
    /// When it was accepted.
    pub at: Timestamp,
    /// How long it stays hidden from then on.
    pub delay: SignedDuration,
}

/// What was sent and not carried yet.
#[derive(Default)]
pub(super) struct Queues {
    count: u64,
    pub(super) waiting: Vec<QueuedMessage>,
}

impl Queues {
    pub(super) fn answer(&mut self, call: &Call, now: Timestamp) -> Answer {
        let input = &call.input;
        let url = input["QueueUrl"].as_str().unwrap_or_default();
        let queue = Queue::from_url(url).ok_or_else(|| {
            Refusal::new(
                400,
                "AWS.SimpleQueueService.NonExistentQueue",
                "The specified queue does not exist.",
            )
        })?;
        match call.operation.as_str() {
            "SendMessage" => {
                let id = self.accept(queue, input, now)?;
                Ok(json!({ "MessageId": id }))
            }
            "SendMessageBatch" => self.accept_batch(queue, input, now),
            other => {
                let message = format!(
                    "The embedded SQS does not offer {other}: the world carries the messages"
                );
                Err(Refusal::new(400, "InvalidAction", message))
            }
        }
    }

    fn accept_batch(&mut self, queue: Queue, input: &Value, now: Timestamp) -> Answer {
        let entries = input["Entries"].as_array().map_or(&[][..], Vec::as_slice);
        let ids: HashSet<&str> = entries
            .iter()
            .filter_map(|entry| entry["Id"].as_str())
            .collect();
        let whole: usize = entries
            .iter()
            .filter_map(|entry| entry["MessageBody"].as_str())
            .map(str::len)
            .sum();
        let refusal = |code, message| Err(Refusal::new(400, code, message));
        match entries.len() {
            0 => return refusal("AWS.SimpleQueueService.EmptyBatchRequest", "No entries"),
            count if count > MOST_ENTRIES => {
                return refusal(
                    "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
                    "At most 10 entries",
                );
            }
            count if ids.len() < count => {
                return refusal(
                    "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
                    "Two entries of one Id",
                );
            }
            _ if whole > LARGEST_BODY => {
                return refusal(
                    "AWS.SimpleQueueService.BatchRequestTooLong",
                    "More than 1 MiB in one batch",
                );
            }
            _ => {}
        }
        let (mut taken, mut failed) = (Vec::new(), Vec::new());
        for entry in entries {
            match self.accept(queue, entry, now) {
                Ok(id) => taken
                    .push(json!({ "Id": entry["Id"], "MessageId": id, "MD5OfMessageBody": "" })),
                Err(refusal) => failed.push(json!({
                    "Id": entry["Id"], "SenderFault": true, "Code": "InvalidParameterValue",
                    "Message": refusal.message(),
                })),
            }
        }
        Ok(json!({ "Successful": taken, "Failed": failed }))
    }

    fn accept(&mut self, queue: Queue, entry: &Value, now: Timestamp) -> Result<String, Refusal> {
        let invalid = |message| Err(Refusal::new(400, "InvalidParameterValue", message));
        let body = entry["MessageBody"].as_str().unwrap_or_default();
        if body.is_empty() || body.len() > LARGEST_BODY {
            return invalid("The message body must be 1 byte to 1 MiB long");
        }
        let delay = match entry["DelaySeconds"].as_i64().unwrap_or(0).try_into() {
            Ok(delay @ 0..=LONGEST_DELAY) => SignedDuration::from_secs(delay.cast_signed()),
            _ => return invalid("DelaySeconds must be between 0 and 900"),
        };
        self.count += 1;
        let message_id = format!("00000000-0000-4000-8000-{:012x}", self.count);
        let message = QueuedMessage {
            message_id: message_id.clone(),
            queue,
            body: body.to_owned(),
            at: now,
            delay,
        };
        self.waiting.push(message);
        Ok(message_id)
    }
}
