//! The picture that events make does not depend on their order, nor on how often they come.

use crate::common::{at, debtor, euros, event, invoice, with_address};
use dunning::billing::{
    By, Dated, Debt, Instalment, InvoiceEvent, Order, Reversals, Status, Steering, Tags,
};
use dunning::value::{EmailAddress, Link};
use jiff::SignedDuration;
use proptest::prelude::*;

/// Events of one invoice, some at the same second, as a tool may tell them.
fn events() -> impl Strategy<Value = Vec<InvoiceEvent>> {
    let one = (
        0_i64..4,
        0_usize..5,
        0_i64..=100,
        0_i64..3,
        any::<bool>(),
        0_u8..3,
    );
    prop::collection::vec(one, 1..7).prop_map(|tellings| {
        let statuses = [
            Status::Draft,
            Status::Open,
            Status::Paid,
            Status::Void,
            Status::Uncollectible,
        ];
        let tell =
            |(second, status, paid, day, failed, address): (i64, usize, i64, i64, bool, u8)| {
                let mut facts = invoice("in_1", "2027-02-15");
                facts.status = statuses[status];
                facts.remaining = euros(10_000 - 100 * paid);
                let due_on = jiff::civil::date(2027, 2, 10 + i8::try_from(day).unwrap());
                facts.due_on = Some(due_on);
                if failed {
                    facts.issued_on = Some(due_on);
                    facts.plan = Some(format!("plan {day}"));
                    facts.tags = Tags::of([("day".to_owned(), day.to_string())]);
                    let amount = euros(5_000 + day);
                    facts.instalments = vec![Instalment { due_on, amount }];
                }
                let mut event = event("2027-01-11T10:00:00Z", facts);
                event.order.at = at("2027-01-11T10:00:00Z") + SignedDuration::from_secs(second);
                event.charge_failed_at = failed.then_some(event.order.at);
                event.debtor_order = event.order;
                let address = EmailAddress::parse(&format!("a{address}@example.com")).ok();
                let mut profile = with_address(address);
                if failed {
                    let steering = Steering {
                        left_alone: day == 1,
                        plan: Some(format!("plan {day}")),
                        ..Steering::default()
                    };
                    profile.steer(&steering);
                    profile.steering = Some(steering);
                }
                event.debtor = Some(profile);
                event
            };
        tellings.into_iter().map(tell).collect()
    })
}

fn picture<'a>(events: impl Iterator<Item = &'a InvoiceEvent>) -> Option<Debt> {
    events.map(Debt::by).reduce(Debt::merge)
}

fn person<'a>(
    events: impl Iterator<Item = &'a InvoiceEvent>,
) -> Option<Dated<dunning::billing::Profile>> {
    let told = |event: &InvoiceEvent| {
        event.debtor.clone().map(|value| Dated {
            order: event.order,
            value,
            by: By::default(),
        })
    };
    events.filter_map(told).reduce(Dated::merge)
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_make_the_same_picture(
        told in events(),
        shuffled in Just(()).prop_perturb(|(), mut random| random.random::<u64>()),
    ) {
        let mut other = told.clone();
        other.extend(told.iter().take(usize::try_from(shuffled % 4).unwrap()).cloned());
        let turn = usize::try_from(shuffled).unwrap_or(0) % other.len();
        other.rotate_left(turn);
        if shuffled % 2 == 0 {
            other.reverse();
        }
        prop_assert_eq!(picture(told.iter()), picture(other.iter()));
        prop_assert_eq!(person(told.iter()), person(other.iter()));
    }

    #[test]
    fn a_file_ends_the_same_whatever_the_order_of_delivery(told in events(), turn in 0_usize..7, back in any::<bool>()) {
        let keep = |told: &[InvoiceEvent]| {
            let mut kept = crate::common::Kept::new();
            for event in told {
                kept.hear("2027-01-12T10:00:00Z", event);
            }
            let invoices = kept.file.open.into_values().chain(kept.closed.into_values());
            let told: Vec<_> = invoices.map(|invoice| (invoice.debt, invoice.outlook)).collect();
            (kept.file.debtor.profile, told)
        };
        let mut other = told.clone();
        other.rotate_left(turn % told.len());
        if back {
            other.reverse();
        }
        prop_assert_eq!(keep(&told), keep(&other));
    }

    #[test]
    fn merging_is_associative(told in events(), split in 0_usize..7) {
        let split = split.min(told.len());
        let parts = [picture(told[..split].iter()), picture(told[split..].iter())];
        let merged = parts.into_iter().flatten().reduce(Debt::merge);
        prop_assert_eq!(merged, picture(told.iter()));
    }
}

