//! More of everything: a debtor with more invoices than a mail carries, and webhooks that come all at once.

use std::collections::BTreeSet;
use std::rc::Rc;

use local::events::webhook;
use tokio::task::{JoinSet, LocalSet};

use crate::scene::{Scene, finalized, functions, policy_dir, sign};

#[tokio::test]
async fn a_debtor_with_more_invoices_than_a_mail_carries_hears_of_each_of_them_once() {
    let mut scene = Scene::new().await;
    for n in 0..110 {
        let invoice = finalized(&format!("in_{n:03}"), "2027-01-11T10:00:00Z");
        scene.hear(&invoice).await;
    }
    scene.advance_to("2027-02-05T18:00:00Z").await;
    let mails = scene.world.mails();
    let sizes: Vec<usize> = mails.iter().map(|mail| mail.invoices.len()).collect();
    let days: Vec<String> = mails
        .iter()
        .map(|mail| mail.sent.at.strftime("%A").to_string())
        .collect();
    assert_eq!(sizes, [90, 20]);
    assert_eq!(days, ["Monday", "Tuesday"]);
    let heard_of: BTreeSet<_> = mails.iter().flat_map(|mail| &mail.invoices).collect();
    assert_eq!(heard_of.len(), 110);
    let journal = scene.journal("cus_1").await;
    assert!(
        journal.contains("20 more invoices were due than one mail can carry"),
        "{journal}"
    );
    assert_eq!(scene.schedules(), scene.planned("cus_1").await);
    assert!(scene.world.dead_letters().is_empty());
}

/// As many functions as a young account has environments, each of which meets all the others.
#[tokio::test]
async fn fifty_webhooks_about_one_debtor_ten_at_once_are_all_taken_in() {
    let scene = Scene::new().await;
    let functions = Rc::new(functions(&scene.world, &policy_dir()));
    LocalSet::new()
        .run_until(async {
            for round in 0..5 {
                let mut at_once = JoinSet::new();
                for n in 0..10 {
                    let event = finalized(
                        &format!("in_{round}_{n}"),
                        &format!("2027-01-11T10:00:{:02}Z", round * 10 + n),
                    );
                    let body = event.to_string();
                    let headers = sign(scene.world.clock.now(), body.as_bytes());
                    let request = webhook("stripe", &headers.pairs(), body.as_bytes());
                    let functions = Rc::clone(&functions);
                    at_once.spawn_local(async move {
                        functions.ingest.handle(request).await.status_code
                    });
                }
                assert_eq!(at_once.join_all().await, [200; 10]);
            }
        })
        .await;
    assert_eq!(scene.file("cus_1").await.file.open.len(), 50);
}
