//! What tools say beside what is owed: payments that are under way, money that is on no invoice, and that a
//! customer was deleted.

use std::collections::BTreeMap;

use dunning::billing::{
    By, CustomerEvent, CustomerFacts, Dated, Happened, Movements, Order, Pending, Profile,
    Unapplied,
};
use dunning::file::{Debtor, Hold, Outlook, Releasable};
use dunning::rules::{
    Change, Instruction, Known, holds, instruct, receive, receive_customer, receive_movement,
    withdraw,
};
use dunning::value::{CustomerId, EventId, InvoiceId, Money, PaymentId};
use proptest::prelude::*;

use crate::common::{Kept, at, euros, event, invoice, realm};
use crate::living::{Fate, told};

/// The invoice comes, due on 15 February.
pub(crate) const ISSUED: &str = "2027-02-01T10:00:00Z";

pub(crate) fn order(when: &str) -> Order {
    Order {
        version: None,
        at: at(when),
    }
}

pub(crate) fn dated<T>(when: &str, value: T) -> Dated<T> {
    Dated {
        order: order(when),
        value,
        by: By::default(),
    }
}

pub(crate) fn id(text: &str) -> InvoiceId {
    InvoiceId::parse(text).unwrap()
}

pub(crate) fn pending(until: Option<&str>, invoice: Option<&str>) -> Pending {
    Pending {
        until: until.map(|day| day.parse().unwrap()),
        invoice: invoice.map(id),
    }
}

/// The payment `pi_1` is under way until that day, for that invoice; or has ended.
pub(crate) fn payment(when: &str, until: Option<&str>, invoice: Option<&str>) -> CustomerFacts {
    let name = PaymentId::parse("pi_1").unwrap();
    CustomerFacts::payment(name, dated(when, pending(until, invoice)))
}

pub(crate) fn money(when: &str, money: Money) -> CustomerFacts {
    CustomerFacts {
        unapplied: BTreeMap::from([(money.currency, Unapplied::told(dated(when, money)))]),
        ..CustomerFacts::default()
    }
}

pub(crate) fn deleted(when: &str, deleted: bool) -> CustomerFacts {
    CustomerFacts {
        deleted: Some(dated(when, deleted)),
        ..CustomerFacts::default()
    }
}

pub(crate) fn of_customer(
    when: &str,
    profile: Option<Profile>,
    facts: CustomerFacts,
) -> CustomerEvent {
    CustomerEvent {
        id: EventId::parse(format!("evt_customer_{when}")).unwrap(),
        kind: "customer".to_owned(),
        realm: realm(),
        customer: CustomerId::parse("cus_1").unwrap(),
        debtor: profile.map(|profile| dated(when, profile)),
        facts,
        by: By::default(),
    }
}

impl Kept {
    /// Something is told of the customer alone, and its invoices are planned anew.
    pub(crate) fn hear_facts(&mut self, now: &str, facts: CustomerFacts) -> Change {
        self.hear_customer(now, &of_customer(now, None, facts))
    }

    pub(crate) fn hear_customer(&mut self, now: &str, event: &CustomerEvent) -> Change {
        let change = receive_customer(self.context(now), Some(&self.file.debtor), event);
        self.write(now, &change);
        self.replan_all(now);
        change
    }

    fn release(&mut self, now: &str, which: Option<Releasable>) {
        let change = instruct(&self.file, None, Instruction::Release(which));
        self.write(now, &change);
        self.replan_all(now);
    }

    pub(crate) fn outlook(&self, name: &str) -> &Outlook {
        let invoices = self.file.open.get(&id(name));
        &invoices.or(self.closed.get(&id(name))).unwrap().outlook
    }

    pub(crate) fn left(&mut self, from: &str, until: &str) -> Vec<String> {
        self.live(from, until, Fate::Delivered)
    }
}

/// Two invoices of one debtor, both due on 15 February.
pub(crate) fn two_invoices() -> Kept {
    let mut kept = told(ISSUED, "2027-02-15");
    kept.hear(ISSUED, &event(ISSUED, invoice("in_2", "2027-02-15")));
    kept
}

pub(crate) fn held(hold: Hold) -> Outlook {
    Outlook::Held(hold)
}

