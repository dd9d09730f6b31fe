//! A signed body that was made for its tool's filter comes to an end, too: it is read, or it is refused.

use serde_json::{Value, json};
use sources::Translation;

use crate::tools::{Payload, TOOLS, names, payload};
use crate::{line, read};

/// As large as a body may be.
const LARGEST: usize = 1024 * 1024;

/// The lists of a body, each by its place.
fn lists(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            found.push(at.to_owned());
            for (index, item) in items.iter().enumerate() {
                lists(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                lists(field, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// The body with the list at a place filled with what is in it, each item with an id of its own, until it
/// is as large as a body may be.
fn filled(body: &Value, at: &str) -> Value {
    let mut body = body.clone();
    let size = body.to_string().len();
    let list = body.pointer_mut(at).and_then(Value::as_array_mut).unwrap();
    let item = list.first().cloned().unwrap_or_else(|| json!({"id": "x"}));
    let each = item.to_string().len() + 16;
    for number in 0..(LARGEST - size) / each {
        let mut item = item.clone();
        if let Some(id) = item.get_mut("id") {
            *id = json!(format!("id-{number}"));
        }
        list.push(item);
    }
    body
}

#[test]
fn a_body_whose_lists_are_as_long_as_they_can_be_is_read_or_refused() {
    for tool in TOOLS.into_iter().filter(|tool| *tool != "maxio") {
        let mut seen = Vec::new();
        for step in names(tool, "steps.json") {
            let whole = payload(tool, &step);
            let body: Value = serde_json::from_slice(&whole.body).unwrap();
            let mut places = Vec::new();
            lists(&body, "", &mut places);
            places.retain(|place| !seen.contains(place));
            for place in &places {
                let body = filled(&body, place).to_string().into_bytes();
                let headers = whole.headers.clone();
                let said = read(tool, &Payload { headers, body });
                assert!(!said.is_empty(), "{tool} {place}");
            }
            seen.extend(places);
        }
    }
}

#[test]
fn fault_38_a_payment_of_hundreds_of_invoices_is_read_whole() {
    let whole = payload("invoice-ninja", "two_invoices_paid");
    let mut body: Value = serde_json::from_slice(&whole.body).unwrap();
    let (shown, unknown) = (450, 450);
    for (list, count, id) in [
        ("/invoices", shown, "id"),
        ("/paymentables", shown + unknown, "invoice_id"),
        ("/client/contacts", 900, "id"),
    ] {
        let items = body
            .pointer_mut(list)
            .and_then(Value::as_array_mut)
            .unwrap();
        let item = items[0].clone();
        *items = Vec::new();
        for number in 0..count {
            let mut item = json!({"id": format!("own-{number}"), "amount": item["amount"], "balance": item["balance"],
                "status_id": item["status_id"], "client_id": item["client_id"], "updated_at": item["updated_at"],
                "due_date": item["due_date"], "number": item["number"], "email": item["email"]});
            item[id] = json!(format!("no-{number}"));
            items.push(item);
        }
    }
    let body = body.to_string().into_bytes();
    assert!(body.len() < LARGEST, "{}", body.len());
    let headers = whole.headers.clone();
    let (mut invoices, mut movements) = (0, 0);
    for said in read("invoice-ninja", &Payload { headers, body }) {
        match said {
            Ok(Translation::Invoice(_)) => invoices += 1,
            Ok(Translation::Movement(_)) => movements += 1,
            Ok(Translation::Customer(_)) => {}
            Ok(other) => panic!("{}", line(&other)),
            Err(nonsense) => panic!("{nonsense}"),
        }
    }
    assert_eq!((invoices, movements), (shown, unknown));
}
