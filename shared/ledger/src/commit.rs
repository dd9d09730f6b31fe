//! One change, one conditional transaction.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::{ConditionCheckBuilder, TransactWriteItemBuilder};
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem};
use dunning::change::Change;
use dunning::file::{Hold, Invoice, Outlook};
use dunning::ids::{DebtorKey, EventId, InvoiceId};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::error::LedgerError;
use crate::items::{self, Item, JournalRecord, NoticeRecord, Record, Stored, to_item};
use crate::keys::Key;
use crate::pointer::PaymentLink;

/// How long a marker of an event, a notice or an inbox entry is kept.
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The versions at which things were read; what is absent was not there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Versions {
    /// Of the debtor's own item.
    pub debtor: Option<u64>,
    /// Of the open invoices.
    pub open: BTreeMap<InvoiceId, u64>,
    /// Of the closed invoices that were read.
    pub closed: BTreeMap<InvoiceId, u64>,
    /// Of what was told of invoices before it was known whose they are.
    pub parked: BTreeMap<InvoiceId, u64>,
}

impl Versions {
    /// Notes the version of an invoice where it stands, which may not be where it belongs by now.
    pub(crate) fn note(&mut self, stands: Place, Stored { version, value }: &Stored<Invoice>) {
        let place = match stands {
            Place::Open => &mut self.open,
            Place::Closed => &mut self.closed,
        };
        place.insert(value.id().clone(), *version);
    }
}

/// Among which invoices of a debtor one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Those that every decision reads.
    Open,
    /// Those that are paid, void or written off.
    Closed,
}

/// Where an invoice was before the tool moved it to another customer.
#[derive(Debug, Clone, PartialEq)]
pub struct MovedFrom {
    /// Whose it was.
    pub debtor: DebtorKey,
    /// What was read there.
    pub versions: Versions,
    /// What the old debtor's journal says about it.
    pub journal: Vec<dunning::journal::Line>,
}

/// A change with all that guards it.
#[derive(Debug, Clone)]
pub struct Commit<'a> {
    /// Whose file it is.
    pub debtor: &'a DebtorKey,
    /// What was read.
    pub read: &'a Versions,
    /// What is to be written.
    pub change: &'a Change,
    /// The event it comes from, to be marked as seen.
    pub event: Option<&'a EventId>,
    /// The invoice comes from another customer.
    pub moved_from: Option<&'a MovedFrom>,
    /// A payment for the invoice that the tool may refer to.
    pub link: Option<&'a PaymentLink>,
    /// The journal's time.
    pub now: Timestamp,
}

/// Actions of one transaction, being gathered.
pub(crate) struct Transaction {
    table: String,
    actions: Vec<TransactWriteItem>,
}

impl Transaction {
    pub(crate) fn new(table: &str) -> Self {
        Self {
            table: table.to_owned(),
            actions: Vec::new(),
        }
    }

    /// Writes an item on the condition that it is at the version that was read, or not there.
    pub(crate) fn put_guarded(&mut self, item: Item, read: Option<u64>) {
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = match read {
            Some(version) => put
                .condition_expression(IS_AT_VERSION)
                .expression_attribute_values(":version", number(version)),
            None => put.condition_expression(IS_ABSENT),
        };
        self.push(|action| action.put(put.build().expect("table and item are set")));
    }

    pub(crate) fn put(&mut self, item: Item) {
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        self.push(|action| action.put(put.build().expect("table and item are set")));
    }

