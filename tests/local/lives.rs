//! Lives of invoices, from the first webhook to the last word.

use dunning::file::{Hold, Outlook};
use insta::assert_snapshot;
use serde_json::json;

use crate::scene::{Scene, at, event, finalized, paid};

#[tokio::test]
async fn a_debt_that_is_never_paid_gets_its_five_reminders_and_then_a_person() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
    assert_eq!(scene.schedules().len(), 5);
    scene.advance_to("2027-03-20T10:00:00Z").await;
    assert_snapshot!("never_paid_mails", scene.mails());
    assert_snapshot!("never_paid_journal", scene.journal("cus_1").await);
    assert!(scene.schedules().is_empty());
    assert_eq!(
        scene
            .file("cus_1")
            .await
            .file
            .open
            .values()
            .next()
            .unwrap()
            .outlook,
        Outlook::Finished
    );
}

#[tokio::test]
async fn complaint_11_a_payment_deletes_the_schedules_and_silences_the_rest() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-02-02T10:00:00Z").await;
    scene.hear(&paid("in_1", "2027-02-02T10:00:00Z")).await;
    assert!(scene.schedules().is_empty());
    scene.advance_to("2027-04-01T10:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
    assert_eq!(scene.closed("cus_1").await.len(), 1);
    assert!(scene.file("cus_1").await.file.open.is_empty());
}

#[tokio::test]
async fn a_payment_that_comes_before_its_invoice_keeps_it_closed() {
    let mut scene = Scene::new().await;
    scene.hear(&paid("in_1", "2027-01-12T10:00:00Z")).await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    assert!(scene.file("cus_1").await.file.open.is_empty());
    assert_eq!(scene.closed("cus_1").await.len(), 1);
    assert!(scene.schedules().is_empty());
}

#[tokio::test]
async fn a_duplicate_and_a_late_delivery_change_nothing() {
    let mut scene = Scene::new().await;
    let first = finalized("in_1", "2027-01-11T10:00:00Z");
    let moved = event(
        "updated",
        "in_1",
        "2027-01-12T10:00:00Z",
        json!({ "due_date": at("2027-03-01T11:00:00Z").as_second() }),
    );
    scene.hear(&first).await;
    scene.hear(&moved).await;
    let (items, schedules) = (scene.said(), scene.schedules());
    scene.advance_to("2027-01-13T10:00:00Z").await;
    for event in [&moved, &first, &moved] {
        scene.hear(event).await;
    }
    assert_eq!(scene.said(), items);
    assert_eq!(scene.schedules(), schedules);
}

#[tokio::test]
async fn a_due_date_that_moves_takes_its_schedules_along() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let before = scene.schedules();
    let due = json!({ "due_date": at("2027-03-15T11:00:00Z").as_second() });
    scene
        .hear(&event("updated", "in_1", "2027-01-11T11:00:00Z", due))
        .await;
    assert_ne!(scene.schedules(), before);
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
}

#[tokio::test]
async fn an_invoice_that_changes_its_customer_takes_its_reminders_along() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-02-01T12:00:00Z").await;
    let moved = json!({ "customer": "cus_2", "customer_email": "ap@other.example.com" });
    scene
        .hear(&event("updated", "in_1", "2027-02-01T12:00:00Z", moved))
        .await;
    // A late word of the old customer changes nothing.
    scene
        .hear(&event("sent", "in_1", "2027-01-11T10:00:05Z", json!({})))
        .await;
    assert!(scene.file("cus_1").await.file.open.is_empty());
    assert_eq!(scene.schedules(), scene.planned("cus_2").await);
    scene.advance_to("2027-02-09T12:00:00Z").await;
    let to: Vec<_> = scene
        .world
        .mails()
        .iter()
        .map(|mail| mail.sent.to[0].as_str())
        .collect();
    assert_eq!(to, ["compta@client.example.com", "ap@other.example.com"]);
}

