//! A rehearsal: all is as if it were real, and what was heard in it no debtor has heard.

use std::fmt::Debug;

use dunning::file::{Attempt, Hold, Outlook, Skip, StepState};
use dunning::journal::NoticeKind::{NoDueDate, Rehearsed};
use dunning::rules::{Delivery, record_delivery};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::common::{Kept, at, event, invoice, policy};
use crate::living::{Fate, told};
use crate::notices::Desk;

const ENTERED: &str = "2027-01-11T10:00:00Z";
const FIRST_LOOK: &str = "2027-01-12T08:00:00Z";
const DUE: &str = "2027-02-15";

/// A debt that comes in during a rehearsal.
fn rehearsing() -> Kept {
    let mut kept = told(ENTERED, DUE);
    kept.rehearses = true;
    kept
}

/// It is live from this instant on.
fn live_from(kept: &mut Kept, now: &str) {
    kept.rehearses = false;
    kept.look(at(now), Fate::Delivered);
}

impl Kept {
    /// What of it has to do with a rehearsal.
    fn traces(&self) -> usize {
        let text = |what: &dyn Debug| format!("{what:?}").matches("rehearsal-").count();
        text(&self.file) + self.file.debtor.rehearsed_on.len()
    }
}

#[test]
fn what_went_to_the_team_is_said_to_the_debtor_once_it_is_live_one_rung_at_a_time() {
    let mut kept = rehearsing();
    let rehearsed = kept.live(FIRST_LOOK, "2027-03-02T07:00:00Z", Fate::Delivered);
    assert_eq!(
        rehearsed,
        [
            "ask-15 2027-02-01",
            "ask-7 2027-02-08",
            "late-3 2027-02-18",
            "late-10 2027-02-25",
        ]
    );
    kept.rehearses = false;
    let heard = kept.live(
        "2027-03-02T08:00:00Z",
        "2027-04-30T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(
        heard,
        [
            "late-3 2027-03-02",
            "late-10 2027-03-08",
            "late-21 2027-03-16",
        ]
    );
    assert_eq!(kept.only().outlook, Outlook::Finished);
    assert!(
        kept.log.contains(
            "the rehearsal is over: what went to somebody else, the debtor has not heard"
        )
    );
}

