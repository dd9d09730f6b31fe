//! What a billing tool tells of an invoice without showing it: money that moved, and ends.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::customer::{CustomerFacts, Pending};
use super::silence::Silence;
use super::snapshot::{Dated, Order, Status};
use super::teller::By;
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
        /// What it had been before, if it is told with its undoing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was: Option<Was>,
        /// By which the tool refers to the payment in what it tells later.
        payment: Option<PaymentId>,
    },
    /// The debt came to its end.
    Ended(Status),
    /// It was shown, in a way that makes no sense but for this.
    Silenced(Silence),
    /// A payment is under way, or has ended. It is the debtor's affair: other payments may not be known to be
    /// for any invoice.
    Pending {
        /// The tool's id of the payment.
        payment: PaymentId,
        /// Until when, and for what.
        pending: Pending,
    },
}

/// Money that moved for an invoice. An amount of nothing undoes what the same id said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Movement {
    /// Which way.
    pub kind: MovementKind,
    /// How much: never negative.
    pub amount: Money,
}

/// A movement before less was said of it: whoever did not hear of it then knows it by this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Was {
    /// How much it was: never negative.
    pub amount: Money,
    /// When it came.
    pub since: Timestamp,
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
    /// Who told of it first.
    #[serde(default, skip_serializing_if = "By::is_nobody")]
    pub since_by: By,
    /// Who told the most.
    #[serde(default, skip_serializing_if = "By::is_nobody")]
    pub most_by: By,
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
            since_by: if other.since < self.since {
                other.since_by
            } else {
                self.since_by
            },
            since: self.since.min(other.since),
            most_by: if other.most > self.most {
                other.most_by
            } else {
                self.most_by
            },
            most: self.most.max(other.most),
        }
    }

    /// What is left of it once a delivery is told anew.
    fn withdraw(mut self, by: By) -> Option<Self> {
        if self.latest.by.is_outdated_by(by) {
            return None;
        }
        if self.since_by.is_outdated_by(by) {
            (self.since, self.since_by) = (self.latest.order.at, self.latest.by);
        }
        if self.most_by.is_outdated_by(by) {
            (self.most, self.most_by) = (self.latest.value.amount.minor, self.latest.by);
        }
        Some(self)
    }

    fn told_by(mut self, by: By) -> Self {
        (self.latest.by, self.since_by, self.most_by) = (by, by, by);
        self
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
    /// The newest that silences it of what was shown and made no sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silenced: Option<Dated<Silence>>,
    /// Payments under way, on their way to the debtor: here only until it is known whose the invoice is.
    #[serde(default, skip_serializing_if = "CustomerFacts::is_empty")]
    pub of_debtor: CustomerFacts,
}

impl Movements {
    /// What a single event says.
    pub fn by(order: Order, what: &Happened) -> Self {
        match what {
            Happened::Moved {
                id, movement, was, ..
            } => {
                let minor = movement.amount.minor;
                // In another currency it was another movement.
                let was = was.filter(|was| was.amount.currency == movement.amount.currency);
                let moved = Moved {
                    latest: Dated {
                        order,
                        value: *movement,
                        by: By::default(),
                    },
                    since: was.map_or(order.at, |was| was.since.min(order.at)),
                    most: was.map_or(minor, |was| was.amount.minor.max(minor)),
                    since_by: By::default(),
                    most_by: By::default(),
                };
                Self {
                    by_id: BTreeMap::from([(id.clone(), moved)]),
                    ..Self::default()
                }
            }
            Happened::Ended(status) => Self {
                ended: Some(Dated {
                    order,
                    value: *status,
                    by: By::default(),
                }),
                ..Self::default()
            },
            Happened::Silenced(silence) => Self {
                silenced: Some(Dated {
                    order,
                    value: *silence,
                    by: By::default(),
                }),
                ..Self::default()
            },
            Happened::Pending { payment, pending } => Self {
                of_debtor: CustomerFacts::payment(
                    payment.clone(),
                    Dated {
                        order,
                        value: pending.clone(),
                        by: By::default(),
                    },
                ),
                ..Self::default()
            },
        }
    }

    /// The same, told by that delivery.
    #[must_use]
    pub fn told_by(mut self, by: By) -> Self {
        for moved in self.by_id.values_mut() {
            *moved = moved.told_by(by);
        }
        self.ended = self.ended.map(|ended| Dated { by, ..ended });
        self.silenced = self.silenced.map(|told| Dated { by, ..told });
        self.of_debtor = self.of_debtor.told_by(by);
        self
    }

    /// What is left of it once a delivery is told anew.
    #[must_use]
    pub fn withdraw(self, by: By) -> Self {
        let left = |(id, moved): (_, Moved)| Some((id, moved.withdraw(by)?));
        Self {
            by_id: self.by_id.into_iter().filter_map(left).collect(),
            ended: self.ended.filter(|ended| !ended.by.is_outdated_by(by)),
            silenced: self.silenced.filter(|told| !told.by.is_outdated_by(by)),
            of_debtor: self.of_debtor.withdraw(by),
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
        // Of two that are the same, the one that was known stays.
        let ends = [other.ended, self.ended].into_iter().flatten();
        self.ended = ends.max_by_key(|end| (end.order.place(), end.value));
        let silences = [other.silenced, self.silenced].into_iter().flatten();
        self.silenced = silences.max_by_key(|told| (told.order.place(), told.value.rank()));
        self.of_debtor = self.of_debtor.merge(other.of_debtor);
        self
    }

    /// No more of it than there is room for.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.of_debtor = self.of_debtor.bounded();
        self
    }

    /// The debtor's own part of it, and the rest.
    pub(crate) fn parted(mut self) -> (CustomerFacts, Self) {
        let of_debtor = std::mem::take(&mut self.of_debtor);
        (of_debtor, self)
    }

    /// The movements of a kind.
    pub(crate) fn of(&self, kind: MovementKind) -> impl Iterator<Item = &Moved> {
        let movements = self.by_id.values();
        movements.filter(move |moved| moved.latest.value.kind == kind)
    }
}
