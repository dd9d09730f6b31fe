//! Nobody is silently deaf: what the door refuses, what a source does not say any more, and what gets lost on the
//! way are noticed, told, and where payments may be among it, waited for.

use dunning::value::FileKey;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::scene::{
    SECRET, Scene, at, finalized, functions, paid, policy_dir, sign_with, stripe_name,
};

const STARTS: &str = "2027-01-11T10:00:00Z";
const ROLLED: &str = "whsec_rolled_in_the_tool_only";

/// A world in which somebody misses a source that says nothing.
async fn scene() -> Scene {
    let mut scene = Scene::new().await;
    scene.world.miss_silence();
    scene
}

/// What the team was told, mail by mail.
fn told(scene: &Scene) -> Vec<String> {
    let team = |mail: &&local::Mail| mail.file == Some(FileKey::Team);
    let mails = scene.world.mails().iter().filter(team);
    mails
        .filter_map(|mail| mail.sent.text.clone())
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

fn told_of(scene: &Scene, words: &str) -> usize {
    told(scene)
        .iter()
        .filter(|text| text.contains(words))
        .count()
}

fn reminders(scene: &Scene) -> Vec<(String, Timestamp)> {
    let mails = scene.world.mails().iter();
    let sent = mails.filter_map(|mail| Some((mail.step.clone()?.to_string(), mail.sent.at)));
    sent.collect()
}

async fn post_with(scene: &mut Scene, secret: &str, event: &Value) -> u16 {
    let body = event.to_string();
    let headers = sign_with(secret, scene.world.clock.now(), body.as_bytes());
    scene
        .world
        .post("stripe", &headers.pairs(), body.as_bytes())
        .await
        .0
}

async fn junk(scene: &mut Scene, source: &str) -> u16 {
    scene.world.post(source, &[], b"{}").await.0
}

/// The items that say what came in for a source.
fn at_the_door(scene: &Scene) -> Vec<Value> {
    let mut items = scene.world.aws.items();
    items.retain(|item| item["PK"]["S"] == "DOOR");
    items
}

fn notices(scene: &Scene) -> usize {
    let items = scene.world.aws.items();
    let is_notice = |item: &&Value| ledger::keys::is_notice(item["SK"]["S"].as_str().unwrap());
    items.iter().filter(is_notice).count()
}

/// A secret was rolled in the tool alone: each day one more event is refused, from a day on.
async fn refused_daily(scene: &mut Scene, days: std::ops::RangeInclusive<i8>) {
    for day in days {
        scene
            .advance_to(&format!("2027-01-{day:02}T12:00:00Z"))
            .await;
        let event = paid("in_9", &format!("2027-01-{day:02}T12:00:00Z"));
        assert_eq!(post_with(scene, ROLLED, &event).await, 401);
    }
}

#[tokio::test]
async fn fault_11_refused_for_ever_is_told_within_the_day_and_holds_reminders_until_something_is_taken_in()
 {
    let mut scene = scene().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    refused_daily(&mut scene, 20..=20).await;
    scene.advance_to("2027-01-20T15:00:00Z").await;
    let first = told(&scene);
    let command = "relance secret set stripe --stack local";
    assert!(
        first.last().is_some_and(|text| text.contains(command)),
        "{first:?}"
    );
    refused_daily(&mut scene, 21..=31).await;
    // ask-15 was for 1 February, and waits.
    scene.advance_to("2027-02-03T16:30:00Z").await;
    assert_eq!(reminders(&scene), []);
    let journal = scene.journal("cus_1").await;
    let why =
        "nothing from the tool has been taken in for longer than usual, and what came was refused";
    for (from, to) in [("01", "02"), ("02", "03"), ("03", "04")] {
        let moved = format!("ask-15 moved from 2027-02-{from} to 2027-02-{to}: {why}");
        assert!(journal.contains(&moved), "{journal}");
    }
    let release = "relance release --source stripe --stack local";
    assert!(told_of(&scene, release) >= 2, "{:?}", told(&scene));
    scene
        .world
        .put_secret(&stripe_name(), ROLLED)
        .await
        .unwrap();
    scene.advance_to("2027-02-03T17:00:00Z").await;
    let event = finalized("in_2", "2027-02-03T17:00:00Z");
    assert_eq!(post_with(&mut scene, ROLLED, &event).await, 200);
    scene.advance_to("2027-02-04T18:00:00Z").await;
    let sent = reminders(&scene);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].0, "ask-15");
    assert!(sent[0].1 >= at("2027-02-04T08:00:00Z"));
}

