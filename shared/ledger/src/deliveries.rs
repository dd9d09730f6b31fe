//! What came in by the door, as it came: kept for a while, so that a mended filter can be told it again.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use dunning::limits::DELIVERY_PART;
use dunning::value::SourceName;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::LedgerError;
use crate::items::{Item, Record, from_item, key_item, record, text};
use crate::keys::{DELIVERY_SHARDS, Key};
use crate::table::Ledger;

/// A delivery whose sender was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When it came.
    pub at: Timestamp,
    /// The headers that say something of its events. No proof is among them.
    pub headers: BTreeMap<String, String>,
    /// Its body, packed.
    pub packed: Vec<u8>,
}

/// One item's worth of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// How many there are.
    parts: usize,
    /// In the first part.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
}

/// Where a reading of deliveries is: it can go on from here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryPlace {
    shard: u8,
    after: Option<String>,
}

/// Some of the deliveries of a day.
#[derive(Debug)]
pub struct DeliveryPage {
    /// They.
    pub deliveries: Vec<Delivery>,
    /// What cannot be read, by name.
    pub unreadable: Vec<String>,
    /// Where the others are, if there are others.
    pub next: Option<DeliveryPlace>,
}

impl Ledger {
    /// Keeps a delivery: one item, or a few for a large one.
    pub async fn keep_delivery(
        &self,
        source: &SourceName,
        delivery: &Delivery,
    ) -> Result<(), LedgerError> {
        let Delivery {
            at,
            headers,
            packed,
        } = delivery;
        let digest = Sha256::digest(packed);
        let (shard, name) = (digest[0] % DELIVERY_SHARDS, hex::encode(&digest[..6]));
        let pieces: Vec<&[u8]> = packed.chunks(DELIVERY_PART).collect();
        for (index, piece) in pieces.iter().enumerate() {
            let part = Part {
                parts: pieces.len(),
                headers: if index == 0 {
                    headers.clone()
                } else {
                    BTreeMap::new()
                },
                body: piece.to_vec(),
            };
            let key = Key::delivery(source, shard, *at, &name, index);
            let item = record(key, *at, part, self.deliveries)?;
            let put = self.client.put_item().table_name(&self.table);
            let put = put.set_item(Some(item)).send();
            put.await.map_err(LedgerError::from_sdk)?;
        }
        Ok(())
    }

    /// Reads some of the deliveries of a day, in UTC, from a place on.
    pub async fn deliveries(
        &self,
        source: &SourceName,
        day: Date,
        from: DeliveryPlace,
    ) -> Result<DeliveryPage, LedgerError> {
        let DeliveryPlace { shard, after } = from;
        let pk = Key::deliveries(source, day, shard);
        let start = after.map(|sk| key_item(Key { pk: pk.clone(), sk }));
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("PK = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .set_exclusive_start_key(start);
        let answer = query.send().await.map_err(LedgerError::from_sdk)?;
        let last = answer.last_evaluated_key.map(|key| text(&key, "SK"));
        let mut items = answer.items.unwrap_or_default();
        let next_shard = (shard + 1 < DELIVERY_SHARDS).then_some(shard + 1);
        let next = match last {
            // A delivery that the page cuts in two is read again with the next.
            Some(last) => Some(DeliveryPlace {
                shard,
                after: Some(whole_until(&mut items, last)),
            }),
            None => next_shard.map(|shard| DeliveryPlace { shard, after: None }),
        };
        let (deliveries, unreadable) = assembled(items);
        Ok(DeliveryPage {
            deliveries,
            unreadable,
            next,
        })
    }
}

/// Leaves out the parts of a last delivery that may have more of them. Gives the last key that stays.
fn whole_until(items: &mut Vec<Item>, last: String) -> String {
    let cut = name(&last).to_owned();
    let begins = items.iter().position(|item| name(&text(item, "SK")) == cut);
    match begins {
        // There is nothing else in the page: no delivery is as large as that.
        None | Some(0) => last,
        Some(begins) => {
            items.truncate(begins);
            items.last().map_or(last, |item| text(item, "SK"))
        }
    }
}

/// A sort key without the number of the part.
fn name(sk: &str) -> &str {
    sk.rsplit_once('#').map_or(sk, |(name, _)| name)
}

fn assembled(items: Vec<Item>) -> (Vec<Delivery>, Vec<String>) {
    let (mut deliveries, mut unreadable) = (Vec::new(), Vec::new());
    let mut parts: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for item in items {
        let name = name(&text(&item, "SK")).to_owned();
        parts.entry(name).or_default().push(item);
    }
    for (name, parts) in parts {
        match whole(parts) {
            Ok(Some(delivery)) => deliveries.push(delivery),
            Ok(None) => unreadable.push(format!("{name}: a part of it is missing")),
            Err(error) => unreadable.push(error.to_string()),
        }
    }
    (deliveries, unreadable)
}

fn whole(items: Vec<Item>) -> Result<Option<Delivery>, LedgerError> {
    let mut whole: Option<Delivery> = None;
    let (mut seen, mut wanted) = (0, 0);
    for item in items {
        let Record { at, value, .. } = from_item::<Record<Part>>(item)?;
        let Part {
            parts,
            headers,
            body,
        } = value;
        (seen, wanted) = (seen + 1, parts);
        match &mut whole {
            None => {
                whole = Some(Delivery {
                    at,
                    headers,
                    packed: body,
                });
            }
            Some(delivery) => delivery.packed.extend(body),
        }
    }
    Ok(whole.filter(|_| seen == wanted))
}
