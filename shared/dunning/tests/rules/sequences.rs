//! Which ladder a debt climbs, which of its steps are for it, and on which days they are.

use dunning::billing::{Contact, DebtorKind, Instalment, Profile, Role, Status, Tags};
use dunning::file::{AddressTrouble, Hold, Invoice, Outlook, Pause, Skip, StepState};
use dunning::journal::CallResult;
use dunning::policy::Policy;
use dunning::rules::{
    Change, Decision, Delivery, Identity, Instruction, asked_for, copies, decide, instruct,
    record_delivery,
};
use dunning::value::{Country, EmailAddress, InvoiceId};
use jiff::SignedDuration;

use crate::common::{Kept, at, debtor, euros, event, invoice};

/// The tests' policy with other ladders in place of its own.
fn policy(ladders: &str) -> Policy {
    let text = include_str!("relance.toml");
    let (before, _) = text.split_once("[[steps]]").unwrap();
    Policy::parse(&format!("{before}\n{ladders}")).unwrap_or_else(|why| panic!("{why}"))
}

fn refused(ladders: &str) -> Vec<String> {
    let text = include_str!("relance.toml");
    let (before, _) = text.split_once("[[steps]]").unwrap();
    let refusal = Policy::parse(&format!("{before}\n{ladders}")).unwrap_err();
    let faults = refusal.faults().iter();
    faults.map(|fault| fault.what.clone()).collect()
}

fn mail(id: &str, on: &str, more: &str) -> String {
    step("steps", id, on, more)
}

fn step(list: &str, id: &str, on: &str, more: &str) -> String {
    format!(
        "[[{list}]]\nid = \"{id}\"\non = \"{on}\"\ntemplate = \"reminder\"\nsender = \"friendly\"\n{more}\n"
    )
}

fn call(id: &str, on: &str) -> String {
    format!("[[steps]]\nid = \"{id}\"\non = \"{on}\"\ntask = \"call\"\n")
}

fn under(policy: Policy) -> Kept {
    let mut kept = Kept::new();
    kept.policy = policy;
    kept
}

const ISSUED: &str = "2027-01-11T10:00:00Z";

/// The days of an invoice's planned steps.
fn days(kept: &Kept, id: &str) -> Vec<String> {
    let id = InvoiceId::parse(id).unwrap();
    let steps = kept.file.open[&id].steps.iter();
    let planned = steps.filter(|step| step.is_planned());
    planned
        .map(|step| format!("{} {}", step.id, step.at.strftime("%a %F")))
        .collect()
}

fn state(kept: &Kept, id: &str, step: &str) -> StepState {
    let invoice: &Invoice = &kept.file.open[&InvoiceId::parse(id).unwrap()];
    let mut steps = invoice.steps.iter();
    let step = steps.find(|known| known.id.as_str() == step);
    step.expect("the step is among them").state.clone()
}

/// What a knock writes, without a mail.
fn knock(kept: &mut Kept, now: &str) -> Change {
    let window = SignedDuration::from_mins(30);
    match decide(kept.context(now), &kept.file, kept.version, window) {
        Decision::Write(change) => {
            kept.write(now, &change);
            change
        }
        Decision::Send { .. } => panic!("a mail leaves at {now}"),
        Decision::Nothing | Decision::KnockAgain(_) => Change::default(),
    }
}

fn told(change: &Change) -> Vec<(&'static str, String)> {
    let notices = change.notices.iter();
    notices
        .map(|notice| (notice.kind.as_str(), notice.subject.clone()))
        .collect()
}

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
fn wish_1_the_first_sequence_counts_whose_condition_holds_and_one_without_steps_sends_nothing() {
    let ladders = [
        "[[sequences]]\nname = \"never\"\nwhen = \"debtor.kind == 'consumer'\"\n",
        "[[sequences]]\nname = \"large\"\nwhen = \"invoice.remaining >= 5000\"\n",
        &step("sequences.steps", "large-1", "due + 1 day", ""),
        &mail("late", "due + 3 days", ""),
    ];
    let policy = policy(&ladders.concat());
    let planned = |kind: Option<DebtorKind>, amount: i64| {
        let mut kept = under(policy.clone());
        let mut invoice = invoice("in_1", "2027-02-15");
        invoice.total = euros(amount);
        invoice.remaining = euros(amount);
        let mut event = event(ISSUED, invoice);
        event.debtor = Some(Profile { kind, ..debtor() });
        let change = kept.hear(ISSUED, &event);
        (days(&kept, "in_1"), told(&change))
    };
    let nobody = Vec::new();
    assert_eq!(
        planned(Some(DebtorKind::Consumer), 900_000),
        (vec![], nobody.clone())
    );
    let large = vec!["large-1 Tue 2027-02-16".to_owned()];
    assert_eq!(planned(None, 500_000), (large, nobody.clone()));
    let usual = vec!["late Thu 2027-02-18".to_owned()];
    assert_eq!(
        planned(Some(DebtorKind::Business), 499_999),
        (usual, nobody)
    );
}

