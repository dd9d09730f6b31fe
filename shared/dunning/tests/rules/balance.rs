//! Where a debt stands: what reality broke, with the figures that are right.

use dunning::billing::{
    Debt, Happened, Movement, MovementKind, Movements, Order, Reversals, Status,
};
use dunning::file::{Hold, NotChased, Outlook};
use dunning::rules::{Instruction, instruct, replan};
use dunning::value::MovementId;

use crate::common::{Kept, at, euros, event, invoice};
use crate::movements::moved;

use MovementKind::{Credit, Payment, Reversal};

/// An invoice as it is shown at ten, of that total and with that much left, and what else is told.
struct Story {
    status: Status,
    total: i64,
    shown: i64,
    reversals: Reversals,
}

impl Story {
    fn open(shown: i64, total: i64) -> Self {
        Self {
            status: Status::Open,
            total,
            shown,
            reversals: Reversals::Shown,
        }
    }

    fn paid(total: i64) -> Self {
        Self {
            status: Status::Paid,
            ..Self::open(0, total)
        }
    }

    fn debt(&self, movements: &[(&str, MovementKind, &str, i64)]) -> Debt {
        let mut shown = invoice("in_1", "2027-02-15");
        (shown.status, shown.total) = (self.status, euros(self.total));
        shown.remaining = euros(self.shown);
        let event = dunning::billing::InvoiceEvent {
            reversals: self.reversals,
            ..event("2027-01-11T10:00:00Z", shown)
        };
        let told = movements.iter().map(|(when, kind, id, minor)| {
            let order = Order {
                version: None,
                at: at(&format!("2027-01-{when}:00Z")),
            };
            let happened = Happened::Moved {
                id: MovementId::parse(*id).unwrap(),
                movement: Movement {
                    kind: *kind,
                    amount: euros(*minor),
                },
                payment: None,
            };
            Movements::by(order, &happened)
        });
        told.fold(Debt::by(&event), Debt::with)
    }

    fn left(&self, movements: &[(&str, MovementKind, &str, i64)]) -> i64 {
        self.debt(movements).balance().remaining.minor
    }
}

#[test]
fn fault_1_a_payment_after_a_snapshot_pays_what_the_snapshot_left() {
    // Half was paid before the invoice came, or by hand: only the second half is told.
    let rest = [("14T10:00", Payment, "p2", 73_456)];
    let half = Story::open(73_456, 123_456);
    assert_eq!(half.left(&rest), 0);
    assert_eq!(half.debt(&rest).balance().status, Status::Paid);
    let fifth = [("14T10:00", Payment, "p2", 20_000)];
    assert_eq!(Story::open(40_000, 100_000).left(&fifth), 20_000);
    let both = [
        ("14T10:00", Payment, "p2", 30_000),
        ("15T10:00", Credit, "c1", 10_000),
    ];
    assert_eq!(Story::open(40_000, 100_000).left(&both), 0);
    let late = [("11T10:01", Payment, "p2", 60_000)];
    assert_eq!(Story::open(60_000, 120_000).left(&late), 0);
}

#[test]
fn a_payment_of_the_snapshots_own_second_is_counted_once_at_the_most_quietly() {
    let same_second = [("11T10:00", Payment, "p1", 60_000)];
    // It is in there, or it is not: asked for is the smaller debt of what both readings allow.
    assert_eq!(Story::open(60_000, 120_000).left(&same_second), 60_000);
    assert_eq!(Story::open(120_000, 120_000).left(&same_second), 60_000);
    let more = [
        ("11T10:00", Payment, "p1", 60_000),
        ("11T10:01", Payment, "p2", 50_000),
    ];
    assert_eq!(Story::open(120_000, 120_000).left(&more), 10_000);
}

#[test]
fn a_payment_that_was_told_after_the_snapshot_that_it_settled_pays_nothing_twice() {
    let told_late = ("11T10:01", Payment, "p1", 100_000);
    let charged_back = ("20T10:00", Reversal, "d1", 100_000);
    let again = ("25T10:00", Payment, "p2", 100_000);
    let paid = Story::paid(100_000);
    assert_eq!(paid.left(&[told_late, charged_back]), 100_000);
    assert_eq!(paid.left(&[told_late, charged_back, again]), 0);
}

#[test]
fn fault_9_what_is_taken_back_is_owed_until_the_tool_says_otherwise() {
    let part = [
        ("09T10:00", Payment, "p1", 60_000),
        ("10T10:00", Reversal, "d1", 60_000),
    ];
    let shows = Story::open(100_000, 100_000);
    assert_eq!(shows.left(&part), 100_000);
    let never = Story {
        reversals: Reversals::NeverShown,
        ..Story::open(40_000, 100_000)
    };
    assert_eq!(never.left(&part), 100_000);
    // Where snapshots show it, what a later one shows is all that is owed.
    assert_eq!(Story::open(40_000, 100_000).left(&part), 40_000);
    // Won: it was never taken back.
    let won = [part[0], part[1], ("12T10:00", Reversal, "d1", 0)];
    assert_eq!(never.left(&won), 40_000);
    assert!(never.debt(&part).reopened().is_some());
}

