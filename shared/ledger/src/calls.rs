//! The calls of a billing tool's interface, shared by all workers: whoever wants to call takes the next places in one
//! row, which are as far apart as the tool allows.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use dunning::value::SourceName;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::error::LedgerError;
use crate::items::{from_item, key_item};
use crate::keys::Key;
use crate::table::Ledger;

/// How often a tool may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The shortest time between two calls.
    pub between: SignedDuration,
    /// The most calls of a day, in UTC, where there is a limit.
    pub per_day: Option<u32>,
}

/// What became of the wish to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// The first call may be made then, and each of the others by the rate after it.
    From(Timestamp),
    /// None is free before so long.
    NoneFor(SignedDuration),
}

/// The row as it stands.
#[derive(Debug, Default, Deserialize)]
struct Row {
    /// When the next place is free, in milliseconds since 1970.
    #[serde(default)]
    next_ms: Option<i64>,
    /// The day, and the calls of it so far.
    #[serde(default)]
    day: Option<String>,
    #[serde(default)]
    calls: u32,
}

/// How often whoever is overtaken tries again.
const ATTEMPTS: usize = 20;

impl Ledger {
    /// Takes so many places for calls of a source's tool, if the first of them is free within `patience`.
    pub async fn take_places(
        &self,
        source: &SourceName,
        rate: Rate,
        calls: u32,
        patience: SignedDuration,
        now: Timestamp,
    ) -> Result<Places, LedgerError> {
        for _ in 0..ATTEMPTS {
            let row = self.row(source).await?;
            let first = first_free(&row, now);
            let wait = first.duration_since(now);
            if wait > patience {
                return Ok(Places::NoneFor(wait));
            }
            let day = now.to_zoned(TimeZone::UTC).date();
            let is_today = row.day.as_deref() == Some(&day.to_string());
            let made = if is_today { row.calls } else { 0 };
            if rate.per_day.is_some_and(|most| made + calls > most) {
                let tomorrow = day.tomorrow().ok();
                let midnight = tomorrow.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
                let wait = midnight.map_or(SignedDuration::from_hours(1), |midnight| {
                    midnight.timestamp().duration_since(now)
                });
                return Ok(Places::NoneFor(wait));
            }
            let taken = rate
                .between
                .saturating_mul(i32::try_from(calls).unwrap_or(i32::MAX));
            let next = first.saturating_add(taken).unwrap_or(first);
            let update = self
                .update_row(source, &row, next)
                .update_expression("SET next_ms = :next, #day = :day, calls = :calls")
                .expression_attribute_names("#day", "day")
                .expression_attribute_values(":day", AttributeValue::S(day.to_string()))
                .expression_attribute_values(":calls", number(made + calls));
            match Box::pin(update.send()).await.map_err(LedgerError::from_sdk) {
                Ok(_) => return Ok(Places::From(first)),
                Err(LedgerError::LostRace) => {}
                Err(error) => return Err(error),
            }
        }
        Err(LedgerError::LostRace)
    }

    /// Nobody calls a source's tool before: it asked for patience.
    pub async fn free_no_place_before(
        &self,
        source: &SourceName,
        until: Timestamp,
    ) -> Result<(), LedgerError> {
        for _ in 0..ATTEMPTS {
            let row = self.row(source).await?;
            if first_free(&row, until) > until {
                return Ok(());
            }
            let update = self
                .update_row(source, &row, until)
                .update_expression("SET next_ms = :next");
            match Box::pin(update.send()).await.map_err(LedgerError::from_sdk) {
                Err(LedgerError::LostRace) => {}
                written => return written.map(|_| ()),
            }
        }
        Err(LedgerError::LostRace)
    }

    async fn row(&self, source: &SourceName) -> Result<Row, LedgerError> {
        let item = self.get(Key::calls(source)).await?;
        item.map_or_else(|| Ok(Row::default()), from_item)
    }

    /// An update that fails when somebody was quicker.
    fn update_row(
        &self,
        source: &SourceName,
        read: &Row,
        next: Timestamp,
    ) -> UpdateItemFluentBuilder {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_item(Key::calls(source))))
            .expression_attribute_values(":next", number(next.as_millisecond()));
        match read.next_ms {
            Some(known) => update
                .condition_expression("next_ms = :known")
                .expression_attribute_values(":known", number(known)),
            None => update.condition_expression("attribute_not_exists(next_ms)"),
        }
    }
}

/// Rounded up: a place is free a little late rather than early.
fn first_free(row: &Row, now: Timestamp) -> Timestamp {
    let next = row
        .next_ms
        .and_then(|ms| Timestamp::from_millisecond(ms.saturating_add(1)).ok());
    next.map_or(now, |next| next.max(now))
}

fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
