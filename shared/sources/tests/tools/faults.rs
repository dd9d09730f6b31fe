//! What was once read wrongly, each fault by its number, with others of its kind.

use dunning::billing::{Collection, Happened, MovementKind, Snapshot, Status};
use jiff::Timestamp;
use serde_json::{Value, json};
use sources::{Request, Tool, Translation, Translations};

use crate::tools::{Payload, payload, put_together, written};
use crate::{config, read};

/// A step with something laid over it.
fn changed(tool: &str, step: &str, patch: &Value) -> Payload {
    let (headers, mut body) = put_together(tool, step);
    crate::stripe::overlay(&mut body, patch);
    Payload {
        headers: headers.into_iter().collect(),
        body: written(tool, &body),
    }
}

/// The one invoice that a request shows.
fn shown(tool: &str, request: &Payload) -> Snapshot {
    let said = read(tool, request).into_iter();
    let mut shown = said.filter_map(|said| match said {
        Ok(Translation::Invoice(event)) => Some(event.invoice),
        Ok(_) => None,
        Err(nonsense) => panic!("{tool}: {nonsense}"),
    });
    shown.next().expect("it shows an invoice")
}

/// What is left to pay, and what was received, in minor units.
fn left_and_received(invoice: &Snapshot) -> (i64, i64) {
    let left = invoice.remaining.minor;
    (left, invoice.total.minor - left)
}

fn why_not(tool: &str, request: &Payload) -> String {
    let said = read(tool, request).into_iter();
    let mut refused = said.filter_map(Result::err);
    refused.next().expect("it makes no sense").to_string()
}

#[test]
fn fault_14_a_credit_is_never_money_received() {
    for (tool, step, left, received) in [
        ("chargebee", "adjusted", 111_456, 0),
        ("chargebee", "credit_applied", 100_000, 0),
        ("chargebee", "tax_withheld", 111_111, 0),
        ("chargebee", "part_paid", 73_456, 50_000),
        ("chargebee", "paid_and_credited", 50_000, 50_000),
        ("zoho-books", "credited", 100_000, 0),
        ("zoho-books", "part_paid", 73_456, 50_000),
        ("zoho-books", "paid_and_credited", 50_000, 50_000),
        (
            "zoho-books",
            "credited_without_word_of_payments",
            50_000,
            50_000,
        ),
        ("maxio", "credited", 100_000, 0),
        ("maxio", "credited_lean", 100_000, 0),
        ("maxio", "paid_and_credited", 50_000, 50_000),
        ("odoo", "credited", 100_000, 0),
        ("odoo", "credited_as_told", 100_000, 0),
        ("odoo", "part_paid_as_told", 73_456, 50_000),
        ("odoo", "paid_and_credited_as_told", 50_000, 50_000),
        ("odoo", "paid_and_credited_as_listed", 50_000, 50_000),
        ("paddle", "credit_shown", 100_000, 0),
        ("paddle", "credit_shown_in_adjusted_totals", 100_000, 0),
        ("paddle", "paid_and_credited", 50_000, 50_000),
        ("lago", "credited_shown", 111_456, 0),
    ] {
        let invoice = shown(tool, &payload(tool, step));
        assert_eq!(invoice.status, Status::Open, "{tool} {step}");
        assert_eq!(
            left_and_received(&invoice),
            (left, received),
            "{tool} {step}"
        );
    }
}

#[test]
fn fault_14_an_amount_may_be_a_number_or_a_text_with_blanks_or_missing() {
    for (tool, step, patch) in [
        (
            "chargebee",
            "paid_and_credited",
            json!({"content": {"invoice": {"amount_due": "50000 ", "amount_paid": " 50000"}}}),
        ),
        (
            "zoho-books",
            "paid_and_credited",
            json!({"invoice": {"balance": "500.00 ", "payment_made": "500"}}),
        ),
        (
            "zoho-books",
            "paid_and_credited",
            json!({"invoice": {"payment_made": "", "write_off_amount": null}}),
        ),
        (
            "maxio",
            "paid_and_credited",
            json!({"payload": {"invoice": {"due_amount": "500.00 ", "paid_amount": " 5e2"}}}),
        ),
        (
            "odoo",
            "paid_and_credited_as_told",
            json!({"amount_residual": "500.0", "x_credited": "234.56 "}),
        ),
        (
            "paddle",
            "paid_and_credited",
            json!({"data": {"payments": null, "details": {"totals": {"balance": 73456}}}}),
        ),
        (
            "lago",
            "part_paid_shown",
            json!({"invoice": {"total_due_amount_cents": "50000 ", "total_paid_amount_cents": "50000"}}),
        ),
    ] {
        let invoice = shown(tool, &changed(tool, step, &patch));
        assert_eq!(
            left_and_received(&invoice),
            (50_000, 50_000),
            "{tool} {patch}"
        );
    }
    // What nobody told of the payments is told of none.
    let lean = json!({"content": {"invoice": {"amount_paid": null}}});
    let invoice = shown(
        "chargebee",
        &changed("chargebee", "paid_and_credited", &lean),
    );
    assert_eq!(left_and_received(&invoice), (50_000, 0));
}

