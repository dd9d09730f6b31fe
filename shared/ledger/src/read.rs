//! Reading: what an event touches, and a whole file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use dunning::file::{Debtor, File, Invoice, Mailbox};
use dunning::journal::Line;
use dunning::value::{DebtorKey, EventId, InvoiceId, MailboxId, Realm};
use jiff::Timestamp;

use crate::basis::{Basis, Shelf, StoredFile};
use crate::error::LedgerError;
use crate::items::{
    self, Entry, Item, JournalRecord, Record, Stored, from_item, instant, key_item, stored, text,
};
use crate::keys::{self, Key};
use crate::marker::Seen;
use crate::pointer::{self, Pointer};
use crate::table::Ledger;

/// All that an event about an invoice touches.
#[derive(Debug, Clone, PartialEq)]
pub struct EventView {
    /// The invoice's id.
    pub id: InvoiceId,
    /// The debtor that the event names.
    pub debtor: Option<Stored<Debtor>>,
    /// Its invoice, and where it stands.
    pub invoice: Option<(Shelf, Stored<Invoice>)>,
    /// Whose the invoice is, if it is known.
    pub pointer: Pointer<DebtorKey>,
    /// The event has been taken in before.
    pub seen: Option<Seen>,
}

impl EventView {
    /// The invoice, if it is here.
    pub fn invoice(&self) -> Option<&Invoice> {
        let (_, invoice) = self.invoice.as_ref()?;
        Some(&invoice.value)
    }

    /// What guards a change.
    pub fn basis(&self) -> Basis {
        let debtor = self.debtor.as_ref();
        let mut basis = Basis::of_debtor(debtor.map(|debtor| debtor.read.clone()));
        if let Pointer::Unknown(Some(parked)) = &self.pointer {
            basis.parked.insert(self.id.clone(), parked.read.clone());
        }
        if let Some((shelf, invoice)) = &self.invoice {
            basis.note(*shelf, invoice);
        }
        basis
    }
}

/// Reads a debtor out of an image of the table's stream.
pub fn debtor_image(image: serde_dynamo::Item) -> Result<Debtor, LedgerError> {
    items::image(image)
}

/// Reads an invoice out of an image of the table's stream.
pub fn invoice_image(image: serde_dynamo::Item) -> Result<Invoice, LedgerError> {
    items::image(image)
}

/// Reads an entry of a journal out of an image of the table's stream.
pub fn journal_image(image: serde_dynamo::Item) -> Result<Entry, LedgerError> {
    let JournalRecord { at, value, .. } = from_item(image)?;
    Ok(Entry { at, lines: value })
}

/// A signal, and when it was to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// When.
    pub at: Timestamp,
    /// What the journal says of it.
    pub line: Line,
}

/// Reads a signal out of an image of the table's stream, or out of the table.
pub fn signal_image(image: impl Into<serde_dynamo::Item>) -> Result<Signal, LedgerError> {
    let Record { at, value, .. } = from_item(image)?;
    Ok(Signal { at, line: value })
}

impl Ledger {
    /// A signal that is to be told, by the keys of its item. It is kept for a month.
    pub async fn signal(
        &self,
        debtor: &DebtorKey,
        sk: &str,
    ) -> Result<Option<Signal>, LedgerError> {
        let item = self.get(Key::item_of(debtor, sk)).await?;
        item.map(signal_image).transpose()
    }

    /// Reads, in one call, all that an event about an invoice touches.
    pub async fn view_event(
        &self,
        debtor: &DebtorKey,
        invoice: &InvoiceId,
        event: &EventId,
    ) -> Result<EventView, LedgerError> {
        let realm = &debtor.realm;
        let keys = vec![
            Key::file(debtor),
            Key::open(debtor, invoice),
            Key::closed(debtor, invoice),
            Key::pointer(realm, invoice),
            Key::seen(realm, event),
        ];
        let mut items = self.batch_get(keys).await?;
        let mut take = |key: Key| items.remove(&(key.pk, key.sk));
        let debtor_item = take(Key::file(debtor));
        let open = take(Key::open(debtor, invoice)).map(|item| (Shelf::Open, item));
        let closed = take(Key::closed(debtor, invoice)).map(|item| (Shelf::Closed, item));
        let pointer = take(Key::pointer(realm, invoice));
        Ok(EventView {
            id: invoice.clone(),
            debtor: debtor_item.map(stored).transpose()?,
            invoice: match open.or(closed) {
                Some((place, item)) => Some((place, stored(item)?)),
                None => None,
            },
            pointer: pointer::owner(pointer)?,
            seen: take(Key::seen(realm, event)).map(from_item).transpose()?,
        })
    }

