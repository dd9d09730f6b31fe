//! What a backup makes of a file.

use dunning::billing::Status;
use dunning::file::{
    AddressTrouble, Attempt, File, Hold, Invoice, NotChased, Outlook, Pause, Skip, StepState,
};
use dunning::limits::MOST_INVOICES;
use dunning::rules::{Change, Delivery, Found, Gap, Instruction, record_delivery, restore};
use dunning::value::ClaimId;
use jiff::civil::Date;

use crate::common::{Kept, at, euros, event, invoice, one_invoice};
use crate::living::{Fate, told};

fn found(kept: &Kept, invoice: Invoice) -> Found {
    Found {
        debtor: Some(kept.file.debtor.clone()),
        invoices: vec![invoice],
    }
}

#[test]
fn a_backup_does_not_let_go_what_a_newer_version_holds_by_now() {
    let kept = one_invoice();
    let old = kept.file.open.values().next().unwrap();
    let held: Outlook = serde_json::from_str(r#"{"held":{"disputed":{"part":5}}}"#).unwrap();
    assert!(matches!(held, Outlook::Held(Hold::Newer(_))));
    let live = Invoice {
        outlook: held.clone(),
        ..old.clone()
    };
    let gap = Gap {
        from: at("2027-01-12T10:00:00Z"),
        until: at("2027-01-14T10:00:00Z"),
    };
    let key = &kept.file.debtor.key;
    let (backup, known) = (found(&kept, old.clone()), found(&kept, live));
    let change = restore(key, backup, &known, gap, &kept.policy);
    assert_eq!(change.invoices[0].outlook, held);
}

#[test]
fn a_backup_lets_no_address_go_and_no_debtor_that_is_held_by_now() {
    let mut kept = one_invoice();
    let backup = all(&kept.file);
    let address = kept.file.debtor.profile.value.email.clone().unwrap();
    let trouble = AddressTrouble::Complained;
    kept.file.debtor.held_addresses = [(address.clone(), trouble.clone())].into();
    kept.file.debtor.holds = serde_json::from_str(r#"{"disputed":{"part":5}}"#).unwrap();
    let gap = Gap {
        from: at("2027-01-12T10:00:00Z"),
        until: at("2027-01-14T10:00:00Z"),
    };
    let key = &kept.file.debtor.key;
    let change = restore(key, backup, &all(&kept.file), gap, &kept.policy);
    let debtor = change.debtor.unwrap();
    assert_eq!(debtor.held_addresses.get(&address), Some(&trouble));
    assert_eq!(debtor.holds, kept.file.debtor.holds);
    assert!(matches!(
        change.invoices[0].outlook,
        Outlook::Held(Hold::Newer(_))
    ));
}

#[test]
fn a_known_state_that_is_broken_is_no_newer_one() {
    for broken in [
        r#"{"next":{"at":"garbage"}}"#,
        r#"{"next":{}}"#,
        "null",
        "7",
    ] {
        assert!(serde_json::from_str::<Outlook>(broken).is_err(), "{broken}");
    }
    for broken in [r#"{"mailed":{"claim":"x"}}"#, r#"{"planned":{}}"#, "null"] {
        let state = serde_json::from_str::<dunning::file::StepState>(broken);
        assert!(state.is_err(), "{broken}");
    }
}

fn all(file: &File) -> Found {
    Found {
        debtor: Some(file.debtor.clone()),
        invoices: file.open.values().cloned().collect(),
    }
}

impl Kept {
    /// The table is lost, and brought back from a backup of it as it is now.
    fn lose(&mut self, from: &str, until: &str) -> Change {
        let gap = Gap {
            from: at(from),
            until: at(until),
        };
        let backup = all(&self.file);
        let key = self.file.debtor.key.clone();
        let change = restore(&key, backup, &Found::default(), gap, &self.policy);
        self.write(until, &change);
        change
    }

    fn state(&self, step: usize) -> &StepState {
        &self.only().steps[step].state
    }
}

const IN_DOUBT: StepState = StepState::Skipped(Skip::Unknown);

/// Both questions were heard; the first reminder was dated in the gap, which ends on a Tuesday.
fn in_doubt() -> Kept {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-02-17T08:00:00Z",
        Fate::Delivered,
    );
    kept.lose("2027-02-17T08:00:00Z", "2027-02-23T10:00:00Z");
    kept
}

#[test]
fn what_was_dated_in_the_gap_is_not_sent_and_the_next_step_keeps_its_distance_from_the_restore() {
    let mut kept = in_doubt();
    assert_eq!(*kept.state(2), IN_DOUBT);
    let steps = kept.steps("in_1");
    assert!(
        steps.contains("late-10  Mon 2027-03-01 09:00  planned"),
        "{steps}"
    );
    assert_eq!(
        kept.live(
            "2027-02-23T11:00:00Z",
            "2027-03-20T08:00:00Z",
            Fate::Delivered
        ),
        ["late-10 2027-03-01", "late-21 2027-03-09"]
    );
}

#[test]
fn after_a_restore_a_step_keeps_its_distance_from_what_was_heard_last_and_not_from_what_is_in_doubt_below_it()
 {
    let mut kept = in_doubt();
    let until = Some("2027-04-20".parse().unwrap());
    kept.instruct("2027-02-24T10:00:00Z", Instruction::Pause(Pause { until }));
    assert_eq!(
        kept.live(
            "2027-02-24T11:00:00Z",
            "2027-05-20T08:00:00Z",
            Fate::Delivered
        ),
        ["late-10 2027-04-20", "late-21 2027-04-28"]
    );
}

#[test]
fn what_is_in_doubt_is_never_sent_also_when_the_due_date_moves_on() {
    let mut kept = in_doubt();
    let later = "2027-02-24T10:00:00Z";
    kept.hear(later, &event(later, invoice("in_1", "2027-03-15")));
    assert_eq!(
        kept.live(later, "2027-06-01T08:00:00Z", Fate::Delivered),
        ["late-10 2027-03-25", "late-21 2027-04-05"]
    );
}

#[test]
fn after_a_restore_nothing_leaves_on_the_same_day() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.lose("2027-01-31T10:00:00Z", "2027-01-31T12:00:00Z");
    kept.file.open.clear();
    let today: Date = "2027-01-31".parse().unwrap();
    assert!(kept.file.debtor.mailed_on.contains(&today));
}

