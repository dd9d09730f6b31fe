//! People stop the reminders, and let them go on.

use dunning::file::{Hold, Outlook, Pause};
use dunning::rules::Instruction;
use dunning::value::InvoiceId;
use insta::assert_snapshot;
use serde_json::json;

use crate::scene::{Scene, at, debtor, event, finalized, paid};

const FOR_GOOD: Pause = Pause { until: None };

impl Scene {
    async fn instruct(&mut self, invoice: Option<&str>, wish: Instruction) {
        let only = invoice.map(|id| InvoiceId::parse(id).unwrap());
        let (ledger, now) = (self.world.ledger.clone(), self.world.clock.now());
        let debtor = debtor("cus_1");
        let granted = ledger.instruct(&debtor, only.as_ref(), wish, now).await;
        assert!(!granted.unwrap().unwrap().is_empty());
        self.world.carry().await;
    }

    async fn outlook(&self) -> Outlook {
        let file = self.file("cus_1").await.file;
        file.open.values().next().unwrap().outlook.clone()
    }
}

#[tokio::test]
async fn a_paused_invoice_is_silent_until_it_is_resumed() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene
        .instruct(Some("in_1"), Instruction::Pause(FOR_GOOD))
        .await;
    assert_eq!(scene.outlook().await, Outlook::Held(Hold::Paused));
    assert!(scene.schedules().is_empty());
    scene.advance_to("2027-02-26T20:00:00Z").await;
    assert!(scene.world.mails().is_empty());
    scene.instruct(Some("in_1"), Instruction::Resume).await;
    scene.advance_to("2027-03-01T20:00:00Z").await;
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
    assert_snapshot!("paused_invoice_mails", scene.mails());
    assert_snapshot!("paused_invoice_journal", scene.journal("cus_1").await);
}

#[tokio::test]
async fn a_customer_who_is_paused_until_a_day_is_written_to_on_that_day() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let until = Some("2027-02-20".parse().unwrap());
    scene
        .instruct(None, Instruction::Pause(Pause { until }))
        .await;
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
    scene.advance_to("2027-02-22T07:59:00Z").await;
    assert!(scene.world.mails().is_empty());
    scene.advance_to("2027-02-22T20:00:00Z").await;
    assert_snapshot!("paused_customer_mails", scene.mails());
    assert_snapshot!("paused_customer_journal", scene.journal("cus_1").await);
}

#[tokio::test]
async fn while_everything_is_paused_nobody_is_written_to_and_nothing_is_forgotten() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let (ledger, now) = (scene.world.ledger.clone(), scene.world.clock.now());
    ledger.put_standstill(Some(FOR_GOOD), now).await.unwrap();
    scene.advance_to("2027-02-20T20:00:00Z").await;
    assert!(scene.world.mails().is_empty());
    ledger.put_standstill(None, now).await.unwrap();
    scene.advance_to("2027-02-22T10:00:00Z").await;
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
    assert_snapshot!("paused_everything_mails", scene.mails());
}

#[tokio::test]
async fn everything_goes_on_by_itself_on_the_day_that_was_named() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let until = Some("2027-02-08".parse().unwrap());
    let (ledger, now) = (scene.world.ledger.clone(), scene.world.clock.now());
    ledger
        .put_standstill(Some(Pause { until }), now)
        .await
        .unwrap();
    scene.advance_to("2027-02-07T23:00:00Z").await;
    assert!(scene.world.mails().is_empty());
    scene.advance_to("2027-02-08T20:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
}

#[tokio::test]
async fn a_debt_that_was_opened_again_is_chased_once_a_person_says_so() {
    let mut scene = Scene::new().await;
    scene.hear(&paid("in_1", "2027-01-12T10:00:00Z")).await;
    scene
        .hear(&event("updated", "in_1", "2027-01-13T10:00:00Z", json!({})))
        .await;
    assert_eq!(scene.outlook().await, Outlook::Held(Hold::Reopened));
    scene
        .instruct(Some("in_1"), Instruction::Release(None))
        .await;
    assert!(matches!(scene.outlook().await, Outlook::Next { .. }));
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
    // Settled and opened once more, it is held once more.
    scene.hear(&paid("in_1", "2027-01-14T10:00:00Z")).await;
    scene
        .hear(&event("updated", "in_1", "2027-01-15T10:00:00Z", json!({})))
        .await;
    assert_eq!(scene.outlook().await, Outlook::Held(Hold::Reopened));
}

#[tokio::test]
async fn an_address_that_bounced_is_written_to_again_once_a_person_says_so() {
    let mut scene = Scene::new().await;
    let bounces = json!({ "customer_email": "bounce@simulator.amazonses.com" });
    let issued = event("finalized", "in_1", "2027-01-11T10:00:00Z", bounces);
    scene.hear(&issued).await;
    scene.advance_to("2027-02-02T20:00:00Z").await;
    assert_eq!(scene.outlook().await, Outlook::Held(Hold::AddressBounced));
    scene.instruct(None, Instruction::Release(None)).await;
    let Outlook::Next { at: next } = scene.outlook().await else {
        panic!("it is still held");
    };
    // The question that reached nobody.
    assert_eq!(next, at("2027-02-03T08:00:00Z"));
}
