//! What a billing tool tells of an invoice without showing it: money that moved, and ends.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::facts::{Dated, Order, Status};
use crate::ids::{EventId, InvoiceId, MovementId, PaymentId, Realm};
use crate::money::{Currency, Money};

/// One event that tells something of an invoice without showing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactEvent {
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
    pub fact: Fact,
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

/// What may be told of an invoice without showing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Money moved.
    Moved {
        /// The tool's id of it: told twice, it moved once.
        id: MovementId,
        /// How much, and which way.
        movement: Movement,
        /// By which the tool refers to the payment in what it tells later.
        payment: Option<PaymentId>,
    },
    /// The debt came to its end.
    Ended(Status),
}

/// Money that moved for an invoice. An amount of nothing undoes what the same id said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Movement {
    /// Which way.
    pub kind: MovementKind,
    /// How much: never negative.
    pub amount: Money,
}

/// Which way money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// The debtor paid.
    Payment,
    /// A credit note lowers the debt.
    Credit,
    /// Money was given back. Never reopens a debt.
    Refund,
    /// A payment did not hold: a chargeback, or a failure after the fact. Reopens the debt, held.
    Reversal,
}

/// What was told of an invoice apart from its snapshots. Merging two is commutative, associative and
/// idempotent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apart {
    /// By their ids, so that none counts twice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub movements: BTreeMap<MovementId, Dated<Movement>>,
    /// The newest end that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Dated<Status>>,
}

impl Apart {
    /// What a single event says.
    pub fn by(event: &FactEvent) -> Self {
        let order = event.order;
        match &event.fact {
            Fact::Moved { id, movement, .. } => Self {
                movements: BTreeMap::from([(
                    id.clone(),
                    Dated {
                        order,
                        facts: *movement,
                    },
                )]),
                ended: None,
            },
            Fact::Ended(status) => Self {
                movements: BTreeMap::new(),
                ended: Some(Dated {
                    order,
                    facts: *status,
                }),
            },
        }
    }

    /// Nothing was told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Both, as one: of the same movement the newer word, and of two ends the later.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (id, movement) in other.movements {
            let known = self.movements.entry(id).or_insert(movement);
            *known = (*known).newest(movement);
        }
        self.ended = [self.ended, other.ended]
            .into_iter()
            .flatten()
            .reduce(Dated::newest);
        self
    }

    /// Minor units of a currency that moved one way, and when the last of them did.
    pub(crate) fn moved(
        &self,
        kind: MovementKind,
        currency: Currency,
        counts: impl Fn(Timestamp) -> bool,
    ) -> (i64, Option<Timestamp>) {
        let of_the_kind = self.movements.values().filter(|moved| {
            let Movement { kind: of, amount } = moved.facts;
            of == kind && amount.currency == currency && amount.minor > 0 && counts(moved.order.at)
        });
        of_the_kind.fold((0, None), |(sum, last), moved| {
            let sum = i64::saturating_add(sum, moved.facts.amount.minor);
            (sum, last.max(Some(moved.order.at)))
        })
    }
}
