//! What Stripe tells beside invoices: debits that are under way, cash balances, customers.

use dunning::billing::Happened;
use jiff::civil::date;
use serde_json::{Value, json};
use sources::Translation;

use crate::fixtures::{Shape, event, overlay};
use crate::life::with;
use crate::{event_of, read};

/// What is told of the customer, as the canonical event stores it.
fn facts(event: &Value) -> Value {
    match read(event) {
        Ok(Translation::Customer(told)) => serde_json::to_value(&told.facts).unwrap(),
        other => panic!("not of a customer: {other:?}"),
    }
}

#[test]
fn fault_16_the_debit_of_a_payload_that_was_seen_is_under_way_for_its_invoice() {
    let seen = json!({
        "id": "evt_relance_pi1", "object": "event", "api_version": "2024-06-20", "created": 1_801_000_000,
        "livemode": true, "type": "payment_intent.processing",
        "data": { "object": {
            "id": "pi_relance1", "object": "payment_intent", "amount": 120_000, "amount_received": 0,
            "currency": "eur", "customer": "cus_relance1", "invoice": "in_relance1", "status": "processing",
            "payment_method_types": ["sepa_debit"], "livemode": true, "created": 1_800_999_990,
            "latest_charge": "py_relance1",
        } },
    });
    let Ok(Translation::Movement(told)) = read(&seen) else {
        panic!("it names its invoice");
    };
    let Happened::Pending { payment, pending } = told.what else {
        panic!("{:?}", told.what);
    };
    assert_eq!(payment.as_str(), "pi_relance1");
    // The 26th of January, and two weeks.
    assert_eq!(pending.until, Some(date(2027, 2, 9)));
    assert_eq!(pending.invoice.unwrap().as_str(), "in_relance1");
}

#[test]
fn a_debit_is_one_payment_however_it_is_told_of() {
    let told = |name| facts(&event(Shape::SinceBasil, name))["payments"].clone();
    let id = "pi_3QWcVGLkQvB8xT4d1dEbIt77";
    let under_way = json!({ "until": "2027-02-03" });
    for begun in ["debit_begun", "charge_pending"] {
        assert_eq!(told(begun)[id]["facts"], under_way, "{begun}");
    }
    for ended in [
        "debit_came",
        "debit_failed",
        "debit_given_up",
        "charge_failed",
    ] {
        assert_eq!(told(ended)[id]["facts"], json!({}), "{ended}");
    }
    let alone = told("charge_without_intent");
    assert_eq!(alone["py_1QWcVGLkQvB8xT4dsOuRcE00"]["facts"], under_way);
}

#[test]
fn a_card_that_paid_or_not_and_a_payment_of_nobody_say_nothing() {
    let says_nothing = |name: &str, object: Value| {
        let mut changed = event(Shape::SinceBasil, name);
        overlay(&mut changed, &json!({ "data": { "object": object } }));
        matches!(read(&changed), Ok(Translation::Ignored { .. }))
    };
    assert!(says_nothing(
        "debit_came",
        json!({ "payment_method_types": ["card"] })
    ));
    assert!(says_nothing(
        "charge_failed",
        json!({ "payment_method_details": { "type": "card" } })
    ));
    assert!(says_nothing("debit_begun", json!({ "customer": null })));
}

#[test]
fn fault_16_an_invoice_that_shows_an_open_payment_is_quiet_until_the_bank_has_answered() {
    let until = |payment: Value| {
        let changed = with(
            "payment_open",
            &json!({ "payments": { "data": [payment] } }),
        );
        event_of(&changed).invoice.payment_pending_until
    };
    let id = json!({ "payment_intent": "pi_1" });
    let two_weeks = Some(date(2027, 2, 3));
    for (status, under_way) in [("processing", two_weeks), ("requires_payment_method", None)] {
        let whole = json!({ "payment_intent": { "id": "pi_1", "status": status } });
        assert_eq!(
            until(json!({ "status": "open", "payment": whole })),
            under_way
        );
    }
    for status in ["paid", "canceled"] {
        let payment = json!({ "status": status, "created": 1_800_455_399, "payment": id });
        assert_eq!(until(payment), None);
    }
    for nothing in [
        json!(null),
        json!({}),
        json!({ "data": null }),
        json!({ "data": [] }),
    ] {
        let changed = with("sent", &json!({ "payments": nothing }));
        assert_eq!(event_of(&changed).invoice.payment_pending_until, None);
    }
}

