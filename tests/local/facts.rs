//! What tools say beside what is owed: debits under way, money on no invoice, customers that were deleted,
//! cents that are left.

use dunning::file::{Hold, Outlook, Releasable};
use dunning::rules::Instruction;
use insta::assert_snapshot;
use serde_json::{Value, json};
use tests::stripe::{self, Shape};

use crate::scene::{Scene, at, debtor, event, finalized, paid};

/// One of Stripe's events that show no invoice, of `cus_1`.
fn apart(name: &str, when: &str, differs: Value) -> Value {
    let mut event = stripe::event(Shape::SinceBasil, name);
    let created = at(when).as_second();
    let known = json!({ "id": format!("evt_{name}_{created}"), "created": created });
    stripe::overlay(&mut event, &known);
    let whose = if name.starts_with("customer_") {
        json!({ "id": "cus_1" })
    } else {
        json!({ "customer": "cus_1" })
    };
    for object in [whose, differs] {
        stripe::overlay(&mut event, &json!({ "data": { "object": object } }));
    }
    event
}

impl Scene {
    async fn hear_apart(&mut self, name: &str, when: &str, differs: Value) {
        self.advance_to(when).await;
        self.hear(&apart(name, when, differs)).await;
    }

    async fn outlook_of(&self, invoice: &str) -> Outlook {
        let file = self.file("cus_1").await.file;
        let mut open = file.open.into_values();
        let invoice = open.find(|known| known.id().as_str() == invoice);
        invoice.unwrap().outlook
    }

    /// The mails to the debtor, and to the team.
    fn sent(&self) -> (usize, Vec<&str>) {
        let mails = self.world.mails().iter();
        let (team, debtor): (Vec<_>, Vec<_>) =
            mails.partition(|mail| mail.sent.to == ["billing@example.com"]);
        let texts = team.iter().map(|mail| mail.sent.text.as_deref());
        (debtor.len(), texts.map(Option::unwrap_or_default).collect())
    }
}

#[tokio::test]
async fn fault_16_nothing_leaves_while_a_debit_is_under_way_and_it_goes_on_when_it_failed() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.hear(&finalized("in_2", "2027-01-11T10:00:00Z")).await;
    scene
        .hear_apart("debit_begun", "2027-02-16T10:00:00Z", json!({}))
        .await;
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
    scene
        .hear_apart("charge_pending", "2027-02-16T10:00:01Z", json!({}))
        .await;
    let (questions, _) = scene.sent();
    scene.advance_to("2027-02-23T07:00:00Z").await;
    assert_eq!(scene.sent().0, questions);
    scene
        .hear_apart("debit_failed", "2027-02-23T07:30:00Z", json!({}))
        .await;
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
    scene.advance_to("2027-02-23T20:00:00Z").await;
    assert_eq!(scene.sent().0, questions + 1);
    assert_snapshot!("debit_failed_journal", scene.journal("cus_1").await);
}

#[tokio::test]
async fn fault_16_a_debit_of_which_nobody_tells_the_end_is_waited_for_two_weeks() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let its_own = json!({ "invoice": "in_1" });
    scene
        .hear_apart("debit_begun", "2027-02-16T10:00:00Z", its_own)
        .await;
    let (questions, _) = scene.sent();
    scene.advance_to("2027-03-02T07:00:00Z").await;
    assert_eq!(scene.sent().0, questions);
    scene.advance_to("2027-03-02T20:00:00Z").await;
    assert_eq!(scene.sent().0, questions + 1);
}

#[tokio::test]
async fn a_debit_that_came_before_its_invoice_was_known_is_waited_for_and_ends_with_it() {
    let mut scene = Scene::new().await;
    scene
        .hear_apart("debit_begun", "2027-01-20T10:00:00Z", json!({}))
        .await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-02-02T20:00:00Z").await;
    assert_eq!(scene.sent().0, 0);
    scene
        .hear_apart("debit_came", "2027-02-02T21:00:00Z", json!({}))
        .await;
    scene.hear(&paid("in_1", "2027-02-02T21:00:00Z")).await;
    scene.advance_to("2027-04-02T20:00:00Z").await;
    assert_eq!(scene.sent(), (0, vec![]));
}

