//! `relance pause`, `resume` and `release`: a person stops the reminders, and lets them go on.

use std::collections::BTreeSet;

use clap::Args;
use dunning::file::{Pause, Releasable};
use dunning::rules::Instruction;
use dunning::value::EmailAddress;
use jiff::civil::Date;
use ledger::{Ledger, Target};
use mail::{Lifted, lift_suppression};

use crate::aws::Account;
use crate::let_in::{self, LetInArgs};
use crate::stack::Stack;
use crate::target::{RealmArgs, TargetArgs, TargetError, today};

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
// Without an id nothing of them is meant.
#[command(mut_arg("customer", |arg| arg.requires("id")))]
#[command(mut_arg("account", |arg| arg.requires("id")))]
#[command(mut_arg("test", |arg| arg.requires("id")))]
pub(crate) struct ReleaseOptions {
    /// The id of an invoice that was settled and opened again or that came in too late, or of a customer whose
    /// address bounced, who complained, or whose money is on no invoice; none, with `--source`, for all reminders of
    /// a source that was silent while what came for it was refused
    #[arg(required_unless_present = "source")]
    id: Option<String>,
    #[command(flatten)]
    imported: LetInArgs,
    /// What is released, where more than one thing holds it [default: the reason that `show` gives]
    #[arg(long, value_parser = releasable, requires = "id")]
    hold: Option<Releasable>,
    #[command(flatten)]
    target: TargetArgs,
}

pub(crate) async fn pause(options: &PauseOptions, account: &Account) -> Result<(), TargetError> {
    if let Some(past) = options.until.filter(|until| *until <= today()) {
        return Err(TargetError::Past(past));
    }
    let pause = Pause {
        until: options.until,
    };
    match &options.about.id {
        Some(id) => instruct(id, &options.target, Instruction::Pause(pause), account).await,
        None => stand_still(&options.target.realm, Some(pause), account).await,
    }
}

pub(crate) async fn resume(options: &ResumeOptions, account: &Account) -> Result<(), TargetError> {
    match &options.about.id {
        Some(id) => instruct(id, &options.target, Instruction::Resume, account).await,
        None => stand_still(&options.target.realm, None, account).await,
    }
}

pub(crate) async fn release(
    options: &ReleaseOptions,
    account: &Account,
) -> Result<(), TargetError> {
    if options.imported.is_meant() {
        return let_in::run(&options.imported, &options.target.realm, account).await;
    }
    let Some(id) = &options.id else {
        return release_source(&options.target.realm, account).await;
    };
    let target = &options.target;
    let stack = target.realm.stack.open(account).await?;
    let ledger = stack.ledger()?;
    let about = target.find(&ledger, id).await?;
    let held = held_addresses(&ledger, &about).await?;
    let release = Instruction::Release(options.hold);
    carry_out(&ledger, id, target, &about, release).await?;
    if held.is_empty() {
        return Ok(());
    }
    let still = held_addresses(&ledger, &about).await?;
    lift(&stack, id, held.difference(&still)).await;
    Ok(())
}

/// Lets the reminders of a source go on that was silent, and refused.
async fn release_source(realm: &RealmArgs, account: &Account) -> Result<(), TargetError> {
    let source = realm.realm()?.source;
    let ledger = realm.ledger(account).await?;
    if ledger.reception(&source).await?.is_none() {
        return Err(TargetError::UnknownSource(source));
    }
    let now = runtime::Clock::system().now();
    ledger.release_source(&source, now).await?;
    println!("{source}: its reminders go on, from the next working day");
    Ok(())
}

/// The addresses of a customer that are on hold, in its file or for all who have them.
async fn held_addresses(
    ledger: &Ledger,
    about: &Target,
) -> Result<BTreeSet<EmailAddress>, TargetError> {
    let Target { debtor, only: None } = about else {
        return Ok(BTreeSet::new());
    };
    let Some(debtor) = ledger.debtor(debtor).await? else {
        return Ok(BTreeSet::new());
    };
    let debtor = debtor.value;
    let mut held: BTreeSet<EmailAddress> = debtor.held_addresses.keys().cloned().collect();
    if let Some(email) = &debtor.profile.value.email {
        let mailbox = ledger.mailbox(&email.mailbox()).await?;
        if mailbox.is_some_and(|mailbox| mailbox.trouble.is_some()) {
            held.insert(email.clone());
        }
    }
    Ok(held)
}

/// Takes what is on hold no more off SES's own list, on which it would bounce again.
async fn lift<'a>(stack: &Stack, id: &str, addresses: impl Iterator<Item = &'a EmailAddress>) {
    for address in addresses {
        match lift_suppression(&stack.aws, address).await {
            Lifted::Lifted => println!("{id}: its address is off SES's suppression list"),
            Lifted::WasNotThere => {}
            Lifted::Refused(why) => println!(
                "{id}: its address may still be on SES's suppression list ({why}); it bounces again until \
                 `aws sesv2 delete-suppressed-destination` has taken it off"
            ),
        }
    }
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
    account: &Account,
) -> Result<(), TargetError> {
    let ledger = target.realm.ledger(account).await?;
    let about = target.find(&ledger, id).await?;
    carry_out(&ledger, id, target, &about, instruction).await
}

/// The same of whom the id means.
pub(crate) async fn carry_out(
    ledger: &Ledger,
    id: &str,
    target: &TargetArgs,
    about: &Target,
    instruction: Instruction,
) -> Result<(), TargetError> {
    let Target { debtor, only } = about;
    let now = runtime::Clock::system().now();
    match ledger
        .instruct(debtor, only.as_ref(), instruction, now)
        .await?
    {
        None if only.is_some() => println!("{id} is not open: no reminder is planned for it"),
        None => return Err(target.unknown(id)),
        Some(journal) if journal.is_empty() => println!("{id}: {}", nothing(instruction)),
        Some(journal) => journal.iter().for_each(|line| {
            let about = line.invoice.as_ref().map_or(id, |id| id.as_str());
            println!("{about}: {}", line.what);
        }),
    }
    Ok(())
}

fn nothing(instruction: Instruction) -> &'static str {
    match instruction {
        Instruction::Approve => "nothing waits for approval",
        _ => "nothing to change",
    }
}

async fn stand_still(
    realm: &RealmArgs,
    pause: Option<Pause>,
    account: &Account,
) -> Result<(), TargetError> {
    let now = runtime::Clock::system().now();
    let ledger = realm.ledger(account).await?;
    ledger.put_standstill(pause, now).await?;
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
