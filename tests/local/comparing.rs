//! Once a night what the files call open is compared with what the tool calls open.

use dunning::value::FileKey;
use serde_json::json;

use crate::fake_stripe::{FakeStripe, KEY, Weather};
use crate::scene::{Scene, event, finalized, stripe_name};

const HEARD: &str = "2027-01-11T10:00:00Z";
const FIRST_NIGHT: &str = "2027-01-12T01:16:00Z";
const MORNING: &str = "2027-01-12T12:00:00Z";

struct Compared {
    scene: Scene,
    stripe: FakeStripe,
}

async fn known(invoices: usize) -> Compared {
    let stripe = FakeStripe::new();
    let mut scene = Scene::asking(stripe.connector()).await;
    stripe.follows(&scene.world.clock);
    scene.world.put_key(&stripe_name(), KEY).await.unwrap();
    for number in 0..invoices {
        let issued = of_customer(number);
        stripe.book(&issued);
        scene.hear(&issued).await;
    }
    let mut compared = Compared { scene, stripe };
    compared.advance_to(FIRST_NIGHT).await;
    compared.stripe.was_asked();
    compared
}

fn of_customer(number: usize) -> serde_json::Value {
    let differs = json!({
        "customer": format!("cus_{number:03}"),
        "customer_email": format!("compta@client{number:03}.example.com"),
    });
    event("finalized", &format!("in_{number:03}"), HEARD, differs)
}

fn paid_by(number: usize) -> serde_json::Value {
    let differs = json!({
        "customer": format!("cus_{number:03}"),
        "status": "paid", "amount_paid": 120_000, "amount_remaining": 0,
    });
    event(
        "paid",
        &format!("in_{number:03}"),
        "2027-01-11T12:00:00Z",
        differs,
    )
}

impl Compared {
    async fn advance_to(&mut self, to: &str) {
        self.scene.advance_to(to).await;
    }

    fn told(&self) -> String {
        let mails = self.scene.world.mails().iter();
        let team = mails.filter(|mail| mail.file == Some(FileKey::Team));
        team.filter_map(|mail| mail.sent.text.clone()).collect()
    }

    fn is_heard(&self) -> bool {
        let items = self.scene.world.aws.items();
        let mut door = items
            .iter()
            .filter(|item| item["SK"]["S"] == "SOURCE#stripe");
        door.any(|item| item["accepted_at"]["S"].as_str() > Some("2027-01-12"))
    }
}

#[tokio::test]
async fn what_no_webhook_told_is_put_right_and_told_with_its_number() {
    let mut compared = known(60).await;
    compared.stripe.book(&paid_by(7));
    let differs = json!({
        "customer": "cus_008", "amount_paid": 50_000, "amount_remaining": 70_000,
        "customer_email": "compta@client008.example.com",
    });
    compared
        .stripe
        .book(&event("updated", "in_008", "2027-01-11T12:00:00Z", differs));
    compared.advance_to(MORNING).await;
    assert_eq!(compared.scene.closed("cus_007").await.len(), 1);
    let file = compared.scene.file("cus_008").await.file;
    let left = file.open.values().next().unwrap().balance().remaining;
    assert_eq!(left.minor, 70_000);
    let told = compared.told();
    assert!(told.contains("stripe (2)"), "{told}");
    assert!(compared.is_heard());
}

#[tokio::test]
async fn where_all_is_as_it_was_told_nothing_is_written_and_nobody_hears_of_it() {
    let mut compared = known(60).await;
    let said = compared.scene.said();
    compared.advance_to("2027-01-12T01:30:00Z").await;
    let is_new = |item: &serde_json::Value| {
        !item["PK"]["S"].as_str().unwrap().starts_with("LISTED#") && !said.contains(item)
    };
    let new: Vec<_> = compared.scene.said().into_iter().filter(is_new).collect();
    assert_eq!(new, [] as [serde_json::Value; 0]);
    // Three pages of twenty-five, and none of the invoices by itself.
    let asked = compared.stripe.was_asked();
    assert_eq!(asked.len(), 3, "{asked:?}");
    compared.advance_to(MORNING).await;
    assert_eq!(compared.told(), "");
    assert!(compared.is_heard());
}

