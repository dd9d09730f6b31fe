//! Thousands of payments of one customer fit into its item, and none of those that matter is lost.

use dunning::billing::{CustomerFacts, Movements};
use dunning::limits::{ITEM_BYTES, MOST_PAYMENTS};
use dunning::value::{InvoiceId, PaymentId};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, ToSpan};

use crate::common::{Kept, at};
use crate::facts::{dated, pending, two_invoices};

const MANY: i64 = 5_000;
/// The last of them is told then.
const LAST: &str = "2027-02-17T10:00:00Z";

/// A payment of those many, a minute after the one before it; the longer ids are than any, the fewer fit.
fn payment(n: i64, until: Option<Date>, invoice: Option<&str>) -> (String, CustomerFacts) {
    let when = at(LAST) - SignedDuration::from_mins(MANY - 1 - n);
    let id = PaymentId::parse(format!("{n:0>64}")).unwrap();
    let until = until.map(|until| until.to_string());
    let mut told = dated(&when.to_string(), pending(until.as_deref(), None));
    told.value.invoice = invoice.map(|name| InvoiceId::parse(name).unwrap());
    (when.to_string(), CustomerFacts::payment(id, told))
}

/// A day in March for each.
fn day(n: i64) -> Date {
    date(2027, 3, 3).saturating_add((n % 20).days())
}

fn assert_fits(kept: &Kept) {
    let facts = &kept.file.debtor.facts;
    assert!(facts.payments.len() <= MOST_PAYMENTS);
    let stored = serde_json::to_vec(&kept.file.debtor).unwrap();
    assert!(stored.len() < ITEM_BYTES / 2, "{} bytes", stored.len());
}

fn hear_all(payments: impl Iterator<Item = (String, CustomerFacts)>) -> Kept {
    let mut kept = two_invoices();
    for (when, facts) in payments {
        let told = crate::facts::of_customer(&when, None, facts);
        let change =
            dunning::rules::receive_customer(kept.context(&when), Some(&kept.file.debtor), &told);
        kept.file = change.applied_to(kept.file);
    }
    kept
}

#[test]
fn of_thousands_that_have_ended_the_latest_are_remembered_and_what_is_under_way_is_waited_for() {
    let under_way = |n: i64| n % 1_000 == 7;
    let mut kept = hear_all((0..MANY).map(|n| payment(n, under_way(n).then(|| day(n)), None)));
    assert_fits(&kept);
    let facts = &kept.file.debtor.facts;
    assert_eq!(facts.many_until, None);
    assert_eq!(facts.pending().count(), 5);
    // An end of these comes before its beginning, and counts all the same.
    let (_, late) = payment(MANY - 1, Some(date(2027, 9, 1)), None);
    kept.hear_facts(LAST, late);
    assert!(
        kept.file
            .debtor
            .facts
            .pending()
            .all(|(_, _, until)| until < date(2027, 9, 1))
    );
}

#[test]
fn where_thousands_are_under_way_at_once_nothing_leaves_until_the_latest_has_come() {
    let longest = "in_1";
    let mut kept = hear_all((0..MANY).map(|n| payment(n, Some(day(n)), Some(longest))));
    assert_fits(&kept);
    let facts = &kept.file.debtor.facts;
    assert_eq!(facts.payments.len(), MOST_PAYMENTS);
    let known = facts.pending().map(|(_, _, until)| until);
    assert_eq!(known.chain(facts.many_until).max(), Some(day(19)));
    // For which invoices the others are, nobody knows any more.
    assert_eq!(facts.many_until, Some(day(18)));
    kept.replan_all(LAST);
    assert_eq!(
        kept.left(LAST, "2027-03-23T20:00:00Z"),
        ["late-3 2027-03-22", "late-3 2027-03-22"]
    );
    // Once that day has passed it is forgotten.
    let (_, one) = payment(0, None, None);
    kept.hear_facts("2027-03-25T10:00:00Z", one);
    assert_eq!(kept.file.debtor.facts.many_until, None);
}

#[test]
fn thousands_that_are_told_before_their_invoice_is_known_fit_into_one_item_as_well() {
    let facts = (0..MANY).map(|n| payment(n, Some(day(n)), Some("in_9")).1);
    let parked = facts.fold(Movements::default(), |parked, of_debtor| {
        let told = Movements {
            of_debtor,
            ..Movements::default()
        };
        parked.merge(told).bounded()
    });
    assert!(serde_json::to_vec(&parked).unwrap().len() < ITEM_BYTES / 2);
    assert_eq!(parked.of_debtor.many_until, Some(day(18)));
}

#[test]
fn until_when_many_are_under_way_is_the_later_of_two_tellings_in_any_order() {
    let until = |day| CustomerFacts {
        many_until: day,
        ..CustomerFacts::default()
    };
    let (one, other) = (until(Some(day(1))), until(Some(day(2))));
    assert_eq!(one.clone().merge(other.clone()), other);
    assert_eq!(other.clone().merge(one), other);
    assert_eq!(until(None).merge(other.clone()), other);
}
