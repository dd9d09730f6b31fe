//! `relance check`: whether what is about to be deployed can be trusted.

use std::path::{Path, PathBuf};

use dunning::policy::Policy;
use dunning::value::{EmailAddress, SourceName};
use mail::Templates;
use runtime::{Clock, SecretStore, load_policy};
use sources::{Secrets, Tool};

/// What `relance check` may be told.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder with relance.toml, templates and sources
    #[arg(long, value_name = "FOLDER", default_value = "infra/policy")]
    policy: PathBuf,
    /// Let the addresses of the example pass: example.com and its kin, which nobody has
    #[arg(long)]
    example: bool,
    /// Look at the sources' secrets, too: the path in SSM under which they stand, as `/relance/<stack>/webhooks`
    #[arg(long, value_name = "PATH")]
    secrets: Option<String>,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    #[error(transparent)]
    Policy(#[from] runtime::PolicyError),
    #[error("not ready to deploy: {0} to mend")]
    NotReady(usize),
}

/// What was looked at, and what was found.
#[derive(Default)]
struct Report {
    wrong: usize,
}

impl Report {
    /// Prints what was looked at: that it is ready, or all that is wrong with it.
    fn print(&mut self, what: &str, wrong: Vec<String>) {
        if wrong.is_empty() {
            println!("{what}: ready to deploy");
        }
        for why in wrong {
            self.wrong += 1;
            println!("{what}: {why}");
        }
    }
}

pub(crate) async fn run(options: &Options) -> Result<(), CheckError> {
    let folder = &options.policy;
    let policy = load_policy(folder)?;
    let mut report = Report::default();
    let addresses = if options.example {
        Vec::new()
    } else {
        examples(&policy)
    };
    report.print("relance.toml", addresses);
    report.print("templates", templates(folder, &policy));
    for (name, source) in &policy.sources {
        let tool = source.tool_name(name);
        let wrong = match Tool::find(tool, folder) {
            None => Some(format!(
                "there is no tool `{tool}`: neither built in nor as sources/{tool}.toml"
            )),
            Some(tool) => tool.check(source).err().map(|why| why.to_string()),
        };
        report.print(&format!("sources.{name}"), wrong.into_iter().collect());
    }
    if let Some(path) = &options.secrets {
        check_secrets(path, &policy, &mut report).await;
    }
    match report.wrong {
        0 => Ok(()),
        wrong => Err(CheckError::NotReady(wrong)),
    }
}

fn templates(folder: &Path, policy: &Policy) -> Vec<String> {
    let checked = match Templates::load(&folder.join("templates")) {
        Ok(templates) => templates.check(policy),
        Err(error) => Err(vec![error]),
    };
    let wrong = checked.err().unwrap_or_default();
    wrong.iter().map(ToString::to_string).collect()
}

fn examples(policy: &Policy) -> Vec<String> {
    let addresses = policy.addresses().into_iter();
    let examples = addresses.filter(|(_, address)| address.is_an_examples());
    let say = |(place, address): (String, &EmailAddress)| {
        let address = address.as_str();
        format!("{place} = \"{address}\" is an example's address: put your own, or say --example")
    };
    examples.map(say).collect()
}

/// Each source must have a secret of its own that nobody can guess.
async fn check_secrets(path: &str, policy: &Policy, report: &mut Report) {
    let ssm = aws_sdk_ssm::Client::new(&crate::aws::config().await);
    let store = SecretStore::new(ssm, path, Clock::system());
    let mut known = Vec::<(&SourceName, Secrets)>::new();
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
        let what = format!("the secret of {name}");
        match verdict {
            Ok(secrets) => {
                report.print(&what, Vec::new());
                known.push((name, secrets));
            }
            Err(why) => report.print(&what, vec![why]),
        }
    }
}