#[tokio::test]
async fn a_tool_that_does_not_answer_is_asked_again_and_compared_in_the_end() {
    let mut compared = known(3).await;
    compared.stripe.book(&paid_by(1));
    compared.stripe.answers(Weather::Status(503));
    compared.advance_to("2027-01-12T03:00:00Z").await;
    assert!(!compared.is_heard());
    compared.stripe.answers(Weather::Fine);
    compared.advance_to(MORNING).await;
    assert!(compared.is_heard());
    assert_eq!(compared.scene.closed("cus_001").await.len(), 1);
}

#[tokio::test]
async fn what_nobody_told_of_is_not_reminded_of_and_told_once() {
    let mut compared = known(3).await;
    for number in 100..104 {
        compared.stripe.book(&of_customer(number));
    }
    compared.advance_to("2027-01-15T12:00:00Z").await;
    let told = compared.told();
    assert_eq!(told.matches("stripe (4)").count(), 1, "{told}");
    assert!(
        told.contains("relance import --source stripe --stack local"),
        "{told}"
    );
    assert!(compared.scene.world.debtors().len() == 3);
}

#[tokio::test]
async fn what_the_tool_has_not_any_more_waits_for_a_person() {
    let mut compared = known(3).await;
    compared.stripe.forget("in_001");
    compared.advance_to(MORNING).await;
    let journal = compared.scene.journal("cus_001").await;
    assert!(journal.contains("does not show it as owed"), "{journal}");
    // The next night it is the same, and nobody hears of it again.
    let told = compared.told().matches("did not show it as owed").count();
    compared.advance_to("2027-01-14T12:00:00Z").await;
    assert_eq!(
        compared.told().matches("did not show it as owed").count(),
        told
    );
}

#[tokio::test]
async fn without_a_key_nobody_is_asked() {
    let stripe = FakeStripe::new();
    let mut scene = Scene::asking(stripe.connector()).await;
    stripe.follows(&scene.world.clock);
    scene.hear(&finalized("in_1", HEARD)).await;
    scene.world.ask("{\"errand\":\"compare_all\"}").await;
    assert_eq!(stripe.was_asked(), [""; 0]);
    assert!(scene.world.dead_letters().is_empty());
}

#[tokio::test]
async fn a_key_of_other_books_holds_nothing_and_is_told() {
    let mut compared = known(40).await;
    for number in 0..40 {
        compared.stripe.forget(&format!("in_{number:03}"));
    }
    compared.advance_to(MORNING).await;
    let told = compared.told();
    assert!(told.contains("relance secret set stripe --key"), "{told}");
    assert!(!told.contains("did not show it as owed"), "{told}");
    let journal = compared.scene.journal("cus_001").await;
    assert!(!journal.contains("does not show it as owed"), "{journal}");
}

#[tokio::test]
async fn a_key_that_is_refused_ends_the_nights_comparison_and_is_told() {
    let mut compared = known(3).await;
    compared.stripe.answers(Weather::Status(401));
    compared.advance_to("2027-01-12T06:00:00Z").await;
    assert_eq!(compared.stripe.was_asked().len(), 1);
    compared.advance_to(MORNING).await;
    assert!(compared.told().contains("relance secret set stripe --key"));
}

#[tokio::test]
async fn an_errand_that_comes_twice_compares_once() {
    let mut compared = known(30).await;
    compared.stripe.answers(Weather::Status(503));
    compared.advance_to("2027-01-12T02:00:00Z").await;
    // Somebody begins another one by hand: it takes over, and the first ends.
    compared
        .scene
        .world
        .ask("{\"errand\":\"compare_all\"}")
        .await;
    compared.stripe.answers(Weather::Fine);
    compared.stripe.was_asked();
    compared.advance_to(MORNING).await;
    assert_eq!(compared.stripe.was_asked().len(), 2);
}
