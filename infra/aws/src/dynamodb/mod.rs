//! DynamoDB, as strict as AWS's own.
//!
//! The items lie in winterbaume's store and its engine reads the expressions. Requests do not go through its HTTP
//! service: that copies the whole database after each call, judges a transaction's conditions outside the lock it
//! writes under, and knows few of the limits.

mod action;
mod expressions;
mod query;
mod read;
mod size;
mod stream;
mod write;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use winterbaume_dynamodb::DynamoDbState;
use winterbaume_dynamodb::types::{
    AttributeDefinition, AttributeValue, GlobalSecondaryIndexDef, Item, KeySchemaElement,
};

use super::call::{Answer, Call, Refusal, text};
use super::stack;
use action::Kind;
pub use stream::StreamRecord;

const PARTITION: &str = "PK";
const SORT: &str = "SK";
const LATE_PARTITION: &str = "late_shard";
const LATE_SORT: &str = "next_action_at";

/// The table and its stream.
pub(super) struct Database {
    state: DynamoDbState,
    stream: Vec<StreamRecord>,
    transactions: write::Transactions,
}

impl Database {
    pub(super) fn new() -> Self {
        let key = |name: &str, kind: &str| KeySchemaElement {
            attribute_name: name.to_owned(),
            key_type: kind.to_owned(),
        };
        let attributes =
            [PARTITION, SORT, LATE_PARTITION, LATE_SORT].map(|name| AttributeDefinition {
                attribute_name: name.to_owned(),
                attribute_type: "S".to_owned(),
            });
        let late = GlobalSecondaryIndexDef {
            index_name: stack::LATE_INDEX.to_owned(),
            key_schema: vec![key(LATE_PARTITION, "HASH"), key(LATE_SORT, "RANGE")],
            projection_type: "KEYS_ONLY".to_owned(),
            non_key_attributes: Vec::new(),
        };
        let mut state = DynamoDbState::default();
        state
            .create_table(
                stack::TABLE,
                stack::ACCOUNT,
                stack::REGION,
                vec![key(PARTITION, "HASH"), key(SORT, "RANGE")],
                attributes.into(),
                Some("PAY_PER_REQUEST"),
                None,
                true,
                Some("NEW_AND_OLD_IMAGES".to_owned()),
                vec![late],
                Vec::new(),
            )
            .expect("a fresh store has no table of this name");
        Self {
            state,
            stream: Vec::new(),
            transactions: write::Transactions::default(),
        }
    }

    /// Answers one call, whole.
    pub(super) fn answer(&mut self, call: &Call, now: Timestamp) -> Answer {
        let input = &call.input;
        let answer = match call.operation.as_str() {
            "GetItem" => self.get_item(input),
            "BatchGetItem" => self.batch_get_item(input),
            "Query" => self.query(input),
            "Scan" => self.scan(input),
            "PutItem" => self.write_one(Kind::Put, input),
            "UpdateItem" => self.write_one(Kind::Update, input),
            "DeleteItem" => self.write_one(Kind::Delete, input),
            "TransactWriteItems" => self.transact(input, now),
            other => Err(Refusal::new(
                400,
                "UnknownOperationException",
                format!("The embedded DynamoDB does not offer {other}"),
            )),
        };
        self.record_changes(now);
        answer
    }

    fn item(&self, key: &Item) -> Option<&Item> {
        self.state
            .get_item(stack::TABLE, key)
            .expect("the table is never deleted")
    }

    /// Puts items into the table, as they are.
    pub(super) fn load(&mut self, items: &[Value]) {
        for item in items {
            let item: Item = serde_json::from_value(item.clone()).expect("an item of a table");
            self.state
                .put_item(stack::TABLE, item)
                .expect("the table is never deleted");
        }
    }

    /// Every item, by partition and sort key.
    pub(super) fn items(&self) -> Vec<Value> {
        let mut items: Vec<&Item> = self
            .table()
            .items
            .values()
            .flat_map(|partition| partition.values())
            .collect();
        items.sort_by_key(|item| (key_text(item, PARTITION), key_text(item, SORT)));
        items.into_iter().map(to_json).collect()
    }

    /// Whether there is an item of which a partition key, a sort key and, maybe, an instant of its
    /// next action say so.
    pub(super) fn any_key(&self, says_so: impl Fn(&str, &str, Option<&str>) -> bool) -> bool {
        let mut items = self
            .table()
            .items
            .values()
            .flat_map(|partition| partition.values());
        items.any(|item| {
            let next_action_at = item
                .contains_key(LATE_SORT)
                .then(|| key_text(item, LATE_SORT));
            says_so(
                key_text(item, PARTITION),
                key_text(item, SORT),
                next_action_at,
            )
        })
    }

    fn table(&self) -> &winterbaume_dynamodb::state::TableState {
        self.state
            .tables
            .get(stack::TABLE)
            .expect("the table is never deleted")
    }
}

/// A member of a request in its own type.
fn member<T: DeserializeOwned>(request: &Value, name: &str) -> Result<Option<T>, Refusal> {
    match &request[name] {
        Value::Null => Ok(None),
        value => serde_json::from_value(value.clone())
            .map(Some)
            .map_err(|error| {
                Refusal::new(400, "SerializationException", format!("{name}: {error}"))
            }),
    }
}

fn check_table(request: &Value) -> Result<(), Refusal> {
    match text(request, "TableName")? {
        stack::TABLE => Ok(()),
        other => Err(Refusal::new(
            400,
            "ResourceNotFoundException",
            format!("Requested resource not found: Table: {other} not found"),
        )),
    }
}

/// The key of a request, exactly its two attributes.
fn check_whole_key(key: &Item) -> Result<(), Refusal> {
    if key.len() != 2 {
        return Err(Refusal::invalid(
            "The provided key element does not match the schema",
        ));
    }
    size::check_key(PARTITION, key.get(PARTITION))?;
    size::check_key(SORT, key.get(SORT)).map(drop)
}

fn key_of(item: &Item) -> Item {
    [PARTITION, SORT]
        .iter()
        .filter_map(|name| item.get_key_value(*name))
        .map(owned)
        .collect()
}

fn owned((name, value): (&String, &AttributeValue)) -> (String, AttributeValue) {
    (name.clone(), value.clone())
}

/// The text of a key attribute; nothing for what is not text.
fn key_text<'a>(item: &'a Item, name: &str) -> &'a str {
    match item.get(name) {
        Some(AttributeValue::S(text)) => text,
        _ => "",
    }
}

/// DynamoDB JSON, its members in order whatever the hash map's, so that equal histories print equally.
fn to_json(item: &Item) -> Value {
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
