//! Where a debt stands when a payment is taken back by a bank, and when that is won.

use dunning::billing::{Happened, Movement, MovementKind, Movements, Order, Reversals, Status};
use dunning::file::{Hold, NotChased, Outlook};
use dunning::rules::{Instruction, instruct, replan};
use dunning::value::{Currency, Money, MovementId};

use crate::balance::Story;
use crate::common::{Kept, at, euros, event, invoice};
use crate::movements::moved;

use MovementKind::{Payment, Reversal};

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
    let released = instruct(&kept.file, Some(&id), Instruction::Release(None));
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
fn a_chargeback_that_only_one_of_two_snapshots_of_a_second_has_gives_back_what_it_took_when_it_is_won()
 {
    let told = [
        ("11T10:00", Reversal, "d1", 7_537),
        ("14T10:00", Reversal, "d1", 0),
    ];
    for quieter_first in [true, false] {
        let without = Story::open(15_075, 30_150).debt(&[]);
        let with = Story::open(22_612, 30_150).debt(&told);
        let debt = if quieter_first {
            without.merge(with)
        } else {
            with.merge(without)
        };
        assert_eq!(debt.balance().remaining.minor, 15_075);
    }
}

#[test]
fn a_chargeback_that_a_snapshot_shows_and_that_is_won_since_is_owed_no_more() {
    let told = [
        ("09T10:00", Reversal, "d1", 60_000),
        ("13T10:00", Reversal, "d1", 0),
    ];
    assert_eq!(Story::open(100_000, 100_000).left(&told), 40_000);
    let in_part = [told[0], ("13T10:00", Reversal, "d1", 50_000)];
    assert_eq!(Story::open(100_000, 100_000).left(&in_part), 90_000);
    let never = Story {
        reversals: Reversals::NeverShown,
        ..Story::open(40_000, 100_000)
    };
    assert_eq!(never.left(&told), 40_000);
}

#[test]
fn a_chargeback_of_the_snapshots_own_second_that_is_won_gives_back_no_more_than_it_took() {
    let told = |payment: &'static str| {
        [
            (payment, Payment, "p1", 18_600),
            ("11T10:00", Reversal, "d1", 9_300),
            ("14T10:00", Reversal, "d1", 0),
        ]
    };
    // The snapshot has neither the payment nor the chargeback, or it has both.
    assert_eq!(Story::open(74_500, 74_500).left(&told("11T10:00")), 55_900);
    assert_eq!(Story::open(65_200, 74_500).left(&told("11T10:00")), 55_900);
    // It has the payment, which was earlier, and the chargeback.
    assert_eq!(Story::open(65_200, 74_500).left(&told("10T10:00")), 55_900);
}

#[test]
fn a_chargeback_that_was_won_holds_nothing() {
    let told = [
        ("12T10:00", Reversal, "d1", 30_000),
        ("13T10:00", Reversal, "d1", 0),
    ];
    let debt = Story::open(100_000, 100_000).debt(&told);
    assert_eq!(debt.balance().remaining.minor, 100_000);
    assert_eq!(debt.reopened(), None);
}

#[test]
fn a_chargeback_that_was_won_before_the_snapshot_changes_nothing_after_it() {
    let before = [
        ("09T10:00", Reversal, "d1", 60_000),
        ("10T10:00", Reversal, "d1", 0),
    ];
    assert_eq!(Story::open(100_000, 100_000).left(&before), 100_000);
    // And one that came later and was won in part counts for what is left of it.
    let after = [
        ("12T10:00", Reversal, "d1", 60_000),
        ("13T10:00", Reversal, "d1", 20_000),
    ];
    assert_eq!(Story::open(40_000, 100_000).left(&after), 60_000);
}

#[test]
fn a_chargeback_in_another_currency_takes_all_back_until_it_is_won() {
    let dollars = |when: &str, minor| {
        let order = Order {
            version: None,
            at: at(when),
        };
        let amount = Money {
            minor,
            currency: Currency::parse("USD").unwrap(),
        };
        let movement = Movement {
            kind: Reversal,
            amount,
        };
        let id = MovementId::parse("d1").unwrap();
        let payment = None;
        Movements::by(
            order,
            &Happened::Moved {
                id,
                movement,
                was: None,
                payment,
            },
        )
    };
    let shown = Story::open(40_000, 100_000).debt(&[]);
    let lost = shown.clone().with(dollars("2027-01-12T10:00:00Z", 10));
    assert_eq!(lost.balance().remaining.minor, 100_000);
    let won = lost.with(dollars("2027-01-13T10:00:00Z", 0));
    assert_eq!(won.balance().remaining.minor, 40_000);
    // How much of what is shown was taken back in dollars, nobody knows.
    let known = shown.with(dollars("2027-01-10T10:00:00Z", 10));
    let won = known.with(dollars("2027-01-13T10:00:00Z", 0));
    assert_eq!(won.balance().remaining.minor, 40_000);
}
