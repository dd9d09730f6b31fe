//! A debt, by all that was told of it.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::earlier::Earlier;
use super::event::InvoiceEvent;
use super::movements::Movements;
use super::snapshot::{Dated, Order, Reversals, Snapshot, Status};
use super::teller::By;
use crate::value::Money;

/// The part of an invoice that events decide, and only they. Merging is commutative, associative
/// and idempotent, so the order and the number of deliveries do not matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debt {
    /// The newest snapshot.
    pub latest: Dated<Snapshot>,
    /// What older snapshots showed as owed.
    #[serde(default, skip_serializing_if = "Earlier::is_empty")]
    pub earlier: Earlier,
    /// The newest moment at which the tool called the debt settled: paid or void, or written off before the
    /// newest snapshot.
    pub settled: Option<Order>,
    /// Who said so.
    #[serde(default, skip_serializing_if = "By::is_nobody")]
    pub settled_by: By,
    /// Who showed it after it was written off, and so made that a settlement.
    #[serde(default, skip_serializing_if = "By::is_nobody")]
    pub settled_until: By,
    /// When an automatic charge failed for the first time.
    pub charge_failed_at: Option<Timestamp>,
    /// Who told of it.
    #[serde(default, skip_serializing_if = "By::is_nobody")]
    pub charge_failed_by: By,
    /// The newest snapshot was withdrawn, and nobody has shown the invoice since: nothing is known of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// Whether the tool's snapshots show them.
    #[serde(default, skip_serializing_if = "Reversals::are_shown")]
    pub reversals: Reversals,
    /// What was told apart from snapshots.
    #[serde(rename = "apart", default, skip_serializing_if = "Movements::is_empty")]
    pub movements: Movements,
}

impl Debt {
    /// What a single event says.
    pub fn by(event: &InvoiceEvent) -> Self {
        let settled = matches!(event.invoice.status, Status::Paid | Status::Void);
        Self {
            latest: Dated {
                order: event.order,
                value: event.invoice.clone(),
                by: event.by,
            },
            earlier: Earlier::default(),
            settled: settled.then_some(event.order),
            settled_by: event.by,
            settled_until: By::default(),
            charge_failed_at: event.charge_failed_at,
            charge_failed_by: event.by,
            withdrawn: false,
            reversals: event.reversals,
            movements: Movements::default(),
        }
    }

    /// The same, with what was told apart.
    #[must_use]
    pub fn with(mut self, movements: Movements) -> Self {
        self.movements = self.movements.merge(movements);
        self
    }

    /// What is left of it once a delivery is told anew.
    #[must_use]
    pub fn withdraw(mut self, by: By) -> Self {
        self.withdrawn |= self.latest.by.is_outdated_by(by);
        if self.settled_by.is_outdated_by(by) || self.settled_until.is_outdated_by(by) {
            self.settled = None;
        }
        if self.charge_failed_by.is_outdated_by(by) {
            self.charge_failed_at = None;
        }
        self.earlier = self.earlier.withdraw(by);
        self.movements = self.movements.withdraw(by);
        self
    }

    /// Both, as one.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        // Of the same moment, the quieter one; then the smaller debt; then any, but always the same.
        let rank = |told: &Self| {
            let shown = &told.latest.value;
            (
                !told.withdrawn,
                told.latest.order,
                shown.quietness(),
                Reverse(shown.remaining.minor),
                shown.left_alone,
                shown.payment_pending_until,
                shown.not_before,
            )
        };
        let of_other = (rank(&other), &other.latest.value);
        let other_wins = of_other.cmp(&(rank(&self), &self.latest.value)).is_gt();
        let first_failure = [self.charge_failed_at, other.charge_failed_at];
        let (older, newer) = if other_wins {
            (&self, &other)
        } else {
            (&other, &self)
        };
        let settled = self
            .settled
            .max(other.settled)
            .max(older.written_off_before(newer));
        let (settled_by, settled_until) = if settled == self.settled {
            (self.settled_by, self.settled_until)
        } else if settled == other.settled {
            (other.settled_by, other.settled_until)
        } else {
            (older.latest.by, newer.latest.by)
        };
        let charge_failed_by = match (self.charge_failed_at, other.charge_failed_at) {
            (Some(known), Some(told)) if told < known => other.charge_failed_by,
            (None, Some(_)) => other.charge_failed_by,
            _ => self.charge_failed_by,
        };
        let shown = older.shown_as_owed().chain(newer.shown_as_owed());
        Self {
            earlier: Earlier::before(newer.owed_by_latest(), shown),
            settled_by,
            settled_until,
            charge_failed_by,
            withdrawn: newer.withdrawn,
            settled,
            movements: self.movements.merge(other.movements),
            charge_failed_at: first_failure.into_iter().flatten().min(),
            reversals: self.reversals.max(other.reversals),
            latest: if other_wins {
                other.latest
            } else {
                self.latest
            },
        }
    }

    /// When it was written off, if the other is newer. The newest snapshot says so itself: earlier versions
    /// stored no more of it.
    fn written_off_before(&self, newer: &Self) -> Option<Order> {
        let Dated { order, value, .. } = &self.latest;
        (value.status == Status::Uncollectible && !self.withdrawn && *order < newer.latest.order)
            .then_some(*order)
    }

    /// What its snapshots showed as owed, as far as that is kept, the newest last.
    pub(super) fn shown_as_owed(&self) -> impl Iterator<Item = Dated<Money>> {
        self.earlier.iter().chain(self.owed_by_latest())
    }

    /// What the newest snapshot shows as owed, as long as it stands.
    pub(super) fn owed_by_latest(&self) -> Option<Dated<Money>> {
        let is_open = self.latest.value.status == Status::Open && !self.withdrawn;
        is_open.then_some(Dated {
            order: self.latest.order,
            value: self.latest.value.remaining,
            by: self.latest.by,
        })
    }
}
