//! What was open before Relance is on hold until a person lets it in.

use dunning::billing::Movements;
use dunning::file::{Hold, Outlook, Releasable};
use dunning::policy::ChaseFrom;
use dunning::rules::{
    Before, Context, ImportedOnly, Instruction, Known, Sent, if_let_in, instruct, let_imported_in,
    receive, replan, take_over,
};
use dunning::value::{InvoiceId, StepId};
use jiff::Timestamp;

use crate::common::{Kept, at, event, invoice};

const NOW: &str = "2027-03-01T10:00:00Z";

impl Kept {
    /// An invoice is brought in.
    fn import(&mut self, id: &str, due_on: &str) {
        let event = event(NOW, invoice(id, due_on));
        let ctx = Context {
            imports: true,
            ..self.context(NOW)
        };
        let known = Known {
            debtor: Some(&self.file.debtor),
            invoice: self.file.open.get(&event.invoice.id),
            parked: &Movements::default(),
            moved_from: None,
        };
        let change = receive(ctx, known, &event);
        self.write(NOW, &change);
    }

    /// Whoever sees the change plans anew.
    fn replan(&mut self) {
        for invoice in self.file.open.clone().values() {
            let change = replan(self.context(NOW), &self.file.debtor, invoice);
            self.write(NOW, &change);
        }
    }
}

/// One that is two weeks late, one of months ago, and one that is not due.
fn imported() -> Kept {
    let mut kept = Kept::new();
    kept.import("in_1", "2027-02-15");
    kept.import("in_2", "2026-11-02");
    kept.import("in_3", "2027-04-20");
    kept
}

#[test]
fn what_is_brought_in_is_on_hold_however_late_and_nobody_hears_of_each() {
    let kept = imported();
    for id in ["in_1", "in_2", "in_3"] {
        assert_eq!(*kept.outlook(id), Outlook::Held(Hold::Imported));
    }
    assert_eq!(kept.team_was_told("too_late_at_entry"), 0);
}

#[test]
fn what_is_known_is_not_held_by_an_import() {
    let mut kept = Kept::new();
    let heard = event("2027-02-08T10:00:00Z", invoice("in_1", "2027-02-15"));
    kept.hear("2027-02-08T10:00:00Z", &heard);
    kept.import("in_1", "2027-02-16");
    assert!(matches!(kept.outlook("in_1"), Outlook::Next { .. }));
}

#[test]
fn it_is_known_what_it_would_be_sent_and_that_is_what_it_is_sent() {
    let mut kept = imported();
    let plan = |kept: &Kept, id: &str| -> Vec<(String, Timestamp)> {
        let invoice = &kept.file.open[&InvoiceId::parse(id).unwrap()];
        let free = if_let_in(kept.context(NOW), &kept.file.debtor, invoice);
        let planned = free.unwrap_or_else(|| invoice.clone());
        let steps = planned.scheduled();
        steps.map(|(step, at)| (step.to_string(), at)).collect()
    };
    let ids = ["in_1", "in_2", "in_3"];
    let promised = ids.map(|id| plan(&kept, id));
    assert_eq!(promised[0][0].0, "late-3");
    assert_eq!(promised[1][0].0, "late-3");
    assert_eq!(promised[2][0].0, "ask-15");
    assert!(promised.iter().flatten().all(|(_, day)| *day > at(NOW)));
    let change = let_imported_in(&kept.file, &kept.policy, ImportedOnly::default(), 10);
    kept.write(NOW, &change);
    kept.replan();
    for (id, promised) in ids.into_iter().zip(promised) {
        assert!(matches!(kept.outlook(id), Outlook::Next { .. }), "{id}");
        assert_eq!(plan(&kept, id), promised, "{id}");
    }
}

#[test]
fn one_alone_is_let_in_by_its_id_late_or_not() {
    for release in [None, Some(Releasable::Imported)] {
        let mut kept = imported();
        let id = InvoiceId::parse("in_2").unwrap();
        let change = instruct(&kept.file, Some(&id), Instruction::Release(release));
        kept.write(NOW, &change);
        kept.replan();
        assert!(matches!(kept.outlook("in_2"), Outlook::Next { .. }));
        assert_eq!(*kept.outlook("in_1"), Outlook::Held(Hold::Imported));
    }
    // What holds it besides is not what a person has looked at by that.
    let mut kept = imported();
    let id = InvoiceId::parse("in_2").unwrap();
    let release = Instruction::Release(Some(Releasable::TooLateAtEntry));
    let change = instruct(&kept.file, Some(&id), release);
    kept.write(NOW, &change);
    kept.replan();
    assert_eq!(*kept.outlook("in_2"), Outlook::Held(Hold::Imported));
}

#[test]
fn a_few_of_them_are_meant_by_what_is_left_and_by_their_due_date() {
    let kept = imported();
    let meant = |only: ImportedOnly, most| {
        let change = let_imported_in(&kept.file, &kept.policy, only, most);
        let invoices = change.invoices.iter();
        let ids: Vec<String> = invoices.map(|invoice| invoice.id().to_string()).collect();
        ids
    };
    let below = |text| ImportedOnly {
        below: Some(ChaseFrom::parse(text).unwrap()),
        due_from: None,
    };
    let due_from = |day: &str| ImportedOnly {
        below: None,
        due_from: Some(day.parse().unwrap()),
    };
    assert_eq!(meant(ImportedOnly::default(), 10), ["in_1", "in_2", "in_3"]);
    assert_eq!(meant(ImportedOnly::default(), 2), ["in_1", "in_2"]);
    assert_eq!(meant(below("100.00"), 10), [""; 0]);
    assert_eq!(meant(below("100.01"), 10).len(), 3);
    assert_eq!(meant(due_from("2027-02-15"), 10), ["in_1", "in_3"]);
    assert_eq!(meant(due_from("2027-02-16"), 10), ["in_3"]);
}

