//! What a tool's user says to Relance in metadata, by keys that mean the same in every tool; and what else a tool tells
//! of an invoice and its debtor.

use dunning::billing::{Contact, CustomerEvent, Happened, InvoiceEvent, Profile, Role};
use dunning::limits::{MOST_CONTACTS, MOST_INSTALMENTS};
use dunning::value::EmailAddress;
use jiff::civil::date;
use serde_json::{Value, json};
use sources::Translation;

use crate::silence::said;

/// An event of one's own that shows an invoice with this.
fn showing(more: &Value) -> Value {
    let mut invoice = json!({
        "id": "inv_1", "status": "open", "currency": "EUR", "total": "10", "remaining": "10",
        "collection": "send_invoice",
    });
    crate::stripe::overlay(&mut invoice, more);
    json!({ "customer": "C-1", "invoice": invoice })
}

/// What of it is understood, and which fields are named to the team.
fn taken(data: &Value) -> (Vec<Translation>, Vec<String>) {
    let (mut understood, mut named) = (Vec::new(), Vec::new());
    for said in said(data) {
        match said {
            Ok(said) => understood.push(said),
            Err(nonsense) => named.push(nonsense.to_string()),
        }
    }
    (understood, named)
}

fn invoice(more: &Value) -> (InvoiceEvent, Vec<String>) {
    let (mut understood, named) = taken(&showing(more));
    match understood.pop() {
        Some(Translation::Invoice(event)) if understood.is_empty() => (*event, named),
        other => panic!("{other:?} {named:?}"),
    }
}

fn steered(metadata: &Value) -> (InvoiceEvent, Vec<String>) {
    invoice(&json!({ "metadata": metadata }))
}

fn debtor(more: &Value) -> (Profile, Vec<String>) {
    let mut debtor = json!({ "name": "Dubreuil", "email": "compta@x.example" });
    crate::stripe::overlay(&mut debtor, more);
    let (mut understood, named) = taken(&json!({ "customer": "C-1", "debtor": debtor }));
    match understood.pop() {
        Some(Translation::Customer(event)) if understood.is_empty() => {
            let CustomerEvent { debtor, .. } = *event;
            (debtor.unwrap().value, named)
        }
        other => panic!("{other:?} {named:?}"),
    }
}

fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

#[test]
fn wish_19_an_invoice_is_switched_off_and_on_by_the_words_that_people_use() {
    for off in [
        json!("off"),
        json!("OFF"),
        json!(" Off "),
        json!("no"),
        json!("No"),
        json!("false"),
        json!(false),
        json!("0"),
        json!(0),
    ] {
        let (event, named) = steered(&json!({ "relance": off }));
        assert!(event.invoice.left_alone && named.is_empty(), "{off}");
        let (profile, named) = debtor(&json!({ "metadata": { "relance": off } }));
        assert!(profile.left_alone && named.is_empty(), "{off}");
    }
    for on in [
        json!("on"),
        json!("Yes"),
        json!(true),
        json!(1),
        json!(""),
        json!(" "),
        json!(null),
        json!({}),
    ] {
        let (event, named) = steered(&json!({ "relance": on }));
        assert!(!event.invoice.left_alone && named.is_empty(), "{on}");
    }
}

#[test]
fn wish_19_a_wish_that_nobody_can_read_holds_what_it_is_about_and_is_told_by_its_name() {
    for (key, said) in [
        ("relance", "perhaps"),
        ("relance", "of"),
        ("relance_until", "spring"),
        ("relance_until", "31/02/2027"),
        // One or the other: nobody knows.
        ("relance_until", "04/05/2027"),
        ("relance_contact", "achats@client"),
        ("relance_contact", "Service achats"),
    ] {
        let (event, named) = steered(&json!({ key: said }));
        assert!(event.invoice.left_alone, "{key}: {said}");
        let [named] = &named[..] else {
            panic!("{key}: {named:?}");
        };
        assert!(
            named.contains(&format!("invoice.metadata.{key} is \"{said}\"")),
            "{named}"
        );
    }
    for (key, said) in [("relance", "perhaps"), ("relance_until", "spring")] {
        let (profile, named) = debtor(&json!({ "metadata": { key: said } }));
        assert!(profile.left_alone && profile.steering.unwrap().left_alone);
        assert!(
            named[0].contains(&format!("debtor.metadata.{key}")),
            "{named:?}"
        );
    }
}

