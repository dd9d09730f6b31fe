//! Everything is paused, and a claim asks for it in its own transaction.

use aws_types::sdk_config::RetryConfig;
use dunning::file::Pause;
use serde_json::{Value, json};

use crate::scene::{Scene, at, finalized};

const FOR_GOOD: Pause = Pause { until: None };
const NINE: &str = "2027-02-01T08:00:00Z";

/// Many customers, so that each copy is asked; all are due on Monday at nine.
async fn many() -> Scene {
    let mut scene = Scene::new().await;
    scene.hear_of_customers(20).await;
    scene.advance_to("2027-02-01T07:59:00Z").await;
    scene
}

async fn pause(scene: &Scene, standstill: Option<Pause>) {
    let (ledger, now) = (scene.world.ledger.clone(), scene.world.clock.now());
    ledger.put_standstill(standstill, now).await.unwrap();
}

/// What is stored of the standstill.
fn stored(scene: &Scene) -> Vec<Value> {
    let mut items = scene.world.aws.items();
    items.retain(|item| {
        let pk = item["PK"]["S"].as_str().unwrap();
        pk.starts_with("EVERYTHING")
    });
    items
}

async fn delete(scene: &Scene, pk: &str) {
    let config = scene.world.aws.sdk_config(RetryConfig::disabled());
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let request = aws_sdk_dynamodb::Client::new(&config)
        .delete_item()
        .table_name(aws::stack::TABLE)
        .key("PK", text(pk))
        .key("SK", text("PAUSE"));
    request.send().await.unwrap();
}

#[tokio::test]
async fn a_pause_of_everything_writes_each_copy_and_its_end_takes_them_away() {
    let mut scene = many().await;
    pause(&scene, Some(FOR_GOOD)).await;
    let written = stored(&scene);
    assert_eq!(written.len(), 17);
    assert!(
        written
            .iter()
            .all(|item| item["value"] == written[0]["value"])
    );
    scene.advance_to("2027-02-01T15:00:00Z").await;
    assert!(scene.world.mails().is_empty());
    pause(&scene, None).await;
    assert!(stored(&scene).is_empty());
    scene.advance_to("2027-02-01T20:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 20);
}

#[tokio::test]
async fn fault_31_whoever_has_looked_and_not_claimed_yet_is_stopped_by_the_claim_itself() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-02-01T07:59:00Z").await;
    scene.at_the_next_claim(async |ledger| {
        ledger
            .put_standstill(Some(FOR_GOOD), at(NINE))
            .await
            .unwrap();
    });
    scene.advance_to("2027-02-01T20:00:00Z").await;
    assert!(scene.world.mails().is_empty());
    assert!(!scene.journal("cus_1").await.contains("claimed"));
    assert!(scene.world.dead_letters().is_empty());
}

#[tokio::test]
async fn a_table_that_the_version_before_paused_is_paused() {
    let mut scene = many().await;
    pause(&scene, Some(FOR_GOOD)).await;
    for copy in 0..16 {
        delete(&scene, &format!("EVERYTHING#{copy}")).await;
    }
    scene.advance_to("2027-02-01T15:00:00Z").await;
    assert!(scene.world.mails().is_empty());
}

#[tokio::test]
async fn what_the_version_before_resumed_goes_on() {
    let mut scene = many().await;
    pause(&scene, Some(FOR_GOOD)).await;
    // It knows the one item alone.
    delete(&scene, "EVERYTHING").await;
    scene.advance_to("2027-02-01T15:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 20);
    assert!(stored(&scene).is_empty());
}

#[tokio::test]
async fn an_end_that_the_version_before_gave_a_standstill_is_its_end() {
    let mut scene = many().await;
    pause(&scene, Some(FOR_GOOD)).await;
    let mut item = stored(&scene).remove(0);
    assert_eq!(item["PK"]["S"], "EVERYTHING");
    item["value"]["M"]["until"] = json!({ "S": "2027-02-03" });
    scene.world.aws.load(&[item]);
    scene.advance_to("2027-02-02T20:00:00Z").await;
    assert!(scene.world.mails().is_empty());
    scene.advance_to("2027-02-03T20:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 20);
}

#[tokio::test]
async fn a_copy_whose_day_has_come_keeps_nothing() {
    let mut scene = many().await;
    let until = Some("2027-02-02".parse().unwrap());
    pause(&scene, Some(Pause { until })).await;
    scene.advance_to("2027-02-01T20:00:00Z").await;
    assert!(scene.world.mails().is_empty());
    scene.advance_to("2027-02-02T20:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 20);
    // What is over need not be taken away.
    assert_eq!(stored(&scene).len(), 17);
}
