//! `relance replan`: plans open invoices anew by the policy as it is, one, one customer's, or all.

mod pace;
mod progress;
mod state;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use dunning::policy::Policy;
use dunning::value::{DebtorKey, SourceName};
use ledger::{Ledger, LedgerError, Page, Place, Replanned, Target};
use runtime::{Clock, PolicyError, load_policy};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use self::pace::Pace;
use self::progress::Progress;
use self::state::{State, StateError};
use crate::aws::Account;
use crate::folder::PolicyFolder;
use crate::target::{TargetArgs, TargetError};

/// What is planned anew.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct About {
    /// The invoice's or the customer's id, as the billing tool has it
    id: Option<String>,
    /// All open invoices of a billing source, of whatever account and mode
    #[arg(long, value_name = "SOURCE", value_parser = |name: &str| SourceName::parse(name))]
    all_of: Option<SourceName>,
    /// All open invoices
    #[arg(long)]
    everything: bool,
}

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    folder: PolicyFolder,
    /// About how many units of DynamoDB to take a second, where the whole table is read
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// In how many parts to read the table at a time
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    parts: u8,
    /// Note in this file how far it has come, and go on from there. It is deleted at the end
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplanError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error("{0} customers could not be planned anew: run it again")]
    Failed(usize),
    #[error("it stopped before the end: {0}; with --state it goes on from there")]
    Stopped(LedgerError),
}

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), ReplanError> {
    let policy = load_policy(&options.folder.policy)?;
    let ledger = options.target.realm.ledger(account).await;
    let ledger = ledger.map_err(TargetError::from)?;
    if let Some(id) = &options.about.id {
        return one(options, &ledger, &policy, id).await;
    }
    let job = Arc::new(Job {
        ledger,
        policy,
        clock: Clock::system(),
        only: options.about.all_of.clone(),
        pace: Pace::new(options.rate),
    });
    all(options, job).await
}

async fn one(
    options: &Options,
    ledger: &Ledger,
    policy: &Policy,
    id: &str,
) -> Result<(), ReplanError> {
    let Target { debtor, only } = options.target.find(ledger, id).await?;
    let replanned = ledger
        .replan(&debtor, only.as_ref(), policy, &Clock::system())
        .await?;
    match (replanned, &only) {
        (Replanned { invoices: 0, .. }, Some(_)) => {
            println!("{id} is not open: nothing is planned for it");
        }
        (Replanned { invoices: 0, .. }, None) if ledger.debtor(&debtor).await?.is_none() => {
            return Err(options.target.unknown(id).into());
        }
        (replanned, _) => println!("{id}: {}", told(replanned)),
    }
    Ok(())
}

fn told(Replanned { invoices, changed }: Replanned) -> String {
    format!("{invoices} open invoices were looked at, {changed} are planned anew")
}

/// What each part of the table is read with.
struct Job {
    ledger: Ledger,
    policy: Policy,
    clock: Clock,
    only: Option<SourceName>,
    pace: Pace,
}

/// What a part of the table tells whoever keeps the account.
enum News {
    /// A page is done, up to this place.
    Page {
        part: usize,
        place: Place,
        items: usize,
        replanned: Replanned,
    },
    /// A customer's file is not.
    Failed(DebtorKey, LedgerError),
    /// Nor is anything after this.
    Stopped(LedgerError),
}

async fn all(options: &Options, job: Arc<Job>) -> Result<(), ReplanError> {
    let about = job.only.as_ref().map_or("everything", SourceName::as_str);
    let mut state = State::open(options.state.as_deref(), about, options.parts)?;
    let mut progress = Progress::new(job.ledger.about_how_many_items().await, &state);
    let (tell, mut news) = mpsc::channel(64);
    let mut parts = JoinSet::new();
    for (part, place) in state.places().iter().cloned().enumerate() {
        let (job, tell, of) = (Arc::clone(&job), tell.clone(), state.parts());
        parts.spawn(async move { job.read(part, of, place, &tell).await });
    }
    drop(tell);
    let (mut failed, mut stopped) = (0, None);
    while let Some(news) = news.recv().await {
        match news {
            News::Page {
                part,
                place,
                items,
                replanned,
            } => {
                state.note(part, place, items, replanned)?;
                progress.show(&state);
            }
            News::Failed(debtor, error) => {
                failed += 1;
                progress.say(&format!("not planned anew: {debtor}: {error}"));
            }
            News::Stopped(error) => stopped = Some(error),
        }
    }
    progress.end();
    println!("{}", told(state.replanned()));
    if let Some(error) = stopped {
        return Err(ReplanError::Stopped(error));
    }
    state.close()?;
    if failed > 0 {
        return Err(ReplanError::Failed(failed));
    }
    Ok(())
}

impl Job {
    /// Reads a part of the table to its end. Stops where the table cannot be read, or nobody listens.
    async fn read(&self, part: usize, of: u8, mut place: Place, tell: &mpsc::Sender<News>) {
        let number = u8::try_from(part).unwrap_or(u8::MAX);
        while place != Place::End {
            let page = match self.ledger.page(number, of, &place).await {
                Ok(page) => page,
                Err(error) => {
                    let _ = tell.send(News::Stopped(error)).await;
                    return;
                }
            };
            self.pace.take(page.units).await;
            let replanned = self.replan(&page, tell).await;
            place = page.place;
            let news = News::Page {
                part,
                place: place.clone(),
                items: page.items,
                replanned,
            };
            if tell.send(news).await.is_err() {
                return;
            }
        }
    }

    async fn replan(&self, page: &Page, tell: &mpsc::Sender<News>) -> Replanned {
        let mut sum = Replanned::default();
        let wanted = |debtor: &&DebtorKey| {
            let source = &debtor.realm.source;
            self.only.as_ref().is_none_or(|only| only == source)
        };
        for debtor in page.debtors.iter().filter(wanted) {
            let Self {
                ledger,
                policy,
                clock,
                ..
            } = self;
            match ledger.replan(debtor, None, policy, clock).await {
                Ok(replanned) => {
                    sum.invoices += replanned.invoices;
                    sum.changed += replanned.changed;
                    self.pace.take(units(replanned)).await;
                }
                // One that fails stops none of the others.
                Err(error) => {
                    let _ = tell.send(News::Failed(debtor.clone(), error)).await;
                }
            }
        }
        sum
    }
}

/// About what a file takes: a unit for each of its invoices, which are read to the byte; in a transaction
/// each of two items costs twice what it weighs.
fn units(Replanned { invoices, changed }: Replanned) -> f64 {
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    1.0 + count(invoices) + 10.0 * count(changed)
}
