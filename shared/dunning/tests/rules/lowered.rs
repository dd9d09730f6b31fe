//! What a mail may say of the difference between what an invoice was and what is left of it.

use dunning::billing::{Lowered, MovementKind};

use crate::balance::Story;

use MovementKind::{Credit, Payment, Reversal};

fn credited(credited: i64) -> Lowered {
    Lowered {
        credited,
        received: None,
    }
}

fn received(minor: i64) -> Lowered {
    Lowered {
        credited: 0,
        received: Some(minor),
    }
}

#[test]
fn a_payment_that_was_told_was_received_and_a_credit_was_not() {
    let whole = Story::open(1_000, 1_000);
    let payment = ("12T10:00", Payment, "pay_1", 400);
    let credit = ("12T10:00", Credit, "cn_1", 100);
    assert_eq!(whole.debt(&[]).lowered(), credited(0));
    assert_eq!(whole.debt(&[payment]).lowered(), received(400));
    assert_eq!(whole.debt(&[credit]).lowered(), credited(100));
    let both = Lowered {
        credited: 100,
        received: Some(400),
    };
    assert_eq!(whole.debt(&[payment, credit]).lowered(), both);
}

#[test]
fn what_a_snapshot_alone_shows_as_gone_is_called_neither() {
    let part = Story::open(600, 1_000);
    assert_eq!(part.debt(&[]).lowered(), credited(0));
    // Some of it is known, and the rest is not.
    let payment = ("12T10:00", Payment, "pay_2", 100);
    assert_eq!(part.debt(&[payment]).lowered(), credited(0));
    // All of it is: the payment was told, and then it was shown.
    let known = ("10T10:00", Payment, "pay_1", 400);
    assert_eq!(part.debt(&[known]).lowered(), received(400));
}

#[test]
fn what_the_total_had_lost_already_is_not_told_again() {
    let part = Story::open(900, 900);
    let credit = ("10T10:00", Credit, "cn_1", 100);
    assert_eq!(part.debt(&[credit]).lowered(), credited(0));
}

#[test]
fn where_money_was_taken_back_nothing_is_said_of_what_was_received() {
    let whole = Story::open(1_000, 1_000);
    let payment = ("12T10:00", Payment, "pay_1", 400);
    let reversal = ("13T10:00", Reversal, "dp_1", 100);
    assert_eq!(whole.debt(&[payment, reversal]).lowered(), credited(0));
    // Nor where what is gone is as much by chance.
    let part = Story::open(600, 1_000);
    let known = ("10T10:00", Payment, "pay_1", 300);
    assert_eq!(part.debt(&[known, reversal]).lowered(), credited(0));
    // Until that was undone.
    let won = ("14T10:00", Reversal, "dp_1", 0);
    assert_eq!(
        whole.debt(&[payment, reversal, won]).lowered(),
        received(400)
    );
}
