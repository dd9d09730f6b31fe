//! Money that is on no invoice: what it holds, and what the team hears of it.

use dunning::file::{Hold, Outlook};
use dunning::value::{Currency, Money};

use crate::common::{Kept, euros, event, invoice};
use crate::facts::{ISSUED, held, money};
use crate::living::told;

const CAME: &str = "2027-02-16T10:00:00Z";

fn of(code: &str, minor: i64) -> Money {
    let currency = Currency::parse(code).unwrap();
    Money { minor, currency }
}

/// An invoice in euros, and one in dollars, both due on 15 February.
fn in_two_currencies() -> Kept {
    let mut kept = told(ISSUED, "2027-02-15");
    let mut dollars = invoice("in_2", "2027-02-15");
    (dollars.total, dollars.remaining) = (of("USD", 10_000), of("USD", 10_000));
    kept.hear(ISSUED, &event(ISSUED, dollars));
    kept
}

#[test]
fn money_holds_what_is_owed_in_its_own_currency_and_nothing_else() {
    let mut kept = in_two_currencies();
    kept.hear_facts(CAME, money(CAME, of("USD", 5_000)));
    assert!(matches!(kept.outlook("in_1"), Outlook::Next { .. }));
    assert_eq!(*kept.outlook("in_2"), held(Hold::Unapplied));
    let both = "2027-02-16T11:00:00Z";
    kept.hear_facts(both, money(both, euros(5_000)));
    assert_eq!(*kept.outlook("in_1"), held(Hold::Unapplied));
    let none = "2027-02-17T10:00:00Z";
    kept.hear_facts(none, money(none, of("USD", 0)));
    assert_eq!(*kept.outlook("in_1"), held(Hold::Unapplied));
    assert!(matches!(kept.outlook("in_2"), Outlook::Next { .. }));
}

#[test]
fn money_in_a_currency_in_which_nothing_is_owed_is_told_with_its_amount_and_holds_nothing() {
    let mut kept = in_two_currencies();
    kept.hear_facts(CAME, money(CAME, of("JPY", 800)));
    assert_eq!(kept.team_was_told("unapplied"), 1);
    assert!(kept.log.contains("team: unapplied (Client (800 JPY))"));
    assert_eq!(
        kept.left(CAME, "2027-02-19T20:00:00Z"),
        ["late-3 2027-02-18", "late-3 2027-02-18"]
    );
}

#[test]
fn fault_22_less_money_than_is_chased_holds_nothing_and_is_told_to_nobody() {
    let mut kept = in_two_currencies();
    for (when, minor) in [
        ("2027-02-16T10:00:00Z", 1),
        ("2027-02-16T11:00:00Z", 60),
        ("2027-02-16T12:00:00Z", 99),
    ] {
        kept.hear_facts(when, money(when, euros(minor)));
        assert!(
            matches!(kept.outlook("in_1"), Outlook::Next { .. }),
            "{minor}"
        );
    }
    assert_eq!(kept.team_was_told("unapplied"), 0);
    assert!(
        kept.log
            .contains("0.99 EUR of the customer's money is on no invoice")
    );
    let more = "2027-02-16T13:00:00Z";
    kept.hear_facts(more, money(more, euros(100)));
    assert_eq!(*kept.outlook("in_1"), held(Hold::Unapplied));
    assert_eq!(kept.team_was_told("unapplied"), 1);
    let less = "2027-02-16T14:00:00Z";
    kept.hear_facts(less, money(less, euros(99)));
    assert!(matches!(kept.outlook("in_1"), Outlook::Next { .. }));
}

#[test]
fn an_invoice_that_comes_while_money_waits_is_told_with_that_money() {
    let mut kept = told(ISSUED, "2027-02-15");
    kept.hear_facts(CAME, money(CAME, euros(5_000)));
    kept.hear(CAME, &event(CAME, invoice("in_3", "2027-03-15")));
    assert_eq!(*kept.outlook("in_3"), held(Hold::Unapplied));
    assert!(
        kept.log.contains("team: unapplied (N-in_3 (50.00 EUR))"),
        "{}",
        kept.log
    );
}
