//! The table's items, as they are stored.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use dunning::file::{Debtor, Invoice, Mailbox, NextAction, TeamFile};
use dunning::journal::{Line, Notice};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::LedgerError;
use crate::keys::{Key, late_shard, sortable};
use crate::unknown_fields::Rewrite;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// What DynamoDB deletes by.
const EXPIRES_AT: &str = "expires_at";

/// An item as it was read, or written: its version guards the next write, and what this version of
/// Relance has no name for goes along with it.
#[derive(Debug, Clone, PartialEq)]
pub struct AsRead {
    pub(crate) version: u64,
    /// Many invoices are read for one that is written, and each change hands them on.
    item: Arc<Item>,
}

/// Something that was read, with its item.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    /// What was read.
    pub value: T,
    /// Guards the next write of it.
    pub read: AsRead,
}

/// The item of a debtor or of an invoice: guarded, and found by `sweep` when something is late, or is to be
/// looked at.
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

/// What is written under its version, and may be read by a newer version, and by an older one.
pub(crate) trait Guard: Serialize + DeserializeOwned {
    /// The maps that are changed field by field: see [`Rewrite`].
    const VESSELS: &[&str];

    /// What is to happen to it next.
    fn next_action(&self) -> Option<NextAction>;
}

impl Guard for Debtor {
    const VESSELS: &[&str] = &[
        "value",
        "value.held_addresses",
        "value.claims",
        "value.claims.*",
        "value.apart",
        "value.apart.payments",
        "value.apart.unapplied",
        "value.apart.unapplied.*",
        "value.mailbox",
    ];

    fn next_action(&self) -> Option<NextAction> {
        self.next_action_at().map(NextAction::Step)
    }
}

impl Guard for Invoice {
    const VESSELS: &[&str] = &[
        "value",
        "value.steps",
        "value.steps.*",
        "value.told",
        "value.told.apart",
        "value.told.apart.movements",
    ];

    fn next_action(&self) -> Option<NextAction> {
        self.next_action()
    }
}

impl Guard for Mailbox {
    const VESSELS: &[&str] = &["value"];

    /// Whoever waits for it has a next action of its own.
    fn next_action(&self) -> Option<NextAction> {
        None
    }
}

impl Guard for TeamFile {
    const VESSELS: &[&str] = &["value", "value.engineer"];

    fn next_action(&self) -> Option<NextAction> {
        let claims = self.claims().map(|claim| claim.unknown_after);
        claims.min().map(NextAction::Step)
    }
}

/// The item as it is to be written now: one version on, with what a newer version had added to the one
/// that was read.
pub(crate) fn guarded<T: Guard>(
    key: Key,
    read: Option<&AsRead>,
    value: &T,
) -> Result<AsRead, LedgerError> {
    let version = read.map_or(1, |read| read.version + 1);
    let in_place = read.is_none_or(|read| read.stands_at(&key));
    let mut item = to_item(&Guarded::new(key, version, value))?;
    if let Some(read) = read {
        let old: Guarded<T> = from_item(read.item().clone())?;
        let old = Guarded::new(
            Key {
                pk: old.pk,
                sk: old.sk,
            },
            old.version,
            &old.value,
        );
        let rewrite = Rewrite {
            read: read.item(),
            understood: &to_item(&old)?,
            vessels: T::VESSELS,
        };
        if in_place {
            rewrite.keep(&mut item);
        } else {
            rewrite.keep_value(&mut item);
        }
    }
    Ok(AsRead::new(version, item))
}

impl<'a, T: Guard> Guarded<&'a T> {
    fn new(key: Key, version: u64, value: &'a T) -> Self {
        let next = value.next_action();
        Self {
            late_shard: next.map(|next| late_shard(next, &key.pk)),
            next_action_at: next.map(|next| sortable(next.at())),
            pk: key.pk,
            sk: key.sk,
            version,
            value,
        }
    }
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
        read: AsRead::new(version, item),
    })
}

/// Reads what is guarded, out of an image of the table's stream.
pub(crate) fn image<T: DeserializeOwned>(image: serde_dynamo::Item) -> Result<T, LedgerError> {
    let Guarded { value, .. } = from_item(image)?;
    Ok(value)
}

impl AsRead {
    pub(crate) fn new(version: u64, item: Item) -> Self {
        Self {
            version,
            item: Arc::new(item),
        }
    }

    /// To be written with an end of its own. What is to be kept for good keeps the end that an earlier setting gave it.
    pub(crate) fn kept(mut self, keep: Keep, now: Timestamp) -> Self {
        if let Some(end) = keep.until(now) {
            let end = AttributeValue::N(end.to_string());
            Arc::make_mut(&mut self.item).insert(EXPIRES_AT.to_owned(), end);
        }
        self
    }

    /// Counts the writes.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// As it stands, or will stand, in the table.
    pub(crate) fn item(&self) -> &Item {
        &self.item
    }

    fn stands_at(&self, key: &Key) -> bool {
        text(&self.item, "PK") == key.pk && text(&self.item, "SK") == key.sk
    }
}

/// How long something is kept after it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    ForGood,
    /// Markers of events, notices.
    ForAMonth,
    /// What the user says how long.
    Days(u32),
}

const MONTH: u32 = 30;

impl Keep {
    /// DynamoDB's TTL of what is written now: seconds since 1970.
    pub(crate) fn until(self, now: Timestamp) -> Option<i64> {
        let days = match self {
            Self::ForGood => return None,
            Self::ForAMonth => MONTH,
            Self::Days(days) => days,
        };
        let end = now.saturating_add(SignedDuration::from_hours(i64::from(days) * 24));
        Some(end.map_or(i64::MAX, Timestamp::as_second))
    }
}

pub(crate) fn record<T: Serialize>(
    Key { pk, sk }: Key,
    at: Timestamp,
    value: T,
    keep: Keep,
) -> Result<Item, LedgerError> {
    to_item(&Record {
        pk,
        sk,
        at,
        value,
        expires_at: keep.until(at),
    })
}

pub(crate) fn key_item(key: Key) -> Item {
    Item::from([
        ("PK".to_owned(), AttributeValue::S(key.pk)),
        ("SK".to_owned(), AttributeValue::S(key.sk)),
    ])
}

/// An instant as a value of its own, which sorts as time does.
pub(crate) fn instant(at: Timestamp) -> AttributeValue {
    AttributeValue::S(sortable(at))
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
