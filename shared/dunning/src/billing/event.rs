//! What a billing tool says, event by event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::customer::CustomerFacts;
use super::movements::Happened;
use super::snapshot::{Dated, Order, Profile, Reversals, Snapshot};
use super::teller::By;
use crate::value::{CustomerId, DebtorKey, EventId, InvoiceId, PaymentId, Realm};

/// One event of a billing tool that shows an invoice: everything it says about it and its debtor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceEvent {
    /// The tool's id of the event.
    pub id: EventId,
    /// The tool's own name for what happened, as `invoice.paid`; for the journal only.
    pub kind: String,
    /// Where customer and invoice live.
    pub realm: Realm,
    /// Whose invoice it is.
    pub customer: CustomerId,
    /// Orders this event among all others about the same invoice.
    pub order: Order,
    /// The invoice as of the event.
    pub invoice: Snapshot,
    /// The debtor as the event describes it, if it does.
    pub debtor: Option<Profile>,
    /// Orders what it says of the debtor among all that is said of it. Not always the event's own
    /// place: a tool may go on showing what it knew when the invoice was issued.
    pub debtor_order: Order,
    /// An automatic charge of this invoice failed, at this instant.
    pub charge_failed_at: Option<Timestamp>,
    /// Whether the tool's snapshots show reversals.
    #[serde(default)]
    pub reversals: Reversals,
    /// The delivery, in its translation.
    #[serde(skip)]
    pub by: By,
}

impl InvoiceEvent {
    /// Whose file the event names.
    pub fn debtor_key(&self) -> DebtorKey {
        DebtorKey {
            realm: self.realm.clone(),
            customer: self.customer.clone(),
        }
    }
}

/// One event about a customer alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerEvent {
    /// The tool's id of the event.
    pub id: EventId,
    /// The tool's own name for what happened; for the journal only.
    pub kind: String,
    /// Where the customer lives.
    pub realm: Realm,
    /// Who.
    pub customer: CustomerId,
    /// What it is like, if the event describes it.
    pub debtor: Option<Dated<Profile>>,
    /// What is told of it apart.
    pub facts: CustomerFacts,
    /// The delivery, in its translation.
    #[serde(skip)]
    pub by: By,
}

impl CustomerEvent {
    /// Whose file it belongs to.
    pub fn debtor_key(&self) -> DebtorKey {
        DebtorKey {
            realm: self.realm.clone(),
            customer: self.customer.clone(),
        }
    }
}

/// One event that tells something of an invoice without showing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovementEvent {
    /// The tool's id of the event.
    pub id: EventId,
    /// The tool's own name for what happened; for the journal only.
    pub kind: String,
    /// Where the invoice lives.
    pub realm: Realm,
    /// Orders it among all that is told of the same thing.
    pub order: Order,
    /// Which invoice.
    pub subject: Subject,
    /// What is told.
    pub what: Happened,
    /// The delivery, in its translation.
    #[serde(skip)]
    pub by: By,
}

/// Which invoice a fact is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// This one.
    Invoice(InvoiceId),
    /// The one for which this payment was made.
    Payment(PaymentId),
}