    /// Reads a debtor's whole file: one query for each MB of open invoices. An invoice that cannot be
    /// read is left out, and logged.
    pub async fn file(&self, debtor: &DebtorKey) -> Result<Option<StoredFile>, LedgerError> {
        let mut owner: Option<Stored<Debtor>> = None;
        let mut open = BTreeMap::new();
        let mut basis = Basis::default();
        for item in self.query_prefix(&debtor.to_string(), keys::FILE).await? {
            let sk = text(&item, "SK");
            if sk == keys::FILE {
                owner = Some(stored(item)?);
            } else if keys::open_invoice(&sk).is_some() {
                match stored::<Invoice>(item) {
                    Ok(invoice) => {
                        basis.note(Shelf::Open, &invoice);
                        open.insert(invoice.value.id().clone(), invoice.value);
                    }
                    // It would silence all the others of this debtor.
                    Err(error) => tracing::error!(%debtor, %error, "open invoice left out"),
                }
            }
        }
        let Some(Stored { value, read }) = owner else {
            return Ok(None);
        };
        basis.debtor = Some(read);
        let file = File {
            debtor: value,
            open,
        };
        Ok(Some(StoredFile { file, basis }))
    }

    /// Reads a debtor without its invoices, and whether an event has been taken in before.
    pub async fn view_customer_event(
        &self,
        debtor: &DebtorKey,
        event: &EventId,
    ) -> Result<(Option<Stored<Debtor>>, Option<Seen>), LedgerError> {
        let (file, marker) = (Key::file(debtor), Key::seen(&debtor.realm, event));
        let mut items = self.batch_get(vec![file.clone(), marker.clone()]).await?;
        let mut take = |key: Key| items.remove(&(key.pk, key.sk));
        let debtor = take(file).map(stored).transpose()?;
        Ok((debtor, take(marker).map(from_item).transpose()?))
    }

    /// Which of some events have been taken in before, and how.
    pub async fn seen(
        &self,
        realm: &Realm,
        events: &[EventId],
    ) -> Result<Vec<(EventId, Seen)>, LedgerError> {
        let keys = events.iter().map(|event| Key::seen(realm, event));
        let mut items = self.batch_get(keys.collect()).await?;
        let mut seen = Vec::new();
        for event in events {
            let Key { pk, sk } = Key::seen(realm, event);
            if let Some(item) = items.remove(&(pk, sk)) {
                seen.push((event.clone(), from_item(item)?));
            }
        }
        Ok(seen)
    }

    /// Reads a debtor without its invoices.
    pub async fn debtor(&self, debtor: &DebtorKey) -> Result<Option<Stored<Debtor>>, LedgerError> {
        self.get(Key::file(debtor)).await?.map(stored).transpose()
    }

    /// Reads a mailbox, if there is anything of it; what is then written of it is guarded by that.
    pub async fn read_mailbox(
        &self,
        id: &MailboxId,
        basis: &mut Basis,
    ) -> Result<Option<Mailbox>, LedgerError> {
        let item = self.get(Key::mailbox(id)).await?;
        let read: Option<Stored<Mailbox>> = item.map(stored).transpose()?;
        let mailbox = read.as_ref().map(|read| read.value.clone());
        basis.mailboxes.insert(id.clone(), read);
        Ok(mailbox)
    }

    /// Reads a mailbox to look at it.
    pub async fn mailbox(&self, id: &MailboxId) -> Result<Option<Mailbox>, LedgerError> {
        self.read_mailbox(id, &mut Basis::default()).await
    }

    /// Reads one open invoice.
    pub async fn open_invoice(
        &self,
        debtor: &DebtorKey,
        id: &InvoiceId,
    ) -> Result<Option<Invoice>, LedgerError> {
        let item = self.get(Key::open(debtor, id)).await?;
        let invoice = item.map(stored::<Invoice>).transpose()?;
        Ok(invoice.map(|invoice| invoice.value))
    }

    /// Reads one invoice, open or closed.
    pub(crate) async fn invoice(
        &self,
        debtor: &DebtorKey,
        id: &InvoiceId,
    ) -> Result<Option<Invoice>, LedgerError> {
        if let Some(open) = self.open_invoice(debtor, id).await? {
            return Ok(Some(open));
        }
        let item = self.get(Key::closed(debtor, id)).await?;
        let invoice = item.map(stored::<Invoice>).transpose()?;
        Ok(invoice.map(|invoice| invoice.value))
    }

    /// Whose an invoice is, if it is known.
    pub async fn owner(
        &self,
        realm: &Realm,
        invoice: &InvoiceId,
    ) -> Result<Option<DebtorKey>, LedgerError> {
        Ok(match self.pointer(realm, invoice).await? {
            Pointer::To(debtor) => Some(debtor),
            Pointer::Unknown(_) => None,
        })
    }

