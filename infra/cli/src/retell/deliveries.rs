//! `relance retell deliveries`: what came in is translated again, once its filter was mended.

use clap::Args;
use dunning::billing::Status;
use dunning::file::Invoice;
use dunning::value::{BadId, InvoiceId};
use ingest::{Ingest, NotRetold, Retold, Which};
use jiff::ToSpan;
use jiff::civil::Date;
use ledger::{Changed, Delivery, LedgerError, Watch};
use runtime::{PolicyError, load_policy};

use crate::aws::{Account, AwsError};
use crate::folder::PolicyFolder;
use crate::progress::Line;
use crate::target::{RealmArgs, today};

/// As long as deliveries are kept.
const KEPT_DAYS: i64 = 30;

#[derive(Args)]
pub(crate) struct Options {
    /// Only what speaks of this invoice, or did, by the id that the billing tool has for it
    invoice: Option<String>,
    /// The first day, in UTC [default: as long as deliveries are kept]
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// The last day, in UTC [default: today]
    #[arg(long, value_name = "DAY")]
    until: Option<Date>,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    folder: PolicyFolder,
    #[command(flatten)]
    realm: RealmArgs,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAllRetold {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Id(#[from] BadId),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("--from {0} is after --until {1}")]
    Backwards(Date, Date),
    #[error("{0} deliveries could not be told again")]
    Failed(usize),
}

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), NotAllRetold> {
    let until = options.until.unwrap_or_else(today);
    let from = options
        .from
        .unwrap_or_else(|| until.saturating_sub(KEPT_DAYS.days()));
    if from > until {
        return Err(NotAllRetold::Backwards(from, until));
    }
    let policy = load_policy(&options.folder.policy)?;
    let stack = options.realm.stack.open(account).await?;
    let (ledger, watch) = stack.ledger()?.watched(options.dry_run);
    let ingest = Ingest::to_retell(&stack.aws, ledger, policy, &options.folder.policy);
    let source = options.realm.realm()?.source;
    let only = options.invoice.as_deref().map(InvoiceId::parse);
    let only = only.transpose()?;
    let which = Which {
        source: &source,
        days: from..=until,
        only: only.as_ref(),
    };
    let mut count = Count::default();
    let each = |delivery: &Delivery, retold| count.take(delivery, retold, &watch);
    if options.dry_run {
        ingest.retell_days(&which, each).await?;
    } else {
        ingest.retell_all(&which, each).await?;
    }
    count.print(options.dry_run);
    match count.failed {
        0 => Ok(()),
        failed => Err(NotAllRetold::Failed(failed)),
    }
}

/// What became of the deliveries.
#[derive(Default)]
struct Count {
    deliveries: usize,
    changed: usize,
    failed: usize,
    line: Line,
}

impl Count {
    fn take(&mut self, delivery: &Delivery, retold: Result<Retold, NotRetold>, watch: &Watch) {
        self.deliveries += 1;
        self.line.end();
        for changed in watch.take() {
            self.changed += 1;
            print_change(&changed);
        }
        let at = delivery.at;
        match retold {
            Ok(retold) => retold
                .nonsense
                .iter()
                .for_each(|why| println!("the delivery of {at:.0} makes no sense: {why}")),
            Err(why) => {
                self.failed += 1;
                eprintln!("the delivery of {at:.0} could not be told again: {why}");
            }
        }
        let count = self.deliveries;
        self.line
            .show(&format!("{count} deliveries, up to that of {at:.0}"));
    }

    fn print(&mut self, dry_run: bool) {
        self.line.end();
        match (self.changed, dry_run) {
            (0, _) => println!(
                "Nothing changes. What was told by the same translation stands: a mended filter needs a higher `translation` in its manifest"
            ),
            (count, true) => println!("{count} changes would be made, and none was"),
            (count, false) => println!("{count} changes were made"),
        }
    }
}

fn print_change(changed: &Changed) {
    let debtor = &changed.debtor.customer;
    if changed.invoices.is_empty() {
        println!("{debtor}: what is known of the customer changes");
    }
    for (before, after) in &changed.invoices {
        let before = before
            .as_ref()
            .map_or_else(|| "not known".to_owned(), standing);
        println!(
            "{} of {debtor}: {before} -> {}",
            after.name(),
            standing(after)
        );
    }
}

/// Where an invoice stands, in a line.
fn standing(invoice: &Invoice) -> String {
    let balance = invoice.balance();
    if invoice.debt.withdrawn {
        return "not known any more: let the tool show it again".to_owned();
    }
    let due = balance
        .due_on
        .map_or_else(String::new, |due| format!(", due on {due}"));
    let (remaining, total) = (balance.remaining, balance.total);
    format!(
        "{}, {remaining} of {total} to be paid{due}",
        word(balance.status)
    )
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Draft => "a draft",
        Status::Open => "open",
        Status::Uncollectible => "written off",
        Status::Paid => "paid",
        Status::Void => "void",
    }
}
