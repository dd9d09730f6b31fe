//! `relance restore`: brings a table back after a point-in-time recovery.

use std::path::PathBuf;

use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::ReplayDestination;
use clap::Args;
use dunning::restore::Gap;
use jiff::{SignedDuration, Timestamp};
use ledger::{Ledger, LedgerError};
use runtime::{PolicyError, load_policy};

/// A mail that was claimed just before the backup may be told of just after it.
const BEFORE_THE_GAP: SignedDuration = SignedDuration::from_hours(1);

#[derive(Args)]
pub(crate) struct Options {
    /// The table that was recovered. It is only read
    backup: String,
    /// The stack's own table: its output `TableName`
    #[arg(long, env = "RELANCE_TABLE")]
    table: String,
    /// The instant to which the table was recovered, as 2027-02-03T12:00:00Z
    #[arg(long, value_name = "INSTANT")]
    at: Timestamp,
    /// The archive of SES's events: the output `MailEventArchiveArn` of the stack that sent the mails
    #[arg(long, value_name = "ARN", requires = "rule")]
    archive: Option<String>,
    /// The rule that brings them to the stack: its output `MailEventRuleArn`
    #[arg(long, value_name = "ARN", requires = "archive")]
    rule: Option<String>,
    /// The folder with the policy, as it is deployed
    #[arg(long, value_name = "FOLDER", default_value = "infra/policy")]
    policy: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("--at {0} is not in the past")]
    Future(Timestamp),
    #[error("--archive {0} is not the ARN of an archive of EventBridge")]
    Archive(String),
    #[error("EventBridge does not replay the archive ({0})")]
    Replay(String),
}

impl<E: ProvideErrorMetadata, R> From<SdkError<E, R>> for RestoreError {
    fn from(error: SdkError<E, R>) -> Self {
        Self::Replay(error.code().unwrap_or("no answer").to_owned())
    }
}

pub(crate) async fn run(options: &Options) -> Result<(), RestoreError> {
    let gap = Gap {
        from: options.at,
        until: runtime::Clock::system().now(),
    };
    if gap.from >= gap.until {
        return Err(RestoreError::Future(gap.from));
    }
    let policy = load_policy(&options.policy)?;
    let aws = crate::aws::config().await;
    let table = |name: &str| Ledger::new(aws_sdk_dynamodb::Client::new(&aws), name);
    let restored = table(&options.table)
        .restore(&table(&options.backup), gap, &policy)
        .await?;
    println!(
        "{} customers, {} invoices and {} records were brought back; everything is paused",
        restored.debtors, restored.invoices, restored.records
    );
    for (debtor, error) in &restored.failed {
        println!("{debtor} was not brought back: {error}");
    }
    if let (Some(archive), Some(rule)) = (&options.archive, &options.rule) {
        let name = replay(&aws, archive, rule, gap).await?;
        println!(
            "SES's events of the gap are replayed as {name}: see `aws events describe-replay`"
        );
    }
    println!(
        "Let the billing tool send its events since {:.0} again",
        gap.from
    );
    println!("Then, when both are done: relance resume --everything");
    Ok(())
}

/// Starts the replay, and gives its name.
async fn replay(
    aws: &aws_config::SdkConfig,
    archive: &str,
    rule: &str,
    gap: Gap,
) -> Result<String, RestoreError> {
    // SES writes to the default bus only, and an archive replays to the bus that it comes from.
    let bus = archive
        .split_once(":archive/")
        .map(|(place, _)| format!("{place}:event-bus/default"))
        .ok_or_else(|| RestoreError::Archive(archive.to_owned()))?;
    let destination = ReplayDestination::builder()
        .arn(bus)
        .filter_arns(rule)
        .build()
        .expect("the bus is set");
    let name = format!("relance-restore-{}", gap.until.as_second());
    let from = gap.from - BEFORE_THE_GAP;
    let events = aws_sdk_eventbridge::Client::new(aws);
    let request = events
        .start_replay()
        .replay_name(&name)
        .event_source_arn(archive)
        .event_start_time(DateTime::from_secs(from.as_second()))
        .event_end_time(DateTime::from_secs(gap.until.as_second()))
        .destination(destination);
    request.send().await?;
    Ok(name)
}