#[tokio::test]
async fn fault_11_what_is_on_hold_for_its_source_goes_on_when_a_person_releases_that() {
    let mut scene = scene().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    refused_daily(&mut scene, 20..=31).await;
    scene.advance_to("2027-02-01T16:00:00Z").await;
    assert_eq!(reminders(&scene), []);
    let (ledger, now) = (scene.world.ledger.clone(), scene.world.clock.now());
    ledger.release_source(&stripe_name(), now).await.unwrap();
    scene.advance_to("2027-02-02T16:00:00Z").await;
    assert_eq!(reminders(&scene).len(), 1);
    // A person's word holds as long as the source's own would: the next step is for the 8th, the one after for the 18th.
    scene.advance_to("2027-02-05T12:00:00Z").await;
    assert_eq!(junk(&mut scene, "stripe").await, 401);
    scene.advance_to("2027-02-20T16:00:00Z").await;
    let steps: Vec<_> = reminders(&scene)
        .into_iter()
        .map(|(step, _)| step)
        .collect();
    assert_eq!(steps, ["ask-15", "ask-7"]);
}

#[tokio::test]
async fn fault_11_a_quiet_august_is_told_once_a_week_and_holds_nothing() {
    let mut scene = scene().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    scene.advance_to("2027-01-18T09:00:00Z").await;
    assert_eq!(told_of(&scene, "silent for longer than usual"), 0);
    scene.advance_to("2027-01-19T18:00:00Z").await;
    assert_eq!(told_of(&scene, "silent for longer than usual"), 1);
    assert_eq!(told_of(&scene, "aws logs tail /relance/local/webhooks"), 1);
    scene.advance_to("2027-02-04T18:00:00Z").await;
    assert_eq!(told_of(&scene, "silent for longer than usual"), 3);
    assert_eq!(told_of(&scene, "on hold"), 0);
    assert_eq!(reminders(&scene).len(), 1);
}

#[tokio::test]
async fn fault_11_a_strangers_junk_holds_nothing_of_a_source_that_speaks() {
    let mut scene = scene().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    for day in 12..=31 {
        for hour in [9, 20] {
            scene
                .advance_to(&format!("2027-01-{day}T{hour:02}:30:00Z"))
                .await;
            assert_eq!(junk(&mut scene, "stripe").await, 401);
        }
        if day % 5 == 0 {
            let told = format!("2027-01-{day}T21:00:00Z");
            scene.advance_to(&told).await;
            scene.hear(&finalized("in_1", &told)).await;
        }
    }
    scene.advance_to("2027-02-02T18:00:00Z").await;
    assert_eq!(reminders(&scene).len(), 1);
    assert_eq!(told_of(&scene, "on hold"), 0);
}

#[tokio::test]
async fn fault_11_a_source_that_nothing_is_owed_of_may_be_silent() {
    let mut scene = scene().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    scene.hear(&paid("in_1", "2027-01-11T10:00:01Z")).await;
    scene.advance_to("2027-02-10T18:00:00Z").await;
    assert_eq!(told(&scene), Vec::<String>::new());
}

#[tokio::test]
async fn whatever_is_thrown_at_the_door_is_noted_once_an_hour_by_all_workers_together() {
    let mut scene = Scene::new().await;
    let other = functions(&scene.world, &policy_dir());
    for hour in 1..=2 {
        scene.world.aws.reset_counts();
        for n in 0..100 {
            assert_eq!(junk(&mut scene, "stripe").await, 401);
            assert_eq!(junk(&mut scene, &format!("made-up-{n}")).await, 404);
            let request = local::events::webhook("stripe", &[], b"{}");
            assert_eq!(other.ingest.handle(request).await.status_code, 401);
        }
        assert_eq!(at_the_door(&scene).len(), 2);
        // One of the source, and one of all that is none.
        assert_eq!(notices(&scene), 2 * hour);
        // Each worker asked the table once of each, and no more.
        let counts = scene.world.aws.counts();
        let calls = counts[&(aws::Service::DynamoDb, "TransactWriteItems".to_owned())];
        assert_eq!(calls, 3);
        scene.world.advance(SignedDuration::from_mins(61)).await;
    }
    let told = told(&scene);
    assert!(
        told.iter()
            .any(|text| text.contains("no source of the policy")),
        "{told:?}"
    );
    assert!(
        !told.iter().any(|text| text.contains("made-up")),
        "{told:?}"
    );
}

#[tokio::test]
async fn that_a_source_speaks_is_noted_once_an_hour() {
    let mut scene = Scene::new().await;
    let updates = |scene: &Scene| {
        let name = (aws::Service::DynamoDb, "UpdateItem".to_owned());
        scene
            .world
            .aws
            .counts()
            .get(&name)
            .copied()
            .unwrap_or_default()
    };
    for (hour, noted) in [(10, 1), (11, 2), (12, 3)] {
        scene.advance_to(&format!("2027-01-11T{hour}:00:00Z")).await;
        for n in 0..5 {
            let when = format!("2027-01-11T{hour}:00:0{n}Z");
            scene.hear(&finalized(&format!("in_{n}"), &when)).await;
        }
        assert_eq!(updates(&scene), noted);
    }
    let known = scene.world.ledger.reception(&stripe_name()).await.unwrap();
    let known = known.unwrap();
    assert_eq!(known.accepted_at, Some(at("2027-01-11T12:00:00Z")));
    assert_eq!(known.known_since, Some(at(STARTS)));
}

