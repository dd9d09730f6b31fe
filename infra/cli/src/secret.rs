//! `relance secret`: a billing tool's webhook secret goes into SSM, and never through the shell's history.

use std::io::{IsTerminal, Read, stdin};
use std::path::{Path, PathBuf};

use aws_sdk_ssm::types::ParameterType;
use clap::{Args, Subcommand};
use dunning::policy::Policy;
use dunning::value::SourceName;
use runtime::{PolicyError, SecretError, SecretStore, load_policy};
use sources::{Misconfigured, NoSecret, NoTool, Secrets, Tool, WeakSecret};

use crate::aws::{Account, AwsError};
use crate::folder::PolicyFolder;
use crate::stack::{Stack, StackArgs};

/// What `relance secret` may be told.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Put the secret that a billing tool signs with, or shows, where the stack reads it
    Set(SetOptions),
}

#[derive(Args)]
#[command(
    after_help = "The secret is read from the standard input, one a line while it is rolled, or asked for where \
                  that is a terminal: as an argument it would stay in the shell's history."
)]
struct SetOptions {
    /// The billing source's name in the policy
    #[arg(value_parser = |name: &str| SourceName::parse(name))]
    source: SourceName,
    /// Keep the secret that is there beside the new one: both are good, until it is set again without this
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    folder: PolicyFolder,
    #[command(flatten)]
    stack: StackArgs,
}

/// Why a secret is not put there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSet {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Bad(#[from] BadSecret),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("there is no source `{0}` in {policy}: is it another name?", policy = .1.display())]
    UnknownSource(SourceName, PathBuf),
    #[error("the secret cannot be read: {0}")]
    Read(#[from] std::io::Error),
}

/// What is wrong with a secret. None of it shows any of the secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadSecret {
    #[error(transparent)]
    None(#[from] NoSecret),
    #[error(transparent)]
    Weak(#[from] WeakSecret),
    #[error(transparent)]
    NotOfTheTool(#[from] Misconfigured),
    #[error(transparent)]
    NoTool(#[from] NoTool),
    #[error("it is the secret of {0}, too: each could send as the other")]
    Shared(SourceName),
    #[error(transparent)]
    NotThere(#[from] SecretError),
}

impl BadSecret {
    /// Whether nobody has put one.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::NotThere(SecretError::Missing(_)))
    }

    /// Whether nobody could look at it.
    pub(crate) fn is_not_known(&self) -> bool {
        matches!(self, Self::NotThere(SecretError::Unavailable(_)))
    }
}

/// What is to be said of the secret of each source: it must be of its tool's kind, one that nobody can guess, and
/// no other's.
pub(crate) async fn judge_all(
    store: &SecretStore,
    policy: &Policy,
    folder: &Path,
) -> Vec<(SourceName, Result<Secrets, BadSecret>)> {
    let mut verdicts = Vec::<(SourceName, Result<Secrets, BadSecret>)>::new();
    for source in policy.sources.keys() {
        let verdict = match store.get(source).await {
            Ok(text) => judge(source, &text, policy, folder),
            Err(why) => Err(why.into()),
        };
        let verdict = verdict.and_then(|secrets| {
            let mut known = verdicts.iter();
            let shared = known.find_map(|(other, verdict)| {
                let theirs = verdict.as_ref().ok()?;
                secrets.are_shared_with(theirs).then(|| other.clone())
            });
            match shared {
                Some(other) => Err(BadSecret::Shared(other)),
                None => Ok(secrets),
            }
        });
        verdicts.push((source.clone(), verdict));
    }
    verdicts
}

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), NotSet> {
    let Command::Set(options) = &options.command;
    set(options, account).await
}

async fn set(options: &SetOptions, account: &Account) -> Result<(), NotSet> {
    let source = &options.source;
    let policy = load_policy(&options.folder.policy)?;
    if !policy.sources.contains_key(source) {
        return Err(NotSet::UnknownSource(
            source.clone(),
            options.folder.policy.clone(),
        ));
    }
    let stack = options.stack.open(account).await?;
    let store = stack.secrets()?;
    let mut text = read(source)?;
    let secrets = judge(source, &text, &policy, &options.folder.policy)?;
    for other in policy.sources.keys().filter(|other| *other != source) {
        if let Ok(theirs) = store.get(other).await
            && let Ok(theirs) = Secrets::parse(&theirs)
            && secrets.are_shared_with(&theirs)
        {
            return Err(BadSecret::Shared(other.clone()).into());
        }
    }
    if options.keep {
        let known = kept(&store, source).await?;
        text = format!("{}\n{known}", text.trim_end());
    }
    put(&stack, source, &text).await?;
    let name = stack.secret_name(source)?;
    println!("{source}: the secret is in {name}; it counts within five minutes");
    if options.keep {
        println!("The one before counts as well, until you set it again without --keep");
    }
    println!("The tool posts to {}", stack.webhook_url(source)?);
    println!("Next: relance doctor --stack {}", stack.name);
    Ok(())
}

/// Whether it is a secret of that source's tool.
fn judge(
    source: &SourceName,
    text: &str,
    policy: &Policy,
    folder: &Path,
) -> Result<Secrets, BadSecret> {
    let tool = policy.sources[source].tool_name(source);
    let tool = Tool::find(tool, folder)?;
    let secrets = Secrets::parse(text)?;
    secrets.check()?;
    tool.check_secrets(&secrets)?;
    Ok(secrets)
}

fn read(source: &SourceName) -> Result<String, std::io::Error> {
    if stdin().is_terminal() {
        return rpassword::prompt_password(format!("The secret of {source} (nothing is shown): "));
    }
    let mut text = String::new();
    stdin().read_to_string(&mut text)?;
    Ok(text)
}

/// The secret that is there, if there is one: its first line, which is the newest.
async fn kept(store: &SecretStore, source: &SourceName) -> Result<String, SecretError> {
    match store.get(source).await {
        Ok(known) => {
            let first = known.lines().map(str::trim).find(|line| !line.is_empty());
            Ok(first.unwrap_or_default().to_owned())
        }
        Err(SecretError::Missing(_)) => Ok(String::new()),
        Err(other) => Err(other),
    }
}

async fn put(stack: &Stack, source: &SourceName, text: &str) -> Result<(), AwsError> {
    let ssm = aws_sdk_ssm::Client::new(&stack.aws);
    let request = ssm.put_parameter().name(stack.secret_name(source)?);
    let request = request
        .r#type(ParameterType::SecureString)
        .value(text.trim());
    let put = request.overwrite(true).send().await;
    put.map(|_| ())
        .map_err(|error| AwsError::of("ssm:PutParameter", &error))
}
