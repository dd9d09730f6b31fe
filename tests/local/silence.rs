//! SES is away for an hour: no connection can be made, or it takes nothing and says nothing.

use aws::{Aws, Call, Clock, Failure, Fault, Service, stack};
use aws_types::sdk_config::RetryConfig;
use dunning::file::Attempt;
use insta::assert_snapshot;
use jiff::Timestamp;
use mail::{Mailer, Turn};

use crate::scene::{Scene, at, finalized};

const NINE: &str = "2027-02-01T08:00:00Z";
const TEN: &str = "2027-02-01T09:00:00Z";

async fn due_on_monday() -> Scene {
    let mut scene = Scene::new().await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-02-01T07:59:00Z").await;
    scene
}

/// Strikes each call of SES between two instants.
fn away(scene: &Scene, from: &str, until: &str, fault: Fault) {
    let (clock, span) = (scene.world.clock.clone(), at(from)..at(until));
    scene.world.aws.set_faults(move |call: &Call| {
        let strikes = call.service == Service::Ses && span.contains(&clock.now());
        if strikes { fault } else { Fault::None }
    });
}

fn reminders(scene: &Scene) -> Vec<(Timestamp, String)> {
    let mails = scene.world.mails().iter();
    let sent = mails.filter_map(|mail| Some((mail.sent.at, mail.step.clone()?.to_string())));
    sent.collect()
}

fn told_of_silence(scene: &Scene) -> usize {
    let team = scene.world.mails().iter();
    let texts = team.filter_map(|mail| mail.sent.text.as_deref());
    texts
        .filter(|text| text.contains("SES could not be reached"))
        .count()
}

#[tokio::test]
async fn fault_3_no_connection_for_an_hour_delays_the_mail_and_uses_up_no_try() {
    let mut scene = due_on_monday().await;
    away(&scene, NINE, TEN, Fault::Unreachable);
    scene.advance_to("2027-02-01T18:00:00Z").await;
    let sent = reminders(&scene);
    assert_eq!(sent.len(), 1);
    assert!(
        (at(TEN)..at("2027-02-01T09:16:00Z")).contains(&sent[0].0),
        "{sent:?}"
    );
    assert_eq!(told_of_silence(&scene), 1);
    assert_snapshot!("no_connection", scene.journal("cus_1").await);
    // The rest of its life goes on, and nothing was given up.
    scene.advance_to("2027-04-30T18:00:00Z").await;
    let steps: Vec<_> = reminders(&scene)
        .into_iter()
        .map(|(_, step)| step)
        .collect();
    assert_eq!(steps, ["ask-15", "ask-7", "late-3", "late-10", "late-21"]);
    assert_eq!(told_of_silence(&scene), 1);
}

#[tokio::test]
async fn fault_29_no_answer_for_an_hour_keeps_the_last_try_until_there_is_one() {
    for failure in [
        Failure::Timeout,
        Failure::ConnectionReset,
        Failure::ServerError,
    ] {
        let mut scene = due_on_monday().await;
        away(&scene, NINE, TEN, Fault::Before(failure));
        scene.advance_to("2027-02-01T18:00:00Z").await;
        let sent = reminders(&scene);
        assert_eq!(sent.len(), 1, "{failure:?}");
        assert!(
            (at(TEN)..at("2027-02-01T09:16:00Z")).contains(&sent[0].0),
            "{sent:?}"
        );
        if failure == Failure::Timeout {
            assert_snapshot!("no_answer", scene.journal("cus_1").await);
        }
    }
}

#[tokio::test]
async fn a_mail_that_ses_took_without_a_word_is_not_sent_again_while_its_events_are_awaited() {
    let mut scene = due_on_monday().await;
    // It takes the mail, and nothing but its events comes back, when all is over.
    away(&scene, NINE, TEN, Fault::After(Failure::Timeout));
    scene.advance_to("2027-02-01T18:00:00Z").await;
    assert_eq!(reminders(&scene).len(), 1);
    let journal = scene.journal("cus_1").await;
    assert!(!journal.contains("nothing was heard"), "{journal}");
}

#[tokio::test]
async fn ses_away_until_the_window_closes_puts_the_mail_off_to_the_next_day() {
    for fault in [Fault::Unreachable, Fault::Before(Failure::Timeout)] {
        let mut scene = due_on_monday().await;
        away(&scene, NINE, "2027-02-01T20:00:00Z", fault);
        scene.advance_to("2027-02-05T18:00:00Z").await;
        let sent = reminders(&scene);
        assert_eq!(sent.len(), 1, "{fault:?}");
        let day = at("2027-02-02T08:00:00Z")..at("2027-02-02T16:00:00Z");
        assert!(day.contains(&sent[0].0), "{sent:?}");
    }
}

#[tokio::test]
async fn ses_away_for_a_day_delays_each_of_many_debtors_and_tells_the_team_once() {
    let mut scene = Scene::new().await;
    scene.hear_of_customers(12).await;
    away(&scene, NINE, "2027-02-01T13:00:00Z", Fault::Unreachable);
    scene.advance_to("2027-02-02T18:00:00Z").await;
    assert_eq!(reminders(&scene).len(), 12);
    assert_eq!(told_of_silence(&scene), 1);
    assert!(scene.world.dead_letters().is_empty());
}

#[tokio::test]
async fn before_a_last_try_ses_is_asked_afresh_and_left_alone_for_a_while_after_it_said_nothing() {
    let clock = Clock::new(at(NINE));
    let aws = Aws::start(clock.clone());
    let mailer = Mailer::new(
        &aws.sdk_config(RetryConfig::disabled()),
        stack::CONFIGURATION_SET.to_owned(),
        1,
    );
    let asked = || {
        let count = (Service::Ses, "GetAccount".to_owned());
        aws.counts().get(&count).copied().unwrap_or_default()
    };
    // What is known of the rate a minute ago is good enough for a first try, and no sign of life for a last.
    assert_eq!(mailer.turn(clock.now(), Attempt::First).await, Turn::Now);
    assert_eq!(mailer.turn(clock.now(), Attempt::First).await, Turn::Now);
    assert_eq!(asked(), 1);
    assert_eq!(mailer.turn(clock.now(), Attempt::Last).await, Turn::Now);
    assert_eq!(asked(), 2);
    aws.set_faults(|_| Fault::Unreachable);
    assert_eq!(mailer.turn(clock.now(), Attempt::Last).await, Turn::Silent);
    assert_eq!(mailer.turn(clock.now(), Attempt::Last).await, Turn::Silent);
    assert_eq!(asked(), 3);
    assert_eq!(mailer.turn(clock.now(), Attempt::First).await, Turn::Now);
    // Whoever throttles is there.
    clock.set(at("2027-02-01T08:01:00Z"));
    aws.set_faults(|_| Fault::Throttled);
    assert_eq!(mailer.turn(clock.now(), Attempt::Last).await, Turn::Now);
    assert_eq!(asked(), 4);
}
