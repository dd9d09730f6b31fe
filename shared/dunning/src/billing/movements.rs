//! What a billing tool tells of an invoice without showing it: money that moved, and ends.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::snapshot::{Dated, Order, Status};
use crate::value::{Money, MovementId, PaymentId};

/// What may be told of an invoice without showing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
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
            let Movement { kind, amount } = latest.value;
            let quietness = match kind {
                MovementKind::Payment | MovementKind::Credit => amount.minor,
                MovementKind::Refund | MovementKind::Reversal => -amount.minor,
            };
            (latest.order.place(), quietness, latest.value)
        };
        Self {
            latest: if rank(&other).cmp(&rank(&self)).is_gt() {
                other.latest
            } else {
                self.latest
            },
            since: self.since.min(other.since),
            most: self.most.max(other.most),
        }
    }
}

/// All that was told of an invoice apart from its snapshots. Merging two is commutative, associative and
/// idempotent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movements {
    /// By their ids, so that none counts twice.
    #[serde(
        rename = "movements",
        default,
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub by_id: BTreeMap<MovementId, Moved>,
    /// The newest end that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Dated<Status>>,
}

impl Movements {
    /// What a single event says.
    pub fn by(order: Order, what: &Happened) -> Self {
        match what {
            Happened::Moved { id, movement, .. } => {
                let moved = Moved {
                    latest: Dated {
                        order,
                        value: *movement,
                    },
                    since: order.at,
                    most: movement.amount.minor,
                };
                Self {
                    by_id: BTreeMap::from([(id.clone(), moved)]),
                    ended: None,
                }
            }
            Happened::Ended(status) => Self {
                by_id: BTreeMap::new(),
                ended: Some(Dated {
                    order,
                    value: *status,
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
        for (id, moved) in other.by_id {
            let known = self.by_id.entry(id).or_insert(moved);
            *known = known.merge(moved);
        }
        let ends = [self.ended, other.ended].into_iter().flatten();
        self.ended = ends.max_by_key(|end| (end.order.place(), end.value));
        self
    }

    /// The movements of a kind.
    pub(crate) fn of(&self, kind: MovementKind) -> impl Iterator<Item = &Moved> {
        let movements = self.by_id.values();
        movements.filter(move |moved| moved.latest.value.kind == kind)
    }
}
