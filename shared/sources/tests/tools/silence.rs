//! What silences a debt is taken in whatever else is wrong with the event.

use dunning::billing::{Happened, Left, MovementKind, Silence, Status, Subject};
use dunning::value::{Currency, Money};
use jiff::civil::date;
use serde_json::{Value, json};
use sources::{Translation, Translations};

use crate::read;
use crate::stripe::overlay;
use crate::tools::Payload;

/// All that an event of one's own says.
pub(crate) fn said(data: &Value) -> Translations {
    let event = json!({ "type": "x", "timestamp": "2027-01-11T10:00:00Z", "data": data });
    let payload = Payload {
        headers: vec![("webhook-id".to_owned(), "evt_1".to_owned())],
        body: event.to_string().into_bytes(),
    };
    read("standard-webhooks", &payload)
}

/// What is taken in of an event of one's own that says this, and whether something of it is named as wrong.
fn taken(data: &Value) -> (Vec<Happened>, bool) {
    let said = said(data);
    let is_named = said.iter().any(Result::is_err);
    let happened = said.into_iter().flatten().map(|said| match said {
        Translation::Movement(told) => {
            assert!(matches!(&told.subject, Subject::Invoice(id) if id.as_str() == "inv_1"));
            told.what
        }
        other => panic!("{other:?}"),
    });
    (happened.collect(), is_named)
}

/// An object with one field more, or another value of one.
fn with(object: &Value, field: &str, value: &Value) -> Value {
    let mut changed = object.clone();
    changed[field] = value.clone();
    changed
}

#[test]
fn an_end_is_taken_in_whatever_is_wrong_beside_it() {
    for (status, end) in [
        ("paid", Status::Paid),
        ("void", Status::Void),
        ("uncollectible", Status::Uncollectible),
    ] {
        let invoice = json!({
            "id": "inv_1", "status": status, "currency": "EUR", "total": "10", "remaining": "10",
            "collection": "send_invoice",
        });
        for (field, bad) in [
            ("due_on", json!("soon")),
            ("number", json!({ "a": 1 })),
            ("paid_by", json!("card")),
            ("collection", json!("by pigeon")),
        ] {
            let data = json!({ "customer": "C-1", "invoice": with(&invoice, field, &bad) });
            assert_eq!(taken(&data), (vec![Happened::Ended(end)], true), "{field}");
        }
        let data = json!({ "customer": "C-1", "invoice": invoice });
        for (field, bad) in [
            ("customer", json!("a b")),
            ("version", json!("seven")),
            ("debtor", json!("Dubreuil")),
        ] {
            let data = with(&data, field, &bad);
            assert_eq!(taken(&data), (vec![Happened::Ended(end)], true), "{field}");
        }
        let ended = json!({ "invoice": "inv_1", "status": status, "reason": "by card" });
        let data = json!({ "ended": ended });
        assert_eq!(taken(&data), (vec![Happened::Ended(end)], true));
    }
}

/// An open invoice on which all is owed.
fn open() -> Value {
    json!({
        "id": "inv_1", "status": "open", "currency": "EUR", "total": "10", "remaining": "10",
        "due_on": "2027-02-15", "collection": "send_invoice",
    })
}

/// What makes no sense beside what silences: in the invoice, or beside it.
fn faults_beside() -> Vec<(&'static str, Value)> {
    let of_invoice = [
        ("due_on", json!("soon")),
        ("due_on", json!("9999-12-31")),
        ("due_at", json!("tomorrow")),
        ("number", json!({ "a": 1 })),
        ("pay_url", json!(7)),
        ("po_number", json!([])),
        ("collection", json!("by pigeon")),
        ("sent_by", json!("post")),
    ];
    let beside = [
        ("customer", json!("a b")),
        ("customer", json!(null)),
        ("version", json!("seven")),
        ("debtor", json!("Dubreuil")),
        ("debtor", json!({ "country": 33 })),
        ("charge_failed_at", json!("often")),
        ("left", json!(true)),
    ];
    let of_invoice = of_invoice.map(|(field, bad)| (field, with(&open(), field, &bad)));
    let beside = beside.map(|(field, bad)| (field, json!({ field: bad })));
    of_invoice.into_iter().chain(beside).collect()
}

/// An open invoice that says this, with a fault in it or beside it.
fn faulty(says: &Value, fault: &Value) -> Value {
    let mut data = json!({ "customer": "C-1", "invoice": open() });
    if fault.get("id").is_some() {
        data["invoice"] = fault.clone();
    } else {
        overlay(&mut data, fault);
    }
    overlay(&mut data["invoice"], says);
    data
}

fn euros(minor: i64) -> Money {
    let currency = Currency::parse("EUR").unwrap();
    Money { minor, currency }
}

