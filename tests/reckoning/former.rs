//! The formula as it was, and was wrong: payments were set against the total, and not against what the
//! snapshot had left.

use dunning::billing::{Moved, MovementKind, Status};
use dunning::file::Invoice;

/// What it would have said is left to pay. Of what somebody called ended it said nothing else than now.
pub(crate) fn formula(invoice: &Invoice) -> i64 {
    let debt = &invoice.debt;
    let shown = &debt.latest.value;
    let is_over = debt.movements.ended.is_some();
    if is_over || shown.status != Status::Open {
        return match invoice.balance().status {
            Status::Open => invoice.balance().remaining.minor,
            _ => 0,
        };
    }
    let of = |kind: MovementKind| {
        let movements = debt.movements.by_id.values();
        movements.filter(move |moved| moved.latest.value.kind == kind)
    };
    let at = debt.latest.order.at;
    let since = |kind| of(kind).filter(|moved| moved.since > at).map(minor);
    let paid: i64 = of(MovementKind::Payment).map(minor).sum();
    let last = of(MovementKind::Payment).map(|moved| moved.since).max();
    let knows_all = last.is_some_and(|last| at > last);
    let owed = if knows_all {
        shown.remaining.minor
    } else {
        shown.remaining.minor.min(shown.total.minor - paid)
    };
    let credited: i64 = since(MovementKind::Credit).sum();
    let reversed: i64 = since(MovementKind::Reversal).sum();
    let total = (shown.total.minor - credited).max(0);
    ((owed - credited).max(0) + reversed).min(total)
}

fn minor(moved: &Moved) -> i64 {
    moved.latest.value.amount.minor
}
