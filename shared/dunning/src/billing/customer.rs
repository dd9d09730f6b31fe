//! What a billing tool tells of a customer apart from its description: payments that are under way, money
//! that is on no invoice yet, and that it was deleted.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::snapshot::{Dated, Order};
use super::teller::By;
use crate::limits::{MOST_PAYMENTS, PAYMENT_MEMORY};
use crate::value::{Currency, InvoiceId, Money, PaymentId};

/// All that was told of a customer apart. Merging what was told is commutative, associative and idempotent;
/// what a person let go of it stands beside it, and goes by each telling that comes after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerFacts {
    /// The tool has it no more; or has it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Dated<bool>>,
    /// Payments, by the tool's ids of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub payments: BTreeMap<PaymentId, Dated<Pending>>,
    /// By this day those have come, or failed, that were under way when there were too many to be told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub many_until: Option<Date>,
    /// Its money that is on no invoice yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unapplied: BTreeMap<Currency, Unapplied>,
}

/// A payment that is under way, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// By this day it has come, or failed. None once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// What it is for. Where that is not known, it may be for any of the customer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceId>,
}

/// Money of one currency that is on no invoice yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unapplied {
    /// The newest word: all of it.
    pub latest: Dated<Money>,
    /// What a person let go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub let_go: Option<LetGo>,
}

/// So much of it holds nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetGo {
    /// The place of what was known then.
    pub since: Order,
    /// As much as there was; less, where less was told since: what comes after that is other money. Minor
    /// units.
    pub most: i64,
}

impl Pending {
    /// Of the same moment an end counts, then the quieter word.
    fn rank(&self) -> (bool, Option<Date>, bool, Option<InvoiceId>) {
        let Self { until, invoice } = self;
        (until.is_none(), *until, invoice.is_none(), invoice.clone())
    }
}

impl Unapplied {
    /// By one telling.
    pub fn told(latest: Dated<Money>) -> Self {
        Self {
            latest,
            let_go: None,
        }
    }

    /// What is there and holds, if it does.
    pub fn held(&self) -> Option<Money> {
        let money = self.latest.value;
        let let_go = self.let_go.map_or(0, |let_go| let_go.most);
        (money.minor > let_go).then_some(money)
    }

    fn merge(self, other: Self) -> Self {
        let told = [&self, &other].map(|one| (one.latest.order.place(), one.latest.value.minor));
        let rank = |let_go: &LetGo| (let_go.since.place(), std::cmp::Reverse(let_go.most));
        let let_go = self.let_go.into_iter().chain(other.let_go);
        let let_go = let_go.max_by_key(rank).map(|LetGo { since, most }| {
            let later = told.iter().filter(|(place, _)| *place > since.place());
            let least = later.map(|(_, minor)| *minor).min();
            LetGo {
                since,
                most: least.map_or(most, |least| least.min(most)),
            }
        });
        // Of the same moment, more of it.
        let latest = if told[1] > told[0] {
            other.latest
        } else {
            self.latest
        };
        Self { latest, let_go }
    }

    fn let_go(&mut self) {
        self.let_go = Some(LetGo {
            since: self.latest.order,
            most: self.latest.value.minor,
        });
    }
}

/// The later of two words on the same thing.
fn later<T, R: Ord>(known: Dated<T>, told: Dated<T>, rank: impl Fn(&T) -> R) -> Dated<T> {
    let place = |one: &Dated<T>| (one.order.place(), rank(&one.value));
    if place(&told) > place(&known) {
        told
    } else {
        known
    }
}

impl CustomerFacts {
    /// Whether both say the same: they differ at the most in when it was said, and in money that is not there.
    pub(crate) fn say_the_same_as(&self, other: &Self) -> bool {
        let money = |facts: &Self| {
            let there = facts.unapplied.iter();
            let there =
                there.map(|(currency, known)| (*currency, known.latest.value, known.held()));
            let there = there.filter(|(_, money, _)| money.minor != 0);
            there.collect::<Vec<_>>()
        };
        let payments = |facts: &Self| {
            let payments = facts.payments.iter();
            payments
                .map(|(id, told)| (id.clone(), told.value.clone()))
                .collect::<Vec<_>>()
        };
        let is_deleted = |facts: &Self| facts.deleted.is_some_and(|told| told.value);
        is_deleted(self) == is_deleted(other)
            && money(self) == money(other)
            && payments(self) == payments(other)
            && self.many_until == other.many_until
    }
}

/// What of it holds anything now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtWork {
    /// Whether the customer was deleted.
    pub is_deleted: bool,
    /// The payments that are under way.
    pub payments: BTreeMap<PaymentId, Pending>,
    /// Until when more payments are under way than are told apart.
    pub many_until: Option<Date>,
    /// Money that is on no invoice yet.
    pub money: Vec<Money>,
}

impl CustomerFacts {
    /// Nothing was told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// A word on a payment alone.
    pub fn payment(id: PaymentId, told: Dated<Pending>) -> Self {
        Self {
            payments: BTreeMap::from([(id, told)]),
            ..Self::default()
        }
    }

    /// The same, told by that delivery.
    #[must_use]
    pub fn told_by(mut self, by: By) -> Self {
        self.deleted = self.deleted.map(|told| Dated { by, ..told });
        self.payments.values_mut().for_each(|told| told.by = by);
        let unapplied = self.unapplied.values_mut();
        unapplied.for_each(|told| told.latest.by = by);
        self
    }