/// What silences an open invoice, as its event says it and as it is taken in.
fn what_silences() -> Vec<(Value, Silence)> {
    let nothing = Silence::default();
    vec![
        (
            json!({ "left_alone": true }),
            Silence {
                left_alone: true,
                ..nothing
            },
        ),
        (
            json!({ "not_before": "2027-03-01" }),
            Silence {
                not_before: Some(date(2027, 3, 1)),
                ..nothing
            },
        ),
        (
            json!({ "payment_pending_until": "2027-02-28T23:30:00Z" }),
            Silence {
                payment_pending_until: Some(date(2027, 3, 1)),
                ..nothing
            },
        ),
        (
            json!({ "remaining": "0" }),
            Silence {
                left: Some(Left::Nothing),
                ..nothing
            },
        ),
        (
            json!({ "remaining": "4" }),
            Silence {
                left: Some(Left::Money(euros(400))),
                ..nothing
            },
        ),
        (
            json!({ "status": "draft" }),
            Silence {
                draft: true,
                ..nothing
            },
        ),
    ]
}

#[test]
fn what_silences_an_open_invoice_is_taken_in_whatever_is_wrong_beside_it() {
    for (says, silence) in what_silences() {
        for (field, fault) in faults_beside() {
            let data = faulty(&says, &fault);
            let told = vec![Happened::Silenced(silence)];
            assert_eq!(taken(&data), (told, true), "{field}: {data}");
        }
    }
    let charged = json!({ "collection": "charge_automatically", "due_on": "soon" });
    let [Happened::Silenced(told)] = taken(&faulty(&charged, &json!({}))).0[..] else {
        panic!("the tool charges it by itself");
    };
    assert!(told.charged_automatically);
}

#[test]
fn what_silences_an_open_invoice_is_taken_in_whatever_is_wrong_with_its_amounts() {
    for (field, bad) in [
        ("total", json!(null)),
        ("total", json!("many")),
        ("total", json!("-5")),
        ("total", json!("1.005")),
        ("currency", json!("XBT")),
        ("currency", json!(null)),
        ("remaining", json!("-5")),
        ("remaining", json!({ "left": 5 })),
    ] {
        let says = json!({ "left_alone": true, "payment_pending_until": "2027-03-01" });
        let data = faulty(&with(&says, field, &bad), &json!({}));
        let silence = Silence {
            left_alone: true,
            payment_pending_until: Some(date(2027, 3, 1)),
            ..Silence::default()
        };
        let told = vec![Happened::Silenced(silence)];
        assert_eq!(taken(&data), (told, true), "{data}");
    }
    // Nothing is nothing, of whichever currency, and however much it was.
    for (field, bad) in [("currency", json!("XBT")), ("total", json!("many"))] {
        let says = with(&json!({ "remaining": "0.00" }), field, &bad);
        let silence = Silence {
            left: Some(Left::Nothing),
            ..Silence::default()
        };
        let told = vec![Happened::Silenced(silence)];
        assert_eq!(taken(&faulty(&says, &json!({}))), (told, true), "{field}");
    }
}

#[test]
fn an_open_invoice_that_makes_no_sense_and_says_nothing_that_silences_is_only_named() {
    for says in [
        json!({}),
        json!({ "left_alone": false }),
        json!({ "left_alone": "perhaps" }),
        json!({ "not_before": "later" }),
        json!({ "remaining": "10" }),
        json!({ "remaining": "12" }),
    ] {
        let data = faulty(&with(&says, "due_on", &json!("soon")), &json!({}));
        assert_eq!(taken(&data), (vec![], true), "{data}");
    }
    // Nor is anything known of an invoice whose id, or status, makes no sense.
    for (field, bad) in [("id", json!("a b")), ("status", json!("sent"))] {
        let data = faulty(
            &with(&json!({ "left_alone": true }), field, &bad),
            &json!({}),
        );
        assert_eq!(taken(&data), (vec![], true), "{data}");
    }
}

#[test]
fn what_the_team_is_told_of_a_bad_field_is_the_same_whether_anything_silences_beside_it() {
    for (field, fault) in faults_beside() {
        let named = |says: &Value| said(&faulty(says, &fault)).pop().unwrap().unwrap_err();
        let alone = named(&json!({}));
        for (says, _) in what_silences() {
            assert_eq!(named(&says), alone, "{field}");
        }
    }
}

#[test]
fn all_that_silences_is_taken_in_where_an_event_says_too_much_at_once() {
    let data = json!({
        "customer": "C-1", "invoice": with(&open(), "left_alone", &json!(true)),
        "movement": { "kind": "payment", "id": "p_1", "invoice": "inv_1", "amount": "5", "currency": "EUR" },
        "ended": { "invoice": "inv_1", "status": "paid" },
    });
    let (happened, is_named) = taken(&data);
    assert!(is_named);
    assert!(
        matches!(
            happened[..],
            [
                Happened::Silenced(_),
                Happened::Moved { .. },
                Happened::Ended(Status::Paid)
            ]
        ),
        "{happened:?}"
    );
}

