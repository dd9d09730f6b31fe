//! Stripe's events by EventBridge: unsigned, by a queue that only the event bus may write to.

use aws::{Failure, Fault, Service};
use dunning::billing::Status;
use ingest::Answer;
use local::Functions;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use crate::scene::{Scene, finalized, functions, paid, policy_dir};

/// What the queue hands over: Stripe's events in EventBridge's envelopes.
async fn deliver(functions: &Functions, events: &[Value]) -> Vec<String> {
    let envelope = |event: &Value| {
        json!({
            "version": "0",
            "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
            "detail-type": event["type"],
            "source": "aws.partner/stripe.com/ed_test_61Ij",
            "account": "123456789012",
            "time": "2027-01-11T10:00:00Z",
            "region": "eu-west-3",
            "resources": ["arn:aws:events:eu-west-3::event-source/aws.partner/stripe.com/ed_test_61Ij"],
            "detail": event,
        })
    };
    let record = |event: &Value| {
        json!({
            "messageId": event["id"],
            "receiptHandle": "receipt",
            "body": envelope(event).to_string(),
            "attributes": {},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-3:123456789012:relance-stripe-events",
            "awsRegion": "eu-west-3",
        })
    };
    let records: Vec<Value> = events.iter().map(record).collect();
    let payload = to_raw_value(&json!({ "Records": records })).unwrap();
    match functions.ingest.invoke(&payload).await.unwrap() {
        Answer::Batch(batch) => {
            let failed = batch.batch_item_failures.into_iter();
            failed.map(|failure| failure.item_identifier).collect()
        }
        Answer::Http(response) => panic!("{response:?}"),
    }
}

#[tokio::test]
async fn an_invoices_life_comes_by_the_event_bus_as_by_webhook() {
    let scene = Scene::new().await;
    let functions = functions(&scene.world, &policy_dir());
    let opened = finalized("in_1", "2027-01-11T10:00:00Z");
    assert!(
        deliver(&functions, std::slice::from_ref(&opened))
            .await
            .is_empty()
    );
    assert_eq!(scene.file("cus_1").await.file.open.len(), 1);
    // By both ways, and the later one twice.
    let paid = paid("in_1", "2027-01-12T10:00:00Z");
    assert!(
        deliver(&functions, &[paid.clone(), opened, paid])
            .await
            .is_empty()
    );
    let closed = scene.closed("cus_1").await;
    assert_eq!(closed[0].balance().status, Status::Paid);
}

#[tokio::test]
async fn what_cannot_be_written_now_comes_again_and_holds_nothing_else_up() {
    let scene = Scene::new().await;
    let functions = functions(&scene.world, &policy_dir());
    let mut senseless = finalized("in_2", "2027-01-11T10:00:00Z");
    senseless["data"]["object"]["currency"] = json!("xbt");
    let events = [finalized("in_1", "2027-01-11T10:00:00Z"), senseless];
    scene.world.aws.set_faults(|call| match call.service {
        Service::DynamoDb => Fault::Before(Failure::ServerError),
        _ => Fault::None,
    });
    let failed = deliver(&functions, &events).await;
    assert_eq!(
        failed,
        events
            .iter()
            .map(|event| event["id"].as_str().unwrap())
            .collect::<Vec<_>>()
    );
    scene.world.aws.clear_faults();
    assert!(deliver(&functions, &events).await.is_empty());
    assert_eq!(scene.file("cus_1").await.file.open.len(), 1);
    let today = "2027-01-11".parse().unwrap();
    let kept = scene
        .world
        .ledger
        .inbox(&crate::scene::stripe_name(), today)
        .await
        .unwrap();
    assert_eq!(kept.len(), 1);
}
