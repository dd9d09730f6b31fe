//! The table and its stream.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use winterbaume_dynamodb::DynamoDbState;
use winterbaume_dynamodb::types::{
    AttributeDefinition, GlobalSecondaryIndexDef, Item, KeySchemaElement,
};

use super::item::{LATE_PARTITION, LATE_SORT, PARTITION, SORT, key_text, to_json};
use super::request::{check_table, member};
use super::stream::{StreamRecord, event};
use crate::call::{Answer, Refusal};
use crate::stack;

/// The table and its stream.
pub(crate) struct Database {
    pub(super) state: DynamoDbState,
    stream: Vec<StreamRecord>,
    /// The transactions of the last ten minutes, by their tokens: sent again, they succeed and change
    /// nothing.
    pub(super) transactions: HashMap<String, (Timestamp, Value)>,
    /// Whether the table refuses to be deleted.
    pub(crate) is_protected: bool,
}

impl Database {
    pub(crate) fn new() -> Self {
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
            transactions: HashMap::new(),
            is_protected: false,
        }
    }

    pub(super) fn describe_table(&self, input: &Value) -> Answer {
        check_table(input)?;
        let table = json!({
            "TableName": stack::TABLE,
            "TableStatus": "ACTIVE",
            "DeletionProtectionEnabled": self.is_protected,
        });
        Ok(json!({ "Table": table }))
    }

    /// Nothing else of the table can be changed.
    pub(super) fn update_table(&mut self, input: &Value) -> Answer {
        check_table(input)?;
        let wanted: Option<bool> = member(input, "DeletionProtectionEnabled")?;
        self.is_protected = wanted.ok_or_else(|| Refusal::invalid("Nothing to update"))?;
        let described = self.describe_table(input)?;
        Ok(json!({ "TableDescription": described["Table"] }))
    }

    pub(super) fn item(&self, key: &Item) -> Option<&Item> {
        self.state
            .get_item(stack::TABLE, key)
            .expect("the table is never deleted")
    }

    /// Puts items into the table, as they are.
    pub(crate) fn load(&mut self, items: &[Value]) {
        for item in items {
            let item: Item = serde_json::from_value(item.clone()).expect("an item of a table");
            self.state
                .put_item(stack::TABLE, item)
                .expect("the table is never deleted");
        }
    }

    /// Every item, by partition and sort key.
    pub(crate) fn items(&self) -> Vec<Value> {
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
    pub(crate) fn any_key(&self, says_so: impl Fn(&str, &str, Option<&str>) -> bool) -> bool {
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

    pub(super) fn table(&self) -> &winterbaume_dynamodb::state::TableState {
        self.state
            .tables
            .get(stack::TABLE)
            .expect("the table is never deleted")
    }

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
