//! `relance backtest`: last year's invoices and payments through a policy, or through two, before anything is deployed.

mod by_lines;
mod by_sheet;
mod by_tool;
mod circles;
mod fate;
mod figures;
mod files;
mod life;
mod page;
mod played;
mod report;
mod told;

use std::path::PathBuf;

use clap::Args;
use dunning::policy::Policy;
use dunning::value::SourceName;
use jiff::Timestamp;
use jiff::civil::Date;
use runtime::{Clock, PolicyError, load_policy};
use sources::{NoTool, Tool};

use self::by_tool::NotTold;
use self::figures::Figures;
use self::report::Report;
use self::told::{Told, Year};
use crate::folder::PolicyFolder;
use crate::progress::Line;
use crate::sheet::{self, NoSheet, Reader};

/// What `relance backtest` may be told.
#[derive(Args)]
#[command(
    after_help = "Nothing is sent, and nothing is deployed. Every mail is taken as delivered, every approval as given \
                  at once."
)]
pub(crate) struct Options {
    /// The file with last year's invoices. As comma-separated values it has the columns of `relance import --csv`, and
    /// `issued_on`, `total`, `paid_on`, `booked_on`; or it has an event in each line, as a billing system of your own
    /// posts it
    #[arg(long, value_name = "FILE", required_unless_present = "source")]
    invoices: Option<PathBuf>,
    /// The billing source's name in the policy: whose invoices the file has, where the policy has several. Without a file,
    /// the tool itself is asked for the last twelve months, by the key in `RELANCE_KEY`; else it is asked for
    #[arg(long, value_name = "SOURCE", value_parser = |name: &str| SourceName::parse(name))]
    source: Option<SourceName>,
    /// Play the same year by the policy in this folder, too
    #[arg(long, value_name = "FOLDER")]
    against: Option<PathBuf>,
    /// Where the page goes
    #[arg(
        long,
        value_name = "FILE",
        default_value = "relance-backtest.html",
        conflicts_with = "json"
    )]
    page: PathBuf,
    /// Print one JSON object, for programs, in place of the page
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: PolicyFolder,
}

/// Why a year is not played, or not all of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BacktestError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("--against: {0}")]
    Against(PolicyError),
    #[error("there is no source `{0}` in {folder}", folder = .1.display())]
    UnknownSource(SourceName, PathBuf),
    #[error("say --source: whose invoices these are; the policy has {0}")]
    WhichSource(String),
    #[error(transparent)]
    NoTool(#[from] NoTool),
    #[error(transparent)]
    Sheet(#[from] NoSheet),
    #[error(transparent)]
    NotTold(#[from] NotTold),
    #[error("{0}: there is no invoice of last year")]
    Empty(String),
    #[error("the page cannot be written to {path}: {why}", path = .0.display(), why = .1)]
    Page(PathBuf, std::io::Error),
    #[error("{0} lines are in none of the numbers: put them right, and run it again")]
    BadLines(usize),
}

pub(crate) async fn run(options: &Options) -> Result<(), BacktestError> {
    let folder = &options.folder.policy;
    let mut policies = vec![(folder, load_policy(folder)?)];
    if let Some(other) = &options.against {
        let policy = load_policy(other).map_err(BacktestError::Against)?;
        policies.push((other, policy));
    }
    let source = source(options, &policies[0].1)?;
    for (folder, policy) in &policies {
        if !policy.sources.contains_key(&source) {
            return Err(BacktestError::UnknownSource(source, (*folder).clone()));
        }
    }
    let year = read(options, &policies[0].1, &source).await?;
    for bad in &year.bad {
        eprintln!("not counted: {bad}");
    }
    let bad = year.bad.len();
    let zone = policies[0].1.sources[&source].time_zone.get().clone();
    let Some((from, until)) = year.span() else {
        let file = options.invoices.as_ref().map(|file| file.display());
        let whence = file.map_or_else(|| source.to_string(), |file| file.to_string());
        return Err(BacktestError::Empty(whence));
    };
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let report = play(year, (day(from), day(until)), until, &policies);
    if options.json {
        println!("{:#}", serde_json::json!(report));
    } else {
        print!("{}", report.text());
        let path = &options.page;
        std::fs::write(path, page::render(&report))
            .map_err(|why| BacktestError::Page(path.clone(), why))?;
        println!("\nThe page: {}", path.display());
    }
    if bad == 0 {
        Ok(())
    } else {
        Err(BacktestError::BadLines(bad))
    }
}

/// Whose invoices they are.
fn source(options: &Options, policy: &Policy) -> Result<SourceName, BacktestError> {
    let mut known = policy.sources.keys();
    match (&options.source, known.next(), known.next()) {
        (Some(source), ..) => Ok(source.clone()),
        (None, Some(only), None) => Ok(only.clone()),
        (None, ..) => {
            let known: Vec<&str> = policy.sources.keys().map(SourceName::as_str).collect();
            Err(BacktestError::WhichSource(known.join(", ")))
        }
    }
}

/// Reads the file, or else asks the tool.
async fn read(
    options: &Options,
    policy: &Policy,
    source: &SourceName,
) -> Result<Year, BacktestError> {
    let settings = &policy.sources[source];
    let now = Clock::system().now();
    let tool = Tool::find(settings.tool_name(source), &options.folder.policy)?;
    let Some(file) = &options.invoices else {
        return Ok(by_tool::read(&tool, source, settings, now).await?);
    };
    let text = sheet::text(file)?;
    if text.trim_start().starts_with('{') {
        return Ok(by_lines::read(&text, source, settings));
    }
    let reader = Reader {
        tool: &tool,
        source,
        settings,
        as_of: now,
        now,
        besides: &by_sheet::COLUMNS,
    };
    Ok(by_sheet::read(&reader, (file, &text))?)
}

/// The year by each policy.
fn play(
    year: Year,
    (from, last): (Date, Date),
    until: Timestamp,
    policies: &[(&PathBuf, Policy)],
) -> Report {
    let circles: Vec<Vec<Told>> = circles::circles(year.told);
    let mut line = Line::default();
    let figures = policies.iter().map(|(folder, policy)| {
        let folder = folder.display().to_string();
        let fates = played::play(policy, &circles, until, |done| {
            let of = circles.len();
            line.show(&format!("{folder}: {done} of {of} groups of customers"));
        });
        Figures::of(folder, policy, &fates)
    });
    let figures: Vec<Figures> = figures.collect();
    line.end();
    let customers = figures.first().map(|it| it.customers.as_slice());
    let customers = customers.unwrap_or_default();
    let report = Report {
        from,
        until: last,
        customers: customers.len(),
        invoices: customers.iter().map(|it| it.invoices).sum(),
        bad: year.bad,
        hear_otherwise: None,
        policies: figures,
    };
    report.compared()
}

#[cfg(test)]
mod tests;
