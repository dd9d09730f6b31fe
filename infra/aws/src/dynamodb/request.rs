//! What a request says.

use serde::de::DeserializeOwned;
use serde_json::Value;
use winterbaume_dynamodb::types::Item;

use super::item::{PARTITION, SORT};
use super::size;
use crate::call::{Refusal, text};
use crate::stack;

/// A member of a request in its own type.
pub(super) fn member<T: DeserializeOwned>(
    request: &Value,
    name: &str,
) -> Result<Option<T>, Refusal> {
    match &request[name] {
        Value::Null => Ok(None),
        value => serde_json::from_value(value.clone())
            .map(Some)
            .map_err(|error| {
                Refusal::new(400, "SerializationException", format!("{name}: {error}"))
            }),
    }
}

pub(super) fn check_table(request: &Value) -> Result<(), Refusal> {
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
pub(super) fn check_whole_key(key: &Item) -> Result<(), Refusal> {
    if key.len() != 2 {
        return Err(Refusal::invalid(
            "The provided key element does not match the schema",
        ));
    }
    size::check_key(PARTITION, key.get(PARTITION))?;
    size::check_key(SORT, key.get(SORT)).map(drop)
}