#[test]
fn fault_16_nothing_leaves_while_a_debit_is_under_way_and_it_goes_on_by_itself_after_its_day() {
    let mut kept = told(ISSUED, "2027-02-15");
    kept.hear_facts(
        "2027-02-17T10:00:00Z",
        payment("2027-02-17T10:00:00Z", Some("2027-03-03"), None),
    );
    assert_eq!(
        kept.left("2027-02-17T11:00:00Z", "2027-03-09T08:00:00Z"),
        ["late-3 2027-03-03", "late-10 2027-03-08"]
    );
    let why =
        "late-3 moved from 2027-02-18 to 2027-03-03: the tool says that a payment is on its way";
    assert!(kept.log.contains(why), "{}", kept.log);
}

#[test]
fn fault_16_a_debit_that_failed_is_chased_again_and_one_that_came_is_quiet() {
    let mut kept = told(ISSUED, "2027-02-15");
    let begun = "2027-02-17T10:00:00Z";
    kept.hear_facts(begun, payment(begun, Some("2027-03-03"), Some("in_1")));
    let failed = "2027-02-22T10:00:00Z";
    assert_eq!(kept.left(begun, failed), Vec::<String>::new());
    kept.hear_facts(failed, payment(failed, None, None));
    assert_eq!(
        kept.left(failed, "2027-02-24T10:00:00Z"),
        ["late-3 2027-02-22"]
    );
    // It is tried again under the same id, and comes.
    let again = "2027-02-25T10:00:00Z";
    kept.hear_facts(again, payment(again, Some("2027-03-11"), Some("in_1")));
    let came = "2027-03-04T10:00:00Z";
    assert_eq!(kept.left(again, came), Vec::<String>::new());
    kept.hear_facts(came, payment(came, None, Some("in_1")));
    let mut paid = invoice("in_1", "2027-02-15");
    (paid.status, paid.remaining) = (dunning::billing::Status::Paid, euros(0));
    kept.hear(came, &event(came, paid));
    assert_eq!(
        kept.left(came, "2027-04-04T10:00:00Z"),
        Vec::<String>::new()
    );
}