#[test]
fn fault_14_the_smaller_of_what_paddle_says_of_credits_is_owed() {
    let totals = |balance: &str, adjusted: Value| json!({"data": {"details": {"totals": {"balance": balance}, "adjusted_totals": adjusted}}});
    for (balance, adjusted, left) in [
        ("123456", json!({"grand_total": "100000"}), 100_000),
        ("90000", json!({"grand_total": "123456"}), 90_000),
        ("123456", json!({"grand_total": "0"}), 0),
        ("73456", json!({"grand_total": "40000"}), 0),
        ("123456", json!(null), 123_456),
        ("123456", json!({"grand_total": ""}), 123_456),
    ] {
        let patch = totals(balance, adjusted);
        let invoice = shown("paddle", &changed("paddle", "past_due", &patch));
        assert_eq!(invoice.remaining.minor, left, "{patch}");
    }
    let by_its_payments = shown("paddle", &payload("paddle", "part_paid_by_its_payments"));
    assert_eq!(left_and_received(&by_its_payments), (73_456, 50_000));
    let refunded = shown(
        "paddle",
        &payload("paddle", "refund_shown_in_adjusted_totals"),
    );
    assert_eq!(refunded.status, Status::Paid);
}

#[test]
fn fault_14_what_was_never_paid_stays_owed_when_some_of_the_rest_is_refunded() {
    for (step, status, left) in [
        ("part_paid_and_refunded", Status::Open, 73_456),
        ("part_paid_and_refunded_in_full", Status::Open, 73_456),
        ("refunded_with_nothing_to_pay", Status::Paid, 0),
        ("partly_refunded", Status::Paid, 0),
        ("refunded", Status::Paid, 0),
    ] {
        let invoice = shown("square", &payload("square", step));
        assert_eq!(
            (invoice.status, invoice.remaining.minor),
            (status, left),
            "{step}"
        );
    }
    // If what was given back counts as completed no more, it is not owed again.
    let lowered = json!({"data": {"object": {"invoice": {"payment_requests": [{
        "due_date": "2027-01-15",
        "computed_amount_money": {"amount": 123_456, "currency": "EUR"},
        "total_completed_amount_money": {"amount": 10_000, "currency": "EUR"},
    }]}}}});
    let invoice = shown(
        "square",
        &changed("square", "part_paid_and_refunded", &lowered),
    );
    assert_eq!(invoice.remaining.minor, 73_456);
}

#[test]
fn fault_14_a_payment_entered_by_hand_counts_from_when_it_was_entered() {
    for (step, at) in [
        ("part_paid", "2027-01-19T08:31:07Z"),
        ("part_paid_again", "2027-01-19T08:31:07Z"),
        ("part_paid_once_more", "2027-01-22T10:31:07Z"),
    ] {
        let said = read("lago", &payload("lago", step));
        let [Ok(Translation::Movement(event))] = &said[..] else {
            panic!("{step}: {said:?}")
        };
        assert_eq!(event.order.at.to_string(), at, "{step}");
    }
    // Told without its receipt it has no time but the one that was typed.
    let said = read("lago", &payload("lago", "paid_by_hand_without_its_receipt"));
    assert!(
        matches!(&said[..], [Ok(Translation::Ignored { .. })]),
        "{said:?}"
    );
}

