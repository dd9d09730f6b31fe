//! The ladder where it is steep: steps that stand close together, the week's cap, and what is heard late.

use dunning::file::{Outlook, Pause, StepState};
use dunning::policy::Policy;
use dunning::rules::{Delivery, Instruction, plan, record_delivery};
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::common::{Kept, at, event, invoice};
use crate::ladder::with_step;
use crate::living::{Fate, told};

#[test]
fn two_steps_that_stand_close_together_never_leave_on_one_day() {
    let mut kept = Kept::new();
    kept.policy = with_step("late-5", "late-3", "5");
    // Late when it comes: both are past.
    let late = event("2027-02-24T10:00:00Z", invoice("in_1", "2027-01-25"));
    kept.hear("2027-02-24T10:00:00Z", &late);
    let steps = kept.steps("in_1");
    assert!(
        steps.contains("late-3   Mon 2027-03-01 09:00  planned"),
        "{steps}"
    );
    assert!(
        steps.contains("late-5   Tue 2027-03-02 09:00  planned"),
        "{steps}"
    );
}

#[test]
fn a_reminder_does_not_follow_a_question_on_its_day_also_where_another_file_knows_of_the_mail() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    let left = kept.live(
        "2027-02-01T08:00:00Z",
        "2027-02-01T09:30:00Z",
        Fate::Delivered,
    );
    assert_eq!(left, ["ask-15 2027-02-01"]);
    // As in the file of a customer to whom the invoice went.
    kept.file.debtor.mailed_on.clear();
    let earlier = event("2027-02-01T10:00:00Z", invoice("in_1", "2027-01-25"));
    kept.hear("2027-02-01T10:00:00Z", &earlier);
    assert_eq!(
        kept.live(
            "2027-02-01T11:00:00Z",
            "2027-02-03T08:00:00Z",
            Fate::Delivered
        ),
        ["late-3 2027-02-02"]
    );
}

#[test]
fn a_question_that_would_roll_onto_the_due_date_is_asked_on_the_last_working_day_before_it() {
    let text = include_str!("relance.toml").replace("due - 7 days", "due - 1 days");
    let mut kept = Kept::new();
    kept.policy = Policy::parse(&text).unwrap();
    // Due on a Monday: the day before is a Sunday.
    let new = event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15"));
    kept.hear("2027-01-11T10:00:00Z", &new);
    assert_eq!(
        kept.live(
            "2027-02-01T08:00:00Z",
            "2027-02-16T08:00:00Z",
            Fate::Delivered
        ),
        ["ask-15 2027-02-01", "ask-7 2027-02-12"]
    );
}

#[test]
fn a_debtor_gets_the_weeks_number_of_mails_and_the_next_one_when_the_first_is_a_week_old() {
    let mut kept = Kept::new();
    for (id, due) in [
        ("in_1", "2027-02-16"),
        ("in_2", "2027-02-17"),
        ("in_3", "2027-02-18"),
        ("in_4", "2027-02-19"),
    ] {
        let new = event("2027-01-11T10:00:00Z", invoice(id, due));
        kept.hear("2027-01-11T10:00:00Z", &new);
    }
    assert_eq!(kept.policy.limits.mails_per_week, 3);
    assert_eq!(
        kept.live(
            "2027-02-01T08:00:00Z",
            "2027-02-08T17:00:00Z",
            Fate::Delivered
        ),
        [
            "ask-15 2027-02-01",
            "ask-15 2027-02-02",
            "ask-15 2027-02-03",
            "ask-15 2027-02-08"
        ]
    );
    let why =
        "in_4: ask-15 moved from 2027-02-04 to 2027-02-08: the debtor has had the week's mails";
    assert!(kept.log.contains(why), "{}", kept.log);
}

#[test]
fn the_next_step_keeps_its_distance_from_the_day_on_which_the_one_before_left_however_late_that_is_heard()
 {
    // Late when it comes, on a Tuesday: the first reminder leaves on Friday.
    let mut kept = told("2027-02-23T10:00:00Z", "2027-01-25");
    let lost = kept.look(at("2027-02-26T15:30:00Z"), Fate::Lost);
    assert_eq!(lost, ["late-3 2027-02-26"]);
    let claim = kept.file.debtor.claims.keys().next().unwrap().clone();
    // The window has closed when the claim ends: it would go again on Monday.
    kept.look(at("2027-02-26T16:30:00Z"), Fate::Lost);
    assert!(
        kept.steps("in_1")
            .contains("Mon 2027-03-01 09:00  planned again")
    );
    let heard = record_delivery(
        &kept.file,
        &claim,
        &Delivery::Delivered,
        at("2027-02-26T15:30:00Z"),
    );
    assert!(kept.file.debtor.mailed_on.is_empty());
    kept.write("2027-02-27T08:00:00Z", &heard);
    let day: Date = "2027-02-26".parse().unwrap();
    assert_eq!(kept.file.debtor.mailed_on, [day]);
    assert!(matches!(
        kept.only().steps[2].state,
        StepState::Heard { .. }
    ));
    assert_eq!(
        kept.live(
            "2027-03-01T08:00:00Z",
            "2027-03-08T08:00:00Z",
            Fate::Delivered
        ),
        ["late-10 2027-03-02"]
    );
}

