//! Every tool's lives, from its webhooks to the debtor's file; and that the order and the number of
//! deliveries make no difference to it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use aws_sdk_dynamodb::types::AttributeValue;
use dunning::billing::Status;
use dunning::file::{Debtor, Hold, Invoice, Outlook};
use dunning::rules::holds;
use dunning::value::{AccountId, CustomerId, DebtorKey, Mode, Realm, SourceName};
use jiff::{SignedDuration, Timestamp};
use local::events::webhook;
use local::{Settings, WallClock, World};
use serde_json::json;
use sources::{Request, Secrets, Tool};
use tests::tools::{Life, Payload, TOOLS, lives, payload};
use tokio::task::LocalSet;

use crate::scene::{at, functions, policy_dir};

const URL: &str = "https://example.com/webhooks/square";

fn all_tools() -> impl Iterator<Item = &'static str> {
    TOOLS.into_iter().chain(["stripe"])
}

/// A secret that suits any tool: one in base64 after its prefix, and one with a user before it.
fn secret(tool: &str) -> &'static str {
    match tool {
        "standard-webhooks" => "whsec_b3BlbiBzZXNhbWUgb3BlbiBzZXNhbWU=",
        _ => "relance:opensesame",
    }
}

/// A folder that is gone when its test is over.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The tests' policy with more at its end; to be filled further.
    pub(crate) fn with_policy(name: &str, more: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("relance-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("sources")).unwrap();
        let policy = fs::read_to_string(policy_dir().join("relance.toml")).unwrap();
        fs::write(folder.join("relance.toml"), format!("{policy}\n{more}")).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of a test in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A world in which every tool is connected, as of New Year's Day 2027.
async fn world(name: &str) -> (World, Folder) {
    let mut sources = String::new();
    for tool in TOOLS {
        let lines = format!("mode = \"live\"\ntime_zone = \"Europe/Paris\"\nurl = \"{URL}\"");
        writeln!(sources, "[sources.{tool}]\n{lines}").unwrap();
    }
    let folder = Folder::with_policy(name, &sources);
    let secrets = all_tools().map(|tool| (source_name(tool), secret(tool).to_owned()));
    let world = World::start(Settings {
        policy_dir: folder.path().to_owned(),
        secrets: secrets.collect(),
        starts_at: at("2027-01-01T10:00:00Z"),
        delivery_window: SignedDuration::from_mins(30),
        wall_clock: WallClock::World,
        redirect_all_to: runtime::RedirectAllTo::Live,
        take_test_mode: false,
        keys: Vec::new(),
        tools: None,
    });
    (world.await.unwrap(), folder)
}

fn source_name(tool: &str) -> SourceName {
    SourceName::parse(tool).unwrap()
}

/// A request as the tool sends it, with its proof: address, headers, body.
struct Sent {
    address: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn send(tool: &str, payload: Payload, now: Timestamp) -> Sent {
    let secrets = Secrets::parse(secret(tool)).unwrap();
    let mut headers = payload.headers;
    headers.retain(|(name, _)| name != "webhook-timestamp"); // it is signed now
    let own: Vec<(&str, &str)> = pairs(&headers);
    let request = Request::new(&own, &payload.body);
    let signed = Tool::builtin(tool)
        .unwrap()
        .sign(&secrets, Some(URL), now, request)
        .unwrap();
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    headers.extend(signed.pairs().into_iter().map(owned));
    let address = match tool {
        "odoo" => format!("{tool}?token={}", secret(tool)),
        _ => tool.to_owned(),
    };
    Sent {
        address,
        headers,
        body: payload.body,
    }
}

fn pairs(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

async fn post(world: &mut World, tool: &str, payload: Payload) -> (u16, String) {
    let sent = send(tool, payload, world.clock.now());
    world
        .post(&sent.address, &pairs(&sent.headers), &sent.body)
        .await
}

async fn hear(world: &mut World, tool: &str, step: &str) -> String {
    let (status, text) = post(world, tool, payload(tool, step)).await;
    assert_eq!(status, 200, "{tool} {step}: {text}");
    assert!(!text.contains("inbox"), "{tool} {step} was not understood");
    text
}

/// What is in a customer's file, but for how it came there.
#[derive(Debug, PartialEq)]
struct Picture {
    debtor: Debtor,
    invoices: Vec<Invoice>,
}

async fn picture(world: &World, tool: &str, life: &Life) -> Picture {
    let account = life.account.as_deref().unwrap_or("default");
    let key = DebtorKey {
        realm: Realm {
            source: source_name(tool),
            account: AccountId::parse(account).unwrap(),
            mode: Mode::Live,
        },
        customer: CustomerId::parse(&*life.customer).unwrap(),
    };
    let file = world.ledger.file(&key).await.unwrap();
    let mut file = file
        .unwrap_or_else(|| panic!("{tool}: there is no file {key}"))
        .file;
    // When it moved is remembered in the order in which it was heard.
    file.debtor.place_changes.clear();
    // Of several events of one issue, any may have told what all of them say.
    let debtor = &mut file.debtor;
    let orders = [
        Some(&mut debtor.profile.order),
        debtor.language.as_mut().map(|told| &mut told.order),
        debtor.languages.as_mut().map(|told| &mut told.order),
        debtor.steering.as_mut().map(|told| &mut told.order),
        debtor.numbers.as_mut().map(|told| &mut told.order),
    ];
    for order in orders.into_iter().flatten() {
        if order.version.is_some() {
            order.at = Timestamp::UNIX_EPOCH;
        }
    }
    let mut invoices: Vec<Invoice> = file.open.into_values().collect();
    invoices.extend(world.ledger.closed(&key).await.unwrap());
    Picture {
        debtor: file.debtor,
        invoices,
    }
}

#[tokio::test]
async fn a_probe_is_taken_by_the_proof_of_each_tool_and_none_is_heard_by_it() {
    let (mut world, _folder) = world("probes").await;
    for tool in all_tools() {
        let probe = Payload {
            headers: Vec::new(),
            body: ingest::PROBE.to_vec(),
        };
        let answer = post(&mut world, tool, probe).await;
        assert_eq!(answer, (200, "probe\n".to_owned()), "{tool}");
        let heard = world.ledger.reception(&source_name(tool)).await.unwrap();
        assert!(heard.is_none(), "{tool}");
    }
}

#[tokio::test]
async fn each_life_of_each_tool_ends_as_it_should() {
    for tool in all_tools() {
        for (name, life) in lives(tool) {
            let (mut world, _folder) = world("lives").await;
            for step in &life.events {
                hear(&mut world, tool, step).await;
            }
            let picture = picture(&world, tool, &life).await;
            let mut invoices = picture.invoices.iter();
            let invoice = invoices.find(|invoice| invoice.id().as_str() == life.invoice);
            let invoice = invoice.unwrap_or_else(|| panic!("{tool}, {name}: no such invoice"));
            let facts = invoice.balance();
            let ended = json!({ "id": facts.id, "status": facts.status, "remaining": facts.remaining.minor });
            let wanted =
                json!({ "id": life.invoice, "status": life.status, "remaining": life.remaining });
            assert_eq!(ended, wanted, "{tool}, {name}");
            let held = invoice.outlook == Outlook::Held(Hold::Reopened);
            assert_eq!(held, life.held, "{tool}, {name}");
            if let Some(wanted) = &life.holds {
                let holds = holds(invoice, &picture.debtor, &world.policy).into_iter();
                let holds: Vec<_> = holds.map(|held| json!(held.why)).collect();
                let wanted: Vec<_> = wanted.iter().map(|hold| json!(hold)).collect();
                assert_eq!(holds, wanted, "{tool}, {name}");
            }
        }
    }
}

/// Lago before v1.16.1 says of no invoice when it was changed.
#[tokio::test]
async fn fault_14_an_end_counts_from_when_it_came_where_its_tool_does_not_say_when() {
    let (mut world, _folder) = world("undated").await;
    let life = &lives("lago")["opened"];
    for step in &life.events {
        hear(&mut world, "lago", step).await;
    }
    let undated = |step: &str| {
        let Payload { headers, body } = payload("lago", step);
        let mut body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        for time in ["created_at", "updated_at", "voided_at"] {
            body["invoice"].as_object_mut().unwrap().remove(time);
        }
        let body = body.to_string().into_bytes();
        Payload { headers, body }
    };
    let (status, text) = post(&mut world, "lago", undated("overdue")).await;
    assert_eq!((status, text.contains("inbox")), (200, true), "{text}");
    let (status, text) = post(&mut world, "lago", undated("voided")).await;
    assert_eq!((status, text.contains("inbox")), (200, false), "{text}");
    let picture = picture(&world, "lago", life).await;
    let ended = picture
        .invoices
        .iter()
        .map(|invoice| invoice.balance().status);
    assert_eq!(ended.collect::<Vec<_>>(), [Status::Void]);
}

/// Numbers that are the same in each run.
struct Shuffler(u64);

impl Shuffler {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// In another order, some of them twice or three times.
    fn shuffled(&mut self, steps: &[String]) -> Vec<String> {
        let mut deck = steps.to_vec();
        for _ in 0..=self.below(steps.len() + 1) {
            deck.push(steps[self.below(steps.len())].clone());
        }
        for last in (1..deck.len()).rev() {
            deck.swap(last, self.below(last + 1));
        }
        deck
    }
}

/// Takes the markers of events that were seen away, as their time to live does.
async fn forget_events(world: &World) {
    let client = aws_sdk_dynamodb::Client::new(&world.aws.onlookers_config());
    for item in world.aws.items() {
        let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        if text("SK") == "SEEN" {
            let key = ["PK", "SK"].map(|name| (name.to_owned(), AttributeValue::S(text(name))));
            let delete = client.delete_item().table_name(aws::stack::TABLE);
            delete.set_key(Some(key.into())).send().await.unwrap();
        }
    }
}

#[tokio::test]
async fn any_order_and_any_repetition_leave_the_same_file() {
    let mut shuffler = Shuffler(20_270_101);
    for tool in all_tools() {
        for (name, life) in lives(tool) {
            let mut wanted = None;
            for round in 0..4 {
                let (mut world, _folder) = world("orders").await;
                let steps = if round == 0 {
                    life.events.clone()
                } else {
                    shuffler.shuffled(&life.events)
                };
                for step in &steps {
                    hear(&mut world, tool, step).await;
                    if round == 3 {
                        forget_events(&world).await;
                    }
                }
                let picture = picture(&world, tool, &life).await;
                match &wanted {
                    None => wanted = Some(picture),
                    Some(wanted) => assert_eq!(picture, *wanted, "{tool}, {name}: {steps:?}"),
                }
            }
        }
    }
}

/// In as many environments as there are events, each of which meets all the others.
#[tokio::test]
async fn events_that_come_at_once_leave_the_same_file() {
    for tool in ["lago", "maxio", "paddle", "standard-webhooks", "stripe"] {
        for (name, life) in lives(tool) {
            let (mut one_by_one, _folder) = world("one-by-one").await;
            for step in &life.events {
                hear(&mut one_by_one, tool, step).await;
            }
            let (mut at_once, folder) = world("at-once").await;
            let functions = Rc::new(functions(&at_once, folder.path()));
            let tasks = LocalSet::new();
            for step in &life.events {
                let sent = send(tool, payload(tool, step), at_once.clock.now());
                let functions = Rc::clone(&functions);
                tasks.spawn_local(async move {
                    let request = || webhook(&sent.address, &pairs(&sent.headers), &sent.body);
                    // Who loses too many races in a row is asked to come again.
                    while functions.ingest.handle(request()).await.status_code != 200 {
                        tokio::task::yield_now().await;
                    }
                });
            }
            tasks.await;
            at_once.carry().await;
            let wanted = picture(&one_by_one, tool, &life).await;
            assert_eq!(
                picture(&at_once, tool, &life).await,
                wanted,
                "{tool}, {name}"
            );
        }
    }
}