    fn delete(&mut self, key: Key, read: u64) {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key_item(key)))
            .condition_expression(IS_AT_VERSION)
            .expression_attribute_values(":version", number(read));
        self.push(|action| action.delete(delete.build().expect("table and key are set")));
    }

    fn check_absent(&mut self, key: Key) {
        self.check(key, |check| check.condition_expression(IS_ABSENT));
    }

    fn check_version(&mut self, key: Key, version: u64) {
        self.check(key, |check| {
            check
                .condition_expression(IS_AT_VERSION)
                .expression_attribute_values(":version", number(version))
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

    /// The pointer of an invoice that is new here: not there yet, or still at the customer it comes from,
    /// or as it was read while it led nowhere.
    fn put_pointer(
        &mut self,
        key: Key,
        debtor: &DebtorKey,
        from: Option<&DebtorKey>,
        parked: Option<u64>,
    ) {
        let item = pointer_item(key, debtor);
        if parked.is_some() {
            return self.put_guarded(item, parked);
        }
        let expected = from.unwrap_or(debtor).to_string();
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(PK) OR debtor = :expected")
            .expression_attribute_values(":expected", AttributeValue::S(expected));
        self.push(|action| action.put(put.build().expect("table and item are set")));
    }

    fn push(&mut self, action: impl FnOnce(TransactWriteItemBuilder) -> TransactWriteItemBuilder) {
        self.actions
            .push(action(TransactWriteItem::builder()).build());
    }

    pub(crate) async fn write(self, client: &Client) -> Result<(), LedgerError> {
        let request = client
            .transact_write_items()
            .set_transact_items(Some(self.actions));
        request.send().await.map(|_| ()).map_err(cancelled)
    }
}

const IS_AT_VERSION: &str = "version = :version";
const IS_ABSENT: &str = "attribute_not_exists(PK)";

/// Each write counts one on.
pub(crate) fn next(version: Option<u64>) -> u64 {
    version.map_or(1, |version| version + 1)
}

fn number(version: u64) -> AttributeValue {
    AttributeValue::N(version.to_string())
}

pub(crate) fn key_item(key: Key) -> Item {
    Item::from([
        ("PK".to_owned(), AttributeValue::S(key.pk)),
        ("SK".to_owned(), AttributeValue::S(key.sk)),
    ])
}

/// The pointer from an invoice to whose it is.
pub(crate) fn pointer_item(key: Key, debtor: &DebtorKey) -> Item {
    let mut item = key_item(key);
    let debtor = AttributeValue::S(debtor.to_string());
    item.insert("debtor".to_owned(), debtor);
    item
}

impl<'a> Commit<'a> {
    /// Of a decision: no event is behind it, and no invoice comes from elsewhere.
    pub fn new(
        debtor: &'a DebtorKey,
        read: &'a Versions,
        change: &'a Change,
        now: Timestamp,
    ) -> Self {
        Self {
            debtor,
            read,
            change,
            event: None,
            moved_from: None,
            link: None,
            now,
        }
    }
}

impl Commit<'_> {
    pub(crate) fn transaction(&self, table: &str) -> Result<Transaction, LedgerError> {
        let mut transaction = Transaction::new(table);
        if let Some(debtor) = &self.change.debtor {
            let version = next(self.read.debtor);
            let item = items::debtor(Key::file(self.debtor), version, debtor)?;
            transaction.put_guarded(item, self.read.debtor);
        } else if let Some(version) = self.read.debtor.filter(|_| self.holds_for_the_debtor()) {
            // Whoever corrects the debtor now must see this invoice, or nobody would look again.
            transaction.check_version(Key::file(self.debtor), version);
        }
        for invoice in &self.change.invoices {
            self.put_invoice(&mut transaction, invoice)?;
        }
        if let Some(link) = self.link {
            link.put(&self.debtor.realm, &mut transaction)?;
        }
        self.add_journal(&mut transaction)?;
        if let Some(event) = self.event {
            let key = Key::seen(&self.debtor.realm, event);
            transaction.put(record(key, self.now, (), true)?);
        }
        if !self.change.notices.is_empty() {
            let id = digest(&self.change.notices, self.debtor);
            let key = Key::notice(self.now, &id);
            let notices: NoticeRecord =
                new_record(key, self.now, self.change.notices.clone(), true);
            transaction.put(to_item(&notices)?);
        }
        Ok(transaction)
    }

    /// Whether an invoice is written as held for what the debtor's own item says.
    fn holds_for_the_debtor(&self) -> bool {
        let held = |invoice: &Invoice| match invoice.outlook {
            Outlook::Held(
                Hold::NoAddress | Hold::AddressBounced | Hold::AddressComplained | Hold::Paused,
            ) => true,
            Outlook::Held(Hold::NoDueDate | Hold::Reopened)
            | Outlook::Next { .. }
            | Outlook::Finished
            | Outlook::NotChased(_) => false,
        };
        self.change.invoices.iter().any(held)
    }

    /// The versions that guard the next change.
    pub(crate) fn versions_after(&self) -> Versions {
        let mut after = self.read.clone();
        if self.change.debtor.is_some() {
            after.debtor = Some(next(after.debtor));
        }
        for invoice in &self.change.invoices {
            let id = invoice.id();
            let newest = after.open.remove(id).max(after.closed.remove(id));
            after.parked.remove(id);
            let place = if invoice.is_closed() {
                &mut after.closed
            } else {
                &mut after.open
            };
            place.insert(id.clone(), next(newest));
        }
        after
    }

    /// Puts an invoice where its state belongs, and takes it away from where it was read.
    fn put_invoice(&self, to: &mut Transaction, invoice: &Invoice) -> Result<(), LedgerError> {
        let id = invoice.id();
        let (open, closed) = (Key::open(self.debtor, id), Key::closed(self.debtor, id));
        let (was_open, was_closed) = (self.read.open.get(id), self.read.closed.get(id));
        let (here, there, was_here, was_there) = if invoice.is_closed() {
            (closed, open, was_closed, was_open)
        } else {
            (open, closed, was_open, was_closed)
        };
        let newest = was_here.max(was_there);
        let version = next(newest.copied());
        to.put_guarded(items::invoice(here, version, invoice)?, was_here.copied());
        match (was_there, was_here) {
            (Some(version), _) => to.delete(there, *version),
            // Created: the other place must still be empty, or a late event could open a closed debt.
            (None, None) => to.check_absent(there),
            (None, Some(_)) => {}
        }
        if newest.is_none() {
            let from = self.moved_from.map(|moved| &moved.debtor);
            let key = Key::pointer(&self.debtor.realm, id);
            let parked = self.read.parked.get(id).copied();
            to.put_pointer(key, self.debtor, from, parked);
            if let Some(moved) = self.moved_from {
                take_away(to, moved, id);
            }
        }
        Ok(())
    }

    fn add_journal(&self, to: &mut Transaction) -> Result<(), LedgerError> {
        // Entries of one instant stand in the order in which they were written.
        let after = self.versions_after();
        let versions = after.open.values().chain(after.closed.values());
        let place: u64 = versions.chain(&after.debtor).sum();
        let own = Some((self.debtor, &self.change.journal));
        let old = self.moved_from.map(|moved| (&moved.debtor, &moved.journal));
        for (debtor, lines) in own
            .into_iter()
            .chain(old)
            .filter(|(_, lines)| !lines.is_empty())
        {
            let id = format!("{place:08}-{}", digest(lines, debtor));
            let entry: JournalRecord = new_record(
                Key::journal(debtor, self.now, &id),
                self.now,
                lines.clone(),
                false,
            );
            to.put(to_item(&entry)?);
        }
        Ok(())
    }
}

/// Deletes what was read at the old customer. What was not there must still not be: it may have
/// been on its way from one place to the other while it was read.
fn take_away(from: &mut Transaction, moved: &MovedFrom, id: &InvoiceId) {
    let places = [
        (Key::open(&moved.debtor, id), moved.versions.open.get(id)),
        (
            Key::closed(&moved.debtor, id),
            moved.versions.closed.get(id),
        ),
    ];
    for (key, version) in places {
        match version {
            Some(version) => from.delete(key, *version),
            None => from.check_absent(key),
        }
    }
}

pub(crate) fn new_record<T>(key: Key, at: Timestamp, value: T, expires: bool) -> Record<T> {
    let expires_at = at
        .saturating_add(MONTH)
        .map_or(i64::MAX, Timestamp::as_second);
    Record {
        pk: key.pk,
        sk: key.sk,
        at,
        value,
        expires_at: expires.then_some(expires_at),
    }
}

pub(crate) fn record<T: serde::Serialize>(
    key: Key,
    at: Timestamp,
    value: T,
    expires: bool,
) -> Result<Item, LedgerError> {
    to_item(&new_record(key, at, value, expires))
}

/// Tells apart two records of the same instant; the same content gets the same name.
pub(crate) fn digest<T: serde::Serialize>(content: &T, debtor: &impl ToString) -> String {
    let text = serde_json::to_string(content).unwrap_or_default();
    hex::encode(&Sha256::digest(debtor.to_string() + &text)[..6])
}

/// A cancelled transaction says for each action why; one real refusal outweighs lost races.
fn cancelled(error: SdkError<TransactWriteItemsError>) -> LedgerError {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
        error.as_service_error()
    else {
        return LedgerError::from_sdk(error);
    };
    let codes = cancelled
        .cancellation_reasons()
        .iter()
        .filter_map(|reason| reason.code());
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
