//! What the policy asks of a person: calls, what an invoice lacks, approvals.

use dunning::billing::{DebtorKind, Profile};
use dunning::file::{Hold, Outlook, Pause, StepState};
use dunning::journal::CallResult;
use dunning::rules::{Change, Instruction, instruct};
use dunning::value::InvoiceId;

use crate::common::{at, debtor, euros, event, invoice};
use crate::ladders::{ISSUED, call, days, knock, mail, policy, refused, state, told, under};

#[test]
fn a_call_is_asked_of_the_team_once_between_the_mails_and_takes_no_day_of_the_debtors() {
    let ladder = [
        mail("late-3", "due + 3 days", ""),
        call("call-5", "previous + 2 business days"),
        mail("late-10", "due + 10 days", ""),
    ];
    let mut kept = under(policy(&ladder.concat()));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    assert_eq!(
        kept.left(ISSUED, "2027-02-20T10:00:00Z"),
        ["late-3 2027-02-18"]
    );
    let change = knock(&mut kept, "2027-02-22T08:05:00Z");
    assert_eq!(
        told(&change),
        [("call_due", "N-in_1; late-3 2027-02-18".to_owned())]
    );
    let about = &change.notices[0].about;
    assert_eq!(about.amount, Some(euros(10_000)));
    assert_eq!(
        state(&kept, "in_1", "call-5"),
        StepState::Asked {
            at: at("2027-02-22T08:05:00Z"),
            rehearsed: false
        }
    );
    assert_eq!(knock(&mut kept, "2027-02-22T08:15:00Z"), Change::default());
    assert_eq!(
        kept.left("2027-02-22T09:00:00Z", "2027-03-20T10:00:00Z"),
        ["late-10 2027-02-25"]
    );
}

#[test]
fn a_task_has_neither_template_nor_sender() {
    let task = format!("{}template = \"firm\"\n", call("call-5", "due + 5 days"));
    assert_eq!(
        refused(&task),
        ["step `call-5`: a task sends nothing and has no template"]
    );
    let none = "[[steps]]\nid = \"a\"\non = \"due\"\ntask = \"visit\"\n";
    assert_eq!(
        refused(none),
        ["steps.task: unknown variant `visit`, expected `call` or `complete`"]
    );
}

#[test]
fn what_must_be_approved_is_asked_for_three_days_of_business_before_and_never_leaves_by_itself() {
    let ladder = [
        mail("late", "due + 3 days", ""),
        mail("last", "due + 21 days", "approval = \"required\""),
    ];
    let mut kept = under(policy(&ladder.concat()));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    assert_eq!(
        kept.left(ISSUED, "2027-03-03T07:00:00Z"),
        ["late 2027-02-18"]
    );
    // The last is for Monday the 8th; three days of business before is Wednesday the 3rd.
    let look = kept.file.open.values().next().unwrap().look_at;
    assert_eq!(look, Some(at("2027-03-03T08:00:00Z")));
    let change = knock(&mut kept, "2027-03-03T08:30:00Z");
    assert_eq!(
        told(&change),
        [("approval_wanted", "N-in_1 (last 2027-03-08)".to_owned())]
    );
    assert_eq!(*kept.outlook("in_1"), Outlook::Held(Hold::AwaitingApproval));
    // Two days of business on it is told once more, and then no more.
    let look = kept.file.open.values().next().unwrap().look_at;
    assert_eq!(look, Some(at("2027-03-05T08:00:00Z")));
    let change = knock(&mut kept, "2027-03-05T08:30:00Z");
    assert_eq!(
        told(&change),
        [("approval_overdue", "N-in_1 (last 2027-03-08)".to_owned())]
    );
    assert_eq!(
        kept.left("2027-03-05T09:00:00Z", "2027-04-20T10:00:00Z"),
        Vec::<String>::new()
    );
    let when = "2027-04-20T10:30:00Z";
    let change = instruct(
        &kept.file,
        Some(&InvoiceId::parse("in_1").unwrap()),
        Instruction::Approve,
    );
    assert_eq!(change.invoices.len(), 1);
    kept.write(when, &change);
    assert_eq!(kept.left(when, "2027-04-22T10:00:00Z"), ["last 2027-04-20"]);
}

#[test]
fn what_was_approved_in_time_leaves_on_its_day() {
    let ladder = mail("last", "due + 21 days", "approval = \"required\"");
    let mut kept = under(policy(&ladder));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    knock(&mut kept, "2027-03-03T08:30:00Z");
    let change = instruct(&kept.file, None, Instruction::Approve);
    kept.write("2027-03-03T14:00:00Z", &change);
    assert_eq!(
        kept.left("2027-03-03T14:00:00Z", "2027-03-20T10:00:00Z"),
        ["last 2027-03-08"]
    );
}

#[test]
fn what_is_announced_leaves_on_its_day_unless_somebody_stops_it() {
    let ladder = mail("late", "due + 21 days", "approval = \"announced\"");
    let mut kept = under(policy(&ladder));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    let change = knock(&mut kept, "2027-03-03T08:30:00Z");
    assert_eq!(
        told(&change),
        [("announced", "N-in_1 (late 2027-03-08)".to_owned())]
    );
    assert_eq!(knock(&mut kept, "2027-03-04T08:30:00Z").notices, []);
    assert_eq!(
        kept.left("2027-03-04T09:00:00Z", "2027-03-20T10:00:00Z"),
        ["late 2027-03-08"]
    );
}

