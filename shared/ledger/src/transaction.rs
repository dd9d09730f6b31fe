//! One change, one conditional transaction: its actions, and why it was cancelled.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::{
    ConditionCheckBuilder, TransactWriteItemBuilder, UpdateBuilder,
};
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update,
};
use dunning::value::DebtorKey;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::error::LedgerError;
use crate::items::{AsRead, Item, instant, key_item};
use crate::keys::Key;
use crate::table::Ledger;

/// Actions of one transaction, being gathered.
pub(crate) struct Transaction {
    table: String,
    actions: Vec<TransactWriteItem>,
    /// Which of them asks for the standstill.
    standstill: Option<usize>,
}

impl Transaction {
    pub(crate) fn new(table: &str) -> Self {
        Self {
            table: table.to_owned(),
            actions: Vec::new(),
            standstill: None,
        }
    }

    /// Writes an item on the condition that it is at the version that was read, or not there.
    pub(crate) fn put_guarded(&mut self, item: Item, read: Option<&AsRead>) {
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = match read {
            Some(read) => put
                .condition_expression(IS_AT_VERSION)
                .expression_attribute_values(":version", number(read)),
            None => put.condition_expression(IS_ABSENT),
        };
        self.push(|action| action.put(put.build().expect("table and item are set")));
    }

    pub(crate) fn put(&mut self, item: Item) {
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        self.push(|action| action.put(put.build().expect("table and item are set")));
    }

    /// Writes the marker of an event, unless a later translation has.
    pub(crate) fn put_marker(&mut self, item: Item, translation: u32) {
        let number = AttributeValue::N(translation.to_string());
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(
                "attribute_not_exists(#translation) OR #translation <= :translation",
            )
            .expression_attribute_names("#translation", "translation") // one of DynamoDB's own words
            .expression_attribute_values(":translation", number);
        self.push(|action| action.put(put.build().expect("table and item are set")));
    }