#[test]
fn fault_16_a_debit_that_is_told_before_the_claim_always_wins() {
    let mut kept = told(ISSUED, "2027-02-15");
    kept.live(ISSUED, "2027-02-18T07:00:00Z", Fate::Delivered);
    let just_before = "2027-02-18T07:59:59Z";
    let debit = payment(just_before, Some("2027-03-04"), None);
    let told = of_customer(just_before, None, debit);
    let change = receive_customer(kept.context(just_before), Some(&kept.file.debtor), &told);
    // Nobody has planned anew yet.
    kept.write(just_before, &change);
    let left = kept.look(at("2027-02-18T08:00:00Z"), Fate::Delivered);
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_payment_for_one_invoice_silences_that_one_and_one_for_nobody_knows_which_silences_all() {
    let when = "2027-02-16T10:00:00Z";
    for (invoice, silent) in [(Some("in_1"), vec!["in_1"]), (None, vec!["in_1", "in_2"])] {
        let mut kept = two_invoices();
        kept.hear_facts(when, payment(when, Some("2027-03-03"), invoice));
        let open = kept.file.open.values();
        let held =
            open.filter(|invoice| !holds(invoice, &kept.file.debtor, &kept.policy).is_empty());
        let held: Vec<&str> = held.map(|invoice| invoice.id().as_str()).collect();
        assert_eq!(held, silent);
    }
}

#[test]
fn an_end_that_is_told_before_its_beginning_counts() {
    let (begun, ended) = ("2027-02-17T10:00:00Z", "2027-02-22T10:00:00Z");
    let beginning = payment(begun, Some("2027-03-03"), None);
    for end in [payment(ended, None, None), payment(begun, None, None)] {
        let mut kept = told(ISSUED, "2027-02-15");
        kept.hear_facts("2027-02-22T11:00:00Z", end);
        let change = kept.hear_facts("2027-02-22T12:00:00Z", beginning.clone());
        assert!(change.is_empty());
        assert_eq!(
            kept.left("2027-02-22T12:00:00Z", "2027-02-24T10:00:00Z"),
            ["late-3 2027-02-22"]
        );
    }
}

#[test]
fn a_payment_that_is_told_of_by_its_invoice_alone_is_known_of_the_debtor() {
    let when = "2027-02-17T10:00:00Z";
    let told_of = |when: &str, until| dunning::billing::MovementEvent {
        id: EventId::parse(format!("evt_{when}")).unwrap(),
        kind: "payment".to_owned(),
        realm: realm(),
        order: order(when),
        subject: dunning::billing::Subject::Invoice(id("in_1")),
        what: Happened::Pending {
            payment: PaymentId::parse("pi_1").unwrap(),
            pending: pending(until, Some("in_1")),
        },
        by: By::default(),
    };
    let begun = told_of(when, Some("2027-03-03"));
    // Before the invoice is known, and after.
    let mut before = Kept::new();
    let parked = Movements::by(begun.order, &begun.what);
    let known = Known {
        debtor: None,
        invoice: None,
        parked: &parked,
        moved_from: None,
    };
    let shown = event(ISSUED, invoice("in_1", "2027-02-15"));
    let change = receive(before.context(when), known, &shown);
    before.write(when, &change);
    let mut after = told(ISSUED, "2027-02-15");
    let hear = |kept: &mut Kept, event: &dunning::billing::MovementEvent| {
        let movements = Movements::by(event.order, &event.what);
        let only = kept.only().clone();
        let ctx = kept.context(when);
        let change = receive_movement(ctx, &kept.file.debtor, &only, &movements, event);
        kept.write(when, &change);
        change.is_empty()
    };
    assert!(!hear(&mut after, &begun));
    assert!(hear(&mut after, &begun), "told again, it is no news");
    for kept in [&mut before, &mut after] {
        assert!(kept.only().debt.movements.is_empty());
        let until: Vec<_> = kept.file.debtor.facts.pending().collect();
        assert_eq!(until.len(), 1);
        assert_eq!(
            kept.left(when, "2027-03-04T10:00:00Z"),
            ["late-3 2027-03-03"]
        );
    }
    hear(&mut after, &told_of("2027-02-18T10:00:00Z", None));
    assert_eq!(after.file.debtor.facts.pending().count(), 0);
}

#[test]
fn an_invoice_that_goes_to_another_customer_takes_its_payments_along() {
    let when = "2027-02-16T10:00:00Z";
    let mut kept = two_invoices();
    let other = PaymentId::parse("pi_2").unwrap();
    let of_the_other = pending(Some("2027-03-03"), Some("in_2"));
    kept.hear_facts(when, payment(when, Some("2027-03-03"), Some("in_1")));
    kept.hear_facts(
        "2027-02-16T11:00:00Z",
        CustomerFacts::payment(other, dated(when, of_the_other)),
    );
    let mut moved = event("2027-02-17T10:00:00Z", invoice("in_1", "2027-02-15"));
    moved.customer = CustomerId::parse("cus_2").unwrap();
    let known = Known {
        debtor: None,
        invoice: kept.file.open.get(&id("in_1")),
        parked: &Movements::default(),
        moved_from: Some(&kept.file.debtor),
    };
    let change = receive(kept.context("2027-02-17T10:00:00Z"), known, &moved);
    let facts = change.debtor.unwrap().facts;
    let taken: Vec<&str> = facts.payments.keys().map(PaymentId::as_str).collect();
    assert_eq!(taken, ["pi_1"]);
}

#[test]
fn payments_that_ended_long_ago_are_forgotten_and_do_not_come_back_to_hold() {
    let mut kept = told(ISSUED, "2027-02-15");
    kept.hear_facts(ISSUED, payment(ISSUED, None, None));
    assert_eq!(kept.file.debtor.facts.payments.len(), 1);
    let later = "2027-03-20T10:00:00Z";
    kept.hear_facts(later, money(later, euros(0)));
    assert_eq!(kept.file.debtor.facts.payments.len(), 0);
    let late_beginning = payment("2027-01-31T10:00:00Z", Some("2027-02-14"), None);
    assert!(kept.hear_facts(later, late_beginning).is_empty());
    // One that is not over is not forgotten, however long ago it was told.
    kept.hear_facts(later, payment(ISSUED, Some("2027-09-01"), None));
    assert_eq!(kept.file.debtor.facts.payments.len(), 1);
}

#[test]
fn complaint_12_money_of_the_customer_that_is_on_no_invoice_holds_what_it_owes() {
    let mut kept = two_invoices();
    let came = "2027-02-16T10:00:00Z";
    kept.hear_facts(came, money(came, euros(5_000)));
    assert_eq!(*kept.outlook("in_1"), held(Hold::Unapplied));
    assert_eq!(*kept.outlook("in_2"), held(Hold::Unapplied));
    assert_eq!(kept.team_was_told("unapplied"), 1);
    assert!(kept.log.contains("team: unapplied (Client (50.00 EUR))"));
    assert!(
        kept.log
            .contains("50.00 EUR of the customer's money is on no invoice")
    );
    assert_eq!(
        kept.left(came, "2027-02-22T10:00:00Z"),
        Vec::<String>::new()
    );
    // Less of it, and an older word that comes late, are no news for the team.
    let less = "2027-02-22T10:00:00Z";
    kept.hear_facts(less, money(less, euros(2_000)));
    kept.hear_facts("2027-02-22T11:00:00Z", money(came, euros(9_000)));
    assert_eq!(kept.team_was_told("unapplied"), 1);
    let none = "2027-02-23T10:00:00Z";
    kept.hear_facts(none, money(none, euros(0)));
    assert_eq!(
        kept.left(none, "2027-02-25T10:00:00Z"),
        ["late-3 2027-02-23", "late-3 2027-02-23"]
    );
}

#[test]
fn money_that_was_released_holds_nothing_until_there_is_more() {
    let mut kept = told(ISSUED, "2027-02-15");
    let tell = |kept: &mut Kept, when: &str, minor| {
        kept.hear_facts(when, money(when, euros(minor)));
        *kept.outlook("in_1") == held(Hold::Unapplied)
    };
    assert!(tell(&mut kept, "2027-02-16T10:00:00Z", 5_000));
    kept.release("2027-02-16T11:00:00Z", None);
    assert_ne!(*kept.outlook("in_1"), held(Hold::Unapplied));
    assert!(kept.log.contains("released by a person"));
    // A part of it goes onto an invoice; then other money comes.
    assert!(!tell(&mut kept, "2027-02-17T10:00:00Z", 2_000));
    assert!(tell(&mut kept, "2027-02-18T10:00:00Z", 4_000));
    assert_eq!(kept.team_was_told("unapplied"), 2);
    kept.release("2027-02-18T11:00:00Z", Some(Releasable::Unapplied));
    assert!(!tell(&mut kept, "2027-02-19T10:00:00Z", 4_000));
    assert!(!tell(&mut kept, "2027-02-20T10:00:00Z", 0));
    assert!(tell(&mut kept, "2027-02-21T10:00:00Z", 100));
}

#[test]
fn what_was_released_is_the_same_whatever_order_the_news_comes_in() {
    let news = [
        ("2027-02-17T10:00:00Z", 0),
        ("2027-02-18T10:00:00Z", 3_000),
        ("2027-02-19T10:00:00Z", 2_500),
    ];
    let end = |order: &[usize]| {
        let mut kept = told(ISSUED, "2027-02-15");
        kept.hear_facts(
            "2027-02-16T10:00:00Z",
            money("2027-02-16T10:00:00Z", euros(5_000)),
        );
        kept.release("2027-02-16T11:00:00Z", None);
        for index in order {
            let (when, minor) = news[*index];
            kept.hear_facts("2027-02-20T10:00:00Z", money(when, euros(minor)));
        }
        kept.file.debtor.facts
    };
    let wanted = end(&[0, 1, 2]);
    assert_eq!(wanted.held_money().next(), Some(euros(2_500)));
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(end(&order), wanted, "{order:?}");
    }
}

