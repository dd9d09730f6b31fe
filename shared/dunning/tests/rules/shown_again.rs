//! A debt that payments settled, and that a later snapshot shows as owed again.

use dunning::billing::{Debt, MovementKind, Movements};
use dunning::file::{Hold, Outlook};
use dunning::rules::{Instruction, instruct, replan};

use crate::common::{Kept, at, euros, event, invoice};
use crate::movements::moved;

use MovementKind::{Credit, Payment};

fn shown(when: &str, left: i64) -> dunning::billing::InvoiceEvent {
    let mut shown = invoice("in_1", "2027-02-15");
    (shown.total, shown.remaining) = (euros(40_000), euros(left));
    event(when, shown)
}

/// What was told, with days of January at ten.
enum Told {
    Left(&'static str, i64),
    Moved(&'static str, MovementKind, &'static str, i64),
}
use Told::{Left, Moved};

fn instant(day: &str) -> String {
    if day.contains('T') {
        format!("2027-01-{day}Z")
    } else {
        format!("2027-01-{day}T10:00:00Z")
    }
}

/// The debt by all that, in this order.
fn debt<'t>(told: impl IntoIterator<Item = &'t Told>) -> Debt {
    let mut debt: Option<Debt> = None;
    let mut waiting = Movements::default();
    for told in told {
        match told {
            Left(day, left) => {
                let shown = Debt::by(&shown(&instant(day), *left));
                debt = Some(match debt {
                    Some(debt) => debt.merge(shown),
                    None => shown,
                });
            }
            Moved(day, kind, id, minor) => {
                let event = moved(&instant(day), *kind, id, *minor);
                waiting = waiting.merge(Movements::by(event.order, &event.what));
            }
        }
        debt = debt.map(|debt| debt.with(std::mem::take(&mut waiting)));
    }
    debt.unwrap()
}

#[test]
fn what_payments_settled_is_held_when_a_later_snapshot_shows_it_as_owed() {
    let told = [
        Left("11", 21_005),
        Moved("12", Payment, "p1", 10_502),
        Moved("13", Payment, "p2", 10_503),
        Left("20", 10_503),
    ];
    let all = debt(&told);
    assert_eq!(all.balance().remaining.minor, 10_503);
    assert_eq!(all.reopened(), Some(at("2027-01-20T10:00:00Z")));
    // In whatever order it is heard.
    assert_eq!(debt(told.iter().rev()), all);
    assert_eq!(
        debt([&told[3], &told[1], &told[0], &told[2], &told[0]]),
        all
    );
    // Nor does a snapshot of the second of a payment, which may not have it yet, say that it was not there.
    let in_one_second = debt(&[
        Left("11", 20_000),
        Moved("12", Payment, "p1", 20_000),
        Left("12", 20_000),
        Left("20", 20_000),
    ]);
    assert_eq!(in_one_second.reopened(), Some(at("2027-01-20T10:00:00Z")));
    // A credit settles as well.
    let credited = debt(&[
        Left("11", 20_000),
        Moved("12", Payment, "p1", 15_000),
        Moved("13", Credit, "c1", 5_000),
        Left("20", 15_000),
    ]);
    assert_eq!(credited.reopened(), Some(at("2027-01-20T10:00:00Z")));
    // Also where the payment is said to be undone before the snapshot shows it.
    let undone = debt(&[
        Left("11", 20_000),
        Moved("12", Payment, "p1", 20_000),
        Moved("13", Payment, "p1", 0),
        Left("20", 20_000),
    ]);
    assert_eq!(undone.reopened(), Some(at("2027-01-20T10:00:00Z")));
}

