//! What a newer version began is its own affair: one version back leaves it alone, and goes by it.

use dunning::billing::Status;
use dunning::file::{NotChased, Outlook, Skip, Step, StepState};
use dunning::rules::{Decision, Delivery, decide, plan, record_delivery};
use dunning::value::ClaimId;
use jiff::SignedDuration;

use crate::common::{Kept, at, euros, event, invoice, one_invoice};

const WINDOW: SignedDuration = SignedDuration::from_mins(30);

fn newer() -> StepState {
    let state = serde_json::from_str(r#"{"telephoned":{"by":"Anna"}}"#).unwrap();
    assert!(matches!(state, StepState::Newer(_)));
    state
}

fn states(steps: &[Step]) -> Vec<String> {
    let said = |step: &Step| match &step.state {
        StepState::Planned { .. } => "planned",
        StepState::Merged { .. } => "merged",
        StepState::Newer(_) => "newer",
        StepState::Skipped(_) => "skipped",
        _ => "said",
    };
    steps
        .iter()
        .map(|step| format!("{} {}", step.id, said(step)))
        .collect()
}

#[test]
fn a_step_of_a_newer_version_speaks_for_those_below_it_from_its_day_on_and_not_before() {
    let kept = one_invoice();
    let mut invoice = kept.file.open.values().next().unwrap().clone();
    invoice.steps[2].state = newer();
    let planned_on = |now: &str| {
        let planned = plan(kept.context(now), &invoice, &kept.file.debtor);
        states(&planned.invoice.steps)
    };
    assert_eq!(
        planned_on("2027-02-03T10:00:00Z"),
        [
            "ask-15 planned",
            "ask-7 planned",
            "late-3 newer",
            "late-10 planned",
            "late-21 planned"
        ]
    );
    assert_eq!(
        planned_on("2027-02-18T10:00:00Z"),
        [
            "ask-15 merged",
            "ask-7 merged",
            "late-3 newer",
            "late-10 planned",
            "late-21 planned"
        ]
    );
}

#[test]
fn a_mail_that_carries_a_step_of_a_newer_version_is_settled_by_that_version_alone() {
    let mut kept = one_invoice();
    kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_2", "2027-06-15")),
    );
    let nine = "2027-02-01T08:00:00Z";
    let decide_at = |kept: &Kept, now| decide(kept.context(now), &kept.file, kept.version, WINDOW);
    if let Decision::Write(change) = decide_at(&kept, nine) {
        kept.write(nine, &change);
    }
    let Decision::Send { claim, letter } = decide_at(&kept, nine) else {
        panic!("no mail")
    };
    kept.write(nine, &claim);
    let mut open = kept.file.open.values_mut();
    open.next().unwrap().steps[0].state = newer();
    // What is in doubt of another invoice is not proven by it either.
    let other = &mut open.next().unwrap().steps[0];
    (other.at, other.state) = (
        at("2027-02-01T08:00:00Z"),
        StepState::Skipped(Skip::Unknown),
    );
    for delivery in [
        Delivery::Delivered,
        Delivery::Rejected,
        Delivery::Bounced {
            permanent: Vec::new(),
        },
    ] {
        let now = at("2027-02-01T08:00:00Z");
        let change = record_delivery(&kept.file, &letter.claim, &delivery, now);
        assert_eq!(change.invoices, [], "{delivery:?}");
        assert_eq!(change.debtor, None, "{delivery:?}");
    }
    let expires = "2027-02-01T12:00:00Z";
    if let Decision::Write(change) = decide_at(&kept, expires) {
        kept.write(expires, &change);
    }
    let claim = &kept.file.debtor.claims[&letter.claim];
    assert!(!claim.expired);
    let first = kept.file.open.values().next().unwrap();
    assert_eq!(first.steps[0].state, newer());
}

#[test]
fn an_unknown_mail_changes_nothing_where_nothing_is_in_doubt() {
    let kept = one_invoice();
    let unknown = ClaimId::parse("unknown").unwrap();
    let now = at("2027-02-01T08:00:00Z");
    let change = record_delivery(&kept.file, &unknown, &Delivery::Delivered, now);
    assert_eq!(change.invoices, []);
    assert_eq!(change.debtor, None);
    // It may have come twice.
    assert_eq!(change.journal, []);
}

#[test]
fn the_end_of_a_debt_ends_what_a_newer_version_holds_it_for_and_nothing_else_does() {
    let mut kept = one_invoice();
    let held: Outlook = serde_json::from_str(r#"{"disputed":{"part":5}}"#).unwrap();
    kept.file.open.values_mut().next().unwrap().outlook = held.clone();
    let show = |kept: &mut Kept, when: &str, status, remaining| {
        let mut shown = invoice("in_1", "2027-03-15");
        (shown.status, shown.remaining) = (status, euros(remaining));
        let change = kept.hear(when, &event(when, shown));
        change.invoices[0].outlook.clone()
    };
    let open = show(&mut kept, "2027-01-12T10:00:00Z", Status::Open, 5_000);
    assert_eq!(open, held);
    let paid = show(&mut kept, "2027-01-13T10:00:00Z", Status::Paid, 0);
    assert_eq!(paid, Outlook::NotChased(NotChased::Paid));
}