#[test]
fn what_was_heard_in_one_sequence_is_not_said_again_in_another_nor_anything_milder() {
    let ladders = [
        "[[sequences]]\nname = \"large\"\nwhen = \"invoice.remaining >= 5000\"\n",
        &step("sequences.steps", "large-1", "due + 1 day", ""),
        &step("sequences.steps", "large-9", "due + 9 days", ""),
        &mail("late-3", "due + 3 days", ""),
        &mail("late-6", "due + 6 days", "severity = 9"),
        &mail("late-20", "due + 20 days", ""),
    ];
    let mut kept = under(policy(&ladders.concat()));
    let mut snapshot = invoice("in_1", "2027-02-15");
    snapshot.total = euros(900_000);
    snapshot.remaining = euros(900_000);
    kept.hear(ISSUED, &event(ISSUED, snapshot.clone()));
    assert_eq!(
        kept.left(ISSUED, "2027-02-24T10:00:00Z"),
        ["large-1 2027-02-16", "large-9 2027-02-24"]
    );
    // A payment in part: it is no large one any more.
    snapshot.remaining = euros(100_000);
    let paid = "2027-02-24T12:00:00Z";
    kept.hear(paid, &event(paid, snapshot));
    assert!(matches!(
        state(&kept, "in_1", "late-3"),
        StepState::Merged { .. }
    ));
    assert!(matches!(
        state(&kept, "in_1", "late-6"),
        StepState::Merged { .. }
    ));
    assert!(matches!(
        state(&kept, "in_1", "large-9"),
        StepState::Heard { .. }
    ));
    assert_eq!(days(&kept, "in_1"), ["late-20 Mon 2027-03-08"]);
}

#[test]
fn wish_4_a_step_may_leave_out_what_is_too_small_for_it() {
    let ladder = [
        mail("late", "due + 3 days", ""),
        mail("last", "due + 21 days", "chase_from = \"150\""),
    ];
    let mut kept = under(policy(&ladder.concat()));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    assert_eq!(days(&kept, "in_1"), ["late Thu 2027-02-18"]);
    assert_eq!(
        state(&kept, "in_1", "last"),
        StepState::Skipped(Skip::NotWanted)
    );
}

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
    assert!(unknown.starts_with("step `late`: when = \"debtor.countri == 'FR'\" debtor.countri is unknown; there is debtor.account, "), "{unknown}");
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
fn sequences_that_nobody_reaches_and_ladders_that_end_nowhere_are_refused() {
    let always = "[[sequences]]\nname = \"all\"\n";
    let never = "[[sequences]]\nname = \"some\"\nwhen = \"debtor.kind == 'consumer'\"\n";
    let usual = mail("late", "due + 3 days", "");
    assert_eq!(
        refused(&format!("{always}{usual}")),
        ["[[steps]] are never reached: a sequence without `when` is for everybody"]
    );
    assert_eq!(
        refused(&format!("{always}{never}")),
        ["sequence `some` is never reached: the one above it has no `when` and is for everybody"]
    );
    assert_eq!(
        refused(never),
        [
            "there is no [[steps]] for what no sequence's `when` holds of: write them, or a last [[sequences]] without `when`"
        ]
    );
    let twice = step("sequences.steps", "late", "due + 1 day", "");
    assert_eq!(
        refused(&format!("{never}{twice}{usual}")),
        ["step `late` stands twice"]
    );
}

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
fn a_sequence_has_its_own_patience_limit_and_least() {
    let ladders = [
        "[[sequences]]\nname = \"germans\"\nwhen = \"debtor.country == 'DE'\"\npatience = \"9 days\"\nchase_from = \"100.01\"\n",
        &step("sequences.steps", "de-1", "due + 1 day", ""),
        &mail("late", "due + 1 day", ""),
    ];
    let policy = policy(&ladders.concat());
    let told = |country: &str, amount: i64| {
        let mut kept = under(policy.clone());
        let mut snapshot = invoice("in_1", "2027-01-12");
        snapshot.total = euros(amount);
        snapshot.remaining = euros(amount);
        let mut told = event(ISSUED, snapshot);
        told.debtor = Some(Profile {
            country: Some(Country::parse(country).unwrap()),
            ..debtor()
        });
        kept.hear(ISSUED, &told);
        (kept.outlook("in_1").clone(), days(&kept, "in_1"))
    };
    assert_eq!(told("DE", 10_001).1, ["de-1 Wed 2027-01-20"]);
    assert_eq!(told("DE", 10_000).0, Outlook::Held(Hold::TooLittle));
    assert_eq!(told("FR", 10_000).1, ["late Thu 2027-01-14"]);
}