#[tokio::test]
async fn what_silences_an_invoice_is_obeyed_though_its_event_makes_no_sense_and_the_team_hears_of_it()
 {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.hear(&finalized("in_2", "2027-01-11T10:00:00Z")).await;
    for (invoice, remaining) in [("in_1", 0), ("in_2", 40_000)] {
        let differs = json!({ "amount_remaining": remaining, "due_date": "soon" });
        let senseless = event("updated", invoice, "2027-01-12T10:00:00Z", differs);
        assert_eq!(scene.post(&senseless).await.0, 200);
    }
    scene.advance_to("2027-02-19T20:00:00Z").await;
    let mails = scene.world.mails().iter();
    let (team, debtor): (Vec<_>, Vec<_>) =
        mails.partition(|mail| mail.sent.to == ["billing@example.com"]);
    let texts = |mails: Vec<&local::Mail>| -> Vec<String> {
        let texts = mails.iter().map(|mail| mail.sent.text.clone());
        texts.map(Option::unwrap_or_default).collect()
    };
    let (team, debtor) = (texts(team), texts(debtor));
    assert_eq!(debtor.len(), 3);
    for text in &debtor {
        assert!(
            !text.contains("N-in_1") && text.contains("400,00"),
            "{text}"
        );
    }
    assert_eq!(team.len(), 1);
    assert!(team[0].contains("invoice.due_at is"), "{}", team[0]);
}

#[tokio::test]
async fn complaint_12_money_on_no_invoice_holds_what_is_owed_until_it_is_used_or_released() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.hear(&finalized("in_2", "2027-01-11T10:00:00Z")).await;
    scene
        .hear_apart("cash_came", "2027-01-20T10:00:00Z", json!({}))
        .await;
    let held = Outlook::Held(Hold::Unapplied);
    assert_eq!(scene.outlook_of("in_1").await, held);
    assert_eq!(scene.outlook_of("in_2").await, held);
    scene.advance_to("2027-02-10T20:00:00Z").await;
    let (mails, team) = scene.sent();
    assert_eq!((mails, team.len()), (0, 1));
    assert!(team[0].contains("(500.00 EUR)"), "{}", team[0]);
    let (ledger, now) = (scene.world.ledger.clone(), scene.world.clock.now());
    let release = Instruction::Release(Some(Releasable::Unapplied));
    let said = ledger.instruct(&debtor("cus_1"), None, release, now).await;
    assert_eq!(said.unwrap().unwrap().len(), 1);
    scene.world.carry().await;
    assert!(matches!(
        scene.outlook_of("in_1").await,
        Outlook::Next { .. }
    ));
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
    // More comes, and is used.
    let more = json!({ "ending_balance": 60_000, "net_amount": 10_000 });
    scene
        .hear_apart("cash_came", "2027-02-12T10:00:00Z", more)
        .await;
    assert_eq!(scene.outlook_of("in_1").await, held);
    scene
        .hear_apart("cash_used_up", "2027-02-13T10:00:00Z", json!({}))
        .await;
    assert!(matches!(
        scene.outlook_of("in_1").await,
        Outlook::Next { .. }
    ));
    scene.advance_to("2027-02-19T20:00:00Z").await;
    // The question between the two, and the first reminder.
    assert_eq!(scene.sent().0, 2);
    assert_snapshot!("unapplied_journal", scene.journal("cus_1").await);
}

#[tokio::test]
async fn fault_19_wish_20_a_customer_that_was_deleted_is_not_written_to_and_the_team_is_told() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene
        .hear_apart("customer_deleted", "2027-01-20T10:00:00Z", json!({}))
        .await;
    assert!(scene.schedules().is_empty());
    scene
        .hear(&event("updated", "in_1", "2027-01-21T10:00:00Z", json!({})))
        .await;
    scene.advance_to("2027-05-01T20:00:00Z").await;
    let (mails, team) = scene.sent();
    assert_eq!((mails, team.len()), (0, 1));
    assert!(team[0].contains("N-in_1"), "{}", team[0]);
}

#[tokio::test]
async fn fault_21_a_debtor_is_written_to_in_the_first_of_its_languages_that_has_templates() {
    let mut scene = Scene::new().await;
    let american = json!({ "customer_address": { "country": "US" } });
    let issued = event("finalized", "in_1", "2027-01-11T10:00:00Z", american);
    scene.hear(&issued).await;
    let reads = json!({
        "email": "compta@client.example.com", "address": { "country": "US" },
        "preferred_locales": ["sv-SE", "fr-FR", "en-US"],
    });
    scene
        .hear_apart("customer_updated", "2027-01-12T10:00:00Z", reads)
        .await;
    scene.advance_to("2027-02-02T20:00:00Z").await;
    let subject = &scene.world.mails()[0].sent.subject;
    assert!(subject.starts_with("Facture"), "{subject}");
}

#[tokio::test]
async fn fault_22_a_cent_that_is_left_brings_no_mail_to_anybody() {
    let mut scene = Scene::new().await;
    let cent = json!({ "amount_paid": 119_999, "amount_remaining": 1 });
    scene
        .hear(&event("updated", "in_1", "2027-01-11T10:00:00Z", cent))
        .await;
    let quiet = Outlook::Held(Hold::TooLittle);
    assert_eq!(scene.outlook_of("in_1").await, quiet);
    scene.advance_to("2027-06-01T20:00:00Z").await;
    assert_eq!(scene.sent(), (0, vec![]));
    let journal = scene.journal("cus_1").await;
    assert!(journal.contains("so little is left that the policy does not chase it"));
}
