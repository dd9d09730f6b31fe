//! What is taken in of a debtor, and what is not worth a write; and how much one change writes.

use dunning::billing::{
    By, CustomerFacts, InvoiceEvent, MovementEvent, MovementKind, Movements, Order, Profile,
    Reversals,
};
use dunning::file::{Invoice, KeptPlace, StepState};
use dunning::limits::MOST_INVOICES;
use dunning::rules::{
    Decision, Known, decide, is_known, receive, receive_customer, receive_movement,
};
use dunning::value::Link;
use jiff::SignedDuration;

use crate::common::{Kept, at, debtor, event, invoice, one_invoice, with_address};
use crate::facts::{ISSUED, of_customer, payment};
use crate::living::{Fate, told};
use crate::movements::moved;

const WINDOW: SignedDuration = SignedDuration::from_mins(30);

#[test]
fn a_customer_of_whom_nothing_is_said_is_not_worth_a_file() {
    let kept = Kept::new();
    let hear = |profile, facts| {
        let told = of_customer(ISSUED, profile, facts);
        let change = receive_customer(kept.context(ISSUED), None, &told);
        (change.debtor.is_some(), change.journal.len())
    };
    let nothing = CustomerFacts::default;
    assert_eq!(hear(None, nothing()), (false, 0));
    assert_eq!(hear(Some(debtor()), nothing()), (true, 1));
    let under_way = payment(ISSUED, Some("2027-03-03"), None);
    assert_eq!(hear(None, under_way), (true, 1));
}

/// What an invoice shows of its customer as it was known when that version was issued.
fn issued(when: &str, version: Option<i64>, profile: Profile) -> InvoiceEvent {
    InvoiceEvent {
        debtor: Some(profile),
        debtor_order: Order {
            version,
            at: at(when),
        },
        ..event(when, invoice("in_1", "2027-02-15"))
    }
}

#[test]
fn another_event_of_one_issue_that_says_the_same_of_the_debtor_does_not_write_it_again() {
    let later = "2027-02-02T10:00:00Z";
    let writes = |first: &InvoiceEvent, second: &InvoiceEvent| {
        let mut kept = Kept::new();
        kept.hear(ISSUED, first);
        kept.hear(later, second).debtor.is_some()
    };
    let first = issued(ISSUED, Some(3), debtor());
    assert!(!writes(&first, &issued(later, Some(3), debtor())));
    assert!(writes(&first, &issued(later, Some(4), debtor())));
    assert!(writes(&first, &issued(later, Some(3), with_address(None))));
    // Another language alone is news, too.
    let speaks = Profile {
        language: dunning::value::Language::parse("de").ok(),
        ..debtor()
    };
    assert!(writes(&first, &issued(later, Some(3), speaks)));
    // Without a counter each is an issue of its own.
    let uncounted = issued(ISSUED, None, debtor());
    assert!(writes(&uncounted, &issued(later, None, debtor())));
}

#[test]
fn what_is_said_once_more_is_known_and_another_word_of_it_is_not() {
    let later = "2027-02-02T10:00:00Z";
    let says = |differs: &dyn Fn(&mut InvoiceEvent)| {
        let mut kept = one_invoice();
        let (debtor, known) = (kept.file.debtor.clone(), kept.only().clone());
        let mut told = event(later, invoice("in_1", "2027-02-15"));
        differs(&mut told);
        let change = kept.hear(later, &told);
        (change.is_empty(), is_known(&debtor, &known, &told, &change))
    };
    // It would be written as the newest word, and is known all the same.
    assert_eq!(says(&|_| {}), (false, true));
    assert_eq!(says(&|told| told.debtor = None), (false, true));
    // A tool makes new links each time that it is asked.
    let link = Link::parse("https://pay.example.com").ok();
    assert_eq!(
        says(&|told| told.invoice.pay_url.clone_from(&link)),
        (false, true)
    );
    let is_news = |differs: &dyn Fn(&mut InvoiceEvent)| says(differs) == (false, false);
    assert!(is_news(&|told| told.invoice.remaining.minor = 4_000));
    assert!(is_news(&|told| told.debtor = Some(with_address(None))));
    assert!(is_news(&|told| told.charge_failed_at = Some(at(later))));
    assert!(is_news(&|told| told.reversals = Reversals::NeverShown));
}

#[test]
fn a_place_that_is_kept_counts_until_its_instant() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-06-15");
    let until = at("2027-01-18T10:00:00Z");
    kept.file.debtor.kept_place = Some(KeptPlace {
        country: debtor().country,
        time_zone: None,
        until,
    });
    kept.look(until - SignedDuration::from_secs(1), Fate::Delivered);
    assert!(kept.file.debtor.kept_place.is_some());
    kept.look(until, Fate::Delivered);
    assert_eq!(kept.file.debtor.kept_place, None);
}