#[test]
fn release_without_a_name_lets_go_what_is_shown() {
    let mut kept = told(ISSUED, "2027-02-15");
    let when = "2027-02-16T10:00:00Z";
    kept.hear_facts(when, money(when, euros(5_000)));
    let address = kept.file.debtor.profile.value.email.clone().unwrap();
    let bounced = dunning::file::AddressTrouble::Bounced;
    kept.file.debtor.held_addresses.insert(address, bounced);
    kept.replan_all(when);
    assert_eq!(*kept.outlook("in_1"), held(Hold::AddressBounced));
    kept.release(when, None);
    assert_eq!(*kept.outlook("in_1"), held(Hold::Unapplied));
    kept.release(when, None);
    assert!(matches!(kept.outlook("in_1"), Outlook::Next { .. }));
}

#[test]
fn fault_19_nothing_more_is_sent_to_a_customer_that_was_deleted_and_the_team_hears() {
    let mut kept = told(ISSUED, "2027-02-15");
    let when = "2027-02-16T10:00:00Z";
    kept.hear_facts(when, deleted(when, true));
    assert_eq!(*kept.outlook("in_1"), held(Hold::CustomerDeleted));
    assert_eq!(kept.team_was_told("customer_deleted"), 1);
    // What the tool goes on showing of its invoices changes nothing of that.
    kept.hear(
        "2027-02-17T10:00:00Z",
        &event("2027-02-17T10:00:00Z", invoice("in_1", "2027-02-16")),
    );
    assert_eq!(
        kept.left(when, "2027-06-01T10:00:00Z"),
        Vec::<String>::new()
    );
    kept.hear_facts(
        "2027-06-01T10:00:00Z",
        deleted("2027-06-01T10:00:00Z", false),
    );
    assert!(matches!(kept.outlook("in_1"), Outlook::Next { .. }));
}