#[test]
fn fault_14_an_end_counts_though_its_tool_does_not_say_when() {
    let undated = json!({"invoice": {"created_at": null, "updated_at": null, "voided_at": null}});
    let came_at: Timestamp = "2027-01-20T09:00:00Z".parse().unwrap();
    let heard = |step: &str| -> Translations {
        let Payload { headers, body } = changed("lago", step, &undated);
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let lago = Tool::builtin("lago").unwrap();
        let name = dunning::value::SourceName::parse("lago").unwrap();
        let request = Request::new(&headers, &body);
        lago.translate_unverified_of(request, came_at, &config(), &name)
            .unwrap()
    };
    for (step, status) in [
        ("voided", Status::Void),
        ("marked_as_paid", Status::Paid),
        ("draft_deleted", Status::Void),
    ] {
        let said = heard(step);
        let [Ok(Translation::Movement(event))] = &said[..] else {
            panic!("{step}: {said:?}")
        };
        assert_eq!(
            (&event.what, event.order.at),
            (&Happened::Ended(status), came_at),
            "{step}"
        );
    }
    let open = heard("overdue").remove(0).unwrap_err().to_string();
    assert!(
        open.contains("updated_at is missing: Lago shows it since v1.16.1"),
        "{open}"
    );
}

#[test]
fn fault_17_what_is_in_process_is_quiet_until_it_must_have_come() {
    for (tool, step, until) in [
        ("zoho-books", "ach_initiated", Some("2027-02-01")),
        ("zoho-books", "in_process", Some("2027-02-01")),
        ("zoho-books", "in_process_in_part", Some("2027-02-01")),
        ("zoho-books", "in_process_no_more", None),
        ("chargebee", "debit_under_way", Some("2027-02-01")),
        ("chargebee", "debit_failed", None),
        ("square", "payment_pending", Some("2027-02-08")),
        ("square", "payment_did_not_arrive", None),
        ("maxio", "processing", Some("2027-02-08")),
        ("maxio", "processing_no_more", None),
    ] {
        let invoice = shown(tool, &payload(tool, step));
        let told = invoice.payment_pending_until.map(|day| day.to_string());
        assert_eq!(told.as_deref(), until, "{tool} {step}");
        assert_eq!(invoice.collection, Collection::SendInvoice, "{tool} {step}");
        assert!(invoice.remaining.minor > 0, "{tool} {step}");
    }
}

#[test]
fn fault_17_nothing_is_asked_before_the_day_that_was_agreed() {
    let agreed = |date: Value, stops: Value| {
        let patch = json!({"invoice": {
            "payment_expected_date": date, "stop_reminder_until_payment_expected_date": stops,
        }});
        let invoice = shown("zoho-books", &changed("zoho-books", "opened", &patch));
        invoice.not_before.map(|day| day.to_string())
    };
    let day = Some("2027-03-15".to_owned());
    for date in [
        "2027-03-15",
        " 2027-03-15 ",
        "2027-03-15T00:00:00+0100",
        "15 Mar 2027",
    ] {
        assert_eq!(agreed(json!(date), json!(true)), day, "{date}");
    }
    assert_eq!(agreed(json!("2027-03-15"), json!("true")), day);
    for (date, stops) in [
        (json!("2027-03-15"), json!(false)),
        (json!("2027-03-15"), json!(null)),
        (json!(""), json!(true)),
        (json!(null), json!(true)),
    ] {
        assert_eq!(agreed(date, stops), None);
    }
}

#[test]
fn fault_18_a_client_whose_reminders_are_switched_off_is_left_alone() {
    let left_alone = |step: &str, patch: Value| {
        let said = read("invoice-ninja", &changed("invoice-ninja", step, &patch)).into_iter();
        let mut debtors = said.filter_map(|said| match said.unwrap() {
            Translation::Invoice(event) => event.debtor,
            Translation::Customer(event) => event.debtor.map(|debtor| debtor.value),
            _ => None,
        });
        let debtor = debtors.next_back();
        debtor.expect("it tells of the client").left_alone
    };
    let settings = |value: &Value| json!({"settings": {"send_reminders": value}});
    for off in [json!(false), json!("0")] {
        assert!(left_alone("sent", json!({"client": settings(&off)})));
        assert!(left_alone(
            "part_paid_again",
            json!({"client": settings(&off)})
        ));
        assert!(left_alone("client", settings(&off)));
    }
    for other in [json!(true), json!(null), json!(""), json!("1")] {
        assert!(!left_alone("client", settings(&other)), "{other}");
    }
}