    /// Reads a debtor's closed invoices.
    pub async fn closed(&self, debtor: &DebtorKey) -> Result<Vec<Invoice>, LedgerError> {
        let items = self.query_prefix(&debtor.to_string(), keys::CLOSED).await?;
        items
            .into_iter()
            .map(|item| stored(item).map(|stored| stored.value))
            .collect()
    }

    /// Reads a debtor's journal, oldest entry first.
    pub async fn journal(&self, debtor: &DebtorKey) -> Result<Vec<Entry>, LedgerError> {
        let items = self
            .query_prefix(&debtor.to_string(), keys::JOURNAL)
            .await?;
        items
            .into_iter()
            .map(|item| journal_image(item.into()))
            .collect()
    }

    /// The partitions in which something was to happen by now, and has not.
    pub async fn late(&self, now: Timestamp) -> Result<BTreeSet<String>, LedgerError> {
        self.indexed(keys::LATE, now).await
    }

    /// The partitions in which something is to be looked at by now, though nothing was to happen.
    pub async fn to_look_at(&self, now: Timestamp) -> Result<BTreeSet<String>, LedgerError> {
        self.indexed(keys::LOOK, now).await
    }

    async fn indexed(&self, kind: &str, now: Timestamp) -> Result<BTreeSet<String>, LedgerError> {
        let mut late = BTreeSet::new();
        for number in 0..keys::LATE_SHARDS {
            let query = self
                .query_shard(kind, number)
                .key_condition_expression("late_shard = :shard AND next_action_at <= :now")
                .expression_attribute_values(":now", instant(now));
            let mut pages = query.into_paginator().send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(LedgerError::from_sdk)?;
                late.extend(page.items().iter().map(|item| text(item, "PK")));
            }
        }
        Ok(late)
    }

    /// Goes through the keys of all that is open, by the index, until it is told that it has seen enough.
    pub(crate) async fn visit_open(
        &self,
        mut visit: impl FnMut(&Item) -> ControlFlow<()> + Send,
    ) -> Result<ControlFlow<()>, LedgerError> {
        for kind in [keys::LATE, keys::LOOK] {
            for number in 0..keys::LATE_SHARDS {
                let query = self
                    .query_shard(kind, number)
                    .key_condition_expression("late_shard = :shard");
                let mut pages = query.into_paginator().send();
                while let Some(page) = pages.next().await {
                    let page = page.map_err(LedgerError::from_sdk)?;
                    if page.items().iter().try_for_each(&mut visit).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// A query of one shard of the index, as `:shard`.
    pub(crate) fn query_shard(&self, kind: &str, number: u8) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .index_name(keys::LATE_INDEX)
            .expression_attribute_values(":shard", AttributeValue::S(keys::shard(kind, number)))
    }

    pub(crate) async fn get(&self, key: Key) -> Result<Option<Item>, LedgerError> {
        let get = self
            .client
            .get_item()
            .table_name(&self.table)
            .consistent_read(true);
        let answer = get.set_key(Some(key_item(key))).send().await;
        Ok(answer.map_err(LedgerError::from_sdk)?.item)
    }

    pub(crate) async fn batch_get(
        &self,
        keys: Vec<Key>,
    ) -> Result<HashMap<(String, String), Item>, LedgerError> {
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(keys.into_iter().map(key_item).collect()))
            .consistent_read(true)
            .build()
            .expect("the keys are set");
        let request = self
            .client
            .batch_get_item()
            .request_items(&self.table, keys);
        let answer = request.send().await.map_err(LedgerError::from_sdk)?;
        if answer
            .unprocessed_keys()
            .is_some_and(|rest| !rest.is_empty())
        {
            // DynamoDB answers in part when it throttles; five small items are asked again whole.
            return Err(LedgerError::Unavailable("unprocessed keys".to_owned()));
        }
        let items = answer.responses.unwrap_or_default().remove(&self.table);
        let keyed = |item: Item| ((text(&item, "PK"), text(&item, "SK")), item);
        Ok(items.unwrap_or_default().into_iter().map(keyed).collect())
    }

    pub(crate) async fn query_prefix(
        &self,
        pk: &str,
        prefix: &str,
    ) -> Result<Vec<Item>, LedgerError> {
        self.query(pk, "PK = :pk AND begins_with(SK, :sk)", prefix)
            .await
    }

    pub(crate) async fn query(
        &self,
        pk: &str,
        condition: &str,
        sk: &str,
    ) -> Result<Vec<Item>, LedgerError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(condition)
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .expression_attribute_values(":sk", AttributeValue::S(sk.to_owned()));
        let mut pages = query.into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            items.extend(
                page.map_err(LedgerError::from_sdk)?
                    .items
                    .unwrap_or_default(),
            );
        }
        Ok(items)
    }
}
