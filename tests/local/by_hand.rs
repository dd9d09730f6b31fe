//! What was open before Relance, as a person has it in a file: on hold, with what was done about it, and never instead of
//! what the tool itself tells.

use ask::{ByHand, Row};
use dunning::billing::By;
use dunning::file::{Hold, Outlook};
use dunning::rules::{Before, ImportedOnly, Sent};
use dunning::value::{EventId, StepId};
use runtime::Clock;
use serde_json::{Value, json};
use sources::Tool;

use crate::scene::{Scene, at, event, stripe_name};

const BEGINS: &str = "2027-03-01T10:00:00Z";

/// A line of the file, which was written on that day.
fn line(scene: &Scene, as_of: &str, differs: Value) -> Row {
    let mut said = json!({
        "at": as_of,
        "customer": "cus_1",
        "invoice": {
            "id": "in_1", "number": "N-1", "status": "open", "collection": "send_invoice", "currency": "EUR",
            "total": "1200.00", "remaining": "1200.00", "due_on": "2027-02-15",
        },
        "debtor": { "name": "Client", "email": "compta@client.example.com", "country": "FR" },
    });
    for (object, fields) in differs.as_object().unwrap() {
        match fields.as_object() {
            Some(fields) => said[object].as_object_mut().unwrap().extend(fields.clone()),
            None => said[object] = fields.clone(),
        }
    }
    let run = scene.world.clock.now().as_second();
    let source = &scene.world.policy.sources[&stripe_name()];
    let id = said["invoice"]["id"].as_str().unwrap();
    let id = EventId::parse(format!("csv-{run}-{id}")).unwrap();
    let by = By::hand(&stripe_name(), u32::try_from(run).unwrap());
    let event =
        Tool::builtin("stripe")
            .unwrap()
            .told_by_hand(&said, (id, by), source, &stripe_name());
    Row {
        event: event.unwrap(),
        before: Before::default(),
    }
}

async fn scene() -> Scene {
    let mut scene = Scene::new().await;
    scene.advance_to(BEGINS).await;
    scene
}

/// Brings them in. Gives how many were new, and how many are on hold.
async fn bring_in(scene: &mut Scene, rows: Vec<Row>) -> (u64, usize) {
    let clock = scene.world.clock.clone();
    let clock = Clock::new(move || clock.now());
    let (ledger, policy, name) = (&scene.world.ledger, &scene.world.policy, stripe_name());
    let mut by_hand = ByHand::new((ledger, policy, &clock), &name, rows);
    while by_hand.take_some().await.unwrap() {}
    let new = by_hand.so_far().new;
    let on_hold = by_hand.finish().await.unwrap();
    scene.world.carry().await;
    (new, on_hold.iter().map(|held| held.invoices.len()).sum())
}

async fn let_in(scene: &mut Scene) {
    let clock = scene.world.clock.clone();
    let clock = Clock::new(move || clock.now());
    for debtor in scene.world.debtors() {
        let (ledger, policy) = (&scene.world.ledger, &scene.world.policy);
        let all = ImportedOnly::default();
        let let_in = ledger.let_imported_in(&debtor, policy, all, &clock);
        let_in.await.unwrap();
    }
    scene.world.carry().await;
}

#[tokio::test]
async fn what_was_sent_and_promised_before_is_gone_on_from_once_it_is_let_in() {
    let mut scene = scene().await;
    let mut rows: Vec<Row> = ["in_1", "in_2", "in_3", "in_4"]
        .into_iter()
        .map(|id| {
            let customer = id.replace("in", "cus");
            let email = format!("ap@{}.example.com", id.replace('_', ""));
            let differs = json!({
                "customer": customer, "invoice": { "id": id }, "debtor": { "email": email },
            });
            line(&scene, "2027-02-28T23:00:00Z", differs)
        })
        .collect();
    let late_3 = StepId::parse("late-3").unwrap();
    rows[1].before.sent = Sent::Step {
        step: late_3,
        on: "2027-02-24".parse().unwrap(),
        is_dated: true,
    };
    rows[2].before.promised = Some("2027-03-11".parse().unwrap());
    rows[3].before.left_alone = true;
    assert_eq!(bring_in(&mut scene, rows).await, (4, 4));
    scene.advance_to("2027-03-02T12:00:00Z").await;
    assert!(!scene.mails().contains("ap@"), "{}", scene.mails());
    let_in(&mut scene).await;
    scene.advance_to("2027-03-19T12:00:00Z").await;
    let mails: Vec<(String, String)> = scene
        .world
        .mails()
        .iter()
        .filter(|mail| mail.sent.to[0].starts_with("ap@"))
        .map(|mail| {
            let step = mail.step.clone().map(String::from).unwrap_or_default();
            (
                format!("{} {step}", mail.invoices[0]),
                mail.sent.at.to_string()[..10].to_owned(),
            )
        })
        .collect();
    let of = |id: &str| -> Vec<String> {
        let mails = mails.iter().filter(|(what, _)| what.starts_with(id));
        mails.map(|(what, day)| format!("{what} {day}")).collect()
    };
    assert_eq!(of("in_1")[0], "in_1 late-3 2027-03-04");
    assert_eq!(of("in_2")[0], "in_2 late-10 2027-03-04");
    assert_eq!(of("in_3")[0], "in_3 late-3 2027-03-12");
    assert_eq!(of("in_4"), [""; 0]);
}