#[test]
fn what_was_never_settled_between_two_snapshots_is_not_held_for_it() {
    for told in [
        // A part of it.
        &[
            Left("11", 20_000),
            Moved("12", Payment, "p1", 19_999),
            Left("20", 20_000),
        ][..],
        // The first has it already, perhaps.
        &[
            Left("11", 20_000),
            Moved("11", Payment, "p1", 20_000),
            Left("20", 20_000),
        ],
        &[
            Left("11T10:00:00", 13_991),
            Moved("11T10:00:00.999", Credit, "c1", 13_991),
            Left("20", 9_328),
        ],
        // The second does not have it yet, perhaps.
        &[
            Left("11", 20_000),
            Moved("20", Payment, "p1", 20_000),
            Left("20", 20_000),
        ],
        &[
            Left("11", 20_000),
            Moved("20T10:00:00", Payment, "p1", 20_000),
            Left("20T10:00:00.999", 20_000),
        ],
        // A snapshot between them shows that one had gone before the other came.
        &[
            Left("11", 20_000),
            Moved("12", Payment, "p1", 12_000),
            Left("13", 20_000),
            Moved("14", Payment, "p2", 12_000),
            Left("20", 8_000),
        ],
        // Nothing was owed.
        &[Left("11", 0), Left("20", 20_000)],
        &[
            Left("11", 20_000),
            Moved("12", Payment, "p1", 20_000),
            Left("20", 0),
        ],
    ] {
        assert_eq!(debt(told).reopened(), None);
    }
}

#[test]
fn payments_never_stood_together_where_a_snapshot_between_them_shows_that_one_was_gone() {
    let since = |between: Option<Told>| {
        let told = [
            Moved("07", Payment, "p1", 20_000),
            Moved("09", Payment, "p2", 20_000),
            Moved("10", Payment, "p2", 0),
            Left("11", 40_000),
        ];
        let all = debt(told.iter().chain(&between));
        assert_eq!(all.balance().remaining.minor, 40_000);
        all.reopened()
    };
    assert_eq!(since(None), Some(at("2027-01-10T10:00:00Z")));
    assert_eq!(since(Some(Left("08", 40_000))), None);
    // One that has the first says that both stood; and one of its very second may not have it yet.
    assert!(since(Some(Left("08", 20_000))).is_some());
    assert!(since(Some(Left("07", 40_000))).is_some());
}

#[test]
fn what_a_snapshot_between_two_payments_shows_as_paid_is_told_with_the_credits_that_came_after_it()
{
    // Its total was 600 then.
    let told = [
        Moved("07", Payment, "p1", 30_000),
        Left("08", 30_000),
        Moved("09", Credit, "c1", 20_000),
        Moved("10T10:00:00", Payment, "p2", 10_000),
        Moved("10T11:00:00", Payment, "p2", 0),
        Left("11", 10_000),
    ];
    assert!(debt(&told).reopened().is_some());
}

/// It is paid between two snapshots that show it open.
fn settled_and_shown_again() -> Kept {
    let mut kept = Kept::new();
    kept.is_shown("11");
    let paid = moved(&instant("12"), Payment, "p1", 20_000);
    kept.hear_movement(&instant("12"), &paid);
    kept.is_shown("20");
    kept
}

impl Kept {
    fn is_shown(&mut self, day: &str) {
        let when = instant(day);
        self.hear(&when, &shown(&when, 20_000));
    }
}

#[test]
fn what_is_shown_as_owed_ever_again_wakes_no_debt_at_which_nobody_has_looked() {
    let mut kept = settled_and_shown_again();
    for second in 10..60 {
        assert_eq!(kept.invoice().outlook, Outlook::Held(Hold::Reopened));
        kept.is_shown(&format!("21T10:00:{second}"));
    }
}

#[test]
fn once_a_person_has_looked_what_is_shown_as_owed_ever_again_is_reminded() {
    let mut kept = settled_and_shown_again();
    let id = kept.invoice().id().clone();
    let released = instruct(&kept.file, Some(&id), Instruction::Release(None));
    kept.write("2027-01-21T10:00:00Z", &released);
    let ctx = kept.context("2027-01-21T10:00:00Z");
    let planned = replan(ctx, &kept.file.debtor, kept.invoice());
    kept.write("2027-01-21T10:00:00Z", &planned);
    kept.is_shown("22");
    assert!(matches!(kept.invoice().outlook, Outlook::Next { .. }));
}
