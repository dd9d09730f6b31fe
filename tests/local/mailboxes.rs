//! Customers who share a mailbox, in the local world: what its reader finds in there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use aws::{Call, Failure, Fault, stack};
use aws_types::sdk_config::RetryConfig;
use dunning::file::{Hold, Outlook};
use dunning::rules::Instruction;
use dunning::value::EmailAddress;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use ledger::Ledger;
use serde_json::json;

use crate::scene::{Scene, at, debtor, event, policy_dir};

const ACCOUNTANT: &str = "cabinet@accountant.example.com";

/// Before Monday 1 February, on which what is due on 29 January has its first reminder; its questions are past.
async fn four_days_before() -> Scene {
    Scene::at(at("2027-01-28T10:00:00Z"), policy_dir()).await
}

impl Scene {
    /// An invoice of a customer of the accountant's.
    async fn hear_of(&mut self, customer: &str, due: &str, email: &str) {
        let differs = json!({
            "customer": customer,
            "customer_email": email,
            "due_date": at(due).as_second(),
        });
        let id = format!("in_{customer}");
        let issued = event("finalized", &id, "2027-01-28T10:00:00Z", differs);
        self.hear(&issued).await;
    }

    /// The days of the mails to the accountant, in Paris, with whose invoice each is about and by which step.
    fn letters(&self) -> Vec<(Date, String, String)> {
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let mails = self.world.mails().iter();
        let letters = mails.filter(|mail| mail.sent.to[0].eq_ignore_ascii_case(ACCOUNTANT));
        letters
            .map(|mail| {
                let day = mail.sent.at.to_zoned(paris.clone()).date();
                let step = mail.step.as_ref().unwrap().to_string();
                assert_eq!(mail.invoices.len(), 1);
                let text = mail.sent.text.as_ref().unwrap();
                assert!(text.contains(mail.invoices[0].as_str()), "{text}");
                (day, mail.invoices[0].to_string(), step)
            })
            .collect()
    }
}

fn assert_no_flood(letters: &[(Date, String, String)]) {
    for (n, (day, _, _)) in letters.iter().enumerate() {
        assert!(n == 0 || letters[n - 1].0 < *day, "{letters:#?}");
        let since = day.saturating_sub(6.days());
        let week = letters[..=n].iter().filter(|(other, _, _)| *other >= since);
        assert!(week.count() <= 3, "{letters:#?}");
    }
}

#[tokio::test]
async fn fault_24_six_customers_with_one_mailbox_get_one_mail_a_day() {
    let mut scene = four_days_before().await;
    for n in 1..=6 {
        // However each of them spells it.
        let email = if n % 2 == 0 {
            ACCOUNTANT
        } else {
            "Cabinet@Accountant.Example.COM"
        };
        scene
            .hear_of(&format!("cus_{n}"), "2027-01-29T11:00:00Z", email)
            .await;
    }
    scene.advance_to("2027-02-26T20:00:00Z").await;
    let letters = scene.letters();
    assert_no_flood(&letters);
    let whose: BTreeSet<&str> = letters
        .iter()
        .map(|(_, invoice, _)| invoice.as_str())
        .collect();
    assert_eq!(whose.len(), 6, "{letters:#?}");
    for n in 1..=6 {
        let customer = format!("cus_{n}");
        let planned = scene.planned(&customer).await;
        assert!(
            planned
                .iter()
                .all(|planned| scene.schedules().contains(planned))
        );
    }
    let journals = scene.journal("cus_1").await + &scene.journal("cus_2").await;
    assert!(journals.contains("other customers at the same address are written to first"));
}

#[tokio::test]
async fn fault_24_accounts_of_a_source_share_a_mailbox_as_well() {
    let mut scene = four_days_before().await;
    scene
        .hear_of("cus_1", "2027-01-29T11:00:00Z", ACCOUNTANT)
        .await;
    let differs = json!({
        "customer": "cus_2", "customer_email": ACCOUNTANT, "due_date": at("2027-01-29T11:00:00Z").as_second(),
    });
    let mut other = event("finalized", "in_cus_2", "2027-01-28T10:00:00Z", differs);
    other["account"] = json!("acct_2");
    scene.hear(&other).await;
    scene.advance_to("2027-02-03T20:00:00Z").await;
    let days: Vec<_> = scene.letters().iter().map(|(day, _, _)| *day).collect();
    assert_eq!(days, [date(2027, 2, 1), date(2027, 2, 2)]);
}