#[test]
fn whom_the_tool_wants_left_alone_is_known_whatever_is_wrong_beside_it() {
    let debtor = json!({ "name": "Dubreuil", "email": "a@x.example", "left_alone": true });
    for data in [
        json!({ "customer": "C-1", "debtor": with(&debtor, "country", &json!(33)) }),
        json!({ "customer": "C-1", "debtor": debtor, "version": "seven" }),
        json!({ "customer": "C-1", "debtor": debtor, "invoice": with(&open(), "due_on", &json!("soon")) }),
    ] {
        let said = said(&data);
        let [Ok(Translation::Customer(told)), Err(_)] = &said[..] else {
            panic!("{said:?}");
        };
        let profile = &told.debtor.as_ref().unwrap().value;
        assert!(profile.left_alone && profile.email.is_some());
    }
    // What says nothing of the kind takes the place of nothing.
    let usual = json!({ "name": "Dubreuil", "email": "a@x.example", "country": 33 });
    assert!(
        said(&json!({ "customer": "C-1", "debtor": usual }))
            .pop()
            .unwrap()
            .is_err()
    );
}

#[test]
fn money_that_came_is_taken_in_whatever_is_wrong_beside_it() {
    let movement = |kind: &str| {
        json!({
            "kind": kind, "id": "p_1", "invoice": "inv_1", "amount": "5", "currency": "EUR",
            "method": "transfer",
        })
    };
    for (kind, moved) in [
        ("payment", MovementKind::Payment),
        ("credit", MovementKind::Credit),
    ] {
        let (happened, is_named) = taken(&json!({ "movement": movement(kind) }));
        let [Happened::Moved { movement, .. }] = &happened[..] else {
            panic!("{happened:?}");
        };
        assert_eq!(
            (movement.kind, movement.amount.minor, is_named),
            (moved, 500, true)
        );
    }
    // Nor is more asked for by what makes no sense.
    for kind in ["reversal", "refund"] {
        assert_eq!(
            taken(&json!({ "movement": movement(kind) })),
            (vec![], true)
        );
    }
}

#[test]
fn money_of_which_the_amount_is_not_known_is_not() {
    let movement = json!({ "kind": "payment", "id": "p_1", "invoice": "inv_1", "amount": "many", "currency": "EUR" });
    assert_eq!(taken(&json!({ "movement": movement })), (vec![], true));
}

#[test]
fn what_silences_a_customer_is_taken_in_whatever_is_wrong_beside_it() {
    let facts = |data: &Value| {
        let said = said(data);
        assert!(said.iter().any(Result::is_err), "{data}");
        let told = said.into_iter().flatten().map(|said| match said {
            Translation::Customer(told) => told.facts,
            other => panic!("{other:?}"),
        });
        told.collect::<Vec<_>>()
    };
    let data = json!({
        "customer": "C-1", "customer_deleted": true,
        "payment_pending": { "payment": "p_1", "until": "2027-01-25" },
        "unapplied": [{ "amount": "5", "currency": "EUR" }],
    });
    for (field, bad) in [
        ("version", json!("seven")),
        ("debtor", json!("Dubreuil")),
        ("left", json!(true)),
    ] {
        let [facts] = &facts(&with(&data, field, &bad))[..] else {
            panic!("{field} hides what silences");
        };
        let told = (
            facts.is_deleted(),
            facts.pending().count(),
            facts.held_money().count(),
        );
        assert_eq!(told, (true, 1, 1), "{field}");
    }
    let scheme = json!({ "payment": "p_1", "until": "2027-01-25", "scheme": "core" });
    for (field, bad, left) in [
        ("payment_pending", scheme, (true, 1, 1)),
        ("payment_pending", json!("p_1"), (true, 0, 1)),
        ("unapplied", json!("5 EUR"), (true, 1, 0)),
        ("customer_deleted", json!("yes"), (false, 1, 1)),
    ] {
        let facts = &facts(&with(&data, field, &bad))[0];
        let told = (
            facts.is_deleted(),
            facts.pending().count(),
            facts.held_money().count(),
        );
        assert_eq!(told, left, "{field}: {bad}");
    }
    // Of several amounts, those that make sense.
    let several = json!([
        { "amount": "5", "currency": "EUR", "of": "January" }, { "amount": "7", "currency": "XBT" },
        { "amount": "3", "currency": "USD" }, { "amount": "0", "currency": "GBP" }, 8,
    ]);
    let facts_of_it = &facts(&with(&data, "unapplied", &several))[0];
    let money: Vec<_> = facts_of_it
        .held_money()
        .map(|money| money.to_string())
        .collect();
    assert_eq!(money, ["5.00 EUR", "3.00 USD"]);
    // Nor does anything go on by what makes no sense, beside what silences either.
    let back = with(
        &with(&data, "customer_deleted", &json!(false)),
        "version",
        &json!("seven"),
    );
    assert_eq!(facts(&back)[0].deleted, None);
    let ended = json!({ "payment": "p_1", "ended": true, "why": "refused" });
    for goes_on in [
        json!({ "customer": "C-1", "payment_pending": ended }),
        json!({ "customer": "C-1", "customer_deleted": false, "left": true }),
    ] {
        assert_eq!(facts(&goes_on), vec![]);
    }
}
