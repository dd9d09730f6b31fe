//! The middle of a send: what SES may answer, and what it may not.

use aws::{Failure, Fault, Service};
use insta::assert_snapshot;
use serde_json::json;

use crate::scene::{Scene, event, finalized, paid};

async fn due_on_monday() -> Scene {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-02-01T07:59:00Z").await;
    scene
}

/// Strikes the first call of SES.
fn strike_once(scene: &Scene, fault: Fault) {
    let struck = std::sync::atomic::AtomicBool::new(false);
    scene.world.aws.set_faults(move |call| {
        let first = call.operation == "SendEmail"
            && !struck.swap(true, std::sync::atomic::Ordering::Relaxed);
        if first { fault } else { Fault::None }
    });
}

#[tokio::test]
async fn ses_was_not_reached_the_mail_is_sent_after_the_delivery_window() {
    let mut scene = due_on_monday().await;
    strike_once(&scene, Fault::Before(Failure::ConnectionReset));
    scene.advance_to("2027-02-01T18:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
    assert_snapshot!("not_reached", scene.journal("cus_1").await);
}

#[tokio::test]
async fn ses_took_the_mail_and_its_answer_was_lost_its_event_says_so() {
    let mut scene = due_on_monday().await;
    strike_once(&scene, Fault::After(Failure::Timeout));
    scene.advance_to("2027-02-03T18:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
    assert_snapshot!("answer_lost", scene.journal("cus_1").await);
}

#[tokio::test]
async fn the_answer_and_all_events_were_lost_the_mail_is_sent_twice_and_the_journal_says_so() {
    let mut scene = due_on_monday().await;
    scene.world.lose_ses_events(true);
    scene.world.aws.set_faults(|call| {
        if call.operation == "SendEmail" {
            Fault::After(Failure::Timeout)
        } else {
            Fault::None
        }
    });
    scene.advance_to("2027-02-05T18:00:00Z").await;
    let to_the_debtor = scene
        .world
        .mails()
        .iter()
        .filter(|mail| mail.step.is_some());
    assert_eq!(to_the_debtor.count(), 2);
    assert_snapshot!("all_lost", scene.journal("cus_1").await);
}

#[tokio::test]
async fn a_throttle_delays_the_mail_by_a_minute() {
    let mut scene = due_on_monday().await;
    strike_once(&scene, Fault::Throttled);
    scene.advance_to("2027-02-01T08:20:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
    assert_snapshot!("throttled", scene.journal("cus_1").await);
}

#[tokio::test]
async fn an_hour_of_throttles_costs_a_handful_of_requests() {
    let mut scene = due_on_monday().await;
    scene.world.aws.reset_counts();
    scene.world.aws.set_faults(|call| {
        if call.service == Service::Ses {
            Fault::Throttled
        } else {
            Fault::None
        }
    });
    scene.advance_to("2027-02-01T09:30:00Z").await;
    let counts = scene.world.aws.counts();
    let sends = counts
        .iter()
        .filter(|((_, operation), _)| operation.as_str() == "SendEmail");
    let requests: u64 = sends.map(|(_, n)| n).sum();
    assert!((5..=12).contains(&requests), "{requests} requests");
    scene.world.aws.clear_faults();
    scene.advance_to("2027-02-01T10:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
    assert!(scene.world.dead_letters().is_empty());
}

#[tokio::test]
async fn a_payment_in_the_middle_of_an_unheard_send_stops_the_second_one() {
    let mut scene = due_on_monday().await;
    strike_once(&scene, Fault::Before(Failure::ConnectionReset));
    scene.advance_to("2027-02-01T08:20:00Z").await;
    scene.world.aws.clear_faults();
    scene.hear(&paid("in_1", "2027-02-01T08:20:00Z")).await;
    scene.advance_to("2027-02-10T08:20:00Z").await;
    assert!(scene.world.mails().is_empty());
}

#[tokio::test]
async fn a_debtor_whose_file_cannot_be_written_delays_nobody_else() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let other = json!({ "customer": "cus_2", "customer_email": "ap@other.example.com" });
    scene
        .hear(&event("finalized", "in_2", "2027-01-11T10:00:00Z", other))
        .await;
    scene.world.aws.set_faults(|call| {
        let of_the_first = call.input.to_string().contains("#cus_1\"");
        let writes = call.operation == "TransactWriteItems" && of_the_first;
        if writes {
            Fault::Throttled
        } else {
            Fault::None
        }
    });
    scene.advance_to("2027-02-01T12:00:00Z").await;
    let sent: Vec<_> = scene
        .world
        .mails()
        .iter()
        .map(|mail| mail.sent.to[0].as_str())
        .collect();
    assert_eq!(sent, ["ap@other.example.com"]);
    // When the trouble is over, the sweep finds what is late.
    scene.world.aws.clear_faults();
    scene.advance_to("2027-02-01T15:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 2);
}
