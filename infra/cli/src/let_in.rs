//! `relance release --imported`: what was brought in from before Relance is let go.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use dunning::file::Invoice;
use dunning::policy::ChaseFrom;
use dunning::rules::ImportedOnly;
use dunning::value::{Currency, DebtorKey, Money};
use jiff::ToSpan;
use runtime::{Clock, load_policy};

use crate::aws::Account;
use crate::folder::PolicyFolder;
use crate::progress::Line;
use crate::target::{RealmArgs, TargetError, today};

/// Which of what was brought in.
#[derive(Args)]
pub(crate) struct LetInArgs {
    /// What `relance import` brought in of a source: each ladder begins at its first step after the due date
    #[arg(long, requires = "source", conflicts_with_all = ["id", "hold"])]
    imported: bool,
    /// Only those of which less than this is left, in their own currency
    #[arg(
        long,
        value_name = "AMOUNT",
        requires = "imported",
        value_parser = |text: &str| ChaseFrom::parse(text).map_err(|_| NOT_AN_AMOUNT)
    )]
    below: Option<ChaseFrom>,
    /// Only those that have been due for fewer days than this
    #[arg(long, value_name = "DAYS", requires = "imported")]
    younger_than: Option<u16>,
    #[command(flatten)]
    folder: PolicyFolder,
}

const NOT_AN_AMOUNT: &str = "an amount is written like 1500 or 1500.00";

impl LetInArgs {
    pub(crate) fn is_meant(&self) -> bool {
        self.imported
    }

    fn only(&self) -> ImportedOnly {
        ImportedOnly {
            below: self.below,
            due_from: self.younger_than.map(|days| {
                let days = i32::from(days);
                today().saturating_sub(days.days()).saturating_add(1.day())
            }),
        }
    }
}

/// Lets them go, customer by customer. One that fails stops none of the others.
pub(crate) async fn run(
    options: &LetInArgs,
    realm: &RealmArgs,
    account: &Account,
) -> Result<(), TargetError> {
    let policy = load_policy(&options.folder.policy)?;
    let source = realm.realm()?.source;
    let Some(settings) = policy.sources.get(&source) else {
        return Err(TargetError::UnknownSource(source));
    };
    let ledger = realm.ledger(account).await?;
    let (only, clock) = (options.only(), Clock::system());
    let open = ledger.open_of(&source, settings.mode).await?;
    let debtors: BTreeSet<DebtorKey> = open.into_iter().map(|(debtor, _)| debtor).collect();
    let (mut count, mut left, mut failed) = (0, 0, 0);
    let mut sums = Sums::default();
    let mut line = Line::default();
    for (done, debtor) in debtors.iter().enumerate() {
        let of = debtors.len();
        line.show(&format!(
            "{done} of {of} customers, {count} invoices let go"
        ));
        match ledger.let_imported_in(debtor, &policy, only, &clock).await {
            Ok(let_in) => {
                count += let_in.invoices.len();
                left += let_in.left;
                let_in.invoices.iter().for_each(|invoice| sums.add(invoice));
            }
            Err(error) => {
                line.end();
                failed += 1;
                eprintln!("not let go: {debtor}: {error}");
            }
        }
    }
    line.end();
    let sums = sums.said();
    println!("{source}: {count} imported invoices are let go{sums}; {left} stay on hold");
    if failed > 0 {
        return Err(TargetError::NotLetIn(failed));
    }
    Ok(())
}

/// What is owed in each currency.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sums(BTreeMap<Currency, i64>);

impl Sums {
    pub(crate) fn add(&mut self, invoice: &Invoice) {
        let Money { minor, currency } = invoice.balance().remaining;
        let sum = self.0.entry(currency).or_default();
        *sum = sum.saturating_add(minor);
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = Money> {
        let sums = self.0.iter();
        sums.map(|(&currency, &minor)| Money { minor, currency })
    }

    /// Behind a number of invoices; nothing where there is none.
    pub(crate) fn said(&self) -> String {
        let sums: Vec<String> = self.each().map(|sum| sum.to_string()).collect();
        if sums.is_empty() {
            String::new()
        } else {
            format!(" ({})", sums.join(", "))
        }
    }
}