#[tokio::test]
async fn the_same_file_twice_is_once_and_a_mended_one_counts_instead() {
    let mut scene = scene().await;
    let as_of = "2027-02-28T23:00:00Z";
    let row = line(&scene, as_of, json!({}));
    assert_eq!(bring_in(&mut scene, vec![row]).await, (1, 1));
    scene.advance_to("2027-03-01T10:01:00Z").await;
    let before = scene.said();
    let row = line(&scene, as_of, json!({}));
    assert_eq!(bring_in(&mut scene, vec![row]).await, (0, 1));
    assert_eq!(scene.said(), before);
    for (minute, amount) in [("02", "1300.00"), ("03", "90.00"), ("04", "1300.00")] {
        scene
            .advance_to(&format!("2027-03-01T10:{minute}:00Z"))
            .await;
        let differs = json!({
            "invoice": { "total": amount, "remaining": amount },
            "debtor": { "email": format!("{minute}@client.example.com") },
        });
        let row = line(&scene, as_of, differs);
        assert_eq!(bring_in(&mut scene, vec![row]).await, (1, 1));
        let file = scene.file("cus_1").await.file;
        let invoice = file.open.values().next().unwrap();
        assert_eq!(
            invoice.balance().remaining.to_string(),
            format!("{amount} EUR")
        );
        let email = file.debtor.profile.value.email.unwrap();
        assert!(
            email.as_str().starts_with(minute),
            "the address of the mended line"
        );
    }
}

#[tokio::test]
async fn what_the_tool_tells_stands_and_what_was_paid_since_the_file_counts() {
    let mut scene = scene().await;
    let told = event(
        "finalized",
        "in_1",
        "2027-02-01T10:00:00Z",
        json!({ "amount_remaining": 40_000, "amount_paid": 80_000 }),
    );
    scene.hear(&told).await;
    let mut row = line(
        &scene,
        "2027-02-28T23:00:00Z",
        json!({ "debtor": { "email": "typed@client.example.com" } }),
    );
    row.before.promised = Some("2027-03-20".parse().unwrap());
    let other = line(
        &scene,
        "2027-02-28T23:00:00Z",
        json!({ "invoice": { "id": "in_2" }, "debtor": { "email": "typed@client.example.com" } }),
    );
    assert_eq!(bring_in(&mut scene, vec![row, other]).await, (1, 1));
    let file = scene.file("cus_1").await.file;
    let invoice = |id: &str| {
        file.open
            .values()
            .find(|it| it.id().as_str() == id)
            .unwrap()
    };
    assert_eq!(
        invoice("in_1").balance().remaining.minor,
        40_000,
        "as the tool says"
    );
    assert_ne!(
        file.debtor.profile.value.email.unwrap().as_str(),
        "typed@client.example.com"
    );
    assert!(
        invoice("in_1").paused.is_some(),
        "a promise is taken over all the same"
    );
    assert_eq!(invoice("in_2").outlook, Outlook::Held(Hold::Imported));
    let paid = event(
        "paid",
        "in_2",
        "2027-03-01T09:00:00Z",
        json!({ "amount_remaining": 0, "amount_paid": 120_000, "status": "paid" }),
    );
    scene.hear(&paid).await;
    let file = scene.file("cus_1").await.file;
    assert_eq!(file.open.len(), 1);
    let_in(&mut scene).await;
    scene.advance_to("2027-03-12T12:00:00Z").await;
    assert!(!scene.mails().contains("N-1"), "{}", scene.mails());
    assert_eq!(scene.world.clock.now(), at("2027-03-12T12:00:00Z"));
}

#[tokio::test]
async fn a_smaller_file_takes_nothing_away_and_a_later_one_undoes_no_payment_that_was_told() {
    let mut scene = scene().await;
    let row = line(&scene, "2027-02-28T23:00:00Z", json!({}));
    let other = json!({ "invoice": { "id": "in_2" } });
    let other = line(&scene, "2027-02-28T23:00:00Z", other);
    assert_eq!(bring_in(&mut scene, vec![row, other]).await, (2, 2));
    let part = json!({ "amount_paid": 50_000, "amount_remaining": 70_000 });
    let paid = event("updated", "in_2", "2027-03-01T10:30:00Z", part);
    scene.advance_to("2027-03-01T10:30:00Z").await;
    scene.hear(&paid).await;
    // Of one line, without the customer's address, and of later.
    scene.advance_to("2027-03-01T12:00:00Z").await;
    let mut bare = line(&scene, "2027-03-01T11:00:00Z", json!({}));
    bare.event.debtor = None;
    let late = json!({ "invoice": { "id": "in_2" } });
    let late = line(&scene, "2027-03-01T11:00:00Z", late);
    bring_in(&mut scene, vec![bare, late]).await;
    let file = scene.file("cus_1").await.file;
    assert!(file.debtor.profile.value.email.is_some());
    let second = file.open.values().find(|it| it.id().as_str() == "in_2");
    assert_eq!(second.unwrap().balance().remaining.minor, 70_000);
}

#[tokio::test]
async fn a_clock_that_goes_wrong_does_not_decide_which_file_counts() {
    let mut scene = scene().await;
    let as_of = "2027-02-28T23:00:00Z";
    let amount = |amount: &str| json!({ "invoice": { "total": amount, "remaining": amount } });
    let mut early = line(&scene, as_of, amount("90.00"));
    early.event.by = By::hand(&stripe_name(), u32::MAX - 9);
    bring_in(&mut scene, vec![early]).await;
    scene.advance_to("2027-03-01T10:05:00Z").await;
    let mended = line(&scene, as_of, amount("1300.00"));
    bring_in(&mut scene, vec![mended]).await;
    let file = scene.file("cus_1").await.file;
    let invoice = file.open.values().next().unwrap();
    assert_eq!(invoice.balance().remaining.to_string(), "1300.00 EUR");
}
