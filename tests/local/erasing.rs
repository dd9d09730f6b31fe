//! A customer is erased: nothing of it is left in the table, and nobody else misses anything.

use dunning::file::Pause;
use dunning::rules::Instruction;
use dunning::value::EmailAddress;
use serde_json::json;

use crate::scene::{Scene, at, debtor, event, paid, policy_dir};

/// What only their end ends: what came in, as it came, what was seen of it, and what the team was told.
fn goes_by_itself(partition: &str) -> bool {
    ["DELIVERY#", "INBOX#", "EVENT#", "TEAM", "DOOR"]
        .iter()
        .any(|kind| partition.starts_with(kind))
}

/// The partitions and sort keys in which a text stands.
fn places_of(scene: &Scene, text: &str) -> Vec<String> {
    let items = scene.world.aws.items().into_iter();
    let kept = items.filter(|item| !goes_by_itself(item["PK"]["S"].as_str().unwrap()));
    let its = kept.filter(|item| item.to_string().contains(text));
    its.map(|item| format!("{} {}", item["PK"]["S"], item["SK"]["S"]))
        .collect()
}

async fn erase(scene: &Scene, customer: &str) -> ledger::Erased {
    let (ledger, debtor) = (&scene.world.ledger, debtor(customer));
    let pause = Instruction::Pause(Pause { until: None });
    let now = scene.world.clock.now();
    ledger.instruct(&debtor, None, pause, now).await.unwrap();
    ledger.erase(&debtor).await.unwrap()
}

#[tokio::test]
async fn wish_10_a_customer_is_erased_with_its_invoices_schedules_and_addresses() {
    let mut scene = Scene::new().await;
    scene.hear_of_customers(2).await;
    let differs = json!({ "customer": "cus_1", "customer_email": "ap@client1.example.com" });
    let another = event("finalized", "in_9", "2027-01-11T10:00:00Z", differs.clone());
    scene.hear(&another).await;
    scene.advance_to("2027-03-01T10:00:00Z").await;
    let mut settled = paid("in_9", "2027-03-01T10:00:00Z");
    tests::stripe::overlay(&mut settled, &json!({ "data": { "object": differs } }));
    scene.hear(&settled).await;
    scene.advance_to("2027-03-01T12:00:00Z").await;
    let address = EmailAddress::parse("ap@client1.example.com").unwrap();
    let mailbox = address.mailbox();
    for text in ["cus_1", "in_1", "in_9", "ap@client1", mailbox.as_str()] {
        assert_ne!(places_of(&scene, text), [""; 0], "{text}");
    }
    let others = places_of(&scene, "cus_2");
    let erased = erase(&scene, "cus_1").await;
    assert_eq!(erased.kept, 0);
    for text in ["cus_1", "in_1", "in_9", "ap@client1", mailbox.as_str()] {
        assert_eq!(places_of(&scene, text), [""; 0], "{text}");
    }
    assert_eq!(places_of(&scene, "cus_2"), others);
    // Its schedules go with it; those of the other stay, and its reminders leave.
    scene.advance_to("2027-03-02T12:00:00Z").await;
    let schedules = scene.world.aws.schedules();
    assert!(schedules.iter().all(|it| !it.input.contains("cus_1")));
    let mails = scene.world.mails().len();
    scene.advance_to("2027-04-01T12:00:00Z").await;
    let left = &scene.world.mails()[mails..];
    let to = |address: &str| {
        left.iter()
            .filter(|mail| mail.sent.to[0] == address)
            .count()
    };
    assert_eq!(to("ap@client1.example.com"), 0);
    assert_eq!(to("ap@client2.example.com"), 1);
    // Once more, there is nothing.
    assert_eq!(erase(&scene, "cus_1").await.items, 0);
}

#[tokio::test]
async fn of_an_address_that_others_have_or_where_a_mail_was_called_spam_the_hash_is_kept() {
    let mut scene = Scene::new().await;
    let addresses = [
        ("in_1", "cus_1", "cabinet@accountant.example.com"),
        ("in_2", "cus_2", "cabinet@accountant.example.com"),
        ("in_3", "cus_3", "complaint@simulator.amazonses.com"),
    ];
    for (invoice, customer, email) in addresses {
        let differs = json!({ "customer": customer, "customer_email": email });
        let issued = event("finalized", invoice, "2027-01-11T10:00:00Z", differs);
        scene.hear(&issued).await;
    }
    scene.advance_to("2027-02-03T10:00:00Z").await;
    for (_, customer, email) in [addresses[0], addresses[2]] {
        assert_eq!(erase(&scene, customer).await.kept, 1, "{customer}");
        // The hash is there, and says nothing of the customer.
        let hash = EmailAddress::parse(email).unwrap().mailbox();
        let places = places_of(&scene, hash.as_str());
        assert!(
            places.iter().any(|place| place.contains("MAILBOX#")),
            "{places:?}"
        );
        assert_eq!(places_of(&scene, customer), [""; 0], "{customer}");
    }
}

#[tokio::test]
async fn what_leads_to_an_invoice_that_has_reached_its_end_goes_too_and_who_else_got_a_mail() {
    let mut scene = Scene::new().await;
    let earlier = json!({ "customer": "cus_1", "customer_email": "old@client1.example.com" });
    let issued = event("finalized", "in_1", "2027-01-11T10:00:00Z", earlier);
    scene.hear(&issued).await;
    scene.advance_to("2027-02-03T10:00:00Z").await;
    let later = json!({ "customer": "cus_1", "customer_email": "ap@client1.example.com" });
    scene
        .hear(&event("finalized", "in_2", "2027-02-03T10:00:00Z", later))
        .await;
    scene.advance_to("2027-02-05T10:00:00Z").await;
    // As after the years of `RetentionDays`.
    let items = scene.world.aws.items();
    let is_of_it = |item: &serde_json::Value| item["SK"]["S"].as_str().unwrap().ends_with("#in_2");
    assert!(items.iter().any(is_of_it));
    let kept: Vec<_> = items.into_iter().filter(|item| !is_of_it(item)).collect();
    let scene = Scene::at(at("2029-02-05T10:00:00Z"), policy_dir()).await;
    scene.world.aws.load(&kept);
    let earlier = EmailAddress::parse("old@client1.example.com").unwrap();
    for text in ["in_2", earlier.mailbox().as_str()] {
        assert_ne!(places_of(&scene, text), [""; 0], "{text}");
    }
    erase(&scene, "cus_1").await;
    for text in ["cus_1", "in_1", "in_2", earlier.mailbox().as_str()] {
        assert_eq!(places_of(&scene, text), [""; 0], "{text}");
    }
}
