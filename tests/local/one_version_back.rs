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

fn mails_to(scene: &Scene, invoice: &str) -> Vec<String> {
    let address = format!("cus_{invoice}@client.example.com");
    let mails = scene.world.mails().iter();
    let theirs = mails.filter(|mail| mail.sent.to.contains(&address));
    theirs
        .filter_map(|mail| mail.step.clone().map(String::from))
        .collect()
}

/// Where a newer version may have put what this one has no name for: a path in the item of an open
/// invoice, or of a debtor.
const IN_AN_INVOICE: [&str; 5] = [
    "/added",
    "/value/M/added",
    "/value/M/told/M/added",
    "/value/M/told/M/latest/M/facts/M/added",
    "/value/M/steps/L/4/M/added",
];
const IN_A_DEBTOR: [&str; 3] = ["/added", "/value/M/added", "/value/M/told/M/facts/M/added"];

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
    // A claim, SES's events, a due date that moves, a due date that is confirmed by the same tool.
    scene.advance_to("2027-02-02T20:00:00Z").await;
    assert_eq!(mails_to(&scene, "in_1"), ["ask-15"]);
    let due = at("2027-02-17T11:00:00Z").as_second();
    let moved = event(
        "updated",
        "in_1",
        "2027-02-02T20:00:00Z",
        json!({ "due_date": due }),
    );
    scene.hear(&of_its_customer(moved, "in_1")).await;
    let mut items = scene.world.aws.items();
    assert_added(open(&mut items, "in_1"), &IN_AN_INVOICE);
    assert_added(item(&mut items, "in_1", "FILE"), &IN_A_DEBTOR);
    // It is paid, and so moves to the closed ones.
    scene
        .hear(&of_its_customer(
            paid("in_1", "2027-02-04T10:00:00Z"),
            "in_1",
        ))
        .await;
    let mut items = scene.world.aws.items();
    let closed = item(&mut items, "in_1", "CLOSED#in_1");
    assert_added(
        closed,
        &["/added", "/value/M/added", "/value/M/told/M/added"],
    );
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
    let moved = event(
        "updated",
        "in_1",
        "2027-01-12T10:00:00Z",
        json!({ "customer": "cus_other" }),
    );
    scene.hear(&moved).await;
    let items = scene.world.aws.items();
    let of = |pk: &str, sk: &str| {
        items
            .iter()
            .find(|item| item["PK"]["S"] == *pk && item["SK"]["S"] == *sk)
    };
    let invoice = of("stripe#default#live#cus_other", "FILE#OPEN#in_1").unwrap();
    assert_added(invoice, &IN_AN_INVOICE[..3]);
    let pointer = of("INVOICE#stripe#default#live#in_1", "POINTER").unwrap();
    assert_eq!(pointer["added"]["S"], "a newer version");
    assert_eq!(pointer["debtor"]["S"], "stripe#default#live#cus_other");
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
        open(&mut items, invoice)["value"]["M"]["outlook"] = outlook.clone();
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
    let heard = json!({ "M": { "heard": { "M": { "at": { "S": "2027-01-11T09:00:00Z" } } } } });
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