#[test]
fn news_of_a_mail_that_the_backup_does_not_know_proves_the_steps_of_its_day_and_no_others() {
    let unknown = ClaimId::parse("c").unwrap();
    let prove = |mailed_at: &str| {
        let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
        kept.lose("2027-02-17T10:00:00Z", "2027-03-10T10:00:00Z");
        for step in 2..5 {
            assert_eq!(*kept.state(step), IN_DOUBT);
        }
        let change = record_delivery(&kept.file, &unknown, &Delivery::Delivered, at(mailed_at));
        kept.write("2027-03-10T11:00:00Z", &change);
        kept
    };
    let mailed_at = "2027-02-25T08:03:00Z";
    let kept = prove(mailed_at);
    assert_eq!([kept.state(2), kept.state(4)], [&IN_DOUBT; 2]);
    let StepState::Heard {
        claim, at: left, ..
    } = kept.state(3)
    else {
        panic!("{:?}", kept.state(3))
    };
    assert_eq!((claim, *left), (&unknown, at(mailed_at)));
    let day: Date = "2027-02-25".parse().unwrap();
    assert!(kept.file.debtor.mailed_on.contains(&day));
    assert!(kept.log.contains("late-10 counts as sent"), "{}", kept.log);
    // Mails of a day are less than half a day from their steps, earlier or later.
    for (mailed_at, is_proven) in [
        ("2027-02-25T19:59:59Z", true),
        ("2027-02-25T20:00:00Z", false),
        ("2027-02-24T20:00:00Z", false),
        ("2027-02-24T20:00:01Z", true),
    ] {
        let kept = prove(mailed_at);
        assert_eq!(*kept.state(3) != IN_DOUBT, is_proven, "{mailed_at}");
    }
}

#[test]
fn a_mail_that_was_rejected_proves_nothing() {
    let mut kept = in_doubt();
    let unknown = ClaimId::parse("c").unwrap();
    let mailed_at = at("2027-02-18T08:03:00Z");
    let change = record_delivery(&kept.file, &unknown, &Delivery::Rejected, mailed_at);
    kept.write("2027-02-23T11:00:00Z", &change);
    assert_eq!(*kept.state(2), IN_DOUBT);
}

#[test]
fn one_mail_proves_no_more_invoices_than_it_can_have_carried() {
    let mut kept = Kept::new();
    for number in 0..MOST_INVOICES + 10 {
        let new = invoice(&format!("in_{number:03}"), "2027-02-15");
        kept.hear("2027-01-11T10:00:00Z", &event("2027-01-11T10:00:00Z", new));
    }
    for invoice in kept.file.open.values_mut() {
        invoice.steps[0].state = IN_DOUBT;
    }
    let (claim, mailed_at) = (ClaimId::parse("c").unwrap(), at("2027-02-01T08:00:00Z"));
    let change = record_delivery(&kept.file, &claim, &Delivery::Delivered, mailed_at);
    assert_eq!(change.invoices.len(), MOST_INVOICES);
}

#[test]
fn a_mail_that_was_under_way_when_the_backup_was_made_may_have_left() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-02-18T08:00:00Z",
        Fate::Delivered,
    );
    kept.live("2027-02-18T08:00:00Z", "2027-02-18T08:30:00Z", Fate::Lost);
    assert!(matches!(kept.state(2), StepState::Claimed { .. }));
    kept.lose("2027-02-18T08:30:00Z", "2027-02-18T12:00:00Z");
    assert_eq!(*kept.state(2), IN_DOUBT);
    assert!(kept.file.debtor.claims.is_empty());
}