#[test]
fn a_day_until_which_nothing_is_sent_is_read_in_the_forms_that_people_write() {
    for day in [
        "2027-03-01",
        "2027-03-01T00:00:00Z",
        "1 March 2027",
        "01.03.2027",
        "2027/03/01",
    ] {
        let (event, named) = steered(&json!({ "relance_until": day }));
        assert_eq!(event.invoice.not_before, Some(date(2027, 3, 1)), "{day}");
        assert!(!event.invoice.left_alone && named.is_empty(), "{day}");
    }
    // The later of what the tool and the person want.
    let both = json!({ "not_before": "2027-04-01", "metadata": { "relance_until": "2027-03-01" } });
    assert_eq!(invoice(&both).0.invoice.not_before, Some(date(2027, 4, 1)));
}

#[test]
fn the_keys_may_be_written_as_a_field_is_labelled_and_all_else_becomes_tags() {
    let (event, _) = steered(&json!({
        "Relance until": "2027-03-01", "RELANCE-PLAN": "key accounts", "affaire": "2026-118", "relances": "off",
    }));
    assert_eq!(event.invoice.not_before, Some(date(2027, 3, 1)));
    assert_eq!(event.invoice.plan.as_deref(), Some("key accounts"));
    let tags: Vec<_> = event.invoice.tags.iter().collect();
    assert_eq!(tags, [("affaire", "2026-118"), ("relances", "off")]);
    assert!(!event.invoice.left_alone);
}

#[test]
fn reminders_go_where_the_metadata_says_and_nowhere_if_that_is_no_address() {
    let to = |said: &str| debtor(&json!({ "metadata": { "relance_contact": said } })).0;
    let chosen = to("Achats <achats@x.example>; direction@x.example");
    assert_eq!(chosen.email, Some(email("achats@x.example")));
    assert_eq!(
        chosen.other_emails,
        [email("direction@x.example"), email("compta@x.example")]
    );
    assert_eq!(chosen.contacts[0].email, Some(email("achats@x.example")));
    let unreadable = to("achats@x");
    assert_eq!(unreadable.email, None);
    assert_eq!(unreadable.unusable_emails[0].said, "achats@x");
    for nothing in ["", " ", "-"] {
        assert_eq!(to(nothing).email, Some(email("compta@x.example")));
    }
}

#[test]
fn an_account_manager_is_an_address_a_name_or_both() {
    let manager = |said: &str| {
        let (mut event, named) = steered(&json!({ "account_manager": said }));
        assert!(!event.invoice.left_alone);
        (event.invoice.contacts.pop(), named)
    };
    for (said, name, address) in [
        ("clients@us.example", None, Some("clients@us.example")),
        (
            "Service clients <clients@us.example>",
            Some("Service clients"),
            Some("clients@us.example"),
        ),
        (
            "\"Clients, SARL\" <clients@us.example>",
            Some("Clients, SARL"),
            Some("clients@us.example"),
        ),
        ("Service clients", Some("Service clients"), None),
        // It holds nothing.
        ("clients@us", Some("clients@us"), None),
    ] {
        let wanted = Contact {
            role: Role::AccountManager,
            name: name.map(str::to_owned),
            email: address.map(email),
            phone: None,
        };
        assert_eq!(manager(said), (Some(wanted), Vec::new()), "{said}");
    }
}