#[test]
fn wish_6_of_an_invoice_in_parts_the_oldest_unpaid_one_is_chased_for_its_amount() {
    let ladder = [
        mail("late-3", "due + 3 days", ""),
        mail("late-10", "due + 10 days", ""),
    ];
    let mut kept = under(policy(&ladder.concat()));
    let mut snapshot = invoice("in_1", "2027-02-15");
    let part = |day: &str, minor| Instalment {
        due_on: day.parse().unwrap(),
        amount: euros(minor),
    };
    snapshot.instalments = vec![part("2027-01-18", 4_000), part("2027-02-15", 6_000)];
    kept.hear(ISSUED, &event(ISSUED, snapshot.clone()));
    assert_eq!(
        kept.left(ISSUED, "2027-01-29T10:00:00Z"),
        ["late-3 2027-01-21", "late-10 2027-01-28"]
    );
    let asked = |kept: &Kept| {
        asked_for(
            &kept.file.open.values().next().unwrap().balance(),
            &kept.policy,
        )
    };
    assert_eq!(asked(&kept), euros(4_000));
    // The first part comes: nothing is late.
    let paid = "2027-02-01T10:00:00Z";
    snapshot.remaining = euros(6_000);
    kept.hear(paid, &event(paid, snapshot.clone()));
    assert_eq!(
        days(&kept, "in_1"),
        ["late-3@2 Thu 2027-02-18", "late-10@2 Thu 2027-02-25"]
    );
    assert_eq!(asked(&kept), euros(6_000));
    assert_eq!(
        kept.left(paid, "2027-03-20T10:00:00Z"),
        ["late-3@2 2027-02-18", "late-10@2 2027-02-25"]
    );
    assert!(matches!(
        state(&kept, "in_1", "late-10"),
        StepState::Heard { .. }
    ));
}

