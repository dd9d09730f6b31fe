//! The tool is asked right before each mail: what nobody told by webhook is seen all the same.

use dunning::file::{Pause, Releasable};
use dunning::rules::Instruction;
use dunning::value::{FileKey, InvoiceId};
use jiff::SignedDuration;
use ledger::{Places, Rate};
use serde_json::json;

use crate::fake_stripe::{FakeStripe, KEY, Weather};
use crate::scene::{Scene, at, debtor, event, finalized, paid, stripe_name};

/// Just before the first reminder of what is due on the 15th.
const BEFORE: &str = "2027-02-18T07:50:00Z";
const AFTER: &str = "2027-02-18T12:00:00Z";
const NEXT_DAY: &str = "2027-02-19T12:00:00Z";

struct Looked {
    scene: Scene,
    stripe: FakeStripe,
}

/// An invoice and its twin of another customer, known and late, and Stripe to be asked.
async fn twins() -> Looked {
    let stripe = FakeStripe::new();
    let mut scene = Scene::asking(stripe.connector()).await;
    stripe.follows(&scene.world.clock);
    scene.world.put_key(&stripe_name(), KEY).await.unwrap();
    for (invoice, customer) in [("in_1", "cus_1"), ("in_2", "cus_2")] {
        let differs = json!({
            "customer": customer,
            "customer_email": format!("compta@{}.example.com", customer.replace('_', "")),
        });
        let issued = event("finalized", invoice, "2027-02-08T10:00:00Z", differs);
        stripe.book(&issued);
        scene.advance_to("2027-02-08T10:00:00Z").await;
        scene.hear(&issued).await;
    }
    scene.advance_to(BEFORE).await;
    Looked { scene, stripe }
}

impl Looked {
    async fn advance_to(&mut self, to: &str) {
        self.scene.advance_to(to).await;
    }

    fn debtors_mails(&self) -> Vec<String> {
        let mails = self.scene.world.mails().iter();
        let debtors = mails.filter(|mail| mail.file != Some(FileKey::Team));
        debtors.map(|mail| mail.sent.to.join(",")).collect()
    }

