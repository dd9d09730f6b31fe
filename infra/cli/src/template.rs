//! `relance template`: the words that come with Relance, to be read, and copied where yours are to stand in their place.

use clap::{Args, Subcommand};
use mail::{TemplateError, Templates, built_in_template, built_in_templates};

use crate::folder::PolicyFolder;

/// What `relance template` may be told.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    folder: PolicyFolder,
}

#[derive(Subcommand)]
enum Command {
    /// List the built-in templates, and say in whose place one of yours stands
    List,
    /// Print a built-in template, to be put into the policy's folder `templates` and changed there
    Show {
        /// Which, as fr/last.j2
        name: String,
    },
}

/// Why a command about templates fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShowError {
    #[error(transparent)]
    Templates(#[from] TemplateError),
    #[error("there is no built-in template `{0}`: see `relance template list`")]
    None(String),
}

pub(crate) fn run(options: &Options) -> Result<(), ShowError> {
    match &options.command {
        Command::List => {
            let own = Templates::load(&options.folder.policy.join("templates"))?.overrides();
            for (name, _) in built_in_templates() {
                let whose = if own.contains_key(name) {
                    "yours"
                } else {
                    "built in"
                };
                println!("{name:<20} {whose}");
            }
        }
        Command::Show { name } => {
            let text = built_in_template(name);
            print!("{}", text.ok_or_else(|| ShowError::None(name.clone()))?);
        }
    }
    Ok(())
}
