//! What silences a debt is taken in whatever else is wrong with the event.

use dunning::billing::{Happened, MovementKind, Status, Subject};
use serde_json::{Value, json};
use sources::{Translation, Translations};

use crate::read;
use crate::tools::Payload;

/// All that an event of one's own says.
fn said(data: &Value) -> Translations {
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
    // Nor does anything go on by what makes no sense.
    let ended = json!({ "payment": "p_1", "ended": true, "why": "refused" });
    for goes_on in [
        json!({ "customer": "C-1", "payment_pending": ended }),
        json!({ "customer": "C-1", "customer_deleted": false, "left": true }),
    ] {
        assert_eq!(facts(&goes_on), vec![]);
    }
}
