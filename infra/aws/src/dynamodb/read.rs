//! Reads by key.

use std::collections::HashSet;

use serde_json::{Value, json};
use winterbaume_dynamodb::expr::apply_projection;
use winterbaume_dynamodb::types::Item;

use super::database::Database;
use super::expressions::Expressions;
use super::item::{PARTITION, SORT, key_text, to_json};
use super::request::{check_table, check_whole_key, member};
use super::size;
use crate::call::{Answer, Refusal};
use crate::stack;

impl Database {
    pub(super) fn get_item(&self, input: &Value) -> Answer {
        check_table(input)?;
        let projection = Expressions::of(input, &["ProjectionExpression"])?.projection(input)?;
        let key: Item = member(input, "Key")?.ok_or_else(|| Refusal::invalid("Missing Key"))?;
        check_whole_key(&key)?;
        Ok(match self.item(&key) {
            None => json!({}),
            Some(item) => json!({ "Item": projected(item, projection.as_deref()) }),
        })
    }

    /// Answers in the reverse of the order asked for: AWS promises none, and nobody should rely on one.
    pub(super) fn batch_get_item(&self, input: &Value) -> Answer {
        let tables = input["RequestItems"]
            .as_object()
            .ok_or_else(|| Refusal::invalid("Missing RequestItems"))?;
        let request = match tables.iter().next() {
            Some((name, request)) if name == stack::TABLE && tables.len() == 1 => request,
            _ => {
                return Err(Refusal::new(
                    400,
                    "ResourceNotFoundException",
                    "Requested resource not found",
                ));
            }
        };
        let projection =
            Expressions::of(request, &["ProjectionExpression"])?.projection(request)?;
        let mut keys: Vec<Item> = member(request, "Keys")?.unwrap_or_default();
        check_batch(&keys)?;
        let (mut weight, mut found, mut left) = (0, Vec::new(), Vec::new());
        keys.reverse();
        for key in &keys {
            let item = self.item(key);
            weight += item.map_or(0, size::of_item);
            match item {
                Some(_) if weight > size::BATCH => left.push(to_json(key)),
                Some(item) => found.push(projected(item, projection.as_deref())),
                None => {}
            }
        }
        let unprocessed = if left.is_empty() {
            json!({})
        } else {
            let mut rest = request.clone();
            rest["Keys"] = left.into();
            json!({ stack::TABLE: rest })
        };
        Ok(json!({ "Responses": { stack::TABLE: found }, "UnprocessedKeys": unprocessed }))
    }
}

fn check_batch(keys: &[Item]) -> Result<(), Refusal> {
    if keys.is_empty() || keys.len() > 100 {
        return Err(Refusal::invalid(
            "Too many items requested for the BatchGetItem call, or none",
        ));
    }
    keys.iter().try_for_each(check_whole_key)?;
    let distinct: HashSet<_> = keys
        .iter()
        .map(|key| (key_text(key, PARTITION), key_text(key, SORT)))
        .collect();
    if distinct.len() < keys.len() {
        return Err(Refusal::invalid(
            "Provided list of item keys contains duplicates",
        ));
    }
    Ok(())
}

pub(super) fn projected(item: &Item, projection: Option<&[Vec<String>]>) -> Value {
    match projection {
        Some(paths) => to_json(&apply_projection(item, paths)),
        None => to_json(item),
    }
}