#[test]
fn of_two_halves_of_a_transaction_all_that_was_told_counts_and_all_that_was_done() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    let before = kept.only().clone();
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-02-02T08:00:00Z",
        Fate::Delivered,
    );
    let done = kept.only().clone();
    let mut paid = invoice("in_1", "2027-02-15");
    (paid.status, paid.remaining) = (Status::Paid, euros(0));
    let mut told_of = Kept::new();
    told_of.file.open.insert(before.id().clone(), before);
    told_of.hear("2027-02-02T09:00:00Z", &event("2027-02-02T09:00:00Z", paid));
    let paid = told_of.closed.values().next().unwrap().clone();
    assert_eq!(paid.steps, []);
    for halves in [[done.clone(), paid.clone()], [paid, done]] {
        let backup = Found {
            debtor: Some(kept.file.debtor.clone()),
            invoices: halves.to_vec(),
        };
        let gap = Gap {
            from: at("2027-02-02T10:00:00Z"),
            until: at("2027-02-02T12:00:00Z"),
        };
        let key = &kept.file.debtor.key;
        let change = restore(key, backup, &Found::default(), gap, &kept.policy);
        let [whole] = change.invoices.as_slice() else {
            panic!("one invoice is one: {:?}", change.invoices)
        };
        assert_eq!(whole.outlook, Outlook::NotChased(NotChased::Paid));
        assert!(matches!(whole.steps[0].state, StepState::Heard { .. }));
    }
}

#[test]
fn what_was_said_since_the_stack_runs_again_is_said() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    let old = kept.file.clone();
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-02-02T08:00:00Z",
        Fate::Delivered,
    );
    let gap = Gap {
        from: at("2027-01-12T10:00:00Z"),
        until: at("2027-01-12T12:00:00Z"),
    };
    let key = &kept.file.debtor.key;
    let mut empty = old.clone();
    empty.open.values_mut().next().unwrap().steps.clear();
    let mut without = old.clone();
    without.open.values_mut().next().unwrap().steps.remove(0);
    for backup in [&old, &empty, &without] {
        let change = restore(key, all(backup), &all(&kept.file), gap, &kept.policy);
        let steps = &change.invoices[0].steps;
        let first: Vec<_> = steps
            .iter()
            .filter(|step| step.id.as_str() == "ask-15")
            .collect();
        assert!(
            matches!(first[..], [step] if matches!(step.state, StepState::Heard { .. })),
            "{first:?}"
        );
        // What is still to come there, is here.
        let next = &steps[1].state;
        let attempt = Attempt::First;
        assert_eq!(*next, StepState::Planned { attempt });
    }
}

#[test]
fn what_was_dated_at_the_very_instant_of_the_restore_may_have_left() {
    for (until, is_in_doubt) in [
        ("2027-02-18T07:59:59Z", false),
        ("2027-02-18T08:00:00Z", true),
    ] {
        let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
        kept.live(
            "2027-01-12T08:00:00Z",
            "2027-02-17T08:00:00Z",
            Fate::Delivered,
        );
        kept.lose("2027-02-17T08:00:00Z", until);
        assert_eq!(*kept.state(2) == IN_DOUBT, is_in_doubt, "{until}");
    }
}

#[test]
fn what_could_have_left_in_the_gap_by_its_distance_from_what_was_heard_is_in_doubt() {
    // Late when it comes: what follows depends on when the first reminder left.
    let mut kept = told("2027-02-24T10:00:00Z", "2027-01-25");
    let left = kept.live(
        "2027-02-24T11:00:00Z",
        "2027-03-02T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(left, ["late-3 2027-03-01"]);
    kept.lose("2027-03-04T10:00:00Z", "2027-03-08T07:00:00Z");
    assert_eq!(*kept.state(3), IN_DOUBT);
    assert!(matches!(kept.state(4), StepState::Planned { .. }));
}

#[test]
fn what_could_have_left_after_what_is_in_doubt_already_is_in_doubt_after_a_second_restore() {
    let mut kept = in_doubt();
    assert!(matches!(kept.state(3), StepState::Planned { .. }));
    // It was planned for the first of March.
    kept.lose("2027-02-24T10:00:00Z", "2027-03-05T10:00:00Z");
    assert_eq!([kept.state(2), kept.state(3)], [&IN_DOUBT; 2]);
}

#[test]
fn what_was_held_when_the_backup_was_made_had_not_left_before_it() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-02-17T08:00:00Z",
        Fate::Delivered,
    );
    let until = Some("2027-03-04".parse().unwrap());
    kept.instruct("2027-02-17T10:00:00Z", Instruction::Pause(Pause { until }));
    // An hour that ends before anything could leave on that day.
    kept.lose("2027-03-04T06:00:00Z", "2027-03-04T07:00:00Z");
    assert!(matches!(kept.state(2), StepState::Planned { .. }));
    assert_eq!(
        kept.live(
            "2027-03-04T08:00:00Z",
            "2027-03-06T08:00:00Z",
            Fate::Delivered
        ),
        ["late-3 2027-03-05"]
    );
}
