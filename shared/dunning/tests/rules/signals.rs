//! What the policy has the user's own automation told.

use dunning::billing::{Instalment, Status};
use dunning::file::{Outlook, Skip, StepState};
use dunning::journal::What;
use dunning::rules::Change;

use crate::common::{at, euros, event, invoice};
use crate::ladders::{ISSUED, knock, mail, policy, refused, state, under};

fn signal(id: &str, on: &str, more: &str) -> String {
    format!("[[steps]]\nid = \"{id}\"\non = \"{on}\"\nsignal = \"service.suspend\"\n{more}\n")
}

#[test]
fn a_signal_has_no_mail_a_name_that_rules_can_match_and_a_reminder_above_it() {
    let warns = mail("late-3", "due + 3 days", "");
    let fault = |more: &str| refused(&format!("{warns}{}", signal("out-9", "due + 9 days", more)));
    assert_eq!(
        fault("template = \"firm\""),
        ["step `out-9`: a signal sends nothing and has no template"]
    );
    assert_eq!(
        fault("undo = \"service.suspend\""),
        ["step `out-9`: `undo` is the signal itself"]
    );
    assert_eq!(
        fault("task = \"call\""),
        ["step `out-9`: it is a signal or a task, and not both"]
    );
    let odd = fault("undo = \"resume it\"");
    assert!(
        odd[0].starts_with("step `out-9`: undo = \"resume it\" is not a name like"),
        "{odd:?}"
    );
    let alone = refused(&signal("out-9", "due + 9 days", ""));
    let warned = "no reminder stands above it: nobody would have warned of what it brings";
    assert_eq!(alone, [format!("step `out-9`: {warned}")]);
}

#[test]
fn what_is_written_off_is_still_owed_and_one_without_an_undo_is_told_once() {
    for (undo, status, heard) in [
        ("undo = \"service.resume\"", Status::Paid, 1),
        ("undo = \"service.resume\"", Status::Void, 1),
        ("undo = \"service.resume\"", Status::Uncollectible, 0),
        ("", Status::Paid, 0),
    ] {
        let ladder = [
            mail("late-3", "due + 3 days", ""),
            signal("out-9", "due + 9 days", undo),
        ];
        let mut kept = under(policy(&ladder.concat()));
        kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
        kept.left(ISSUED, "2027-02-20T10:00:00Z");
        let change = knock(&mut kept, "2027-02-24T08:05:00Z");
        let is_told = |what: &What| matches!(what, What::Signalled { .. });
        assert!(change.journal.iter().any(|line| is_told(&line.what)));
        let told = state(&kept, "in_1", "out-9");
        assert!(
            matches!(told, StepState::Signalled { at: when, .. } if when == at("2027-02-24T08:05:00Z"))
        );
        let mut ends = invoice("in_1", "2027-02-15");
        ends.status = status;
        if status == Status::Paid {
            ends.remaining.minor = 0;
        }
        let now = "2027-02-25T10:00:00Z";
        let change = kept.hear(now, &event(now, ends));
        let over = change.journal.iter();
        let over = over.filter(|line| matches!(line.what, What::SignalUndone { .. }));
        assert_eq!(over.count(), heard, "{undo} {status:?}");
    }
}

#[test]
fn nobody_is_suspended_who_was_not_warned() {
    let ladder = [
        mail(
            "late-3",
            "due + 3 days",
            "when = \"invoice.remaining >= 5000\"",
        ),
        signal("out-9", "due + 9 days", "undo = \"service.resume\""),
    ];
    let mut kept = under(policy(&ladder.concat()));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    assert_eq!(kept.left(ISSUED, "2027-04-20T10:00:00Z"), [""; 0]);
    let state = state(&kept, "in_1", "out-9");
    assert_eq!(state, StepState::Skipped(Skip::Unwarned));
    assert_eq!(*kept.outlook("in_1"), Outlook::Finished);
    let line = "out-9 skipped: nobody was warned of it: no reminder of this ladder was heard";
    assert_eq!(kept.log.matches(line).count(), 1, "{}", kept.log);
}

#[test]
fn what_is_told_of_a_part_is_over_when_that_part_is_paid_and_a_debt_that_comes_back_is_told_again()
{
    let ladder = [
        mail("late-3", "due + 3 days", ""),
        signal("out-9", "due + 9 days", "undo = \"service.resume\""),
    ];
    let mut kept = under(policy(&ladder.concat()));
    let mut parts = invoice("in_1", "2027-02-15");
    parts.instalments = [("2027-02-15", 4_000), ("2027-06-15", 6_000)]
        .map(|(due_on, minor)| Instalment {
            due_on: due_on.parse().unwrap(),
            amount: euros(minor),
        })
        .to_vec();
    kept.hear(ISSUED, &event(ISSUED, parts.clone()));
    kept.left(ISSUED, "2027-02-20T10:00:00Z");
    let change = knock(&mut kept, "2027-02-24T08:05:00Z");
    let told = change.journal.iter().find_map(|line| match &line.what {
        What::Signalled { left, due_on, .. } => Some((*left, *due_on)),
        _ => None,
    });
    assert_eq!(
        told,
        Some((euros(4_000), Some("2027-02-15".parse().unwrap())))
    );
    let paid = "2027-02-25T10:00:00Z";
    let mut of_part = parts.clone();
    of_part.remaining = euros(6_000);
    let change = kept.hear(paid, &event(paid, of_part));
    let over = |change: &Change| {
        let lines = change.journal.iter();
        let over = lines.filter(|line| matches!(line.what, What::SignalUndone { .. }));
        over.count()
    };
    assert_eq!(over(&change), 1);
    // The debit bounces: the part is owed again.
    let again = "2027-03-02T10:00:00Z";
    let change = kept.hear(again, &event(again, parts));
    assert_eq!(over(&change), 0);
    kept.left(again, "2027-03-20T10:00:00Z");
    let told = "out-9: service.suspend is told to your automation";
    assert_eq!(kept.log.matches(told).count(), 2, "{}", kept.log);
}
