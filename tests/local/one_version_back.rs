//! A newer version wrote the table, this one goes on, and the newer one comes back: what it knew is still
//! there, what it held was held, and what it did was not done again.

use serde_json::{Value, json};

use crate::scene::{Scene, at, event, finalized, paid, policy_dir};

const STARTS: &str = "2027-01-11T10:00:00Z";

/// What this version wrote of some invoices, each of a customer of its own.
async fn written(invoices: &[&str]) -> Vec<Value> {
    let mut scene = Scene::new().await;
    for invoice in invoices {
        scene.hear(&issued(invoice)).await;
    }
    scene.world.aws.items()
}

fn customer(invoice: &str) -> Value {
    let customer = format!("cus_{invoice}");
    json!({ "customer": customer, "customer_email": format!("{customer}@client.example.com") })
}

fn of_its_customer(mut event: Value, invoice: &str) -> Value {
    let differs = json!({ "data": { "object": customer(invoice) } });
    tests::stripe::overlay(&mut event, &differs);
    event
}

fn issued(invoice: &str) -> Value {
    of_its_customer(finalized(invoice, STARTS), invoice)
}

/// A world of this version, on a table as a newer one left it.
async fn on(items: &[Value]) -> Scene {
    let scene = Scene::at(at(STARTS), policy_dir()).await;
    scene.world.aws.load(items);
    scene
}

/// The item of a sort key, in the partition of an invoice's customer.
fn item<'a>(items: &'a mut [Value], invoice: &str, sk: &str) -> &'a mut Value {
    let pk = format!("stripe#default#live#cus_{invoice}");
    let is_it = |item: &&mut Value| item["PK"]["S"] == *pk && item["SK"]["S"] == *sk;
    items.iter_mut().find(is_it).unwrap()
}

fn open<'a>(items: &'a mut [Value], invoice: &str) -> &'a mut Value {
    item(items, invoice, &format!("FILE#OPEN#{invoice}"))
}

/// What is held has no next action.
fn hold(items: &mut [Value], invoice: &str, outlook: &Value) {
    let item = open(items, invoice);
    item["value"]["M"]["outlook"] = outlook.clone();
    let attributes = item.as_object_mut().unwrap();
    attributes.retain(|name, _| name != "late_shard" && name != "next_action_at");
}

fn mails_to(scene: &Scene, invoice: &str) -> Vec<String> {
    let address = format!("cus_{invoice}@client.example.com");
    let mails = scene.world.mails().iter();
    let theirs = mails.filter(|mail| mail.sent.to.contains(&address));
    theirs
        .filter_map(|mail| mail.step.clone().map(String::from))
        .collect()
}

/// Where a newer version may have put what this one has no name for: in the item of an open invoice, or of
/// a debtor. The last of each are parts of a fact, and go with it when it is replaced.
const IN_AN_INVOICE: [&str; 5] = [
    "/value/M/added",
    "/value/M/told/M/added",
    "/value/M/steps/L/4/M/added",
    "/added",
    "/value/M/told/M/latest/M/facts/M/added",
];
const IN_A_DEBTOR: [&str; 3] = ["/value/M/added", "/added", "/value/M/told/M/facts/M/added"];

fn add(item: &mut Value, paths: &[&str]) {
    for (n, path) in paths.iter().enumerate() {
        let (map, name) = path.rsplit_once('/').unwrap();
        let map = item.pointer_mut(map).unwrap();
        map[name] =
            json!({ "M": { "by": { "S": "a newer version" }, "n": { "N": n.to_string() } } });
    }
}

fn assert_added(item: &Value, paths: &[&str]) {
    for (n, path) in paths.iter().enumerate() {
        let added = item.pointer(path).map(|added| added["M"]["n"]["N"].clone());
        assert_eq!(added, Some(json!(n.to_string())), "{path}");
    }
}

