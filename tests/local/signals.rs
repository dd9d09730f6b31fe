//! What the user's own automation hears: to suspend a service once the debtor was warned, and to let it go on when the
//! debt is settled; never of what is paid, paused or rehearsed.

use std::sync::atomic::{AtomicBool, Ordering};

use aws::{BusEvent, Call, Failure, Fault, Service};
use dunning::file::Pause;
use dunning::rules::Instruction;
use runtime::RedirectAllTo;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::fake_stripe::{FakeStripe, KEY, Weather};
use crate::scene::{Scene, at, debtor, event, finalized, paid, policy_dir, stripe_name};
use crate::tools::Folder;

const STEP: &str = r#"
[[steps]]
id = "suspend-28"
on = "due + 28 days"
signal = "service.suspend"
undo = "service.resume"
"#;
/// 28 days after the due date, at the debtor's nine o'clock; schedules fire within a quarter of an hour.
const SUSPENDS: &str = "2027-03-15T08:09:22Z";

/// The tests' policy with one more step at the end of its ladder.
fn folder(name: &str) -> Folder {
    let folder = Folder::with_policy(name, "");
    let policy = std::fs::read_to_string(policy_dir().join("relance.toml")).unwrap();
    std::fs::write(
        folder.path().join("relance.toml"),
        format!("{policy}{STEP}"),
    )
    .unwrap();
    folder
}

async fn scene(name: &str) -> (Scene, Folder) {
    let folder = folder(&format!("signals-{name}"));
    (Scene::with_policy(folder.path().to_owned()).await, folder)
}

/// The same where the tool is asked.
async fn asking(name: &str) -> (Scene, FakeStripe, Folder) {
    let folder = folder(&format!("signals-{name}"));
    let stripe = FakeStripe::new();
    let mut scene = Scene::asking_with(stripe.connector(), folder.path().to_owned()).await;
    stripe.follows(&scene.world.clock);
    scene.world.put_key(&stripe_name(), KEY).await.unwrap();
    (scene, stripe, folder)
}

fn heard(scene: &Scene) -> Vec<BusEvent> {
    scene.world.aws.bus_events()
}

fn kinds(scene: &Scene) -> Vec<String> {
    let events = heard(scene).into_iter();
    events.map(|event| event.detail_type).collect()
}

fn data(event: &BusEvent) -> &Value {
    &event.detail["data"]
}

#[tokio::test]
async fn a_service_is_suspended_after_the_last_reminder_and_goes_on_when_the_debt_is_paid() {
    let (mut scene, _folder) = scene("life").await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-03-15T07:59:00Z").await;
    assert_eq!(heard(&scene), []);
    scene.advance_to("2027-03-20T10:00:00Z").await;
    let [suspends] = heard(&scene).try_into().unwrap();
    assert_eq!(suspends.at, at(SUSPENDS));
    assert_eq!(suspends.source, "relance");
    assert_eq!(suspends.detail_type, "service.suspend");
    let id = suspends.detail["id"].clone();
    let expected = json!({
        "specversion": "1.0",
        "id": id,
        "source": "relance/stripe/default/live",
        "type": "service.suspend",
        "subject": "cus_1",
        "time": SUSPENDS,
        "datacontenttype": "application/json",
        "data": {
            "customer": "cus_1", "invoice": "in_1", "step": "suspend-28", "status": "open",
            "left": "1200.00", "currency": "EUR", "due_on": "2027-02-15", "others": [],
        },
    });
    assert_eq!(suspends.detail, expected);
    scene.hear(&paid("in_1", "2027-03-20T10:00:00Z")).await;
    scene.advance_to("2027-03-21T10:00:00Z").await;
    // Told once more, it is no news.
    scene.hear(&paid("in_1", "2027-03-21T10:00:00Z")).await;
    scene.advance_to("2027-04-20T10:00:00Z").await;
    let [_, resumes] = heard(&scene).try_into().unwrap();
    assert_eq!(resumes.detail_type, "service.resume");
    assert_ne!(resumes.detail["id"], id);
    let expected = json!({
        "customer": "cus_1", "invoice": "in_1", "step": "suspend-28", "status": "paid", "others": [],
    });
    assert_eq!(*data(&resumes), expected);
    let journal = scene.journal("cus_1").await;
    assert!(
        journal.contains("suspend-28: service.suspend is told to your automation"),
        "{journal}"
    );
    assert!(
        journal.contains("suspend-28: service.resume is told"),
        "{journal}"
    );
}

