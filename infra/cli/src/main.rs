//! The command line of Relance.

mod aws;
mod check;
mod demo;
mod dev;
mod pause;
mod redrive;
mod replan;
mod replay;
mod restore;
mod retell;
mod show;
mod source;
mod target;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Reminders for unpaid invoices.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Tell the life of several invoices, from webhook to mail, in a few seconds
    Demo(demo::Options),
    /// Serve Relance on this machine, with a clock that can be turned
    Dev(dev::Options),
    /// Say whether the policy, its templates and its billing sources can be deployed
    Check(check::Options),
    /// List billing tools, or try one on a payload
    Source(source::Options),
    /// Print an invoice's or a customer's file and journal from a deployed table
    Show(show::Options),
    /// Send nothing about an invoice, to a customer or to anybody, until a day or until told otherwise
    Pause(pause::PauseOptions),
    /// Let reminders go on after a pause
    Resume(pause::ResumeOptions),
    /// Let reminders go on for what was held until a person had looked
    Release(pause::ReleaseOptions),
    /// Plan an invoice, a customer's or all open ones anew, by the policy as it is
    Replan(replan::Options),
    /// Bring a table back after a point-in-time recovery, paused
    Restore(restore::Options),
    /// Let EventBridge tell again what SES said of the mails
    Replay(replay::Options),
    /// Translate again what came in of late, once its filter was mended
    Retell(retell::Options),
    /// Bring back what went to the dead letters of a deployed stack
    Redrive(redrive::Options),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relance: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Demo(options) => demo::run(&options).await?,
        Command::Dev(options) => dev::run(options).await?,
        Command::Check(options) => check::run(&options).await?,
        Command::Source(options) => source::run(&options)?,
        Command::Show(options) => show::run(&options).await?,
        Command::Pause(options) => pause::pause(&options).await?,
        Command::Resume(options) => pause::resume(&options).await?,
        Command::Release(options) => pause::release(&options).await?,
        Command::Replan(options) => replan::run(&options).await?,
        Command::Restore(options) => restore::run(&options).await?,
        Command::Replay(options) => replay::run(&options).await?,
        Command::Retell(options) => retell::run(&options).await?,
        Command::Redrive(options) => redrive::run(&options).await?,
    }
    Ok(())
}
