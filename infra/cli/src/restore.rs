//! `relance restore`: brings a table back after a point-in-time recovery.

use clap::Args;
use dunning::rules::Gap;
use jiff::Timestamp;
use ledger::{Ledger, LedgerError};
use runtime::{PolicyError, load_policy};

use crate::aws::{Account, AwsError};
use crate::folder::PolicyFolder;
use crate::stack::StackArgs;

#[derive(Args)]
pub(crate) struct Options {
    /// The table that was recovered. It is only read
    backup: String,
    /// The instant to which the table was recovered, as 2027-02-03T12:00:00Z
    #[arg(long, value_name = "INSTANT")]
    at: Timestamp,
    #[command(flatten)]
    folder: PolicyFolder,
    #[command(flatten)]
    stack: StackArgs,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("--at {0} is not in the past")]
    Future(Timestamp),
    #[error("{0} of them could not be brought back; everything stays paused")]
    Failed(usize),
}

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), RestoreError> {
    let gap = Gap {
        from: options.at,
        until: runtime::Clock::system().now(),
    };
    if gap.from >= gap.until {
        return Err(RestoreError::Future(gap.from));
    }
    let policy = load_policy(&options.folder.policy)?;
    let stack = options.stack.open(account).await?;
    let backup = aws_sdk_dynamodb::Client::new(&stack.aws);
    let backup = Ledger::new(backup, &options.backup);
    let restored = stack.ledger()?.restore(&backup, gap, &policy).await?;
    println!(
        "{} customers, {} invoices and {} records were brought back; everything is paused",
        restored.debtors, restored.invoices, restored.records
    );
    if restored.failed.is_empty() {
        return Ok(());
    }
    for failure in &restored.failed {
        eprintln!("not brought back: {failure}");
    }
    Err(RestoreError::Failed(restored.failed.len()))
}
