//! `relance pause`, `resume` and `release`: a person stops the reminders, and lets them go on.

use clap::Args;
use dunning::file::Pause;
use dunning::pause::Wish;
use jiff::civil::Date;

use crate::target::{Place, Target, TargetError, today};

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
    place: Place,
}

#[derive(Args)]
pub(crate) struct ResumeOptions {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(crate) struct ReleaseOptions {
    /// The id of an invoice that was settled and opened again, or of a customer whose address bounced or
    /// who complained
    id: String,
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn pause(options: &PauseOptions) -> Result<(), TargetError> {
    if let Some(past) = options.until.filter(|until| *until <= today()) {
        return Err(TargetError::Past(past));
    }
    let pause = Pause {
        until: options.until,
    };
    match &options.about.id {
        Some(id) => grant(id, &options.place, Wish::Pause(pause)).await,
        None => stand_still(&options.place, Some(pause)).await,
    }
}

pub(crate) async fn resume(options: &ResumeOptions) -> Result<(), TargetError> {
    match &options.about.id {
        Some(id) => grant(id, &options.place, Wish::Resume).await,
        None => stand_still(&options.place, None).await,
    }
}

pub(crate) async fn release(options: &ReleaseOptions) -> Result<(), TargetError> {
    grant(&options.id, &options.place, Wish::Release).await
}

async fn grant(id: &str, place: &Place, wish: Wish) -> Result<(), TargetError> {
    let ledger = place.ledger().await;
    let now = runtime::Clock::system().now();
    let Target { debtor, only } = place.find(&ledger, id).await?;
    match ledger.grant(&debtor, only.as_ref(), wish, now).await? {
        None if only.is_some() => println!("{id} is not open: no reminder is planned for it"),
        None => return Err(place.unknown(id)),
        Some(journal) if journal.is_empty() => println!("{id}: nothing to change"),
        Some(journal) => journal
            .iter()
            .for_each(|line| println!("{id}: {}", line.what)),
    }
    Ok(())
}

async fn stand_still(place: &Place, pause: Option<Pause>) -> Result<(), TargetError> {
    let now = runtime::Clock::system().now();
    place.ledger().await.put_standstill(pause, now).await?;
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