#[tokio::test]
async fn nothing_is_told_of_what_is_paid_or_paused_and_what_is_over_is_told_of_a_void_one_too() {
    let (mut scene, _folder) = scene("quiet").await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-03-12T10:00:00Z").await;
    let pause = Some(Pause { until: None });
    let now = scene.world.clock.now();
    scene.world.ledger.put_standstill(pause, now).await.unwrap();
    scene.advance_to("2027-03-16T10:00:00Z").await;
    assert_eq!(heard(&scene), [], "everything stands still");
    let now = scene.world.clock.now();
    scene.world.ledger.put_standstill(None, now).await.unwrap();
    scene.advance_to("2027-03-18T10:00:00Z").await;
    assert_eq!(kinds(&scene), ["service.suspend"]);
    let void = event(
        "voided",
        "in_1",
        "2027-03-19T10:00:00Z",
        json!({ "status": "void" }),
    );
    scene.hear(&void).await;
    scene.hear(&finalized("in_2", "2027-01-12T10:00:00Z")).await;
    scene.advance_to("2027-03-19T12:00:00Z").await;
    assert_eq!(kinds(&scene), ["service.suspend", "service.resume"]);
    scene.hear(&paid("in_2", "2027-03-19T12:00:00Z")).await;
    scene.advance_to("2027-05-20T10:00:00Z").await;
    assert_eq!(kinds(&scene).len(), 2, "{:?}", heard(&scene));
}

#[tokio::test]
async fn the_tool_is_asked_before_a_service_is_suspended_and_without_its_word_none_is() {
    let (mut scene, stripe, _folder) = asking("asked").await;
    for (invoice, customer) in [("in_1", "cus_1"), ("in_2", "cus_2")] {
        let differs = json!({
            "customer": customer, "customer_email": format!("ap@{invoice}.example.com").replace("in_", "in"),
        });
        let issued = event("finalized", invoice, "2027-01-11T10:00:00Z", differs);
        stripe.book(&issued);
        scene.hear(&issued).await;
    }
    scene.advance_to("2027-03-15T07:30:00Z").await;
    // It is paid, and nobody tells.
    let differs = json!({
        "customer": "cus_1", "status": "paid", "amount_paid": 120_000, "amount_remaining": 0,
    });
    stripe.book(&event("paid", "in_1", "2027-03-15T07:31:00Z", differs));
    stripe.answers(Weather::Status(500));
    scene.advance_to("2027-03-15T11:30:00Z").await;
    assert_eq!(heard(&scene), [], "no answer, no signal");
    stripe.answers(Weather::Fine);
    scene.advance_to("2027-03-17T11:30:00Z").await;
    let told: Vec<_> = heard(&scene)
        .iter()
        .map(|event| data(event)["invoice"].clone())
        .collect();
    assert_eq!(told, ["in_2"], "{}", scene.journal("cus_2").await);
    let journal = scene.journal("cus_2").await;
    let look = journal.find("the tool, asked at 2027-03-1").unwrap();
    assert!(look < journal.find("service.suspend").unwrap(), "{journal}");
}

#[tokio::test]
async fn a_pause_in_the_very_moment_in_which_it_is_told_wins() {
    let (mut scene, _folder) = scene("race").await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-03-15T07:59:00Z").await;
    let (ledger, clock) = (scene.world.ledger.clone(), scene.world.clock.clone());
    let (runtime, is_done) = (Handle::current(), AtomicBool::new(false));
    scene.world.aws.set_faults(move |call: &Call| {
        let is_write = call.operation == "TransactWriteItems";
        let tells = is_write && call.input.to_string().contains("SIGNAL#");
        if tells && !is_done.swap(true, Ordering::Relaxed) {
            let (ledger, runtime, now) = (ledger.clone(), runtime.clone(), clock.now());
            let pauses = std::thread::spawn(move || {
                let pause = Instruction::Pause(Pause { until: None });
                let customer = debtor("cus_1");
                let paused = ledger.instruct(&customer, None, pause, now);
                runtime.block_on(paused).unwrap();
            });
            pauses.join().unwrap();
        }
        Fault::None
    });
    scene.advance_to("2027-03-20T12:00:00Z").await;
    assert_eq!(heard(&scene), []);
}

#[tokio::test]
async fn a_rehearsal_suspends_nobody() {
    let (mut scene, _folder) = scene("rehearsal").await;
    scene.world.redirect_all_to(&RedirectAllTo::Team);
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-03-20T10:00:00Z").await;
    assert_eq!(heard(&scene), []);
    let journal = scene.journal("cus_1").await;
    assert!(
        journal.contains("would be told to your automation, were this no rehearsal"),
        "{journal}"
    );
    scene.hear(&paid("in_1", "2027-03-20T10:00:00Z")).await;
    scene.advance_to("2027-04-20T10:00:00Z").await;
    assert_eq!(heard(&scene), []);
}

