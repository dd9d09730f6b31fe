//! A rehearsal, from the first webhook until it is live: no debtor is written to before, each ladder begins right after,
//! and nothing is doubled.

use aws::SentMail;
use dunning::value::EmailAddress;
use insta::assert_snapshot;
use runtime::RedirectAllTo;

use crate::scene::{Scene, finalized, paid};

const TEAM: &str = "billing@example.com";
const DEBTOR: &str = "compta@client.example.com";

async fn rehearsal(redirect_all_to: &RedirectAllTo) -> Scene {
    let mut scene = Scene::new().await;
    scene.world.redirect_all_to(redirect_all_to);
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene
}

fn to<'s>(scene: &'s Scene, address: &str) -> Vec<&'s SentMail> {
    let mails = scene.world.mails().iter().map(|mail| &mail.sent);
    mails.filter(|sent| sent.to == [address]).collect()
}

#[tokio::test]
async fn no_debtor_is_written_to_in_a_rehearsal_and_each_ladder_begins_right_after_it() {
    let mut scene = rehearsal(&RedirectAllTo::Team).await;
    scene.advance_to("2027-02-18T10:00:00Z").await;
    assert!(to(&scene, DEBTOR).is_empty());
    scene.world.redirect_all_to(&RedirectAllTo::Live);
    // The next sweep knocks for all, whatever is registered.
    scene.advance_to("2027-02-18T18:00:00Z").await;
    assert_eq!(to(&scene, DEBTOR).len(), 1);
    scene.advance_to("2027-03-09T18:00:00Z").await;
    assert_snapshot!("rehearsed_and_live", scene.mails());
    assert_snapshot!("rehearsed_and_live_journal", scene.journal("cus_1").await);
    // And as of then all is as it would have been.
    assert_eq!(scene.planned("cus_1").await, scene.schedules());
}

#[tokio::test]
async fn what_the_team_gets_in_a_rehearsal_is_the_debtors_mail_with_its_address_and_once_a_day_the_sum()
 {
    let scene = {
        let mut scene = rehearsal(&RedirectAllTo::Team).await;
        scene.hear(&finalized("in_2", "2027-01-11T10:00:00Z")).await;
        scene.advance_to("2027-02-03T18:00:00Z").await;
        scene
    };
    let mails = to(&scene, TEAM);
    let subjects: Vec<&str> = mails.iter().map(|sent| sent.subject.as_str()).collect();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert!(subjects[0].starts_with(&format!("[to {DEBTOR}] ")));
    assert_snapshot!("summary_of_a_rehearsal", mails[1].text.clone().unwrap());
}

#[tokio::test]
async fn with_an_address_of_its_own_a_rehearsal_writes_to_nobody_else() {
    let staging = "staging@example.com";
    let whom = RedirectAllTo::Address(EmailAddress::parse(staging).unwrap());
    let mut scene = rehearsal(&whom).await;
    scene.advance_to("2027-03-09T18:00:00Z").await;
    let all = scene.world.mails().len();
    assert!(all > 5);
    assert_eq!(to(&scene, staging).len(), all);
}

#[tokio::test]
async fn what_is_paid_in_a_rehearsal_or_right_after_it_is_never_written_about() {
    let mut scene = rehearsal(&RedirectAllTo::Team).await;
    scene.hear(&finalized("in_2", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-02-16T10:00:00Z").await;
    scene.hear(&paid("in_1", "2027-02-16T10:00:00Z")).await;
    scene.world.redirect_all_to(&RedirectAllTo::Live);
    scene.hear(&paid("in_2", "2027-02-16T10:10:00Z")).await;
    scene.advance_to("2027-03-09T18:00:00Z").await;
    assert!(to(&scene, DEBTOR).is_empty());
}
