//! The whole table, a few items a page, and in as many parts as are asked for.

use serde_json::{Value, json};
use winterbaume_dynamodb::expr::evaluate;
use winterbaume_dynamodb::types::Item;

use super::database::Database;
use super::expressions::Expressions;
use super::item::{PARTITION, SORT, key_of, key_text, to_json};
use super::read::projected;
use super::request::{check_table, member};
use super::size;
use crate::call::{Answer, Refusal};

/// The items of a page.
const PAGE: usize = 20;
/// The bytes that a unit reads, of items that may be a moment old.
const UNIT: usize = 8 * 1024;

impl Database {
    pub(super) fn scan(&self, input: &Value) -> Answer {
        check_table(input)?;
        let expressions = Expressions::of(input, &["FilterExpression", "ProjectionExpression"])?;
        let filter = input["FilterExpression"]
            .as_str()
            .map(|text| expressions.condition(text))
            .transpose()?;
        let projection = expressions.projection(input)?;
        let part = Part::of(input)?;
        let start: Option<Item> = member(input, "ExclusiveStartKey")?;
        let mut items: Vec<&Item> = self
            .table()
            .items
            .values()
            .flat_map(|partition| partition.values())
            .filter(|item| part.holds(item))
            .collect();
        items.sort_by_key(|item| place(item));
        let mut rest = items.into_iter().filter(|item| {
            start
                .as_ref()
                .is_none_or(|start| place(item) > place(start))
        });
        let page: Vec<&Item> = rest.by_ref().take(PAGE).collect();
        let found: Vec<Value> = page
            .iter()
            .filter(|item| filter.as_ref().is_none_or(|filter| evaluate(filter, item)))
            .map(|item| projected(item, projection.as_deref()))
            .collect();
        let mut answer =
            json!({ "Count": found.len(), "ScannedCount": page.len(), "Items": found });
        if input["ReturnConsumedCapacity"] == "TOTAL" {
            let read: usize = page.iter().map(|item| size::of_item(item)).sum();
            let halves = u32::try_from(read.div_ceil(UNIT / 2)).unwrap_or(u32::MAX);
            answer["ConsumedCapacity"] = json!({ "TableName": input["TableName"], "CapacityUnits": f64::from(halves) / 2.0 });
        }
        if rest.next().is_some()
            && let Some(last) = page.last()
        {
            answer["LastEvaluatedKey"] = to_json(&key_of(last));
        }
        Ok(answer)
    }
}

fn place(item: &Item) -> (&str, &str) {
    (key_text(item, PARTITION), key_text(item, SORT))
}

/// Which of how many parts is read.
struct Part {
    number: u64,
    of: u64,
}

impl Part {
    fn of(input: &Value) -> Result<Self, Refusal> {
        match (&input["Segment"], &input["TotalSegments"]) {
            (Value::Null, Value::Null) => Ok(Self { number: 0, of: 1 }),
            (number, of) => match (number.as_u64(), of.as_u64()) {
                (Some(number), Some(of)) if number < of => Ok(Self { number, of }),
                _ => Err(Refusal::invalid(
                    "The Segment parameter is required with TotalSegments, and must be less than it",
                )),
            },
        }
    }

    /// A partition lies in one part, whole.
    fn holds(&self, item: &Item) -> bool {
        let sum = |sum: u64, byte: u8| sum.wrapping_mul(31).wrapping_add(u64::from(byte));
        key_text(item, PARTITION).bytes().fold(7, sum) % self.of == self.number
    }
}
