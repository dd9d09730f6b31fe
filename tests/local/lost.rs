//! What AWS loses on its way between the functions, and what there is no time for, comes by another way.

use std::sync::Arc;

use aws::stack::{self, Queue};
use aws_types::sdk_config::RetryConfig;
use dunning::rules::Instruction;
use dunning::value::EmailAddress;
use jiff::{SignedDuration, Timestamp};
use ledger::Ledger;
use local::events::stream_event;
use mail::{Lifted, lift_suppression};
use runtime::Clock;
use serde_json::json;
use sweep::Sweep;
use timetable::KnockQueue;

use crate::scene::{Scene, at, debtor, event, finalized, functions, policy_dir};

const STARTS: &str = "2027-01-11T10:00:00Z";

fn count(text: &str, words: &str) -> usize {
    text.matches(words).count()
}

#[tokio::test]
async fn what_ses_says_by_both_ways_is_written_once() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    let bounces =
        json!({ "customer": "cus_2", "customer_email": "bounce@simulator.amazonses.com" });
    scene
        .hear(&event("finalized", "in_2", STARTS, bounces))
        .await;
    scene.advance_to("2027-02-01T18:00:00Z").await;
    let journal = scene.journal("cus_1").await;
    assert_eq!(count(&journal, "mail taken by SES"), 1, "{journal}");
    assert_eq!(count(&journal, "mail delivered"), 1, "{journal}");
    let journal = scene.journal("cus_2").await;
    assert_eq!(count(&journal, "mail bounced"), 1, "{journal}");
}

#[tokio::test]
async fn what_event_bridge_loses_is_heard_by_sns() {
    let mut scene = Scene::new().await;
    scene.world.lose_event_bridge(true);
    let bounces = json!({ "customer_email": "bounce@simulator.amazonses.com" });
    scene
        .hear(&event("finalized", "in_1", STARTS, bounces))
        .await;
    scene.advance_to("2027-02-01T18:00:00Z").await;
    let journal = scene.journal("cus_1").await;
    assert_eq!(
        count(&journal, "mail bounced: the address is on hold"),
        1,
        "{journal}"
    );
}

#[tokio::test]
async fn an_address_that_is_let_go_is_taken_off_the_list_of_ses_too() {
    let scene = Scene::new().await;
    let config = scene.world.aws.sdk_config(RetryConfig::disabled());
    let address = EmailAddress::parse("compta+relance@client.example.com").unwrap();
    scene.world.aws.suppress(address.as_str());
    assert_eq!(lift_suppression(&config, &address).await, Lifted::Lifted);
    assert!(!scene.world.aws.is_suppressed(address.as_str()));
    assert_eq!(
        lift_suppression(&config, &address).await,
        Lifted::WasNotThere
    );
}

#[tokio::test]
async fn fault_12_what_the_stream_lost_is_brought_back_by_replan() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    let (ledger, now) = (scene.world.ledger.clone(), scene.world.clock.now());
    let pause = Instruction::Pause(dunning::file::Pause { until: None });
    let cus = debtor("cus_1");
    ledger.instruct(&cus, None, pause, now).await.unwrap();
    scene.world.carry().await;
    assert_eq!(scene.schedules(), []);
    ledger
        .instruct(&cus, None, Instruction::Resume, now)
        .await
        .unwrap();
    scene.world.lose_stream_records();
    scene.world.carry().await;
    assert_eq!(scene.schedules(), [], "nobody has seen the resume");
    let clock = scene.world.clock.clone();
    let clock = Clock::new(move || clock.now());
    let replanned = ledger.replan(&cus, None, &scene.world.policy, &clock).await;
    assert_eq!(replanned.unwrap().changed, 1);
    scene.world.carry().await;
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
    assert_eq!(scene.schedules().len(), 5);
}

#[tokio::test]
async fn schedule_hands_back_what_it_has_no_time_for() {
    let mut scene = Scene::new().await;
    let functions = functions(&scene.world, &policy_dir());
    let seen = scene.world.aws.stream_records_after(0).len();
    // Written, and not carried yet.
    let body = finalized("in_1", STARTS).to_string();
    let headers = crate::scene::sign(at(STARTS), body.as_bytes());
    let request = local::events::webhook("stripe", &headers.pairs(), body.as_bytes());
    assert_eq!(functions.ingest.handle(request).await.status_code, 200);
    let mut records = scene.world.aws.stream_records_after(0).split_off(seen);
    records.retain(|record| record.sort_key().starts_with("FILE"));
    assert!(records.len() > 1);
    let now = scene.world.clock.now();
    let soon = now + SignedDuration::from_secs(5);
    let answer = functions
        .schedule
        .mirror_records(stream_event(&records), soon);
    let failed = answer.await.batch_item_failures;
    assert_eq!(failed.len(), 1);
    assert_eq!(
        failed[0].item_identifier.as_deref(),
        Some(records[0].sequence_number())
    );
    assert_eq!(scene.schedules(), []);
    // It comes again, and there is time.
    let answer = functions
        .schedule
        .mirror_records(stream_event(&records), Timestamp::MAX);
    assert!(answer.await.batch_item_failures.is_empty());
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
    scene.world.carry().await;
}

/// A sweep beside those of the world, for which a second goes by with each look at the clock.
fn slow_sweep(scene: &Scene) -> Sweep {
    let config = scene.world.aws.sdk_config(RetryConfig::disabled());
    let looks = std::sync::atomic::AtomicI64::new(0);
    let starts = scene.world.clock.now();
    let sqs = aws_sdk_sqs::Client::new(&config);
    Sweep {
        redirect_all_to: runtime::RedirectAllTo::Live,
        ledger: Ledger::new(aws_sdk_dynamodb::Client::new(&config), stack::TABLE),
        policy: Arc::clone(&scene.world.policy),
        knocks: KnockQueue::new(sqs, Queue::Knocks.url()),
        protects_table: true,
        clock: Clock::new(move || {
            let looks = looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            starts + SignedDuration::from_secs(looks)
        }),
    }
}

#[tokio::test]
async fn a_sweep_tells_the_team_first_stops_in_time_and_the_next_goes_on_where_it_stopped() {
    let mut scene = Scene::new().await;
    scene.hear_of_customers(25).await;
    // Nobody knocks for a month.
    scene.world.clock.set(at("2027-02-10T10:00:00Z"));
    let mut knocked = Vec::new();
    let mut left = Vec::new();
    for _ in 0..3 {
        let sweep = slow_sweep(&scene);
        // Time for one request of ten.
        let deadline = scene.world.clock.now() + SignedDuration::from_secs(21);
        let said = sweep.handle(deadline).await.unwrap();
        assert_eq!(said["looks"], 25);
        left.push(said["left"].as_u64().unwrap());
        let knocks: Vec<String> = scene
            .world
            .aws
            .take_messages()
            .into_iter()
            .map(|message| message.body)
            .collect();
        assert_eq!(knocks[0], r#"{"debtor":"TEAM"}"#);
        assert_eq!(knocks.len(), 11);
        knocked.extend(knocks.into_iter().skip(1));
    }
    assert_eq!(left, [15, 15, 15]);
    // All had their turn, and the first of them once more.
    let all: std::collections::BTreeSet<&String> = knocked.iter().collect();
    assert_eq!(all.len(), 25);
    assert_eq!(knocked[25..], knocked[..5]);
    // With time enough nothing is left, and the place is forgotten.
    let said = slow_sweep(&scene).handle(Timestamp::MAX).await.unwrap();
    assert_eq!(said["left"], 0);
    let place = scene.world.ledger.place_of_sweep().await.unwrap();
    assert_eq!(place, None);
}
