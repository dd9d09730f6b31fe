//! `relance check`: whether what is about to be deployed can be trusted.

mod against;
mod report;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use aws_config::SdkConfig;
use dunning::calendar::holidays_known_until;
use dunning::policy::{Fault, Policy};
use dunning::value::EmailAddress;
use jiff::Timestamp;
use mail::Templates;
use runtime::{Clock, PolicyError, SecretStore, load_policy};
use sources::Tool;

use self::report::{Finding, Report};
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
    /// Say it all as one JSON document, for a program
    #[arg(long)]
    json: bool,
}

/// The policy's own file.
const POLICY: &str = "relance.toml";

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

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), CheckError> {
    let mut report = Report::new(options.json);
    if let Err(error) = look(options, account, &mut report).await {
        report.stop(&error);
        return Err(error);
    }
    match report.end() {
        0 => Ok(()),
        wrong => Err(CheckError::NotReady(wrong)),
    }
}

async fn look(options: &Options, account: &Account, report: &mut Report) -> Result<(), CheckError> {
    let folder = &options.folder.policy;
    let deployed = options.against.as_deref().map(load_policy).transpose();
    let deployed = deployed.map_err(CheckError::Against)?;
    // What else there is goes by it.
    let Some(policy) = check_policy(folder, options.example, report)? else {
        return Ok(());
    };
    check_templates(folder, &policy, report);
    for (name, source) in &policy.sources {
        let tool = source.tool_name(name);
        let wrong = match Tool::find(tool, folder) {
            Err(why) => Some(why.to_string()),
            Ok(tool) => tool.check(source).err().map(|why| why.to_string()),
        };
        let wrong = wrong.map(Finding::without_place);
        report.look(&format!("sources.{name}"), wrong.into_iter().collect());
    }
    if let Some(path) = &options.secrets {
        let aws = account.config().await?;
        check_secrets(&aws, path, &policy, folder, report).await;
    }
    if let (Some(folder), Some(deployed)) = (&options.against, &deployed) {
        report.changes(against::told(folder, deployed, &policy));
    }
    Ok(())
}

/// `relance.toml`; `None` if it cannot be read for all that is wrong.
fn check_policy(
    folder: &Path,
    example: bool,
    report: &mut Report,
) -> Result<Option<Policy>, PolicyError> {
    let found = |fault: &Fault| Finding::of_policy(folder, fault.clone());
    let (policy, faults, warnings) = match load_policy(folder) {
        Ok(policy) => {
            let text = fs::read_to_string(folder.join(POLICY)).unwrap_or_default();
            let faults = if example {
                Vec::new()
            } else {
                examples(&policy, &text)
            };
            let warnings = policy.warnings.clone();
            (Some(policy), faults, warnings)
        }
        Err(PolicyError::Bad { source, .. }) => {
            (None, source.faults().to_vec(), source.warnings().to_vec())
        }
        Err(error) => return Err(error),
    };
    report.look(POLICY, faults.iter().map(found).collect());
    for warning in &warnings {
        report.warn(POLICY, found(warning));
    }
    let ending = policy.as_ref();
    let ending = ending.and_then(|policy| ending_holidays(policy, Clock::system().now()));
    if let Some(ending) = ending {
        report.warn(POLICY, Finding::without_place(ending));
    }
    Ok(policy)
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
        let what = format!(
            "nobody is written to in `{language}`, since there is no {file}: write it, or name your languages in company.languages"
        );
        report.warn("templates", Finding::without_place(what));
    }
    let overrides = loaded
        .as_ref()
        .map(Templates::overrides)
        .unwrap_or_default();
    let loaded = loaded.map(|templates| templates.in_languages_of(policy));
    let wrong = match loaded {
        Ok(templates) => templates.check(policy).err().unwrap_or_default(),
        Err(error) => vec![error],
    };
    let found = wrong
        .iter()
        .map(|error| Finding::of_template(folder, error));
    report.look("templates", found.collect());
    for (file, differs) in overrides {
        if differs {
            report.note(format!("templates: {file} is yours"));
        } else {
            let what =
                "it says what the built-in one says: delete it, or no later version mends it";
            report.warn("templates", Finding::of_own(folder, &file, what));
        }
    }
}

/// What the example says of its company. Its own folder is no measure: that is where a user puts his.
const THE_EXAMPLES: [&str; 3] = ["Example SAS", "rue de l’Exemple", "RCS Paris 000 000 000"];

/// What nobody has but the example.
fn examples(policy: &Policy, text: &str) -> Vec<Fault> {
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
    let say = |(place, what, said): (String, &str, String)| {
        let what = format!("{place} = \"{said}\" is {what}: put your own, or say --example");
        Fault::of_value(text, &place, &said, what)
    };
    let mut faults: Vec<Fault> = addresses.chain(words).map(say).collect();
    faults.sort();
    faults
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
        let wrong = wrong.map(Finding::without_place);
        report.look(
            &format!("the secret of {name}"),
            wrong.into_iter().collect(),
        );
    }
}

#[cfg(test)]
mod tests;