#[test]
fn complaint_22_a_step_goes_to_the_person_who_decides_and_falls_back_to_where_reminders_go() {
    let ladder = mail("late", "due + 3 days", "to = [\"approver\", \"payer\"]");
    let to = |contacts: Vec<Contact>| {
        let mut kept = under(policy(&ladder));
        let mut told = event(ISSUED, invoice("in_1", "2027-02-15"));
        told.debtor = Some(Profile {
            contacts,
            ..debtor()
        });
        kept.hear(ISSUED, &told);
        let window = SignedDuration::from_mins(30);
        let decision = decide(kept.context("2027-02-18T08:05:00Z"), &kept.file, 1, window);
        let Decision::Send { letter, claim } = decision else {
            panic!("no mail")
        };
        let debtor = claim.debtor.unwrap();
        assert_eq!(debtor.claims[&letter.claim].to.as_ref(), Some(&letter.to));
        letter.to.as_str().to_owned()
    };
    let contact = |role, email: Option<&str>| Contact {
        role,
        name: None,
        email: email.map(address),
        phone: None,
    };
    let payer = || contact(Role::Payer, Some("payer@client.example.com"));
    let approver = || contact(Role::Approver, Some("boss@client.example.com"));
    assert_eq!(to(vec![payer(), approver()]), "boss@client.example.com");
    assert_eq!(
        to(vec![payer(), contact(Role::Approver, None)]),
        "payer@client.example.com"
    );
    assert_eq!(
        to(vec![contact(
            Role::Escalation,
            Some("x@client.example.com")
        )]),
        "compta@client.example.com"
    );
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

#[test]
fn wish_2_copies_go_to_people_and_to_addresses_once_each_and_to_nobody_who_cannot_be_written_to() {
    let ladder = mail(
        "late",
        "due + 3 days",
        "cc = [\"payer\", \"escalation\"]\nbcc = [\"proof@example.com\", \"account_manager\", \"invoice\"]",
    );
    let policy = policy(&ladder);
    let contact = |role, email: &str| Contact {
        role,
        name: None,
        email: Some(address(email)),
        phone: None,
    };
    let mut kept = under(policy);
    let mut told = event(ISSUED, invoice("in_1", "2027-02-15"));
    told.debtor = Some(Profile {
        contacts: vec![
            contact(Role::Payer, "Payer@client.example.com"),
            contact(Role::Escalation, "boss@client.example.com"),
            contact(Role::AccountManager, "anna@example.com"),
        ],
        ..debtor()
    });
    kept.hear(ISSUED, &told);
    let copied = |kept: &Kept| {
        let mail = kept.policy.mails().next().unwrap().1;
        let open = kept.file.open.values().next().unwrap();
        let to = address("compta@client.example.com");
        let copies = copies(mail, &to, open, &kept.file.debtor);
        let texts = |list: Vec<EmailAddress>| -> Vec<String> {
            list.iter().map(|one| one.as_str().to_owned()).collect()
        };
        (texts(copies.cc), texts(copies.bcc))
    };
    let (cc, bcc) = copied(&kept);
    assert_eq!(cc, ["Payer@client.example.com", "boss@client.example.com"]);
    assert_eq!(bcc, ["proof@example.com", "anna@example.com"]);
    // A copy that bounces is told once, holds nobody else, and is made no more.
    let window = SignedDuration::from_mins(30);
    let Decision::Send { letter, claim } =
        decide(kept.context("2027-02-18T08:05:00Z"), &kept.file, 1, window)
    else {
        panic!("no mail")
    };
    kept.write("2027-02-18T08:05:00Z", &claim);
    let failed = Delivery::CopyFailed {
        at: vec![address("payer@client.example.com")],
        trouble: AddressTrouble::Bounced,
    };
    let when = at("2027-02-18T08:06:00Z");
    let change = record_delivery(&kept.file, &letter.claim, &failed, when);
    assert_eq!(told_of(&change), ["copy_failed"]);
    kept.write("2027-02-18T08:06:00Z", &change);
    assert_eq!(
        record_delivery(&kept.file, &letter.claim, &failed, when),
        Change::default()
    );
    assert_eq!(copied(&kept).0, ["boss@client.example.com"]);
    assert_ne!(*kept.outlook("in_1"), Outlook::Held(Hold::AddressBounced));
}

fn told_of(change: &Change) -> Vec<&'static str> {
    change
        .notices
        .iter()
        .map(|notice| notice.kind.as_str())
        .collect()
}

#[test]
fn who_reads_along_on_our_side_is_not_seen_by_the_debtor() {
    let seen = mail("late", "due + 3 days", "cc = [\"account_manager\"]");
    assert_eq!(
        refused(&seen),
        ["step `late`: cc = \"account_manager\" would be seen by the debtor: write it into bcc"]
    );
    let nobody = mail(
        "late",
        "due + 3 days",
        "to = [\"boss\"]\nbcc = [\"archive\"]",
    );
    assert_eq!(
        refused(&nobody),
        [
            "step `late`: to = \"boss\" is not one of `invoice`, `payer`, `approver`, `escalation`",
            "step `late`: bcc = \"archive\" is neither an address nor one of `invoice`, `payer`, `approver`, `escalation`, `account_manager`",
        ]
    );
}

