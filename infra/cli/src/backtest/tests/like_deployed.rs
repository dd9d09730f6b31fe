//! What is said beforehand is what happens: the same invoices go to the deployed functions, on the local world, and the
//! same mails leave to the same customers on the same days.

use std::env;
use std::path::Path;

use dunning::policy::Policy;
use dunning::value::{FileKey, SourceName};
use fastrand::Rng;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use local::{Settings, WallClock, World};
use serde_json::{Value, json};
use sources::{Request, Secrets, Tool};

use super::super::by_lines;
use super::fates;

const SOURCE: &str = "standard-webhooks";
const SECRET: &str = "whsec_b3BlbiBzZXNhbWUgb3BlbiBzZXNhbWU=";
const STARTS: &str = "2027-01-04T00:00:00Z";
const ENDS: &str = "2027-03-31T12:00:00Z";
/// Of so many customers in each world.
const CUSTOMERS: usize = 4;
/// So many invoices in each world: what a step of one costs grows with all that is in it.
const INVOICES: usize = 100;
/// So many worlds; `WORLDS=3` takes so many. Built with debug assertions, one takes a minute, and does.
const WORLDS: usize = if cfg!(debug_assertions) { 1 } else { 10 };

/// A mail: to whom, on which day, at which step, about what.
type Mail = (String, Date, String, Vec<String>);

