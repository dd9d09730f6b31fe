//! Each event of an invoice's life, in both of the API's shapes.

use dunning::billing::{Collection, Happened, MovementKind, Status};
use dunning::value::Mode;
use jiff::civil::date;
use serde_json::{Value, json};
use sources::Translation;

use crate::fixtures::{SHAPES, Shape, apart, event, overlay, steps};
use crate::{Bad, config, event_of, paris, read, read_all, read_bytes};

/// The event, with more laid over its invoice.
pub(crate) fn with(name: &str, invoice: &Value) -> Value {
    let mut changed = event(Shape::SinceBasil, name);
    overlay(&mut changed, &json!({"data": {"object": invoice}}));
    changed
}

#[test]
fn every_event_of_a_life_is_understood() {
    for name in steps() {
        if ["test_mode", "test_clock"].contains(&name.as_str()) {
            continue; // not of this mode: below
        }
        let understood = event_of(&event(Shape::SinceBasil, &name));
        insta::assert_json_snapshot!(name, understood);
    }
}

#[test]
fn every_event_that_does_not_show_the_invoice_is_understood() {
    let told: Vec<String> = apart()
        .iter()
        .map(
            |name| match read(&event(Shape::SinceBasil, name)).unwrap() {
                Translation::Movement(told) => {
                    format!("{name}: {:?} {:?}", told.subject, told.what)
                }
                Translation::Customer(told) => match told.debtor {
                    Some(debtor) => format!("{name}: {:?}", debtor.value),
                    None => format!("{name}: {}", json!(told.facts)),
                },
                Translation::Ignored { kind } => format!("{name}: {kind} says nothing"),
                other => panic!("{name}: {other:?}"),
            },
        )
        .collect();
    insta::assert_snapshot!("apart", told.join("\n"));
}

#[test]
fn the_older_shape_names_the_payment_in_the_invoice() {
    let body = event(Shape::BeforeBasil, "paid").to_string();
    let said = read_all(body.as_bytes(), &paris()).unwrap();
    let [
        Ok(Translation::Invoice(shown)),
        Ok(Translation::Movement(payment)),
    ] = &said[..]
    else {
        panic!("{said:?}");
    };
    assert_eq!(shown.invoice.status, Status::Paid);
    assert_eq!(payment.id.as_str(), format!("{}/payment", shown.id));
    let Happened::Moved {
        payment, movement, ..
    } = &payment.what
    else {
        panic!("{payment:?}");
    };
    assert_eq!(
        payment.as_ref().unwrap().as_str(),
        "pi_3QWcVGLkQvB8xT4d1kRr7mXo"
    );
    assert_eq!(
        (movement.kind, movement.amount.minor),
        (MovementKind::Payment, 0)
    );
}

#[test]
fn a_thin_event_about_an_invoice_is_reported() {
    let thin = json!({
        "id": "evt_test_65UN4gRPFtGgTqXfB16", "object": "v2.core.event", "type": "v1.invoice.paid",
        "created": "2027-01-15T11:59:58.000Z", "livemode": true, "context": null, "reason": null,
        "related_object": {"id": "in_1", "type": "invoice", "url": "/v1/invoices/in_1"},
    });
    let Err(Bad::Nonsense(nonsense)) = read(&thin) else {
        panic!("it was understood");
    };
    assert!(
        nonsense.why.contains("choose snapshot events"),
        "{nonsense}"
    );
}

#[test]
fn both_shapes_of_the_api_say_the_same() {
    for name in steps() {
        if name == "payment_open" {
            continue; // the older one shows no payments
        }
        let [before, since] = SHAPES.map(|shape| read(&event(shape, &name)));
        assert_eq!(before, since, "{name}");
    }
}

#[test]
fn the_old_shape_may_say_paid_without_a_status() {
    let mut paid = event(Shape::BeforeBasil, "paid");
    overlay(&mut paid, &json!({"data": {"object": {"status": null}}}));
    assert_eq!(event_of(&paid).invoice.status, Status::Paid);
}

#[test]
fn a_part_payment_is_told_by_the_amounts() {
    let part_paid = event_of(&event(Shape::SinceBasil, "part_paid")).invoice;
    assert!(part_paid.is_part_paid());
    assert_eq!(part_paid.remaining.to_string(), "734.56 EUR");
    assert!(
        !event_of(&event(Shape::SinceBasil, "sent"))
            .invoice
            .is_part_paid()
    );
}

