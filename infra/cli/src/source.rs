//! `relance source`: the billing tools, and what one makes of a payload, or answers.

mod ask;
mod words;

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use dunning::policy::{self, Policy};
use dunning::value::SourceName;
use runtime::load_policy;
use sources::{Request, Tool, Untranslatable};

use crate::aws::Account;
use crate::folder::PolicyFolder;
use ask::{Ask, NotAsked};

/// What `relance source` may be told.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    folder: PolicyFolder,
}

#[derive(Subcommand)]
enum Command {
    /// List the billing tools that can be connected, and those that are
    List,
    /// Show what a tool's filter makes of a payload, and what of it is understood; nothing is verified. Or ask the
    /// tool itself, and show what is understood of its answer; nothing is kept
    Try(TryOptions),
}

#[derive(Args)]
struct TryOptions {
    /// A source of the policy, or a tool
    name: String,
    /// The file with the request's body; - is the standard input
    #[arg(required_unless_present = "question")]
    payload: Option<PathBuf>,
    /// A header of the request, as "Name: value"; may stand several times
    #[arg(long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    #[command(flatten)]
    ask: Ask,
}

/// A tool, and as which source it is tried.
pub(crate) struct Subject {
    pub(crate) name: SourceName,
    pub(crate) tool: Tool,
    pub(crate) settings: policy::Source,
}

/// Why a command about sources fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    #[error(transparent)]
    Policy(#[from] runtime::PolicyError),
    #[error(
        "there is no tool `{0}`: neither built in (see `relance source list`) nor as {1}/sources/{0}.toml"
    )]
    NoTool(String, String),
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("--header {0}: write it as \"Name: value\"")]
    Header(String),
    #[error(transparent)]
    Untranslatable(#[from] Untranslatable),
    #[error("{0} of what the filter says makes no sense")]
    Nonsense(usize),
    #[error(transparent)]
    NotAsked(#[from] NotAsked),
}

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), SourceError> {
    let policy = load_policy(&options.folder.policy)?;
    match &options.command {
        Command::List => {
            list(options, &policy);
            Ok(())
        }
        Command::Try(wanted) => {
            let subject = subject(&options.folder.policy, &policy, &wanted.name)?;
            match &wanted.payload {
                Some(payload) => attempt(&subject, payload, &wanted.headers),
                None => match wanted.ask.run(&subject, account).await? {
                    0 => Ok(()),
                    nonsense => Err(SourceError::Nonsense(nonsense)),
                },
            }
        }
    }
}

fn list(options: &Options, policy: &Policy) {
    let own = std::fs::read_dir(options.folder.policy.join("sources"))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|file| file.strip_suffix(".toml").map(str::to_owned));
    let mut tools: Vec<(String, &str)> = own.map(|name| (name, "yours")).collect();
    for name in Tool::builtin_names() {
        if !tools.iter().any(|(own, _)| own == name) {
            tools.push((name.to_owned(), "built in"));
        }
    }
    tools.sort();
    for (tool, whose) in tools {
        let uses = |(name, source): &(&SourceName, &policy::Source)| source.tool_name(name) == tool;
        let connected: Vec<String> = policy
            .sources
            .iter()
            .filter(uses)
            .map(|(name, _)| format!("/webhooks/{name}"))
            .collect();
        println!("{tool:<20} {whose:<9} {}", connected.join(" ").trim_end());
    }
}

/// A source of the policy, or a tool by itself.
pub(crate) fn subject(
    folder: &Path,
    policy: &Policy,
    wanted: &str,
) -> Result<Subject, SourceError> {
    let connected = policy.sources.iter();
    let connected = connected
        .filter(|(name, source)| name.as_str() == wanted || source.tool_name(name) == wanted)
        .max_by_key(|(name, _)| name.as_str() == wanted);
    let tool = connected.map_or(wanted, |(name, source)| source.tool_name(name));
    let no_tool = || SourceError::NoTool(tool.to_owned(), folder.display().to_string());
    let found = Tool::find(tool, folder).map_err(|_| no_tool())?;
    let (name, settings) = match connected {
        Some((name, source)) => (name.clone(), source.clone()),
        None => (
            SourceName::parse(wanted).map_err(|_| no_tool())?,
            policy::Source::usual(policy.company.time_zone.clone()),
        ),
    };
    Ok(Subject {
        name,
        tool: found,
        settings,
    })
}

fn attempt(subject: &Subject, payload: &Path, headers: &[String]) -> Result<(), SourceError> {
    let body = read(payload)?;
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|header| {
            let parts = header.split_once(':');
            let parts = parts.map(|(name, value)| (name.trim(), value.trim()));
            parts.ok_or_else(|| SourceError::Header(header.clone()))
        })
        .collect::<Result<_, _>>()?;
    let Subject {
        name,
        tool,
        settings,
    } = subject;
    let request = Request::new(&headers, &body);
    let now = runtime::Clock::system().now();
    let outputs = tool.outputs(request, settings)?;
    let said = tool.translate_unverified_of(request, now, settings, name)?;
    show(&outputs, said)
}

/// A request's body, from a file or from the standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, SourceError> {
    let mut body = Vec::new();
    let result = if path.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut body).map(|_| ())
    } else {
        std::fs::read(path).map(|bytes| body = bytes)
    };
    match result {
        Ok(()) => Ok(body),
        Err(source) => Err(SourceError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Each thing that the filter says, and below it what is understood, or what makes no sense.
fn show(
    outputs: &[Result<serde_json::Value, String>],
    said: sources::Translations,
) -> Result<(), SourceError> {
    let mut bad = 0;
    let outputs = outputs.iter().map(Some).chain(std::iter::repeat(None));
    for (output, said) in outputs.zip(said) {
        if let Some(Ok(output)) = output {
            println!("{output:#}");
        }
        match said {
            Ok(said) => words::say(&said),
            Err(nonsense) => {
                bad += 1;
                println!("=> makes no sense: {nonsense}");
            }
        }
    }
    if bad == 0 {
        Ok(())
    } else {
        Err(SourceError::Nonsense(bad))
    }
}