#[tokio::test]
async fn fault_25_an_address_that_bounced_for_one_customer_is_written_to_for_no_other_until_a_person_says_so()
 {
    let bounces = "bounce@simulator.amazonses.com";
    let mut scene = four_days_before().await;
    scene
        .hear_of("cus_1", "2027-01-29T11:00:00Z", bounces)
        .await;
    scene
        .hear_of("cus_2", "2027-01-31T11:00:00Z", bounces)
        .await;
    scene
        .hear_of(
            "cus_3",
            "2027-02-03T11:00:00Z",
            "Bounce@simulator.amazonses.com",
        )
        .await;
    scene.advance_to("2027-02-12T20:00:00Z").await;
    let to_it = |scene: &Scene| {
        let mails = scene.world.mails().iter();
        mails
            .filter(|mail| mail.sent.to[0].eq_ignore_ascii_case(bounces))
            .count()
    };
    assert_eq!(to_it(&scene), 1);
    for n in 2..=3 {
        let file = scene.file(&format!("cus_{n}")).await.file;
        let outlook = &file.open.values().next().unwrap().outlook;
        assert_eq!(*outlook, Outlook::Held(Hold::AddressBounced));
    }
    // Released for the second, it is let go for all of them.
    let (ledger, now) = (scene.world.ledger.clone(), scene.world.clock.now());
    let release = Instruction::Release(None);
    let said = ledger.instruct(&debtor("cus_2"), None, release, now).await;
    assert!(!said.unwrap().unwrap().is_empty());
    scene.world.carry().await;
    for n in 1..=3 {
        let file = scene.file(&format!("cus_{n}")).await.file;
        let outlook = &file.open.values().next().unwrap().outlook;
        assert!(matches!(outlook, Outlook::Next { .. }), "{n}: {outlook}");
    }
    // It still bounces; again for one of them only.
    scene.advance_to("2027-02-26T20:00:00Z").await;
    assert_eq!(to_it(&scene), 2);
}

#[tokio::test]
async fn a_mailbox_of_120_customers_is_let_go_for_all_of_them_though_whoever_lets_it_go_dies_in_between()
 {
    const CUSTOMERS: usize = 120;
    let bounces = "bounce@simulator.amazonses.com";
    let mut scene = four_days_before().await;
    for n in 1..=CUSTOMERS {
        let customer = format!("cus_{n}");
        scene
            .hear_of(&customer, "2027-01-29T11:00:00Z", bounces)
            .await;
    }
    scene.advance_to("2027-02-12T20:00:00Z").await;
    let (ledger, now) = (scene.world.ledger.clone(), scene.world.clock.now());
    let id = EmailAddress::parse(bounces).unwrap().mailbox();
    let held = async || ledger.mailbox(&id).await.unwrap().unwrap().held.len();
    assert_eq!(held().await, CUSTOMERS);
    let key = debtor("cus_7");
    let config = scene.world.aws.sdk_config(RetryConfig::disabled());
    let client = aws_sdk_dynamodb::Client::new(&config);
    let mortal = Ledger::new(client, stack::TABLE.to_owned());
    let release = || mortal.instruct(&key, None, Instruction::Release(None), now);
    // Twice AWS is gone in the middle of it.
    for left in [79, 39] {
        let written = AtomicUsize::new(0);
        scene.world.aws.set_faults(move |call: &Call| {
            let is_write = call.operation == "TransactWriteItems";
            if is_write && written.fetch_add(1, Ordering::Relaxed) >= 40 {
                Fault::Before(Failure::ServerError)
            } else {
                Fault::None
            }
        });
        assert!(release().await.is_err());
        scene.world.aws.clear_faults();
        assert_eq!(held().await, left + 1);
        // Nobody is written to before all of it is done.
        let file = scene.file("cus_7").await.file;
        let outlook = &file.open.values().next().unwrap().outlook;
        assert_eq!(*outlook, Outlook::Held(Hold::AddressBounced));
    }
    assert!(!release().await.unwrap().unwrap().is_empty());
    assert_eq!(held().await, 0);
    scene.world.carry().await;
    for n in 1..=CUSTOMERS {
        let file = scene.file(&format!("cus_{n}")).await.file;
        let outlook = &file.open.values().next().unwrap().outlook;
        assert!(matches!(outlook, Outlook::Next { .. }), "{n}: {outlook}");
    }
    // Again, it is nothing new.
    assert!(release().await.unwrap().unwrap().is_empty());
}

