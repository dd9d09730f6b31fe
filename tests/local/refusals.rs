//! What is not taken in, and how it is answered.

use aws::{Failure, Fault, Service};
use ingest::PROBE;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use ledger::DeliveryPlace;
use serde_json::json;

use crate::scene::{SECRET, Scene, event, finalized, sign_with, stripe_name};

#[tokio::test]
async fn each_refusal_has_its_status() {
    let mut scene = Scene::new().await;
    let body = finalized("in_1", "2027-01-11T10:00:00Z").to_string();
    let now = scene.world.clock.now();
    let signature = |secret: &str, at| {
        let headers = sign_with(secret, at, body.as_bytes());
        headers.pairs()[0].1.to_owned()
    };
    let header = "Stripe-Signature";
    let (good, other) = (signature(SECRET, now), signature("whsec_other", now));
    let stale = signature(SECRET, now - SignedDuration::from_secs(301));
    let altered = body.replace("120000", "1");
    let post = async |scene: &mut Scene, name: &str, headers: &[(&str, &str)], body: &[u8]| {
        scene.world.post(name, headers, body).await.0
    };
    assert_eq!(post(&mut scene, "stripe", &[], body.as_bytes()).await, 401);
    assert_eq!(
        post(
            &mut scene,
            "stripe",
            &[(header, "nonsense")],
            body.as_bytes()
        )
        .await,
        401
    );
    assert_eq!(
        post(&mut scene, "stripe", &[(header, &other)], body.as_bytes()).await,
        401
    );
    assert_eq!(
        post(&mut scene, "stripe", &[(header, &stale)], body.as_bytes()).await,
        401
    );
    assert_eq!(
        post(&mut scene, "stripe", &[(header, &good)], altered.as_bytes()).await,
        401
    );
    assert_eq!(
        post(&mut scene, "sage", &[(header, &good)], body.as_bytes()).await,
        404
    );
    assert_eq!(
        post(
            &mut scene,
            "stripe",
            &[(header, &good)],
            &vec![b' '; 1024 * 1024 + 1]
        )
        .await,
        413
    );
    let (status, text) = scene.post_bytes(b"{\"id\": ").await;
    assert_eq!(
        (status, text.as_str()),
        (200, "not understood, kept in the inbox\n")
    );
    assert!(scene.world.debtors().is_empty());
    assert_eq!(
        post(&mut scene, "stripe", &[(header, &good)], body.as_bytes()).await,
        200
    );
}

#[tokio::test]
async fn a_secret_may_be_rotated_without_a_gap() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene
        .world
        .put_secret(&stripe_name(), &format!("whsec_new\n{SECRET}"))
        .await
        .unwrap();
    scene.advance_to("2027-01-11T10:02:00Z").await;
    let body = finalized("in_2", "2027-01-11T10:02:00Z").to_string();
    for secret in ["whsec_new", SECRET] {
        let headers = sign_with(secret, scene.world.clock.now(), body.as_bytes());
        let (status, text) = scene
            .world
            .post("stripe", &headers.pairs(), body.as_bytes())
            .await;
        assert_eq!(status, 200, "{text}");
    }
}

#[tokio::test]
async fn what_nobody_knows_is_acknowledged_and_changes_nothing() {
    let mut scene = Scene::new().await;
    let mut unknown = finalized("in_1", "2027-01-11T10:00:00Z");
    unknown["type"] = json!("invoice.teleported");
    scene.hear(&unknown).await;
    assert!(scene.said().is_empty());
}

