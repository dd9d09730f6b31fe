//! A tool is asked for an invoice, and its answer is taken in: by an intake of the test's own, on the world's table.

use dunning::billing::{
    Happened, InvoiceEvent, Movement, MovementEvent, MovementKind, Order, Status, Subject,
};
use dunning::value::{EventId, InvoiceId, MovementId};
use intake::{Intake, Taken};
use runtime::Clock;
use serde_json::{Value, json};
use sources::{Request, Translation};

use crate::scene::{Scene, at, event, finalized, stripe_name, stripe_tool};

const ISSUED: &str = "2027-01-11T10:00:00Z";
const LATER: &str = "2027-01-12T10:00:00Z";
const LATER_STILL: &str = "2027-01-13T10:00:00Z";

impl Scene {
    /// What Stripe shows of the invoice, as of then.
    fn shown(&self, invoice: &str, when: &str, differs: Value) -> InvoiceEvent {
        let body = event("updated", invoice, when, differs);
        let (name, body) = (stripe_name(), body.to_string());
        let config = &self.world.policy.sources[&name];
        let request = Request::new(&[], body.as_bytes());
        let said = stripe_tool().translate_unverified(request, config, &name);
        match said.unwrap().pop().unwrap() {
            Ok(Translation::Invoice(event)) => *event,
            other => panic!("{other:?}"),
        }
    }

    async fn answer(&mut self, event: &InvoiceEvent) -> Taken {
        let clock = self.clock();
        let taken = self.intake(&clock).take_answer(event).await.unwrap();
        self.world.carry().await;
        taken
    }

    fn clock(&self) -> Clock {
        let clock = self.world.clock.clone();
        Clock::new(move || clock.now())
    }

    fn intake<'a>(&'a self, clock: &'a Clock) -> Intake<'a> {
        Intake {
            ledger: &self.world.ledger,
            policy: &self.world.policy,
            clock,
            retells: false,
        }
    }

    /// Where an invoice of `cus_1` stands, and what is left of it.
    async fn left_of(&self, invoice: &str) -> (Status, i64) {
        let file = self.file("cus_1").await.file;
        let known = file.open.get(&InvoiceId::parse(invoice).unwrap());
        let closed = self.closed("cus_1").await;
        let known = known.or(closed.iter().find(|known| known.id().as_str() == invoice));
        let balance = known.unwrap().balance().into_owned();
        (balance.status, balance.remaining.minor)
    }
}

#[tokio::test]
async fn an_answer_that_says_what_is_known_writes_nothing_however_often_it_comes() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", ISSUED)).await;
    let before = scene.world.aws.items();
    for when in [LATER, LATER_STILL, LATER_STILL, ISSUED] {
        let same = scene.shown("in_1", when, json!({}));
        assert_eq!(scene.answer(&same).await, Taken::NothingNew);
    }
    assert_eq!(scene.world.aws.items(), before);
    // Nobody was asked for this one: the tool posted it, and that is written.
    let same = scene.shown("in_1", LATER, json!({}));
    let clock = scene.clock();
    let taken = scene.intake(&clock).take_invoice(&same).await.unwrap();
    assert_eq!(taken, Taken::Stored);
    assert_ne!(scene.world.aws.items(), before);
}

#[tokio::test]
async fn an_answer_that_says_something_else_is_merged_once() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", ISSUED)).await;
    let moved = json!({ "customer_email": "ap@client.example.com" });
    let elsewhere = scene.shown("in_1", LATER, moved);
    assert_eq!(scene.answer(&elsewhere).await, Taken::Stored);
    let profile = scene.file("cus_1").await.file.debtor.profile.value;
    assert_eq!(profile.email, elsewhere.debtor.unwrap().email);
    let settled = json!({ "status": "paid", "amount_paid": 120_000, "amount_remaining": 0,
        "customer_email": "ap@client.example.com" });
    let settled_then = scene.shown("in_1", LATER_STILL, settled.clone());
    assert_eq!(scene.answer(&settled_then).await, Taken::Stored);
    assert_eq!(scene.left_of("in_1").await, (Status::Paid, 0));
    assert!(scene.schedules().is_empty());
    let journal = scene.journal("cus_1").await;
    let before = scene.world.aws.items();
    let settled_still = scene.shown("in_1", "2027-01-14T10:00:00Z", settled);
    assert_eq!(scene.answer(&settled_still).await, Taken::NothingNew);
    assert_eq!(scene.world.aws.items(), before);
    assert_eq!(journal.matches("invoice.updated").count(), 2, "{journal}");
}

#[tokio::test]
async fn an_answer_about_an_invoice_that_nobody_has_shown_is_taken_in() {
    let mut scene = Scene::new().await;
    let unheard_of = scene.shown("in_1", ISSUED, json!({}));
    assert_eq!(scene.answer(&unheard_of).await, Taken::Stored);
    assert_eq!(scene.left_of("in_1").await, (Status::Open, 120_000));
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
    assert!(!scene.schedules().is_empty());
}

#[tokio::test]
async fn an_answer_that_shows_the_debt_as_it_was_before_a_payment_came_apart_is_merged() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", ISSUED)).await;
    let shown = scene.shown("in_1", LATER_STILL, json!({}));
    let mut amount = shown.invoice.total;
    amount.minor = 20_000;
    let payment = MovementEvent {
        id: EventId::parse("evt_payment").unwrap(),
        kind: "payment".to_owned(),
        realm: shown.realm.clone(),
        order: Order {
            version: None,
            at: at(LATER),
        },
        subject: Subject::Invoice(shown.invoice.id.clone()),
        what: Happened::Moved {
            id: MovementId::parse("p_1").unwrap(),
            movement: Movement {
                kind: MovementKind::Payment,
                amount,
            },
            was: None,
            payment: None,
        },
        by: shown.by,
    };
    let clock = scene.clock();
    let taken = scene.intake(&clock).take_movement(&payment).await.unwrap();
    assert_eq!(taken, Taken::Stored);
    assert_eq!(scene.left_of("in_1").await, (Status::Open, 100_000));
    // It shows what the newest snapshot shows, and more is owed by it than is known.
    assert_eq!(scene.answer(&shown).await, Taken::Stored);
    assert_eq!(scene.left_of("in_1").await, (Status::Open, 120_000));
}

#[tokio::test]
async fn an_answer_older_than_the_newest_snapshot_does_not_win() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", ISSUED)).await;
    let settled = json!({ "status": "paid", "amount_paid": 120_000, "amount_remaining": 0,
        "customer_email": "ap@client.example.com" });
    let settled = event("paid", "in_1", LATER_STILL, settled);
    scene.hear(&settled).await;
    let owed = scene.shown("in_1", LATER, json!({}));
    scene.answer(&owed).await;
    assert_eq!(scene.left_of("in_1").await, (Status::Paid, 0));
    assert!(scene.schedules().is_empty());
    let profile = scene.file("cus_1").await.file.debtor.profile.value;
    assert_ne!(profile.email, owed.debtor.as_ref().unwrap().email);
    // Nor does it say anything new by being told again.
    let before = scene.world.aws.items();
    let again = InvoiceEvent {
        id: EventId::parse("evt_again").unwrap(),
        ..owed
    };
    assert_eq!(scene.answer(&again).await, Taken::NothingNew);
    assert_eq!(scene.world.aws.items(), before);
}