#[tokio::test]
async fn a_mailbox_that_is_lost_stops_nobody_and_is_not_written_to_twice_a_day() {
    let mut scene = four_days_before().await;
    for n in 1..=3 {
        scene
            .hear_of(&format!("cus_{n}"), "2027-01-29T11:00:00Z", ACCOUNTANT)
            .await;
    }
    scene.advance_to("2027-02-02T07:00:00Z").await;
    assert_eq!(scene.letters().len(), 1);
    // Somebody clears the item: the world goes on without it, on a table of its own.
    let mut items = scene.world.aws.items();
    items.retain(|item| item["SK"]["S"] != "MAILBOX");
    let mut after = Scene::at(scene.world.clock.now(), policy_dir()).await;
    after.world.aws.load(&items);
    after.advance_to("2027-02-12T20:00:00Z").await;
    let letters = after.letters();
    assert_no_flood(&letters);
    // Somebody may have been written to on the second: that day goes by.
    let days = letters
        .iter()
        .take(2)
        .map(|(day, invoice, _)| (day.day(), invoice.as_str()));
    let days: Vec<_> = days.collect();
    assert_eq!(days, [(3, "in_cus_2"), (4, "in_cus_3")]);
}

#[tokio::test]
async fn no_address_stands_in_the_key_of_a_mailbox() {
    let mut scene = four_days_before().await;
    scene
        .hear_of("cus_1", "2027-01-29T11:00:00Z", ACCOUNTANT)
        .await;
    scene.advance_to("2027-02-01T20:00:00Z").await;
    let items = scene.world.aws.items();
    let mailboxes = items.iter().filter(|item| item["SK"]["S"] == "MAILBOX");
    let mailboxes: Vec<_> = mailboxes.collect();
    assert_eq!(mailboxes.len(), 1);
    let id = EmailAddress::parse(ACCOUNTANT).unwrap().mailbox();
    assert_eq!(mailboxes[0]["PK"]["S"], format!("MAILBOX#{}", id.as_str()));
    assert!(!mailboxes[0].to_string().contains("accountant"));
}

/// Thirty customers of one accountant: half of them late for three days on the same morning, half of them asked
/// before their due dates. Three mails a week are all that its mailbox takes.
#[tokio::test]
async fn thirty_customers_of_one_accountant_are_heard_one_by_one_the_most_severe_first() {
    let mut scene = four_days_before().await;
    for n in 1..=30 {
        let due = if n <= 15 {
            "2027-02-16T11:00:00Z"
        } else {
            "2027-01-29T11:00:00Z"
        };
        scene.hear_of(&format!("cus_{n:02}"), due, ACCOUNTANT).await;
    }
    scene.advance_to("2027-04-30T20:00:00Z").await;
    let letters = scene.letters();
    assert_no_flood(&letters);
    let mut first: BTreeMap<&str, Date> = BTreeMap::new();
    for (day, invoice, _) in &letters {
        first.entry(invoice).or_insert(*day);
    }
    assert_eq!(first.len(), 30, "{letters:#?}");
    // Thirty first reminders alone take ten weeks at three a week; some second ones go before.
    let lines = letters.iter().map(|(day, invoice, step)| {
        let is_first = if first[invoice.as_str()] == *day {
            "the first of"
        } else {
            "one more of"
        };
        format!("{day}  {is_first} {invoice}, {step}\n")
    });
    insta::assert_snapshot!("thirty_customers", lines.collect::<String>());
    // After the very first, for four weeks nothing milder goes before a debt that is late and waits, too.
    let steps = ["ask-15", "ask-7", "late-3", "late-10", "late-21"];
    let rank = |step: &str| steps.iter().position(|known| *known == step).unwrap();
    let month = letters.iter().skip(1);
    for (_, _, step) in month.take_while(|(day, _, _)| *day < date(2027, 3, 1)) {
        assert!(rank(step) >= rank("late-3"), "{letters:#?}");
    }
}
