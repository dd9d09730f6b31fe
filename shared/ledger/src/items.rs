//! The table's items, as they are stored.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use dunning::file::{Debtor, Invoice};
use dunning::journal::{Line, Notice};
use dunning::team::TeamFile;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::keys::{Key, late_shard, sortable};

pub(crate) type Item = HashMap<String, AttributeValue>;

/// Something with the version at which it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    /// Counts its writes; each write is guarded by it.
    pub version: u64,
    /// What was read.
    pub value: T,
}

/// The item of a debtor or of an invoice: guarded, and found by `audit` when something is late.
#[derive(Serialize, Deserialize)]
struct Guarded<T> {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    late_shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_action_at: Option<String>,
    value: T,
}

/// The item of a record that is written once.
#[derive(Serialize, Deserialize)]
pub(crate) struct Record<T> {
    #[serde(rename = "PK")]
    pub(crate) pk: String,
    #[serde(rename = "SK")]
    pub(crate) sk: String,
    pub(crate) at: Timestamp,
    pub(crate) value: T,
    /// DynamoDB's TTL: seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<i64>,
}

/// One entry of the journal: what one transaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub lines: Vec<Line>,
}

pub(crate) type JournalRecord = Record<Vec<Line>>;
pub(crate) type NoticeRecord = Record<Vec<Notice>>;

pub(crate) fn debtor(key: Key, version: u64, debtor: &Debtor) -> Result<Item, LedgerError> {
    guarded(key, version, debtor.next_action_at(), debtor)
}

pub(crate) fn invoice(key: Key, version: u64, invoice: &Invoice) -> Result<Item, LedgerError> {
    guarded(key, version, invoice.next_action_at(), invoice)
}

pub(crate) fn team(key: Key, version: u64, team: &TeamFile) -> Result<Item, LedgerError> {
    let settle_by = team.claim.as_ref().map(|claim| claim.settle_by);
    guarded(key, version, settle_by, team)
}

fn guarded<T: Serialize>(
    key: Key,
    version: u64,
    next_action_at: Option<Timestamp>,
    value: T,
) -> Result<Item, LedgerError> {
    to_item(&Guarded {
        late_shard: next_action_at.map(|_| late_shard(&key.pk)),
        next_action_at: next_action_at.map(sortable),
        pk: key.pk,
        sk: key.sk,
        version,
        value,
    })
}

pub(crate) fn to_item<T: Serialize>(value: &T) -> Result<Item, LedgerError> {
    serde_dynamo::to_item(value).map_err(LedgerError::Encode)
}

/// Reads an item, of the table or of its stream.
pub(crate) fn from_item<T: DeserializeOwned>(
    item: impl Into<serde_dynamo::Item>,
) -> Result<T, LedgerError> {
    let item = item.into();
    let text = |name| match item.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => text.clone(),
        _ => String::new(),
    };
    let (pk, sk) = (text("PK"), text("SK"));
    serde_dynamo::from_item(item).map_err(|source| LedgerError::Decode { pk, sk, source })
}

/// Reads a debtor or an invoice with its version.
pub(crate) fn stored<T: DeserializeOwned>(
    item: impl Into<serde_dynamo::Item>,
) -> Result<Stored<T>, LedgerError> {
    let Guarded { version, value, .. } = from_item(item)?;
    Ok(Stored { version, value })
}

pub(crate) fn text(item: &Item, name: &str) -> String {
    let value = item.get(name).and_then(|value| value.as_s().ok());
    value.cloned().unwrap_or_default()
}
