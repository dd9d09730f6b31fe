//! What holds a debt, one reason at a time: whom it silences, and whom it does not.

use std::collections::BTreeMap;

use dunning::billing::{AtWork, Collection, CustomerFacts, Profile, Status};
use dunning::file::{Hold, NotChased, Outlook, Pause};
use dunning::rules::{Instruction, instruct, receive_customer, replan};
use dunning::value::{Mode, Newer, PaymentId, SourceName};

use crate::common::{Kept, at, debtor, euros, event, invoice, policy, realm};
use crate::facts::{ISSUED, deleted, held, money, of_customer, payment, pending, two_invoices};
use crate::living::{Fate, told};

/// A hold of which only a newer version knows.
fn newer() -> BTreeMap<String, Newer> {
    serde_json::from_str(r#"{"disputed":{"part":5}}"#).unwrap()
}

fn is_newer(outlook: &Outlook) -> bool {
    matches!(outlook, Outlook::Held(Hold::Newer(_)))
}

impl Kept {
    /// A person wants it so for the debtor, and so for all of its invoices.
    fn instruct_for_all(&mut self, now: &str, instruction: Instruction) {
        let change = instruct(&self.file, None, instruction);
        self.write(now, &change);
        self.replan_all(now);
    }
}

#[test]
fn a_paused_debtor_hears_nothing_of_any_invoice_until_the_pause_is_over() {
    let mut kept = two_invoices();
    let for_good = Instruction::Pause(Pause { until: None });
    kept.instruct_for_all("2027-02-16T10:00:00Z", for_good);
    for id in ["in_1", "in_2"] {
        assert_eq!(*kept.outlook(id), held(Hold::Paused), "{id}");
    }
    let until = Some("2027-03-03".parse().unwrap());
    kept.instruct_for_all("2027-02-17T10:00:00Z", Instruction::Pause(Pause { until }));
    assert_eq!(
        kept.left("2027-02-17T11:00:00Z", "2027-03-04T10:00:00Z"),
        ["late-3 2027-03-03", "late-3 2027-03-03"]
    );
}

#[test]
fn what_comes_from_a_source_that_the_policy_has_no_more_waits_until_it_has_it_again() {
    let whole = policy();
    let (mut renamed, mut of_tests) = (whole.clone(), whole.clone());
    let stripe = renamed.sources.remove(&realm().source).unwrap();
    renamed
        .sources
        .insert(SourceName::parse("stripe-2").unwrap(), stripe);
    let sources = of_tests.sources.values_mut();
    sources.for_each(|source| source.mode = Mode::Test);
    for policy in [renamed, of_tests] {
        let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
        kept.policy = policy;
        kept.replan_all("2027-01-12T10:00:00Z");
        assert_eq!(kept.only().outlook, held(Hold::SourceGone));
        assert_eq!(kept.team_was_told("source_gone"), 1);
        let nothing = kept.left("2027-01-12T11:00:00Z", "2027-02-20T08:00:00Z");
        assert_eq!(nothing, Vec::<String>::new());
        kept.policy = whole.clone();
        kept.replan_all("2027-02-20T08:00:00Z");
        assert_eq!(
            kept.left("2027-02-20T09:00:00Z", "2027-02-23T08:00:00Z"),
            ["late-3 2027-02-22"]
        );
    }
}

#[test]
fn while_it_is_held_a_steps_date_means_nothing_and_does_not_move_on_with_the_days() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.left("2027-01-12T08:00:00Z", "2027-02-16T08:00:00Z");
    kept.instruct(
        "2027-02-16T10:00:00Z",
        Instruction::Pause(Pause { until: None }),
    );
    let (steps, log) = (kept.only().steps.clone(), kept.log.clone());
    kept.left("2027-02-16T11:00:00Z", "2027-03-16T08:00:00Z");
    assert_eq!(kept.only().steps, steps);
    assert_eq!(
        kept.log.matches("moved").count(),
        log.matches("moved").count()
    );
}

#[test]
fn a_question_that_a_hold_puts_off_beyond_the_due_date_is_given_up_at_once() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    let until = Some("2027-02-22".parse().unwrap());
    kept.instruct("2027-02-02T10:00:00Z", Instruction::Pause(Pause { until }));
    let why = "ask-7 skipped: it asks before the due date, and that comes first";
    assert!(kept.log.contains(why), "{}", kept.log);
    assert!(
        kept.steps("in_1")
            .contains("late-3   Mon 2027-02-22 09:00  planned")
    );
}

