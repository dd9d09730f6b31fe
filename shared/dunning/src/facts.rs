//! What a billing tool says: snapshots of an invoice and of its debtor, and how two of them become one.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::apart::Apart;
use crate::calendar::zone_of;
use crate::ids::{CustomerId, DebtorKey, EventId, InvoiceId, Realm};
use crate::money::{Currency, Money};
use crate::people::{Country, EmailAddress, Language, ZoneName};
use crate::reckoning;

/// One event of a billing tool that shows an invoice: everything it says about it and its debtor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
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
    pub invoice: InvoiceFacts,
    /// The debtor as the event describes him, if it does.
    pub debtor: Option<DebtorFacts>,
    /// Orders what it says of the debtor among all that is said of him. Not always the event's own
    /// place: a tool may go on showing what it knew when the invoice was issued.
    pub debtor_order: Order,
    /// An automatic charge of this invoice failed, at this instant.
    pub charge_failed_at: Option<Timestamp>,
}

impl Event {
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
    /// What is said of him.
    pub debtor: Dated<DebtorFacts>,
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

/// Which of two snapshots is newer: the tool's version counter where it has one, else its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Order {
    /// The tool's counter, if it keeps one.
    pub version: Option<i64>,
    /// When it happened, by the tool's clock.
    pub at: Timestamp,
}

impl Order {
    /// In time first: for what some sources tell with a version and some without.
    pub(crate) fn place(self) -> (Timestamp, Option<i64>) {
        (self.at, self.version)
    }
}

/// What the tool says about the debt itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not issued yet.
    Draft,
    /// Issued and owed.
    Open,
    /// Written off.
    Uncollectible,
    /// Paid in full.
    Paid,
    /// Cancelled, or a draft that was deleted.
    Void,
}

/// Who moves first to get the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collection {
    /// The debtor pays the invoice he was sent.
    SendInvoice,
    /// The tool charges a stored means of payment.
    ChargeAutomatically,
}

/// A link to an invoice. A secret: whoever has it sees the invoice, so no log shows it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Link(String);

impl Link {
    /// Of a web address.
    pub fn new(address: String) -> Self {
        Self(address)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(…)")
    }
}

/// An invoice as a tool describes it at one moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InvoiceFacts {
    /// The tool's id.
    pub id: InvoiceId,
    /// The number printed on it; a draft has none.
    pub number: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// The full amount of the invoice.
    pub total: Money,
    /// What is still to be paid: never negative.
    pub remaining: Money,
    /// The civil day by which it is to be paid.
    pub due_on: Option<Date>,
    /// Who moves first.
    pub collection: Collection,
    /// A page where the debtor can pay.
    pub pay_url: Option<Link>,
    /// The invoice as a PDF.
    pub pdf_url: Option<Link>,
    /// The debtor's purchase-order number.
    pub po_number: Option<String>,
}

impl InvoiceFacts {
    /// Whether money was received for it, but not all.
    pub fn is_part_paid(&self) -> bool {
        self.remaining.minor < self.total.minor
    }

    /// The currency of the debt.
    pub fn currency(&self) -> Currency {
        self.remaining.currency
    }

    /// On a tie of two snapshots the higher, quieter one wins: a reminder not sent can be sent later.
    fn quietness(&self) -> u8 {
        match self.status {
            Status::Draft => 0,
            Status::Open if !self.is_part_paid() => 1,
            Status::Open => 2,
            Status::Uncollectible => 3,
            Status::Paid => 4,
            Status::Void => 5,
        }
    }
}

/// A debtor as a tool describes him at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DebtorFacts {
    /// His name, as it stands on the invoice.
    pub name: Option<String>,
    /// Where reminders go.
    pub email: Option<EmailAddress>,
    /// The language he reads, if the tool knows it.
    pub language: Option<Language>,
    /// Where he is: gives the holidays, and a guess at the language and the time zone.
    pub country: Option<Country>,
    /// In which his day is counted, if the tool knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<ZoneName>,
    /// Whether he is protected as a consumer, if the tool knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<DebtorKind>,
}

