//! The last look at the tool's own books, right before a mail.

use std::collections::BTreeMap;

use dunning::billing::Status;
use dunning::file::{Releasable, Unseen};
use dunning::journal::{Blind, What};
use dunning::limits::LOOK_IS_GOOD_FOR;
use dunning::policy::{Deed, LastLook, MailStep, PolicyStep};
use dunning::rules::{
    Change, Decision, Instruction, Letter, Look, Looked, NotSeen, Seen, Sighted, decide, instruct,
    is_still_seen, last_look,
};
use dunning::value::InvoiceId;
use jiff::{SignedDuration, Timestamp};

use crate::common::{Kept, at, euros, event, invoice};

const WINDOW: SignedDuration = SignedDuration::from_mins(30);
/// The first reminder of what was due on the 15th.
const NINE: &str = "2027-02-18T08:30:00Z";
/// The question before.
const ASKED: &str = "2027-02-01T08:30:00Z";

fn mail_of(step: &mut PolicyStep) -> &mut MailStep {
    match &mut step.deed {
        Deed::Mail(mail) => mail,
        other => panic!("{other:?} is no mail"),
    }
}

fn file(invoices: &[&str]) -> Kept {
    let mut kept = Kept::new();
    for id in invoices {
        let event = event("2027-02-08T10:00:00Z", invoice(id, "2027-02-15"));
        kept.hear("2027-02-08T10:00:00Z", &event);
    }
    kept
}

fn id(id: &str) -> InvoiceId {
    InvoiceId::parse(id).unwrap()
}

fn seen(at: Timestamp, invoices: &[(&str, Seen)]) -> Looked {
    let seen: BTreeMap<InvoiceId, (Timestamp, Seen)> = invoices
        .iter()
        .map(|(invoice, seen)| (id(invoice), (at, *seen)))
        .collect();
    Looked::At(Look { seen, blind: None })
}

const OWED: fn() -> Seen = || Seen::Owed(euros(10_000));

fn not_yet() -> Looked {
    Looked::At(Look::default())
}

fn blind(why: Blind) -> Looked {
    half_blind(why, not_yet())
}

/// The tool said no more than that.
fn half_blind(why: Blind, looked: Looked) -> Looked {
    let Looked::At(look) = looked else {
        panic!("there is a key")
    };
    let again_in = SignedDuration::from_hours(1);
    Looked::At(Look {
        blind: Some(NotSeen { why, again_in }),
        ..look
    })
}

impl Kept {
    fn letter(&self, now: &str) -> Option<Letter> {
        let ctx = self.context(now);
        match decide(ctx, &self.file, self.version, WINDOW) {
            Decision::Send { letter, .. } => Some(*letter),
            _ => None,
        }
    }

    fn judge(&self, now: &str, looked: &Looked) -> Sighted {
        let letter = self.letter(now).expect("a mail is due");
        last_look(self.context(now), &self.file, letter.subject(), looked)
    }

    fn waits(&mut self, now: &str, looked: &Looked) -> Change {
        let Sighted::Waits(change) = self.judge(now, looked) else {
            panic!("the mail may leave")
        };
        self.write(now, &change);
        *change
    }
}

fn told(change: &Change) -> Vec<(&str, &str, Option<i64>)> {
    let notices = change.notices.iter();
    notices
        .map(|notice| {
            let amount = notice.about.amount.map(|amount| amount.minor);
            (notice.kind.as_str(), notice.subject.as_str(), amount)
        })
        .collect()
}

#[test]
fn a_mail_leaves_by_a_look_at_all_that_it_names_and_the_journal_says_what_was_seen() {
    let kept = file(&["in_1", "in_2"]);
    assert_eq!(
        kept.judge(NINE, &not_yet()),
        Sighted::Ask(vec![id("in_1"), id("in_2")])
    );
    let half = seen(at(NINE), &[("in_1", OWED())]);
    // What was seen need not be asked for again.
    assert_eq!(kept.judge(NINE, &half), Sighted::Ask(vec![id("in_2")]));
    let whole = seen(at(NINE), &[("in_1", OWED()), ("in_2", OWED())]);
    let Sighted::Clear(Some(line)) = kept.judge(NINE, &whole) else {
        panic!("the mail waits")
    };
    assert_eq!(
        line.what.to_string(),
        "the tool, asked at 2027-02-18 08:30:00 UTC, says: 100.00 EUR left of in_1 100.00 EUR left of in_2"
    );
}

#[test]
fn a_look_is_good_for_thirty_seconds() {
    assert_eq!(LOOK_IS_GOOD_FOR, SignedDuration::from_secs(30));
    let kept = file(&["in_1"]);
    for (age, is_good) in [(30, true), (31, false)] {
        let looked = seen(
            at(NINE) - SignedDuration::from_secs(age),
            &[("in_1", OWED())],
        );
        let judged = kept.judge(NINE, &looked);
        assert_eq!(matches!(judged, Sighted::Clear(_)), is_good, "{age}");
    }
}

