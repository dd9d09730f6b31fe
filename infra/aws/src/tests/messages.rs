use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use jiff::SignedDuration;

use super::*;
use crate::QueuedMessage;
use crate::stack::Queue;

fn queues(aws: &Aws) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(&config(aws))
}

fn entry(id: &str, delay: i32) -> SendMessageBatchRequestEntry {
    let entry = SendMessageBatchRequestEntry::builder()
        .id(id)
        .message_body(format!("body {id}"))
        .delay_seconds(delay);
    entry.build().expect("id and body are set")
}

#[tokio::test]
async fn a_message_waits_until_the_world_takes_it() {
    let aws = started();
    let knock = queues(&aws)
        .send_message()
        .queue_url(Queue::Knocks.url())
        .message_body("knock")
        .delay_seconds(60);
    let sent = knock.send().await.expect("a good message");
    let expected = QueuedMessage {
        message_id: sent.message_id.expect("SQS names each message"),
        queue: Queue::Knocks,
        body: "knock".to_owned(),
        at: instant(START),
        delay: SignedDuration::from_secs(60),
    };
    assert_eq!(aws.take_messages(), [expected]);
    assert_eq!(aws.take_messages(), []);
}

#[tokio::test]
async fn a_batch_takes_what_is_good_and_names_what_is_not() {
    let aws = started();
    let batch = |entries| {
        queues(&aws)
            .send_message_batch()
            .queue_url(Queue::Repair.url())
            .set_entries(Some(entries))
            .send()
    };
    let sent = batch(vec![entry("1", 0), entry("2", 901)])
        .await
        .expect("a batch answers for each entry");
    assert_eq!(
        (
            sent.successful.len(),
            sent.failed.len(),
            sent.failed[0].id()
        ),
        (1, 1, "2")
    );
    assert_eq!(aws.take_messages().len(), 1);
    let eleven = (0..11).map(|n| entry(&n.to_string(), 0)).collect();
    assert_eq!(
        refusal(batch(eleven).await).0,
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
    );
    assert_eq!(
        refusal(batch(vec![entry("1", 0), entry("1", 0)]).await).0,
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"
    );
}

#[tokio::test]
async fn unknown_queues_long_delays_and_large_bodies_are_refused() {
    let aws = started();
    let send = |url: &str, body: &str, delay| {
        let send = queues(&aws)
            .send_message()
            .queue_url(url)
            .message_body(body)
            .delay_seconds(delay)
            .send();
        async { refusal(send.await).0 }
    };
    let knocks = Queue::Knocks.url();
    assert_eq!(
        send("https://sqs.eu-west-3.amazonaws.com/1/other", "x", 0).await,
        "AWS.SimpleQueueService.NonExistentQueue"
    );
    assert_eq!(send(&knocks, "x", 901).await, "InvalidParameterValue");
    assert_eq!(
        send(&knocks, &"x".repeat(1024 * 1024 + 1), 0).await,
        "InvalidParameterValue"
    );
}
