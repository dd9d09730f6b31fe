//! `relance approve`: what the policy wants a person to see first may leave.

use std::collections::BTreeSet;

use clap::Args;
use dunning::rules::Instruction;
use dunning::value::DebtorKey;
use runtime::Clock;

use crate::aws::Account;
use crate::pause::carry_out;
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
    let Some(id) = &options.id else {
        let realm = target.realm.realm()?;
        let open = ledger.open_of(&realm.source, realm.mode).await?;
        let debtors: BTreeSet<DebtorKey> = open.into_iter().map(|(debtor, _)| debtor).collect();
        let now = Clock::system().now();
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
    let about = target.find(&ledger, id).await?;
    carry_out(&ledger, id, target, &about, Instruction::Approve).await
}
