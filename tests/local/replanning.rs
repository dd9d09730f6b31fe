//! The policy is another one, and all that is open is planned anew by it.

use std::collections::BTreeSet;
use std::fs;

use aws::{Fault, Service};
use aws_types::sdk_config::RetryConfig;
use dunning::policy::Policy;
use dunning::value::{DebtorKey, InvoiceId};
use ledger::{Ledger, Page, Place, Replanned};
use runtime::Clock;
use serde_json::json;

use crate::scene::{Scene, debtor, event, paid, policy_dir};

/// Thirty customers, the first of them with three invoices, one of which is paid.
async fn scene() -> Scene {
    let mut scene = Scene::new().await;
    for n in 1..=30 {
        let customer = format!("cus_{n}");
        let differs =
            json!({ "customer": customer, "customer_email": format!("{customer}@x.example.com") });
        let issued = event(
            "finalized",
            &format!("in_{n}"),
            "2027-01-11T10:00:00Z",
            differs,
        );
        scene.hear(&issued).await;
    }
    for invoice in ["in_31", "in_32"] {
        let differs = json!({ "customer": "cus_1" });
        scene
            .hear(&event(
                "finalized",
                invoice,
                "2027-01-11T10:00:00Z",
                differs,
            ))
            .await;
    }
    scene.hear(&paid("in_32", "2027-01-12T10:00:00Z")).await;
    scene
}

/// The tests' policy with a step moved.
fn edited() -> Policy {
    let text = fs::read_to_string(policy_dir().join("relance.toml")).unwrap();
    let edited = text.replace("due + 10 days", "due + 12 days");
    assert_ne!(text, edited);
    Policy::parse(&edited).unwrap()
}

fn clock(scene: &Scene) -> Clock {
    let clock = scene.world.clock.clone();
    Clock::new(move || clock.now())
}

/// Reads one part of so many to its end.
async fn read(ledger: &Ledger, part: u8, of: u8, mut place: Place) -> Vec<Page> {
    let mut pages = Vec::new();
    while place != Place::End {
        let page = ledger.page(part, of, &place).await.unwrap();
        place = page.place.clone();
        pages.push(page);
    }
    pages
}

async fn replan(scene: &Scene, debtors: &BTreeSet<DebtorKey>, policy: &Policy) -> Replanned {
    let mut sum = Replanned::default();
    for debtor in debtors {
        let ledger = &scene.world.ledger;
        let replanned = ledger.replan(debtor, None, policy, &clock(scene)).await;
        let replanned = replanned.unwrap();
        sum.invoices += replanned.invoices;
        sum.changed += replanned.changed;
    }
    sum
}

#[tokio::test]
async fn every_open_invoice_is_found_by_its_key_alone_in_however_many_parts() {
    let mut scene = scene().await;
    // What an earlier version held stands in no index.
    let mut items = scene.world.aws.items();
    for item in &mut items {
        let attributes = item.as_object_mut().unwrap();
        attributes.retain(|name, _| name != "late_shard" && name != "next_action_at");
    }
    scene = Scene::new().await;
    scene.world.aws.load(&items);
    for of in [1, 4] {
        let mut debtors = BTreeSet::new();
        let mut items = 0;
        for part in 0..of {
            for page in read(&scene.world.ledger, part, of, Place::Start).await {
                assert!(page.units > 0.0);
                items += page.items;
                debtors.extend(page.debtors);
            }
        }
        assert_eq!(debtors.len(), 30, "in {of} parts");
        assert_eq!(items, scene.world.aws.items().len());
    }
}

#[tokio::test]
async fn all_that_is_open_follows_an_edited_policy_and_its_schedules_too() {
    let mut scene = scene().await;
    let policy = edited();
    let pages = read(&scene.world.ledger, 0, 1, Place::Start).await;
    let debtors = pages.into_iter().flat_map(|page| page.debtors).collect();
    let first = replan(&scene, &debtors, &policy).await;
    assert_eq!((first.invoices, first.changed), (31, 31));
    scene.world.carry().await;
    let moved: Vec<_> = scene
        .planned("cus_1")
        .await
        .into_iter()
        .filter(|(name, _)| name.ends_with("late-10"))
        .map(|(_, at)| at.to_string())
        .collect();
    // Twelve days after 15 February is a Saturday.
    assert_eq!(moved, ["2027-03-01T08:00:00Z"; 2]);
    let registered = scene.schedules();
    let planned = scene.planned("cus_1").await;
    assert!(planned.iter().all(|step| registered.contains(step)));
    // By the same policy again, nothing is written.
    scene.world.aws.reset_counts();
    let again = replan(&scene, &debtors, &policy).await;
    assert_eq!((again.invoices, again.changed), (31, 0));
}

#[tokio::test]
async fn one_invoice_alone_can_be_planned_anew() {
    let scene = scene().await;
    let only = InvoiceId::parse("in_31").unwrap();
    let ledger = &scene.world.ledger;
    let replanned = ledger
        .replan(&debtor("cus_1"), Some(&only), &edited(), &clock(&scene))
        .await
        .unwrap();
    assert_eq!((replanned.invoices, replanned.changed), (1, 1));
    let journal = scene.journal("cus_1").await;
    let moved: Vec<_> = journal
        .lines()
        .filter(|line| line.contains("late-10 moved"))
        .collect();
    assert_eq!(moved.len(), 1, "{journal}");
    assert!(moved[0].contains("in_31"));
}

#[tokio::test]
async fn whoever_is_interrupted_goes_on_from_the_place_that_was_noted() {
    let scene = scene().await;
    let whole = read(&scene.world.ledger, 0, 1, Place::Start).await;
    assert!(whole.len() > 3);
    let text = serde_json::to_string(&whole[1].place).unwrap();
    let noted: Place = serde_json::from_str(&text).unwrap();
    let rest = read(&scene.world.ledger, 0, 1, noted).await;
    let debtors =
        |pages: &[Page]| -> Vec<_> { pages.iter().map(|page| page.debtors.clone()).collect() };
    assert_eq!(debtors(&rest), debtors(&whole[2..]));
}

#[tokio::test]
async fn a_customer_that_cannot_be_written_stops_none_of_the_others() {
    let scene = scene().await;
    scene.world.aws.set_faults(|call| {
        let strikes = call.service == Service::DynamoDb
            && call.operation == "TransactWriteItems"
            && call.input.to_string().contains("#cus_7\"");
        if strikes {
            Fault::Throttled
        } else {
            Fault::None
        }
    });
    let config = scene.world.aws.sdk_config(RetryConfig::disabled());
    let ledger = Ledger::new(aws_sdk_dynamodb::Client::new(&config), aws::stack::TABLE);
    let (policy, clock) = (edited(), clock(&scene));
    for customer in ["cus_7", "cus_8"] {
        let replanned = ledger
            .replan(&debtor(customer), None, &policy, &clock)
            .await;
        assert_eq!(replanned.is_ok(), customer == "cus_8");
    }
}