#[test]
fn money_of_a_customer_that_is_on_no_invoice_is_told() {
    let told = |tool: &str, step: &str, patch: Value| {
        let said = read(tool, &changed(tool, step, &patch)).into_iter();
        let facts = said.filter_map(|said| match said.unwrap() {
            Translation::Customer(event) => Some(event.facts.unapplied),
            _ => None,
        });
        let amounts = facts
            .flatten()
            .map(|(_, told)| told.latest.value.to_string());
        amounts.collect::<Vec<String>>()
    };
    let excess = |customer: Value| json!({"content": {"customer": customer}});
    let of_chargebee = |customer: Value| told("chargebee", "part_paid", excess(customer));
    assert_eq!(of_chargebee(json!({})), ["0.00 EUR"]);
    assert_eq!(
        of_chargebee(json!({"excess_payments": 5000})),
        ["50.00 EUR"]
    );
    let balances = json!({"excess_payments": 5000, "balances": [
        {"excess_payments": 5000, "balance_currency_code": "EUR", "currency_code": "EUR"},
        {"excess_payments": 700, "balance_currency_code": "USD", "currency_code": "EUR"},
    ]});
    assert_eq!(of_chargebee(balances), ["50.00 EUR", "7.00 USD"]);
    assert_eq!(of_chargebee(json!({"excess_payments": null})), [""; 0]);
    let of_ninja = |step: &str, patch: Value| told("invoice-ninja", step, patch);
    assert_eq!(
        of_ninja("client", json!({"payment_balance": 120.5})),
        ["120.50 EUR"]
    );
    assert_eq!(
        of_ninja("client", json!({"payment_balance": -1})),
        ["0.00 EUR"]
    );
    assert_eq!(
        of_ninja(
            "part_paid_again",
            json!({"client": {"payment_balance": 20}})
        ),
        ["20.00 EUR"]
    );
}

#[test]
fn fault_18_a_payment_that_is_expected_later_is_waited_for() {
    let expected = |value: Value| {
        let patch = json!({"content": {"invoice": {"expected_payment_date": value}}});
        let invoice = shown("chargebee", &changed("chargebee", "due", &patch));
        invoice.not_before.map(|day| day.to_string())
    };
    // 23:00 of the day before in UTC: midnight in Paris.
    assert_eq!(
        expected(json!(1_801_609_200)).as_deref(),
        Some("2027-02-03")
    );
    assert_eq!(expected(json!("1801609200")).as_deref(), Some("2027-02-03"));
    for none in [json!(null), json!(""), json!(false)] {
        assert_eq!(expected(none), None);
    }
}

#[test]
fn fault_20_a_number_with_an_exponent_is_a_plain_number_in_every_tool() {
    for (tool, step, field, value) in [
        (
            "chargebee",
            "opened",
            "\"amount_due\":123456",
            "\"amount_due\":1.23456E5",
        ),
        (
            "invoice-ninja",
            "sent",
            "\"balance\":1234.56",
            "\"balance\":123456e-2",
        ),
        (
            "lago",
            "opened",
            "\"total_due_amount_cents\":123456",
            "\"total_due_amount_cents\":1.23456e+5",
        ),
        (
            "odoo",
            "opened",
            "\"amount_residual\":1234.56",
            "\"amount_residual\":1.23456E3",
        ),
        (
            "square",
            "opened",
            "\"amount\":123456",
            "\"amount\":123456e0",
        ),
        (
            "standard-webhooks",
            "updated",
            "\"remaining\":\"1234.56\"",
            "\"remaining\":1.23456E3",
        ),
        (
            "zoho-books",
            "opened",
            "\"balance\":1234.56",
            "\"balance\":1.23456E3",
        ),
    ] {
        let Payload { headers, body } = payload(tool, step);
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains(field), "{tool}: {body}");
        let with = |value: &str| Payload {
            headers: headers.clone(),
            body: body.replace(field, value).into_bytes(),
        };
        assert_eq!(shown(tool, &with(value)).remaining.minor, 123_456, "{tool}");
        let zero = value.split(':').next().unwrap().to_owned() + ":-0.0";
        assert_eq!(shown(tool, &with(&zero)).remaining.minor, 0, "{tool}");
        let absurd = value.split(':').next().unwrap().to_owned() + ":\"1e999999999\"";
        assert!(
            why_not(tool, &with(&absurd)).contains("not a plain decimal"),
            "{tool}"
        );
    }
}

#[test]
fn a_credit_that_is_applied_to_an_invoice_that_is_not_shown_is_told_as_one() {
    let said = read(
        "invoice-ninja",
        &payload("invoice-ninja", "credit_applied_alone"),
    );
    let Ok(Translation::Movement(event)) = &said[0] else {
        panic!("{said:?}")
    };
    let Happened::Moved { movement, .. } = &event.what else {
        panic!("{event:?}")
    };
    assert_eq!(movement.kind, MovementKind::Credit);
}
