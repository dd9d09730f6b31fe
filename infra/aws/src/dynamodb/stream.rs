//! The table's stream, in the shape in which Lambda hands it to a function.

use jiff::Timestamp;
use serde_json::{Value, json};
use winterbaume_dynamodb::types::StreamChangeRecord;

use super::item::{SORT, to_json};
use super::size;
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
        self.event["dynamodb"]["Keys"][SORT]["S"]
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

/// The record of a change.
pub(super) fn event(change: &StreamChangeRecord, sequence: u64, now: Timestamp) -> Value {
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
