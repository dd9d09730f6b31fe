//! `relance retell`: lets be told again what was told once, and was lost, misunderstood or never done.

mod dead_letters;
mod deliveries;
mod mail_events;

use clap::{Args, Subcommand};

use crate::aws::{Account, AwsError};

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Translate again what came in of late, once its filter was mended
    Deliveries(deliveries::Options),
    /// Let EventBridge tell again what SES said of the mails, after the table was recovered
    MailEvents(mail_events::Options),
    /// Bring back what failed too often, once its cause is gone
    DeadLetters(dead_letters::Options),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RetellError {
    #[error(transparent)]
    Deliveries(#[from] deliveries::NotAllRetold),
    #[error(transparent)]
    Aws(#[from] AwsError),
}

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), RetellError> {
    match &options.what {
        What::Deliveries(options) => deliveries::run(options, account).await?,
        What::MailEvents(options) => mail_events::run(options, account).await?,
        What::DeadLetters(options) => dead_letters::run(options, account).await?,
    }
    Ok(())
}