#[test]
fn what_the_tool_says_by_a_plan_goes_before_all_conditions_and_one_that_nobody_knows_holds() {
    let ladders = [
        "[[sequences]]\nname = \"gentle\"\nwhen = \"debtor.tags.tier == 'gold'\"\n",
        &step("sequences.steps", "gentle-9", "due + 9 days", ""),
        &mail("late", "due + 3 days", ""),
    ];
    let policy = policy(&ladders.concat());
    let planned = |plan: Option<&str>, tags: Tags| {
        let mut kept = under(policy.clone());
        let mut told = event(ISSUED, invoice("in_1", "2027-02-15"));
        told.invoice.plan = plan.map(str::to_owned);
        told.debtor = Some(Profile { tags, ..debtor() });
        kept.hear(ISSUED, &told);
        (days(&kept, "in_1"), kept.outlook("in_1").clone())
    };
    let gold = || Tags::of([("tier".to_owned(), "gold".to_owned())]);
    let gentle = ["gentle-9 Wed 2027-02-24".to_owned()];
    let usual = ["late Thu 2027-02-18".to_owned()];
    assert_eq!(planned(None, Tags::default()).0, usual);
    assert_eq!(planned(None, gold()).0, gentle);
    assert_eq!(planned(Some("gentle"), Tags::default()).0, gentle);
    assert_eq!(planned(Some("usual"), gold()).0, usual);
    assert_eq!(
        planned(Some("gentel"), gold()).1,
        Outlook::Held(Hold::Undecided)
    );
}

#[test]
fn another_company_writes_to_its_own_debtors() {
    let text = include_str!("relance.toml");
    let other = "[companies.gmbh]\nwhen = \"debtor.country == 'DE'\"\nname = \"Example GmbH\"\n[companies.gmbh.senders.friendly]\nname = \"Example GmbH, Buchhaltung\"\nemail = \"buchhaltung@example.de\"\n[companies.gmbh.accounts.EUR]\niban = \"DE89 3704 0044 0532 0130 00\"\n";
    let policy = Policy::parse(&format!("{other}{text}")).unwrap_or_else(|why| panic!("{why}"));
    let in_country = |code: &str| {
        let profile = Profile {
            country: Some(Country::parse(code).unwrap()),
            ..debtor()
        };
        let mut kept = Kept::new();
        kept.file.debtor.profile.value = profile;
        kept.file.debtor
    };
    let german = in_country("DE");
    let identity = Identity::of(&policy, &german);
    assert_eq!(identity.company.name, "Example GmbH");
    assert_eq!(identity.company.team.as_str(), "finance@example.com");
    let signs = |voice: &str| identity.sender(voice).unwrap().email.as_str().to_owned();
    assert_eq!(signs("friendly"), "buchhaltung@example.de");
    assert_eq!(signs("collecting"), "collections@example.com");
    let account = identity.company.accounts.values().next().unwrap();
    assert_eq!(account.number.shown(), "DE89 3704 0044 0532 0130 00");
    let french = in_country("FR");
    assert_eq!(Identity::of(&policy, &french).company.name, "Example");
    let wrong = other
        .replace("130 00", "130 01")
        .replace("debtor.country", "invoice.currency");
    let refusal = Policy::parse(&format!("{wrong}{text}")).unwrap_err();
    let faults: Vec<&str> = refusal
        .faults()
        .iter()
        .map(|fault| fault.what.as_str())
        .collect();
    assert_eq!(
        faults,
        [
            "companies.gmbh: when = \"invoice.currency == 'DE'\" invoice.currency is unknown; there is `debtor`, here",
            "accounts.EUR: iban = \"DE89 3704 0044 0532 0130 01\" is no IBAN: its check digits do not fit, or it has letters or signs that do not belong there",
        ]
    );
}