#[test]
fn what_a_delivery_said_of_a_customer_is_withdrawn_when_it_is_told_anew() {
    let mut kept = told(ISSUED, "2027-02-15");
    let when = "2027-02-16T10:00:00Z";
    let facts = payment(when, Some("2027-03-03"), None)
        .merge(money(when, euros(5_000)))
        .merge(deleted(when, true));
    kept.hear_facts(when, facts.told_by(By::delivery("evt_1", 1)));
    let event = EventId::parse("evt_1").unwrap();
    for (by, left) in [
        (By::delivery("evt_1", 1), false),
        (By::delivery("evt_2", 2), false),
        (By::delivery("evt_1", 2), true),
    ] {
        let change = withdraw(kept.context(when), &kept.file.debtor, None, &event, by);
        let debtor = change.debtor.map(|debtor| debtor.facts.is_empty());
        assert_eq!(debtor.is_some_and(|is_empty| is_empty), left);
    }
}

/// What may be told of one customer, some of it in one second.
fn tellings() -> impl Strategy<Value = Vec<CustomerFacts>> {
    let one = (0_u8..4, 0_u8..4, 0_u8..4, 0_u8..3, any::<bool>());
    let tell = |(second, what, day, which, flag)| {
        let when = format!("2027-02-16T10:00:0{second}Z");
        match what {
            0 => deleted(&when, flag),
            1 => money(&when, euros(i64::from(day) * 1_000)),
            _ => {
                let until = (day > 0).then(|| format!("2027-03-0{day}"));
                let invoice = ["in_1", "in_2"].get(usize::from(which)).copied();
                let name = PaymentId::parse(if flag { "pi_1" } else { "pi_2" }).unwrap();
                let told = dated(&when, pending(until.as_deref(), invoice));
                CustomerFacts::payment(name, told)
            }
        }
    };
    prop::collection::vec(one.prop_map(tell), 1..8)
}

fn together<'a>(told: impl IntoIterator<Item = &'a CustomerFacts>) -> CustomerFacts {
    let told = told.into_iter().cloned();
    told.reduce(CustomerFacts::merge).unwrap_or_default()
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_of_what_is_told_of_a_customer_make_the_same_picture(
        told in tellings(),
        turn in 0_usize..8,
        again in 0_usize..8,
        back in any::<bool>(),
    ) {
        let mut other = told.clone();
        other.extend(told.iter().take(again).cloned());
        let turn = turn % other.len();
        other.rotate_left(turn);
        if back {
            other.reverse();
        }
        prop_assert_eq!(together(&told), together(&other));
    }

    #[test]
    fn merging_what_is_told_of_a_customer_is_associative(told in tellings(), split in 0_usize..8) {
        let (one, other) = told.split_at(split.min(told.len()));
        prop_assert_eq!(together(one).merge(together(other)), together(&told));
    }

    #[test]
    fn a_file_knows_the_same_of_a_customer_whatever_the_order(told in tellings(), turn in 0_usize..8) {
        let keep = |told: &[CustomerFacts]| {
            let mut kept = two_invoices();
            for facts in told {
                kept.hear_facts("2027-02-17T10:00:00Z", facts.clone());
            }
            let outlooks = ["in_1", "in_2"].map(|name| kept.outlook(name).clone());
            (kept.file.debtor.facts, outlooks)
        };
        let mut other = told.clone();
        other.rotate_left(turn % told.len());
        prop_assert_eq!(keep(&told), keep(&other));
    }

    #[test]
    fn what_is_told_of_a_customer_is_stored_and_read_again(told in tellings()) {
        let mut kept = told.into_iter().fold(two_invoices(), |mut kept, facts| {
            kept.hear_facts("2027-02-17T10:00:00Z", facts);
            kept
        });
        kept.release("2027-02-17T11:00:00Z", Some(Releasable::Unapplied));
        let stored = serde_json::to_string(&kept.file.debtor).unwrap();
        prop_assert_eq!(serde_json::from_str::<Debtor>(&stored).unwrap(), kept.file.debtor);
    }
}
