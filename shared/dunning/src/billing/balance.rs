//! Where a debt stands: the newest snapshot, and what was told apart from it.
//!
//! A snapshot has all that had happened by then, so what is told apart counts when it is newer; but for
//! payments, which a snapshot of the same second may or may not have, and reversals of what is shown as
//! paid, which the tools that tell them never show.

use std::borrow::Cow;

use jiff::Timestamp;

use super::debt::Debt;
use super::movements::{Moved, MovementKind};
use super::snapshot::{Dated, Order, Snapshot, Status};

impl Debt {
    /// The invoice as it stands: the newest snapshot, with what was told apart from it reckoned in.
    pub fn balance(&self) -> Cow<'_, Snapshot> {
        if self.movements.is_empty() {
            return Cow::Borrowed(&self.latest.value);
        }
        let mut balance = self.latest.value.clone();
        balance.status = status(self);
        let sums = Sums::of(self);
        match balance.status {
            Status::Open => {
                balance.total.minor = (sums.total - sums.credited_since).max(0);
                balance.remaining.minor = sums.owed();
                if sums.shown > 0 && balance.remaining.minor == 0 {
                    balance.status = Status::Paid;
                }
            }
            Status::Paid => {
                balance.remaining.minor = sums.reversed_again(self);
                if balance.remaining.minor > 0 {
                    balance.status = Status::Open;
                }
            }
            Status::Void => balance.remaining.minor = 0,
            Status::Draft | Status::Uncollectible => {}
        }
        Cow::Owned(balance)
    }

    /// Since when a debt that is open again, having been settled, waits for a person to look: the moment
    /// at which it was settled last, or at which a payment was reversed or taken back.
    pub fn reopened(&self) -> Option<Timestamp> {
        if self.balance().status != Status::Open {
            return None;
        }
        let latest = self.latest.order;
        let settled = self.settled.filter(|settled| *settled < latest);
        let ended = self
            .movements
            .ended
            .filter(|end| end.value != Status::Uncollectible);
        let sums = Sums::of(self);
        [
            settled.map(|settled| settled.at),
            ended.map(|end| end.order.at),
            sums.last_reversal,
            sums.taken_back(latest),
        ]
        .into_iter()
        .flatten()
        .max()
    }
}

/// What the newest snapshot calls it, or an end that was told later.
fn status(debt: &Debt) -> Status {
    let shown = debt.latest.order;
    let is_later = |end: &Dated<Status>| match (end.order.version, shown.version) {
        (Some(end), Some(shown)) => end >= shown,
        _ => end.order.at >= shown.at,
    };
    let end = debt.movements.ended.filter(is_later);
    end.map_or(debt.latest.value.status, |end| end.value)
}

/// Minor units of the invoice's currency.
struct Sums {
    total: i64,
    /// What remains by the snapshot.
    shown: i64,
    paid: i64,
    /// The most that was ever said to be paid.
    paid_at_most: i64,
    last_payment: Option<Timestamp>,
    /// When less was said to be paid than before.
    undone_at: Option<Timestamp>,
    /// The snapshot is newer than every payment that was told.
    knows_all_payments: bool,
    credited_since: i64,
    reversed: i64,
    reversed_since: i64,
    last_reversal: Option<Timestamp>,
}

impl Sums {
    fn of(debt: &Debt) -> Self {
        let Dated {
            order,
            value: shown,
        } = &debt.latest;
        let in_currency = |moved: &&Moved| moved.latest.value.amount.currency == shown.currency();
        let newer = |moved: &&Moved| moved.since > order.at;
        let sum = |amounts: &mut dyn Iterator<Item = i64>| amounts.fold(0, i64::saturating_add);
        let minor = |moved: &Moved| moved.latest.value.amount.minor;
        let of = |kind| debt.movements.of(kind);

        let payments: Vec<&Moved> = of(MovementKind::Payment).filter(in_currency).collect();
        let undone = payments.iter().filter(|moved| minor(moved) < moved.most);
        let last_payment = payments.iter().map(|moved| moved.since).max();
        let credits = of(MovementKind::Credit).filter(in_currency);
        // Whatever its currency, it took the payment back: at worst, all of it.
        let amount = |moved: &Moved| {
            let all = !in_currency(&moved) && minor(moved) > 0;
            if all { shown.total.minor } else { minor(moved) }
        };
        let reversals: Vec<&Moved> = of(MovementKind::Reversal)
            .filter(|moved| minor(moved) > 0)
            .collect();
        Self {
            total: shown.total.minor,
            shown: shown.remaining.minor,
            paid: sum(&mut payments.iter().map(|moved| minor(moved))),
            paid_at_most: sum(&mut payments.iter().map(|moved| moved.most)),
            undone_at: undone.map(|moved| moved.latest.order.at).max(),
            knows_all_payments: last_payment.is_some_and(|last| order.at > last),
            last_payment,
            credited_since: sum(&mut credits.filter(newer).map(minor)),
            reversed: sum(&mut reversals.iter().map(|moved| amount(moved))),
            reversed_since: sum(&mut reversals.iter().copied().filter(newer).map(amount)),
            last_reversal: reversals.iter().map(|moved| moved.since).max(),
        }
    }

    /// What is owed of an open debt.
    fn owed(&self) -> i64 {
        let by_payments = self.total.saturating_sub(self.paid);
        let owed = if self.knows_all_payments {
            self.shown
        } else {
            self.shown.min(by_payments)
        };
        let total = (self.total - self.credited_since).max(0);
        let owed = owed.saturating_sub(self.credited_since).max(0);
        owed.saturating_add(self.reversed_since).min(total)
    }

    /// What is owed again of a debt that the tool shows as paid.
    fn reversed_again(&self, debt: &Debt) -> i64 {
        let Some(last) = self.last_reversal else {
            return 0;
        };
        let paid_since = debt
            .movements
            .of(MovementKind::Payment)
            .filter(|moved| moved.since > last)
            .map(|moved| moved.latest.value.amount.minor);
        let ended_since = debt.movements.ended.is_some_and(|end| end.order.at > last);
        if ended_since {
            return 0;
        }
        let paid_since: i64 = paid_since.fold(0, i64::saturating_add);
        self.reversed
            .min(self.total)
            .saturating_sub(paid_since)
            .max(0)
    }

    /// Payments had settled the debt, and now they do not: one was undone, or a newer snapshot shows more.
    fn taken_back(&self, shown: Order) -> Option<Timestamp> {
        let were_enough = self.paid_at_most >= self.total && self.paid_at_most > 0;
        if !were_enough {
            return None;
        }
        let outdone = self.last_payment.filter(|last| shown.at > *last);
        self.undone_at.max(outdone)
    }
}