#[test]
fn an_open_payment_that_does_not_show_how_it_stands_is_waited_for_once_and_not_with_each_event() {
    let until = |told_at: i64, payment: Value| {
        let payments = json!({ "payments": { "data": [payment] } });
        let mut changed = with("payment_open", &payments);
        changed["created"] = json!(told_at);
        event_of(&changed).invoice.payment_pending_until
    };
    let (made, two_weeks) = (1_800_455_399, Some(date(2027, 2, 3)));
    let by_id = json!({ "payment_intent": "pi_1" });
    for payment in [by_id, json!({}), json!(null)] {
        let open = json!({ "status": "open", "created": made, "payment": payment });
        for days in [0, 1, 20, 400] {
            let told_at = made + days * 24 * 60 * 60;
            assert_eq!(until(told_at, open.clone()), two_weeks, "{payment}");
        }
        // Nor for ever where it does not say when it was made.
        let undated = json!({ "status": "open", "payment": payment });
        assert_eq!(until(made, undated), None);
    }
    // One that says that it is under way is, as of each event.
    let processing = json!({ "payment_intent": { "id": "pi_1", "status": "processing" } });
    let open = json!({ "status": "open", "created": made, "payment": processing });
    let told_at = made + 20 * 24 * 60 * 60;
    assert_eq!(until(told_at, open), Some(date(2027, 2, 23)));
    // Of several, the latest counts.
    let several = json!({ "payments": { "data": [
        { "status": "open", "created": made }, { "status": "open", "created": made + 24 * 60 * 60 },
        { "status": "paid", "created": made + 90 * 24 * 60 * 60 }, "inpay_1", null,
    ] } });
    let latest = event_of(&with("payment_open", &several))
        .invoice
        .payment_pending_until;
    assert_eq!(latest, Some(date(2027, 2, 4)));
}

#[test]
fn money_that_comes_and_goes_within_a_second_is_counted_after_it_went() {
    let told = |name| match read(&event(Shape::SinceBasil, name)) {
        Ok(Translation::Customer(told)) => told.facts,
        other => panic!("{name}: {other:?}"),
    };
    let (came, applied) = (told("cash_came"), told("cash_applied"));
    for both in [
        came.clone().merge(applied.clone()),
        applied.clone().merge(came),
    ] {
        let left: Vec<_> = both.held_money().map(|money| money.to_string()).collect();
        assert_eq!(left, ["200.00 EUR"]);
    }
    let there: Vec<_> = told("cash_is_there")
        .held_money()
        .map(|money| money.to_string())
        .collect();
    assert_eq!(there, ["200.00 EUR", "800 JPY"]);
    for nothing in ["cash_used_up", "cash_overdrawn"] {
        assert_eq!(
            applied.clone().merge(told(nothing)).held_money().next(),
            None
        );
    }
}

#[test]
fn fault_19_a_customer_that_was_deleted_is_known_to_be() {
    let told = facts(&event(Shape::SinceBasil, "customer_deleted"));
    assert_eq!(told["deleted"]["facts"], json!(true));
}

#[test]
fn fault_21_all_languages_of_a_customer_are_read() {
    let mut changed = event(Shape::SinceBasil, "customer_updated");
    let locales = json!({ "preferred_locales": ["de-CH", "fr", "it", "fr-CA"], "metadata": { "locale": "en_GB" } });
    overlay(&mut changed, &json!({ "data": { "object": locales } }));
    let Ok(Translation::Customer(told)) = read(&changed) else {
        panic!("it is of a customer");
    };
    let profile = told.debtor.unwrap().value;
    let languages = profile.language.iter().chain(&profile.more_languages);
    let languages: Vec<&str> = languages.map(dunning::value::Language::as_str).collect();
    assert_eq!(languages, ["de", "fr", "it", "en"]);
}
