//! `relance retell mail-events`: lets EventBridge tell again what SES said of the mails.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::ReplayDestination;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use crate::aws::{Account, AwsError};
use crate::stack::StackArgs;

/// A mail that was claimed just before is told of just after.
const BEFORE: SignedDuration = SignedDuration::from_hours(1);

#[derive(Args)]
pub(crate) struct Options {
    /// From when on, as 2027-02-03T12:00:00Z
    #[arg(long, value_name = "INSTANT")]
    since: Timestamp,
    /// The archive of an earlier stack of this name, where the one that sent the mails is gone
    /// [default: the stack's own]
    #[arg(long, value_name = "ARN", value_parser = archive)]
    archive: Option<String>,
    #[command(flatten)]
    stack: StackArgs,
}

fn archive(arn: &str) -> Result<String, String> {
    match bus(arn) {
        Some(_) => Ok(arn.to_owned()),
        None => Err("it is not the ARN of an archive of EventBridge".to_owned()),
    }
}

/// SES writes to the default bus only, and an archive replays to the bus that it comes from.
fn bus(archive: &str) -> Option<String> {
    let (place, _) = archive.split_once(":archive/")?;
    Some(format!("{place}:event-bus/default"))
}

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), AwsError> {
    let stack = options.stack.open(account).await?;
    let archive = match &options.archive {
        Some(archive) => archive,
        None => stack.output("MailEventArchiveArn")?,
    };
    let destination = ReplayDestination::builder()
        .arn(bus(archive).unwrap_or_default())
        .filter_arns(stack.output("MailEventRuleArn")?)
        .build()
        .expect("the bus is set");
    let now = runtime::Clock::system().now();
    let name = format!("relance-{}", now.as_second());
    let request = Client::new(&stack.aws)
        .start_replay()
        .replay_name(&name)
        .event_source_arn(archive)
        .event_start_time(DateTime::from_secs((options.since - BEFORE).as_second()))
        .event_end_time(DateTime::from_secs(now.as_second()))
        .destination(destination);
    let begun = request.send().await;
    begun.map_err(|error| AwsError::of("events:StartReplay", &error))?;
    println!(
        "the replay {name} has begun: `aws events describe-replay --replay-name {name}` tells when it is done"
    );
    Ok(())
}