#[tokio::test]
async fn a_bus_that_is_away_hears_it_later_and_what_is_refused_is_put_aside_and_comes_again() {
    for fault in [
        Fault::Before(Failure::ServerError),
        Fault::After(Failure::Timeout),
    ] {
        let (mut scene, _folder) = scene(&format!("away-{fault:?}")).await;
        scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
        scene.advance_to("2027-03-15T07:59:00Z").await;
        scene
            .world
            .aws
            .set_faults(move |call: &Call| match call.service {
                Service::EventBridge => fault,
                _ => Fault::None,
            });
        // Longer than the others of a shard wait for one.
        scene.advance_to("2027-03-15T08:40:00Z").await;
        scene.world.aws.clear_faults();
        scene.advance_to("2027-03-16T08:00:00Z").await;
        let heard = heard(&scene);
        assert!(!heard.is_empty(), "{fault:?}");
        // One whose answer was lost may come twice, and is the same.
        assert!(
            heard.iter().all(|event| event.detail == heard[0].detail),
            "{heard:?}"
        );
        assert_eq!(scene.world.dead_letters(), []);
    }
}

#[tokio::test]
async fn it_hears_which_others_of_the_customers_it_was_told_of() {
    let (mut scene, _folder) = scene("others").await;
    for invoice in ["in_1", "in_2"] {
        scene
            .hear(&finalized(invoice, "2027-01-11T10:00:00Z"))
            .await;
    }
    scene.advance_to("2027-03-16T10:00:00Z").await;
    scene.hear(&paid("in_1", "2027-03-16T10:00:00Z")).await;
    scene.advance_to("2027-03-16T11:00:00Z").await;
    scene.hear(&paid("in_2", "2027-03-16T11:00:00Z")).await;
    scene.advance_to("2027-03-16T12:00:00Z").await;
    let told: Vec<_> = heard(&scene)
        .iter()
        .map(|event| {
            (
                event.detail_type.clone(),
                data(event)["invoice"].clone(),
                data(event)["others"].clone(),
            )
        })
        .collect();
    let suspend = |of: &str| ("service.suspend".to_owned(), json!(of));
    let resume = |of: &str| ("service.resume".to_owned(), json!(of));
    let kinds: Vec<_> = told
        .iter()
        .map(|(kind, of, _)| (kind.clone(), of.clone()))
        .collect();
    assert_eq!(
        kinds,
        [
            suspend("in_1"),
            suspend("in_2"),
            resume("in_1"),
            resume("in_2")
        ]
    );
    assert_eq!(
        told[2].2,
        json!(["in_2"]),
        "the customer's service is to stay suspended"
    );
    assert_eq!(told[3].2, json!([]));
}

#[tokio::test]
async fn what_is_over_before_the_bus_is_back_is_not_told_and_what_moves_is_over_for_its_first_customer()
 {
    let (mut scene, _folder) = scene("over").await;
    for invoice in ["in_1", "in_2"] {
        scene
            .hear(&finalized(invoice, "2027-01-11T10:00:00Z"))
            .await;
    }
    scene.advance_to("2027-03-15T07:59:00Z").await;
    scene
        .world
        .aws
        .set_faults(|call: &Call| match call.service {
            Service::EventBridge => Fault::Before(Failure::ServerError),
            _ => Fault::None,
        });
    scene.advance_to("2027-03-15T08:30:00Z").await;
    scene.hear(&paid("in_1", "2027-03-15T08:30:00Z")).await;
    scene.advance_to("2027-03-15T08:31:00Z").await;
    scene.world.aws.clear_faults();
    scene.advance_to("2027-03-16T07:00:00Z").await;
    let told = |scene: &Scene| -> Vec<String> {
        let events = heard(scene).into_iter();
        let told = events.map(|event| {
            let (invoice, customer) = (
                data(&event)["invoice"].clone(),
                data(&event)["customer"].clone(),
            );
            format!("{} {invoice} {customer}", event.detail_type).replace('"', "")
        });
        told.collect()
    };
    let mut first = told(&scene);
    first.sort();
    first.dedup();
    assert_eq!(
        first,
        ["service.resume in_1 cus_1", "service.suspend in_2 cus_1"]
    );
    let count = told(&scene).len();
    let differs = json!({ "customer": "cus_2", "customer_email": "ap@other.example.com" });
    scene
        .hear(&event("updated", "in_2", "2027-03-16T07:00:00Z", differs))
        .await;
    scene.advance_to("2027-03-16T07:30:00Z").await;
    assert_eq!(told(&scene)[count..], ["service.resume in_2 cus_1"]);
}

#[tokio::test]
async fn many_debts_of_one_customer_are_told_of_together_after_one_look() {
    let (mut scene, stripe, _folder) = asking("many").await;
    for n in 1..=12 {
        let issued = finalized(&format!("in_{n}"), "2027-01-11T10:00:00Z");
        stripe.book(&issued);
        scene.hear(&issued).await;
    }
    scene.advance_to("2027-03-15T12:00:00Z").await;
    assert_eq!(
        kinds(&scene),
        ["service.suspend"; 12],
        "{}",
        scene.journal("cus_1").await
    );
}