#[test]
fn of_two_snapshots_of_the_same_second_the_quieter_one_counts() {
    let mut paid = invoice("in_1", "2027-02-15");
    paid.status = Status::Paid;
    paid.remaining = euros(0);
    let (open, paid) = (
        event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15")),
        event("2027-01-11T10:00:00Z", paid),
    );
    let told = Debt::by(&paid).merge(Debt::by(&open));
    assert_eq!(told.latest.value.status, Status::Paid);
    assert_eq!(told.reopened(), None);
}

#[test]
fn a_write_off_that_an_earlier_version_kept_without_a_mark_is_remembered_when_it_is_outdone() {
    let shown = |when: &str, status| {
        let mut shown = invoice("in_1", "2027-02-15");
        shown.status = status;
        Debt::by(&event(when, shown))
    };
    let written_off = shown("2027-01-11T10:00:00Z", Status::Uncollectible);
    assert_eq!(written_off.settled, None);
    let before = shown("2027-01-10T10:00:00Z", Status::Open);
    let of_its_second = shown("2027-01-11T10:00:00Z", Status::Open);
    let after = shown("2027-01-12T10:00:00Z", Status::Open);
    for other in [&before, &of_its_second, &written_off] {
        let told = written_off.clone().merge(other.clone());
        assert_eq!(told.latest, written_off.latest);
        assert_eq!(told.settled, None);
        assert_eq!(other.clone().merge(written_off.clone()), told);
    }
    let told = written_off.clone().merge(after.clone());
    assert_eq!(told, after.merge(written_off));
    assert_eq!(told.reopened(), Some(at("2027-01-11T10:00:00Z")));
}

#[test]
fn a_newer_version_counts_whatever_its_time() {
    let (mut first, mut second) = (
        event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15")),
        event("2027-01-11T09:00:00Z", invoice("in_1", "2027-03-15")),
    );
    first.order = Order {
        version: Some(3),
        ..first.order
    };
    second.order = Order {
        version: Some(4),
        ..second.order
    };
    let told = Debt::by(&second).merge(Debt::by(&first));
    assert_eq!(told.latest.value.due_on.unwrap().to_string(), "2027-03-15");
    assert_eq!(Some(debtor()), second.debtor);
}

#[test]
fn of_two_part_payments_of_the_same_second_the_smaller_debt_counts() {
    let part = |remaining| {
        let mut facts = invoice("in_1", "2027-02-15");
        facts.remaining = euros(remaining);
        Debt::by(&event("2027-01-11T10:00:00Z", facts))
    };
    assert_eq!(
        part(20_000).merge(part(10_000)).latest.value.remaining,
        euros(10_000)
    );
}

#[test]
fn an_old_invoice_that_speaks_late_does_not_bring_an_old_address_back() {
    let mut kept = crate::common::Kept::new();
    let said = |when: &str, id: &str, issued: i64, address: &str| {
        let mut event = event(when, invoice(id, "2027-02-15"));
        event.debtor_order = Order {
            version: Some(issued),
            at: event.order.at,
        };
        event.debtor = Some(with_address(EmailAddress::parse(address).ok()));
        event
    };
    kept.hear(
        "2027-01-11T10:00:00Z",
        &said("2027-01-11T10:00:00Z", "in_1", 1, "old@example.com"),
    );
    kept.hear(
        "2027-01-20T10:00:00Z",
        &said("2027-01-20T10:00:00Z", "in_2", 2, "new@example.com"),
    );
    kept.hear(
        "2027-02-15T10:00:00Z",
        &said("2027-02-15T10:00:00Z", "in_1", 1, "old@example.com"),
    );
    assert_eq!(
        kept.file.debtor.profile.value.email.unwrap().as_str(),
        "new@example.com"
    );
}

