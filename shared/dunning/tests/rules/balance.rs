//! Where a debt stands: what reality broke, with the figures that are right.

use dunning::billing::{
    Debt, Happened, Movement, MovementKind, Movements, Order, Reversals, Status, Was,
};
use dunning::value::MovementId;

use crate::common::{at, euros, event, invoice};

use MovementKind::{Credit, Payment, Reversal};

/// An invoice as it is shown at ten, of that total and with that much left, and what else is told.
pub(crate) struct Story {
    pub(crate) status: Status,
    pub(crate) total: i64,
    pub(crate) shown: i64,
    pub(crate) reversals: Reversals,
}

/// Seconds may be left out.
pub(crate) fn instant(when: &str) -> String {
    let seconds = if when.matches(':').count() == 1 {
        ":00"
    } else {
        ""
    };
    format!("2027-01-{when}{seconds}Z")
}

impl Story {
    pub(crate) fn open(shown: i64, total: i64) -> Self {
        Self {
            status: Status::Open,
            total,
            shown,
            reversals: Reversals::Shown,
        }
    }

    pub(crate) fn paid(total: i64) -> Self {
        Self {
            status: Status::Paid,
            ..Self::open(0, total)
        }
    }

    pub(crate) fn debt(&self, movements: &[(&str, MovementKind, &str, i64)]) -> Debt {
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
                at: at(&instant(when)),
            };
            let happened = Happened::Moved {
                id: MovementId::parse(*id).unwrap(),
                movement: Movement {
                    kind: *kind,
                    amount: euros(*minor),
                },
                was: None,
                payment: None,
            };
            Movements::by(order, &happened)
        });
        told.fold(Debt::by(&event), Debt::with)
    }

    /// What is left to pay.
    pub(crate) fn left(&self, movements: &[(&str, MovementKind, &str, i64)]) -> i64 {
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
    // Of one second, too: what raises the debt comes first.
    let at_once = ("20T10:00", Payment, "p2", 100_000);
    assert_eq!(paid.left(&[charged_back, at_once]), 0);
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
    // But never more than all of it.
    let most = Story {
        reversals: Reversals::NeverShown,
        ..Story::open(70_000, 100_000)
    };
    assert_eq!(most.left(&part), 100_000);
    // Where snapshots show it, what a later one shows is all that is owed.
    assert_eq!(Story::open(40_000, 100_000).left(&part), 40_000);
    // Won: it was never taken back.
    let won = [part[0], part[1], ("12T10:00", Reversal, "d1", 0)];
    assert_eq!(never.left(&won), 40_000);
    assert!(never.debt(&part).reopened().is_some());
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
fn what_is_paid_in_excess_stands_against_what_is_taken_back_later() {
    let told = [
        ("12T10:00", Payment, "p1", 150_000),
        ("13T10:00", Reversal, "d1", 30_000),
    ];
    assert_eq!(Story::open(100_000, 100_000).left(&told), 0);
    let more = [told[0], ("13T10:00", Reversal, "d1", 70_000)];
    assert_eq!(Story::open(100_000, 100_000).left(&more), 20_000);
    // A chargeback is paid once more, and won in the end: one payment of the two may be undone.
    let twice = [
        ("12T10:00", Payment, "p1", 100_000),
        ("13T10:00", Reversal, "d1", 100_000),
        ("14T10:00", Payment, "p2", 100_000),
        ("15T10:00", Reversal, "d1", 0),
        ("16T10:00", Reversal, "d2", 100_000),
    ];
    assert_eq!(Story::open(100_000, 100_000).left(&twice), 0);
    assert_eq!(Story::open(100_000, 100_000).left(&twice[..3]), 0);
}

#[test]
fn what_a_word_knows_of_payments_that_were_not_told_is_no_excess() {
    // Of what is paid by the word, 60 were told before; 40 may be told after.
    let told = ("10T10:00", Payment, "p1", 60_000);
    let late = ("11T10:01", Payment, "p2", 50_000);
    let back = ("20T10:00", Reversal, "d1", 60_000);
    assert_eq!(Story::paid(100_000).left(&[told, late, back]), 50_000);
    // Of what was reversed before the word, it knows that it was paid again.
    let again = [told, ("10T11:00", Reversal, "d0", 60_000), late, back];
    assert_eq!(Story::paid(100_000).left(&again), 60_000);
    let half = Story::open(50_000, 100_000);
    assert_eq!(
        half.left(&[("12T10:00", Payment, "p1", 100_000), back]),
        60_000
    );
}

#[test]
fn nobody_owes_more_than_all_of_it() {
    // The payment that was taken back was never told.
    let told = [
        ("12T10:00", Reversal, "d1", 30_000),
        ("13T10:00", Payment, "p1", 50_000),
    ];
    assert_eq!(Story::open(100_000, 100_000).left(&told), 50_000);
}

#[test]
fn what_a_snapshot_has_of_a_credit_is_owed_again_when_that_is_undone() {
    let told = [
        ("09T10:00", Credit, "c1", 30_000),
        ("13T10:00", Credit, "c1", 0),
    ];
    let debt = Story::open(70_000, 70_000).debt(&told);
    assert_eq!(debt.balance().remaining.minor, 100_000);
    assert_eq!(debt.balance().total.minor, 100_000);
    assert_eq!(debt.reopened(), None);
    let in_part = [told[0], ("13T10:00", Credit, "c1", 20_000)];
    assert_eq!(Story::open(70_000, 70_000).left(&in_part), 80_000);
    let settled = Story::paid(70_000).debt(&told);
    assert_eq!(settled.balance().remaining.minor, 30_000);
    assert_eq!(settled.balance().total.minor, 100_000);
    assert_eq!(settled.reopened(), Some(at("2027-01-13T10:00:00Z")));
}

#[test]
fn a_credit_of_which_only_its_undoing_is_told_is_owed_again_where_the_snapshot_has_it() {
    let undone = |since: &str, was: i64| {
        let order = Order {
            version: None,
            at: at("2027-01-13T10:00:00Z"),
        };
        let happened = Happened::Moved {
            id: MovementId::parse("c1").unwrap(),
            movement: Movement {
                kind: Credit,
                amount: euros(0),
            },
            was: Some(Was {
                amount: euros(was),
                since: at(&instant(since)),
            }),
            payment: None,
        };
        Movements::by(order, &happened)
    };
    let has_it = Story::open(70_000, 70_000).debt(&[]);
    let back = has_it.clone().with(undone("09T10:00", 30_000));
    assert_eq!(back.balance().remaining.minor, 100_000);
    assert_eq!(back.balance().total.minor, 100_000);
    // One that came after the snapshot is not in there.
    let after = has_it.with(undone("12T10:00", 30_000));
    assert_eq!(after.balance().remaining.minor, 70_000);
    // Told as well, before or after, it is the same credit.
    let told = Story::open(70_000, 70_000).debt(&[("09T10:00", Credit, "c1", 30_000)]);
    let both = told.with(undone("09T10:00", 30_000));
    assert_eq!(both.movements, back.movements);
    assert_eq!(back.clone().with(both.movements), back);
}

#[test]
fn of_what_is_undone_within_a_second_of_the_snapshot_the_smaller_debt_is_asked_for() {
    for kind in [Credit, Payment] {
        for (undone, left) in [("11T10:00:00.999", 50_000), ("11T10:00:01", 80_000)] {
            let told = [("09T10:00", kind, "m1", 30_000), (undone, kind, "m1", 0)];
            assert_eq!(Story::open(50_000, 100_000).left(&told), left, "{kind:?}");
        }
    }
}

#[test]
fn a_payment_of_the_snapshots_own_second_that_is_undone_later_is_owed_again_once() {
    let told = [
        ("11T10:00", Payment, "p1", 50_000),
        ("12T10:00", Payment, "p2", 20_000),
        ("13T10:00", Payment, "p1", 0),
    ];
    // Whether it is in there or not.
    assert_eq!(Story::open(100_000, 100_000).left(&told), 80_000);
    assert_eq!(Story::open(50_000, 100_000).left(&told), 80_000);
}

#[test]
fn a_payment_that_the_snapshot_of_its_second_cannot_have_gives_nothing_back_when_it_is_undone() {
    // Of 84 that are paid by it, none can be these 101: whatever was paid by hand stays paid.
    let told = [
        ("11T10:00", Payment, "p1", 10_109),
        ("13T10:00", Payment, "p1", 0),
    ];
    assert_eq!(Story::open(10_109, 18_533).left(&told), 10_109);
    let in_part = [told[0], ("13T10:00", Payment, "p1", 4_000)];
    assert_eq!(Story::open(10_109, 18_533).left(&in_part), 6_109);
    // These it may have.
    let less = [("11T10:00", Payment, "p1", 8_424), told[1]];
    assert_eq!(Story::open(10_109, 18_533).left(&less), 18_533);
    // And the others too, if enough was charged back at once.
    let charged_back = ("11T10:00", Reversal, "d1", 1_000);
    let both = [told[0], charged_back, told[1]];
    assert_eq!(Story::open(10_109, 18_533).left(&both), 10_109);
    let half = ("11T10:00", Reversal, "d1", 5_000);
    let both = [told[0], half, told[1]];
    assert_eq!(Story::open(10_109, 18_533).left(&both), 18_533);
}

#[test]
fn an_open_invoice_of_which_nothing_remains_stays_as_the_tool_calls_it() {
    let told = [("12T10:00", Credit, "c1", 30_000)];
    let shown = Story::open(0, 100_000).debt(&told);
    assert_eq!(shown.balance().status, Status::Open);
    assert_eq!(shown.balance().remaining.minor, 0);
    let undone = [
        ("12T10:00", Payment, "p1", 30_000),
        ("13T10:00", Payment, "p1", 0),
    ];
    assert_eq!(Story::open(0, 100_000).debt(&undone).reopened(), None);
    // A credit settles what is left, and of a smaller total.
    let settled = Story::open(30_000, 100_000).debt(&told);
    assert_eq!(settled.balance().status, Status::Paid);
    assert_eq!(settled.balance().total.minor, 70_000);
    // What is paid stays what it was.
    let paid = Story::paid(100_000).debt(&told);
    assert_eq!(paid.balance().total.minor, 100_000);
}

#[test]
fn what_moved_in_the_snapshots_own_second_is_in_there() {
    let at_ten = |kind| [("11T10:00", kind, "m1", 30_000)];
    assert_eq!(Story::open(70_000, 100_000).left(&at_ten(Credit)), 70_000);
    let undone = [at_ten(Credit)[0], ("13T10:00", Credit, "m1", 0)];
    assert_eq!(Story::open(70_000, 70_000).left(&undone), 100_000);
    assert_eq!(Story::open(70_000, 100_000).left(&at_ten(Reversal)), 70_000);
    let never = |status, shown| Story {
        status,
        reversals: Reversals::NeverShown,
        ..Story::open(shown, 100_000)
    };
    let hidden = at_ten(Reversal);
    assert_eq!(never(Status::Open, 70_000).left(&hidden), 100_000);
    assert_eq!(never(Status::Paid, 0).left(&hidden), 0);
    // Until it is undone.
    let won = [hidden[0], ("13T10:00", Reversal, "m1", 0)];
    assert_eq!(Story::open(70_000, 100_000).left(&won), 40_000);
    // A payment that the word knows is no other one.
    let told = [
        ("11T10:00", Payment, "p1", 60_000),
        ("11T10:01", Payment, "p2", 50_000),
        ("20T10:00", Reversal, "d1", 60_000),
    ];
    assert_eq!(Story::paid(100_000).left(&told), 50_000);
}

#[test]
fn what_the_word_knows_of_payments_it_knows_but_once() {
    let told = [
        ("11T10:01", Payment, "p1", 60_000),
        ("11T10:02", Payment, "p2", 60_000),
        ("20T10:00", Reversal, "d1", 60_000),
    ];
    assert_eq!(Story::paid(100_000).left(&told), 40_000);
}
