//! `relance approve`: what the policy wants a person to see first may leave.

use std::collections::BTreeSet;

use clap::Args;
use dunning::rules::Instruction;
use dunning::value::DebtorKey;
use ledger::Target;
use runtime::Clock;

use crate::aws::Account;
use crate::progress::Line;
use crate::target::{TargetArgs, TargetError};

#[derive(Args)]
// Without an id nothing of them is meant.
#[command(mut_arg("customer", |arg| arg.requires("id")))]
#[command(mut_arg("account", |arg| arg.requires("id")))]
pub(crate) struct ApproveOptions {
    /// The invoice's or the customer's id, as the billing tool has it
    #[arg(required_unless_present = "all")]
    id: Option<String>,
    /// Everything of the source that waits for approval
    #[arg(long, conflicts_with = "id")]
    all: bool,
    #[command(flatten)]
    target: TargetArgs,
}

pub(crate) async fn run(options: &ApproveOptions, account: &Account) -> Result<(), TargetError> {
    let target = &options.target;
    let ledger = target.realm.ledger(account).await?;
    let now = Clock::system().now();
    let Some(id) = &options.id else {
        let realm = target.realm.realm()?;
        let open = ledger.open_of(&realm.source, realm.mode).await?;
        let debtors: BTreeSet<DebtorKey> = open.into_iter().map(|(debtor, _)| debtor).collect();
        let (mut approved, mut line) = (0, Line::default());
        for (done, debtor) in debtors.iter().enumerate() {
            line.show(&format!("{done} of {} customers", debtors.len()));
            let journal = ledger
                .instruct(debtor, None, Instruction::Approve, now)
                .await?;
            approved += journal.map_or(0, |journal| journal.len());
        }
        line.end();
        println!("{}: {approved} reminders approved", realm.source);
        return Ok(());
    };
    let Target { debtor, only } = target.find(&ledger, id).await?;
    let journal = ledger
        .instruct(&debtor, only.as_ref(), Instruction::Approve, now)
        .await?;
    match journal {
        None if only.is_some() => println!("{id} is not open: no reminder is planned for it"),
        None => return Err(target.unknown(id)),
        Some(journal) if journal.is_empty() => println!("{id}: nothing waits for approval"),
        Some(journal) => journal.iter().for_each(|line| {
            let about = line.invoice.as_ref().map_or(id.as_str(), |id| id.as_str());
            println!("{about}: {}", line.what);
        }),
    }
    Ok(())
}
