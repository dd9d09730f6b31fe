//! The command line of Relance.

mod aws;
mod demo;
mod dev;
mod redrive;
mod show;

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
    /// Print an invoice's or a customer's file and journal from a deployed table
    Show(show::Options),
    /// Bring back what went to the dead letters of a deployed stack
    Redrive(redrive::Options),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Demo(options) => demo::run(&options).await.map_err(|error| error.to_string()),
        Command::Dev(options) => dev::run(options).await.map_err(|error| error.to_string()),
        Command::Show(options) => show::run(&options).await.map_err(|error| error.to_string()),
        Command::Redrive(options) => redrive::run(&options)
            .await
            .map_err(|error| error.to_string()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relance: {error}");
            ExitCode::FAILURE
        }
    }
}
