//! What a webhook and a knock cost in calls to AWS.

use std::collections::BTreeMap;

use aws::Service;

use crate::fake_stripe::{FakeStripe, KEY};
use crate::scene::{Scene, finalized, paid, stripe_name};

fn count(scene: &Scene) -> BTreeMap<(Service, String), u64> {
    let mut counts = scene.world.aws.counts();
    // What `schedule` and `track` do comes after.
    counts.retain(|(service, _), _| *service != Service::Scheduler);
    counts
}

fn of(counts: &BTreeMap<(Service, String), u64>, service: Service, operation: &str) -> u64 {
    counts
        .get(&(service, operation.to_owned()))
        .copied()
        .unwrap_or_default()
}

fn all(counts: &BTreeMap<(Service, String), u64>, service: Service) -> u64 {
    counts
        .iter()
        .filter(|((known, _), _)| *known == service)
        .map(|(_, count)| count)
        .sum()
}

#[tokio::test]
async fn a_webhook_costs_one_read_one_transaction_and_its_keeping() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_0", "2027-01-11T10:00:00Z")).await;
    for event in [
        finalized("in_1", "2027-01-11T10:00:00Z"),
        paid("in_1", "2027-01-11T11:00:00Z"),
    ] {
        scene.world.aws.reset_counts();
        scene.hear(&event).await;
        let counts = count(&scene);
        assert_eq!(
            of(&counts, Service::DynamoDb, "BatchGetItem"),
            1,
            "{counts:?}"
        );
        assert_eq!(
            of(&counts, Service::DynamoDb, "TransactWriteItems"),
            1,
            "{counts:?}"
        );
        assert_eq!(of(&counts, Service::DynamoDb, "PutItem"), 1, "{counts:?}");
        assert_eq!(counts.values().sum::<u64>(), 3, "{counts:?}");
    }
}

#[tokio::test]
async fn the_first_webhook_waits_for_no_secret() {
    let mut scene = Scene::new().await;
    scene.world.aws.reset_counts();
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let counts = count(&scene);
    assert_eq!(all(&counts, Service::Ssm), 0, "{counts:?}");
    // One of them, once an hour, notes that the source speaks.
    assert_eq!(all(&counts, Service::DynamoDb), 4, "{counts:?}");
}

#[tokio::test]
async fn a_webhook_that_says_nothing_new_costs_one_read_and_its_keeping() {
    let mut scene = Scene::new().await;
    let event = finalized("in_1", "2027-01-11T10:00:00Z");
    scene.hear(&event).await;
    scene.world.aws.reset_counts();
    scene.hear(&event).await;
    let counts = count(&scene);
    assert_eq!(of(&counts, Service::DynamoDb, "PutItem"), 1, "{counts:?}");
    assert_eq!(counts.values().sum::<u64>(), 2, "{counts:?}");
}

/// Of the moment in which it is sent; SES's events come a second later.
async fn of_the_first_mail(scene: &mut Scene) -> BTreeMap<(Service, String), u64> {
    scene.advance_to("2027-02-01T08:00:00Z").await;
    let fires = scene.world.aws.schedules()[0].clone();
    scene.world.aws.reset_counts();
    while scene.world.mails().is_empty() {
        let next = scene.world.clock.now() + jiff::SignedDuration::from_secs(1);
        scene.world.advance_to(next).await;
        assert!(next < fires.at + jiff::SignedDuration::from_mins(16));
    }
    count(scene)
}

#[tokio::test]
async fn a_knock_that_sends_costs_three_reads_two_writes_and_one_request_to_ses() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let counts = of_the_first_mail(&mut scene).await;
    assert_eq!(of(&counts, Service::DynamoDb, "Query"), 1, "{counts:?}");
    assert_eq!(
        of(&counts, Service::DynamoDb, "TransactWriteItems"),
        2,
        "{counts:?}"
    );
    // The mailbox; and together, whether everything stands still and whether its source is heard.
    assert_eq!(of(&counts, Service::DynamoDb, "GetItem"), 1, "{counts:?}");
    assert_eq!(
        of(&counts, Service::DynamoDb, "BatchGetItem"),
        1,
        "{counts:?}"
    );
    assert_eq!(all(&counts, Service::DynamoDb), 5, "{counts:?}");
    assert_eq!(of(&counts, Service::Ses, "SendEmail"), 1, "{counts:?}");
}

#[tokio::test]
async fn a_look_costs_two_questions_five_reads_and_one_write_more() {
    let stripe = FakeStripe::new();
    let mut scene = Scene::asking(stripe.connector()).await;
    stripe.follows(&scene.world.clock);
    scene.world.put_key(&stripe_name(), KEY).await.unwrap();
    let issued = finalized("in_1", "2027-01-11T10:00:00Z");
    stripe.book(&issued);
    scene.hear(&issued).await;
    stripe.was_asked();
    let counts = of_the_first_mail(&mut scene).await;
    let asked = stripe.was_asked();
    let last = &asked[asked.len() - 2..];
    assert!(last[0].starts_with("/v1/invoices/in_1?"), "{asked:?}");
    assert_eq!(last[1], "/v1/customers/cus_1/cash_balance");
    // The row of calls; and once more, the file and the mailbox.
    assert_eq!(of(&counts, Service::DynamoDb, "GetItem"), 3, "{counts:?}");
    assert_eq!(of(&counts, Service::DynamoDb, "Query"), 2, "{counts:?}");
    // What the file has of the invoice, and of the customer.
    assert_eq!(
        of(&counts, Service::DynamoDb, "BatchGetItem"),
        3,
        "{counts:?}"
    );
    assert_eq!(
        of(&counts, Service::DynamoDb, "UpdateItem"),
        1,
        "{counts:?}"
    );
    assert_eq!(all(&counts, Service::DynamoDb), 11, "{counts:?}");
}

#[tokio::test]
async fn a_knock_with_nothing_to_do_costs_the_query() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let schedule = scene.world.aws.schedules()[0].clone();
    scene.world.aws.reset_counts();
    scene.world.knock(&schedule.input).await;
    let counts = count(&scene);
    assert_eq!(of(&counts, Service::DynamoDb, "Query"), 1, "{counts:?}");
    assert_eq!(counts.values().sum::<u64>(), 1, "{counts:?}");
}
