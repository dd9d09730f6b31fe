//! Each item that was ever stored is read, and written again as it was: `tests/stored` has one of each
//! kind, of each state and of each older form. An item's form is only ever added to.

use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use dunning::file::{Debtor, Invoice, Mailbox, Pause, TeamFile};
use dunning::journal::{Line, Notice};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::comparison::{self, Comparison};
use crate::deliveries::Part;
use crate::import::Import;
use crate::items::{Item, Record, Stored, from_item, guarded, key_item, stored, text, to_item};
use crate::keys::Key;
use crate::marker::Seen;
use crate::pointer::{self, ParkedItem, PaymentItem, Pointer};
use crate::reception::ReceptionItem;
use crate::team::InboxEntry;

/// The items of a file in `tests/stored`.
fn items(name: &str) -> Vec<Item> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/stored/{name}.json"));
    let text = std::fs::read_to_string(path).unwrap();
    let items: Vec<serde_dynamo::Item> = serde_json::from_str(&text).unwrap();
    items.into_iter().map(Item::from).collect()
}

/// As DynamoDB writes it, to be compared. What counts the writes is left out: to write an item again
/// counts one on.
fn as_json(item: &Item) -> Value {
    let mut item = item.clone();
    item.remove("version");
    serde_json::to_value(serde_dynamo::Item::from(item)).unwrap()
}

fn key(item: &Item) -> Key {
    Key {
        pk: text(item, "PK"),
        sk: text(item, "SK"),
    }
}

fn record<T: Serialize + DeserializeOwned>(item: Item) -> Item {
    to_item(&from_item::<Record<T>>(item).unwrap()).unwrap()
}

fn again(name: &str, item: Item) -> Item {
    let key = key(&item);
    match name {
        "file"
        | "file-told-apart"
        | "file-told-wider"
        | "file-of-many-payments"
        | "file-that-waits-for-a-template"
        | "file-that-waits-for-a-look"
        | "file-of-a-shared-mailbox"
        | "file-with-a-history"
        | "file-of-a-rehearsal" => {
            let value = stored::<Debtor>(item).unwrap().value;
            guarded(key, None, &value).unwrap().item().clone()
        }
        "open"
        | "open-quiet"
        | "open-told-wider"
        | "open-silenced"
        | "open-shown-again"
        | "open-in-a-lull"
        | "open-not-shown"
        | "open-imported"
        | "open-mails-that-are-answered"
        | "open-of-a-policy"
        | "closed" => {
            let value = stored::<Invoice>(item).unwrap().value;
            guarded(key, None, &value).unwrap().item().clone()
        }
        "import" | "import-of-accounts" => {
            let value = stored::<Import>(item).unwrap().value;
            guarded(key, None, &value).unwrap().item().clone()
        }
        // No value says its end: it goes along.
        "closed-with-an-end" => {
            let Stored { value, read } = stored::<Invoice>(item).unwrap();
            guarded(key, Some(&read), &value).unwrap().item().clone()
        }
        "mailbox" => {
            let value = stored::<Mailbox>(item).unwrap().value;
            guarded(key, None, &value).unwrap().item().clone()
        }
        "team" | "team-with-an-engineer" | "team-of-a-rehearsal" => {
            let value = stored::<TeamFile>(item).unwrap().value;
            guarded(key, None, &value).unwrap().item().clone()
        }
        "journal"
        | "journal-told-apart"
        | "journal-that-waits-for-a-template"
        | "journal-of-looks"
        | "journal-with-an-end"
        | "journal-of-a-policy"
        | "journal-of-mailboxes" => record::<Vec<Line>>(item),
        "notice"
        | "notice-of-lulls"
        | "notice-of-looks"
        | "notice-of-customers"
        | "notice-with-its-matter"
        | "notice-of-a-policy"
        | "notice-of-addresses" => record::<Vec<Notice>>(item),
        "signal" => record::<Line>(item),
        "inbox" => record::<InboxEntry>(item),
        "delivery" => record::<Part>(item),
        "comparison" => {
            let value = stored::<Comparison>(item).unwrap().value;
            guarded(key, None, &value).unwrap().item().clone()
        }
        "listed" => record::<comparison::Part>(item),
        "standstill" | "standstill-copy" => record::<Pause>(item),
        "seen" => {
            let seen: Seen = from_item(item.clone()).unwrap();
            let mut written = record::<()>(item.clone());
            // Earlier versions wrote no more than that it was.
            if item.contains_key("translation") {
                written.extend(to_item(&seen).unwrap());
            }
            written
        }
        "reception" => to_item(&from_item::<ReceptionItem>(item).unwrap()).unwrap(),
        "place-of-sweep" | "probe" => record::<String>(item),
        "parked" | "parked-payment" => to_item(&from_item::<ParkedItem>(item).unwrap()).unwrap(),
        "payment" => to_item(&from_item::<PaymentItem>(item).unwrap()).unwrap(),
        "pointer" => {
            let Ok(Pointer::To(debtor)) = pointer::owner(Some(item)) else {
                panic!("it leads nowhere");
            };
            // As `Transaction::point` updates it.
            let mut item = key_item(key);
            let debtor = AttributeValue::S(debtor.to_string());
            item.insert("debtor".to_owned(), debtor);
            item
        }
        other => panic!("nobody knows how to write {other}"),
    }
}

#[test]
fn what_is_stored_is_read_and_written_again_unchanged() {
    for name in [
        "file",
        "file-told-apart",
        "file-told-wider",
        "file-of-many-payments",
        "file-of-a-shared-mailbox",
        "file-of-a-rehearsal",
        "file-with-a-history",
        "open-of-a-policy",
        "journal-of-a-policy",
        "notice-of-a-policy",
        "signal",
        "mailbox",
        "open",
        "open-quiet",
        "open-told-wider",
        "open-silenced",
        "open-shown-again",
        "open-in-a-lull",
        "open-imported",
        "import",
        "import-of-accounts",
        "file-that-waits-for-a-template",
        "file-that-waits-for-a-look",
        "open-not-shown",
        "journal-of-looks",
        "notice-of-looks",
        "comparison",
        "listed",
        "open-mails-that-are-answered",
        "closed",
        "closed-with-an-end",
        "team",
        "team-with-an-engineer",
        "team-of-a-rehearsal",
        "journal",
        "journal-told-apart",
        "journal-of-mailboxes",
        "journal-with-an-end",
        "notice",
        "notice-of-addresses",
        "notice-of-customers",
        "notice-of-lulls",
        "journal-that-waits-for-a-template",
        "notice-with-its-matter",
        "inbox",
        "delivery",
        "standstill",
        "standstill-copy",
        "seen",
        "parked",
        "parked-payment",
        "payment",
        "pointer",
        "reception",
        "place-of-sweep",
        "probe",
    ] {
        for item in items(name) {
            assert_eq!(
                as_json(&again(name, item.clone())),
                as_json(&item),
                "{name}"
            );
        }
    }
}

#[test]
fn a_release_that_was_stored_as_a_place_in_the_order_of_events_is_read_as_its_instant() {
    let mut item = items("open-before-released-was-an-instant").remove(0);
    let written = again("open", item.clone());
    let Some(AttributeValue::M(value)) = item.get_mut("value") else {
        panic!("an invoice has a value");
    };
    let at = AttributeValue::S("2027-01-11T08:00:00Z".to_owned());
    value.insert("released".to_owned(), at);
    assert_eq!(as_json(&written), as_json(&item));
}