#[test]
fn what_is_planned_anew_is_written_ninety_invoices_at_a_time_each_with_its_lines_and_notices() {
    let mut kept = Kept::new();
    let all = MOST_INVOICES + 10;
    for number in 0..all {
        let new = event(ISSUED, invoice(&format!("in_{number:03}"), "2027-02-15"));
        kept.hear(ISSUED, &new);
    }
    kept.file.debtor.profile.value.email = None;
    let now = "2027-02-03T10:00:00Z";
    let mut written = Vec::new();
    for _ in 0..3 {
        let decision = decide(kept.context(now), &kept.file, kept.version, WINDOW);
        let Decision::Write(change) = decision else {
            break;
        };
        let mut invoices: Vec<_> = change.invoices.iter().map(Invoice::id).collect();
        let mut told: Vec<_> = change
            .journal
            .iter()
            .filter_map(|line| line.invoice.as_ref())
            .collect();
        told.dedup();
        invoices.sort();
        told.sort();
        assert_eq!(told, invoices);
        assert_eq!(change.notices.len(), invoices.len());
        written.push(invoices.len());
        kept.write(now, &change);
    }
    assert_eq!(written, [MOST_INVOICES, 10]);
}

#[test]
fn a_claim_writes_the_mails_own_invoices_and_of_the_others_what_fits_beside_them() {
    let mut kept = Kept::new();
    let due_later = (0..MOST_INVOICES + 10).map(|n| (format!("in_{n:03}"), "2027-06-15"));
    let due_now = ["zz_1", "zz_2"].map(|id| (id.to_owned(), "2027-02-16"));
    for (id, due) in due_later.chain(due_now) {
        kept.hear(ISSUED, &event(ISSUED, invoice(&id, due)));
    }
    // All of them are to be looked at again.
    for known in kept.file.open.values_mut() {
        known.look_at = None;
        known.opened_at = Some(at("2027-01-11T10:00:00Z"));
    }
    let now = "2027-02-02T09:00:00Z";
    let Decision::Send { claim, letter } =
        decide(kept.context(now), &kept.file, kept.version, WINDOW)
    else {
        panic!("no mail")
    };
    assert_eq!(claim.invoices.len(), MOST_INVOICES);
    assert_eq!(letter.invoices.len(), 2);
    for carried in &letter.invoices {
        let written = claim
            .invoices
            .iter()
            .find(|written| written.id() == carried.id());
        assert!(matches!(
            written.unwrap().steps[0].state,
            StepState::Claimed { .. }
        ));
    }
}

#[test]
fn a_payment_that_was_told_before_its_invoice_pays_it() {
    let kept = Kept::new();
    let paid = moved(ISSUED, MovementKind::Payment, "p1", 4_000);
    let known = Known {
        debtor: None,
        invoice: None,
        parked: &Movements::by(paid.order, &paid.what),
        moved_from: None,
    };
    let shown = event("2027-01-31T10:00:00Z", invoice("in_1", "2027-02-15"));
    let change = receive(kept.context(ISSUED), known, &shown);
    assert_eq!(change.invoices[0].balance().remaining.minor, 6_000);
    let said: Vec<_> = change
        .journal
        .iter()
        .map(|line| line.what.to_string())
        .collect();
    assert_eq!(
        said[0],
        "some of what happened to it was told before the invoice itself"
    );
}

#[test]
fn a_delivery_that_is_told_anew_takes_the_place_of_what_it_said_of_an_invoice() {
    let mut kept = Kept::new();
    let told = |when: &str, due, translation| InvoiceEvent {
        by: By::delivery("evt_1", translation),
        ..event(when, invoice("in_1", due))
    };
    kept.hear(ISSUED, &told(ISSUED, "2027-02-15", 1));
    // The filter had the wrong instant, too.
    kept.hear(ISSUED, &told("2027-01-31T10:00:00Z", "2027-03-15", 2));
    let due = |kept: &Kept| kept.only().balance().due_on.unwrap().to_string();
    assert_eq!(due(&kept), "2027-03-15");
    let pays = |kept: &mut Kept, id: &str, translation| {
        let by = By::delivery("evt_2", translation);
        let event = MovementEvent {
            by,
            ..moved("2027-02-02T10:00:00Z", MovementKind::Payment, id, 4_000)
        };
        let movements = Movements::by(event.order, &event.what).told_by(by);
        let (ctx, only) = (kept.context("2027-02-02T10:00:00Z"), kept.only());
        let change = receive_movement(ctx, &kept.file.debtor, only, &movements, &event);
        kept.write("2027-02-02T10:00:00Z", &change);
        kept.only().balance().remaining.minor
    };
    assert_eq!(pays(&mut kept, "wrong", 1), 6_000);
    assert_eq!(pays(&mut kept, "right", 2), 6_000);
}
