//! A filter was wrong. It is mended, and what came in is told again: the files are as if it had been right
//! from the beginning.

use std::fs;
use std::sync::Arc;

use dunning::billing::Debt;
use dunning::file::{Invoice, Outlook};
use dunning::value::{InvoiceId, SourceName, StepId};
use ingest::{Ingest, Noted, Which};
use jiff::Timestamp;
use jiff::civil::date;
use ledger::{Changed, Watch};
use local::World;
use runtime::{Clock, SecretStore};
use serde_json::{Value, json};

use crate::scene::{Scene, debtor_of};
use crate::tools::Folder;

const KEY: &str = "a-long-key-of-the-tests";

const POLICY: &str = "[sources.acme]\nmode = \"live\"\ntime_zone = \"Europe/Paris\"\n";

/// Reads each bill and each receipt as it should.
const RIGHT: &str = r#"
if .bill then .bill as $bill | {
  at: .at, customer: $bill.of,
  invoice: {id: $bill.no, number: $bill.no, status: $bill.state, currency: "EUR", total: $bill.sum,
    remaining: $bill.left, due_on: $bill.due, collection: "send_invoice"},
  debtor: {name: $bill.name, email: $bill.mail, country: "FR"},
}
else .receipt as $receipt | {
  at: .at, movement: {kind: $receipt.kind, id: $receipt.no, invoice: $receipt.for, amount: $receipt.sum,
    currency: "EUR"},
} end
"#;

fn folder(name: &str, filter: &str, translation: u32) -> Folder {
    let folder = Folder::with_policy(&format!("retelling-{name}"), POLICY);
    let head = format!(
        "translation = {translation}\n[event]\nid = \"/id\"\n\n[[credentials]]\nform = \"header\"\nname = \"X-Key\"\n\n[amounts]\nunit = \"major\"\n"
    );
    fs::write(folder.path().join("sources/acme.toml"), head).unwrap();
    fs::write(folder.path().join("sources/acme.jq"), filter).unwrap();
    folder
}

fn acme() -> SourceName {
    SourceName::parse("acme").unwrap()
}

fn bill(id: &str, at: &str, differs: Value) -> Value {
    let mut bill = json!({ "no": "R-1", "of": "c-1", "state": "open", "sum": "1200.00", "left": "1200.00",
        "due": "2027-02-15", "name": "Client", "mail": "compta@client.example.com" });
    tests::stripe::overlay(&mut bill, &differs);
    json!({ "id": id, "at": at, "bill": bill })
}

fn receipt(id: &str, at: &str, kind: &str, sum: &str) -> Value {
    json!({ "id": id, "at": at, "receipt": { "no": format!("m-{id}"), "for": "R-1", "kind": kind, "sum": sum } })
}

/// What is told, whatever is made of it.
fn story() -> Vec<Value> {
    let other = json!({ "no": "R-2", "of": "c-2", "sum": "90.00", "left": "90.00", "mail": "ap@other.example" });
    vec![
        bill("d-1", "2027-01-11T10:00:00Z", json!({})),
        bill("d-2", "2027-01-11T10:00:00Z", other),
        receipt("d-3", "2027-01-12T10:00:00Z", "payment", "200.00"),
        bill(
            "d-4",
            "2027-01-13T10:00:00Z",
            json!({ "due": "2027-03-01", "left": "1000.00" }),
        ),
        receipt("d-5", "2027-01-14T10:00:00Z", "refund", "200.00"),
        receipt("d-6", "2027-01-15T10:00:00Z", "payment", "100.00"),
    ]
}

async fn tell(scene: &mut Scene, said: &[Value]) {
    let key = [("X-Key", KEY)];
    for delivery in said {
        let body = delivery.to_string();
        let (status, text) = scene.world.post("acme", &key, body.as_bytes()).await;
        assert_eq!(status, 200, "{text}");
    }
}

async fn scene(folder: &Folder) -> Scene {
    let scene = Scene::with_policy(folder.path().to_owned()).await;
    scene.world.put_secret(&acme(), KEY).await.unwrap();
    scene
}

