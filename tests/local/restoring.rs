//! The table was lost, and comes back as it was some days ago.

use aws::{Aws, Clock, stack};
use aws_types::sdk_config::RetryConfig;
use dunning::rules::Gap;
use insta::assert_snapshot;
use ledger::{Ledger, Restored};
use local::events::ses_events;
use runtime::load_policy;
use serde_json::{Value, json};
use tests::stripe::Shape;

use crate::scene::{Scene, at, event, paid, policy_dir};

const BACKUP: &str = "2027-01-30T12:00:00Z";
const LOST: &str = "2027-02-03T12:00:00Z";

/// An invoice of a customer of its own, due on 15 February.
fn issued(invoice: &str, customer: &str) -> Value {
    let differs =
        json!({ "customer": customer, "customer_email": format!("{customer}@client.example.com") });
    event("finalized", invoice, "2027-01-11T10:00:00Z", differs)
}

/// Three customers; on 1 February each is asked for the first time. Then the table is lost. What is
/// left: its items as they were at some instant, and the events that SES told of the mails since.
async fn lost(backup_at: &str) -> (Vec<Value>, Vec<String>) {
    let mut scene = Scene::new().await;
    for (invoice, customer) in [("in_1", "cus_1"), ("in_2", "cus_2"), ("in_3", "cus_3")] {
        scene.hear(&issued(invoice, customer)).await;
    }
    scene.advance_to(backup_at).await;
    let backup = scene.world.aws.items();
    scene.advance_to(LOST).await;
    let mails = scene.world.mails().iter();
    // Of the mail to the second customer nothing was kept.
    let proven = mails.filter(|mail| {
        !mail
            .sent
            .to
            .contains(&"cus_2@client.example.com".to_owned())
    });
    let archive = proven
        .flat_map(|mail| ses_events(&mail.sent))
        .map(|(event, _)| event);
    (backup, archive.collect())
}

/// The stack as it was deployed anew after the loss, and a table recovered from these items.
async fn recovered(items: &[Value]) -> (Scene, Ledger) {
    let mut scene = Scene::new().await;
    scene.advance_to(LOST).await;
    let aws = Aws::start(Clock::new(at(LOST)));
    aws.load(items);
    let config = aws.sdk_config(RetryConfig::disabled());
    (
        scene,
        Ledger::new(aws_sdk_dynamodb::Client::new(&config), stack::TABLE),
    )
}

impl Scene {
    async fn restore(&mut self, backup: &Ledger) -> Restored {
        let gap = Gap {
            from: at(BACKUP),
            until: self.world.clock.now(),
        };
        let policy = load_policy(&policy_dir()).unwrap();
        let restored = self
            .world
            .ledger
            .restore(backup, gap, &policy)
            .await
            .unwrap();
        self.world.carry().await;
        restored
    }

    /// How many mails have left to debtors.
    fn reminders(&self) -> usize {
        let mails = self.world.mails().iter();
        mails.filter(|mail| mail.step.is_some()).count()
    }