    fn told(&self) -> String {
        let mails = self.scene.world.mails().iter();
        let team = mails.filter(|mail| mail.file == Some(FileKey::Team));
        let texts = team.filter_map(|mail| mail.sent.text.clone());
        let words: Vec<String> = texts
            .flat_map(|text| {
                text.split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect();
        words.join(" ")
    }
}

const BOTH: [&str; 2] = ["compta@cus1.example.com", "compta@cus2.example.com"];

fn sorted(mut mails: Vec<String>) -> Vec<String> {
    mails.sort();
    mails
}

#[tokio::test]
async fn a_paid_invoice_of_which_no_webhook_told_gets_no_mail_and_its_unpaid_twin_gets_its_own() {
    let mut looked = twins().await;
    looked.stripe.book(&paid("in_1", "2027-02-16T10:00:00Z"));
    looked.advance_to(AFTER).await;
    assert_eq!(looked.debtors_mails(), ["compta@cus2.example.com"]);
    let journal = looked.scene.journal("cus_1").await;
    assert!(
        journal.contains("in_1   not chased: it is paid"),
        "{journal}"
    );
    let journal = looked.scene.journal("cus_2").await;
    assert!(
        journal.contains("says: 1200.00 EUR left of in_2"),
        "{journal}"
    );
}

#[tokio::test]
async fn a_part_that_was_paid_by_hand_is_not_asked_for() {
    let mut looked = twins().await;
    let part = json!({
        "amount_paid": 50_000, "amount_remaining": 70_000,
        "customer_email": "compta@cus1.example.com",
    });
    looked
        .stripe
        .book(&event("updated", "in_1", "2027-02-16T10:00:00Z", part));
    looked.advance_to(AFTER).await;
    let mails = looked.scene.world.mails().iter();
    let mut texts = mails
        .filter(|mail| mail.sent.to == ["compta@cus1.example.com"])
        .filter_map(|mail| mail.sent.text.clone());
    let text = texts.next().expect("what is left is asked for");
    assert!(text.contains("700,00"), "{text}");
}

#[tokio::test]
async fn nothing_is_asked_and_nothing_waits_without_a_key() {
    let stripe = FakeStripe::new();
    let mut scene = Scene::asking(stripe.connector()).await;
    stripe.follows(&scene.world.clock);
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    stripe.answers(Weather::Unreachable);
    scene.advance_to("2027-02-18T12:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 3, "{}", scene.mails());
    assert_eq!(stripe.was_asked(), [""; 0]);
}

#[tokio::test]
async fn a_tool_that_does_not_answer_keeps_the_reminder_back_and_lets_it_leave_once_it_does() {
    for weather in [
        Weather::Unreachable,
        Weather::Status(500),
        Weather::Status(502),
        Weather::Html,
        Weather::Cut,
        Weather::Busy(None),
        Weather::Busy(Some(120)),
    ] {
        let mut looked = twins().await;
        looked.stripe.answers(weather);
        looked.advance_to("2027-02-18T09:30:00Z").await;
        assert_eq!(looked.debtors_mails(), [""; 0], "{weather:?}");
        looked.stripe.answers(Weather::Fine);
        looked.advance_to("2027-02-18T15:00:00Z").await;
        assert_eq!(sorted(looked.debtors_mails()), BOTH, "{weather:?}");
    }
}

#[tokio::test]
async fn a_tool_that_is_down_for_days_is_told_and_nothing_is_lost_or_doubled() {
    let mut looked = twins().await;
    looked.stripe.answers(Weather::Unreachable);
    looked.advance_to("2027-02-22T20:00:00Z").await;
    assert_eq!(looked.debtors_mails(), [""; 0]);
    let told = looked.told();
    assert!(told.contains("2 reminders on hold, €2,400.00."), "{told}");
    looked.stripe.answers(Weather::Fine);
    looked.advance_to("2027-02-23T12:00:00Z").await;
    assert_eq!(sorted(looked.debtors_mails()), BOTH);
}

#[tokio::test]
async fn a_key_that_stopped_working_is_told_with_what_it_holds_back_and_with_the_command() {
    for weather in [
        Weather::Status(401),
        Weather::Status(403),
        Weather::TestMode,
    ] {
        let mut looked = twins().await;
        looked.stripe.answers(weather);
        looked.advance_to(AFTER).await;
        assert_eq!(looked.debtors_mails(), [""; 0], "{weather:?}");
        let told = looked.told();
        assert!(
            told.contains("2 reminders on hold, €2,400.00."),
            "{weather:?}: {told}"
        );
        assert!(
            told.contains("relance secret set stripe --key --stack local"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn what_the_tool_does_not_know_waits_for_a_person_and_is_not_silent_for_ever() {
    let mut looked = twins().await;
    looked.stripe.forget("in_1");
    looked.advance_to(NEXT_DAY).await;
    assert_eq!(looked.debtors_mails(), ["compta@cus2.example.com"]);
    let told = looked.told();
    assert!(told.contains("did not show it as owed"), "{told}");
    assert!(told.contains("--hold not-shown"), "{told}");
}

#[tokio::test]
async fn an_answer_about_another_invoice_is_none() {
    let mut looked = twins().await;
    looked.stripe.answers(Weather::Another);
    looked.advance_to(NEXT_DAY).await;
    // It is the right one for the first.
    assert_eq!(looked.debtors_mails(), ["compta@cus1.example.com"]);
}

#[tokio::test]
async fn money_that_lies_on_no_invoice_holds_the_reminder_and_is_told() {
    let mut looked = twins().await;
    looked.stripe.hold_cash("cus_1", "eur", 120_000);
    looked.advance_to(NEXT_DAY).await;
    assert_eq!(looked.debtors_mails(), ["compta@cus2.example.com"]);
    let told = looked.told();
    assert!(told.contains("money that is on no invoice yet"), "{told}");
}

#[tokio::test]
async fn a_payment_that_is_under_way_is_waited_for() {
    let mut looked = twins().await;
    let created = at("2027-02-17T10:00:00Z").as_second();
    let under_way = json!({ "payments": { "object": "list", "has_more": false, "data": [{
        "id": "inpay_1", "object": "invoice_payment", "amount_requested": 120_000, "created": created,
        "currency": "eur", "invoice": "in_1", "livemode": true, "status": "open",
        "payment": { "type": "payment_intent", "payment_intent": {
            "id": "pi_1", "object": "payment_intent", "status": "processing", "created": created,
        } },
    }] } });
    looked
        .stripe
        .book(&event("updated", "in_1", "2027-02-08T10:00:00Z", under_way));
    looked.advance_to(NEXT_DAY).await;
    assert_eq!(looked.debtors_mails(), ["compta@cus2.example.com"]);
    let journal = looked.scene.journal("cus_1").await;
    assert!(journal.contains("a payment is on its way"), "{journal}");
}

#[tokio::test]
async fn each_invoice_of_a_mail_is_asked_for_and_none_twice() {
    let mut looked = twins().await;
    looked.stripe.was_asked();
    looked.advance_to(AFTER).await;
    let expand = "expand%5B%5D=payments.data.payment.payment_intent";
    assert_eq!(
        sorted(looked.stripe.was_asked()),
        [
            "/v1/customers/cus_1/cash_balance".to_owned(),
            "/v1/customers/cus_2/cash_balance".to_owned(),
            format!("/v1/invoices/in_1?{expand}"),
            format!("/v1/invoices/in_2?{expand}"),
        ]
    );
}

#[tokio::test]
async fn of_many_invoices_ten_are_asked_for_and_the_rest_waits_for_the_next_mail() {
    let stripe = FakeStripe::new();
    let mut scene = Scene::asking(stripe.connector()).await;
    stripe.follows(&scene.world.clock);
    scene.world.put_key(&stripe_name(), KEY).await.unwrap();
    scene.advance_to("2027-02-08T10:00:00Z").await;
    for number in 0..12 {
        let issued = finalized(&format!("in_{number:02}"), "2027-02-08T10:00:00Z");
        stripe.book(&issued);
        scene.hear(&issued).await;
    }
    let mut looked = Looked { scene, stripe };
    looked.advance_to(AFTER).await;
    let named = |looked: &Looked| {
        let mails = looked.scene.world.mails().iter();
        let sizes: Vec<usize> = mails
            .map(|mail| mail.invoices.len())
            .filter(|n| *n > 0)
            .collect();
        sizes
    };
    assert_eq!(named(&looked), [10]);
    looked.advance_to(NEXT_DAY).await;
    assert_eq!(named(&looked), [10, 2]);
}

#[tokio::test]
async fn what_the_tool_says_of_a_mails_invoices_is_seen_before_the_claim_and_not_after() {
    let mut looked = twins().await;
    looked.advance_to(AFTER).await;
    let journal = looked.scene.journal("cus_1").await;
    let place = |words: &str| {
        journal
            .find(words)
            .unwrap_or_else(|| panic!("{words}: {journal}"))
    };
    assert!(place("the tool, asked at 2027-02-18") < place("mail claimed: late-3 of in_1"));
}

#[tokio::test]
async fn many_workers_call_no_more_often_than_the_tool_allows() {
    let scene = Scene::new().await;
    let (source, between) = (stripe_name(), SignedDuration::from_millis(100));
    let rate = Rate {
        between,
        per_day: None,
    };
    let now = scene.world.clock.now();
    let workers: Vec<_> = (0..12)
        .map(|worker| {
            let (ledger, source) = (scene.world.ledger.clone(), source.clone());
            tokio::spawn(async move {
                let calls = 1 + worker % 4;
                let patience = SignedDuration::from_hours(1);
                let places = ledger.take_places(&source, rate, calls, patience, now);
                match places.await.unwrap() {
                    Places::From(first) => (first, calls),
                    Places::NoneFor(wait) => panic!("none for {wait}"),
                }
            })
        })
        .collect();
    let mut calls = Vec::new();
    for worker in workers {
        let (first, number) = worker.await.unwrap();
        let number = i32::try_from(number).unwrap();
        calls.extend((0..number).map(|call| first + between * call));
    }
    calls.sort();
    assert_eq!(calls.len(), 30);
    let gaps = calls.windows(2).map(|pair| pair[1].duration_since(pair[0]));
    assert!(gaps.min() >= Some(between), "{calls:?}");
}

#[tokio::test]
async fn a_day_has_no_more_calls_than_the_tool_allows_and_its_patience_is_everybodys() {
    let scene = Scene::new().await;
    let (source, ledger) = (stripe_name(), &scene.world.ledger);
    let rate = Rate {
        between: SignedDuration::ZERO,
        per_day: Some(10),
    };
    let (now, patience) = (scene.world.clock.now(), SignedDuration::from_secs(8));
    let take = |calls, at| ledger.take_places(&source, rate, calls, patience, at);
    assert_eq!(take(8, now).await.unwrap(), Places::From(now));
    // The day in UTC ends in fourteen hours.
    let wait = SignedDuration::from_hours(14);
    assert_eq!(take(3, now).await.unwrap(), Places::NoneFor(wait));
    let tomorrow = now + wait;
    assert_eq!(take(10, tomorrow).await.unwrap(), Places::From(tomorrow));
    let until = tomorrow + SignedDuration::from_mins(2);
    ledger.free_no_place_before(&source, until).await.unwrap();
    let after = tomorrow + SignedDuration::from_hours(24);
    assert!(matches!(
        take(1, tomorrow).await.unwrap(),
        Places::NoneFor(_)
    ));
    assert_eq!(take(1, after).await.unwrap(), Places::From(after));
}

#[tokio::test]
async fn a_mail_has_the_links_that_the_tool_gave_last() {
    let mut looked = twins().await;
    let fresh = json!({
        "hosted_invoice_url": "https://invoice.stripe.com/i/fresh",
        "invoice_pdf": "https://pay.stripe.com/fresh.pdf",
        "customer_email": "compta@cus1.example.com",
    });
    looked
        .stripe
        .book(&event("updated", "in_1", "2027-02-08T10:00:00Z", fresh));
    looked.advance_to(AFTER).await;
    let mails = looked.scene.world.mails().iter();
    let mut to_the_first = mails.filter(|mail| mail.sent.to == ["compta@cus1.example.com"]);
    let text = to_the_first.next().unwrap().sent.text.clone().unwrap();
    assert!(
        text.contains("https://invoice.stripe.com/i/fresh"),
        "{text}"
    );
    assert!(text.contains("https://pay.stripe.com/fresh.pdf"), "{text}");
    // Nothing else is new in it, so that nothing is written for it.
    let journal = looked.scene.journal("cus_1").await;
    assert!(!journal.contains("asked\n"), "{journal}");
}

#[tokio::test]
async fn what_a_person_lets_go_leaves_the_same_day() {
    let mut looked = twins().await;
    looked.stripe.forget("in_1");
    looked.advance_to("2027-02-18T10:00:00Z").await;
    assert_eq!(looked.debtors_mails(), ["compta@cus2.example.com"]);
    let invoice = InvoiceId::parse("in_1").unwrap();
    let release = Instruction::Release(Some(Releasable::NotShown));
    let now = looked.scene.world.clock.now();
    let ledger = looked.scene.world.ledger.clone();
    let whose = debtor("cus_1");
    let said = ledger.instruct(&whose, Some(&invoice), release, now);
    assert!(said.await.unwrap().is_some());
    looked.advance_to(NEXT_DAY).await;
    assert_eq!(sorted(looked.debtors_mails()), BOTH);
}

#[tokio::test]
async fn nobody_is_asked_while_everything_stands_still() {
    let mut looked = twins().await;
    let now = looked.scene.world.clock.now();
    let ledger = looked.scene.world.ledger.clone();
    let pause = Some(Pause { until: None });
    ledger.put_standstill(pause, now).await.unwrap();
    looked.stripe.was_asked();
    looked.advance_to("2027-02-19T01:00:00Z").await;
    assert_eq!(looked.stripe.was_asked(), [""; 0]);
    assert_eq!(looked.debtors_mails(), [""; 0]);
}
