//! `relance check`: whether what is about to be deployed can be trusted.

mod against;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aws_config::SdkConfig;
use dunning::calendar::holidays_known_until;
use dunning::policy::Policy;
use dunning::value::EmailAddress;
use jiff::Timestamp;
use mail::Templates;
use runtime::{Clock, PolicyError, SecretStore, load_policy};
use sources::Tool;

use crate::aws::{Account, AwsError};
use crate::folder::PolicyFolder;
use crate::secret::judge_all;

/// What `relance check` may be told.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    folder: PolicyFolder,
    /// Let what stands in the example pass: its company, and addresses at example.com and its kin, which nobody has
    #[arg(long)]
    example: bool,
    /// Look at the sources' secrets, too: the path in SSM under which they stand, as `/relance/<stack>/webhooks`
    #[arg(long, value_name = "PATH")]
    secrets: Option<String>,
    /// Say what the policy changes for whom, against that in another folder: the one that is deployed now
    #[arg(long, value_name = "FOLDER")]
    against: Option<PathBuf>,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("--against: {0}")]
    Against(PolicyError),
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

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), CheckError> {
    let folder = &options.folder.policy;
    let mut report = Report::default();
    let deployed = options.against.as_deref().map(load_policy).transpose();
    let deployed = deployed.map_err(CheckError::Against)?;
    let policy = match load_policy(folder) {
        Ok(policy) => policy,
        Err(PolicyError::Bad { source, .. }) => {
            let faults = source.faults().iter().map(ToString::to_string);
            report.print("relance.toml", faults.collect());
            // What else there is goes by it.
            return Err(CheckError::NotReady(report.wrong));
        }
        Err(error) => return Err(error.into()),
    };
    let examples = if options.example {
        Vec::new()
    } else {
        examples(&policy)
    };
    report.print("relance.toml", examples);
    if let Some(ending) = ending_holidays(&policy, Clock::system().now()) {
        println!("relance.toml: {ending}");
    }
    check_templates(folder, &policy, &mut report);
    for (name, source) in &policy.sources {
        let tool = source.tool_name(name);
        let wrong = match Tool::find(tool, folder) {
            Err(why) => Some(why.to_string()),
            Ok(tool) => tool.check(source).err().map(|why| why.to_string()),
        };
        report.print(&format!("sources.{name}"), wrong.into_iter().collect());
    }
    if let Some(path) = &options.secrets {
        let aws = account.config().await?;
        check_secrets(&aws, path, &policy, folder, &mut report).await;
    }
    if let (Some(folder), Some(deployed)) = (&options.against, &deployed) {
        print!("{}", against::told(folder, deployed, &policy));
    }
    match report.wrong {
        0 => Ok(()),
        wrong => Err(CheckError::NotReady(wrong)),
    }
}

/// Whether the holidays that this version knows are about to end.
fn ending_holidays(policy: &Policy, now: Timestamp) -> Option<String> {
    let known_until = holidays_known_until();
    let this_year = now.to_zoned(policy.company.time_zone.get().clone()).year();
    (policy.calendar.holidays && this_year >= known_until).then(|| {
        format!(
            "the public holidays that this version knows end with {known_until}, but for those that are the same each year: a newer version knows more"
        )
    })
}

/// The mails; and which of their files are the policy's own, in the place of a built-in one.
fn check_templates(folder: &Path, policy: &Policy, report: &mut Report) {
    let loaded = Templates::load(&folder.join("templates"));
    for (language, file) in loaded.iter().flat_map(|all| all.left_out(policy)) {
        println!(
            "templates: nobody is written to in `{language}`, since there is no {file}: write it, or name your languages in company.languages"
        );
    }
    let loaded = loaded.map(|templates| templates.in_languages_of(policy));
    let checked = match &loaded {
        Ok(templates) => templates.check(policy).map_err(|wrong| {
            let wrong = wrong.iter().map(ToString::to_string);
            wrong.collect()
        }),
        Err(error) => Err(vec![error.to_string()]),
    };
    report.print("templates", checked.err().unwrap_or_default());
    for (file, differs) in loaded.iter().flat_map(Templates::overrides) {
        if differs {
            println!("templates: {file} is yours");
        } else {
            println!(
                "templates: {file} says what the built-in one says: delete it, or no later version mends it"
            );
        }
    }
}

/// What the example says of its company. Its own folder is no measure: that is where a user puts his.
const THE_EXAMPLES: [&str; 3] = ["Example SAS", "rue de l’Exemple", "RCS Paris 000 000 000"];

/// What nobody has but the example.
fn examples(policy: &Policy) -> Vec<String> {
    let addresses = policy.addresses().into_iter();
    let addresses = addresses.filter(|(_, address)| address.is_an_examples());
    let addresses = addresses.map(|(place, address): (String, &EmailAddress)| {
        (place, "an example's address", address.as_str().to_owned())
    });
    let is_shipped = |text: &str| THE_EXAMPLES.iter().any(|part| text.contains(part));
    let senders = policy.all_senders().flat_map(|(place, sender)| {
        let names: BTreeSet<&String> = sender.names.values().chain([&sender.name]).collect();
        let place = format!("{place}.name");
        names.into_iter().map(move |name| (place.clone(), name))
    });
    let companies = policy.all_companies().flat_map(|(place, company)| {
        let name = [(format!("{place}.name"), &company.name)];
        let footer = company.footer.iter();
        let footer = footer.map(move |line| (format!("{place}.footer"), line));
        name.into_iter().chain(footer)
    });
    let words = companies.chain(senders);
    let words = words.filter(|(_, text)| is_shipped(text));
    let words = words.map(|(place, text)| (place, "the example's", text.clone()));
    let say = |(place, what, text): (String, &str, String)| {
        format!("{place} = \"{text}\" is {what}: put your own, or say --example")
    };
    addresses.chain(words).map(say).collect()
}

/// Each source must have a secret of its own that nobody can guess.
async fn check_secrets(
    aws: &SdkConfig,
    path: &str,
    policy: &Policy,
    folder: &Path,
    report: &mut Report,
) {
    let store = SecretStore::new(aws_sdk_ssm::Client::new(aws), path, Clock::system());
    for (name, verdict) in judge_all(&store, policy, folder).await {
        let wrong = verdict.err().map(|why| why.to_string());
        report.print(
            &format!("the secret of {name}"),
            wrong.into_iter().collect(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_the_known_holidays_end_is_said_in_their_last_year() {
        let policy = Policy::parse(include_str!("../../policy/relance.toml")).unwrap();
        let said = |policy: &Policy, year: i16| {
            let now = format!("{year}-07-01T00:00:00Z").parse().unwrap();
            ending_holidays(policy, now)
        };
        let last = holidays_known_until();
        assert_eq!(said(&policy, last - 1), None);
        assert!(said(&policy, last).unwrap().contains(&last.to_string()));
        assert!(said(&policy, last + 1).is_some());
        let mut without = policy;
        without.calendar.holidays = false;
        assert_eq!(said(&without, last), None);
    }
}
