//! What is told again by a mended filter takes the place of what it said before.

use dunning::billing::{
    By, Debt, Happened, InvoiceEvent, Movement, MovementKind, Movements, Order, Profile, Status,
};
use dunning::file::Debtor;
use dunning::rules::withdraw;
use dunning::value::{EventId, Language, MovementId};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::common::{Kept, at, debtor, euros, event, invoice};
use crate::facts::ISSUED;

/// What a delivery says, by one translation.
#[derive(Debug, Clone)]
enum Telling {
    Shown(Box<InvoiceEvent>),
    Moved(Order, Happened),
    /// Nothing of this invoice.
    Nothing,
}

fn instant(second: i64) -> Timestamp {
    at("2027-01-11T10:00:00Z") + SignedDuration::from_secs(second)
}

fn shown() -> impl Strategy<Value = Telling> {
    let statuses = [
        Status::Draft,
        Status::Open,
        Status::Paid,
        Status::Void,
        Status::Uncollectible,
    ];
    let status = prop::sample::select(statuses.to_vec());
    (0_i64..5, status, 0_i64..=100, any::<bool>()).prop_map(|(second, status, paid, failed)| {
        let mut facts = invoice("in_1", "2027-02-15");
        facts.status = status;
        facts.remaining = euros(10_000 - 100 * paid);
        let mut event = event("2027-01-11T10:00:00Z", facts);
        event.order.at = instant(second);
        event.charge_failed_at = failed.then_some(event.order.at);
        Telling::Shown(Box::new(event))
    })
}

fn moved() -> impl Strategy<Value = Telling> {
    let kinds = [
        MovementKind::Payment,
        MovementKind::Credit,
        MovementKind::Refund,
        MovementKind::Reversal,
    ];
    let kind = prop::sample::select(kinds.to_vec());
    (0_i64..5, kind, 0_u8..3, 0_i64..4, any::<bool>()).prop_map(
        |(second, kind, id, minor, ends)| {
            let what = if ends {
                Happened::Ended(Status::Paid)
            } else {
                Happened::Moved {
                    id: MovementId::parse(format!("m{id}")).unwrap(),
                    movement: Movement {
                        kind,
                        amount: euros(minor * 2_500),
                    },
                    was: None,
                    payment: None,
                }
            };
            let order = Order {
                version: None,
                at: instant(second),
            };
            Telling::Moved(order, what)
        },
    )
}

fn telling() -> impl Strategy<Value = Telling> {
    prop_oneof![3 => shown(), 3 => moved(), 1 => Just(Telling::Nothing)]
}

/// A debt once this is told: what the delivery said by an earlier translation is withdrawn.
fn hear(debt: Option<Debt>, telling: &Telling, by: By) -> Option<Debt> {
    let left = debt.map(|debt| debt.withdraw(by));
    match telling {
        Telling::Shown(event) => {
            let told = Debt::by(&InvoiceEvent {
                by,
                ..(**event).clone()
            });
            Some(match left {
                Some(left) => left.merge(told),
                None => told,
            })
        }
        Telling::Moved(order, what) => {
            let told = Movements::by(*order, what).told_by(by);
            left.map(|left| left.with(told))
        }
        Telling::Nothing => left,
    }
}

fn hear_all<'t>(
    debt: Option<Debt>,
    told: impl Iterator<Item = (usize, &'t Telling)>,
    translation: u32,
) -> Option<Debt> {
    told.fold(debt, |debt, (number, telling)| {
        hear(
            debt,
            telling,
            By::delivery(&format!("d-{number}"), translation),
        )
    })
}

proptest! {
    #[test]
    fn told_again_twice_in_any_order_a_debt_is_as_if_the_filter_had_been_right(
        (first_wrong, first_right) in (shown(), shown()),
        others in prop::collection::vec((telling(), telling()), 0..6),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let (mut wrong, mut right) = (vec![first_wrong], vec![first_right]);
        for (was, is) in others {
            wrong.push(was);
            right.push(is);
        }
        let wanted = hear_all(None, right.iter().enumerate(), 1);
        let broken = hear_all(None, wrong.iter().enumerate(), 1);
        // In any order, and again in theirs: what one withdraws may have hidden what another says.
        let mut shuffled: Vec<usize> = order.iter().map(|index| index.index(right.len())).collect();
        shuffled.extend((0..right.len()).rev());
        let again = shuffled.into_iter().map(|number| (number, &right[number]));
        let mended = hear_all(broken, again, 2);
        let mended = hear_all(mended, right.iter().enumerate(), 2);
        prop_assert_eq!(&mended, &wanted);
        let once_more = hear_all(mended.clone(), right.iter().enumerate(), 2);
        prop_assert_eq!(once_more, mended);
    }
}

