//! `relance check`: whether what is about to be deployed can be trusted.

use std::path::PathBuf;

use mail::Templates;
use runtime::load_policy;
use sources::Tool;

/// What `relance check` may be told.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder with relance.toml, templates and sources
    #[arg(long, value_name = "FOLDER", default_value = "infra/policy")]
    policy: PathBuf,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    #[error(transparent)]
    Policy(#[from] runtime::PolicyError),
    #[error(transparent)]
    Templates(#[from] mail::TemplateError),
    #[error("{0} of the billing sources cannot be used")]
    Sources(usize),
}

pub(crate) fn run(options: &Options) -> Result<(), CheckError> {
    let folder = &options.policy;
    let policy = load_policy(folder)?;
    Templates::load(&folder.join("templates"))?;
    println!("relance.toml and templates: sound");
    let mut bad = 0;
    for (name, source) in &policy.sources {
        let tool = source.tool_name(name);
        let verdict = match Tool::find(tool, folder) {
            None => Err(format!(
                "there is no tool `{tool}`: neither built in nor as sources/{tool}.toml"
            )),
            Some(tool) => tool.check(source).map_err(|why| why.to_string()),
        };
        match verdict {
            Ok(()) => println!("sources.{name}: sound"),
            Err(why) => {
                bad += 1;
                println!("sources.{name}: {why}");
            }
        }
    }
    if bad == 0 {
        Ok(())
    } else {
        Err(CheckError::Sources(bad))
    }
}
