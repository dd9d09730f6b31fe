//! A billing tool that nobody has built in: two files in the policy's folder, and nothing else.

use std::fs;

use aws::{Failure, Fault, Service};
use dunning::billing::Status;
use dunning::value::{AccountId, CustomerId, DebtorKey, Mode, Realm, SourceName};
use jiff::SignedDuration;
use local::{Settings, WallClock, World};

use crate::scene::at;
use crate::tools::Folder;

const POLICY: &str = r#"
[sources.ours]
tool = "acme"
mode = "live"
time_zone = "Europe/Paris"

[sources.invoice-ninja]
mode = "live"
time_zone = "Europe/Paris"
"#;

const HEAD: &str = r#"
[event]
id = "header:X-Acme-Delivery"
kind = "/what"

[[credentials]]
form = "bearer"

[amounts]
unit = "major"
"#;

/// Acme sends several invoices at once.
const FILTER: &str = r#"
.bills[] | {
  at: .changed,
  customer: .owner.code,
  invoice: {
    id: .no, number: .no,
    status: (if .left == "0" then "paid" else "open" end),
    currency: "EUR", total: .sum, remaining: .left,
    due_on: .due, collection: "send_invoice",
  },
  debtor: {name: .owner.name, email: .owner.mail, country: .owner.land},
}
"#;

const SECRET: [(&str, &str); 2] = [
    ("Authorization", "Bearer opensesame"),
    ("X-Acme-Delivery", "d-1"),
];

async fn world(name: &str, filter: &str) -> (World, Folder) {
    let folder = Folder::with_policy(name, POLICY);
    fs::write(folder.path().join("sources/acme.toml"), HEAD).unwrap();
    fs::write(folder.path().join("sources/acme.jq"), filter).unwrap();
    let secret = |source: &str| (SourceName::parse(source).unwrap(), "opensesame".to_owned());
    let world = World::start(Settings {
        policy_dir: folder.path().to_owned(),
        secrets: vec![secret("ours"), secret("invoice-ninja")],
        starts_at: at("2027-01-11T10:00:00Z"),
        delivery_window: SignedDuration::from_mins(30),
        wall_clock: WallClock::World,
        redirect_all_to: runtime::RedirectAllTo::Live,
        take_test_mode: false,
        keys: Vec::new(),
        tools: None,
    });
    (world.await.unwrap(), folder)
}

fn bills(bills: &str) -> String {
    format!(r#"{{"what": "bills.changed", "bills": [{bills}]}}"#)
}

fn bill(number: &str, left: &str, changed: &str) -> String {
    format!(
        r#"{{"no": "{number}", "sum": "1200.00", "left": "{left}", "due": "2027-02-15", "changed": "{changed}",
            "owner": {{"code": "c-1", "name": "Client SARL", "mail": "compta@client.example", "land": "FR"}}}}"#
    )
}

async fn statuses(world: &World) -> Vec<(String, Status)> {
    let key = DebtorKey {
        realm: Realm {
            source: SourceName::parse("ours").unwrap(),
            account: AccountId::parse("default").unwrap(),
            mode: Mode::Live,
        },
        customer: CustomerId::parse("c-1").unwrap(),
    };
    let file = world.ledger.file(&key).await.unwrap();
    let open = file.map(|stored| stored.file.open).unwrap_or_default();
    let mut invoices: Vec<_> = open.into_values().collect();
    invoices.extend(world.ledger.closed(&key).await.unwrap());
    let status =
        |invoice: &dunning::file::Invoice| (invoice.id().to_string(), invoice.balance().status);
    invoices.iter().map(status).collect()
}

