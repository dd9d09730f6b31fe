//! The table's items: their keys, and how they are printed.

use serde_json::Value;
use winterbaume_dynamodb::types::{AttributeValue, Item};

pub(super) const PARTITION: &str = "PK";
pub(super) const SORT: &str = "SK";
pub(super) const LATE_PARTITION: &str = "late_shard";
pub(super) const LATE_SORT: &str = "next_action_at";

pub(super) fn key_of(item: &Item) -> Item {
    [PARTITION, SORT]
        .iter()
        .filter_map(|name| item.get_key_value(*name))
        .map(owned)
        .collect()
}

pub(super) fn owned((name, value): (&String, &AttributeValue)) -> (String, AttributeValue) {
    (name.clone(), value.clone())
}

/// The text of a key attribute; nothing for what is not text.
pub(super) fn key_text<'a>(item: &'a Item, name: &str) -> &'a str {
    match item.get(name) {
        Some(AttributeValue::S(text)) => text,
        _ => "",
    }
}

/// DynamoDB JSON, its members in order whatever the hash map's, so that equal histories print equally.
pub(super) fn to_json(item: &Item) -> Value {
    let mut members: Vec<(&String, &AttributeValue)> = item.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    Value::Object(
        members
            .into_iter()
            .map(|(name, value)| (name.clone(), value_to_json(value)))
            .collect(),
    )
}

fn value_to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::M(map) => serde_json::json!({ "M": to_json(map) }),
        AttributeValue::L(list) => {
            serde_json::json!({ "L": list.iter().map(value_to_json).collect::<Vec<_>>() })
        }
        other => serde_json::to_value(other).expect("attribute values have text keys only"),
    }
}
