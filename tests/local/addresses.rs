//! Addresses as people write them, from the tool's field to SES, and to the team where they are none.

use dunning::file::{Hold, Outlook};
use serde_json::{Value, json};

use crate::scene::{Scene, event};

const ISSUED: &str = "2027-01-11T10:00:00Z";

async fn scene(given: &str) -> Scene {
    let mut scene = Scene::new().await;
    let differs = json!({ "customer_email": given });
    scene
        .hear(&event("finalized", "in_1", ISSUED, differs))
        .await;
    scene
}

/// What SES says of the first mail.
fn news(scene: &Scene, kind: &str, detail: Value) -> String {
    let sent = &scene.world.mails()[0].sent;
    let tags = sent.tags.iter();
    let tags: serde_json::Map<_, _> = tags
        .map(|(name, value)| (name.clone(), json!([value])))
        .collect();
    let mut news = json!({ "detail": {
        "eventType": kind,
        "mail": { "timestamp": sent.at, "messageId": sent.message_id, "destination": sent.to, "tags": tags },
    } });
    news["detail"][kind.to_lowercase()] = detail;
    news.to_string()
}

#[tokio::test]
async fn fault_23_addresses_as_people_write_them_are_written_to() {
    for (given, to) in [
        ("compta@bücher.example", "compta@xn--bcher-kva.example"),
        ("a@x.example, b@x.example", "a@x.example"),
        ("a@x.example;b@x.example", "a@x.example"),
        ("Compta <a@x.example>", "a@x.example"),
        ("a@x.example\u{200b}", "a@x.example"),
        ("a@x.example.", "a@x.example"),
        ("mailto:a@x.example", "a@x.example"),
    ] {
        let mut scene = scene(given).await;
        scene.advance_to("2027-02-01T20:00:00Z").await;
        let mails = scene.world.mails();
        assert_eq!(mails.len(), 1, "{given}");
        assert_eq!(mails[0].sent.to, [to], "{given}");
    }
}

#[tokio::test]
async fn fault_23_the_team_reads_what_was_given_and_what_is_wrong_with_it() {
    let mut scene = scene("compta@exemple").await;
    scene.advance_to("2027-01-11T14:00:00Z").await;
    let mails = scene.world.mails();
    // Between its parts stand marks that nobody sees.
    let text = mails[0].sent.text.as_ref().unwrap().replace('\u{2060}', "");
    assert!(text.contains("N-in_1: compta@exemple"), "{text}");
    assert!(text.contains("a domain with a dot"), "{text}");
    let command = "relance show cus_1 --stack local --customer";
    assert!(text.contains(command), "{text}");
    let journal = scene.journal("cus_1").await;
    let named = "the address \"compta@exemple\" cannot be written to: its domain has no dot";
    assert!(journal.contains(named), "{journal}");
}

#[tokio::test]
async fn fault_26_whoever_takes_a_mail_out_of_the_spam_does_not_complain() {
    let mut scene = scene("a@x.example").await;
    scene.world.lose_ses_events(true);
    scene.advance_to("2027-02-01T20:00:00Z").await;
    let rescued = json!({ "complaintFeedbackType": "not-spam" });
    let rescued = news(&scene, "Complaint", rescued);
    scene.world.replay(&rescued).await;
    let file = scene.file("cus_1").await.file;
    assert!(file.debtor.held_addresses.is_empty());
    assert!(!scene.journal("cus_1").await.contains("complained"));
    for complaint in [json!({ "complaintFeedbackType": "abuse" }), json!({})] {
        let complained = news(&scene, "Complaint", complaint);
        scene.world.replay(&complained).await;
        let file = scene.file("cus_1").await.file;
        let outlook = &file.open.values().next().unwrap().outlook;
        assert_eq!(*outlook, Outlook::Held(Hold::AddressComplained));
    }
}
