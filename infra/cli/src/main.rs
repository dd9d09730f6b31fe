//! The command line of Relance.

mod ahead;
mod approve;
mod aws;
mod backtest;
mod check;
mod completions;
mod demo;
mod dev;
mod doctor;
mod done;
mod erase;
mod folder;
mod http;
mod import;
mod key;
mod let_in;
mod pause;
mod plan;
mod preview;
mod progress;
mod replan;
mod restore;
mod retell;
mod schema;
mod secret;
mod sheet;
mod show;
mod source;
mod stack;
mod target;
mod template;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Reminders for unpaid invoices.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    account: aws::Account,
}

#[derive(Subcommand)]
enum Command {
    /// Tell the life of several invoices, from webhook to mail, in a few seconds
    Demo(demo::Options),
    /// Serve Relance on this machine, with a clock that can be turned
    Dev(dev::Options),
    /// Say whether the policy, its templates and its billing sources can be deployed
    Check(check::Options),
    /// Write pages that show what a policy sends: the days of an invoice, and each mail in each language
    Preview(preview::Options),
    /// Print on which days an invoice would be reminded of, and why on those
    Plan(plan::Options),
    /// Print the JSON Schema of relance.toml, by which an editor completes and checks it
    Schema,
    /// Play last year's invoices and payments by a policy, or by two, and say what would have been sent
    Backtest(backtest::Options),
    /// List billing tools, try one on a payload, or ask one
    Source(source::Options),
    /// List the mails' built-in templates, or print one
    Template(template::Options),
    /// Print an invoice's or a customer's file and journal from a deployed table
    Show(show::Options),
    /// Send nothing about an invoice, to a customer or to anybody, until a day or until told otherwise
    Pause(pause::PauseOptions),
    /// Let reminders go on after a pause
    Resume(pause::ResumeOptions),
    /// Let reminders go on for what was held until a person had looked
    Release(pause::ReleaseOptions),
    /// Let a reminder leave that the policy wants a person to see first
    Approve(approve::ApproveOptions),
    /// Say what came of a call to a customer: what was promised or disputed is not reminded of until then
    Done(done::DoneOptions),
    /// Bring in a billing tool's open invoices from before Relance, on hold, and print what each would be sent
    Import(import::Options),
    /// Plan an invoice, a customer's or all open ones anew, by the policy as it is
    Replan(replan::Options),
    /// Take all that is kept of a customer out of the table, for good
    Erase(erase::Options),
    /// Bring a table back after a point-in-time recovery, paused
    Restore(restore::Options),
    /// Let be told again: deliveries to a mended filter, SES's events to a recovered table, dead letters to their queue
    Retell(retell::Options),
    /// Say whether a deployed stack can do its work, and what mends it where it cannot
    Doctor(doctor::Options),
    /// Put a billing tool's webhook secret, or the key by which it is asked, into SSM
    Secret(secret::Options),
    /// Print what a shell needs to complete these commands
    Completions(completions::Options),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relance: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Cli { command, account }: Cli) -> Result<(), Box<dyn Error>> {
    let account = &account;
    match command {
        Command::Demo(options) => demo::run(&options).await?,
        Command::Dev(options) => dev::run(options).await?,
        Command::Check(options) => check::run(&options, account).await?,
        Command::Preview(options) => preview::run(&options)?,
        Command::Plan(options) => plan::run(&options)?,
        Command::Schema => schema::run(),
        Command::Backtest(options) => backtest::run(&options).await?,
        Command::Source(options) => source::run(&options, account).await?,
        Command::Template(options) => template::run(&options)?,
        Command::Show(options) => show::run(&options, account).await?,
        Command::Pause(options) => pause::pause(&options, account).await?,
        Command::Resume(options) => pause::resume(&options, account).await?,
        Command::Release(options) => pause::release(&options, account).await?,
        Command::Approve(options) => approve::run(&options, account).await?,
        Command::Done(options) => done::run(&options, account).await?,
        Command::Import(options) => import::run(&options, account).await?,
        Command::Replan(options) => replan::run(&options, account).await?,
        Command::Erase(options) => erase::run(&options, account).await?,
        Command::Restore(options) => restore::run(&options, account).await?,
        Command::Retell(options) => retell::run(&options, account).await?,
        Command::Doctor(options) => doctor::run(&options, account).await?,
        Command::Secret(options) => secret::run(&options, account).await?,
        Command::Completions(options) => completions::run(&options),
    }
    Ok(())
}
