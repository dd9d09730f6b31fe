//! Until when the table is kept.

use aws::{Fault, Service};
use jiff::Timestamp;
use serde_json::Value;

use crate::scene::{Scene, at, finalized, functions, policy_dir};

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
