//! What a billing tool tells of an invoice without showing it: money that moved, and ends.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::facts::{Dated, Order, Status};
use crate::ids::{EventId, InvoiceId, MovementId, PaymentId, Realm};
use crate::money::Money;

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

/// One movement, by all that was told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The newest word.
    pub latest: Dated<Movement>,
    /// When it was told of first: being told of again does not make it a newer one.
    pub since: Timestamp,
    /// The most that was ever told of it, in minor units.
    pub most: i64,
}

impl Moved {
    fn merge(self, other: Self) -> Self {
        // Of the same moment, the quieter word: more was paid, less was reversed.
        let rank = |Self { latest, .. }: &Self| {
            let Movement { kind, amount } = latest.facts;
            let quietness = match kind {
                MovementKind::Payment | MovementKind::Credit => amount.minor,
                MovementKind::Refund | MovementKind::Reversal => -amount.minor,
            };
            (latest.order.place(), quietness, latest.facts)
        };
        Self {
            latest: if rank(&other) > rank(&self) {
                other.latest
            } else {
                self.latest
            },
            since: self.since.min(other.since),
            most: self.most.max(other.most),
        }
    }
}

/// What was told of an invoice apart from its snapshots. Merging two is commutative, associative and
/// idempotent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apart {
    /// By their ids, so that none counts twice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub movements: BTreeMap<MovementId, Moved>,
    /// The newest end that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Dated<Status>>,
}

impl Apart {
    /// What a single event says.
    pub fn by(event: &FactEvent) -> Self {
        let order = event.order;
        match &event.fact {
            Fact::Moved { id, movement, .. } => {
                let moved = Moved {
                    latest: Dated {
                        order,
                        facts: *movement,
                    },
                    since: order.at,
                    most: movement.amount.minor,
                };
                Self {
                    movements: BTreeMap::from([(id.clone(), moved)]),
                    ended: None,
                }
            }
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
        for (id, moved) in other.movements {
            let known = self.movements.entry(id).or_insert(moved);
            *known = known.merge(moved);
        }
        let ends = [self.ended, other.ended].into_iter().flatten();
        self.ended = ends.max_by_key(|end| (end.order.place(), end.facts));
        self
    }

    /// The movements of a kind.
    pub(crate) fn of(&self, kind: MovementKind) -> impl Iterator<Item = &Moved> {
        let movements = self.movements.values();
        movements.filter(move |moved| moved.latest.facts.kind == kind)
    }
}