#[tokio::test]
async fn fields_without_a_name_survive_every_write_of_this_version() {
    let mut items = written(&["in_1"]).await;
    add(open(&mut items, "in_1"), &IN_AN_INVOICE);
    add(item(&mut items, "in_1", "FILE"), &IN_A_DEBTOR);
    let mut scene = on(&items).await;
    // A claim, and SES's events: nothing new is told.
    scene.advance_to("2027-02-02T20:00:00Z").await;
    assert_eq!(mails_to(&scene, "in_1"), ["ask-15"]);
    let mut items = scene.world.aws.items();
    assert_added(open(&mut items, "in_1"), &IN_AN_INVOICE);
    assert_added(item(&mut items, "in_1", "FILE"), &IN_A_DEBTOR);
    // The due date moves: the snapshot is another one, and nothing of the old one stays beside it.
    let due = at("2027-02-17T11:00:00Z").as_second();
    let moved = event(
        "updated",
        "in_1",
        "2027-02-02T20:00:00Z",
        json!({ "due_date": due }),
    );
    scene.hear(&of_its_customer(moved, "in_1")).await;
    let mut items = scene.world.aws.items();
    let invoice = open(&mut items, "in_1");
    assert_added(invoice, &IN_AN_INVOICE[..4]);
    assert_eq!(invoice.pointer(IN_AN_INVOICE[4]), None);
    // It is paid, and so moves to the closed ones: what stood beside its value belonged to its old place.
    let paid = paid("in_1", "2027-02-04T10:00:00Z");
    scene.hear(&of_its_customer(paid, "in_1")).await;
    let mut items = scene.world.aws.items();
    let closed = item(&mut items, "in_1", "CLOSED#in_1");
    assert_added(closed, &IN_AN_INVOICE[..2]);
    assert_eq!(closed.get("added"), None);
}

#[tokio::test]
async fn fields_without_a_name_go_along_to_another_customer() {
    let mut items = written(&["in_1"]).await;
    add(open(&mut items, "in_1"), &IN_AN_INVOICE);
    let pointer = items
        .iter_mut()
        .find(|item| item["PK"]["S"] == "INVOICE#stripe#default#live#in_1");
    pointer.unwrap()["added"] = json!({ "S": "a newer version" });
    let mut scene = on(&items).await;
    let moved = json!({ "customer": "cus_other" });
    scene
        .hear(&event("updated", "in_1", "2027-01-12T10:00:00Z", moved))
        .await;
    let items = scene.world.aws.items();
    let of = |pk: &str, sk: &str| {
        let is_it = |item: &&Value| item["PK"]["S"] == *pk && item["SK"]["S"] == *sk;
        items.iter().find(is_it).unwrap()
    };
    let invoice = of("stripe#default#live#cus_other", "FILE#OPEN#in_1");
    assert_added(invoice, &IN_AN_INVOICE[..3]);
    let pointer = of("INVOICE#stripe#default#live#in_1", "POINTER");
    assert_eq!(pointer["added"]["S"], "a newer version");
    assert_eq!(pointer["debtor"]["S"], "stripe#default#live#cus_other");
}

#[tokio::test]
async fn the_next_look_of_a_newer_version_stays_where_this_one_has_none() {
    let mut items = written(&["in_1"]).await;
    let invoice = open(&mut items, "in_1");
    invoice["value"]["M"]["outlook"] = json!({ "M": { "held": { "S": "promised" } } });
    invoice["next_action_at"] = json!({ "S": "2027-03-01T08:00:00.000000000Z" });
    let mut scene = on(&items).await;
    let part = json!({ "amount_paid": 1_000, "amount_remaining": 119_000 });
    let part = event("updated", "in_1", "2027-01-12T10:00:00Z", part);
    scene.hear(&of_its_customer(part, "in_1")).await;
    let mut items = scene.world.aws.items();
    let invoice = open(&mut items, "in_1");
    assert_eq!(
        invoice["next_action_at"]["S"],
        "2027-03-01T08:00:00.000000000Z"
    );
    assert!(invoice["late_shard"]["S"].is_string());
}