#[tokio::test]
async fn what_makes_no_sense_is_kept_in_the_inbox_and_the_team_is_told() {
    let mut scene = Scene::new().await;
    for (name, differs) in [
        ("in_a", json!({ "amount_remaining": -5 })),
        ("in_b", json!({ "currency": "xxx" })),
        ("in_c", json!({ "customer": null })),
    ] {
        scene
            .hear(&event("updated", name, "2027-01-11T10:00:00Z", differs))
            .await;
    }
    let kept = scene
        .world
        .ledger
        .inbox(&stripe_name(), "2027-01-11".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(kept.len(), 3);
    assert!(kept.iter().all(|entry| entry.body.is_some()));
    scene.advance_to("2027-01-11T12:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
    let text = scene.world.mails()[0].sent.text.clone().unwrap();
    assert!(
        ["evt_in_a", "evt_in_b", "evt_in_c"]
            .iter()
            .all(|event| text.contains(event)),
        "{text}"
    );
}

#[tokio::test]
async fn an_outage_of_aws_asks_the_sender_to_come_again_and_loses_nothing() {
    let failures = [
        Fault::Throttled,
        Fault::Before(Failure::ServerError),
        Fault::Before(Failure::Timeout),
        Fault::Before(Failure::ConnectionReset),
        Fault::After(Failure::Timeout),
    ];
    for fault in failures {
        for operation in ["BatchGetItem", "TransactWriteItems"] {
            let mut scene = Scene::new().await;
            let event = finalized("in_1", "2027-01-11T10:00:00Z");
            scene.world.aws.set_faults(move |call| {
                let struck = call.service == Service::DynamoDb && call.operation == operation;
                if struck { fault } else { Fault::None }
            });
            let (status, text) = scene.post(&event).await;
            assert_eq!(
                (status, text.as_str()),
                (503, "try again later\n"),
                "{fault:?} {operation}"
            );
            scene.world.aws.clear_faults();
            scene.hear(&event).await;
            assert_eq!(scene.file("cus_1").await.file.open.len(), 1);
            assert_eq!(scene.schedules(), scene.planned("cus_1").await);
        }
    }
}

/// What has not even the form of the tool's proof cannot be the tool's, whatever became of the secret; what
/// has is asked to come again.
#[tokio::test]
async fn fault_39_junk_is_a_strangers_fault_also_where_there_is_no_usable_secret() {
    let mut scene = Scene::new().await;
    let body = finalized("in_1", "2027-01-11T10:00:00Z").to_string();
    scene.world.put_secret(&stripe_name(), " \n").await.unwrap();
    // What was read at the start is good for five minutes.
    scene.advance_to("2027-01-11T10:05:00Z").await;
    let now = scene.world.clock.now();
    let stale = sign_with(
        SECRET,
        now - SignedDuration::from_secs(301),
        body.as_bytes(),
    );
    let fresh = sign_with(SECRET, now, body.as_bytes());
    let header = "Stripe-Signature";
    let junk: [&[(&str, &str)]; 4] = [
        &[],
        &[(header, "nonsense")],
        &[(header, "t=1,v1=00")],
        &stale.pairs(),
    ];
    for headers in junk {
        let (status, _) = scene.world.post("stripe", headers, body.as_bytes()).await;
        assert_eq!(status, 401, "{headers:?}");
    }
    let (status, _) = scene
        .world
        .post("stripe", &fresh.pairs(), body.as_bytes())
        .await;
    assert_eq!(status, 503);
}

#[tokio::test]
async fn a_probe_is_verified_and_changes_nothing() {
    let mut scene = Scene::new().await;
    let now = scene.world.clock.now();
    let headers = sign_with(SECRET, now, PROBE);
    let answer = scene.world.post("stripe", &headers.pairs(), PROBE).await;
    assert_eq!(answer, (200, "probe\n".to_owned()));
    let forged = sign_with("whsec_other", now, PROBE);
    let answer = scene.world.post("stripe", &forged.pairs(), PROBE).await;
    assert_eq!(answer.0, 401);
    let heard = scene.world.ledger.reception(&stripe_name()).await.unwrap();
    let heard = heard.and_then(|known| known.accepted_at);
    assert_eq!(heard, None, "whoever asks is not the tool");
    let kept = scene
        .world
        .ledger
        .deliveries(
            &stripe_name(),
            now.to_zoned(TimeZone::UTC).date(),
            DeliveryPlace::default(),
        )
        .await
        .unwrap();
    assert_eq!(kept.deliveries, []);
}