#[test]
fn without_a_key_mails_leave_as_ever_unless_the_policy_wants_them_looked_at() {
    let mut kept = file(&["in_1"]);
    assert_eq!(kept.judge(NINE, &Looked::NoKey), Sighted::Clear(None));
    for step in &mut kept.policy.sequences[0].steps {
        mail_of(step).last_look = Some(LastLook::Required);
    }
    let change = kept.waits(NINE, &Looked::NoKey);
    assert_eq!(told(&change), [("key_refused", "stripe", Some(10_000))]);
    assert!(kept.letter(NINE).is_none());
}

#[test]
fn without_an_answer_a_reminder_waits_and_a_question_leaves() {
    let mut kept = file(&["in_1"]);
    let change = kept.waits(NINE, &blind(Blind::NoAnswer));
    // It is tried again within the window: nobody need hear of it.
    assert_eq!(told(&change), []);
    assert!(kept.letter(NINE).is_none());
    assert!(kept.letter("2027-02-18T09:31:00Z").is_some());
    assert!(
        kept.log
            .contains("the tool did not say whether it is still owed: it gave no answer")
    );

    let mut kept = Kept::new();
    let coming = event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15"));
    kept.hear("2027-01-11T10:00:00Z", &coming);
    let Sighted::Clear(Some(line)) = kept.judge(ASKED, &blind(Blind::Busy)) else {
        panic!("the question waits")
    };
    assert_eq!(line.what, What::NotLooked { why: Blind::Busy });
}

#[test]
fn a_step_says_otherwise() {
    let mut kept = file(&["in_1"]);
    for (wants, leaves) in [
        (LastLook::Off, true),
        (LastLook::WhenItAnswers, true),
        (LastLook::Required, false),
    ] {
        for step in &mut kept.policy.sequences[0].steps {
            mail_of(step).last_look = Some(wants);
        }
        let judged = kept.judge(NINE, &blind(Blind::NoAnswer));
        assert_eq!(matches!(judged, Sighted::Clear(_)), leaves, "{wants:?}");
    }
}

#[test]
fn a_tool_that_is_silent_until_the_window_closes_is_told_with_what_waits_for_it() {
    let mut kept = file(&["in_1"]);
    let change = kept.waits("2027-02-18T15:30:00Z", &blind(Blind::NoAnswer));
    assert_eq!(told(&change), [("tool_silent", "stripe", Some(10_000))]);
    assert!(
        kept.log
            .contains("late-3 moved from 2027-02-18 to 2027-02-19: the tool did not say whether it is still owed"),
        "{}",
        kept.log
    );
}

#[test]
fn a_key_that_is_refused_is_told_at_once() {
    for why in [Blind::KeyRefused, Blind::NotAllowed] {
        let mut kept = file(&["in_1"]);
        let change = kept.waits(NINE, &blind(why));
        assert_eq!(told(&change), [("key_refused", "stripe", Some(10_000))]);
        assert!(kept.letter(NINE).is_none());
    }
}

#[test]
fn an_invoice_that_the_tool_does_not_show_is_on_hold_and_stops_none_of_the_others() {
    for why in [Unseen::Missing, Unseen::Nonsense, Unseen::Settled] {
        let mut kept = file(&["in_1", "in_2"]);
        let looked = seen(at(NINE), &[("in_1", Seen::Unseen(why)), ("in_2", OWED())]);
        let change = kept.waits(NINE, &looked);
        assert_eq!(told(&change), [("not_shown", "N-in_1", Some(10_000))]);
        let letter = kept.letter(NINE).expect("the other one is due");
        let names: Vec<&str> = letter.invoices.iter().map(|it| it.id().as_str()).collect();
        assert_eq!(names, ["in_2"]);
        assert!(matches!(kept.judge(NINE, &looked), Sighted::Clear(_)));
    }
}

#[test]
fn a_person_lets_go_what_the_tool_does_not_show_but_not_what_it_calls_settled() {
    for (why, leaves) in [
        (Unseen::Missing, true),
        (Unseen::Nonsense, true),
        (Unseen::Settled, false),
    ] {
        let mut kept = file(&["in_1"]);
        let looked = seen(at(NINE), &[("in_1", Seen::Unseen(why))]);
        kept.waits(NINE, &looked);
        assert!(kept.letter(NINE).is_none());
        let release = Instruction::Release(Some(Releasable::NotShown));
        let change = instruct(&kept.file, Some(&id("in_1")), release);
        kept.write(NINE, &change);
        assert_eq!(kept.letter(NINE).is_some(), leaves, "{why:?}");
        assert_eq!(
            kept.log.contains("released by a person"),
            leaves,
            "{}",
            kept.log
        );
        if leaves {
            // The next look says the same, and the person has answered for it.
            assert!(matches!(kept.judge(NINE, &looked), Sighted::Clear(_)));
        }
    }
}

