//! The table's stream, in the shape in which Lambda hands it to a function.

use jiff::Timestamp;
use serde_json::{Value, json};
use winterbaume_dynamodb::types::StreamChangeRecord;

use super::{Database, size, to_json};
use crate::stack;

/// One change of one item.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamRecord {
    /// Its place in the stream, from 1.
    pub sequence: u64,
    /// The record of a Lambda event: `eventName`, `dynamodb.Keys`, `dynamodb.NewImage` and so on.
    pub event: Value,
}

impl StreamRecord {
    /// The sort key of the item that changed.
    pub fn sort_key(&self) -> &str {
        self.event["dynamodb"]["Keys"][super::SORT]["S"]
            .as_str()
            .unwrap_or_default()
    }

    /// Its place as the event names it, for the failures of a batch.
    pub fn sequence_number(&self) -> &str {
        self.event["dynamodb"]["SequenceNumber"]
            .as_str()
            .unwrap_or_default()
    }
}

impl Database {
    /// The changes that came after `sequence`.
    pub(crate) fn stream_after(&self, sequence: u64) -> Vec<StreamRecord> {
        let start = self
            .stream
            .partition_point(|record| record.sequence <= sequence);
        self.stream[start..].to_vec()
    }

    /// Takes over what the last call changed. The emulator stamps wall time and random ids, and records writes that
    /// change nothing; AWS does not, and a seeded run must print the same twice.
    pub(super) fn record_changes(&mut self, now: Timestamp) {
        let table = self
            .state
            .tables
            .get_mut(stack::TABLE)
            .expect("the table is never deleted");
        for change in std::mem::take(&mut table.stream_records) {
            if change.old_image == change.new_image {
                continue;
            }
            let sequence = self.stream.len() as u64 + 1;
            self.stream.push(StreamRecord {
                sequence,
                event: event(&change, sequence, now),
            });
        }
    }
}

fn event(change: &StreamChangeRecord, sequence: u64, now: Timestamp) -> Value {
    let images = [
        Some(&change.keys),
        change.old_image.as_ref(),
        change.new_image.as_ref(),
    ];
    let mut dynamodb = json!({
        "ApproximateCreationDateTime": now.as_second(),
        "Keys": to_json(&change.keys),
        // AWS's numbers are text of this length; they must be compared as numbers, and here both orders agree.
        "SequenceNumber": format!("{sequence:021}"),
        "SizeBytes": images.into_iter().flatten().map(size::of_item).sum::<usize>(),
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    });
    if let Some(image) = &change.old_image {
        dynamodb["OldImage"] = to_json(image);
    }
    if let Some(image) = &change.new_image {
        dynamodb["NewImage"] = to_json(image);
    }
    json!({
        "eventID": format!("{sequence:032x}"),
        "eventName": change.event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": stack::REGION,
        "dynamodb": dynamodb,
        "eventSourceARN": stack::STREAM_ARN,
    })
}