#[tokio::test]
async fn what_a_newer_version_holds_is_held_until_it_is_paid() {
    let held = [
        ("in_1", json!({ "M": { "held": { "S": "promised" } } })),
        (
            "in_2",
            json!({ "M": { "held": { "M": { "disputed": { "M": { "part": { "N": "5" } } } } } } }),
        ),
        (
            "in_3",
            json!({ "M": { "waiting": { "M": { "for": { "S": "an answer" } } } } }),
        ),
    ];
    let mut items = written(&["in_1", "in_2", "in_3", "in_4"]).await;
    for (invoice, outlook) in &held {
        hold(&mut items, invoice, outlook);
    }
    let mut scene = on(&items).await;
    scene.advance_to("2027-01-20T10:00:00Z").await;
    for (invoice, _) in &held {
        // What the tool tells plans anew, and so does a knock.
        let again = event(
            "updated",
            invoice,
            "2027-01-20T10:00:00Z",
            json!({ "amount_paid": 1_000, "amount_remaining": 119_000 }),
        );
        scene.hear(&of_its_customer(again, invoice)).await;
        let knock = format!(r#"{{"debtor":"stripe#default#live#cus_{invoice}"}}"#);
        scene.world.knock(&knock).await;
    }
    scene.advance_to("2027-03-20T10:00:00Z").await;
    let mut items = scene.world.aws.items();
    for (invoice, outlook) in &held {
        assert!(mails_to(&scene, invoice).is_empty(), "{invoice}");
        assert_eq!(open(&mut items, invoice)["value"]["M"]["outlook"], *outlook);
    }
    assert_eq!(mails_to(&scene, "in_4").len(), 5);
    scene
        .hear(&of_its_customer(
            paid("in_1", "2027-03-20T10:00:00Z"),
            "in_1",
        ))
        .await;
    let closed = scene.closed("cus_in_1").await;
    assert_eq!(closed[0].outlook.to_string(), "not chased: it is paid");
}

#[tokio::test]
async fn a_hold_that_a_newer_version_ends_is_not_ended_by_what_only_quiets_a_debt() {
    let mut items = written(&["in_1"]).await;
    let disputed = json!({ "M": { "held": { "S": "disputed" } } });
    hold(&mut items, "in_1", &disputed);
    let mut scene = on(&items).await;
    for (hour, collection) in [(11, "charge_automatically"), (12, "send_invoice")] {
        let differs = json!({ "collection_method": collection });
        let told = event(
            "updated",
            "in_1",
            &format!("2027-01-11T{hour}:00:00Z"),
            differs,
        );
        scene.hear(&of_its_customer(told, "in_1")).await;
    }
    scene.advance_to("2027-03-20T10:00:00Z").await;
    assert!(mails_to(&scene, "in_1").is_empty());
}

#[tokio::test]
async fn holds_of_an_invoice_and_of_a_debtor_hold_though_no_outlook_shows_them() {
    let mut items = written(&["in_1", "in_2", "in_3"]).await;
    let holds = json!({ "M": { "promised": { "M": { "until": { "S": "2027-02-20" } } } } });
    open(&mut items, "in_1")["value"]["M"]["holds"] = holds.clone();
    item(&mut items, "in_2", "FILE")["value"]["M"]["holds"] = holds.clone();
    let mut scene = on(&items).await;
    // One that comes in under this version is held, too.
    let second = finalized("in_2b", "2027-01-12T10:00:00Z");
    scene.hear(&of_its_customer(second, "in_2")).await;
    let again = event(
        "updated",
        "in_1",
        "2027-01-12T10:00:00Z",
        json!({ "amount_paid": 1_000, "amount_remaining": 119_000 }),
    );
    scene.hear(&of_its_customer(again, "in_1")).await;
    scene.advance_to("2027-03-20T10:00:00Z").await;
    assert!(mails_to(&scene, "in_1").is_empty());
    assert!(mails_to(&scene, "in_2").is_empty());
    assert_eq!(mails_to(&scene, "in_3").len(), 5);
    let mut items = scene.world.aws.items();
    assert_eq!(open(&mut items, "in_1")["value"]["M"]["holds"], holds);
    assert_eq!(
        item(&mut items, "in_2", "FILE")["value"]["M"]["holds"],
        holds
    );
}

#[tokio::test]
async fn a_claim_of_a_newer_version_neither_expires_nor_ends_here() {
    let mut items = written(&["in_1"]).await;
    let state = json!({ "M": { "claimed": { "M": { "claim": { "S": "c0ffee" } } } } });
    open(&mut items, "in_1")["value"]["M"]["steps"]["L"][0]["M"]["state"] = state.clone();
    let claim = json!({ "M": {
        "at": { "S": "2027-01-11T09:50:00Z" }, "day": { "S": "2027-01-11" }, "settle_by": { "S": "2027-01-11T10:20:00Z" },
        "steps": { "L": [{ "L": [{ "S": "in_1" }, { "S": "ask-15" }] }] }, "expired": { "BOOL": false },
    } });
    let file = item(&mut items, "in_1", "FILE");
    file["value"]["M"]["claims"] = json!({ "M": { "c0ffee": claim } });
    let mut scene = on(&items).await;
    scene
        .world
        .knock(r#"{"debtor":"stripe#default#live#cus_in_1"}"#)
        .await;
    scene.advance_to("2027-02-20T20:00:00Z").await;
    assert_eq!(mails_to(&scene, "in_1"), ["ask-7", "late-3"]);
    let mut items = scene.world.aws.items();
    let kept = &item(&mut items, "in_1", "FILE")["value"]["M"]["claims"]["M"]["c0ffee"];
    assert_eq!(*kept, claim);
}

#[tokio::test]
async fn an_address_that_a_newer_version_holds_is_not_written_to() {
    let mut items = written(&["in_1"]).await;
    let trouble = json!({ "M": { "full": { "M": { "since": { "S": "2027-01-10" } } } } });
    let file = item(&mut items, "in_1", "FILE");
    file["value"]["M"]["held_addresses"] =
        json!({ "M": { "cus_in_1@client.example.com": trouble } });
    let mut scene = on(&items).await;
    scene.advance_to("2027-03-20T10:00:00Z").await;
    assert!(mails_to(&scene, "in_1").is_empty());
    let mut items = scene.world.aws.items();
    let held = &item(&mut items, "in_1", "FILE")["value"]["M"]["held_addresses"]["M"];
    assert_eq!(held["cus_in_1@client.example.com"], trouble);
}

#[tokio::test]
async fn a_step_of_which_only_a_newer_version_knows_is_left_alone() {
    let mut items = written(&["in_1"]).await;
    let heard = json!({ "M": { "read": { "M": { "at": { "S": "2027-01-11T09:00:00Z" } } } } });
    let skipped = json!({ "M": { "skipped": { "S": "for_a_reason_of_its_own" } } });
    let steps = &mut open(&mut items, "in_1")["value"]["M"]["steps"]["L"];
    steps[0]["M"]["state"] = heard.clone();
    steps[2]["M"]["state"] = skipped.clone();
    let mut scene = on(&items).await;
    scene.advance_to("2027-03-20T10:00:00Z").await;
    assert_eq!(mails_to(&scene, "in_1"), ["ask-7", "late-10", "late-21"]);
    let mut items = scene.world.aws.items();
    let steps = &open(&mut items, "in_1")["value"]["M"]["steps"]["L"];
    assert_eq!(steps[0]["M"]["state"], heard);
    assert_eq!(steps[2]["M"]["state"], skipped);
}

#[tokio::test]
async fn lines_and_notices_of_a_newer_version_are_shown_by_their_names() {
    let mut items = written(&["in_1"]).await;
    let mut line = items
        .iter()
        .find(|item| item["SK"]["S"].as_str().unwrap().starts_with("JOURNAL#"))
        .unwrap()
        .clone();
    let what = json!({ "M": { "promised": { "M": { "until": { "S": "2027-02-01" } } } } });
    line["value"]["L"] = json!([{ "M": { "invoice": { "S": "in_1" }, "what": what } }]);
    line["SK"]["S"] = json!("JOURNAL#2027-01-11T10:00:01.000000000Z#1-a");
    let notice = json!({
        "PK": { "S": "TEAM" },
        "SK": { "S": "NOTICE#2027-01-11T10:00:01.000000000Z#1" },
        "at": { "S": "2027-01-11T10:00:01Z" },
        "value": { "L": [{ "M": { "kind": { "S": "promise_broken" }, "subject": { "S": "N-1" } } }] },
        "expires_at": { "N": "1802253600" },
    });
    items.extend([line, notice]);
    let mut scene = on(&items).await;
    let journal = scene.journal("cus_in_1").await;
    assert!(
        journal.contains("promised, as a newer version calls it"),
        "{journal}"
    );
    scene.advance_to("2027-01-11T12:00:00Z").await;
    let text = scene.world.mails()[0].sent.text.clone().unwrap();
    assert!(text.contains("N-1"), "{text}");
    assert!(text.contains("A newer version of Relance noted this"));
}
