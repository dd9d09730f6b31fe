//! `relance pause`, `resume` and `release`: a person stops the reminders, and lets them go on.

use clap::Args;
use dunning::file::{Pause, Releasable};
use dunning::rules::Instruction;
use jiff::civil::Date;
use ledger::Target;

use crate::target::{TableArgs, TargetArgs, TargetError, today};

/// What is paused or resumed.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct About {
    /// The invoice's or the customer's id, as the billing tool has it
    id: Option<String>,
    /// All debtors
    #[arg(long)]
    everything: bool,
}

#[derive(Args)]
pub(crate) struct PauseOptions {
    #[command(flatten)]
    about: About,
    /// The day on which reminders go on by themselves [default: never]
    #[arg(long, value_name = "DAY")]
    until: Option<Date>,
    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Args)]
pub(crate) struct ResumeOptions {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Args)]
pub(crate) struct ReleaseOptions {
    /// The id of an invoice that was settled and opened again or that came in too late, or of a customer whose
    /// address bounced, who complained, or whose money is on no invoice
    id: String,
    /// What is released, where more than one thing holds it [default: the reason that `show` gives]
    #[arg(long, value_parser = releasable)]
    hold: Option<Releasable>,
    #[command(flatten)]
    target: TargetArgs,
}

pub(crate) async fn pause(options: &PauseOptions) -> Result<(), TargetError> {
    if let Some(past) = options.until.filter(|until| *until <= today()) {
        return Err(TargetError::Past(past));
    }
    let pause = Pause {
        until: options.until,
    };
    match &options.about.id {
        Some(id) => instruct(id, &options.target, Instruction::Pause(pause)).await,
        None => stand_still(&options.target.table, Some(pause)).await,
    }
}

pub(crate) async fn resume(options: &ResumeOptions) -> Result<(), TargetError> {
    match &options.about.id {
        Some(id) => instruct(id, &options.target, Instruction::Resume).await,
        None => stand_still(&options.target.table, None).await,
    }
}

pub(crate) async fn release(options: &ReleaseOptions) -> Result<(), TargetError> {
    let release = Instruction::Release(options.hold);
    instruct(&options.id, &options.target, release).await
}

fn releasable(name: &str) -> Result<Releasable, String> {
    let mut all = Releasable::ALL.into_iter();
    all.find(|hold| hold.as_str() == name).ok_or_else(|| {
        let names = Releasable::ALL.map(Releasable::as_str).join(", ");
        format!("it is one of: {names}")
    })
}

async fn instruct(
    id: &str,
    target: &TargetArgs,
    instruction: Instruction,
) -> Result<(), TargetError> {
    let ledger = target.table.ledger().await;
    let now = runtime::Clock::system().now();
    let Target { debtor, only } = target.find(&ledger, id).await?;
    match ledger
        .instruct(&debtor, only.as_ref(), instruction, now)
        .await?
    {
        None if only.is_some() => println!("{id} is not open: no reminder is planned for it"),
        None => return Err(target.unknown(id)),
        Some(journal) if journal.is_empty() => println!("{id}: nothing to change"),
        Some(journal) => journal
            .iter()
            .for_each(|line| println!("{id}: {}", line.what)),
    }
    Ok(())
}

async fn stand_still(table: &TableArgs, pause: Option<Pause>) -> Result<(), TargetError> {
    let now = runtime::Clock::system().now();
    table.ledger().await.put_standstill(pause, now).await?;
    println!("{}", everything(pause));
    Ok(())
}

fn everything(standstill: Option<Pause>) -> String {
    match standstill {
        None => "Reminders go on; what is late is looked at within the hour".to_owned(),
        Some(Pause { until: None }) => {
            "Nothing is sent to any debtor, until `relance resume --everything`".to_owned()
        }
        Some(Pause { until: Some(day) }) => format!("Nothing is sent to any debtor before {day}"),
    }
}