#[test]
fn an_invoice_that_the_tool_wants_left_alone_waits_and_the_debtors_others_go_on() {
    let mut kept = two_invoices();
    let when = "2027-02-16T10:00:00Z";
    let mut shown = invoice("in_1", "2027-02-15");
    shown.left_alone = true;
    kept.hear(when, &event(when, shown));
    assert_eq!(*kept.outlook("in_1"), held(Hold::LeftAlone));
    assert_eq!(
        kept.left(when, "2027-02-20T10:00:00Z"),
        ["late-3 2027-02-18"]
    );
    // Until it says otherwise.
    let later = "2027-02-22T10:00:00Z";
    kept.hear(later, &event(later, invoice("in_1", "2027-02-15")));
    assert!(matches!(kept.outlook("in_1"), Outlook::Next { .. }));
}

#[test]
fn a_day_before_which_the_tool_wants_nothing_sent_is_the_debtors_or_the_invoices() {
    let day = Some("2027-03-03".parse().unwrap());
    let when = "2027-02-16T10:00:00Z";
    let mut of_debtor = two_invoices();
    let profile = Profile {
        not_before: day,
        ..debtor()
    };
    of_debtor.hear_customer(
        when,
        &of_customer(when, Some(profile), CustomerFacts::default()),
    );
    let mut of_invoice = two_invoices();
    let mut shown = invoice("in_1", "2027-02-15");
    shown.not_before = day;
    of_invoice.hear(when, &event(when, shown));
    let why = "late-3 moved from 2027-02-18 to 2027-03-03: the tool wants nothing sent before";
    for kept in [&of_debtor, &of_invoice] {
        assert!(kept.log.contains(why), "{}", kept.log);
    }
    let until = "2027-03-04T10:00:00Z";
    assert_eq!(
        of_debtor.left(when, until),
        ["late-3 2027-03-03", "late-3 2027-03-03"]
    );
    assert_eq!(
        of_invoice.left(when, until),
        [
            "late-3 2027-02-18",
            "late-10 2027-02-25",
            "late-3 2027-03-03"
        ]
    );
}

#[test]
fn what_a_newer_version_holds_an_invoice_or_a_debtor_for_holds_and_says_its_name() {
    let when = "2027-02-16T10:00:00Z";
    let mut of_invoice = two_invoices();
    let first = of_invoice.file.open.values_mut().next().unwrap();
    first.holds.newer = newer();
    of_invoice.replan_all(when);
    assert!(is_newer(of_invoice.outlook("in_1")));
    assert_eq!(
        of_invoice.outlook("in_1").to_string(),
        "on hold: disputed, as a newer version calls it"
    );
    assert_eq!(
        of_invoice.left(when, "2027-02-20T10:00:00Z"),
        ["late-3 2027-02-18"]
    );
    let mut of_debtor = two_invoices();
    of_debtor.file.debtor.holds = newer();
    of_debtor.replan_all(when);
    for id in ["in_1", "in_2"] {
        assert!(is_newer(of_debtor.outlook(id)), "{id}");
    }
    assert_eq!(
        of_debtor.left(when, "2027-06-01T10:00:00Z"),
        Vec::<String>::new()
    );
}

#[test]
fn an_open_invoice_of_which_nothing_remains_is_not_chased_and_is_asked_for_when_something_does() {
    let mut kept = Kept::new();
    let mut nothing = invoice("in_1", "2027-02-15");
    nothing.remaining = euros(0);
    kept.hear(ISSUED, &event(ISSUED, nothing));
    assert_eq!(*kept.outlook("in_1"), Outlook::NotChased(NotChased::Paid));
    let later = "2027-02-16T10:00:00Z";
    kept.hear(later, &event(later, invoice("in_1", "2027-02-15")));
    assert!(matches!(kept.outlook("in_1"), Outlook::Next { .. }));
}

#[test]
fn a_charge_that_failed_is_chased_only_where_the_policy_says_so() {
    for is_chased in [false, true] {
        let mut kept = Kept::new();
        let source = kept.policy.sources.values_mut().next().unwrap();
        source.chase_failed_charges = is_chased;
        let mut charged = invoice("in_1", "2027-02-15");
        charged.collection = Collection::ChargeAutomatically;
        let mut failed = event("2027-01-18T10:00:00Z", charged);
        failed.charge_failed_at = Some(failed.order.at);
        kept.hear("2027-01-18T10:00:00Z", &failed);
        let chased = matches!(kept.outlook("in_1"), Outlook::Next { .. });
        assert_eq!(chased, is_chased);
    }
}

