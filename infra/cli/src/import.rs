//! `relance import`: a billing tool's open invoices from before Relance come in, on hold, and it is printed what each
//! would be sent.

mod report;

use std::sync::Arc;
use std::time::Duration;

use ask::{Import, NotImported};
use asking::{Asker, Http};
use clap::Args;
use dunning::value::SourceName;
use jiff::Timestamp;
use runtime::{Clock, PolicyError, load_policy};

use crate::aws::{Account, AwsError};
use crate::folder::PolicyFolder;
use crate::progress::Line;
use crate::stack::StackArgs;

/// What `relance import` may be told.
#[derive(Args)]
#[command(
    after_help = "Nothing is sent about what comes in, until `relance release --imported`. It can be run again at \
                  any time: what is known is not brought in twice, and one that was interrupted goes on where it \
                  stopped."
)]
pub(crate) struct Options {
    /// The billing source's name in the policy
    #[arg(long, value_name = "SOURCE", value_parser = |name: &str| SourceName::parse(name))]
    source: SourceName,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: PolicyFolder,
    #[command(flatten)]
    stack: StackArgs,
}

/// Why nothing is brought in, or not all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error("there is no source `{0}` in the policy")]
    UnknownSource(SourceName),
    #[error("{why}: relance secret set {name} --key --stack {stack}")]
    NoKey {
        why: NotImported,
        name: SourceName,
        stack: String,
    },
    #[error("{0}")]
    Overtaken(NotImported),
    #[error("{0}; what is in stays, and the same command goes on from there")]
    Stopped(NotImported),
}

/// So often in a row the tool may fail to say a page.
const ATTEMPTS: u32 = 8;
/// Nobody waits at a terminal for longer.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), ImportError> {
    let source = &options.source;
    let policy = load_policy(&options.folder.policy)?;
    if !policy.sources.contains_key(source) {
        return Err(ImportError::UnknownSource(source.clone()));
    }
    let stack = options.stack.open(account).await?;
    let asker = Asker::new(
        Arc::new(policy),
        &options.folder.policy,
        stack.keys()?,
        Http::system(),
        stack.ledger()?,
    );
    let failed = |why| ImportError::of(why, source, &stack.name);
    let mut import = Import::begin(&asker, source).await.map_err(failed)?;
    bring_in(&mut import).await.map_err(failed)?;
    let on_hold = import.finish().await.map_err(failed)?;
    let report = report::Report {
        source,
        stack: &stack.name,
        policy: &asker.policy,
        so_far: import.so_far(),
        on_hold: &on_hold,
    };
    if options.json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.text());
    }
    Ok(())
}

/// Page by page, with patience for a tool that is busy.
async fn bring_in(import: &mut Import<'_>) -> Result<(), NotImported> {
    let mut line = Line::default();
    let mut failures = 0;
    loop {
        show(&mut line, import, "");
        match import.take_page().await {
            Ok(true) => failures = 0,
            Ok(false) => break,
            Err(why) => {
                failures += 1;
                let wait = why
                    .patience(now())
                    .and_then(|wait| Duration::try_from(wait).ok());
                let wait = wait.filter(|wait| failures < ATTEMPTS && *wait <= LONGEST_WAIT);
                let Some(wait) = wait else {
                    line.end();
                    return Err(why);
                };
                show(
                    &mut line,
                    import,
                    &format!("; {why}: waits {} s", wait.as_secs()),
                );
                tokio::time::sleep(wait).await;
            }
        }
    }
    line.end();
    Ok(())
}

fn show(line: &mut Line, import: &Import<'_>, and: &str) {
    let so_far = import.so_far();
    let resumed = if import.is_resumed() { ", resumed" } else { "" };
    let (listed, new) = (so_far.listed, so_far.new);
    line.show(&format!(
        "{listed} open invoices listed, {new} brought in or put right{resumed}{and}"
    ));
}

fn now() -> Timestamp {
    Clock::system().now()
}

impl ImportError {
    fn of(why: NotImported, source: &SourceName, stack: &str) -> Self {
        match why {
            NotImported::NoKey(_) => Self::NoKey {
                why,
                name: source.clone(),
                stack: stack.to_owned(),
            },
            NotImported::Overtaken(_) => Self::Overtaken(why),
            why => Self::Stopped(why),
        }
    }
}
