//! `relance done`: what came of a call.

use clap::Args;
use dunning::journal::CallResult;
use dunning::rules::Instruction;
use jiff::civil::Date;

use crate::aws::Account;
use crate::pause::carry_out;
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
    let about = target.find(&ledger, id).await?;
    if about.only.is_none() {
        return Err(TargetError::NotAnInvoice(id.clone()));
    }
    carry_out(&ledger, id, target, &about, Instruction::Called(result)).await
}
