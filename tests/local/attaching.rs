//! The invoice goes along as a PDF where a step says so; without it the mail leaves with its link.

use std::fs;

use serde_json::json;

use crate::fake_stripe::{FakeStripe, KEY};
use crate::scene::{Scene, event, stripe_name};
use crate::tools::Folder;

/// The tests' policy, in which the first reminder has the invoice attached.
fn policy(name: &str) -> Folder {
    let folder = Folder::with_policy(name, "");
    let file = folder.path().join("relance.toml");
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replace("id = \"late-3\"", "id = \"late-3\"\nattach = \"invoice\"");
    fs::write(file, text).unwrap();
    folder
}

/// The reminder of an invoice with that link, and what the journal says.
async fn reminded(name: &str, link: &str, with_key: bool) -> (local::Mail, String) {
    let folder = policy(name);
    let stripe = FakeStripe::new();
    let mut scene = Scene::asking_with(stripe.connector(), folder.path().to_owned()).await;
    stripe.follows(&scene.world.clock);
    if with_key {
        scene.world.put_key(&stripe_name(), KEY).await.unwrap();
    }
    let issued = event(
        "finalized",
        "in_1",
        "2027-02-08T10:00:00Z",
        json!({ "invoice_pdf": link }),
    );
    stripe.book(&issued);
    scene.advance_to("2027-02-08T10:00:00Z").await;
    scene.hear(&issued).await;
    scene.advance_to("2027-02-18T12:00:00Z").await;
    let mails = scene.world.mails().iter();
    let mut reminders = mails.filter(|mail| mail.step.is_some());
    let reminder = reminders.next().expect("one is due").clone();
    assert!(reminders.next().is_none(), "{}", scene.mails());
    (reminder, scene.journal("cus_1").await)
}

#[tokio::test]
async fn the_invoice_is_attached_with_a_key_and_without_one() {
    for link in ["invoice.pdf", "moved.pdf"] {
        for with_key in [true, false] {
            let link = format!("https://pay.stripe.com/{link}");
            let (mail, journal) = reminded("attached", &link, with_key).await;
            let pdf = b"%PDF-1.7 of the tests".to_vec();
            let attached = ("N-in_1.pdf".to_owned(), "application/pdf".to_owned(), pdf);
            assert_eq!(mail.sent.attachments, [attached], "{link}");
            assert!(!journal.contains("attached"), "{journal}");
        }
    }
}

#[tokio::test]
async fn what_is_no_pdf_is_not_attached_and_the_mail_leaves_with_its_link() {
    let link = "https://pay.stripe.com/expired.pdf";
    let (mail, journal) = reminded("not-attached", link, true).await;
    assert_eq!(mail.sent.attachments, []);
    assert!(mail.sent.text.unwrap().contains(link));
    assert!(
        journal.contains("could not be fetched to be attached: the mail has its link"),
        "{journal}"
    );
}
