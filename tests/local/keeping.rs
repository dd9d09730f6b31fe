//! Until when the table, and what is in it, is kept.

use aws::{Fault, Service};
use jiff::{SignedDuration, Timestamp};
use local::Functions;
use serde_json::{Value, json};
use tests::stripe::{self, Shape};

use crate::scene::{Scene, at, event, finalized, functions, paid, policy_dir, sign};

const STARTS: &str = "2027-01-11T10:00:00Z";

async fn sweep(scene: &Scene) {
    let functions = functions(&scene.world, &policy_dir());
    functions.sweep.handle(Timestamp::MAX).await.unwrap();
}

fn updates_of_the_table(scene: &Scene) -> u64 {
    let asked = (Service::DynamoDb, "UpdateTable".to_owned());
    scene.world.aws.counts().get(&asked).copied().unwrap_or(0)
}

#[tokio::test]
async fn a_table_that_holds_nothing_may_be_deleted_and_the_first_webhook_ends_that() {
    let mut scene = Scene::new().await;
    sweep(&scene).await;
    let a_stranger = scene.world.post("stripe", &[], b"{}").await;
    assert_eq!(a_stranger.0, 401);
    sweep(&scene).await;
    assert!(!scene.world.aws.table_is_protected());
    scene.hear(&finalized("in_1", STARTS)).await;
    for _ in 0..2 {
        sweep(&scene).await;
        assert!(scene.world.aws.table_is_protected());
        assert_eq!(updates_of_the_table(&scene), 1);
    }
}

#[tokio::test]
async fn a_table_that_was_recovered_from_a_backup_is_protected_too() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    // Nobody has posted anything to the new stack.
    let items = scene.world.aws.items();
    let recovered: Vec<Value> = items
        .into_iter()
        .filter(|i| i["PK"]["S"] != "DOOR")
        .collect();
    let scene = Scene::at(at("2027-02-10T10:00:00Z"), policy_dir()).await;
    scene.world.aws.load(&recovered);
    sweep(&scene).await;
    assert!(scene.world.aws.table_is_protected());
}

#[tokio::test]
async fn a_table_that_could_not_be_protected_stops_no_sweep_and_is_protected_by_the_next() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    scene
        .world
        .aws
        .set_faults(|call| match call.operation.as_str() {
            "UpdateTable" => Fault::Throttled,
            _ => Fault::None,
        });
    sweep(&scene).await;
    assert!(!scene.world.aws.table_is_protected());
    scene.world.aws.clear_faults();
    sweep(&scene).await;
    assert!(scene.world.aws.table_is_protected());
}

#[tokio::test]
async fn a_table_that_is_not_to_be_protected_is_left_alone() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    let mut functions = functions(&scene.world, &policy_dir());
    functions.sweep.protects_table = false;
    functions.sweep.handle(Timestamp::MAX).await.unwrap();
    assert!(!scene.world.aws.table_is_protected());
}

/// Functions that keep history for so many days, and deliveries for a week.
fn keeping(scene: &Scene, days: u32) -> Functions {
    let mut functions = functions(&scene.world, &policy_dir());
    let ledger = functions.ingest.ledger.keeping_history(days);
    functions.ingest.ledger = ledger.keeping_deliveries(7);
    functions
}

async fn hear(scene: &Scene, functions: &Functions, event: &Value) {
    let body = event.to_string();
    let headers = sign(scene.world.clock.now(), body.as_bytes());
    let request = local::events::webhook("stripe", &headers.pairs(), body.as_bytes());
    assert_eq!(functions.ingest.handle(request).await.status_code, 200);
}

/// When the items of that kind go, in seconds since 1970; `None` where they stay.
fn ends(scene: &Scene, pk: &str, sk: &str) -> Vec<Option<i64>> {
    let items = scene.world.aws.items().into_iter();
    let begins = |item: &Value, name: &str, with: &str| {
        let key = item[name]["S"].as_str();
        key.is_some_and(|key| key.starts_with(with))
    };
    let wanted = items.filter(|item| begins(item, "PK", pk) && begins(item, "SK", sk));
    let end = |item: Value| item["expires_at"]["N"].as_str()?.parse().ok();
    wanted.map(end).collect()
}

fn days_after(starts: &str, days: i64) -> i64 {
    (at(starts) + SignedDuration::from_hours(24 * days)).as_second()
}