#[test]
fn of_one_moment_the_quieter_snapshot_counts_whatever_remains() {
    let shown = |status, remaining, total| {
        let mut shown = invoice("in_1", "2027-02-15");
        (shown.status, shown.remaining, shown.total) = (status, euros(remaining), euros(total));
        Debt::by(&event("2027-01-11T10:00:00Z", shown))
    };
    let ever_quieter = [
        shown(Status::Draft, 1, 1),
        shown(Status::Open, 10, 10),
        shown(Status::Open, 20, 100),
        shown(Status::Uncollectible, 30, 100),
        shown(Status::Paid, 40, 100),
        shown(Status::Void, 50, 100),
    ];
    for pair in ever_quieter.windows(2) {
        for (one, other) in [(0, 1), (1, 0)] {
            let told = pair[one].clone().merge(pair[other].clone());
            assert_eq!(told.latest, pair[1].latest);
        }
    }
    assert!(!ever_quieter[1].latest.value.is_part_paid());
    assert!(ever_quieter[2].latest.value.is_part_paid());
}

#[test]
fn what_is_stored_of_a_debt_is_read_again() {
    let mut shown = invoice("in_1", "2027-02-15");
    shown.pay_url = Some(Link::parse("https://pay.example/in_1").unwrap());
    let told = InvoiceEvent {
        reversals: Reversals::NeverShown,
        ..event("2027-01-11T10:00:00Z", shown)
    };
    let debt = Debt::by(&told);
    let mut stored = serde_json::to_value(&debt).unwrap();
    assert_eq!(stored["reversals"], "never_shown");
    assert_eq!(
        serde_json::from_value::<Debt>(stored.clone()).unwrap(),
        debt
    );
    // By looser rules, once.
    stored["latest"]["facts"]["pay_url"] = "javascript:alert(1)".into();
    let read: Debt = serde_json::from_value(stored).unwrap();
    assert_eq!(read.latest.value.pay_url, None);
    let usual = Debt {
        reversals: Reversals::Shown,
        ..debt
    };
    let stored = serde_json::to_value(&usual).unwrap();
    assert_eq!(stored.get("reversals"), None);
}

#[test]
fn of_one_moment_what_the_tool_wants_of_us_counts_before_that_it_wants_nothing() {
    let nothing = || invoice("in_1", "2027-02-15");
    let day = Some("2027-03-03".parse().unwrap());
    let wishes = [
        dunning::billing::Snapshot {
            left_alone: true,
            ..nothing()
        },
        dunning::billing::Snapshot {
            payment_pending_until: day,
            ..nothing()
        },
        dunning::billing::Snapshot {
            not_before: day,
            ..nothing()
        },
    ];
    // Whatever else differs.
    let unlike = |mut shown: dunning::billing::Snapshot| {
        shown.po_number = Some("zzz".to_owned());
        shown
    };
    for wish in wishes {
        let (with, without) = (
            event("2027-01-11T10:00:00Z", wish),
            event("2027-01-11T10:00:00Z", unlike(nothing())),
        );
        for (one, other) in [(&with, &without), (&without, &with)] {
            let told = Debt::by(one).merge(Debt::by(other));
            assert_eq!(told.latest.value, with.invoice);
        }
    }
    let left_alone = dunning::billing::Profile {
        left_alone: true,
        ..debtor()
    };
    let not_before = dunning::billing::Profile {
        not_before: day,
        ..debtor()
    };
    for wish in [left_alone, not_before] {
        let told = |value| Dated {
            order: Order {
                version: None,
                at: at("2027-01-11T10:00:00Z"),
            },
            value,
            by: By::default(),
        };
        let (with, without) = (
            told(wish),
            told(dunning::billing::Profile {
                name: Some("zzz".to_owned()),
                ..debtor()
            }),
        );
        assert_eq!(with.clone().merge(without.clone()).value, with.value);
        assert_eq!(without.merge(with.clone()).value, with.value);
    }
}