#[test]
fn a_question_that_was_asked_late_does_not_put_off_the_first_reminder() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    let until = Some("2027-02-12".parse().unwrap());
    kept.instruct("2027-02-02T10:00:00Z", Instruction::Pause(Pause { until }));
    assert_eq!(
        kept.live(
            "2027-02-02T11:00:00Z",
            "2027-02-19T08:00:00Z",
            Fate::Delivered
        ),
        ["ask-7 2027-02-12", "late-3 2027-02-18"]
    );
}

#[test]
fn a_question_whose_hour_comes_with_the_invoice_is_not_past_and_waits_for_patience() {
    let kept = told("2027-02-08T08:00:00Z", "2027-02-15");
    let steps = kept.steps("in_1");
    assert!(
        steps.contains("ask-7    Thu 2027-02-11 09:00  planned"),
        "{steps}"
    );
    let steps = told("2027-02-08T08:00:01Z", "2027-02-15").steps("in_1");
    assert!(
        steps.contains("ask-7    Mon 2027-02-08 09:00  skipped"),
        "{steps}"
    );
}

#[test]
fn a_reminder_for_the_due_date_itself_rolls_on_as_all_reminders_do() {
    let text = include_str!("relance.toml").replace("due + 3 days", "due + 0 days");
    let mut kept = Kept::new();
    kept.policy = Policy::parse(&text).unwrap();
    // Due on a Sunday.
    let new = event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-14"));
    kept.hear("2027-01-11T10:00:00Z", &new);
    let steps = kept.steps("in_1");
    assert!(
        steps.contains("late-3   Mon 2027-02-15 09:00  planned"),
        "{steps}"
    );
}

#[test]
fn what_is_put_off_until_the_debtor_has_had_the_invoice_says_so() {
    let mut kept = told("2027-01-11T07:00:00Z", "2027-01-26");
    let sooner = event("2027-01-11T09:00:00Z", invoice("in_1", "2027-01-20"));
    kept.hear("2027-01-11T09:00:00Z", &sooner);
    let text =
        include_str!("relance.toml").to_owned() + "\n[first_contact]\npatience = \"5 days\"\n";
    kept.policy = Policy::parse(&text).unwrap();
    kept.replan_all("2027-01-11T10:00:00Z");
    let why = "ask-7 moved from 2027-01-14 to 2027-01-18: the debtor has not had the invoice for long enough";
    assert!(kept.log.contains(why), "{}", kept.log);
}

#[test]
fn a_look_that_has_come_is_followed_by_the_next_within_a_week() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-06-15");
    let look = kept.only().look_at.unwrap();
    let next = |kept: &Kept, now: &str| {
        let planned = plan(kept.context(now), kept.only(), &kept.file.debtor);
        planned.invoice.look_at.unwrap()
    };
    let before = look - SignedDuration::from_secs(1);
    assert_eq!(next(&kept, &before.to_string()), look);
    let week = SignedDuration::from_hours(7 * 24);
    assert_eq!(next(&kept, &look.to_string()), look + week);
    // Whoever comes late looks again in its own minute.
    let late = look + SignedDuration::from_hours(30);
    assert_eq!(next(&kept, &late.to_string()), look + week);
    let id = kept.only().id().clone();
    kept.file.open.get_mut(&id).unwrap().look_at = None;
    assert!(next(&kept, "2027-01-11T10:00:00Z") <= look);
}

#[test]
fn what_another_step_spoke_for_stays_so_when_higher_ones_are_said() {
    let mut kept = told("2027-01-04T10:00:00Z", "2027-02-15");
    let until = Some("2027-02-09".parse().unwrap());
    kept.instruct("2027-01-05T10:00:00Z", Instruction::Pause(Pause { until }));
    let left = kept.live(
        "2027-01-05T11:00:00Z",
        "2027-02-26T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(
        left,
        [
            "ask-7 2027-02-09",
            "late-3 2027-02-18",
            "late-10 2027-02-25"
        ]
    );
    let steps = kept.steps("in_1");
    assert!(steps.contains("merged into ask-7"), "{steps}");
    assert_eq!(kept.log.matches("ask-15 not sent").count(), 1);
}

#[test]
fn a_policy_that_loses_the_steps_that_were_to_come_hands_over_to_a_person() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-02-26T08:00:00Z",
        Fate::Delivered,
    );
    kept.policy.sequences[0].steps.pop();
    kept.replan_all("2027-02-26T10:00:00Z");
    let why = "late-21 cancelled: the policy no longer has it";
    assert!(kept.log.contains(why), "{}", kept.log);
    assert_eq!(kept.only().outlook, Outlook::Finished);
    assert_eq!(kept.team_was_told("last_step_sent"), 1);
    // Nobody was ever written to.
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.policy.sequences[0].steps.clear();
    kept.replan_all("2027-01-12T10:00:00Z");
    assert_eq!(kept.only().outlook, Outlook::Finished);
    assert_eq!(kept.team_was_told("no_step_left"), 1);
}

#[test]
fn a_question_that_was_skipped_is_planned_when_the_due_date_moves_on() {
    let mut kept = told("2027-02-19T10:00:00Z", "2027-02-15");
    let later = event("2027-02-20T10:00:00Z", invoice("in_1", "2027-04-15"));
    kept.hear("2027-02-20T10:00:00Z", &later);
    let planned = "ask-15 planned for 2027-03-31 07:00 UTC";
    assert!(kept.log.contains(planned), "{}", kept.log);
}
