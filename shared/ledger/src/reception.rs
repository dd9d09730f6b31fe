//! What came in at the door, by source: one small item for each, outside of any file.
//!
//! It is written by updates of its fields: several functions write it at once, none of them reads it before, and
//! what a newer version keeps in it stays.

use std::collections::BTreeMap;

use dunning::file::{Pause, Reception};
use dunning::journal::Notice;
use dunning::limits::RECEPTION_NOTED;
use dunning::value::{DebtorKey, SourceName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::items::{Item, Record, from_item, instant, key_item, text};
use crate::keys::{self, Key};
use crate::table::Ledger;
use crate::transaction::Transaction;

/// The item. Its instants sort as they are written.
#[derive(Serialize, Deserialize)]
pub(crate) struct ReceptionItem {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accepted_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused_since: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    released_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    known_since: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    silence_told_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_at: Option<String>,
}

impl ReceptionItem {
    fn read(item: Item) -> Result<Reception, LedgerError> {
        let item: Self = from_item(item)?;
        let at = |text: Option<String>| text.and_then(|text| text.parse().ok());
        Ok(Reception {
            accepted_at: at(item.accepted_at),
            refused_since: at(item.refused_since),
            refused_at: at(item.refused_at),
            released_at: at(item.released_at),
            known_since: at(item.known_since),
            silence_told_at: at(item.silence_told_at),
            asked_at: at(item.asked_at),
        })
    }
}

impl Ledger {
    /// What is known of all sources that ever were.
    pub async fn receptions(&self) -> Result<BTreeMap<SourceName, Reception>, LedgerError> {
        let items = self.query_prefix(keys::DOOR, keys::SOURCE).await?;
        let mut known = BTreeMap::new();
        for item in items {
            let sk = text(&item, "SK");
            let name = sk.strip_prefix(keys::SOURCE).map(SourceName::parse);
            if let Some(Ok(name)) = name {
                known.insert(name, ReceptionItem::read(item)?);
            }
        }
        Ok(known)
    }

    /// What is known of a source.
    pub async fn reception(&self, source: &SourceName) -> Result<Option<Reception>, LedgerError> {
        let item = self.get(Key::reception(Some(source))).await?;
        item.map(ReceptionItem::read).transpose()
    }

    /// Reads, in one call, what might still keep a claim from being made: whether everything stands still, and what
    /// is known of the debtor's source.
    pub async fn before_claim(
        &self,
        debtor: &DebtorKey,
    ) -> Result<(Option<Pause>, Option<Reception>), LedgerError> {
        let (standstill, door) = (
            Key::standstill(),
            Key::reception(Some(&debtor.realm.source)),
        );
        let keys = vec![standstill.clone(), door.clone()];
        let mut items = self.batch_get(keys).await?;
        let mut take = |key: Key| items.remove(&(key.pk, key.sk));
        let standstill: Option<Record<Pause>> = take(standstill).map(from_item).transpose()?;
        let reception = take(door).map(ReceptionItem::read).transpose()?;
        Ok((standstill.map(|record| record.value), reception))
    }

    /// Notes that something of a source was taken in. What was refused before is over.
    pub async fn note_accepted(
        &self,
        source: &SourceName,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let update = "SET accepted_at = :now, known_since = if_not_exists(known_since, :now) \
                      REMOVE refused_since, refused_at";
        self.set_reception(source, update, now).await
    }

    /// Notes that a source's reminders go on, as a person wants it.
    pub async fn release_source(
        &self,
        source: &SourceName,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let update = "SET released_at = :now, known_since = if_not_exists(known_since, :now)";
        self.set_reception(source, update, now).await
    }

    async fn set_reception(
        &self,
        source: &SourceName,
        update: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_item(Key::reception(Some(source)))))
            .update_expression(update)
            .expression_attribute_values(":now", instant(now));
        let answer = Box::pin(request.send()).await;
        answer.map(|_| ()).map_err(LedgerError::from_sdk)
    }

    /// Notes that something was refused, and tells the team, unless that was noted within the hour, by whomever.
    /// What is for no source that the policy knows is noted together.
    pub async fn note_refused(
        &self,
        source: Option<&SourceName>,
        notice: Option<Notice>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut to = Transaction::new(&self.table);
        to.note_refused(Key::reception(source), now, RECEPTION_NOTED);
        if let Some(notice) = notice {
            self.add_notice(&mut to, notice, now)?;
        }
        match to.write(self).await {
            Err(LedgerError::LostRace) => Ok(()),
            written => written,
        }
    }

    /// Notes that it was asked whether a source is silent. From the first time on it is known of.
    pub async fn note_asked(&self, source: &SourceName, now: Timestamp) -> Result<(), LedgerError> {
        let update = "SET asked_at = :now, known_since = if_not_exists(known_since, :now)";
        self.set_reception(source, update, now).await
    }

    /// Tells the team of a source's silence, and notes that it was told.
    pub async fn tell_silence(
        &self,
        source: &SourceName,
        notice: Notice,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut to = Transaction::new(&self.table);
        to.set_instant(Key::reception(Some(source)), "silence_told_at", now);
        self.add_notice(&mut to, notice, now)?;
        to.write(self).await
    }
}
