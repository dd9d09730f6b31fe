//! `relance secret`: a billing tool's webhook secret, or the key by which it is asked, goes into SSM, and never
//! through the shell's history.

use std::path::{Path, PathBuf};

use aws_sdk_ssm::types::ParameterType;
use clap::{Args, Subcommand};
use dunning::policy::{self, Policy};
use dunning::value::SourceName;
use runtime::{PolicyError, SecretError, SecretStore, load_policy};
use sources::{Misconfigured, NoSecret, NoTool, Secrets, Tool, WeakSecret};

use crate::aws::{Account, AwsError};
use crate::folder::PolicyFolder;
use crate::key::{self, BadKey};
use crate::stack::{Stack, StackArgs};

/// What `relance secret` may be told.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Put the secret that a billing tool signs with, or shows, or the key by which it is asked, where the stack
    /// reads it
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
    /// It is not the webhook's secret, but a key by which the tool is asked for invoices: one that may only read
    #[arg(long, conflicts_with = "keep")]
    key: bool,
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
    #[error("{0}: {1}")]
    BadKey(SourceName, BadKey),
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
    let Some(settings) = policy.sources.get(source) else {
        let folder = options.folder.policy.clone();
        return Err(NotSet::UnknownSource(source.clone(), folder));
    };
    if options.key {
        return set_key(options, settings, account).await;
    }
    let stack = options.stack.open(account).await?;
    let store = stack.secrets()?;
    let mut text = key::read(&format!("The secret of {source}"))?;
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
    let name = stack.secret_name(source)?;
    put(&stack, &name, &text).await?;
    println!("{source}: the secret is in {name}; it counts within five minutes");
    if options.keep {
        println!("The one before counts as well, until you set it again without --keep");
    }
    println!("The tool posts to {}", stack.webhook_url(source)?);
    println!("Next: relance doctor --stack {}", stack.name);
    Ok(())
}

async fn set_key(
    options: &SetOptions,
    settings: &policy::Source,
    account: &Account,
) -> Result<(), NotSet> {
    let source = &options.source;
    let bad = |why| NotSet::BadKey(source.clone(), why);
    let tool = Tool::find(settings.tool_name(source), &options.folder.policy);
    let tool = tool.map_err(|why| bad(why.into()))?;
    let asking = key::asking(&tool).map_err(bad)?;
    let stack = options.stack.open(account).await?;
    let text = key::read(&format!("The key of {source}: {}", asking.key_to_make()))?;
    let key = key::judge(&asking, settings, &text).map_err(bad)?;
    let name = stack.key_name(source)?;
    put(&stack, &name, key.reveal()).await?;
    println!("{source}: the key is in {name}; it counts within five minutes");
    println!("The tool is asked right before each reminder, and what it calls settled gets none");
    println!(
        "Next: relance source try {source} --ask all-open --stack {}",
        stack.name
    );
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

async fn put(stack: &Stack, name: &str, text: &str) -> Result<(), AwsError> {
    let ssm = aws_sdk_ssm::Client::new(&stack.aws);
    let request = ssm.put_parameter().name(name);
    let request = request
        .r#type(ParameterType::SecureString)
        .value(text.trim());
    let put = request.overwrite(true).send().await;
    put.map(|_| ())
        .map_err(|error| AwsError::of("ssm:PutParameter", &error))
}