impl Kept {
    /// What was done about an invoice before Relance is taken over.
    fn take_over(&mut self, id: &str, before: &Before) {
        let id = InvoiceId::parse(id).unwrap();
        let change = take_over(self.context(NOW), &self.file, [(&id, before)]);
        self.write(NOW, &change);
    }

    fn let_in(&mut self) {
        let change = let_imported_in(&self.file, &self.policy, ImportedOnly::default(), 10);
        self.write(NOW, &change);
        self.replan();
    }
}

fn sent(step: &str, day: &str) -> Before {
    Before {
        sent: Sent::Step {
            step: StepId::parse(step).unwrap(),
            on: day.parse().unwrap(),
            is_dated: true,
        },
        ..Before::default()
    }
}

#[test]
fn the_ladder_goes_on_above_what_was_sent_before_and_keeps_its_distance_from_it() {
    let mut kept = imported();
    kept.take_over("in_1", &sent("late-3", "2027-02-24"));
    kept.take_over("in_3", &sent("ask-7", "2027-03-01"));
    kept.take_over("in_2", &sent("late-21", "2026-12-01"));
    assert_eq!(*kept.outlook("in_1"), Outlook::Held(Hold::Imported));
    kept.let_in();
    let steps = kept.steps("in_1");
    let late_3 = "late-3   Wed 2027-02-24 09:00  sent before Relance";
    assert!(steps.contains(late_3), "{steps}");
    // Whoever is new to Relance has had it for three days by then; of the distance four days are long over.
    assert!(
        steps.contains("late-10  Thu 2027-03-04 09:00  planned"),
        "{steps}"
    );
    // A question that was asked is not asked again.
    assert!(
        kept.steps("in_3")
            .contains("ask-7    Mon 2027-03-01 09:00  sent before Relance"),
        "{}",
        kept.steps("in_3")
    );
    // After the last one nothing is left, and a person hears it.
    assert_eq!(*kept.outlook("in_2"), Outlook::Finished);
    assert_eq!(kept.team_was_told("no_step_left"), 1);
    let line = "in_1: late-3 had been sent on 2027-02-24, before Relance";
    assert!(kept.log.contains(line), "{}", kept.log);
}

#[test]
fn what_is_put_right_while_it_is_on_hold_counts_instead_and_later_only_what_is_above() {
    let mut kept = imported();
    kept.take_over("in_1", &sent("late-21", "2027-02-20"));
    kept.take_over("in_1", &sent("late-3", "2027-02-20"));
    let (version, log) = (kept.version, kept.log.clone());
    kept.take_over("in_1", &sent("late-3", "2027-02-20"));
    assert_eq!(kept.version, version + 1);
    assert_eq!(kept.log, format!("{log}{NOW}\n"), "said again, nothing");
    kept.let_in();
    assert!(
        !kept.steps("in_1").contains("late-21  Sat 2027-02-20"),
        "{}",
        kept.steps("in_1")
    );
    assert!(
        kept.steps("in_1").contains("late-10  Thu"),
        "{}",
        kept.steps("in_1")
    );
    kept.take_over("in_1", &Before::default());
    kept.replan();
    assert!(kept.steps("in_1").contains("sent before Relance"));
    kept.take_over("in_1", &sent("late-21", "2027-02-28"));
    kept.replan();
    assert_eq!(*kept.outlook("in_1"), Outlook::Finished);
}

#[test]
fn a_promise_from_before_is_waited_for_and_what_is_left_alone_stays_so() {
    let mut kept = imported();
    let promised = Before {
        promised: Some("2027-03-09".parse().unwrap()),
        ..Before::default()
    };
    let alone = Before {
        left_alone: true,
        ..promised.clone()
    };
    kept.take_over("in_1", &promised);
    kept.take_over("in_2", &alone);
    kept.let_in();
    let steps = kept.steps("in_1");
    assert!(
        steps.contains("late-3   Wed 2027-03-10 09:00  planned"),
        "{steps}"
    );
    assert_eq!(*kept.outlook("in_2"), Outlook::Held(Hold::Paused));
}

#[test]
fn what_a_file_does_not_say_stays_and_what_it_takes_back_is_told() {
    let mut kept = imported();
    kept.take_over("in_1", &sent("late-3", "2027-02-20"));
    kept.take_over("in_1", &Before::default());
    assert!(kept.steps("in_1").contains("sent before Relance"));
    // The day of the file alone moves none that was said.
    let mut undated = sent("late-3", "2027-02-28");
    if let Sent::Step { is_dated, .. } = &mut undated.sent {
        *is_dated = false;
    }
    kept.take_over("in_1", &undated);
    assert!(kept.steps("in_1").contains("late-3   Sat 2027-02-20"));
    let nothing = Before {
        sent: Sent::Nothing,
        ..Before::default()
    };
    kept.take_over("in_1", &nothing);
    kept.replan();
    assert!(!kept.steps("in_1").contains("sent before Relance"));
    let line = "in_1: late-3 had not been sent before Relance, as was said";
    assert!(kept.log.contains(line), "{}", kept.log);
}

#[test]
fn a_promise_that_is_put_right_counts_instead() {
    let mut kept = imported();
    for day in ["2072-03-09", "2027-03-09"] {
        let promised = Before {
            promised: Some(day.parse().unwrap()),
            ..Before::default()
        };
        kept.take_over("in_1", &promised);
    }
    kept.let_in();
    let steps = kept.steps("in_1");
    assert!(
        steps.contains("late-3   Wed 2027-03-10 09:00  planned"),
        "{steps}"
    );
}