/// All that comes proves to be the tool's, and none of it is understood: payments may be among it, too.
#[tokio::test]
async fn a_source_of_which_nothing_is_understood_is_as_good_as_refused() {
    let mut scene = scene().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    for day in 20..=31 {
        scene.advance_to(&format!("2027-01-{day}T12:00:00Z")).await;
        assert_eq!(scene.post_bytes(b"{\"id\": ").await.0, 200);
    }
    scene.advance_to("2027-02-02T18:00:00Z").await;
    assert_eq!(reminders(&scene), []);
    assert!(told_of(&scene, "on hold") >= 1, "{:?}", told(&scene));
}

/// A policy that says `live` of a source whose webhooks are of test mode, or the reverse: payments may be among them.
#[tokio::test]
async fn a_source_of_which_all_is_of_the_other_mode_is_as_good_as_refused() {
    let mut scene = scene().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    let mut other = finalized("in_2", STARTS);
    other["livemode"] = false.into();
    for day in 20..=31 {
        scene.advance_to(&format!("2027-01-{day}T12:00:00Z")).await;
        scene.hear(&other).await;
    }
    scene.advance_to("2027-02-02T18:00:00Z").await;
    assert_eq!(reminders(&scene), []);
    assert!(told_of(&scene, "on hold") >= 1, "{:?}", told(&scene));
}

#[tokio::test]
async fn a_source_whose_secret_is_no_use_is_told_with_the_command_that_looks_at_it() {
    let mut scene = Scene::new().await;
    scene.world.put_secret(&stripe_name(), " \n").await.unwrap();
    // What was read at the start is good for five minutes.
    scene.advance_to("2027-01-11T10:05:00Z").await;
    let event = finalized("in_1", STARTS);
    assert_eq!(post_with(&mut scene, SECRET, &event).await, 503);
    scene.advance_to("2027-01-11T12:00:00Z").await;
    let command = "relance doctor --stack local";
    assert_eq!(told_of(&scene, command), 1, "{:?}", told(&scene));
}

/// A new secret would mend nothing there.
#[tokio::test]
async fn a_webhook_that_cannot_be_read_is_told_with_the_command_that_shows_the_log() {
    let mut scene = Scene::new().await;
    let large = vec![b' '; dunning::limits::WEBHOOK_BODY + 1];
    assert_eq!(scene.world.post("stripe", &[], &large).await.0, 413);
    scene.advance_to("2027-01-11T12:00:00Z").await;
    let command = "- stripe (today) aws logs tail /relance/local/ingest --since 1d";
    assert_eq!(told_of(&scene, command), 1, "{:?}", told(&scene));
    assert_eq!(told_of(&scene, "relance secret set"), 0);
}

#[tokio::test]
async fn a_silence_that_could_not_be_told_is_told_by_the_next_sweep() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", STARTS)).await;
    let sweep = functions(&scene.world, &policy_dir()).sweep;
    sweep.handle(Timestamp::MAX).await.unwrap();
    scene.world.clock.set(at("2027-01-18T12:00:00Z"));
    let asked_at = async |scene: &Scene| {
        let known = scene.world.ledger.reception(&stripe_name()).await.unwrap();
        known.and_then(|known| known.asked_at)
    };
    scene.world.aws.set_faults(|call| {
        if call.operation == "TransactWriteItems" {
            aws::Fault::Throttled
        } else {
            aws::Fault::None
        }
    });
    sweep.handle(Timestamp::MAX).await.unwrap();
    assert_eq!(asked_at(&scene).await, Some(at(STARTS)));
    assert_eq!(notices(&scene), 0);
    scene.world.aws.clear_faults();
    for _ in 0..2 {
        sweep.handle(Timestamp::MAX).await.unwrap();
        assert_eq!(asked_at(&scene).await, Some(at("2027-01-18T12:00:00Z")));
        assert_eq!(notices(&scene), 1);
    }
}

#[tokio::test]
async fn an_outage_of_the_table_is_no_refusal() {
    let mut scene = Scene::new().await;
    scene.world.aws.set_faults(|call| {
        let strikes = call.service == aws::Service::DynamoDb;
        if strikes {
            aws::Fault::Throttled
        } else {
            aws::Fault::None
        }
    });
    assert_eq!(scene.post(&finalized("in_1", STARTS)).await.0, 503);
    // What could not be noted is noted the next time.
    assert_eq!(junk(&mut scene, "stripe").await, 401);
    scene.world.aws.clear_faults();
    assert_eq!(at_the_door(&scene), Vec::<Value>::new());
    assert_eq!(junk(&mut scene, "stripe").await, 401);
    assert_eq!(at_the_door(&scene).len(), 1);
}
