//! Steered from the tool: the metadata of Stripe's invoices and customers.

use dunning::file::{Hold, Outlook};
use serde_json::{Value, json};
use tests::stripe::{self, Shape};

use crate::scene::{Scene, at, event, finalized};

/// Stripe tells of `cus_1`, with this metadata.
fn customer(when: &str, metadata: &Value) -> Value {
    let mut event = stripe::event(Shape::SinceBasil, "customer_updated");
    let created = at(when).as_second();
    let known = json!({
        "id": format!("evt_customer_{created}"), "created": created,
        "data": { "object": { "id": "cus_1", "email": "compta@client.example.com", "metadata": metadata } },
    });
    stripe::overlay(&mut event, &known);
    event
}

impl Scene {
    async fn is_left_alone(&self, invoice: &str) -> bool {
        let file = self.file("cus_1").await.file;
        let mut open = file.open.into_values();
        let invoice = open.find(|known| known.id().as_str() == invoice).unwrap();
        invoice.outlook == Outlook::Held(Hold::LeftAlone)
    }

    /// Where the debtor's mails went; and the mails to the team.
    fn went(&self) -> (Vec<&str>, Vec<&str>) {
        let mails = self.world.mails().iter();
        let (team, debtor): (Vec<_>, Vec<_>) =
            mails.partition(|mail| mail.sent.to == ["billing@example.com"]);
        let to = debtor.iter().flat_map(|mail| &mail.sent.to);
        let texts = team.iter().map(|mail| mail.sent.text.as_deref());
        (
            to.map(String::as_str).collect(),
            texts.map(Option::unwrap_or_default).collect(),
        )
    }
}

#[tokio::test]
async fn wish_19_a_customer_that_is_switched_off_in_stripe_hears_nothing_of_its_next_invoice_either()
 {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let off = customer("2027-01-12T10:00:00Z", &json!({ "relance": "off" }));
    scene.hear(&off).await;
    // Its invoices do not show what stands in its metadata.
    scene.advance_to("2027-01-13T10:00:00Z").await;
    let finalised_at = at("2027-01-13T10:00:00Z").as_second();
    let later = json!({ "status_transitions": { "finalized_at": finalised_at } });
    scene
        .hear(&event("finalized", "in_2", "2027-01-13T10:00:00Z", later))
        .await;
    assert!(scene.is_left_alone("in_1").await && scene.is_left_alone("in_2").await);
    scene.advance_to("2027-02-15T20:00:00Z").await;
    assert_eq!(scene.went().0, Vec::<&str>::new());
    scene
        .hear(&customer("2027-02-15T20:00:00Z", &json!({})))
        .await;
    scene.advance_to("2027-02-28T20:00:00Z").await;
    assert!(!scene.went().0.is_empty());
}

#[tokio::test]
async fn wish_19_a_wish_that_nobody_can_read_holds_its_invoice_and_the_team_hears_of_the_field() {
    let mut scene = Scene::new().await;
    let unclear = json!({ "metadata": { "relance_until": "in spring" } });
    let told = event("finalized", "in_1", "2027-01-11T10:00:00Z", unclear);
    assert_eq!(
        scene.post(&told).await,
        (200, "understood in part, kept in the inbox\n".to_owned())
    );
    assert!(scene.is_left_alone("in_1").await);
    scene.advance_to("2027-02-20T20:00:00Z").await;
    let (debtor, team) = scene.went();
    assert_eq!((debtor.len(), team.len()), (0, 1), "{team:?}");
    assert!(
        team[0].contains("invoice.metadata.relance_until is \"in spring\""),
        "{}",
        team[0]
    );
    // Somebody mends it.
    let mended = json!({ "metadata": { "relance_until": "2027-02-26" } });
    scene
        .hear(&event("updated", "in_1", "2027-02-20T20:00:00Z", mended))
        .await;
    scene.advance_to("2027-02-25T20:00:00Z").await;
    assert_eq!(scene.went().0.len(), 0);
    scene.advance_to("2027-03-05T20:00:00Z").await;
    assert!(!scene.went().0.is_empty());
}

#[tokio::test]
async fn reminders_go_where_the_customers_metadata_says() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let chosen = json!({ "relance_contact": "achats@client.example.com" });
    scene.hear(&customer("2027-01-12T10:00:00Z", &chosen)).await;
    scene
        .hear(&event("updated", "in_1", "2027-01-13T10:00:00Z", json!({})))
        .await;
    scene.advance_to("2027-02-25T20:00:00Z").await;
    let (debtor, _) = scene.went();
    assert!(!debtor.is_empty());
    assert!(
        debtor.iter().all(|to| *to == "achats@client.example.com"),
        "{debtor:?}"
    );
}
