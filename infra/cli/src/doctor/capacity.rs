//! Whether the functions are called, and have room to run at the same time.

use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::types::RuleState;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::get_event_source_mapping::GetEventSourceMappingOutput;
use aws_sdk_lambda::types::{AccountLimit, ScalingConfig};
use dunning::policy::Deed;

use super::patient::Patient;
use super::report::Report;
use crate::aws::AwsError;

/// Shards of the stream of a young table.
const SHARDS: i32 = 4;
/// `sweep`, and a webhook.
const BESIDE: i32 = 2;

pub(super) async fn check(patient: &Patient, report: &mut Report) {
    let client = Client::new(&patient.stack.aws);
    let mut workers = Some(BESIDE);
    let (mut enabled, mut wrong) = (0, false);
    for mapping in patient.resources.of("AWS::Lambda::EventSourceMapping") {
        let uuid = &mapping.physical;
        let known = match client.get_event_source_mapping().uuid(uuid).send().await {
            Ok(known) => known,
            Err(error) => {
                wrong = true;
                workers = None;
                let why = AwsError::of("lambda:GetEventSourceMapping", &error);
                report.unseen("mapping", &why);
                continue;
            }
        };
        workers = workers.map(|sum| sum + most_of(&known));
        let (name, state) = (&mapping.logical, known.state().unwrap_or("unknown"));
        if ["Enabled", "Enabling", "Creating", "Updating"].contains(&state) {
            enabled += 1;
        } else {
            wrong = true;
            let mend = format!("aws lambda update-event-source-mapping --uuid {uuid} --enabled");
            let says = format!(
                "{name} is {}: its function is not called",
                state.to_lowercase()
            );
            report.wrong("mapping", says, mend);
        }
    }
    if !wrong {
        report.ok(
            "mapping",
            format!("{enabled} queues and streams reach their functions"),
        );
    }
    rules(patient, report).await;
    bus(patient, report).await;
    room(&client, workers, report).await;
}

/// How many of its function a queue or a stream may let run at once.
fn most_of(mapping: &GetEventSourceMappingOutput) -> i32 {
    let most = mapping
        .scaling_config()
        .and_then(ScalingConfig::maximum_concurrency);
    let by_shard = mapping.parallelization_factor().unwrap_or(1);
    most.unwrap_or(by_shard * SHARDS)
}

async fn rules(patient: &Patient, report: &mut Report) {
    let client = aws_sdk_eventbridge::Client::new(&patient.stack.aws);
    let (mut enabled, mut wrong) = (0, false);
    for rule in patient.resources.of("AWS::Events::Rule") {
        // Of a bus that is not the default one, CloudFormation names both.
        let (bus, name) = match rule.physical.rsplit_once('|') {
            Some((bus, name)) => (Some(bus.to_owned()), name),
            None => (None, rule.physical.as_str()),
        };
        let on_bus = bus
            .as_ref()
            .map_or_else(String::new, |bus| format!(" --event-bus-name {bus}"));
        let asked = client.describe_rule().name(name).set_event_bus_name(bus);
        match asked.send().await {
            Ok(known) if known.state() == Some(&RuleState::Disabled) => {
                wrong = true;
                let mend = format!("aws events enable-rule --name {name}{on_bus}");
                let says = format!("{} is disabled: what it brings does not come", rule.logical);
                report.wrong("rule", says, mend);
            }
            Ok(_) => enabled += 1,
            Err(error) => {
                wrong = true;
                report.unseen("rule", &AwsError::of("events:DescribeRule", &error));
            }
        }
    }
    if !wrong {
        report.ok("rule", format!("{enabled} rules are enabled"));
    }
}

/// Whether the bus is there on which the user's own automation is told something: EventBridge takes what is put on
/// none, and drops it.
async fn bus(patient: &Patient, report: &mut Report) {
    let mut steps = patient.policy.steps();
    if !steps.any(|step| matches!(step.deed, Deed::Signal(_))) {
        return;
    }
    let Some(name) = patient.stack.parameters.get("SignalBus") else {
        report.unknown("bus", "the stack is older than signals: deploy it");
        return;
    };
    let client = aws_sdk_eventbridge::Client::new(&patient.stack.aws);
    match client.describe_event_bus().name(name).send().await {
        Ok(_) => report.ok(
            "bus",
            format!("your own automation is told on the event bus {name}"),
        ),
        Err(error) if error.code() == Some("ResourceNotFoundException") => {
            let says =
                format!("there is no event bus {name}: what your own automation is told is lost");
            report.wrong(
                "bus",
                says,
                format!("aws events create-event-bus --name {name}"),
            );
        }
        Err(error) => report.unseen("bus", &AwsError::of("events:DescribeEventBus", &error)),
    }
}

/// Whether all that may run at once finds room in the account, beside what is reserved for others.
async fn room(client: &Client, workers: Option<i32>, report: &mut Report) {
    let Some(workers) = workers else {
        report.unknown("concurrency", "how many workers there are was not told");
        return;
    };
    let account = match client.get_account_settings().send().await {
        Ok(account) => account,
        Err(error) => {
            let why = AwsError::of("lambda:GetAccountSettings", &error);
            report.unseen("concurrency", &why);
            return;
        }
    };
    let limit = account
        .account_limit()
        .and_then(AccountLimit::unreserved_concurrent_executions);
    let Some(limit) = limit else {
        report.unknown("concurrency", "Lambda does not tell the account's limit");
        return;
    };
    let says =
        format!("{workers} functions may run at once, of {limit} that the account leaves them");
    if workers <= limit {
        report.ok("concurrency", says);
    } else {
        let more = workers.max(100);
        report.wrong(
            "concurrency",
            format!("{says}: webhooks may be refused for a moment, and come again"),
            format!(
                "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 \
                 --desired-value {more}; or fewer workers: infra/README.md, \"How many run at a time\""
            ),
        );
    }
}