#[tokio::test]
async fn two_files_are_a_tool() {
    let (mut world, _folder) = world("own-tool", FILTER).await;
    let opened = bills(&bill("R-1", "1200.00", "2027-01-11T09:00:00Z"));
    let refused = world.post("ours", &SECRET[1..], opened.as_bytes()).await;
    assert_eq!(refused.0, 401);
    let (status, text) = world.post("ours", &SECRET, opened.as_bytes()).await;
    assert_eq!((status, text.as_str()), (200, "stored\n"));
    assert_eq!(statuses(&world).await, [("R-1".to_owned(), Status::Open)]);
    assert_eq!(world.aws.schedules().len(), 5);
    let paid = bills(&bill("R-1", "0", "2027-01-12T09:00:00Z"));
    let again = [SECRET[0], ("X-Acme-Delivery", "d-2")];
    assert_eq!(world.post("ours", &again, paid.as_bytes()).await.0, 200);
    assert_eq!(statuses(&world).await, [("R-1".to_owned(), Status::Paid)]);
    assert!(world.aws.schedules().is_empty());
}

#[tokio::test]
async fn of_several_events_in_one_request_one_that_makes_no_sense_stops_none_of_the_others() {
    let (mut world, _folder) = world("batch", FILTER).await;
    let changed = "2027-01-11T09:00:00Z";
    let three = [
        bill("R-1", "1200.00", changed),
        bill("R-2", "much", changed),
        bill("R-3", "0", changed),
    ];
    let body = bills(&three.join(","));
    let (status, text) = world.post("ours", &SECRET, body.as_bytes()).await;
    assert_eq!(
        (status, text.as_str()),
        (200, "understood in part, kept in the inbox\n")
    );
    let wanted = [
        ("R-1".to_owned(), Status::Open),
        ("R-3".to_owned(), Status::Paid),
    ];
    assert_eq!(statuses(&world).await, wanted);
    let ours = SourceName::parse("ours").unwrap();
    let kept = world
        .ledger
        .inbox(&ours, "2027-01-11".parse().unwrap())
        .await
        .unwrap();
    let [kept] = &kept[..] else {
        panic!("{kept:?}")
    };
    assert_eq!(
        kept.why,
        "bills.changed: invoice.remaining the amount is not a plain decimal number"
    );
    // All of it again: nothing is new.
    let (status, _) = world.post("ours", &SECRET, body.as_bytes()).await;
    assert_eq!(status, 200);
    assert_eq!(statuses(&world).await, wanted);
}

#[tokio::test]
async fn a_filter_that_cannot_be_compiled_asks_the_sender_to_come_again() {
    let (mut world, folder) = world("broken", "{ at: .changed, nonsense( }").await;
    let body = bills(&bill("R-1", "1200.00", "2027-01-11T09:00:00Z"));
    let (status, text) = world.post("ours", &SECRET, body.as_bytes()).await;
    assert_eq!((status, text.as_str()), (503, "try again later\n"));
    let tool = sources::Tool::find("acme", folder.path()).unwrap();
    let why = tool.check(&world.policy.sources[&SourceName::parse("ours").unwrap()]);
    let why = why.unwrap_err().to_string();
    assert!(why.contains("sources/acme.jq: line 1: "), "{why}");
}

#[tokio::test]
async fn a_tool_is_asked_to_come_again_in_its_own_words() {
    let (mut world, _folder) = world("again", FILTER).await;
    world.aws.set_faults(|call| {
        if call.service == Service::DynamoDb {
            Fault::Before(Failure::ServerError)
        } else {
            Fault::None
        }
    });
    let payload = tests::tools::payload("invoice-ninja", "opened");
    let headers = [("X-Relance-Token", "opensesame")];
    // Invoice Ninja takes any 5xx for final.
    let (status, _) = world.post("invoice-ninja", &headers, &payload.body).await;
    assert_eq!(status, 429);
    let body = bills(&bill("R-1", "1200.00", "2027-01-11T09:00:00Z"));
    assert_eq!(world.post("ours", &SECRET, body.as_bytes()).await.0, 503);
    world.aws.clear_faults();
    assert_eq!(
        world.post("invoice-ninja", &headers, &payload.body).await.0,
        200
    );
    assert_eq!(world.post("ours", &SECRET, body.as_bytes()).await.0, 200);
}