#[test]
fn what_is_withdrawn_and_shown_by_nobody_else_is_not_chased() {
    let by = |translation| By::delivery("d-1", translation);
    let debt = hear(
        None,
        &Telling::Shown(Box::new(event(
            "2027-01-11T10:00:00Z",
            invoice("in_1", "2027-02-15"),
        ))),
        by(1),
    );
    let debt = hear(debt, &Telling::Nothing, by(2)).unwrap();
    assert!(debt.withdrawn);
    assert_eq!(debt.balance().status, Status::Draft);
    // A delivery that is older, and was hidden, is shown again.
    let older = event("2027-01-01T10:00:00Z", invoice("in_1", "2027-02-15"));
    let debt = hear(
        Some(debt),
        &Telling::Shown(Box::new(older)),
        By::delivery("d-0", 1),
    )
    .unwrap();
    assert_eq!(
        (debt.withdrawn, debt.balance().status),
        (false, Status::Open)
    );
}

#[test]
fn who_told_a_fact_is_read_again_and_not_written_where_nobody_is_named() {
    let shown = event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15"));
    let stored = serde_json::to_value(Debt::by(&shown)).unwrap();
    assert!(!stored.to_string().contains("by\":"), "{stored}");
    let by = By::delivery("d-1", 7);
    let named = Debt::by(&InvoiceEvent { by, ..shown });
    let stored = serde_json::to_value(&named).unwrap();
    let read: Debt = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(read.latest.by.translation(), 7);
    assert!(read.latest.by.is_of_the_delivery_of(by));
    assert_eq!(serde_json::to_value(&read).unwrap(), stored);
    // Whatever a newer version writes there, the facts are not lost for it.
    let mut newer = stored;
    newer["latest"]["by"] = "of a newer kind".into();
    assert_eq!(serde_json::from_value::<Debt>(newer).unwrap(), named);
}

#[test]
fn what_a_delivery_said_of_an_invoice_and_its_debtor_is_withdrawn_when_it_is_told_anew_of_another()
{
    let mut kept = Kept::new();
    let first = By::delivery("evt_1", 1);
    let mut told_of = event(ISSUED, invoice("in_1", "2027-02-15"));
    told_of.by = first;
    told_of.debtor = Some(Profile {
        language: Language::parse("de").ok(),
        ..debtor()
    });
    kept.hear(ISSUED, &told_of);
    let name = EventId::parse("evt_1").unwrap();
    let language = |debtor: &Debtor| debtor.language.as_ref().map(|told| told.value.to_string());
    assert_eq!(language(&kept.file.debtor).as_deref(), Some("de"));
    for (by, is_withdrawn) in [
        (first, false),
        (By::delivery("evt_2", 2), false),
        (By::delivery("evt_1", 2), true),
    ] {
        let ctx = kept.context("2027-02-02T10:00:00Z");
        let invoice = kept.file.open.values().next();
        let change = withdraw(ctx, &kept.file.debtor, invoice, &name, by);
        assert_eq!(!change.is_empty(), is_withdrawn);
        if is_withdrawn {
            assert_eq!(
                change.invoices[0].outlook.to_string(),
                "not chased: it is a draft"
            );
            assert_eq!(language(&change.debtor.unwrap()), None);
        }
    }
}

#[test]
fn what_was_told_first_and_most_of_a_payment_is_withdrawn_with_whoever_told_it() {
    let told = |name: &str, second: i64, minor: i64| {
        let what = Happened::Moved {
            id: MovementId::parse("p1").unwrap(),
            movement: Movement {
                kind: MovementKind::Payment,
                amount: euros(minor),
            },
            was: None,
            payment: None,
        };
        let order = Order {
            version: None,
            at: instant(second),
        };
        Movements::by(order, &what).told_by(By::delivery(name, 1))
    };
    let (first, second) = (told("d-1", 1, 6_000), told("d-2", 2, 2_000));
    for merged in [
        first.clone().merge(second.clone()),
        second.clone().merge(first.clone()),
    ] {
        let left = merged.clone().withdraw(By::delivery("d-1", 2));
        let moved = left.by_id.values().next().unwrap();
        assert_eq!((moved.most, moved.since), (2_000, instant(2)));
        let left = merged.withdraw(By::delivery("d-3", 2));
        let moved = left.by_id.values().next().unwrap();
        assert_eq!((moved.most, moved.since), (6_000, instant(1)));
    }
}

#[test]
fn a_charge_that_failed_first_is_withdrawn_with_whoever_told_of_it() {
    let failed = |name: &str, second: i64| {
        let mut event = event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15"));
        event.order.at = instant(second);
        event.charge_failed_at = Some(event.order.at);
        event.by = By::delivery(name, 1);
        Debt::by(&event)
    };
    let (first, second) = (failed("d-1", 1), failed("d-2", 2));
    for merged in [
        first.clone().merge(second.clone()),
        second.clone().merge(first.clone()),
    ] {
        assert_eq!(merged.charge_failed_at, Some(instant(1)));
        let left = merged.clone().withdraw(By::delivery("d-2", 2));
        assert_eq!(left.charge_failed_at, Some(instant(1)));
        let left = merged.withdraw(By::delivery("d-1", 2));
        assert_eq!(left.charge_failed_at, None);
    }
}