    /// Both, as one.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.deleted = match (self.deleted, other.deleted) {
            (Some(known), Some(told)) => Some(later(known, told, |deleted| *deleted)),
            (known, told) => known.or(told),
        };
        for (id, told) in other.payments {
            let merged = match self.payments.remove(&id) {
                Some(known) => later(known, told, Pending::rank),
                None => told,
            };
            self.payments.insert(id, merged);
        }
        self.many_until = self.many_until.max(other.many_until);
        for (currency, told) in other.unapplied {
            let merged = match self.unapplied.remove(&currency) {
                Some(known) => known.merge(told),
                None => told,
            };
            self.unapplied.insert(currency, merged);
        }
        self
    }

    /// What is left of it once a delivery is told anew.
    #[must_use]
    pub(crate) fn withdraw(mut self, by: By) -> Self {
        self.deleted = self.deleted.filter(|told| !told.by.is_outdated_by(by));
        self.payments.retain(|_, told| !told.by.is_outdated_by(by));
        self.unapplied
            .retain(|_, told| !told.latest.by.is_outdated_by(by));
        self
    }

    /// Forgets payments that ended so long ago that nothing is told of them any more.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        let yesterday = now.to_zoned(TimeZone::UTC).date().saturating_sub(1.day());
        let is_over = |pending: &Pending| pending.until.is_none_or(|until| until < yesterday);
        self.payments.retain(|_, told| {
            now.duration_since(told.order.at) < PAYMENT_MEMORY || !is_over(&told.value)
        });
        self.many_until = self.many_until.filter(|until| *until >= yesterday);
    }

    /// Keeps no more payments than there is room for. Those that have ended go first, the oldest word of them
    /// before all; then those that end soonest, and of them all one day is left, the latest.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        let excess = self.payments.len().saturating_sub(MOST_PAYMENTS);
        let payments = self.payments.iter();
        let mut payments: Vec<_> = payments
            .map(|(id, told)| (told.value.until, told.order.place(), id.clone()))
            .collect();
        payments.sort_unstable();
        for (until, _, id) in payments.into_iter().take(excess) {
            self.payments.remove(&id);
            self.many_until = self.many_until.max(until);
        }
        self
    }

    /// Whether the tool has the customer no more.
    pub fn is_deleted(&self) -> bool {
        self.deleted.as_ref().is_some_and(|deleted| deleted.value)
    }

    /// The payments that have not ended, as far as it was told.
    pub fn pending(&self) -> impl Iterator<Item = (&PaymentId, &Pending, Date)> {
        let payments = self.payments.iter();
        payments.filter_map(|(id, told)| Some((id, &told.value, told.value.until?)))
    }

    /// Whether any payment is under way.
    pub fn is_pending(&self) -> bool {
        self.many_until.is_some() || self.pending().next().is_some()
    }

    /// The days by which payments have come, or failed, that may be for an invoice.
    pub(crate) fn pending_for<'a>(&'a self, id: &'a InvoiceId) -> impl Iterator<Item = Date> + 'a {
        self.pending_for_one(id).chain(self.pending_for_any())
    }

    /// The same of those that are known to be for it.
    pub(crate) fn pending_for_one<'a>(
        &'a self,
        id: &'a InvoiceId,
    ) -> impl Iterator<Item = Date> + 'a {
        let is_its = move |pending: &Pending| pending.invoice.as_ref() == Some(id);
        let of_it = self
            .pending()
            .filter(move |(_, pending, _)| is_its(pending));
        of_it.map(|(_, _, until)| until)
    }

    /// The same of those that may be for any invoice.
    pub(crate) fn pending_for_any(&self) -> impl Iterator<Item = Date> + '_ {
        let of_any = self
            .pending()
            .filter(|(_, pending, _)| pending.invoice.is_none());
        let of_any = of_any.map(|(_, _, until)| until);
        of_any.chain(self.many_until)
    }

    /// What of it holds anything now.
    #[must_use]
    pub fn at_work(&self) -> AtWork {
        let pending = self.pending();
        let pending = pending.map(|(id, pending, _)| (id.clone(), pending.clone()));
        AtWork {
            is_deleted: self.is_deleted(),
            payments: pending.collect(),
            many_until: self.many_until,
            money: self.held_money().collect(),
        }
    }

    /// Those payments alone that are for an invoice which goes to another customer; and where they cannot be told
    /// apart, until when.
    pub(crate) fn payments_for(&self, id: &InvoiceId) -> Self {
        let of_it = |pending: &Pending| pending.invoice.as_ref() == Some(id);
        let payments = self.payments.iter().filter(|(_, told)| of_it(&told.value));
        Self {
            payments: payments
                .map(|(id, told)| (id.clone(), told.clone()))
                .collect(),
            many_until: self.many_until,
            ..Self::default()
        }
    }

    /// Money that is on no invoice yet, and holds what is owed.
    pub fn held_money(&self) -> impl Iterator<Item = Money> + '_ {
        self.unapplied.values().filter_map(Unapplied::held)
    }

    /// The same of one currency.
    pub(crate) fn held_money_in(&self, currency: Currency) -> Option<Money> {
        self.unapplied.get(&currency).and_then(Unapplied::held)
    }

    /// A person has looked at the money that is there now.
    pub(crate) fn let_go(&mut self) {
        self.unapplied.values_mut().for_each(Unapplied::let_go);
    }
}