#[test]
fn fault_9_after_a_lost_chargeback_a_snapshot_that_says_paid_settles() {
    let mut kept = Kept::new();
    let shown = |when: &str, status, remaining| {
        let mut shown = invoice("in_1", "2027-02-15");
        (shown.status, shown.remaining) = (status, euros(remaining));
        dunning::billing::InvoiceEvent {
            reversals: Reversals::NeverShown,
            ..event(when, shown)
        }
    };
    kept.hear(
        "2027-01-11T10:00:00Z",
        &shown("2027-01-11T10:00:00Z", Status::Open, 10_000),
    );
    kept.hear(
        "2027-01-20T10:00:00Z",
        &shown("2027-01-20T10:00:00Z", Status::Paid, 0),
    );
    let lost = moved("2027-01-25T10:00:00Z", Reversal, "dp_1", 10_000);
    kept.hear_movement("2027-01-25T10:00:00Z", &lost);
    assert_eq!(kept.invoice().outlook, Outlook::Held(Hold::Reopened));
    let id = kept.invoice().id().clone();
    let released = instruct(&kept.file, Some(&id), Instruction::Release);
    kept.write("2027-01-26T10:00:00Z", &released);
    let ctx = kept.context("2027-01-26T10:00:00Z");
    let planned = replan(ctx, &kept.file.debtor, kept.invoice());
    kept.write("2027-01-26T10:00:00Z", &planned);
    assert!(matches!(kept.invoice().outlook, Outlook::Next { .. }));
    kept.hear(
        "2027-02-01T10:00:00Z",
        &shown("2027-02-01T10:00:00Z", Status::Paid, 0),
    );
    assert_eq!(kept.invoice().outlook, Outlook::NotChased(NotChased::Paid));
}

#[test]
fn fault_13_a_payment_undone_and_replaced_had_settled_nothing() {
    let told = [
        ("12T10:00", Payment, "p1", 60_000),
        ("13T10:00", Payment, "p1", 0),
        ("14T10:00", Payment, "p2", 60_000),
    ];
    let debt = Story::open(100_000, 100_000).debt(&told);
    assert_eq!(debt.balance().remaining.minor, 40_000);
    assert_eq!(debt.reopened(), None);
    // Had both stood together, they would have.
    let together = [
        ("12T10:00", Payment, "p1", 60_000),
        ("13T10:00", Payment, "p2", 60_000),
        ("14T10:00", Payment, "p1", 0),
    ];
    let debt = Story::open(100_000, 100_000).debt(&together);
    assert_eq!(debt.balance().remaining.minor, 40_000);
    assert_eq!(debt.reopened(), Some(at("2027-01-14T10:00:00Z")));
}

#[test]
fn what_a_snapshot_has_of_a_payment_is_owed_again_when_that_is_undone() {
    let told = [
        ("09T10:00", Payment, "p1", 60_000),
        ("13T10:00", Payment, "p1", 0),
    ];
    assert_eq!(Story::open(40_000, 100_000).left(&told), 100_000);
    let in_part = [
        ("09T10:00", Payment, "p1", 60_000),
        ("13T10:00", Payment, "p1", 50_000),
    ];
    assert_eq!(Story::open(40_000, 100_000).left(&in_part), 50_000);
    let settled = Story::paid(100_000).debt(&[
        ("09T10:00", Payment, "p1", 100_000),
        ("13T10:00", Payment, "p1", 0),
    ]);
    assert_eq!(settled.balance().remaining.minor, 100_000);
    assert!(settled.reopened().is_some());
}

#[test]
fn a_debt_that_was_said_to_be_paid_and_is_owed_again_is_held_whatever_was_told_of_payments() {
    let debt = Story::paid(100_000).debt(&[
        ("09T10:00", Payment, "p1", 40_000),
        ("13T10:00", Payment, "p1", 0),
    ]);
    assert_eq!(debt.balance().remaining.minor, 40_000);
    assert_eq!(debt.reopened(), Some(at("2027-01-13T10:00:00Z")));
}

#[test]
fn what_comes_in_excess_does_not_pay_what_is_taken_back_later() {
    let told = [
        ("12T10:00", Payment, "p1", 150_000),
        ("13T10:00", Reversal, "d1", 30_000),
    ];
    assert_eq!(Story::open(100_000, 100_000).left(&told), 30_000);
}
