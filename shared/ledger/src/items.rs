//! The table's items, as they are stored.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use dunning::file::{Debtor, Invoice, TeamFile};
use dunning::journal::{Line, Notice};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::LedgerError;
use crate::keep::keep_unknown;
use crate::keys::{Key, late_shard, sortable};

pub(crate) type Item = HashMap<String, AttributeValue>;

/// An item as it was read, or written: its version guards the next write, and what this version of
/// Relance has no name for goes along with it.
#[derive(Debug, Clone, PartialEq)]
pub struct AsRead {
    pub(crate) version: u64,
    item: Item,
}

/// Something that was read, with its item.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    /// What was read.
    pub value: T,
    /// Guards the next write of it.
    pub read: AsRead,
}

/// The item of a debtor or of an invoice: guarded, and found by `sweep` when something is late.
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

pub(crate) fn debtor(
    key: Key,
    read: Option<&AsRead>,
    debtor: &Debtor,
) -> Result<AsRead, LedgerError> {
    guarded(key, read, debtor.next_action_at(), debtor)
}

pub(crate) fn invoice(
    key: Key,
    read: Option<&AsRead>,
    invoice: &Invoice,
) -> Result<AsRead, LedgerError> {
    guarded(key, read, invoice.next_action_at(), invoice)
}

pub(crate) fn team(
    key: Key,
    read: Option<&AsRead>,
    team: &TeamFile,
) -> Result<AsRead, LedgerError> {
    let unknown_after = team.claim.as_ref().map(|claim| claim.unknown_after);
    guarded(key, read, unknown_after, team)
}

/// The item as it is to be written now: one version on, with what a newer version had added to the one
/// that was read.
fn guarded<T: Serialize + DeserializeOwned>(
    key: Key,
    read: Option<&AsRead>,
    next_action_at: Option<Timestamp>,
    value: &T,
) -> Result<AsRead, LedgerError> {
    let version = read.map_or(1, |read| read.version + 1);
    let mut item = to_item(&Guarded {
        late_shard: next_action_at.map(|_| late_shard(&key.pk)),
        next_action_at: next_action_at.map(sortable),
        pk: key.pk,
        sk: key.sk,
        version,
        value,
    })?;
    if let Some(read) = read {
        item = read.keep::<Guarded<T>>(item)?;
    }
    Ok(AsRead { version, item })
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

/// Reads what is guarded by its version.
pub(crate) fn stored<T: DeserializeOwned>(item: Item) -> Result<Stored<T>, LedgerError> {
    let Guarded { version, value, .. } = from_item(item.clone())?;
    Ok(Stored {
        value,
        read: AsRead { version, item },
    })
}

/// Reads what is guarded, out of an image of the table's stream.
pub(crate) fn image<T: DeserializeOwned>(image: serde_dynamo::Item) -> Result<T, LedgerError> {
    let Guarded { value, .. } = from_item(image)?;
    Ok(value)
}

impl AsRead {
    pub(crate) fn new(version: u64, item: Item) -> Self {
        Self { version, item }
    }

    /// Counts the writes.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// As it stands, or will stand, in the table.
    pub(crate) fn item(&self) -> &Item {
        &self.item
    }

    /// An item that is to be written in the place of this one, with what this one has that a `T` does not.
    pub(crate) fn keep<T: Serialize + DeserializeOwned>(
        &self,
        mut item: Item,
    ) -> Result<Item, LedgerError> {
        let understood: T = from_item(self.item.clone())?;
        keep_unknown(&self.item, &to_item(&understood)?, &mut item);
        Ok(item)
    }
}

/// How long a record is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    ForGood,
    /// Markers of events, notices, the inbox.
    ForAMonth,
}

const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(crate) fn record<T: Serialize>(
    Key { pk, sk }: Key,
    at: Timestamp,
    value: T,
    keep: Keep,
) -> Result<Item, LedgerError> {
    let expires_at = match keep {
        Keep::ForGood => None,
        Keep::ForAMonth => Some(
            at.saturating_add(MONTH)
                .map_or(i64::MAX, Timestamp::as_second),
        ),
    };
    to_item(&Record {
        pk,
        sk,
        at,
        value,
        expires_at,
    })
}

pub(crate) fn key_item(key: Key) -> Item {
    Item::from([
        ("PK".to_owned(), AttributeValue::S(key.pk)),
        ("SK".to_owned(), AttributeValue::S(key.sk)),
    ])
}

/// Tells apart two records of the same instant; the same content gets the same name.
pub(crate) fn digest<T: Serialize>(content: &T, debtor: &impl ToString) -> String {
    let text = serde_json::to_string(content).unwrap_or_default();
    hex::encode(&Sha256::digest(debtor.to_string() + &text)[..6])
}

pub(crate) fn text(item: &Item, name: &str) -> String {
    let value = item.get(name).and_then(|value| value.as_s().ok());
    value.cloned().unwrap_or_default()
}
