//! `relance plan`: the dates of one invoice, and why.

mod report;
mod told;

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use mail::{TemplateError, Templates};
use runtime::{Clock, PolicyError, load_policy};

use crate::folder::PolicyFolder;
use crate::source::SourceError;
use report::Report;
use told::{NotTold, Told};

/// What `relance plan` may be told.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    folder: PolicyFolder,
    /// The file with an event that shows the invoice, as its source sends it; - is the standard input
    invoice: PathBuf,
    /// Whose event it is. Without it, that of the policy's only source; of several, an event as by Standard Webhooks
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Plan it as if it came on that day, and not today
    #[arg(long, value_name = "DAY")]
    on: Option<Date>,
    /// Print it for programs
    #[arg(long)]
    json: bool,
}

/// Why nothing is planned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    NotTold(#[from] NotTold),
    #[error(transparent)]
    Templates(#[from] TemplateError),
}

pub(crate) fn run(options: &Options) -> Result<(), PlanError> {
    let folder = &options.folder.policy;
    let policy = load_policy(folder)?;
    let templates = Templates::load(&folder.join("templates"))?.in_languages_of(&policy);
    let zone = policy.company.time_zone.get();
    let now = match options.on {
        None => Clock::system().now(),
        // Before anything leaves that day.
        Some(day) => day
            .to_zoned(zone.clone())
            .map_err(|_| NotTold::Day(day))?
            .timestamp(),
    };
    let subject = told::subject(folder, &policy, options.source.as_deref())?;
    let body = crate::source::read(&options.invoice)?;
    let told = Told::by(&body, &subject, &policy, now)?;
    for invoice in told.file.open.values() {
        let report = Report::of(
            &policy,
            &told.file.debtor,
            invoice,
            templates.languages(),
            now,
        );
        if options.json {
            println!("{:#}", report.json());
        } else {
            print!("{}", report.text());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
