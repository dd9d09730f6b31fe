//! `relance replay`: lets EventBridge tell again what SES said of the mails.

use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::ReplayDestination;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

/// A mail that was claimed just before is told of just after.
const BEFORE: SignedDuration = SignedDuration::from_hours(1);

#[derive(Args)]
pub(crate) struct Options {
    /// The archive of SES's events: the output `MailEventArchiveArn` of the stack that sent the mails
    #[arg(long, value_name = "ARN")]
    archive: String,
    /// The rule that brings them to the stack: its output `MailEventRuleArn`. It lets through the events of
    /// a stack of the same name only
    #[arg(long, value_name = "ARN")]
    rule: String,
    /// From when on, as 2027-02-03T12:00:00Z
    #[arg(long, value_name = "INSTANT")]
    since: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error("--archive {0} is not the ARN of an archive of EventBridge")]
    Archive(String),
    #[error("EventBridge does not replay the archive ({0})")]
    Refused(String),
}

impl<E: ProvideErrorMetadata, R> From<SdkError<E, R>> for ReplayError {
    fn from(error: SdkError<E, R>) -> Self {
        Self::Refused(error.code().unwrap_or("no answer").to_owned())
    }
}

pub(crate) async fn run(options: &Options) -> Result<(), ReplayError> {
    let Options {
        archive,
        rule,
        since,
    } = options;
    // SES writes to the default bus only, and an archive replays to the bus that it comes from.
    let bus = archive
        .split_once(":archive/")
        .map(|(place, _)| format!("{place}:event-bus/default"))
        .ok_or_else(|| ReplayError::Archive(archive.clone()))?;
    let destination = ReplayDestination::builder()
        .arn(bus)
        .filter_arns(rule)
        .build()
        .expect("the bus is set");
    let now = runtime::Clock::system().now();
    let name = format!("relance-{}", now.as_second());
    let request = aws_sdk_eventbridge::Client::new(&crate::aws::config().await)
        .start_replay()
        .replay_name(&name)
        .event_source_arn(archive)
        .event_start_time(DateTime::from_secs((*since - BEFORE).as_second()))
        .event_end_time(DateTime::from_secs(now.as_second()))
        .destination(destination);
    request.send().await?;
    println!(
        "the replay {name} has begun: `aws events describe-replay --replay-name {name}` tells when it is done"
    );
    Ok(())
}