#[tokio::test]
async fn a_closed_invoice_and_each_line_about_it_go_after_the_days_that_the_user_set() {
    let scene = Scene::new().await;
    let functions = keeping(&scene, 400);
    hear(&scene, &functions, &finalized("in_1", STARTS)).await;
    let customer = "stripe#default#live#cus_1";
    assert_eq!(
        ends(&scene, customer, "FILE"),
        [None, None],
        "nothing that is open goes"
    );
    let paid_at = "2027-01-12T10:00:00Z";
    scene.world.clock.set(at(paid_at));
    hear(&scene, &functions, &paid("in_1", paid_at)).await;
    assert_eq!(ends(&scene, customer, "FILE"), [None], "the customer stays");
    assert_eq!(
        ends(&scene, customer, "CLOSED#"),
        [Some(days_after(paid_at, 400))]
    );
    let lines = ends(&scene, customer, "JOURNAL#");
    assert_eq!(
        lines,
        [
            Some(days_after(STARTS, 400)),
            Some(days_after(paid_at, 400))
        ]
    );
    let deliveries = ends(&scene, "DELIVERY#", "");
    assert_eq!(deliveries.len(), 2);
    assert!(
        deliveries.contains(&Some(days_after(paid_at, 7))),
        "{deliveries:?}"
    );
}

#[tokio::test]
async fn a_debt_that_is_opened_again_does_not_go_with_the_invoice_that_was_closed() {
    let scene = Scene::new().await;
    let functions = keeping(&scene, 400);
    hear(&scene, &functions, &paid("in_1", STARTS)).await;
    let customer = "stripe#default#live#cus_1";
    assert_eq!(
        ends(&scene, customer, "CLOSED#"),
        [Some(days_after(STARTS, 400))]
    );
    let owed = json!({ "status": "open" });
    let opened = event("updated", "in_1", "2027-01-12T10:00:00Z", owed);
    scene.world.clock.set(at("2027-01-12T10:00:00Z"));
    hear(&scene, &functions, &opened).await;
    assert_eq!(ends(&scene, customer, "CLOSED#"), []);
    assert_eq!(ends(&scene, customer, "FILE#OPEN#"), [None]);
}

#[tokio::test]
async fn what_has_its_end_keeps_it_where_a_later_setting_keeps_things_for_good() {
    let scene = Scene::new().await;
    hear(&scene, &keeping(&scene, 400), &paid("in_1", STARTS)).await;
    let corrected = json!({ "status": "paid", "amount_remaining": 0, "number": "N-2" });
    let again = event("updated", "in_1", "2027-01-12T10:00:00Z", corrected);
    hear(&scene, &keeping(&scene, 0), &again).await;
    let [invoice] = &scene.closed("cus_1").await[..] else {
        panic!("there is one")
    };
    assert_eq!(invoice.name(), "N-2", "it was written again");
    let customer = "stripe#default#live#cus_1";
    assert_eq!(
        ends(&scene, customer, "CLOSED#"),
        [Some(days_after(STARTS, 400))]
    );
}

#[tokio::test]
async fn what_is_told_of_an_invoice_that_has_gone_by_its_age_is_answered_and_a_later_word_finds_no_trouble()
 {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    let mut payment = stripe::event(Shape::SinceBasil, "payment");
    stripe::overlay(
        &mut payment,
        &json!({ "data": { "object": { "invoice": "in_1" } } }),
    );
    scene.hear(&payment).await;
    scene.hear(&paid("in_1", "2027-01-11T11:00:00Z")).await;
    let mut items = scene.world.aws.items();
    items.retain(|item| item["SK"]["S"] != "CLOSED#in_1");
    let mut scene = Scene::at(at("2037-02-10T10:00:00Z"), policy_dir()).await;
    scene.world.aws.load(&items);
    // A dispute of its payment: it names no invoice, and the payment's pointer still does.
    let mut disputed = stripe::event(Shape::SinceBasil, "disputed");
    let now = json!({ "id": "evt_late", "created": scene.world.clock.now().as_second() });
    stripe::overlay(&mut disputed, &now);
    let (status, text) = scene.post(&disputed).await;
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("no longer kept"), "{text}");
    // The tool shows it once more, for another customer of its own.
    let moved = json!({ "customer": "cus_2", "status": "paid", "amount_remaining": 0 });
    scene
        .hear(&event("updated", "in_1", "2037-02-10T10:00:00Z", moved))
        .await;
    assert_eq!(scene.closed("cus_2").await.len(), 1);
    assert!(scene.file("cus_1").await.file.open.is_empty());
}
