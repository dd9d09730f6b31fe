//! Invoices that are paid in several parts.

use dunning::billing::{Instalment, Snapshot};
use dunning::file::{Outlook, StepState};
use dunning::policy::Policy;
use dunning::rules::asked_for;
use dunning::value::Money;

use crate::common::{Kept, euros, event, invoice};
use crate::ladders::{ISSUED, days, mail, policy, state, under};

/// 40 euros by 18 January, 60 by 15 February.
fn in_two_parts() -> Snapshot {
    let part = |day: &str, minor| Instalment {
        due_on: day.parse().unwrap(),
        amount: euros(minor),
    };
    Snapshot {
        instalments: vec![part("2027-01-18", 4_000), part("2027-02-15", 6_000)],
        ..invoice("in_1", "2027-02-15")
    }
}

fn two_reminders() -> Policy {
    let ladder = [
        mail("late-3", "due + 3 days", ""),
        mail("late-10", "due + 10 days", ""),
    ];
    policy(&ladder.concat())
}

/// What a mail about it asks for now.
fn asked(kept: &Kept) -> Money {
    asked_for(&kept.only().balance(), &kept.policy)
}

#[test]
fn wish_6_of_an_invoice_in_parts_the_oldest_unpaid_one_is_chased_for_its_amount() {
    let mut kept = under(two_reminders());
    let mut snapshot = in_two_parts();
    kept.hear(ISSUED, &event(ISSUED, snapshot.clone()));
    assert_eq!(
        kept.left(ISSUED, "2027-01-29T10:00:00Z"),
        ["late-3 2027-01-21", "late-10 2027-01-28"]
    );
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
fn the_next_part_of_an_invoice_climbs_from_its_own_beginning() {
    let mut kept = under(two_reminders());
    let mut snapshot = in_two_parts();
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
    let mut snapshot = in_two_parts();
    snapshot.remaining = euros(6_001);
    kept.hear(ISSUED, &event(ISSUED, snapshot));
    assert_eq!(asked(&kept), euros(6_000));
    assert_eq!(days(&kept, "in_1"), ["late-3@2 Thu 2027-02-18"]);
}