#[test]
fn credit_lowers_what_is_due_and_is_no_payment() {
    let credited = with(
        "sent",
        &json!({
            "total": 123_456, "amount_due": 100_000, "amount_remaining": 100_000, "starting_balance": -23_456,
        }),
    );
    let credited = event_of(&credited).invoice;
    assert_eq!(credited.total.to_string(), "1000.00 EUR");
    assert!(!credited.is_part_paid());
}

#[test]
fn nothing_remains_of_a_paid_invoice_even_if_it_was_paid_outside_stripe() {
    let outside = json!({"status": "paid", "amount_paid": 0, "amount_remaining": 123_456});
    let outside = event_of(&with("paid", &outside)).invoice;
    assert_eq!((outside.status, outside.remaining.minor), (Status::Paid, 0));
    assert_eq!(outside.total.minor, 123_456);
}

#[test]
fn the_due_date_is_the_civil_day_where_the_source_is() {
    // Half past eleven in the evening in London, half past midnight in Paris.
    let late = with("sent", &json!({"due_date": 1_800_055_800}));
    let due_in = |zone: &str| {
        let body = late.to_string();
        match read_bytes(body.as_bytes(), &config(Mode::Live, zone)) {
            Ok(Translation::Invoice(event)) => event.invoice.due_on.unwrap(),
            other => panic!("not an event: {other:?}"),
        }
    };
    assert_eq!(due_in("Europe/London"), date(2027, 1, 15));
    assert_eq!(due_in("Europe/Paris"), date(2027, 1, 16));
    assert_eq!(due_in("America/Los_Angeles"), date(2027, 1, 15));
}

#[test]
fn an_invoice_without_a_due_date_has_none() {
    let undated = event_of(&with("sent", &json!({"due_date": null}))).invoice;
    assert_eq!(undated.due_on, None);
}

#[test]
fn a_failed_charge_has_its_instant_and_a_refused_card_of_a_payer_has_not() {
    let failed = event_of(&event(Shape::SinceBasil, "payment_failed"));
    assert_eq!(failed.invoice.collection, Collection::ChargeAutomatically);
    assert_eq!(failed.invoice.due_on, None);
    assert_eq!(failed.charge_failed_at, Some(failed.order.at));

    let by_hand = with(
        "payment_failed",
        &json!({"collection_method": "send_invoice"}),
    );
    assert_eq!(event_of(&by_hand).charge_failed_at, None);
}

#[test]
fn amounts_are_counted_in_stripes_units() {
    let amount_in = |currency: &str, amount: u64| {
        let invoice =
            json!({"currency": currency, "amount_due": amount, "amount_remaining": amount});
        event_of(&with("sent", &invoice))
            .invoice
            .remaining
            .to_string()
    };
    assert_eq!(amount_in("usd", 1050), "10.50 USD");
    assert_eq!(amount_in("jpy", 1050), "1050 JPY");
    assert_eq!(amount_in("kwd", 1050), "1.050 KWD");
    assert_eq!(amount_in("isk", 105_000), "1050 ISK");
    assert_eq!(amount_in("ugx", 105_000), "1050 UGX");
    assert_eq!(amount_in("mga", 1050), "1050.00 MGA");
    assert_eq!(
        amount_in("eur", 9_007_199_254_740_993),
        "90071992547409.93 EUR"
    );
}

#[test]
fn the_language_is_read_where_somebody_wrote_it() {
    let language = |event: &Value| {
        event_of(event)
            .debtor
            .unwrap()
            .language
            .map(|l| l.as_str().to_owned())
    };
    assert_eq!(language(&event(Shape::SinceBasil, "sent")), None);
    assert_eq!(
        language(&event(Shape::SinceBasil, "expanded_customer")).as_deref(),
        Some("fr")
    );
    for metadata in [json!({"language": "de"}), json!({"locale": "de-AT"})] {
        let written = with("expanded_customer", &json!({"metadata": metadata}));
        assert_eq!(language(&written).as_deref(), Some("de"));
    }
    assert_eq!(
        language(&with("sent", &json!({"metadata": {"language": "klingon"}}))),
        None
    );
}

#[test]
fn a_purchase_order_is_found_under_the_names_that_people_give_it() {
    let po_number = |fields: Value| event_of(&with("sent", &fields)).invoice.po_number;
    for name in [
        "PO",
        "P.O.",
        "PO #",
        "PO Number",
        "P.O. Number",
        "po-number",
        "Purchase order",
        "Purchase Order No.",
        "Bon de commande",
        "N° de commande",
        "Numéro de commande",
        "No de commande",
        "N° bon de commande",
        "N° de bon de commande",
    ] {
        let fields = json!({"custom_fields": [{"name": "Chantier", "value": "3"}, {"name": name, "value": "A-7"}]});
        assert_eq!(po_number(fields).as_deref(), Some("A-7"), "{name}");
    }
    for name in [
        "Date de commande",
        "Postcode",
        "Position",
        "Depot",
        "Purchase order date",
    ] {
        let fields = json!({"custom_fields": [{"name": name, "value": "A-7"}]});
        assert_eq!(po_number(fields), None, "{name}");
    }
    let in_metadata = json!({"custom_fields": null, "metadata": {"po_number": "B-8"}});
    assert_eq!(po_number(in_metadata).as_deref(), Some("B-8"));
}

