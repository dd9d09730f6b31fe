//! Of which debts a step is, and what is said of a condition that cannot be judged.

use dunning::billing::{Profile, Status};
use dunning::file::{Hold, Outlook, Skip, StepState};

use crate::common::{debtor, euros, event, invoice};
use crate::ladders::{ISSUED, days, mail, policy, refused, state, told, under};

#[test]
fn a_question_is_spared_whoever_has_paid_the_last_ones_on_time() {
    let ladder = [
        mail("ask", "due - 7 days", "when = \"history.on_time < 3\""),
        mail("late", "due + 3 days", ""),
    ];
    let mut kept = under(policy(&ladder.concat()));
    for (number, paid_on) in [(1, "2027-01-04"), (2, "2027-01-05"), (3, "2027-01-08")] {
        let mut paid = invoice(&format!("in_{number}"), &format!("2027-01-0{}", number + 4));
        paid.status = Status::Paid;
        paid.remaining = euros(0);
        let when = format!("{paid_on}T10:00:00Z");
        kept.hear(&when, &event(&when, paid));
    }
    // The newest was due on the 7th and paid on the 8th.
    kept.hear(ISSUED, &event(ISSUED, invoice("in_4", "2027-02-15")));
    assert_eq!(days(&kept, "in_4").len(), 2);
    let mut paid = invoice("in_3", "2027-01-07");
    paid.status = Status::Paid;
    paid.remaining = euros(0);
    // The tool says that it had come the day before.
    let mut event_of_3 = event("2027-01-08T11:00:00Z", paid);
    event_of_3.invoice.due_on = Some("2027-01-08".parse().unwrap());
    kept.hear("2027-01-12T10:00:00Z", &event_of_3);
    kept.hear(
        ISSUED,
        &event("2027-01-12T10:00:00Z", invoice("in_4", "2027-02-15")),
    );
    assert_eq!(days(&kept, "in_4"), ["late Thu 2027-02-18"]);
    assert_eq!(
        state(&kept, "in_4", "ask"),
        StepState::Skipped(Skip::NotWanted)
    );
}

#[test]
fn a_condition_that_fails_for_a_debt_holds_that_one_and_the_team_hears_why() {
    let ladder = mail("late", "due + 3 days", "when = \"1 / history.paid == 1\"");
    let refusal = refused(&ladder);
    // Of a debt of which nothing is left it can say nothing.
    assert_eq!(refusal.len(), 1, "{refusal:?}");
    assert!(refusal[0].contains("fails"), "{refusal:?}");
    let ladder = mail(
        "late",
        "due + 3 days",
        "when = \"debtor.name|float > 3 if debtor.name else true\"",
    );
    let mut kept = under(policy(&ladder));
    let change = kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    assert_eq!(*kept.outlook("in_1"), Outlook::Held(Hold::Undecided));
    assert_eq!(told(&change), [("undecided", "N-in_1".to_owned())]);
    assert!(
        kept.log
            .contains("nobody can say which steps are for it: step `late`"),
        "{}",
        kept.log
    );
    assert_eq!(
        kept.left(ISSUED, "2027-04-01T10:00:00Z"),
        Vec::<String>::new()
    );
}

#[test]
fn a_condition_is_read_before_it_is_deployed() {
    let when = |text: &str| refused(&mail("late", "due + 3 days", &format!("when = \"{text}\"")));
    let [unknown] = &when("debtor.countri == 'FR'")[..] else {
        panic!("one fault")
    };
    assert!(unknown.starts_with("step `late`: when = \"debtor.countri == 'FR'\" debtor.countri is unknown (did you mean debtor.country?); there is debtor.account, "), "{unknown}");
    let [broken] = &when("debtor.country ==")[..] else {
        panic!("one fault")
    };
    assert!(broken.contains("cannot be read"), "{broken}");
    let [number] = &when("invoice.remaining")[..] else {
        panic!("one fault")
    };
    assert!(number.contains("must be true or false"), "{number}");
}

#[test]
fn a_strangers_text_is_only_ever_a_value_in_a_condition() {
    let ladder = mail("late", "due + 3 days", "when = \"debtor.name != 'x'\"");
    let mut kept = under(policy(&ladder));
    let mut told = event(ISSUED, invoice("in_1", "2027-02-15"));
    told.debtor = Some(Profile {
        name: Some("x' or 1/0 {{ 7 * 7 }}".to_owned()),
        ..debtor()
    });
    kept.hear(ISSUED, &told);
    assert_eq!(days(&kept, "in_1"), ["late Thu 2027-02-18"]);
}

#[test]
fn what_may_be_a_text_is_not_asked_whether_it_is_more_or_less() {
    let when = |text: &str| refused(&mail("late", "due + 3 days", &format!("when = \"{text}\"")));
    for text in [
        "debtor.tags.seats < 10",
        "10 >= debtor.tags.seats",
        "invoice.term_days > 30",
    ] {
        let [fault] = &when(text)[..] else {
            panic!("one fault")
        };
        assert!(fault.contains("|int"), "{fault}");
    }
    let fine =
        "debtor.tags.seats|int < 10 and 10 < invoice.term_days|int and invoice.remaining > 5";
    policy(&mail("late", "due + 3 days", &format!("when = \"{fine}\"")));
    let [text] = &when("invoice.po_number")[..] else {
        panic!("one fault")
    };
    assert!(
        text.ends_with("fails: it is a string, and must be true or false"),
        "{text}"
    );
}
