//! What an item weighs, and which values may not be stored: DynamoDB's own arithmetic, which the emulator leaves out.

use winterbaume_dynamodb::types::{AttributeValue, Item};

use super::item::PARTITION;
use crate::call::Refusal;

/// The most an item may weigh, names included.
pub(super) const ITEM: usize = 400 * 1024;
/// The most a page of a query may weigh, before any filter.
pub(super) const PAGE: usize = 1024 * 1024;
/// The most the items of one transaction may weigh together.
pub(super) const TRANSACTION: usize = 4 * 1024 * 1024;
/// The most one `BatchGetItem` answers; the rest is left unprocessed.
pub(super) const BATCH: usize = 16 * 1024 * 1024;

const PARTITION_KEY: usize = 2048;
const SORT_KEY: usize = 1024;

/// The weight of an item: its attributes' names and values.
pub(super) fn of_item(item: &Item) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + of_value(value))
        .sum()
}

fn of_value(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => of_number(number),
        AttributeValue::B(base64) => of_binary(base64),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::SS(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::NS(numbers) => numbers.iter().map(|number| of_number(number)).sum(),
        AttributeValue::BS(binaries) => binaries.iter().map(|binary| of_binary(binary)).sum(),
        AttributeValue::L(values) => {
            3 + values
                .iter()
                .map(|value| 1 + of_value(value))
                .sum::<usize>()
        }
        AttributeValue::M(map) => 3 + map.len() + of_item(map),
    }
}

/// About one byte for two significant digits, and one more; a sign takes another.
fn of_number(number: &str) -> usize {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len().div_ceil(2) + 1 + usize::from(number.starts_with('-'))
}

fn of_binary(base64: &str) -> usize {
    base64.trim_end_matches('=').len() * 3 / 4
}

/// Refuses what DynamoDB cannot store, however deep it lies.
pub(super) fn check_values(item: &Item) -> Result<(), Refusal> {
    item.values().try_for_each(check_value)
}

fn check_value(value: &AttributeValue) -> Result<(), Refusal> {
    let invalid = |what: &str| {
        Err(Refusal::invalid(format!(
            "One or more parameter values were invalid: {what}"
        )))
    };
    match value {
        AttributeValue::N(number) => check_number(number),
        AttributeValue::SS(set) | AttributeValue::BS(set) | AttributeValue::NS(set)
            if set.is_empty() =>
        {
            invalid("A set may not be empty")
        }
        AttributeValue::NS(numbers) => numbers.iter().try_for_each(|number| check_number(number)),
        AttributeValue::L(values) => values.iter().try_for_each(check_value),
        AttributeValue::M(map) => check_values(map),
        _ => Ok(()),
    }
}

fn check_number(number: &str) -> Result<(), Refusal> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if number.parse::<f64>().is_err() || digits.is_empty() {
        return Err(Refusal::invalid(format!(
            "The parameter cannot be converted to a numeric value: {number}"
        )));
    }
    if digits.trim_matches('0').len() > 38 {
        return Err(Refusal::invalid(
            "Attempting to store more than 38 significant digits in a Number",
        ));
    }
    Ok(())
}

/// Refuses a key attribute that is not text, is empty or is too long. `None` means that it is absent.
pub(super) fn check_key(name: &str, value: Option<&AttributeValue>) -> Result<String, Refusal> {
    let limit = if name == PARTITION {
        PARTITION_KEY
    } else {
        SORT_KEY
    };
    match value {
        None => Err(Refusal::invalid(format!(
            "One or more parameter values were invalid: Missing the key {name} in the item"
        ))),
        Some(AttributeValue::S(text)) if text.is_empty() => Err(Refusal::invalid(format!(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an \
             empty string value. Key: {name}"
        ))),
        Some(AttributeValue::S(text)) if text.len() > limit => Err(Refusal::invalid(format!(
            "One or more parameter values were invalid: Size of key {name} has exceeded the maximum size limit of \
             {limit} bytes"
        ))),
        Some(AttributeValue::S(text)) => Ok(text.clone()),
        Some(_) => Err(Refusal::invalid(format!(
            "One or more parameter values were invalid: Type mismatch for key {name} expected: S"
        ))),
    }
}
