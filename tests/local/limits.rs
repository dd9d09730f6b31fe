//! What SES says of the account is kept to.

use aws::{Aws, Clock, stack};
use dunning::file::Attempt;
use insta::assert_snapshot;
use jiff::Timestamp;
use mail::{Mailer, Turn};
use serde_json::json;
use tokio::time::Instant;

use crate::scene::{Scene, event, finalized};

#[tokio::test]
async fn what_a_spent_quota_keeps_waits_by_the_hour_and_at_last_for_the_next_working_day() {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    let other = json!({ "customer": "cus_2", "customer_email": "other@client.example.com" });
    scene
        .hear(&event("finalized", "in_2", "2027-01-11T11:00:00Z", other))
        .await;
    scene.world.aws.set_sending_limits(1, 1e9);
    scene.advance_to("2027-02-01T20:00:00Z").await;
    assert_eq!(scene.world.mails().len(), 1);
    // Neither waited for in the dead letters nor tried in vain.
    assert!(scene.world.dead_letters().is_empty());
    scene.advance_to("2027-02-02T20:00:00Z").await;
    assert_snapshot!("quota_mails", scene.mails());
    let journals = scene.journal("cus_1").await + &scene.journal("cus_2").await;
    let moved = journals.lines().filter(|line| line.contains("quota"));
    assert_snapshot!("quota_journal", moved.collect::<Vec<_>>().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn workers_share_the_accounts_rate() {
    let clock = Clock::new(Timestamp::UNIX_EPOCH);
    let aws = Aws::start(clock.clone());
    aws.set_sending_limits(50_000, 10.0);
    let config = aws.sdk_config(aws_types::sdk_config::RetryConfig::disabled());
    let mailer = Mailer::new(&config, stack::CONFIGURATION_SET.to_owned(), 2);
    let started = Instant::now();
    for _ in 0..11 {
        assert_eq!(mailer.turn(clock.now(), Attempt::First).await, Turn::Now);
    }
    // Two workers, ten mails a second: the eleventh of one of them after two seconds.
    assert_eq!(started.elapsed().as_millis(), 2_000);
}
