//! What is said of a debt's days before they come is what happens on them.

use dunning::calendar::ClosedFor;
use dunning::file::StepState;
use dunning::journal::MoveReason;
use dunning::policy::Policy;
use dunning::rules::{Chosen, Dates, StepDay, dates};
use jiff::civil::Date;

use crate::common::{Kept, debtor, event, invoice, with_address};
use crate::examples::{CASES, day, example};

const SHIPPED: &str = include_str!("../../../../infra/policy/relance.toml");
const ISSUED: &str = "2027-03-10T07:00:00Z";

/// A file with an invoice of 10 March that is due on the last day of April, and has no order number.
fn due_in_april(policy: &str) -> Kept {
    let mut kept = Kept::new();
    kept.policy = Policy::parse(policy).unwrap();
    let mut snapshot = invoice("in_1", "2027-04-30");
    snapshot.issued_on = Some(Date::constant(2027, 3, 10));
    kept.hear(ISSUED, &event(ISSUED, snapshot));
    kept
}

fn of<'k>(kept: &'k Kept, now: &str) -> Dates<'k> {
    dates(kept.context(now), kept.only(), &kept.file.debtor)
}

fn step<'d, 'p>(dates: &'d Dates<'p>, id: &str) -> &'d StepDay<'p> {
    let mut steps = dates.steps.iter();
    steps.find(|step| step.id.as_str() == id).unwrap()
}

fn april(day: i8) -> Date {
    Date::constant(2027, 4, day)
}

fn may(day: i8) -> Date {
    Date::constant(2027, 5, day)
}

#[test]
fn mails_leave_on_the_days_that_were_said_on_the_day_of_issue() {
    for case in &CASES {
        let policy = example(case.policy);
        let (kept, _) = case.told_to(policy.clone());
        let said = of(&kept, &case.issued_at());
        let mails = said
            .steps
            .iter()
            .filter(|step| step.policy.mail().is_some());
        let mails = mails.filter(|step| matches!(step.state, StepState::Planned { .. }));
        let said: Vec<_> = mails
            .map(|step| (day(&kept, step.at), format!("`{}`", step.id)))
            .collect();
        let rows = case.rows(policy);
        let left = rows.iter().filter(|[.., to]| to != "the team");
        let left: Vec<_> = left
            .map(|[day, step, ..]| (day.clone(), step.clone()))
            .collect();
        assert_eq!(said, left, "{}/{}", case.policy, case.table);
    }
}

#[test]
fn a_holiday_that_business_days_pass_over_is_named() {
    let kept = due_in_april(SHIPPED);
    let dates = of(&kept, ISSUED);
    let late = step(&dates, "late-4");
    assert_eq!((late.from, late.day), (april(30), may(7)));
    let passed = [
        (may(1), ClosedFor::Weekend),
        (may(2), ClosedFor::Weekend),
        (may(6), ClosedFor::Holiday),
    ];
    assert_eq!(late.passed, passed);
    assert_eq!((late.rolled.len(), late.moved), (0, None));
}

#[test]
fn a_closed_day_is_named_with_all_that_are_closed_after_it() {
    let policy = SHIPPED.replace("due + 10 days", "due + 15 days");
    let kept = due_in_april(&policy);
    let dates = of(&kept, ISSUED);
    let late = step(&dates, "late-10");
    assert_eq!((late.meant, late.day), (may(15), may(18)));
    let rolled = [
        (may(15), ClosedFor::Weekend),
        (may(16), ClosedFor::Weekend),
        (may(17), ClosedFor::Holiday),
    ];
    assert_eq!(late.rolled, rolled);
}

#[test]
fn what_is_closed_by_the_policy_is_told_from_a_holiday() {
    let policy = SHIPPED.replace("holidays = true", "holidays = true\nclosed = [\"05-07\"]");
    let kept = due_in_april(&policy);
    let dates = of(&kept, ISSUED);
    let late = step(&dates, "late-4");
    assert_eq!(late.day, may(10));
    assert_eq!(late.passed[3], (may(7), ClosedFor::Policy));
}

#[test]
fn a_step_that_the_one_before_it_pushes_says_so_and_when_it_was_to_leave() {
    let kept = due_in_april(SHIPPED);
    let dates = of(&kept, ISSUED);
    let late = step(&dates, "late-10");
    assert_eq!(
        (late.day, late.moved),
        (may(10), Some(MoveReason::Distance))
    );
    assert_eq!(day(&kept, late.at), "Wed 12 May 2027");
}

#[test]
fn the_team_hears_of_what_it_must_approve_three_business_days_before() {
    let kept = due_in_april(SHIPPED);
    let dates = of(&kept, ISSUED);
    // A Friday; the Monday of that week is a holiday.
    let last = step(&dates, "late-21");
    assert_eq!((last.day, last.asked_on), (may(21), Some(may(18))));
    assert_eq!(step(&dates, "late-10").asked_on, None);
}

#[test]
fn a_held_debt_has_the_days_that_it_would_have_if_it_were_let_go_now() {
    let mut kept = due_in_april(SHIPPED);
    let mut told = event("2027-03-11T07:00:00Z", kept.only().balance().into_owned());
    told.debtor = Some(with_address(None));
    kept.hear("2027-03-11T07:00:00Z", &told);
    let dates = of(&kept, "2027-05-26T07:00:00Z");
    assert_eq!(dates.holds.len(), 1);
    let first = step(&dates, "complete");
    assert_eq!(first.moved, Some(MoveReason::Missed));
    assert_eq!(day(&kept, first.at), "Wed 26 May 2027");
    let late = step(&dates, "late-4");
    assert_eq!((late.moved, &late.to), (Some(MoveReason::Distance), &None));
    assert_eq!(day(&kept, late.at), "Thu 27 May 2027");
}

#[test]
fn why_a_ladder_is_climbed_is_told_apart() {
    let sequence = "[[sequences]]\nname = \"france\"\nwhen = 'debtor.country == \"FR\"'\n";
    let of_france = format!("{SHIPPED}\n{sequence}");
    assert_eq!(of(&due_in_april(SHIPPED), ISSUED).chosen, Chosen::Others);
    assert_eq!(
        of(&due_in_april(&of_france), ISSUED).chosen,
        Chosen::Condition
    );
    let mut kept = due_in_april(&of_france);
    let mut told = event("2027-03-11T07:00:00Z", kept.only().balance().into_owned());
    told.invoice.plan = Some("usual".to_owned());
    told.debtor = Some(debtor());
    kept.hear("2027-03-11T07:00:00Z", &told);
    assert_eq!(of(&kept, "2027-03-11T07:00:00Z").chosen, Chosen::Tool);
}
