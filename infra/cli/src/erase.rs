//! `relance erase`: all that is kept of a customer is taken out of the table.

use std::io::{BufRead, IsTerminal, stdin};

use clap::Args;
use dunning::file::Pause;
use dunning::rules::Instruction;
use dunning::value::{CustomerId, DebtorKey};
use ledger::Ledger;

use crate::aws::Account;
use crate::target::{RealmArgs, TargetError};

#[derive(Args)]
pub(crate) struct Options {
    /// The customer's id, as the billing tool has it
    customer: String,
    /// Ask nothing
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    realm: RealmArgs,
}

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), TargetError> {
    let id = &options.customer;
    let debtor = DebtorKey {
        realm: options.realm.realm()?,
        customer: CustomerId::parse(id)?,
    };
    let stack = options.realm.stack.open(account).await?;
    let ledger = stack.ledger()?;
    if !options.yes && !is_meant(id) {
        return Err(TargetError::NotConfirmed(id.clone()));
    }
    nothing_leaves(&ledger, &debtor).await?;
    let erased = ledger.erase(&debtor).await?;
    if erased.items == 0 {
        return Err(TargetError::Unknown(id.clone(), debtor.realm));
    }
    println!("{id}: {} items are erased", erased.items);
    if erased.kept > 0 {
        println!(
            "{id}: of {} of its addresses a hash is kept, without the customer: others have them, or a mail there bounced or was called spam",
            erased.kept
        );
    }
    println!(
        "{id}: what the billing tool tells of it from now on begins a new file; webhooks as they came, logs and the backup go by themselves (infra/PRIVACY.md)"
    );
    Ok(())
}

/// Whoever is asked at a terminal writes the id once more.
fn is_meant(id: &str) -> bool {
    if !stdin().is_terminal() {
        return false;
    }
    eprint!("All that is kept of {id} is erased, for good. Write its id again: ");
    let mut again = String::new();
    stdin().lock().read_line(&mut again).is_ok() && again.trim() == id
}

/// From now on no mail to it begins; and none may be on its way.
async fn nothing_leaves(ledger: &Ledger, debtor: &DebtorKey) -> Result<(), TargetError> {
    let now = runtime::Clock::system().now();
    let pause = Instruction::Pause(Pause { until: None });
    ledger.instruct(debtor, None, pause, now).await?;
    match ledger.debtor(debtor).await? {
        Some(known) if known.value.claims.values().any(|claim| !claim.expired) => {
            Err(TargetError::OnItsWay(debtor.customer.to_string()))
        }
        _ => Ok(()),
    }
}