#[tokio::test]
async fn complaint_23_an_address_that_bounces_is_held_and_the_team_told_until_it_changes() {
    let mut scene = Scene::new().await;
    let bouncing = json!({ "customer_email": "bounce@simulator.amazonses.com" });
    scene
        .hear(&event(
            "finalized",
            "in_1",
            "2027-01-11T10:00:00Z",
            bouncing,
        ))
        .await;
    scene.advance_to("2027-02-09T12:00:00Z").await;
    let outlook = scene
        .file("cus_1")
        .await
        .file
        .open
        .values()
        .next()
        .unwrap()
        .outlook
        .clone();
    assert_eq!(outlook, Outlook::Held(Hold::AddressBounced));
    assert!(scene.schedules().is_empty());
    let corrected = event("updated", "in_1", "2027-02-09T12:00:00Z", json!({}));
    scene.hear(&corrected).await;
    scene.advance_to("2027-02-12T12:00:00Z").await;
    // The question of 8 February was missed, and is asked on the 10th.
    assert_snapshot!("bounced_mails", scene.mails());
}

#[tokio::test]
async fn the_team_hears_of_five_hundred_broken_invoices_in_one_mail() {
    let mut scene = Scene::new().await;
    for number in 0..500 {
        let undated = json!({ "due_date": null });
        scene
            .hear(&event(
                "finalized",
                &format!("in_{number}"),
                "2027-01-11T10:00:00Z",
                undated,
            ))
            .await;
    }
    scene.advance_to("2027-01-11T16:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
    let text = scene.world.mails()[0].sent.text.clone().unwrap();
    assert!(text.contains("500"), "{text}");
}

#[tokio::test]
async fn a_schedule_that_was_lost_is_found_by_the_sweep() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    for schedule in scene.world.aws.schedules() {
        scene.world.aws.fire(&schedule.group, &schedule.name);
    }
    scene.advance_to("2027-02-01T12:00:00Z").await;
    assert_snapshot!("lost_schedule_mails", scene.mails());
}

#[tokio::test]
async fn a_schedule_that_knocks_twice_sends_once() {
    let mut scene = Scene::new().await;
    for invoice in ["in_1", "in_2", "in_3"] {
        scene
            .hear(&finalized(invoice, "2027-01-11T10:00:00Z"))
            .await;
    }
    scene.advance_to("2027-02-01T12:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
    assert_eq!(scene.world.mails()[0].invoices.len(), 3);
}

#[tokio::test]
async fn a_due_date_that_moves_on_the_eve_of_a_reminder_is_kept_to() {
    let mut scene = Scene::new().await;
    let mut later = finalized("in_1", "2027-01-11T10:00:00Z");
    later["data"]["object"]["due_date"] = json!(at("2027-03-15T11:00:00Z").as_second());
    scene.hear(&later).await;
    // Due on 15 February by now: seven days before is due within minutes of this webhook.
    scene.advance_to("2027-02-08T07:58:00Z").await;
    scene.hear(&finalized("in_1", "2027-02-08T07:58:00Z")).await;
    assert_eq!(
        scene.schedules().len(),
        3,
        "what is due within minutes has no schedule"
    );
    scene.advance_to("2027-02-08T08:10:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
    assert_eq!(scene.world.mails()[0].sent.at, at("2027-02-08T08:00:00Z"));
}

#[tokio::test]
async fn an_invoice_issued_on_the_eve_of_its_reminder_waits_until_the_debtor_has_had_it_for_some_days()
 {
    let mut scene = Scene::new().await;
    // Fifteen days before is past; seven days before is due within minutes.
    scene.advance_to("2027-02-08T07:58:00Z").await;
    scene.hear(&finalized("in_1", "2027-02-08T07:58:00Z")).await;
    scene.advance_to("2027-02-12T08:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
    assert_eq!(
        scene.world.mails()[0].sent.at.to_string()[..10],
        *"2027-02-11"
    );
}

#[tokio::test]
async fn a_test_mode_event_is_acknowledged_not_stored_and_named_to_the_team() {
    let mut scene = Scene::new().await;
    let mut test = finalized("in_1", "2027-01-11T10:00:00Z");
    test["livemode"] = json!(false);
    scene.hear(&test).await;
    assert!(scene.world.debtors().is_empty());
    scene.advance_to("2027-01-11T12:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
    assert!(
        scene.world.mails()[0]
            .sent
            .text
            .as_ref()
            .unwrap()
            .contains("invoice.finalized")
    );
}