#[test]
fn the_account_manager_signs_where_the_voice_is_his_and_the_address_stays_verified() {
    let text = include_str!("relance.toml");
    let text = text.replace(
        "email = \"accounts@example.com\"",
        "email = \"accounts@example.com\"\naccount_manager = true",
    );
    let policy = Policy::parse(&text).unwrap();
    let mut kept = Kept::new();
    let mut told = event(ISSUED, invoice("in_1", "2027-02-15"));
    told.debtor = Some(Profile {
        contacts: vec![Contact {
            role: Role::AccountManager,
            name: Some("Anna Example".to_owned()),
            email: Some(address("anna@example.com")),
            phone: None,
        }],
        ..debtor()
    });
    kept.hear(ISSUED, &told);
    let open = kept.file.open.values().next().unwrap();
    let signs = |voice: &str| {
        let identity = Identity::of(&policy, &kept.file.debtor);
        let sender = identity.signs(voice, open, &kept.file.debtor).unwrap();
        let reply_to = sender.reply_to.map(|email| email.as_str().to_owned());
        (sender.name, sender.email.as_str().to_owned(), reply_to)
    };
    assert_eq!(
        signs("friendly"),
        (
            "Anna Example".to_owned(),
            "accounts@example.com".to_owned(),
            Some("anna@example.com".to_owned())
        )
    );
    assert_eq!(signs("collecting").0, "Example, collections");
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
fn the_next_part_of_an_invoice_climbs_from_its_own_beginning() {
    let ladder = [
        mail("late-3", "due + 3 days", ""),
        mail("late-10", "due + 10 days", ""),
    ];
    let mut kept = under(policy(&ladder.concat()));
    let mut snapshot = invoice("in_1", "2027-02-15");
    let part = |day: &str, minor| Instalment {
        due_on: day.parse().unwrap(),
        amount: euros(minor),
    };
    snapshot.instalments = vec![part("2027-01-18", 4_000), part("2027-02-15", 6_000)];
    kept.hear(ISSUED, &event(ISSUED, snapshot.clone()));
    kept.left(ISSUED, "2027-03-01T09:00:00Z");
    assert_eq!(*kept.outlook("in_1"), Outlook::Finished);
    // The first part comes when the second one is late for long.
    let paid = "2027-03-01T10:00:00Z";
    snapshot.remaining = euros(6_000);
    kept.hear(paid, &event(paid, snapshot.clone()));
    assert_eq!(
        kept.left(paid, "2027-04-01T10:00:00Z"),
        ["late-3@2 2027-03-01", "late-10@2 2027-03-05"]
    );
    // It is charged back: what is milder than the part after it has heard is not said.
    let back = "2027-04-02T10:00:00Z";
    snapshot.remaining = euros(10_000);
    kept.hear(back, &event(back, snapshot));
    assert_eq!(
        kept.left(back, "2027-06-01T10:00:00Z"),
        Vec::<String>::new()
    );
}

#[test]
fn a_cent_that_is_left_of_a_part_does_not_stand_before_the_next_one() {
    let mut kept = under(policy(&mail("late-3", "due + 3 days", "")));
    let mut snapshot = invoice("in_1", "2027-02-15");
    let part = |day: &str, minor| Instalment {
        due_on: day.parse().unwrap(),
        amount: euros(minor),
    };
    snapshot.instalments = vec![part("2027-01-18", 4_000), part("2027-02-15", 6_000)];
    snapshot.remaining = euros(6_001);
    kept.hear(ISSUED, &event(ISSUED, snapshot));
    let asked = kept
        .file
        .open
        .values()
        .next()
        .unwrap()
        .balance()
        .into_owned();
    assert_eq!(asked_for(&asked, &kept.policy), euros(6_000));
    assert_eq!(days(&kept, "in_1"), ["late-3@2 Thu 2027-02-18"]);
}

#[test]
fn what_is_for_another_reader_is_not_in_the_mail() {
    let ladder = [
        mail("late-3", "due + 3 days", ""),
        mail("last", "due + 10 days", "to = [\"escalation\"]"),
    ];
    let mut kept = under(policy(&ladder.concat()));
    let boss = Contact {
        role: Role::Escalation,
        name: None,
        email: Some(address("boss@client.example.com")),
        phone: None,
    };
    for (id, due) in [("in_1", "2027-02-08"), ("in_2", "2027-02-15")] {
        let mut told = event(ISSUED, invoice(id, due));
        told.debtor = Some(Profile {
            contacts: vec![boss.clone()],
            ..debtor()
        });
        kept.hear(ISSUED, &told);
    }
    assert_eq!(
        kept.left(ISSUED, "2027-02-26T10:00:00Z"),
        [
            "late-3 2027-02-11",
            "last 2027-02-18",
            "late-3 2027-02-19",
            "last 2027-02-25"
        ]
    );
}

#[test]
fn reminders_of_an_invoice_go_where_it_says_itself() {
    let mut kept = under(policy(&mail("late-3", "due + 3 days", "")));
    let mut snapshot = invoice("in_1", "2027-02-15");
    snapshot.contacts = vec![Contact {
        role: Role::Invoice,
        name: None,
        email: Some(address("alice@client.example.com")),
        phone: None,
    }];
    let mut told = event(ISSUED, snapshot);
    told.debtor = Some(Profile {
        email: None,
        ..debtor()
    });
    kept.hear(ISSUED, &told);
    let window = SignedDuration::from_mins(30);
    let Decision::Send { letter, .. } =
        decide(kept.context("2027-02-18T08:05:00Z"), &kept.file, 1, window)
    else {
        panic!("no mail")
    };
    assert_eq!(letter.to.as_str(), "alice@client.example.com");
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