    pub(crate) fn delete(&mut self, key: Key, read: &AsRead) {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key_item(key)))
            .condition_expression(IS_AT_VERSION)
            .expression_attribute_values(":version", number(read));
        self.push(|action| action.delete(delete.build().expect("table and key are set")));
    }

    /// Deletes an item, or nothing if it is not there.
    pub(crate) fn delete_any(&mut self, key: Key) {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key_item(key)));
        self.push(|action| action.delete(delete.build().expect("table and key are set")));
    }

    /// Deletes a record on the condition that nobody wrote it again since it was read.
    pub(crate) fn delete_record(&mut self, key: Key, read: &Item) {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key_item(key)))
            .condition_expression("#at = :at")
            .expression_attribute_names("#at", "at")
            .set_expression_attribute_values(
                read.get("at")
                    .map(|at| Item::from([(":at".to_owned(), at.clone())])),
            );
        self.push(|action| action.delete(delete.build().expect("table and key are set")));
    }

    /// On the condition that everything does not stand still on this day.
    pub(crate) fn check_standstill(&mut self, debtor: &DebtorKey, today: Date) {
        self.standstill = Some(self.actions.len());
        self.check(Key::standstill_for(debtor), |check| {
            check
                .condition_expression(IS_OVER)
                .expression_attribute_names("#value", "value")
                .expression_attribute_names("#until", "until")
                .expression_attribute_values(":today", AttributeValue::S(today.to_string()))
        });
    }

    pub(crate) fn check_absent(&mut self, key: Key) {
        self.check(key, |check| check.condition_expression(IS_ABSENT));
    }

    /// On the condition that the pointer of an invoice leads to that debtor.
    pub(crate) fn check_points(&mut self, key: Key, debtor: &DebtorKey) {
        self.check(key, |check| {
            check
                .condition_expression("debtor = :debtor")
                .expression_attribute_values(":debtor", AttributeValue::S(debtor.to_string()))
        });
    }

    pub(crate) fn check_version(&mut self, key: Key, read: &AsRead) {
        self.check(key, |check| {
            check
                .condition_expression(IS_AT_VERSION)
                .expression_attribute_values(":version", number(read))
        });
    }

    fn check(
        &mut self,
        key: Key,
        condition: impl FnOnce(ConditionCheckBuilder) -> ConditionCheckBuilder,
    ) {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key_item(key)));
        let check = condition(check)
            .build()
            .expect("table, key and condition are set");
        self.push(|action| action.condition_check(check));
    }

    /// Lets the pointer of an invoice that is new here lead to its debtor: it is not there yet, or still
    /// leads to the customer it comes from, or is as it was read while it led nowhere. An update, so that
    /// what a newer version keeps there stays.
    pub(crate) fn point(
        &mut self,
        key: Key,
        debtor: &DebtorKey,
        from: Option<&DebtorKey>,
        parked: Option<&AsRead>,
    ) {
        let text = |debtor: &DebtorKey| AttributeValue::S(debtor.to_string());
        let update = self
            .update_of(key)
            .update_expression("SET debtor = :debtor REMOVE version, apart")
            .expression_attribute_values(":debtor", text(debtor));
        let update = match parked {
            Some(read) => update
                .condition_expression(IS_AT_VERSION)
                .expression_attribute_values(":version", number(read)),
            None => update
                .condition_expression("attribute_not_exists(PK) OR debtor = :expected")
                .expression_attribute_values(":expected", text(from.unwrap_or(debtor))),
        };
        self.update(update);
    }

    /// Notes that something was refused, on the condition that it was not noted for so long.
    pub(crate) fn note_refused(&mut self, key: Key, now: Timestamp, at_most: SignedDuration) {
        let before = now.saturating_sub(at_most).unwrap_or(Timestamp::MIN);
        let update = self
            .update_of(key)
            .update_expression(
                "SET refused_at = :now, refused_since = if_not_exists(refused_since, :now), \
                 known_since = if_not_exists(known_since, :now)",
            )
            .condition_expression("attribute_not_exists(refused_at) OR refused_at <= :before")
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":before", instant(before));
        self.update(update);
    }

    /// Sets one field of an item to an instant.
    pub(crate) fn set_instant(&mut self, key: Key, field: &str, at: Timestamp) {
        let update = self
            .update_of(key)
            .update_expression("SET #field = :at")
            .expression_attribute_names("#field", field)
            .expression_attribute_values(":at", instant(at));
        self.update(update);
    }

    fn update_of(&self, key: Key) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(key_item(key)))
    }

    fn update(&mut self, update: UpdateBuilder) {
        self.push(|action| action.update(update.build().expect("table, key and update are set")));
    }

    fn push(&mut self, action: impl FnOnce(TransactWriteItemBuilder) -> TransactWriteItemBuilder) {
        self.actions
            .push(action(TransactWriteItem::builder()).build());
    }

    pub(crate) async fn write(self, ledger: &Ledger) -> Result<(), LedgerError> {
        // Somebody did all of it already.
        if ledger.only_tries() || self.actions.is_empty() {
            return Ok(());
        }
        let request = ledger
            .client
            .transact_write_items()
            .set_transact_items(Some(self.actions));
        // Boxed: the SDK's futures are deeper than the compiler follows.
        let answer = Box::pin(request.send()).await;
        answer
            .map(|_| ())
            .map_err(|error| cancelled(error, self.standstill))
    }
}

const IS_AT_VERSION: &str = "version = :version";

const IS_ABSENT: &str = "attribute_not_exists(PK)";

/// One without an end is not over: no day is later than nothing.
const IS_OVER: &str = "attribute_not_exists(PK) OR #value.#until <= :today";

fn number(read: &AsRead) -> AttributeValue {
    AttributeValue::N(read.version.to_string())
}

/// A cancelled transaction says for each action why; one real refusal outweighs lost races, and that
/// everything stands still outweighs all.
fn cancelled(error: SdkError<TransactWriteItemsError>, standstill: Option<usize>) -> LedgerError {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
        error.as_service_error()
    else {
        return LedgerError::from_sdk(error);
    };
    let reasons = cancelled.cancellation_reasons();
    let stands_still = standstill.and_then(|action| reasons.get(action)?.code());
    if stands_still == Some("ConditionalCheckFailed") {
        return LedgerError::StandsStill;
    }
    let codes = reasons.iter().filter_map(|reason| reason.code());
    let mut errors: Vec<_> = codes
        .filter(|code| *code != "None")
        .map(LedgerError::from_code)
        .collect();
    let refusal = errors.iter().position(|error| !error.is_transient());
    let race = errors
        .iter()
        .position(|error| matches!(error, LedgerError::LostRace));
    match refusal.or(race).or((!errors.is_empty()).then_some(0)) {
        Some(index) => errors.swap_remove(index),
        None => LedgerError::Unavailable("TransactionCanceledException".to_owned()),
    }
}
