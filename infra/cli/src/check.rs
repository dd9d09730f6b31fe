//! `relance check`: whether what is about to be deployed can be trusted.

use std::path::PathBuf;

use dunning::policy::Policy;
use dunning::value::SourceName;
use mail::Templates;
use runtime::{Clock, SecretStore, load_policy};
use sources::{Secrets, Tool};

/// What `relance check` may be told.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder with relance.toml, templates and sources
    #[arg(long, value_name = "FOLDER", default_value = "infra/policy")]
    policy: PathBuf,
    /// Look at the sources' secrets, too: the path in SSM under which they stand, as `/relance/<stack>/webhooks`
    #[arg(long, value_name = "PATH")]
    secrets: Option<String>,
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
    #[error("{0} of the secrets cannot be trusted")]
    Secrets(usize),
}

pub(crate) async fn run(options: &Options) -> Result<(), CheckError> {
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
    if bad > 0 {
        return Err(CheckError::Sources(bad));
    }
    match &options.secrets {
        Some(path) => check_secrets(path, &policy).await,
        None => Ok(()),
    }
}

/// Each source must have a secret of its own that nobody can guess.
async fn check_secrets(path: &str, policy: &Policy) -> Result<(), CheckError> {
    let ssm = aws_sdk_ssm::Client::new(&crate::aws::config().await);
    let store = SecretStore::new(ssm, path, Clock::system());
    let (mut bad, mut known) = (0, Vec::<(&SourceName, Secrets)>::new());
    for name in policy.sources.keys() {
        let verdict = match store.get(name).await {
            Ok(text) => Secrets::parse(&text).map_err(|why| why.to_string()),
            Err(why) => Err(why.to_string()),
        };
        let verdict = verdict.and_then(|secrets| {
            secrets.check().map_err(|why| why.to_string())?;
            let shared = known
                .iter()
                .find(|(_, other)| secrets.are_shared_with(other));
            match shared {
                Some((other, _)) => Err(format!(
                    "it is the secret of {other}, too: each could send as the other"
                )),
                None => Ok(secrets),
            }
        });
        match verdict {
            Ok(secrets) => {
                println!("the secret of {name}: sound");
                known.push((name, secrets));
            }
            Err(why) => {
                bad += 1;
                println!("the secret of {name}: {why}");
            }
        }
    }
    if bad == 0 {
        Ok(())
    } else {
        Err(CheckError::Secrets(bad))
    }
}
