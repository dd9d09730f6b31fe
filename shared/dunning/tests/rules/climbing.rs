//! The ladder where it is steep: steps that stand close together, the week's cap, and what is heard late.

use dunning::file::StepState;
use dunning::policy::Policy;
use dunning::rules::{Delivery, record_delivery};

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
    kept.write("2027-02-27T08:00:00Z", &heard);
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
