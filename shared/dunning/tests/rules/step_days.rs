//! On which day a step is.

use dunning::file::{Skip, StepState};
use dunning::policy::StepDate;

use crate::common::{event, invoice};
use crate::ladders::{ISSUED, days, mail, policy, state, under};

#[test]
fn a_day_is_counted_from_the_due_date_the_issue_or_the_step_before_in_days_or_in_days_of_business()
{
    let ladder = [
        mail("thanks", "issue + 2 days", ""),
        mail("ask", "due - 7 days", ""),
        mail("late", "due + 4 business days", ""),
        mail("firm", "previous + 7 days", ""),
        mail("harsh", "previous + 2 business days", ""),
        mail("last", "due + 30 days, end of month", ""),
    ];
    let mut kept = under(policy(&ladder.concat()));
    // A Monday; the issue was a Monday, too.
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    assert_eq!(
        days(&kept, "in_1"),
        [
            // Not before the debtor has had it for three days.
            "thanks Thu 2027-01-14",
            "ask Mon 2027-02-08",
            "late Fri 2027-02-19",
            "firm Fri 2027-02-26",
            "harsh Tue 2027-03-02",
            "last Wed 2027-03-31",
        ]
    );
}

#[test]
fn days_of_business_are_the_debtors_own() {
    let mut kept = under(policy(&mail("late", "due + 2 business days", "")));
    // The Thursday before Easter: in France the Monday after it is free, in Sweden (by the policy) it is not known.
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-03-25")));
    assert_eq!(days(&kept, "in_1"), ["late Tue 2027-03-30"]);
}

#[test]
fn a_step_whose_day_is_closed_goes_after_it_before_it_or_not_at_all_as_the_policy_says() {
    // Due on a Friday: the day after is a Saturday.
    let on = |roll: &str| {
        let mut kept = under(policy(
            &[
                mail("late", "due + 1 day", roll),
                mail("firm", "due + 10 days", ""),
            ]
            .concat(),
        ));
        kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-12")));
        (days(&kept, "in_1")[0].clone(), state(&kept, "in_1", "late"))
    };
    assert_eq!(on("").0, "late Mon 2027-02-15");
    assert_eq!(on("roll = \"later\"").0, "late Mon 2027-02-15");
    // What is not late is not called so, however it is rolled.
    assert_eq!(on("roll = \"earlier\"").0, "late Mon 2027-02-15");
    let mut kept = under(policy(&mail("late", "due + 8 days", "roll = \"earlier\"")));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-12")));
    assert_eq!(days(&kept, "in_1"), ["late Fri 2027-02-19"]);
    let (first, dropped) = on("roll = \"drop\"");
    assert_eq!(first, "firm Mon 2027-02-22");
    assert_eq!(dropped, StepState::Skipped(Skip::ClosedDay));
}

#[test]
fn a_step_that_follows_a_question_never_says_late_what_is_not() {
    let ladder = [
        mail("ask", "due - 15 days", ""),
        mail("late", "due + 4 days", "chase_from = \"150\""),
        mail("firm", "previous + 7 days", ""),
    ];
    let mut kept = under(policy(&ladder.concat()));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-03-15")));
    assert_eq!(
        days(&kept, "in_1"),
        ["ask Mon 2027-03-01", "firm Tue 2027-03-16"]
    );
}

#[test]
fn a_day_is_written_as_it_was_read() {
    for text in [
        "due",
        "due - 1 day",
        "due - 15 days",
        "due + 4 business days",
        "due, end of month",
        "issue",
        "issue + 1 business day",
        "previous + 7 days, end of month",
    ] {
        let date = StepDate::parse(text).unwrap();
        assert_eq!(date.to_string(), text);
        assert_eq!(StepDate::parse(&date.to_string()), Some(date));
    }
    // No days of business after a day are the day itself.
    for (text, written) in [
        (" due+0 business days ", "due"),
        ("issue  +30 day", "issue + 30 days"),
        ("due + 20 days end of month", "due + 20 days, end of month"),
    ] {
        assert_eq!(StepDate::parse(text).unwrap().to_string(), written);
    }
}
