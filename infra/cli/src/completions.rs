//! `relance completions`: what a shell needs to complete the commands.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::Cli;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Your shell
    shell: Shell,
}

pub(crate) fn run(options: &Options) {
    let mut command = Cli::command();
    generate(
        options.shell,
        &mut command,
        "relance",
        &mut std::io::stdout(),
    );
}