#[test]
fn what_the_tool_shows_again_is_reminded_of_again() {
    let mut kept = file(&["in_1"]);
    let missing = seen(at(NINE), &[("in_1", Seen::Unseen(Unseen::Missing))]);
    kept.waits(NINE, &missing);
    let later = "2027-02-18T08:31:00Z";
    kept.hear(later, &event(later, invoice("in_1", "2027-02-15")));
    assert!(kept.letter(later).is_some());
    let mut paid = invoice("in_1", "2027-02-15");
    paid.status = Status::Paid;
    paid.remaining = euros(0);
    kept.hear(later, &event("2027-02-18T08:32:00Z", paid));
    assert!(kept.letter(later).is_none());
}

#[test]
fn where_invoices_are_asked_for_one_by_one_a_mail_names_no_more_than_that() {
    let names: Vec<String> = (0..12).map(|number| format!("in_{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let kept = file(&names);
    let mut ctx = kept.context(NINE);
    ctx.carries = 10;
    let Decision::Send { claim, letter } = decide(ctx, &kept.file, kept.version, WINDOW) else {
        panic!("a mail is due")
    };
    assert_eq!(letter.invoices.len(), 10);
    let said = claim.journal.iter().map(|line| line.what.to_string());
    let rest = "2 more invoices were due than one mail can carry; they wait for the next day";
    assert!(said.into_iter().any(|line| line == rest));
}

#[test]
fn a_mail_names_no_more_that_is_only_coming_than_is_looked_at() {
    let mut kept = file(&["in_1"]);
    for number in 10..22 {
        let issued = event(
            "2027-02-08T10:00:00Z",
            invoice(&format!("in_{number}"), "2027-03-05"),
        );
        kept.hear("2027-02-08T10:00:00Z", &issued);
    }
    let mut ctx = kept.context(NINE);
    ctx.carries = 10;
    let Decision::Send { letter, .. } = decide(ctx, &kept.file, kept.version, WINDOW) else {
        panic!("a mail is due")
    };
    assert!(letter.invoices.len() + letter.coming.len() <= 10);
    assert!(!letter.coming.is_empty());
}

#[test]
fn the_strictest_of_the_steps_that_a_mail_says_counts() {
    let mut kept = Kept::new();
    for (id, due_on) in [("in_1", "2027-02-08"), ("in_2", "2027-02-15")] {
        kept.hear(
            "2027-02-01T10:00:00Z",
            &event("2027-02-01T10:00:00Z", invoice(id, due_on)),
        );
    }
    // One is at its first reminder already.
    for step in &mut kept.policy.sequences[0].steps {
        mail_of(step).last_look = (step.days > 3).then_some(LastLook::Off);
    }
    let letter = kept.letter("2027-02-18T08:30:00Z").expect("a mail is due");
    let steps: Vec<&str> = letter.steps.iter().map(|step| step.step.as_str()).collect();
    let judged = last_look(
        kept.context("2027-02-18T08:30:00Z"),
        &kept.file,
        letter.subject(),
        &blind(Blind::NoAnswer),
    );
    let is_free = steps.iter().all(|step| *step == "late-10");
    assert_eq!(matches!(judged, Sighted::Clear(None)), is_free, "{steps:?}");
}

#[test]
fn what_a_tool_said_before_it_fell_silent_counts_for_a_question_too() {
    let mut kept = Kept::new();
    for id in ["in_1", "in_2"] {
        let coming = event("2027-01-11T10:00:00Z", invoice(id, "2027-02-15"));
        kept.hear("2027-01-11T10:00:00Z", &coming);
    }
    let missing = seen(at(ASKED), &[("in_1", Seen::Unseen(Unseen::Missing))]);
    let change = kept.waits(ASKED, &half_blind(Blind::NoAnswer, missing));
    assert_eq!(told(&change), [("not_shown", "N-in_1", Some(10_000))]);
    let letter = kept.letter(ASKED).expect("the other one is asked about");
    assert_eq!(letter.invoices.len(), 1);
}

#[test]
fn shown_again_just_as_it_was_it_waits_no_more() {
    let mut kept = file(&["in_1"]);
    let missing = seen(at(NINE), &[("in_1", Seen::Unseen(Unseen::Missing))]);
    kept.waits(NINE, &missing);
    assert!(kept.letter(NINE).is_none());
    // Its time of change, which orders it, is what it was.
    kept.hear(
        NINE,
        &event("2027-02-08T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    assert!(kept.letter(NINE).is_some());
}

#[test]
fn a_look_that_has_grown_old_on_the_way_to_the_claim_is_none() {
    let kept = file(&["in_1"]);
    let letter = kept.letter(NINE).unwrap();
    let looked = seen(at(NINE), &[("in_1", OWED())]);
    for (age, is_good) in [(30, true), (31, false)] {
        let now = at(NINE) + SignedDuration::from_secs(age);
        assert_eq!(is_still_seen(&letter, &looked, now), is_good);
    }
    assert!(is_still_seen(&letter, &Looked::NoKey, at(NINE)));
}
