//! What debtors and the team read.

use std::fs;
use std::path::PathBuf;

use dunning::file::Pause;
use dunning::rules::Instruction;
use dunning::value::{InvoiceId, StepId};
use jiff::Timestamp;
use ledger::Ledger;
use local::Mail;
use serde_json::{Value, json};

use crate::scene::{Scene, at, debtor, event, finalized, paid, policy_dir};

fn text(mail: &Mail) -> &str {
    mail.sent.text.as_deref().unwrap()
}

fn header<'a>(mail: &'a Mail, name: &str) -> Option<&'a str> {
    let mut headers = mail.sent.headers.iter();
    let header = headers.find(|(known, _)| known == name);
    header.map(|(_, value)| value.as_str())
}

fn to<'a>(scene: &'a Scene, address: &str) -> Vec<&'a Mail> {
    let mails = scene.world.mails().iter();
    mails.filter(|mail| mail.sent.to == [address]).collect()
}

const DEBTOR: &str = "compta@client.example.com";

/// An invoice of the same debtor that is due on another day.
fn due_on(invoice: &str, day: &str) -> Value {
    let due = at(&format!("{day}T11:00:00Z")).as_second();
    event(
        "finalized",
        invoice,
        "2027-01-11T10:00:00Z",
        json!({ "due_date": due }),
    )
}

#[tokio::test]
async fn the_mails_of_one_ladder_are_one_conversation() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-03-20T10:00:00Z").await;
    let mails = to(&scene, DEBTOR);
    assert_eq!(mails.len(), 5);
    let ids: Vec<String> = mails
        .iter()
        .map(|mail| {
            format!(
                "<{}@{}.amazonses.com>",
                mail.sent.message_id,
                aws::stack::REGION
            )
        })
        .collect();
    for (place, mail) in mails.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| ids[before].as_str());
        assert_eq!(header(mail, "In-Reply-To"), before);
        let all = (place > 0).then(|| ids[..place].join(" "));
        assert_eq!(header(mail, "References"), all.as_deref());
    }
    let mut subjects: Vec<&str> = mails
        .iter()
        .map(|mail| mail.sent.subject.as_str())
        .collect();
    subjects.sort_unstable();
    subjects.dedup();
    assert_eq!(subjects.len(), 5, "{subjects:?}");
}

#[tokio::test]
async fn fault_32_a_last_reminder_names_and_sums_what_it_is_about_and_the_questions_are_asked_by_themselves()
 {
    let mut scene = Scene::new().await;
    // On 8 March the first is 21 days late, the others are due in 10 and 20 days.
    for (invoice, day) in [
        ("in_1late", "2027-02-15"),
        ("in_2soon", "2027-03-18"),
        ("in_3far", "2027-03-28"),
    ] {
        scene.hear(&due_on(invoice, day)).await;
    }
    scene.advance_to("2027-03-16T20:00:00Z").await;
    let mails = to(&scene, DEBTOR);
    let last = last_reminder(&scene);
    assert_eq!(
        last.sent.subject,
        "Dernier rappel avant mise en demeure\u{a0}: facture N-in_1late"
    );
    assert!(
        text(last).contains("1\u{202f}200,00\u{a0}€"),
        "{}",
        text(last)
    );
    for other in ["N-in_2soon", "N-in_3far", "2\u{202f}400", "3\u{202f}600"] {
        assert!(!text(last).contains(other), "{}", text(last));
    }
    // Each question was asked, in a mail that duns for nothing.
    for invoice in ["in_2soon", "in_3far"] {
        let about = mails
            .iter()
            .filter(|mail| mail.invoices.iter().any(|id| id.as_str() == invoice));
        let steps: Vec<_> = about
            .filter_map(|mail| mail.step.as_ref().map(StepId::as_str))
            .collect();
        assert!(steps.contains(&"ask-15"), "{invoice}: {steps:?}");
        assert!(
            steps.iter().all(|step| step.starts_with("ask")),
            "{invoice}: {steps:?}"
        );
    }
}

fn last_reminder(scene: &Scene) -> &Mail {
    let mut mails = to(scene, DEBTOR).into_iter();
    let is_it = |mail: &&Mail| {
        let step = mail.step.as_ref();
        step.is_some_and(|step| step.as_str() == "late-21")
    };
    mails.find(is_it).unwrap()
}

/// One that is 21 days late on 8 March; and others that are late then, of which nothing is to be said that day.
async fn one_at_its_end_and_others_late() -> Scene {
    let mut scene = Scene::new().await;
    scene.hear(&due_on("in_1", "2027-02-15")).await;
    for other in ["in_2", "in_3", "in_4"] {
        scene.hear(&due_on(other, "2027-03-01")).await;
    }
    scene
}