#[test]
fn a_ladder_that_ended_in_a_rehearsal_has_not_begun() {
    let mut kept = rehearsing();
    kept.live(FIRST_LOOK, "2027-03-12T08:00:00Z", Fate::Delivered);
    assert_eq!(kept.only().outlook, Outlook::Finished);
    kept.rehearses = false;
    let heard = kept.live(
        "2027-03-15T08:00:00Z",
        "2027-03-16T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(heard, ["late-3 2027-03-15"]);
}

#[test]
fn a_debt_that_went_late_for_long_in_a_rehearsal_waits_for_a_person() {
    let mut kept = rehearsing();
    kept.live(FIRST_LOOK, "2027-03-18T08:00:00Z", Fate::Delivered);
    live_from(&mut kept, "2027-03-19T08:00:00Z");
    assert_eq!(kept.only().outlook, Outlook::Held(Hold::TooLateAtEntry));
    assert_eq!(kept.team_was_told("too_late_at_entry"), 1);
    // One of which the debtor has heard before does not.
    let mut known = told(ENTERED, DUE);
    let heard = known.live(FIRST_LOOK, "2027-02-19T08:00:00Z", Fate::Delivered);
    assert_eq!(heard.last().unwrap(), "late-3 2027-02-18");
    known.rehearses = true;
    let rehearsed = known.live(
        "2027-02-19T08:00:00Z",
        "2027-03-18T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(rehearsed, ["late-10 2027-02-25", "late-21 2027-03-08"]);
    known.rehearses = false;
    let heard = known.live(
        "2027-03-19T08:00:00Z",
        "2027-03-20T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(heard, ["late-10 2027-03-19"]);
}

#[test]
fn what_becomes_of_a_mail_to_the_team_holds_no_debtors_address() {
    for fate in [
        Fate::BouncesForGood,
        Fate::BouncesForNow,
        Fate::Rejected,
        Fate::Answered,
    ] {
        let mut kept = rehearsing();
        let rehearsed = kept.live(FIRST_LOOK, "2027-02-02T08:00:00Z", fate);
        assert_eq!(rehearsed, ["ask-15 2027-02-01"]);
        assert!(kept.file.debtor.held_addresses.is_empty());
        assert!(matches!(kept.only().outlook, Outlook::Next { .. }));
    }
}

#[test]
fn a_mail_of_a_rehearsal_of_which_nothing_is_heard_leaves_both_tries_to_the_real_one() {
    let mut kept = rehearsing();
    let rehearsed = kept.live(FIRST_LOOK, "2027-02-01T09:00:00Z", Fate::Lost);
    assert_eq!(rehearsed, ["ask-15 2027-02-01"]);
    // The claim has expired: its second try is due.
    let rehearsed = kept.look(at("2027-02-01T09:00:00Z"), Fate::Lost);
    assert_eq!(rehearsed, ["ask-15 2027-02-01"]);
    live_from(&mut kept, "2027-02-01T18:00:00Z");
    let state = kept.only().steps[0].state.clone();
    let attempt = Attempt::First;
    assert_eq!(state, StepState::Planned { attempt });
    assert_eq!(kept.traces(), 0);
}

#[test]
fn a_real_mail_of_which_nothing_was_heard_yet_is_not_decided_anew_by_a_rehearsal() {
    let mut kept = told(ENTERED, DUE);
    let left = kept.live(FIRST_LOOK, "2027-02-01T09:00:00Z", Fate::Lost);
    assert_eq!(left, ["ask-15 2027-02-01"]);
    let claim = kept.file.debtor.claims.keys().next().unwrap().clone();
    kept.rehearses = true;
    let nothing = kept.live(
        "2027-02-01T09:00:00Z",
        "2027-02-03T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(nothing, Vec::<String>::new());
    // Its event comes late, and it was heard once.
    let change = record_delivery(&kept.file, &claim, &Delivery::Delivered, at(FIRST_LOOK));
    kept.write("2027-02-03T08:00:00Z", &change);
    live_from(&mut kept, "2027-02-03T09:00:00Z");
    let heard = kept.live(
        "2027-02-03T09:00:00Z",
        "2027-02-12T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(heard, ["ask-7 2027-02-08"]);
}

#[test]
fn a_step_that_was_added_while_a_ladder_was_rehearsed_is_a_rung_of_the_real_one() {
    let whole = policy();
    let mut kept = rehearsing();
    kept.policy.sequences[0].steps.pop();
    kept.live(FIRST_LOOK, "2027-03-12T08:00:00Z", Fate::Delivered);
    assert_eq!(kept.only().outlook, Outlook::Finished);
    kept.policy = whole;
    kept.replan_all("2027-03-12T09:00:00Z");
    let last = kept.only().steps.last().unwrap();
    assert_eq!(last.state, StepState::Skipped(Skip::AddedLate));
    kept.rehearses = false;
    let heard = kept.live(
        "2027-03-15T08:00:00Z",
        "2027-04-30T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(heard.len(), 3);
    assert!(heard[2].starts_with("late-21"), "{heard:?}");
}

#[test]
fn each_mail_that_would_have_left_is_told_once_a_day_with_what_it_asks_for() {
    let mut kept = rehearsing();
    kept.hear(ENTERED, &event(ENTERED, invoice("in_2", DUE)));
    kept.live(FIRST_LOOK, "2027-02-02T08:00:00Z", Fate::Delivered);
    assert!(
        kept.log
            .contains("team: rehearsed (ask-15: N-in_1, N-in_2)"),
        "{}",
        kept.log
    );
    let mut desk = Desk::new();
    for (when, step) in [
        ("2027-02-01T08:00:00Z", "ask-15"),
        ("2027-02-01T09:30:00Z", "late-3"),
        ("2027-02-02T08:00:00Z", "late-10"),
    ] {
        desk.hears(when, Rehearsed, step);
    }
    desk.hears("2027-02-01T10:00:00Z", NoDueDate, "N-1");
    let subjects = |desk: &mut Desk, now: &str| -> Vec<String> {
        let mail = desk.tells(at(now));
        let lines = mail.into_iter().flat_map(|mail| mail.lines);
        let matters = lines.flat_map(|line| line.matters);
        matters.map(|matter| matter.subject).collect()
    };
    // The day is not over, but there is something else to tell.
    assert_eq!(subjects(&mut desk, "2027-02-01T11:00:00Z"), ["N-1"]);
    assert_eq!(
        subjects(&mut desk, "2027-02-02T10:00:00Z"),
        ["ask-15", "late-3"]
    );
    assert!(subjects(&mut desk, "2027-02-02T12:00:00Z").is_empty());
    assert_eq!(subjects(&mut desk, "2027-02-03T10:00:00Z"), ["late-10"]);
    assert!(subjects(&mut desk, "2027-02-04T10:00:00Z").is_empty());
}

#[test]
fn a_summary_of_which_nothing_is_heard_is_told_again() {
    let mut desk = Desk::new();
    desk.hears("2027-02-01T08:00:00Z", Rehearsed, "ask-15");
    let first = desk.claims(at("2027-02-02T10:00:00Z")).unwrap();
    let again = desk.claims(at("2027-02-02T11:00:00Z")).unwrap();
    assert_eq!(first.lines, again.lines);
}

proptest! {
    // A life of months for each.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_rehearsal_writes_on_the_very_days_on_which_it_would_be_real(late in -40_i64..40, lost in any::<bool>()) {
        let due = due(late);
        let fate = if lost { Fate::Lost } else { Fate::Delivered };
        let until = "2027-04-20T08:00:00Z";
        let (mut real, mut rehearsed) = (told(ENTERED, &due), told(ENTERED, &due));
        rehearsed.rehearses = true;
        prop_assert_eq!(real.live(FIRST_LOOK, until, fate), rehearsed.live(FIRST_LOOK, until, fate));
    }

    #[test]
    fn whenever_it_is_live_each_ladder_begins_as_if_nothing_had_been_said(late in -40_i64..30, hours in 0_i64..1500) {
        let mut kept = told(ENTERED, &due(late));
        kept.rehearses = true;
        let live_at = at(FIRST_LOOK) + SignedDuration::from_hours(hours);
        kept.live(FIRST_LOOK, &live_at.to_string(), Fate::Delivered);
        live_from(&mut kept, &live_at.to_string());
        prop_assert_eq!(kept.traces(), 0);
        let heard = kept.live(&live_at.to_string(), "2027-07-20T08:00:00Z", Fate::Delivered);
        // Questions first, then each reminder, none twice; what follows is a whole ladder.
        let reminders: Vec<&str> = heard.iter().filter_map(|left| left.split(' ').next()).filter(|step| step.starts_with("late")).collect();
        let held = kept.only().outlook == Outlook::Held(Hold::TooLateAtEntry);
        let whole = ["late-3", "late-10", "late-21"];
        let of_look = kept.log.matches("mail claimed: late-3").count();
        prop_assert!(held || reminders == whole || of_look == 1, "{:?}\n{}", heard, kept.log);
    }
}

fn due(late: i64) -> String {
    let due: Timestamp = at(ENTERED) - SignedDuration::from_hours(24 * late);
    due.strftime("%Y-%m-%d").to_string()
}
