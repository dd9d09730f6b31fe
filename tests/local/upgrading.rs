//! A table that an earlier version wrote goes on: `tests/fixtures/upgrade` has worlds of the last one in
//! their middle (claims open and expired, pauses, parked payments, a restored table), what was told
//! afterwards, and the mails that it then sent.

use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, Target,
};
use aws_types::sdk_config::RetryConfig;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::scene::{Scene, policy_dir};

#[derive(Deserialize)]
struct Upgrade {
    before: Before,
    #[serde(default)]
    events: Vec<Told>,
    resumed_at: Option<Timestamp>,
    until: Timestamp,
    mails: Vec<Sent>,
}

/// What the earlier version left.
#[derive(Deserialize)]
struct Before {
    at: Timestamp,
    items: Vec<Value>,
    schedules: Vec<Registered>,
}

#[derive(Deserialize)]
struct Registered {
    name: String,
    group: String,
    at: Timestamp,
    flexible_minutes: i32,
    target_arn: String,
    input: String,
    dead_letter_arn: String,
}

#[derive(Deserialize)]
struct Told {
    at: Timestamp,
    event: Value,
}

/// What does not change with the templates: their words are the policy's.
#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Sent {
    at: Timestamp,
    to: Vec<String>,
    step: Option<String>,
    invoices: Vec<String>,
}

impl Upgrade {
    fn read(name: &str) -> Self {
        let path = policy_dir().join(format!("../upgrade/{name}.json"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    /// This version, on what the earlier one left.
    async fn world(&self) -> Scene {
        let scene = Scene::at(self.before.at, policy_dir()).await;
        scene.world.aws.load(&self.before.items);
        let config = scene.world.aws.sdk_config(RetryConfig::disabled());
        let scheduler = aws_sdk_scheduler::Client::new(&config);
        for schedule in &self.before.schedules {
            schedule.register(&scheduler).await;
        }
        scene
    }

    /// All that happens afterwards.
    async fn live(&self) -> Scene {
        let mut scene = self.world().await;
        for told in &self.events {
            scene.world.advance_to(told.at).await;
            scene.hear(&told.event).await;
        }
        if let Some(resumed_at) = self.resumed_at {
            scene.world.advance_to(resumed_at).await;
            let ledger = scene.world.ledger.clone();
            ledger.put_standstill(None, resumed_at).await.unwrap();
        }
        scene.world.advance_to(self.until).await;
        scene
    }
}

impl Registered {
    async fn register(&self, scheduler: &aws_sdk_scheduler::Client) {
        let dead_letters = DeadLetterConfig::builder().arn(&self.dead_letter_arn);
        let target = Target::builder()
            .arn(&self.target_arn)
            .role_arn("arn:aws:iam::123456789012:role/scheduler")
            .input(&self.input)
            .dead_letter_config(dead_letters.build());
        let window = FlexibleTimeWindow::builder()
            .mode(FlexibleTimeWindowMode::Flexible)
            .maximum_window_in_minutes(self.flexible_minutes);
        let request = scheduler
            .create_schedule()
            .group_name(&self.group)
            .name(&self.name)
            .schedule_expression(self.at.strftime("at(%Y-%m-%dT%H:%M:%S)").to_string())
            .flexible_time_window(window.build().unwrap())
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(target.build().unwrap());
        request.send().await.unwrap();
    }
}

fn sent(scene: &Scene) -> Vec<Sent> {
    let mails = scene.world.mails().iter();
    let sent = mails.map(|mail| Sent {
        at: mail.sent.at,
        to: mail.sent.to.clone(),
        step: mail.step.clone().map(String::from),
        invoices: mail.invoices.iter().cloned().map(String::from).collect(),
    });
    sent.collect()
}

#[tokio::test]
async fn a_world_that_is_upgraded_in_its_middle_sends_what_it_would_have_sent() {
    for name in ["middle", "restored"] {
        let upgrade = Upgrade::read(name);
        let scene = upgrade.live().await;
        assert_eq!(sent(&scene), upgrade.mails, "{name}");
        assert!(scene.world.dead_letters().is_empty(), "{name}");
    }
}
