//! `relance import`: a billing tool's open invoices from before Relance come in, from the tool or from a file, on hold,
//! and it is printed what each would be sent.

mod as_of;
mod before;
mod report;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ask::{ByHand, Import, NotImported, OnHold};
use asking::{Asker, Http};
use clap::Args;
use dunning::policy::Policy;
use dunning::value::SourceName;
use jiff::Timestamp;
use runtime::{Clock, PolicyError, load_policy};
use sources::{NoTool, Tool};

use self::as_of::{AsOf, InTheFuture};
use crate::aws::{Account, AwsError};
use crate::folder::PolicyFolder;
use crate::progress::Line;
use crate::sheet::{NoSheet, Reader};
use crate::stack::{Stack, StackArgs};

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
    #[command(flatten)]
    by_hand: ByHandArgs,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: PolicyFolder,
    #[command(flatten)]
    stack: StackArgs,
}

/// What a person brings in, instead of the tool.
#[derive(Args)]
struct ByHandArgs {
    /// Bring in what stands in this file instead of asking the tool. Its columns: `id`, `customer`, `currency`,
    /// `remaining`; `already_sent` (late-10 2027-02-25), `promise` (a day), `leave_alone` (yes); and more in
    /// `infra/README.md`
    #[arg(long, value_name = "FILE", requires = "as_of")]
    csv: Option<PathBuf>,
    /// When the file was written, a day or an instant: what was paid since counts besides
    #[arg(long, value_name = "WHEN", requires = "csv", value_parser = AsOf::parse)]
    as_of: Option<AsOf>,
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
    #[error(transparent)]
    NoTool(#[from] NoTool),
    #[error(transparent)]
    Sheet(#[from] NoSheet),
    #[error(transparent)]
    AsOf(#[from] InTheFuture),
    #[error("{0} lines are not brought in: put them right, and run it again")]
    BadLines(usize),
}

impl Options {
    /// Says what is on hold now.
    fn print(&self, stack: &Stack, policy: &Policy, in_now: (&ledger::Import, &[OnHold])) {
        let (so_far, on_hold) = in_now;
        let report = report::Report {
            source: &self.source,
            stack: &stack.name,
            policy,
            so_far,
            on_hold,
        };
        if self.json {
            println!("{:#}", report.json());
        } else {
            print!("{}", report.text());
        }
    }
}

/// So often in a row the tool may fail to say a page.
const ATTEMPTS: u32 = 8;
/// Nobody waits at a terminal for longer.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), ImportError> {
    let policy = Arc::new(load_policy(&options.folder.policy)?);
    if !policy.sources.contains_key(&options.source) {
        return Err(ImportError::UnknownSource(options.source.clone()));
    }
    match &options.by_hand {
        ByHandArgs {
            csv: Some(file),
            as_of: Some(as_of),
        } => from_sheet(options, account, &policy, (file, as_of)).await,
        _ => from_tool(options, account, policy).await,
    }
}

/// All that the tool calls open.
async fn from_tool(
    options: &Options,
    account: &Account,
    policy: Arc<Policy>,
) -> Result<(), ImportError> {
    let source = &options.source;
    let stack = options.stack.open(account).await?;
    let asker = Asker::new(
        policy,
        &options.folder.policy,
        stack.keys()?,
        Http::system(),
        stack.ledger()?,
    );
    let failed = |why| ImportError::of(why, source, &stack.name);
    let mut import = Import::begin(&asker, source).await.map_err(failed)?;
    bring_in(&mut import).await.map_err(failed)?;
    let on_hold = import.finish().await.map_err(failed)?;
    options.print(&stack, &asker.policy, (import.so_far(), &on_hold));
    Ok(())
}

/// All that a person has in a file. A line that makes no sense stops none of the others.
async fn from_sheet(
    options: &Options,
    account: &Account,
    policy: &Policy,
    (file, as_of): (&Path, &AsOf),
) -> Result<(), ImportError> {
    let source = &options.source;
    let settings = &policy.sources[source];
    let tool = Tool::find(settings.tool_name(source), &options.folder.policy)?;
    let reader = Reader {
        tool: &tool,
        source,
        settings,
        as_of: as_of.in_zone(settings.time_zone.get(), now())?,
        now: now(),
        besides: &before::COLUMNS,
    };
    let (rows, bad) = before::read(policy, &reader, file)?;
    for bad in &bad {
        eprintln!("not brought in: {bad}");
    }
    let stack = options.stack.open(account).await?;
    let (ledger, clock) = (stack.ledger()?, Clock::system());
    let mut by_hand = ByHand::new((&ledger, policy, &clock), source, rows);
    let failed = |why| ImportError::of(why, source, &stack.name);
    bring_in(&mut by_hand).await.map_err(failed)?;
    let so_far = by_hand.so_far().clone();
    let on_hold = by_hand.finish().await.map_err(failed)?;
    let so_far = ledger::Import {
        nonsense: u64::try_from(bad.len()).unwrap_or(u64::MAX),
        ..so_far
    };
    options.print(&stack, policy, (&so_far, &on_hold));
    if bad.is_empty() {
        Ok(())
    } else {
        Err(ImportError::BadLines(bad.len()))
    }
}

/// What comes in bit by bit.
trait Incoming {
    /// Brings some of it in. Gives whether there is more.
    async fn take_some(&mut self) -> Result<bool, NotImported>;
    /// How far it has come.
    fn so_far(&self) -> &ledger::Import;
    /// Whether it was begun before.
    fn is_resumed(&self) -> bool;
}

impl Incoming for Import<'_> {
    async fn take_some(&mut self) -> Result<bool, NotImported> {
        self.take_page().await
    }

    fn so_far(&self) -> &ledger::Import {
        self.so_far()
    }

    fn is_resumed(&self) -> bool {
        self.is_resumed()
    }
}

impl Incoming for ByHand<'_> {
    async fn take_some(&mut self) -> Result<bool, NotImported> {
        self.take_some().await
    }

    fn so_far(&self) -> &ledger::Import {
        self.so_far()
    }

    fn is_resumed(&self) -> bool {
        false
    }
}

/// With patience for a tool, or a table, that is busy.
async fn bring_in(import: &mut impl Incoming) -> Result<(), NotImported> {
    let mut line = Line::default();
    let mut failures = 0;
    loop {
        show(&mut line, import, "");
        match import.take_some().await {
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

fn show(line: &mut Line, import: &impl Incoming, and: &str) {
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
