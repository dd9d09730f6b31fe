//! What a webhook, a knock and a sweep cost does not depend on how many debtors there are.
//!
//! `DEBTORS=2000` takes so many instead of those of every day.

use std::collections::BTreeMap;
use std::env;

use aws::Service;
use aws::stack::Queue;
use jiff::Timestamp;
use local::events::{Message, sqs_event, webhook};
use serde_json::{Value, json};

use crate::scene::{Scene, at, event, functions, policy_dir, sign};

/// Each with as many open invoices.
const INVOICES: usize = 100;
/// How many have something that is late.
const LATE: usize = 10;
/// Few enough that the tests stay quick.
const DEBTORS: usize = 60;
const STARTS: &str = "2027-01-11T10:00:00Z";
/// By which the question about what is due on 29 January should have left, and nobody has been looked at yet.
const LATER: &str = "2027-01-15T09:00:00Z";

type Calls = BTreeMap<(Service, String), u64>;

/// What something cost: calls, and bytes in both directions.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    calls: Calls,
    bytes: u64,
}

/// A customer at whom nobody has looked by then, since each has its own minute of the week for that.
async fn customer_of_a_late_look() -> String {
    let mut scene = Scene::new().await;
    scene.hear_of_customers(20).await;
    for number in 1..=20 {
        let customer = format!("cus_{number}");
        let file = scene.file(&customer).await.file;
        let looks: Vec<_> = file.open.values().map(|invoice| invoice.look_at).collect();
        if looks.iter().all(|look| *look > Some(at(LATER))) {
            return customer;
        }
    }
    panic!("all of them are looked at early in the week");
}

/// A debtor's items, those of its invoices among them, as the functions wrote them.
async fn a_debtor(customer: &str, due: &str) -> Vec<Value> {
    let mut scene = Scene::new().await;
    for n in 0..INVOICES {
        let differs = json!({ "customer": customer, "due_date": at(due).as_second() });
        let invoice = format!("in_{n:03}");
        scene
            .hear(&event("finalized", &invoice, STARTS, differs))
            .await;
    }
    scene.said()
}

/// The same as if they were another debtor's.
fn of_another(items: &[Value], customer: &str, number: usize) -> Vec<Value> {
    let text = Value::from(items.to_vec()).to_string();
    let text = text
        .replace(&format!("{customer}\""), &format!("cus_{number:04}\""))
        .replace("in_", &format!("in_{number:04}_"))
        .replace("client.example", &format!("client{number:04}.example"));
    match serde_json::from_str(&text) {
        Ok(Value::Array(items)) => items,
        other => panic!("{other:?}"),
    }
}

/// So many debtors, of which the first ones are late.
async fn scene(debtors: usize) -> Scene {
    let customer = customer_of_a_late_look().await;
    let (late, early) = (
        a_debtor(&customer, "2027-01-29T11:00:00Z").await,
        a_debtor(&customer, "2027-08-16T11:00:00Z").await,
    );
    let scene = Scene::at(at(LATER), policy_dir()).await;
    for number in 0..debtors {
        let items = if number < LATE { &late } else { &early };
        scene.world.aws.load(&of_another(items, &customer, number));
    }
    scene
}

async fn cost<T>(scene: &Scene, happens: impl Future<Output = T>) -> (T, Cost) {
    scene.world.aws.reset_counts();
    let answer = happens.await;
    let cost = Cost {
        calls: scene.world.aws.counts(),
        bytes: scene.world.aws.bytes(),
    };
    (answer, cost)
}

/// What a sweep with a thousand late invoices, the knock at a debtor of those and a payment of another one cost.
async fn costs_among(debtors: usize) -> [Cost; 3] {
    let scene = scene(debtors).await;
    let functions = functions(&scene.world, &policy_dir());
    let (swept, sweep) = cost(&scene, functions.sweep.handle(Timestamp::MAX)).await;
    assert_eq!(
        swept.unwrap(),
        json!({ "late": LATE, "looks": 0, "left": 0 })
    );

    let body = json!({ "debtor": "stripe#default#live#cus_0005" }).to_string();
    let knock = Message {
        queue: Queue::Knocks,
        id: "knock".to_owned(),
        body,
        receives: 1,
    };
    let (knocked, knock) = cost(
        &scene,
        Box::pin(functions.remind.handle(sqs_event(&[knock]))),
    )
    .await;
    assert_eq!(knocked.batch_item_failures, []);
    assert_eq!(scene.world.aws.outbox().len(), 1);

    let differs = json!({
        "customer": "cus_0015", "status": "paid", "amount_paid": 120_000, "amount_remaining": 0,
    });
    let paid = event("paid", "in_0015_007", LATER, differs).to_string();
    let headers = sign(scene.world.clock.now(), paid.as_bytes());
    let request = webhook("stripe", &headers.pairs(), paid.as_bytes());
    let (answer, webhook) = cost(&scene, functions.ingest.handle(request)).await;
    assert_eq!(answer.status_code, 200);
    [sweep, knock, webhook]
}

#[tokio::test]
async fn a_sweep_a_knock_and_a_webhook_cost_the_same_among_few_debtors_and_among_many() {
    let debtors = env::var("DEBTORS").map_or(DEBTORS, |text| text.parse().unwrap());
    let few = Box::pin(costs_among(20)).await;
    let many = Box::pin(costs_among(debtors)).await;
    assert_eq!(few, many);
    println!("{debtors} debtors: {many:#?}");
}
