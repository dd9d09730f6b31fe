//! When a debt that had been settled is owed again, and so is on hold.

use dunning::billing::{MovementKind, Status};
use dunning::rules::{Instruction, instruct};
use dunning::value::InvoiceId;

use crate::balance::Story;
use crate::common::{at, event, invoice, one_invoice};
use crate::living::Fate;

use MovementKind::{Credit, Payment, Reversal};

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
    // Nor do two of which one goes as the other comes.
    let in_one_second = [told[0], told[1], ("13T10:00", Payment, "p2", 60_000)];
    let debt = Story::open(100_000, 100_000).debt(&in_one_second);
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
    // Also where one of them was told of again meanwhile.
    let again = ("13T12:00", Payment, "p2", 60_000);
    let told_again = [together[0], together[1], again, together[2]];
    let debt = Story::open(100_000, 100_000).debt(&told_again);
    assert_eq!(debt.balance().remaining.minor, 40_000);
    assert_eq!(debt.reopened(), Some(at("2027-01-14T10:00:00Z")));
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
fn a_debt_that_the_snapshots_payments_and_a_later_one_settled_is_held_when_that_is_undone() {
    let paid = ("13T10:00", Payment, "p1", 60_000);
    let undone = ("14T10:00", Payment, "p1", 0);
    let half_paid = Story::open(60_000, 120_000);
    assert_eq!(half_paid.left(&[paid, undone]), 60_000);
    assert!(half_paid.debt(&[paid, undone]).reopened().is_some());
    // A smaller one had settled nothing.
    let less = ("13T10:00", Payment, "p1", 50_000);
    assert_eq!(half_paid.debt(&[less, undone]).reopened(), None);
}

#[test]
fn a_debt_that_a_credit_settled_is_held_when_a_payment_is_undone() {
    let told = [
        ("12T10:00", Payment, "p1", 70_000),
        ("13T10:00", Credit, "c1", 30_000),
        ("14T10:00", Payment, "p1", 0),
    ];
    let debt = Story::open(100_000, 100_000).debt(&told);
    assert_eq!(debt.balance().remaining.minor, 70_000);
    assert_eq!(debt.reopened(), Some(at("2027-01-14T10:00:00Z")));
    // The snapshot has the payment already.
    let known = [("10T10:00", Payment, "p1", 70_000), told[1], told[2]];
    let debt = Story::open(30_000, 100_000).debt(&known);
    assert_eq!(debt.balance().remaining.minor, 70_000);
    assert_eq!(debt.reopened(), Some(at("2027-01-14T10:00:00Z")));
}

#[test]
fn a_debt_that_is_open_again_is_so_since_it_was_last_raised() {
    let told = [
        ("13T10:00", Reversal, "d1", 60_000),
        ("14T10:00", Payment, "p2", 20_000),
    ];
    let debt = Story::paid(100_000).debt(&told);
    assert_eq!(debt.reopened(), Some(at("2027-01-13T10:00:00Z")));
    // Nor does it matter what comes to nothing.
    let told = [
        ("12T10:00", Payment, "p1", 100_000),
        ("13T10:00", Payment, "p1", 50_000),
        ("14T10:00", Payment, "p0", 0),
    ];
    let debt = Story::open(100_000, 100_000).debt(&told);
    assert_eq!(debt.reopened(), Some(at("2027-01-13T10:00:00Z")));
}

#[test]
fn only_a_later_credit_settles_with_the_payments() {
    let undone = [
        ("12T10:00", Payment, "p1", 70_000),
        ("13T10:00", Payment, "p1", 0),
    ];
    for known in ["10T10:00", "11T10:00"] {
        let told = [undone[0], undone[1], (known, Credit, "c1", 30_000)];
        let debt = Story::open(100_000, 100_000).debt(&told);
        assert_eq!(debt.balance().remaining.minor, 100_000);
        assert_eq!(debt.reopened(), None, "{known}");
    }
    // Nor is a snapshot of the last payment's own second newer than that.
    let tied = [
        ("10T10:00", Payment, "p1", 60_000),
        ("11T10:00", Payment, "p2", 60_000),
    ];
    let debt = Story::open(100_000, 100_000).debt(&tied);
    assert_eq!(debt.balance().remaining.minor, 40_000);
    assert_eq!(debt.reopened(), None);
}

/// Found by the simulation.
#[test]
fn a_mail_that_was_lost_while_its_debt_was_written_off_is_sent_once_more_when_it_is_owed_again() {
    let mut kept = one_invoice();
    kept.live(
        "2027-01-12T07:00:00Z",
        "2027-03-08T07:00:00Z",
        Fate::Delivered,
    );
    let last = kept.look(at("2027-03-08T08:00:00Z"), Fate::Lost);
    assert_eq!(last, ["late-21 2027-03-08"]);
    let written_off = |status| {
        let mut shown = invoice("in_1", "2027-02-15");
        shown.status = status;
        shown
    };
    let when = "2027-03-08T08:30:00Z";
    kept.hear(when, &event(when, written_off(Status::Uncollectible)));
    kept.look(at("2027-03-08T10:00:00Z"), Fate::Lost);
    let when = "2027-03-22T08:00:00Z";
    kept.hear(when, &event(when, written_off(Status::Open)));
    let id = InvoiceId::parse("in_1").unwrap();
    let release = instruct(&kept.file, Some(&id), Instruction::Release(None));
    kept.write(when, &release);
    kept.replan_all(when);
    let left = kept.live(
        "2027-03-22T09:00:00Z",
        "2027-04-22T07:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(left, ["late-21 2027-03-22"], "{}", kept.steps("in_1"));
}
