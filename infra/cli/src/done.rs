//! `relance done`: what came of a call.

use clap::Args;
use dunning::journal::CallResult;
use dunning::rules::Instruction;
use jiff::civil::Date;
use ledger::Target;
use runtime::Clock;

use crate::aws::Account;
use crate::target::{TargetArgs, TargetError, today};

#[derive(Args)]
#[command(mut_arg("customer", |arg| arg.hide(true)))]
pub(crate) struct DoneOptions {
    /// The invoice's id, as the billing tool has it
    id: String,
    #[command(flatten)]
    result: ResultArgs,
    #[command(flatten)]
    target: TargetArgs,
}

/// What the customer said.
#[derive(Args)]
#[group(multiple = false)]
struct ResultArgs {
    /// It will be paid by this day: reminders go on the day after
    #[arg(long, value_name = "DAY")]
    promised: Option<Date>,
    /// Something of it is disputed: nothing is sent until `relance resume`
    #[arg(long)]
    disputed: bool,
    /// Nobody answered
    #[arg(long)]
    voicemail: bool,
}

pub(crate) async fn run(options: &DoneOptions, account: &Account) -> Result<(), TargetError> {
    let DoneOptions { id, result, target } = options;
    if let Some(past) = result.promised.filter(|day| *day < today()) {
        return Err(TargetError::PastPromise(past));
    }
    let result = match result.promised {
        Some(day) => CallResult::Promised(day),
        None if result.disputed => CallResult::Disputed,
        None if result.voicemail => CallResult::Voicemail,
        None => CallResult::Reached,
    };
    let ledger = target.realm.ledger(account).await?;
    let Target { debtor, only } = target.find(&ledger, id).await?;
    let Some(invoice) = only else {
        return Err(TargetError::NotAnInvoice(id.clone()));
    };
    let now = Clock::system().now();
    let called = Instruction::Called(result);
    match ledger
        .instruct(&debtor, Some(&invoice), called, now)
        .await?
    {
        None => println!("{id} is not open: no reminder is planned for it"),
        Some(journal) => journal
            .iter()
            .for_each(|line| println!("{id}: {}", line.what)),
    }
    Ok(())
}
