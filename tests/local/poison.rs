//! What is broken harms itself and nobody else.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use aws::stack;
use aws_sdk_dynamodb::types::AttributeValue;
use dunning::value::StepId;
use serde_json::json;

use crate::scene::{Scene, event, finalized, policy_dir};

/// Both invoices are due on 15 February; the second one's debtor is healthy.
const DUE: &str = "2027-02-18T18:00:00Z";

async fn hear_of_a_healthy_debtor(scene: &mut Scene) {
    let customer = json!({ "customer": "cus_2", "customer_email": "ap@healthy.example" });
    let invoice = event("finalized", "in_healthy", "2027-01-11T10:00:00Z", customer);
    scene.hear(&invoice).await;
}

/// The days on which an address was written to.
fn mailed_on(scene: &Scene, to: &str) -> Vec<String> {
    let mails = scene.world.mails().iter();
    let mails = mails.filter(|mail| mail.sent.to == [to]);
    mails
        .map(|mail| mail.sent.at.strftime("%F %H:%M").to_string())
        .collect()
}

/// Turns an item of `cus_1` into something that no version of ours wrote.
async fn poison(scene: &Scene, invoice: &str) {
    let config = scene.world.aws.onlookers_config();
    let update = aws_sdk_dynamodb::Client::new(&config)
        .update_item()
        .table_name(stack::TABLE)
        .key(
            "PK",
            AttributeValue::S("stripe#default#live#cus_1".to_owned()),
        )
        .key("SK", AttributeValue::S(format!("FILE#OPEN#{invoice}")))
        .update_expression("SET #value = :value")
        .expression_attribute_names("#value", "value")
        .expression_attribute_values(":value", AttributeValue::S("poison".to_owned()));
    update.send().await.unwrap();
}

#[tokio::test]
async fn an_invoice_that_cannot_be_read_delays_neither_its_debtors_others_nor_anybody_else() {
    let mut scene = Scene::new().await;
    scene
        .hear(&finalized("in_sick", "2027-01-11T10:00:00Z"))
        .await;
    poison(&scene, "in_sick").await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:01Z")).await;
    hear_of_a_healthy_debtor(&mut scene).await;
    scene.advance_to(DUE).await;
    let own = mailed_on(&scene, "compta@client.example.com");
    assert_eq!(own.len(), 3, "{own:?}");
    let others = mailed_on(&scene, "ap@healthy.example");
    assert_eq!(others.len(), 3, "{others:?}");
    let repairs = scene
        .world
        .dead_letters()
        .iter()
        .filter(|(_, body)| body.contains("in_sick"));
    assert!(
        repairs.count() >= 1,
        "plan could not repair its record, and kept it"
    );
}

#[tokio::test]
async fn webhooks_that_make_no_sense_delay_nobody() {
    let mut scene = Scene::new().await;
    let mut nonsense = finalized("in_1", "2027-01-11T10:00:00Z");
    nonsense["data"]["object"]["amount_due"] = json!(-5);
    assert_eq!(scene.post(&nonsense).await.0, 200);
    assert_eq!(scene.post_bytes(b"{").await.0, 200);
    hear_of_a_healthy_debtor(&mut scene).await;
    scene.advance_to(DUE).await;
    assert_eq!(mailed_on(&scene, "ap@healthy.example").len(), 3);
}

#[tokio::test]
async fn a_template_that_fails_delays_only_those_it_was_for() {
    let folder = folder_with_a_broken_template();
    let mut scene = Scene::with_policy(folder.clone()).await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let english = json!({
        "customer": "cus_2",
        "customer_email": "ap@healthy.example",
        "customer_address": { "country": "GB" },
        "metadata": { "language": "en" },
    });
    scene
        .hear(&event(
            "finalized",
            "in_healthy",
            "2027-01-11T10:00:00Z",
            english,
        ))
        .await;
    scene.advance_to(DUE).await;
    fs::remove_dir_all(folder).unwrap();
    assert_eq!(mailed_on(&scene, "ap@healthy.example").len(), 3);
    // `ask` fails in French, `soon` and `reminder` do not: the debtor gets what can be written.
    let steps = scene
        .world
        .mails()
        .iter()
        .filter(|mail| mail.sent.to == ["compta@client.example.com"]);
    let steps: Vec<_> = steps.filter_map(|mail| mail.step.clone()).collect();
    assert_eq!(
        steps.iter().map(StepId::as_str).collect::<Vec<_>>(),
        ["ask-7", "late-3"]
    );
}

#[tokio::test]
async fn fault_28_a_template_that_fails_at_night_is_told_within_the_hour_and_says_why_its_mails_wait()
 {
    let folder = folder_with_a_broken_template();
    let mut scene = Scene::with_policy(folder.clone()).await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-02-03T18:00:00Z").await;
    fs::remove_dir_all(folder).unwrap();
    // 1 February is the day of ask-15; each matter is named once a day.
    let team = mailed_on(&scene, "billing@example.com");
    assert_eq!(
        team,
        ["2027-02-01 08:47", "2027-02-02 08:47", "2027-02-03 08:47"]
    );
    let mail = scene
        .world
        .mails()
        .iter()
        .find(|mail| mail.step.is_none())
        .unwrap();
    let text = mail.sent.text.as_deref().unwrap();
    assert!(
        text.contains("  - fr/ask (today)\n    relance check --policy infra/policy\n"),
        "{text}"
    );
    // The journal says why, and not that nobody knocked; nothing is a failure that comes again and again.
    let journal = scene.journal("cus_1").await;
    let reason = "the template of the mail that was due cannot be filled in";
    assert!(
        journal.contains(&format!(
            "ask-15 moved from 2027-02-01 to 2027-02-02: {reason}"
        )),
        "{journal}"
    );
    assert!(!journal.contains("it was not sent on its day"), "{journal}");
    assert!(scene.world.dead_letters().is_empty());
    // The step is not lost.
    let file = scene.file("cus_1").await.file;
    let invoice = file.open.values().next().unwrap();
    assert!(invoice.steps[0].is_planned(), "{:?}", invoice.steps[0]);
}

/// The tests' policy, with a French `ask` that fails when it is rendered.
fn folder_with_a_broken_template() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("relance-poison-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    copy(&policy_dir(), &folder);
    let template = folder.join("templates/fr/ask.j2");
    fs::create_dir_all(folder.join("templates/fr")).unwrap();
    let mut built_in = mail::built_in_templates();
    let (_, text) = built_in.find(|(name, _)| *name == "fr/ask.j2").unwrap();
    fs::write(
        &template,
        text.replacen(
            "{% block subject %}",
            "{% block subject %}{{ nobody.knows.this }}",
            1,
        ),
    )
    .unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