#[test]
fn a_debtor_without_a_usable_address_is_a_debtor_all_the_same() {
    for email in [
        json!(null),
        json!(""),
        json!("compta"),
        json!("comptabilité@exemple.example"),
    ] {
        assert_eq!(
            event_of(&with("sent", &json!({"customer_email": email})))
                .debtor
                .unwrap()
                .email,
            None
        );
    }
}

#[test]
fn a_link_that_is_no_web_address_is_left_out() {
    let links = json!({"hosted_invoice_url": "javascript:alert(1)", "invoice_pdf": ""});
    let invoice = event_of(&with("paid", &links)).invoice;
    assert_eq!(
        (invoice.pay_url, invoice.pdf_url, invoice.status),
        (None, None, Status::Paid)
    );
}

#[test]
fn events_of_the_other_mode_are_named_and_kept_out() {
    for name in ["test_mode", "test_clock"] {
        let test = event(Shape::SinceBasil, name);
        let Ok(Translation::OtherMode { kind, event, mode }) = read(&test) else {
            panic!("{name} was taken");
        };
        assert_eq!((kind.as_str(), mode), ("invoice.sent", Mode::Test));
        assert_eq!(event.as_str(), test["id"].as_str().unwrap());
    }
    let live = event(Shape::SinceBasil, "sent").to_string();
    let result = read_bytes(live.as_bytes(), &config(Mode::Test, "Europe/Paris"));
    assert!(matches!(
        result,
        Ok(Translation::OtherMode {
            mode: Mode::Live,
            ..
        })
    ));
}

#[test]
fn a_source_in_test_mode_takes_test_events_and_those_of_test_clocks() {
    for name in ["test_mode", "test_clock"] {
        let body = event(Shape::SinceBasil, name).to_string();
        let result = read_bytes(body.as_bytes(), &config(Mode::Test, "Europe/Paris"));
        let Ok(Translation::Invoice(event)) = result else {
            panic!("{name}: {result:?}")
        };
        assert_eq!(event.realm.to_string(), "stripe#default#test");
    }
}

#[test]
fn what_happens_in_a_connected_account_stays_in_its_realm() {
    let connected = event_of(&event(Shape::SinceBasil, "connected_account"));
    assert_eq!(
        connected.realm.to_string(),
        "stripe#acct_1QBx7mRdHc5KfYpL#live"
    );
}

#[test]
fn other_kinds_of_events_are_ignored_by_name() {
    let preview = json!({"id": "upcoming_in_1", "object": "invoice"});
    for (kind, object) in [
        ("invoice.upcoming", preview),
        ("invoice.something_new", json!({"id": "in_1"})),
        (
            "customer.discount.deleted",
            json!({"id": "di_1", "object": "discount"}),
        ),
        ("invoiceitem.created", json!(null)),
    ] {
        let event =
            json!({"id": "evt_1", "object": "event", "type": kind, "data": {"object": object}});
        assert_eq!(
            read(&event),
            Ok(Translation::Ignored {
                kind: kind.to_owned()
            })
        );
    }
}

#[test]
fn a_thin_event_is_ignored_by_name() {
    let thin = json!({
        "id": "evt_test_65UN4gRPFtGgTqXfB16Sob4MwFsHSQ8yrcPRzCFEYqu6IC", "object": "v2.core.event",
        "type": "v1.billing.meter.error_report_triggered", "created": "2027-01-15T11:59:58.000Z",
        "livemode": true, "context": null, "reason": null,
        "related_object": {"id": "mtr_1", "type": "billing.meter", "url": "/v1/billing/meters/mtr_1"},
    });
    let kind = "v1.billing.meter.error_report_triggered".to_owned();
    assert_eq!(read(&thin), Ok(Translation::Ignored { kind }));
}

#[test]
fn json_that_is_no_event_at_all_is_ignored() {
    let nameless = Translation::Ignored {
        kind: "(no name)".to_owned(),
    };
    assert_eq!(read(&json!({})), Ok(nameless));
}