/// As a person runs it who has deployed the mended filter.
fn retelling(world: &World, folder: &Folder, dry_run: bool) -> (Ingest, Watch) {
    let config = world
        .aws
        .sdk_config(aws_types::sdk_config::RetryConfig::disabled());
    let (ledger, watch) = world.ledger.clone().watched(dry_run);
    let clock = world.clock.clone();
    let clock = Clock::new(move || clock.now());
    let policy = runtime::load_policy(folder.path()).unwrap();
    let ingest = Ingest {
        tools: sources::Tool::of_policy(&policy, folder.path()),
        policy: Arc::new(policy),
        secrets: SecretStore::new(aws_sdk_ssm::Client::new(&config), "", clock.clone()),
        ledger,
        wall_clock: clock.clone(),
        clock,
        retells: true,
        noted: Noted::default(),
    };
    (ingest, watch)
}

async fn retell(
    scene: &mut Scene,
    folder: &Folder,
    only: Option<&str>,
    dry_run: bool,
) -> Vec<Changed> {
    let (ingest, watch) = retelling(&scene.world, folder, dry_run);
    let source = acme();
    let only = only.map(|only| InvoiceId::parse(only).unwrap());
    let which = Which {
        source: &source,
        days: date(2027, 1, 10)..=date(2027, 1, 12),
        only: only.as_ref(),
    };
    let each = |_: &ledger::Delivery, retold: Result<ingest::Retold, _>| {
        let retold: ingest::Retold = retold.unwrap();
        assert!(retold.nonsense.is_empty(), "{:?}", retold.nonsense);
    };
    if dry_run {
        ingest.retell_days(&which, each).await.unwrap();
    } else {
        ingest.retell_all(&which, each).await.unwrap();
    }
    scene.world.carry().await;
    watch.take()
}

/// All that is known, but for what was withdrawn for good.
async fn known(scene: &Scene) -> Vec<(String, Vec<Invoice>)> {
    let mut known = Vec::new();
    for customer in ["c-1", "c-2", "c-3"] {
        let debtor = debtor_of("acme", customer);
        let Some(stored) = scene.world.ledger.file(&debtor).await.unwrap() else {
            continue;
        };
        let mut invoices: Vec<Invoice> = stored.file.open.into_values().collect();
        invoices.extend(scene.world.ledger.closed(&debtor).await.unwrap());
        invoices.retain(|invoice| !invoice.debt.withdrawn);
        let told = stored.file.debtor.profile.value;
        if !invoices.is_empty() {
            known.push((format!("{customer} {told:?}"), invoices));
        }
    }
    known
}

/// A filter that is wrong in one place.
fn wrong(right: &str, wrong: &str) -> String {
    assert!(RIGHT.contains(right), "{right}");
    RIGHT.replace(right, wrong)
}

fn mistakes() -> Vec<(&'static str, String)> {
    vec![
        (
            "amount",
            wrong("remaining: $bill.left", "remaining: $bill.sum"),
        ),
        (
            "larger",
            wrong(
                "total: $bill.sum,\n    remaining: $bill.left",
                "total: \"9999.00\",\n    remaining: \"9999.00\"",
            ),
        ),
        ("due", wrong("due_on: $bill.due", "due_on: \"2027-01-31\"")),
        ("paid", wrong("status: $bill.state", "status: \"paid\"")),
        ("refund", wrong("kind: $receipt.kind", "kind: \"payment\"")),
        ("sum", wrong("amount: $receipt.sum", "amount: \"1200.00\"")),
        ("movement", wrong("id: $receipt.no", "id: \"the-one\"")),
        (
            "invoice",
            wrong("invoice: {id: $bill.no", "invoice: {id: \"R-1\""),
        ),
        (
            "another",
            wrong(
                "invoice: {id: $bill.no",
                "invoice: {id: ($bill.no + \"-x\")",
            ),
        ),
        (
            "subject",
            wrong("invoice: $receipt.for", "invoice: \"R-2\""),
        ),
        (
            "unknown",
            wrong("invoice: $receipt.for", "invoice: \"R-9\""),
        ),
        ("customer", wrong("customer: $bill.of", "customer: \"c-3\"")),
        (
            "address",
            wrong("email: $bill.mail", "email: \"wrong@client.example.com\""),
        ),
        (
            "clock",
            wrong(
                "at: .at, movement",
                "at: \"2027-01-20T10:00:00Z\", movement",
            ),
        ),
        (
            "newer",
            wrong(
                "at: .at, customer",
                "at: \"2027-01-20T10:00:00Z\", customer",
            ),
        ),
        (
            "twice",
            format!("{RIGHT} | ., (select(.movement) | .movement.id += \"-again\")"),
        ),
        (
            "nothing",
            wrong(
                "else .receipt",
                "elif .receipt.kind == \"refund\" then empty else .receipt",
            ),
        ),
    ]
}