#[test]
fn what_is_held_in_two_ways_waits_until_both_are_over() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    let until = Some("2027-03-03".parse().unwrap());
    kept.instruct("2027-02-16T10:00:00Z", Instruction::Pause(Pause { until }));
    kept.address("2027-02-16T11:00:00Z", None);
    assert_eq!(*kept.outlook("in_1"), held(Hold::NoAddress));
    kept.address("2027-02-17T10:00:00Z", Some("daf@client.example.com"));
    assert_eq!(
        kept.live(
            "2027-02-17T11:00:00Z",
            "2027-03-04T10:00:00Z",
            Fate::Delivered
        ),
        ["late-3 2027-03-03"]
    );
    let planned = kept.only().steps.iter().map(|step| step.at).max();
    assert!(planned > Some(at("2027-03-03T00:00:00Z")));
}

#[test]
fn what_is_told_of_a_customer_is_at_work_while_it_holds_anything() {
    let when = "2027-02-16T10:00:00Z";
    let nothing = CustomerFacts::default().at_work();
    let ended = payment(when, None, Some("in_1")).merge(money(when, euros(0)));
    assert_eq!(ended.merge(deleted(when, false)).at_work(), nothing);
    let under_way = payment(when, Some("2027-03-03"), Some("in_1"));
    let all = under_way
        .merge(money(when, euros(5_000)))
        .merge(deleted(when, true));
    let name = PaymentId::parse("pi_1").unwrap();
    let expected = pending(Some("2027-03-03"), Some("in_1"));
    assert_eq!(
        all.at_work(),
        AtWork {
            is_deleted: true,
            payments: BTreeMap::from([(name, expected)]),
            many_until: None,
            money: vec![euros(5_000)],
        }
    );
}

#[test]
fn a_debt_that_comes_while_money_is_on_no_invoice_is_held_and_the_team_hears_of_it_by_its_number() {
    let mut kept = Kept::new();
    kept.hear_customer(
        ISSUED,
        &of_customer(ISSUED, None, money(ISSUED, euros(5_000))),
    );
    assert_eq!(kept.team_was_told("unapplied"), 1);
    let when = "2027-02-02T10:00:00Z";
    kept.hear(when, &event(when, invoice("in_1", "2027-02-15")));
    assert_eq!(*kept.outlook("in_1"), held(Hold::Unapplied));
    assert!(
        kept.log.contains("team: unapplied (N-in_1 (50.00 EUR))"),
        "{}",
        kept.log
    );
}

#[test]
fn money_that_was_released_stays_so_whatever_else_is_told_of_that_moment() {
    let mut kept = told(ISSUED, "2027-02-15");
    let when = "2027-02-16T10:00:00Z";
    kept.hear_customer(when, &of_customer(when, None, money(when, euros(5_000))));
    kept.instruct_for_all(when, Instruction::Release(None));
    assert!(matches!(kept.outlook("in_1"), Outlook::Next { .. }));
    kept.hear_customer(when, &of_customer(when, None, money(when, euros(3_000))));
    assert!(matches!(kept.outlook("in_1"), Outlook::Next { .. }));
}

#[test]
fn a_payment_that_has_ended_is_remembered_for_thirty_days_and_until_the_day_after_its_last() {
    let kept = Kept::new();
    let remembers = |told: &str, until: Option<&str>, now: &str| {
        let told = of_customer(told, None, payment(told, until, None));
        let change = receive_customer(kept.context(now), None, &told);
        change.debtor.is_some()
    };
    let (ended, month_later) = ("2027-01-01T10:00:00Z", "2027-01-31T10:00:00Z");
    assert!(remembers(ended, None, "2027-01-31T09:59:59Z"));
    assert!(!remembers(ended, None, month_later));
    // Its last day is over everywhere two days later.
    for (last, is_remembered) in [
        ("2027-01-31", true),
        ("2027-01-30", true),
        ("2027-01-29", false),
    ] {
        assert_eq!(
            remembers(ended, Some(last), month_later),
            is_remembered,
            "{last}"
        );
    }
}

#[test]
fn what_is_paid_void_or_written_off_leaves_the_file_with_no_step_to_come() {
    for (status, why) in [
        (Status::Paid, NotChased::Paid),
        (Status::Void, NotChased::Void),
        (Status::Uncollectible, NotChased::Uncollectible),
    ] {
        let mut kept = told(ISSUED, "2027-02-15");
        let when = "2027-02-02T10:00:00Z";
        let mut ended = invoice("in_1", "2027-02-15");
        ended.status = status;
        kept.hear(when, &event(when, ended));
        assert!(kept.file.open.is_empty(), "{why}");
        let closed = kept.closed.values().next().unwrap();
        assert_eq!(closed.outlook, Outlook::NotChased(why));
        assert_eq!((closed.steps.len(), closed.look_at), (0, None));
    }
}

#[test]
fn whoever_follows_the_table_writes_nothing_where_nothing_changed() {
    let kept = told(ISSUED, "2027-02-15");
    let again = replan(kept.context(ISSUED), &kept.file.debtor, kept.only());
    assert!(again.is_empty());
}