#[test]
fn what_an_invoice_lacks_is_asked_of_the_team_on_the_day_of_its_issue() {
    let complete = "[[steps]]\nid = \"complete\"\non = \"issue\"\ntask = \"complete\"\n";
    let lacking = |profile: Profile, po_number: Option<&str>, more: &str| {
        let ladder = [
            &format!("{complete}{more}\n"),
            &mail("late", "due + 3 days", ""),
        ];
        let ladder: String = ladder.into_iter().map(String::as_str).collect();
        let mut kept = under(policy(&ladder));
        let mut snapshot = invoice("in_1", "2027-02-15");
        snapshot.issued_on = Some("2027-01-11".parse().unwrap());
        snapshot.po_number = po_number.map(str::to_owned);
        let mut told = event(ISSUED, snapshot);
        told.debtor = Some(profile);
        kept.hear(ISSUED, &told);
        let change = knock(&mut kept, "2027-01-11T10:05:00Z");
        assert!(matches!(
            state(&kept, "in_1", "complete"),
            StepState::Asked { .. }
        ));
        assert_eq!(
            kept.left(ISSUED, "2027-02-20T10:00:00Z"),
            ["late 2027-02-18"]
        );
        change
            .notices
            .iter()
            .map(|notice| notice.subject.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        lacking(debtor(), None, ""),
        ["N-in_1: order_number, address, registration"]
    );
    let whole = Profile {
        postal_code: Some("75001".to_owned()),
        vat_number: Some("FR00123456789".to_owned()),
        ..debtor()
    };
    assert_eq!(
        lacking(whole.clone(), Some("PO-1"), ""),
        Vec::<String>::new()
    );
    assert_eq!(
        lacking(whole, None, "requires = [\"registration\"]"),
        Vec::<String>::new()
    );
    let consumer = Profile {
        kind: Some(DebtorKind::Consumer),
        ..debtor()
    };
    assert_eq!(lacking(consumer, Some("PO-1"), ""), ["N-in_1: address"]);
}

#[test]
fn what_waits_for_approval_follows_its_due_date_and_the_policy() {
    let ladder = |approval: &str| {
        policy(&mail(
            "last",
            "due + 21 days",
            &format!("approval = {approval:?}"),
        ))
    };
    let mut kept = under(ladder("announced"));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    knock(&mut kept, "2027-03-03T08:30:00Z");
    // Announced already, and now to be approved.
    kept.policy = ladder("required");
    knock(&mut kept, "2027-03-04T08:30:00Z");
    assert_eq!(*kept.outlook("in_1"), Outlook::Held(Hold::AwaitingApproval));
    // It is due much later after all: it is asked for again when its time has come.
    let later = "2027-03-04T10:00:00Z";
    let change = kept.hear(later, &event(later, invoice("in_1", "2027-06-15")));
    assert_eq!(told(&change), []);
    assert_eq!(days(&kept, "in_1"), ["last Tue 2027-07-06"]);
    assert_eq!(
        *kept.outlook("in_1"),
        Outlook::Next {
            at: at("2027-07-06T07:00:00Z")
        }
    );
    let change = knock(&mut kept, "2027-07-01T08:30:00Z");
    assert_eq!(
        told(&change),
        [("approval_wanted", "N-in_1 (last 2027-07-06)".to_owned())]
    );
}

#[test]
fn what_is_paused_is_not_asked_about() {
    let mut kept = under(policy(&mail(
        "last",
        "due + 21 days",
        "approval = \"required\"",
    )));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    let paused = Instruction::Pause(Pause { until: None });
    let change = instruct(&kept.file, None, paused);
    kept.write("2027-03-01T10:00:00Z", &change);
    assert_eq!(told(&knock(&mut kept, "2027-03-03T08:30:00Z")), []);
    assert_eq!(*kept.outlook("in_1"), Outlook::Held(Hold::Paused));
}

#[test]
fn a_ladder_of_which_only_calls_were_made_is_told_at_its_end() {
    let ladder = [
        call("call-1", "due + 1 day"),
        mail("late", "due + 3 days", "chase_from = \"150\""),
    ];
    let mut kept = under(policy(&ladder.concat()));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    let change = knock(&mut kept, "2027-02-16T08:30:00Z");
    let kinds: Vec<&str> = told(&change).iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, ["call_due", "no_step_left"]);
}

#[test]
fn a_promise_does_not_end_a_longer_pause() {
    let mut kept = under(policy(&mail("late", "due + 3 days", "")));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    let id = InvoiceId::parse("in_1").unwrap();
    let mut say = |result: CallResult| {
        let change = instruct(&kept.file, Some(&id), Instruction::Called(result));
        kept.write("2027-02-16T10:00:00Z", &change);
        kept.file.open[&id]
            .paused
            .unwrap()
            .until
            .map(|day| day.to_string())
    };
    assert_eq!(
        say(CallResult::Promised("2027-03-01".parse().unwrap())).as_deref(),
        Some("2027-03-02")
    );
    assert_eq!(
        say(CallResult::Promised("2027-02-20".parse().unwrap())).as_deref(),
        Some("2027-03-02")
    );
    assert_eq!(say(CallResult::Disputed), None);
    assert_eq!(
        say(CallResult::Promised("2027-05-01".parse().unwrap())),
        None
    );
}
