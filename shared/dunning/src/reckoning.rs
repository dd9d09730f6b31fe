//! Where a debt stands: the newest snapshot, and what was told apart from it.
//!
//! A snapshot has all that had happened by then, so what is told apart counts when it is newer; but for
//! payments, which a snapshot of the same second may or may not have, and reversals of what is shown as
//! paid, which the tools that tell them never show.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::apart::{Moved, MovementKind};
use crate::facts::{Dated, InvoiceFacts, Order, Status, Told};

/// The invoice as it stands.
pub(crate) fn facts(told: &Told) -> Cow<'_, InvoiceFacts> {
    if told.apart.is_empty() {
        return Cow::Borrowed(&told.latest.facts);
    }
    let mut facts = told.latest.facts.clone();
    facts.status = status(told);
    let sums = Sums::of(told);
    match facts.status {
        Status::Open => {
            facts.total.minor = (sums.total - sums.credited_since).max(0);
            facts.remaining.minor = sums.owed();
            if sums.shown > 0 && facts.remaining.minor == 0 {
                facts.status = Status::Paid;
            }
        }
        Status::Paid => {
            facts.remaining.minor = sums.reversed_again(told);
            if facts.remaining.minor > 0 {
                facts.status = Status::Open;
            }
        }
        Status::Void => facts.remaining.minor = 0,
        Status::Draft | Status::Uncollectible => {}
    }
    Cow::Owned(facts)
}

/// Since when it waits for a person to look, if it is open.
pub(crate) fn reopened(told: &Told) -> Option<Timestamp> {
    if facts(told).status != Status::Open {
        return None;
    }
    let latest = told.latest.order;
    let settled = told.settled.filter(|settled| *settled < latest);
    let ended = told
        .apart
        .ended
        .filter(|end| end.facts != Status::Uncollectible);
    let sums = Sums::of(told);
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

/// What the newest snapshot calls it, or an end that was told later.
fn status(told: &Told) -> Status {
    let shown = told.latest.order;
    let is_later = |end: &Dated<Status>| match (end.order.version, shown.version) {
        (Some(end), Some(shown)) => end >= shown,
        _ => end.order.at >= shown.at,
    };
    let end = told.apart.ended.filter(is_later);
    end.map_or(told.latest.facts.status, |end| end.facts)
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
    fn of(told: &Told) -> Self {
        let Dated { order, facts } = &told.latest;
        let in_currency = |moved: &&Moved| moved.latest.facts.amount.currency == facts.currency();
        let newer = |moved: &&Moved| moved.since > order.at;
        let sum = |amounts: &mut dyn Iterator<Item = i64>| amounts.fold(0, i64::saturating_add);
        let minor = |moved: &Moved| moved.latest.facts.amount.minor;
        let of = |kind| told.apart.of(kind);

        let payments: Vec<&Moved> = of(MovementKind::Payment).filter(in_currency).collect();
        let undone = payments.iter().filter(|moved| minor(moved) < moved.most);
        let last_payment = payments.iter().map(|moved| moved.since).max();
        let credits = of(MovementKind::Credit).filter(in_currency);
        // Whatever its currency, it took the payment back: at worst, all of it.
        let amount = |moved: &Moved| {
            let all = !in_currency(&moved) && minor(moved) > 0;
            if all { facts.total.minor } else { minor(moved) }
        };
        let reversals: Vec<&Moved> = of(MovementKind::Reversal)
            .filter(|moved| minor(moved) > 0)
            .collect();
        Self {
            total: facts.total.minor,
            shown: facts.remaining.minor,
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
    fn reversed_again(&self, told: &Told) -> i64 {
        let Some(last) = self.last_reversal else {
            return 0;
        };
        let paid_since = told
            .apart
            .of(MovementKind::Payment)
            .filter(|moved| moved.since > last)
            .map(|moved| moved.latest.facts.amount.minor);
        let ended_since = told.apart.ended.is_some_and(|end| end.order.at > last);
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