    async fn resume(&mut self) {
        let (ledger, now) = (self.world.ledger.clone(), self.world.clock.now());
        ledger.put_standstill(None, now).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_dated_in_the_gap_is_not_sent_again_and_what_comes_after_it_is() {
    let (backup, archive) = lost(BACKUP).await;
    let (mut scene, recovered) = recovered(&backup).await;
    let restored = scene.restore(&recovered).await;
    assert_eq!((restored.debtors, restored.invoices), (3, 3));
    for event in &archive {
        scene.world.replay(event).await;
    }
    // Until a person resumes, nothing leaves; neither does what a webhook brings.
    scene.hear(&issued("in_4", "cus_4")).await;
    scene.advance_to("2027-02-05T20:00:00Z").await;
    assert!(scene.world.mails().is_empty());
    // The tool sends its events of the gap again: the third invoice has been paid.
    let third = json!({ "customer": "cus_3", "status": "paid", "amount_paid": 120_000, "amount_remaining": 0 });
    scene
        .hear(&event("paid", "in_3", "2027-02-02T10:00:00Z", third))
        .await;
    scene.resume().await;
    scene.advance_to("2027-02-20T20:00:00Z").await;
    assert_snapshot!("restored_mails", scene.mails());
    for customer in ["cus_1", "cus_2", "cus_3"] {
        assert_snapshot!(
            format!("restored_journal_{customer}"),
            scene.journal(customer).await
        );
        let registered = scene.schedules();
        assert!(
            scene
                .planned(customer)
                .await
                .iter()
                .all(|planned| registered.contains(planned))
        );
    }
}

#[tokio::test]
async fn what_was_late_when_the_backup_was_made_is_not_sent_again_either() {
    // At nine each of them had come; a minute later none had left.
    let (backup, _) = lost("2027-02-01T08:01:00Z").await;
    let (mut scene, recovered) = recovered(&backup).await;
    scene.restore(&recovered).await;
    scene.resume().await;
    scene.advance_to("2027-02-05T20:00:00Z").await;
    assert!(scene.world.mails().is_empty());
}

#[tokio::test]
async fn an_invoice_that_has_moved_to_another_customer_stops_none_of_the_others() {
    let (backup, _) = lost(BACKUP).await;
    let (mut scene, recovered) = recovered(&backup).await;
    scene.hear(&issued("in_2", "cus_9")).await;
    let restored = scene.restore(&recovered).await;
    assert_eq!((restored.debtors, restored.invoices), (3, 2));
    let moved = "in_2 of stripe#default#live#cus_2: it is stripe#default#live#cus_9's by now";
    assert_eq!(restored.failed, [moved]);
}

#[tokio::test]
async fn a_step_that_a_change_in_the_gap_had_brought_forward_is_not_sent_again() {
    let (backup, _) = lost(BACKUP).await;
    let (mut scene, recovered) = recovered(&backup).await;
    scene.restore(&recovered).await;
    // Told on 31 January, and now again: due on the 29th, so that late-3 was due on 1 February.
    let due = at("2027-01-29T11:00:00Z").as_second();
    let differs = json!({ "customer_email": "cus_1@client.example.com", "due_date": due });
    scene
        .hear(&event("updated", "in_1", "2027-01-31T10:00:00Z", differs))
        .await;
    scene.resume().await;
    scene.advance_to("2027-02-05T20:00:00Z").await;
    assert!(scene.world.mails().is_empty());
    scene.advance_to("2027-02-08T20:00:00Z").await;
    let leading = scene.world.mails().iter().filter(|mail| {
        mail.sent
            .to
            .contains(&"cus_1@client.example.com".to_owned())
    });
    let steps: Vec<_> = leading
        .filter_map(|mail| mail.step.as_ref())
        .map(dunning::value::StepId::as_str)
        .collect();
    assert_eq!(steps, ["late-10"]);
}

#[tokio::test]
async fn a_second_restore_days_later_takes_nothing_for_sent_that_was_dated_in_between() {
    let (backup, _) = lost(BACKUP).await;
    let (mut scene, recovered) = recovered(&backup).await;
    scene.restore(&recovered).await;
    scene.advance_to("2027-02-09T20:00:00Z").await;
    scene.restore(&recovered).await;
    scene.resume().await;
    scene.advance_to("2027-02-12T20:00:00Z").await;
    // ask-7 was dated on 8 February, while everything stood still.
    assert_eq!(scene.reminders(), 3);
}

#[tokio::test]
async fn to_restore_twice_changes_nothing_more() {
    let (backup, archive) = lost(BACKUP).await;
    let (mut scene, recovered) = recovered(&backup).await;
    scene.restore(&recovered).await;
    for event in &archive {
        scene.world.replay(event).await;
    }
    let items = scene.world.aws.items();
    let restored = scene.restore(&recovered).await;
    assert_eq!(restored.invoices, 0);
    assert_eq!(scene.world.aws.items(), items);
}

#[tokio::test]
async fn halves_of_transactions_become_whole() {
    let mut scene = Scene::new().await;
    for (invoice, customer) in [("in_1", "cus_1"), ("in_2", "cus_2")] {
        scene.hear(&issued(invoice, customer)).await;
    }
    let before = scene.world.aws.items();
    scene.hear(&paid("in_1", "2027-01-20T10:00:00Z")).await;
    // The first invoice stands open and closed; the second's debtor is missing, and all pointers are.
    let mut backup = before;
    backup.extend(scene.world.aws.items());
    backup.retain(|item| {
        let (pk, sk) = (
            item["PK"]["S"].as_str().unwrap(),
            item["SK"]["S"].as_str().unwrap(),
        );
        !(pk.starts_with("INVOICE#") || pk.ends_with("cus_2") && sk == "FILE")
    });
    let (mut scene, recovered) = recovered(&backup).await;
    scene.restore(&recovered).await;
    assert!(scene.file("cus_1").await.file.open.is_empty());
    assert_eq!(scene.closed("cus_1").await.len(), 1);
    assert_eq!(scene.file("cus_2").await.file.open.len(), 1);
    // What the tool tells next finds the invoice, and the debtor's address.
    scene.resume().await;
    scene.hear(&issued("in_2", "cus_2")).await;
    scene.advance_to("2027-02-08T20:00:00Z").await;
    assert_eq!(scene.reminders(), 1);
}

/// An event that does not show its invoice.
fn apart(name: &str, when: &str, differs: &Value) -> Value {
    let mut event = tests::stripe::event(Shape::SinceBasil, name);
    let id = format!("evt_{name}_{when}");
    tests::stripe::overlay(
        &mut event,
        &json!({ "id": id, "created": at(when).as_second() }),
    );
    tests::stripe::overlay(&mut event, &json!({ "data": { "object": differs } }));
    event
}

#[tokio::test]
async fn what_was_told_apart_before_and_after_the_loss_finds_its_invoice() {
    let mut scene = Scene::new().await;
    scene.hear(&issued("in_1", "cus_1")).await;
    let of_the_first = json!({ "invoice": "in_1", "amount_paid": 50_000 });
    let payment = apart("payment", "2027-01-20T10:00:00Z", &of_the_first);
    scene.hear(&payment).await;
    // Of a payment and of an invoice that nobody knows yet.
    let early = json!({ "id": "dp_early", "payment_intent": "pi_early" });
    scene
        .hear(&apart("disputed", "2027-01-20T10:00:00Z", &early))
        .await;
    let of_the_second = json!({ "id": "inpay_2", "invoice": "in_2", "amount_paid": 20_000, "payment": { "payment_intent": "pi_2" } });
    scene
        .hear(&apart("payment", "2027-01-20T10:00:00Z", &of_the_second))
        .await;
    let backup = scene.world.aws.items();

    let (mut scene, recovered) = recovered(&backup).await;
    // Since the loss: a dispute of the known payment, a second payment of the first invoice.
    scene
        .hear(&apart("disputed", "2027-02-03T13:00:00Z", &json!({})))
        .await;
    let rest = json!({ "invoice": "in_1", "amount_paid": 30_000 });
    scene
        .hear(&apart("payment_of_the_rest", "2027-02-03T13:00:00Z", &rest))
        .await;
    let restored = scene.restore(&recovered).await;
    assert_eq!(restored.failed, Vec::<String>::new());

    let movements = async |scene: &Scene, invoice: &str| {
        let file = scene.file("cus_1").await.file;
        let invoice = file
            .open
            .values()
            .find(|known| known.id().as_str() == invoice)
            .unwrap();
        let ids = invoice.debt.movements.by_id.keys();
        (
            ids.map(ToString::to_string).collect::<Vec<_>>(),
            invoice.balance().remaining.minor,
        )
    };
    let (ids, remaining) = movements(&scene, "in_1").await;
    let dispute = "dp_1QZfH2LkQvB8xT4dVq6sNc8b";
    assert_eq!(
        ids,
        [
            dispute,
            "inpay_1QWcVHLkQvB8xT4dKd3wYz0s",
            "inpay_1QWcVHLkQvB8xT4dRest"
        ]
    );
    // All of it is disputed; what came in the dispute's own second pays.
    assert_eq!(remaining, 90_000);
    // What was parked is there, too, when its invoice and its payment come.
    scene.hear(&issued("in_2", "cus_1")).await;
    assert_eq!(
        movements(&scene, "in_2").await,
        (vec!["inpay_2".to_owned()], 100_000)
    );
    let early = json!({ "id": "inpay_early", "invoice": "in_2", "amount_paid": 10_000, "payment": { "payment_intent": "pi_early" } });
    scene
        .hear(&apart("payment", "2027-02-03T14:00:00Z", &early))
        .await;
    let (ids, _) = movements(&scene, "in_2").await;
    assert_eq!(ids, ["dp_early", "inpay_2", "inpay_early"]);
    // Once more changes nothing.
    let items = scene.world.aws.items();
    let again = scene.restore(&recovered).await;
    assert_eq!(again.failed, Vec::<String>::new());
    assert_eq!(movements(&scene, "in_1").await.0.len(), 3);
    assert_eq!(scene.world.aws.items().len(), items.len());
}

#[tokio::test]
async fn what_a_mailbox_got_is_known_after_a_recovery() {
    let mailboxes = |items: Vec<Value>| -> Vec<Value> {
        let mut items = items;
        items.retain(|item| item["SK"]["S"] == "MAILBOX");
        items
    };
    let (items, _) = lost("2027-02-02T12:00:00Z").await;
    let before = mailboxes(items.clone());
    assert_eq!(before.len(), 3);
    let (mut scene, backup) = recovered(&items).await;
    // Again after a failure: what is there by now stays.
    for _ in 0..2 {
        let restored = scene.restore(&backup).await;
        assert!(restored.failed.is_empty(), "{:?}", restored.failed);
        assert_eq!(mailboxes(scene.world.aws.items()), before);
    }
}
