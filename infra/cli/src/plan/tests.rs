//! What is said of one invoice, by the policy that is shipped.

use dunning::policy::Policy;
use dunning::value::Language;
use serde_json::{Value, json};

use super::*;

const SHIPPED: &str = include_str!("../../../policy/relance.toml");

/// An event of a billing system of one's own, of an invoice that is issued on 10 March.
fn event() -> Value {
    json!({
        "type": "invoice.opened",
        "timestamp": "2027-03-10T08:00:00Z",
        "data": {
            "mode": "live",
            "customer": "C-1042",
            "invoice": {
                "id": "inv-80417", "number": "F-2027-0417", "status": "open", "currency": "EUR",
                "total": "2400.00", "remaining": "2400.00", "issued_on": "2027-03-10", "due_on": "2027-04-30",
                "collection": "send_invoice", "po_number": "PO-4711",
            },
            "debtor": {
                "name": "Ateliers Dubreuil SARL", "email": "compta@client.example.com", "language": "fr-FR",
                "country": "FR", "postal_code": "75001", "kind": "business",
            },
        },
    })
}

fn told(policy: &Policy, event: &Value, now: &str, source: Option<&str>) -> Result<Told, NotTold> {
    let subject = told::subject("policy-that-is-not-there".as_ref(), policy, source).unwrap();
    let body = event.to_string();
    Told::by(body.as_bytes(), &subject, policy, now.parse().unwrap())
}

/// What people are told, and programs.
fn planned(event: &Value, now: &str) -> (String, Value) {
    let policy = Policy::parse(SHIPPED).unwrap();
    let told = told(&policy, event, now, Some("standard-webhooks")).unwrap();
    let languages = ["en", "fr"].map(|code| Language::parse(code).unwrap());
    let invoice = told.file.open.values().next().unwrap();
    let now = now.parse().unwrap();
    let report = Report::of(&policy, &told.file.debtor, invoice, &languages, now);
    (report.text(), report.json())
}

const ON_ITS_DAY: &str = "2027-03-09T23:00:00Z";

#[test]
fn each_step_is_told_with_its_day_its_reader_and_why() {
    let said = planned(&event(), ON_ITS_DAY).0;
    let page = include_str!("../../../policy/README.md");
    assert!(
        page.contains(&said),
        "infra/policy/README.md shows something else"
    );
    insta::assert_snapshot!(said);
}

#[test]
fn programs_are_told_the_same() {
    insta::assert_json_snapshot!(planned(&event(), ON_ITS_DAY).1);
}

#[test]
fn what_holds_an_invoice_is_said_before_its_steps() {
    let mut event = event();
    event["data"]["debtor"]["email"] = Value::Null;
    insta::assert_snapshot!(planned(&event, "2027-06-09T22:00:00Z").0);
}

#[test]
fn of_an_invoice_without_a_due_date_no_day_is_told() {
    let mut event = event();
    event["data"]["invoice"]["due_on"] = Value::Null;
    insta::assert_snapshot!(planned(&event, ON_ITS_DAY).0);
}

#[test]
fn an_event_that_shows_no_invoice_is_refused_by_the_name_that_it_has() {
    let policy = Policy::parse(SHIPPED).unwrap();
    let why = told(&policy, &event(), ON_ITS_DAY, None).err().unwrap();
    insta::assert_snapshot!(why);
}

#[test]
fn a_field_that_makes_no_sense_is_named() {
    let policy = Policy::parse(SHIPPED).unwrap();
    let mut event = event();
    event["data"]["invoice"]["remaining"] = json!("12,5");
    let why = told(&policy, &event, ON_ITS_DAY, Some("standard-webhooks"))
        .err()
        .unwrap();
    assert!(why.to_string().contains("invoice.remaining"), "{why}");
}