async fn pause(ledger: Ledger, invoice: &str, now: Timestamp) {
    let (debtor, invoice) = (debtor("cus_1"), InvoiceId::parse(invoice).unwrap());
    let wish = Instruction::Pause(Pause { until: None });
    let granted = ledger.instruct(&debtor, Some(&invoice), wish, now).await;
    assert!(!granted.unwrap().unwrap().is_empty());
}

const ANOTHER_IS_OVERDUE: &str = "une autre facture est échue\u{a0}: 1\u{202f}200,00\u{a0}€.";

#[tokio::test]
async fn a_last_reminder_says_what_else_is_overdue_but_nothing_of_what_is_paid_or_on_hold() {
    let mut scene = one_at_its_end_and_others_late().await;
    scene.advance_to("2027-03-05T20:00:00Z").await;
    scene.hear(&paid("in_3", "2027-03-05T20:00:00Z")).await;
    let (ledger, now) = (scene.world.ledger.clone(), scene.world.clock.now());
    pause(ledger, "in_4", now).await;
    scene.advance_to("2027-03-08T20:00:00Z").await;
    let last = last_reminder(&scene);
    assert_eq!(last.invoices.len(), 1);
    assert!(text(last).contains(ANOTHER_IS_OVERDUE), "{}", text(last));
}

#[tokio::test]
async fn what_a_mail_says_is_overdue_elsewhere_is_so_when_it_is_claimed() {
    let mut scene = one_at_its_end_and_others_late().await;
    scene.hear(&paid("in_3", "2027-01-12T10:00:00Z")).await;
    scene.advance_to("2027-03-08T07:00:00Z").await;
    // One of the others is paused.
    let now = scene.world.clock.now();
    scene.at_the_next_claim(move |ledger| pause(ledger, "in_4", now));
    scene.advance_to("2027-03-08T20:00:00Z").await;
    let last = last_reminder(&scene);
    assert!(text(last).contains(ANOTHER_IS_OVERDUE), "{}", text(last));
}

#[tokio::test]
async fn fault_36_a_name_that_changes_daily_says_nothing_to_strangers() {
    let mut scene = Scene::new().await;
    let name = "Compte bloqué : confirmez via evil.example/connexion";
    let english = json!({ "customer_name": name, "customer_address": { "country": "GB" } });
    scene
        .hear(&event("finalized", "in_1", "2027-01-11T10:00:00Z", english))
        .await;
    scene.advance_to("2027-02-02T10:00:00Z").await;
    let mails = to(&scene, DEBTOR);
    assert_eq!(mails.len(), 1);
    assert!(text(mails[0]).starts_with("Hello,\n"), "{}", text(mails[0]));
    let html = mails[0].sent.html.as_deref().unwrap();
    assert!(!html.contains("evil") && !text(mails[0]).contains("evil"));
}

/// The tests' policy, with an engineer.
fn with_an_engineer() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("relance-engineer-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let text = fs::read_to_string(policy_dir().join("relance.toml")).unwrap();
    let text = text.replace("# engineer = ", "engineer = ");
    fs::write(folder.join("relance.toml"), text).unwrap();
    folder
}

#[tokio::test]
async fn fault_30_the_team_reads_whose_matter_it_is_what_it_is_worth_and_the_command_that_settles_it()
 {
    let folder = with_an_engineer();
    let mut scene = Scene::with_policy(folder.clone()).await;
    let late = at("2026-11-02T11:00:00Z").as_second();
    let late = json!({ "customer_name": "Lumen Exemple SARL", "due_date": late });
    scene
        .hear(&event("finalized", "in_1", "2027-01-11T10:00:00Z", late))
        .await;
    let mut nonsense = finalized("in_2", "2027-01-11T10:00:00Z");
    nonsense["data"]["object"]["amount_due"] = json!(-5);
    assert_eq!(scene.post(&nonsense).await.0, 200);
    scene.advance_to("2027-01-12T10:00:00Z").await;
    fs::remove_dir_all(folder).unwrap();
    let finance = to(&scene, "billing@example.com");
    assert_eq!(finance.len(), 1);
    let wanted = "  - N-in_1, Lumen Exemple SARL: €1,200.00 (today)\n    relance release in_1 --hold too-late --stack local\n";
    assert!(text(finance[0]).contains(wanted), "{}", text(finance[0]));
    assert!(!text(finance[0]).contains("no sense"));
    let engineer = to(&scene, "operations@example.com");
    assert_eq!(engineer.len(), 1);
    assert!(
        text(engineer[0]).contains("no sense"),
        "{}",
        text(engineer[0])
    );
    assert!(text(engineer[0]).contains("relance retell deliveries --source stripe --stack local"));
    assert!(!text(engineer[0]).contains("N-in_1"));
}
