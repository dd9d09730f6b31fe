//! A tool may want nothing sent for months, or say again and again that a payment is on its way: it is obeyed, and a
//! person hears of it.

use dunning::billing::{Collection, CustomerFacts, Profile};
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};

use crate::common::{Kept, at, debtor, event, invoice};
use crate::facts::{ISSUED, of_customer, payment, two_invoices};
use crate::living::{Fate, told};

fn show(kept: &mut Kept, when: &str, not_before: Option<&str>) {
    let mut shown = invoice("in_1", "2027-02-15");
    shown.not_before = not_before.map(|day| day.parse().unwrap());
    kept.hear(when, &event(when, shown));
}

fn count(kept: &Kept) -> usize {
    kept.team_was_told("not_before_for_long") + kept.team_was_told("payment_for_long")
}

#[test]
fn a_day_far_off_before_which_nothing_is_to_be_sent_is_obeyed_and_told_once() {
    let mut kept = told(ISSUED, "2027-02-15");
    show(&mut kept, "2027-02-02T10:00:00Z", Some("2027-06-01"));
    let said = "team: not_before_for_long (N-in_1 (2027-06-01))";
    assert!(kept.log.contains(said), "{}", kept.log);
    // The tool says it again, and days go by.
    show(&mut kept, "2027-02-03T10:00:00Z", Some("2027-06-01"));
    show(&mut kept, "2027-03-03T10:00:00Z", Some("2027-06-01"));
    let left = kept.left("2027-03-03T11:00:00Z", "2027-06-02T07:00:00Z");
    assert_eq!(
        (left, count(&kept)),
        (vec!["late-3 2027-06-01".to_owned()], 1)
    );
}

#[test]
fn another_day_far_off_is_told_again_and_a_near_one_is_not() {
    let mut kept = told(ISSUED, "2027-02-15");
    for (when, day, times) in [
        ("2027-02-02T10:00:00Z", "2027-06-01", 1),
        ("2027-02-03T10:00:00Z", "2027-07-01", 2),
        ("2027-02-04T10:00:00Z", "2027-03-01", 2),
        ("2027-02-05T10:00:00Z", "9999-12-31", 3),
    ] {
        show(&mut kept, when, Some(day));
        assert_eq!(count(&kept), times, "{day}");
    }
    show(&mut kept, "2027-02-06T10:00:00Z", None);
    show(&mut kept, "2027-02-20T10:00:00Z", Some("9999-12-31"));
    assert_eq!(count(&kept), 4);
}

#[test]
fn two_months_are_waited_for_without_a_word() {
    let mut kept = told(ISSUED, "2027-02-15");
    show(&mut kept, "2027-02-02T10:00:00Z", Some("2027-04-03"));
    assert_eq!(count(&kept), 0);
    show(&mut kept, "2027-02-03T10:00:00Z", Some("2027-04-04"));
    assert_eq!(count(&kept), 1);
}

#[test]
fn a_day_far_off_of_a_customer_is_one_matter_however_many_invoices_it_has() {
    let mut kept = two_invoices();
    let profile = Profile {
        not_before: Some("2027-06-01".parse().unwrap()),
        ..debtor()
    };
    for hour in 10..14 {
        let when = format!("2027-02-02T{hour}:00:00Z");
        let told = of_customer(&when, Some(profile.clone()), CustomerFacts::default());
        kept.hear_customer(&when, &told);
    }
    let left = kept.live(
        "2027-02-02T14:00:00Z",
        "2027-05-31T20:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(left, Vec::<String>::new());
    // Once for each invoice, in the same words: whoever is told reads them once.
    let said = "team: not_before_for_long (Client (2027-06-01))";
    assert_eq!((kept.log.matches(said).count(), count(&kept)), (2, 2));
}

#[test]
fn what_a_tool_says_of_a_customer_that_owes_nothing_is_told_to_nobody() {
    let mut kept = Kept::new();
    let mut charged = invoice("in_1", "2027-02-15");
    charged.collection = Collection::ChargeAutomatically;
    kept.hear(ISSUED, &event(ISSUED, charged));
    let when = "2027-02-02T10:00:00Z";
    kept.hear_facts(when, payment(when, Some("2027-06-01"), None));
    kept.live(when, "2027-06-02T20:00:00Z", Fate::Delivered);
    assert_eq!(count(&kept), 0);
}

#[test]
fn a_payment_far_off_is_told_and_so_is_one_that_may_be_for_any_invoice() {
    for (invoice, subject) in [(Some("in_1"), "N-in_1"), (None, "Client")] {
        let mut kept = two_invoices();
        let when = "2027-02-02T10:00:00Z";
        kept.hear_facts(when, payment(when, Some("2027-06-01"), invoice));
        let said = format!("team: payment_for_long ({subject} (2027-06-01))");
        assert!(kept.log.contains(&said), "{}", kept.log);
        assert_eq!(count(&kept), if invoice.is_some() { 1 } else { 2 });
    }
}

/// From 2 February on, every so many days a payment is said to be on its way for two weeks. The days on which the
/// team hears of it.
fn said_again_and_again(each: i64, days: i64, invoice: Option<&str>) -> Vec<i64> {
    let mut kept = told(ISSUED, "2027-02-15");
    let begin: Date = "2027-02-02".parse().unwrap();
    let mut heard = Vec::new();
    for day in 0..days {
        let when = format!("{}T10:00:00Z", begin.saturating_add(day.days()));
        let until = begin.saturating_add((day + 14).days()).to_string();
        let before = count(&kept);
        if day % each == 0 {
            kept.hear_facts(&when, payment(&when, Some(&until), invoice));
        }
        let left = kept.look(at(&when) + SignedDuration::from_mins(5), Fate::Delivered);
        assert_eq!(left, Vec::<String>::new(), "{when}");
        heard.extend((before..count(&kept)).map(|_| day));
    }
    heard
}

#[test]
fn a_payment_that_is_on_its_way_again_and_again_for_two_months_is_told_once_in_two_months() {
    for invoice in [Some("in_1"), None] {
        assert_eq!(said_again_and_again(1, 120, invoice), [47, 108]);
        assert_eq!(said_again_and_again(10, 80, invoice), [50]);
    }
}

#[test]
fn what_is_heard_in_between_begins_another_time_of_waiting() {
    let mut kept = told(ISSUED, "2027-02-15");
    show(&mut kept, "2027-02-02T10:00:00Z", Some("2027-03-01"));
    let left = kept.left("2027-03-01T07:00:00Z", "2027-03-02T20:00:00Z");
    assert_eq!(left, ["late-3 2027-03-01"]);
    // Of two months since February, a month is left.
    show(&mut kept, "2027-03-03T10:00:00Z", Some("2027-04-20"));
    assert_eq!(count(&kept), 0);
    let lull = kept.invoice().lull.unwrap();
    assert_eq!(lull.since.to_string(), "2027-03-01");
}

#[test]
fn a_lull_ends_with_its_debt_and_is_stored_and_read_again() {
    let mut kept = told(ISSUED, "2027-02-15");
    show(&mut kept, "2027-02-02T10:00:00Z", Some("2027-06-01"));
    let stored = serde_json::to_string(kept.invoice()).unwrap();
    let read: dunning::file::Invoice = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, *kept.invoice());
    let mut paid = invoice("in_1", "2027-02-15");
    paid.status = dunning::billing::Status::Paid;
    let when = "2027-02-03T10:00:00Z";
    kept.hear(when, &event(when, paid));
    assert_eq!(kept.invoice().lull, None);
}