#[test]
fn metadata_silences_whatever_is_wrong_beside_it() {
    let mut data = showing(&json!({ "metadata": { "relance": "off" }, "due_on": "soon" }));
    data["debtor"] = json!({ "metadata": { "relance_until": "2027-03-01" }, "name": {} });
    let (understood, named) = taken(&data);
    assert_eq!(named.len(), 1, "{named:?}");
    let mut silenced = 0;
    for said in understood {
        match said {
            Translation::Movement(event) => {
                let Happened::Silenced(silence) = event.what else {
                    panic!("{event:?}");
                };
                assert!(silence.left_alone);
                silenced += 1;
            }
            Translation::Customer(event) => {
                let told = event.debtor.unwrap().value;
                assert_eq!(told.not_before, Some(date(2027, 3, 1)));
                silenced += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(silenced, 2);
}

#[test]
fn an_invoice_that_is_paid_is_paid_whatever_its_metadata_and_its_instalments_say() {
    let more = json!({
        "status": "paid", "metadata": { "relance": "perhaps" }, "instalments": [{ "amount": "much" }],
    });
    let (event, named) = invoice(&more);
    assert_eq!(event.invoice.remaining.minor, 0);
    assert!(event.invoice.instalments.is_empty());
    assert_eq!(named.len(), 1, "{named:?}");
}

#[test]
fn instalments_stand_in_the_order_of_their_days_and_one_that_makes_no_sense_is_refused_by_name() {
    let parts = |parts: Value| taken(&showing(&json!({ "instalments": parts })));
    let (event, _) = invoice(&json!({ "instalments": [
        { "due_at": "2027-03-14T23:30:00Z", "amount": "4" },
        { "due_on": "2027-02-15", "amount": "6.50" },
        { "due_on": "2027-02-15", "amount": "0" },
    ] }));
    let told = event.invoice.instalments.iter();
    let told: Vec<_> = told.map(|part| (part.due_on, part.amount.minor)).collect();
    // An instant's civil day is that of the source.
    assert_eq!(told, [(date(2027, 2, 15), 650), (date(2027, 3, 15), 400)]);
    for bad in [
        json!([{ "amount": "4" }]),
        json!([{ "due_on": "2027-02-15" }]),
        json!([{ "due_on": "2027-02-15", "amount": "-4" }]),
        json!([{ "due_on": "2927-02-15", "amount": "4" }]),
        json!([{ "due_on": "soon", "amount": "4" }]),
        json!("monthly"),
    ] {
        let (understood, named) = parts(bad.clone());
        assert!(understood.is_empty(), "{bad}");
        assert!(named[0].contains("invoice.instalments"), "{bad}: {named:?}");
    }
    let many: Vec<_> = (0..100)
        .map(|_| json!({ "due_on": "2027-02-15", "amount": "1" }))
        .collect();
    let (event, _) = invoice(&json!({ "instalments": many }));
    assert_eq!(event.invoice.instalments.len(), MOST_INSTALMENTS);
}

#[test]
fn a_day_of_issue_that_is_none_is_the_same_as_none() {
    for (issued, day) in [
        (
            json!({ "issued_on": "2026-12-16" }),
            Some(date(2026, 12, 16)),
        ),
        (
            json!({ "issued_at": "2026-12-15T23:30:00Z" }),
            Some(date(2026, 12, 16)),
        ),
        (
            json!({ "issued_at": 1_797_411_600 }),
            Some(date(2026, 12, 16)),
        ),
        (json!({ "issued_on": "yesterday" }), None),
        (json!({ "issued_on": { "day": 3 } }), None),
        (json!({ "issued_on": "0026-12-16" }), None),
    ] {
        let (event, named) = invoice(&issued);
        assert_eq!(event.invoice.issued_on, day, "{issued}");
        assert!(named.is_empty(), "{issued}");
    }
}

#[test]
fn contacts_of_whom_nothing_is_known_are_left_out_and_no_more_than_ten_are_kept() {
    let (profile, named) = debtor(&json!({ "contacts": [
        { "role": "payer", "name": " Trésorerie ", "email": "a@b" },
        { "role": "payer", "email": "a@b" },
        { "role": "gardener", "name": "Espaces verts" },
        { "name": "Nobody's part" },
        { "role": "escalation", "email": "x@y.example, z@y.example", "phone": "+331" },
    ] }));
    let wanted = [
        Contact {
            role: Role::Payer,
            name: Some("Trésorerie".to_owned()),
            email: None,
            phone: None,
        },
        Contact {
            role: Role::Escalation,
            name: None,
            email: Some(email("x@y.example")),
            phone: Some("+331".to_owned()),
        },
    ];
    assert_eq!(profile.contacts, wanted);
    assert!(named.is_empty());
    let many: Vec<_> = (0..50)
        .map(|n| json!({ "role": "payer", "name": n.to_string() }))
        .collect();
    let (event, _) = invoice(&json!({
        "contacts": many, "metadata": { "relance_contact": "achats@x.example" },
    }));
    let contacts = event.invoice.contacts;
    assert_eq!(contacts.len(), MOST_CONTACTS);
    assert_eq!(contacts[0].email, Some(email("achats@x.example")));
}

#[test]
fn tags_that_are_told_as_such_count_before_those_of_metadata() {
    let more = json!({ "tags": { "tier": "gold" }, "metadata": { "tier": "silver", "zone": "n" } });
    let (profile, _) = debtor(&more);
    let tags: Vec<_> = profile.tags.iter().collect();
    assert_eq!(tags, [("tier", "gold"), ("zone", "n")]);
}
