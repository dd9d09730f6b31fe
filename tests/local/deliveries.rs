//! What came in is kept for a month as it came, whatever became of it.

use aws::{Failure, Fault, Service};
use jiff::civil::date;
use ledger::{Delivery, DeliveryPlace};
use serde_json::json;

use crate::scene::{Scene, finalized, stripe_name};

async fn kept(scene: &Scene) -> Vec<Delivery> {
    let (mut all, mut place) = (Vec::new(), Some(DeliveryPlace::default()));
    while let Some(from) = place {
        let ledger = &scene.world.ledger;
        let day = date(2027, 1, 11);
        let page = ledger.deliveries(&stripe_name(), day, from).await.unwrap();
        assert!(page.unreadable.is_empty(), "{:?}", page.unreadable);
        all.extend(page.deliveries);
        place = page.next;
    }
    all
}

fn bodies(kept: &[Delivery]) -> Vec<Vec<u8>> {
    let body = |delivery: &Delivery| ingest::unpacked(&delivery.packed).unwrap();
    kept.iter().map(body).collect()
}

/// Text that does not get smaller when it is packed.
fn noise(length: usize) -> String {
    let mut state = 20_270_111_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
    };
    let text: String = std::iter::repeat_with(&mut next).take(length).collect();
    text.replace(['"', '\\'], "x")
}

#[tokio::test]
async fn each_delivery_is_kept_also_one_that_says_nothing_new_or_makes_no_sense() {
    let mut scene = Scene::new().await;
    let event = finalized("in_1", "2027-01-11T10:00:00Z");
    for minute in 0..2 {
        scene
            .advance_to(&format!("2027-01-11T10:0{minute}:00Z"))
            .await;
        scene.hear(&event).await;
    }
    let nonsense = b"{\"id\": \"evt_1\", ";
    assert_eq!(scene.post_bytes(nonsense).await.0, 200);
    let mut bodies = bodies(&kept(&scene).await);
    bodies.sort();
    let event = event.to_string().into_bytes();
    assert_eq!(bodies, [event.clone(), event, nonsense.to_vec()]);
}

#[tokio::test]
async fn no_proof_is_kept_and_what_nobody_proved_is_not_kept_at_all() {
    let mut scene = Scene::new().await;
    let event = finalized("in_1", "2027-01-11T10:00:00Z").to_string();
    let forged = [("Stripe-Signature", "t=1,v1=00")];
    assert_eq!(
        scene
            .world
            .post("stripe", &forged, event.as_bytes())
            .await
            .0,
        401
    );
    assert!(kept(&scene).await.is_empty());
    assert_eq!(scene.post_bytes(event.as_bytes()).await.0, 200);
    assert!(kept(&scene).await[0].headers.is_empty());
}

#[tokio::test]
async fn a_large_delivery_is_kept_in_parts() {
    let mut scene = Scene::new().await;
    let mut event = finalized("in_1", "2027-01-11T10:00:00Z");
    event["padding"] = json!(noise(1_000_000));
    scene.hear(&event).await;
    scene.hear(&finalized("in_2", "2027-01-11T10:00:00Z")).await;
    let items = scene.world.aws.items();
    let parts = items
        .iter()
        .filter(|item| item["PK"]["S"].as_str().unwrap().starts_with("DELIVERY#"));
    assert_eq!(parts.count(), 4);
    let mut lengths: Vec<usize> = bodies(&kept(&scene).await).iter().map(Vec::len).collect();
    lengths.sort_unstable();
    assert_eq!(lengths[1], event.to_string().len());
}

#[tokio::test]
async fn what_could_not_be_kept_is_not_acknowledged() {
    let mut scene = Scene::new().await;
    scene.world.aws.set_faults(|call| {
        if call.service == Service::DynamoDb && call.operation == "PutItem" {
            Fault::Before(Failure::ServerError)
        } else {
            Fault::None
        }
    });
    let event = finalized("in_1", "2027-01-11T10:00:00Z");
    assert_eq!(scene.post(&event).await.0, 503);
    scene.world.aws.clear_faults();
    scene.hear(&event).await;
    assert_eq!(kept(&scene).await.len(), 1);
}