/// The shipped policy, with a source of one's own, and a last reminder that nobody need approve.
fn policy() -> String {
    let shipped = include_str!("../../../../policy/relance.toml");
    let text = shipped.replace("approval = \"required\"", "approval = \"announced\"");
    assert_ne!(text, shipped);
    text + "\n[sources.standard-webhooks]\nmode = \"live\"\ntime_zone = \"Europe/Paris\"\n"
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An event, as it happened and as it was told.
fn event(happened: Timestamp, told: Timestamp, data: Value) -> (Timestamp, Value) {
    let line = json!({ "type": "of.the.tests", "timestamp": happened.to_string(),
        "told_at": told.to_string(), "data": data });
    (told, line)
}

/// A customer. One has no address. None shares a mailbox: who of several comes first on a day, the schedules' minutes say.
fn debtor(number: usize) -> Value {
    let email = (number > 0).then(|| format!("ap@client{number}.test"));
    let country = ["FR", "FR", "DE", "GB", "US"][number % 5];
    json!({ "name": format!("Client {number}"), "email": email, "country": country })
}

/// A world's share of half a year of invoices: paid early, late, in parts or never, some told days after.
fn year(world: usize) -> Vec<String> {
    let mut dice = Rng::with_seed(17 + world as u64);
    let mut told = Vec::new();
    for number in 0..INVOICES {
        let hours = dice.i64(0..24 * 35);
        let issued = at(STARTS) + SignedDuration::from_hours(hours);
        let issued_on = issued.strftime("%F").to_string();
        let due = issued + SignedDuration::from_hours(24 * dice.i64(10..32));
        let customer = dice.usize(..CUSTOMERS) + world * CUSTOMERS;
        let total = 10 * dice.i64(1..2_000);
        let id = format!("in_{world}_{number}");
        let po_number = dice.bool().then(|| format!("PO-{number}"));
        let show = |status: &str, remaining: i64| {
            json!({ "customer": format!("C-{customer}"), "debtor": debtor(customer), "invoice": {
                "id": id, "number": format!("F-{number}"), "status": status, "currency": "EUR",
                "total": total.to_string(), "remaining": remaining.to_string(),
                "issued_on": issued_on, "due_on": due.strftime("%F").to_string(),
                "collection": "send_invoice", "po_number": po_number,
            } })
        };
        let pay = |amount: i64, of: &str| {
            json!({ "movement": { "kind": "payment", "id": format!("{id}-{of}"), "invoice": id,
                "amount": amount.to_string(), "currency": "EUR" } })
        };
        told.push(event(issued, issued, show("open", total)));
        let paid = due + SignedDuration::from_hours(dice.i64(-15 * 24..30 * 24));
        let paid = paid.max(issued + SignedDuration::from_hours(1));
        let later = paid + SignedDuration::from_hours(dice.i64(0..100));
        let next = later + SignedDuration::from_hours(dice.i64(1..400));
        match dice.u8(..8) {
            0 => {}
            1 => told.push(event(paid, later, show("void", total))),
            2 => {
                told.push(event(paid, later, pay(total / 2, "1")));
                told.push(event(next, next, pay(total - total / 2, "2")));
            }
            3 | 4 => told.push(event(paid, later, pay(total, "1"))),
            5 => told.push(event(paid, later, show("open", total / 3))),
            _ => told.push(event(paid, later, show("paid", 0))),
        }
    }
    told.retain(|(at, _)| *at < self::at(ENDS));
    told.sort_by_key(|(at, _)| *at);
    told.into_iter().map(|(_, line)| line.to_string()).collect()
}

/// What is said beforehand.
fn backtested(policy: &str, year: &[String]) -> Vec<Mail> {
    let policy = Policy::parse(policy).unwrap();
    let source = SourceName::parse(SOURCE).unwrap();
    let year = by_lines::read(&year.join("\n"), &source, &policy.sources[&source]);
    let mut mails = Vec::new();
    for fate in fates(&policy, year, ENDS) {
        for mail in &fate.mails {
            let about = mail.about.iter().map(|about| about.invoice.to_string());
            let step = mail.step.to_string();
            mails.push((fate.customer.clone(), mail.on, step, about.collect()));
        }
    }
    mails.sort();
    mails
}

/// What happens.
async fn deployed(folder: &Path, year: &[String]) -> Vec<Mail> {
    let tool = Tool::builtin(SOURCE).unwrap();
    let secrets = Secrets::parse(SECRET).unwrap();
    let mut world = World::start(Settings {
        policy_dir: folder.to_owned(),
        secrets: vec![(SourceName::parse(SOURCE).unwrap(), SECRET.to_owned())],
        starts_at: at(STARTS),
        delivery_window: SignedDuration::from_mins(30),
        wall_clock: WallClock::World,
        redirect_all_to: runtime::RedirectAllTo::Live,
        take_test_mode: false,
        keys: Vec::new(),
        tools: None,
    })
    .await
    .unwrap();
    world.sweep_every(24);
    for (number, line) in year.iter().enumerate() {
        let told: Value = serde_json::from_str(line).unwrap();
        let told = at(told["told_at"].as_str().unwrap());
        world.advance_to(told).await;
        let id = format!("evt_{number}");
        let headers = [("webhook-id", id.as_str())];
        let signed = tool
            .sign(
                &secrets,
                None,
                told,
                Request::new(&headers, line.as_bytes()),
            )
            .unwrap();
        let all: Vec<_> = headers.into_iter().chain(signed.pairs()).collect();
        let (status, text) = world.post(SOURCE, &all, line.as_bytes()).await;
        assert_eq!((status, text.as_str()), (200, "stored\n"), "{line}");
    }
    world.advance_to(at(ENDS)).await;
    let mut mails = Vec::new();
    for mail in world.mails() {
        let Some(FileKey::Debtor(key)) = &mail.file else {
            continue;
        };
        let debtor = world.ledger.debtor(key).await.unwrap().unwrap().value;
        let on = debtor.calendar(&world.policy).day_of(mail.sent.at);
        let about = mail.invoices.iter().map(ToString::to_string).collect();
        let step = mail.step.as_ref().unwrap().to_string();
        mails.push((key.customer.to_string(), on, step, about));
    }
    mails.sort();
    mails
}

#[tokio::test]
async fn the_mails_of_a_backtest_are_those_that_the_deployed_functions_send() {
    let folder = std::env::temp_dir().join(format!("relance-backtest-{:x}", fastrand::u64(..)));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("relance.toml"), policy()).unwrap();
    let worlds = env::var("WORLDS").map_or(WORLDS, |text| text.parse().unwrap());
    let mut mails = 0;
    for world in 0..worlds {
        let year = year(world);
        let said = backtested(&policy(), &year);
        let happened = Box::pin(deployed(&folder, &year)).await;
        let only = |these: &[Mail], those: &[Mail]| -> Vec<Mail> {
            let only = these.iter().filter(|mail| !those.contains(mail));
            only.cloned().collect()
        };
        let (only_said, only_happened) = (only(&said, &happened), only(&happened, &said));
        assert!(
            only_said.is_empty() && only_happened.is_empty() && said.len() == happened.len(),
            "only said: {only_said:#?}\nonly happened: {only_happened:#?}"
        );
        mails += happened.len();
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(mails > worlds * INVOICES / 2, "{mails} mails");
    println!("{} invoices, {mails} mails", worlds * INVOICES);
}