#[tokio::test]
async fn a_mended_filter_mends_the_file() {
    let right = folder("right-1", RIGHT, 1);
    let mut from_the_beginning = scene(&right).await;
    tell(&mut from_the_beginning, &story()).await;
    let wanted = known(&from_the_beginning).await;
    let mended = folder("mended-1", RIGHT, 2);
    for (name, filter) in mistakes() {
        let broken = folder("broken-1", &filter, 1);
        let mut scene = scene(&broken).await;
        tell(&mut scene, &story()).await;
        assert_ne!(
            facts(&known(&scene).await),
            facts(&wanted),
            "{name}: the filter was right"
        );
        let before = scene.world.aws.items();
        let would = retell(&mut scene, &mended, None, true).await;
        assert!(!would.is_empty(), "{name}: nothing would change");
        assert_eq!(scene.world.aws.items(), before, "{name}: it was only tried");
        let changed = retell(&mut scene, &mended, None, false).await;
        assert!(!changed.is_empty(), "{name}: nothing changed");
        assert_eq!(facts(&known(&scene).await), facts(&wanted), "{name}");
        let again = retell(&mut scene, &mended, None, false).await;
        assert_eq!(again, [], "{name}: told a third time");
        // The filter of before is still at work somewhere, and comes too late.
        let settled = known(&scene).await;
        let late = retell(&mut scene, &broken, None, false).await;
        assert_eq!(late, [], "{name}: the older translation won");
        assert_eq!(known(&scene).await, settled, "{name}");
    }
}

/// What was told of an invoice, the dates of its steps, and what comes next.
type Facts = (Debt, Vec<(StepId, Timestamp)>, Outlook);

/// All of it, but for how it was come to.
fn facts(known: &[(String, Vec<Invoice>)]) -> Vec<(&str, Vec<Facts>)> {
    let fact = |invoice: &Invoice| {
        let planned = invoice.scheduled().map(|(step, at)| (step.clone(), at));
        (
            invoice.debt.clone(),
            planned.collect(),
            invoice.outlook.clone(),
        )
    };
    let of = |invoices: &[Invoice]| invoices.iter().map(fact).collect();
    known
        .iter()
        .map(|known| (known.0.as_str(), of(&known.1)))
        .collect()
}

#[tokio::test]
async fn the_tool_may_tell_it_again_itself_once_the_filter_is_mended() {
    let broken = folder(
        "broken-2",
        &wrong("due_on: $bill.due", "due_on: \"2027-01-31\""),
        1,
    );
    let mut told = scene(&broken).await;
    tell(&mut told, &story()[..1]).await;
    let mended = folder("mended-2", RIGHT, 2);
    let items = told.world.aws.items();
    let mut anew = scene(&mended).await;
    anew.world.aws.load(&items);
    tell(&mut anew, &story()[..1]).await;
    let file = anew
        .world
        .ledger
        .file(&debtor_of("acme", "c-1"))
        .await
        .unwrap()
        .unwrap()
        .file;
    let due = file.open.values().next().unwrap().balance().due_on;
    assert_eq!(due, Some(date(2027, 2, 15)));
}

#[tokio::test]
async fn only_what_speaks_of_an_invoice_or_once_did_is_told_again() {
    let broken = folder(
        "broken-3",
        &wrong("invoice: {id: $bill.no", "invoice: {id: \"R-1\""),
        1,
    );
    let mut scene = scene(&broken).await;
    tell(&mut scene, &story()).await;
    let mended = folder("mended-3", RIGHT, 2);
    retell(&mut scene, &mended, Some("R-2"), false).await;
    let known = known(&scene).await;
    assert!(
        known.iter().any(|(debtor, _)| debtor.starts_with("c-2")),
        "{known:?}"
    );
}

#[tokio::test]
async fn what_was_told_by_the_same_translation_stands() {
    let broken = folder(
        "broken-4",
        &wrong("due_on: $bill.due", "due_on: \"2027-01-31\""),
        1,
    );
    let mut scene = scene(&broken).await;
    tell(&mut scene, &story()[..2]).await;
    let changed = retell(&mut scene, &broken, None, false).await;
    assert_eq!(changed, []);
}