/// Who owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DebtorKind {
    /// A company, an association, a public body.
    Business,
    /// A person, for himself.
    Consumer,
}

impl DebtorFacts {
    /// The zone in which his day is counted, as far as it is known.
    pub fn zone(&self) -> Option<TimeZone> {
        let told = self.time_zone.as_ref().map(ZoneName::zone);
        told.or_else(|| self.country.as_ref().and_then(zone_of))
    }
}

/// A snapshot with its place in the order of all snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated<T> {
    /// Its place in the order.
    pub order: Order,
    /// What was said.
    pub facts: T,
}

/// The part of an invoice that events decide, and only they. Merging is commutative, associative
/// and idempotent, so the order and the number of deliveries do not matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The newest snapshot.
    pub latest: Dated<InvoiceFacts>,
    /// The newest moment at which the tool called the debt settled (paid or void).
    pub settled: Option<Order>,
    /// When an automatic charge failed for the first time.
    pub charge_failed_at: Option<Timestamp>,
    /// What was told apart from snapshots.
    #[serde(default, skip_serializing_if = "Apart::is_empty")]
    pub apart: Apart,
}

impl Told {
    /// What a single event says.
    pub fn by(event: &Event) -> Self {
        let settled = matches!(event.invoice.status, Status::Paid | Status::Void);
        Self {
            latest: Dated {
                order: event.order,
                facts: event.invoice.clone(),
            },
            settled: settled.then_some(event.order),
            charge_failed_at: event.charge_failed_at,
            apart: Apart::default(),
        }
    }

    /// The same, with what was told apart.
    #[must_use]
    pub fn with(mut self, apart: Apart) -> Self {
        self.apart = self.apart.merge(apart);
        self
    }

    /// Where the debt stands: the newest snapshot, and what was told apart from it.
    pub fn facts(&self) -> Cow<'_, InvoiceFacts> {
        reckoning::facts(self)
    }

    /// Since when a debt that is open again, having been settled, waits for a person to look: the moment
    /// at which it was settled last, or at which a payment was reversed or taken back.
    pub fn reopened(&self) -> Option<Timestamp> {
        reckoning::reopened(self)
    }

    /// Both, as one.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        // Of the same moment, the quieter one; then the smaller debt; then any, but always the same.
        let rank = |told: &Self| {
            let facts = &told.latest.facts;
            (
                told.latest.order,
                facts.quietness(),
                Reverse(facts.remaining.minor),
            )
        };
        let other_wins = (rank(&other), &other.latest.facts) > (rank(&self), &self.latest.facts);
        let first_failure = [self.charge_failed_at, other.charge_failed_at];
        Self {
            settled: self.settled.max(other.settled),
            apart: self.apart.merge(other.apart),
            charge_failed_at: first_failure.into_iter().flatten().min(),
            latest: if other_wins {
                other.latest
            } else {
                self.latest
            },
        }
    }
}

impl Dated<Language> {
    /// The later of what may have been told of a language.
    pub(crate) fn later(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let rank = |told: &Self| (told.order, told.facts.clone());
        one.into_iter().chain(other).max_by_key(rank)
    }
}

impl Dated<DebtorFacts> {
    /// Of somebody of whom nothing was said yet: whatever is said is newer.
    pub fn nothing() -> Self {
        Self {
            order: Order {
                version: None,
                at: Timestamp::UNIX_EPOCH,
            },
            facts: DebtorFacts::default(),
        }
    }

    /// What it says of his language, if it says anything.
    pub(crate) fn language(&self) -> Option<Dated<Language>> {
        let Self { order, facts } = self;
        facts.language.clone().map(|facts| Dated {
            order: *order,
            facts,
        })
    }

    /// The newer of two; on a tie, the greater, so that the order of arrival does not matter.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if (other.order, &other.facts) > (self.order, &self.facts) {
            other
        } else {
            self
        }
    }
}
