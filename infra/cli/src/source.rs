//! `relance source`: the billing tools, and what one makes of a payload.

use std::io::Read;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use dunning::billing::{CustomerFacts, Happened, Left, Pending, Silence, Subject};
use dunning::policy::{self, Policy};
use dunning::value::{PaymentId, SourceName};
use runtime::load_policy;
use sources::{Request, Tool, Translation, Untranslatable};

use crate::folder::PolicyFolder;

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
    /// Show what a tool's filter makes of a payload, and what of it is understood; nothing is verified
    Try(TryOptions),
}

#[derive(Args)]
struct TryOptions {
    /// A source of the policy, or a tool
    name: String,
    /// The file with the request's body; - is the standard input
    payload: PathBuf,
    /// A header of the request, as "Name: value"; may stand several times
    #[arg(long = "header", value_name = "HEADER")]
    headers: Vec<String>,
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
}

pub(crate) fn run(options: &Options) -> Result<(), SourceError> {
    let policy = load_policy(&options.folder.policy)?;
    match &options.command {
        Command::List => {
            list(options, &policy);
            Ok(())
        }
        Command::Try(wanted) => attempt(options, &policy, wanted),
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

fn attempt(options: &Options, policy: &Policy, wanted: &TryOptions) -> Result<(), SourceError> {
    let connected = policy.sources.iter();
    let connected = connected
        .filter(|(name, source)| {
            name.as_str() == wanted.name || source.tool_name(name) == wanted.name
        })
        .max_by_key(|(name, _)| name.as_str() == wanted.name);
    let tool_name = connected.map_or(wanted.name.as_str(), |(name, source)| {
        source.tool_name(name)
    });
    let no_tool = || {
        let folder = options.folder.policy.display().to_string();
        SourceError::NoTool(tool_name.to_owned(), folder)
    };
    let tool = Tool::find(tool_name, &options.folder.policy).map_err(|_| no_tool())?;
    let config = connected.map_or_else(
        || policy::Source::usual(policy.company.time_zone.clone()),
        |(_, source)| source.clone(),
    );
    let name = SourceName::parse(&*wanted.name).map_err(|_| no_tool())?;
    let body = read(&wanted.payload)?;
    let headers: Vec<(&str, &str)> = wanted
        .headers
        .iter()
        .map(|header| {
            let parts = header.split_once(':');
            let parts = parts.map(|(name, value)| (name.trim(), value.trim()));
            parts.ok_or_else(|| SourceError::Header(header.clone()))
        })
        .collect::<Result<_, _>>()?;
    let request = Request::new(&headers, &body);
    let now = runtime::Clock::system().now();
    let outputs = tool.outputs(request, &config)?;
    let said = tool.translate_unverified_of(request, now, &config, &name)?;
    show(&outputs, said)
}

fn read(path: &PathBuf) -> Result<Vec<u8>, SourceError> {
    let mut body = Vec::new();
    let result = if path.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut body).map(|_| ())
    } else {
        std::fs::read(path).map(|bytes| body = bytes)
    };
    match result {
        Ok(()) => Ok(body),
        Err(source) => Err(SourceError::Read {
            path: path.clone(),
            source,
        }),
    }
}

/// A status or a kind as the canonical event names it.
fn word(named: impl std::fmt::Debug) -> String {
    format!("{named:?}").to_lowercase()
}

/// What is told of a customer apart from what it is like.
fn show_facts(facts: &CustomerFacts) {
    if let Some(deleted) = &facts.deleted {
        let again = if deleted.value {
            "is deleted"
        } else {
            "is there again"
        };
        println!("   it {again}");
    }
    for (payment, told) in &facts.payments {
        println!("   {}", payment_line(payment, &told.value));
    }
    for unapplied in facts.unapplied.values() {
        println!(
            "   {} of its money is on no invoice",
            unapplied.latest.value
        );
    }
}

/// Why nothing, or less, is asked for by an event that makes no sense otherwise.
fn reasons(silence: &Silence) -> String {
    let left = silence.left.map(|left| match left {
        Left::Nothing => "nothing is left to pay".to_owned(),
        Left::Money(money) => format!("{money} is left to pay"),
    });
    let not_before = silence.not_before.map(|day| format!("not before {day}"));
    let pending = silence.payment_pending_until;
    let pending = pending.map(|day| format!("a payment is on its way until {day}"));
    let is_so = |is_so: bool, what: &str| is_so.then(|| what.to_owned());
    let reasons = [
        is_so(silence.draft, "it is a draft"),
        left,
        is_so(
            silence.charged_automatically,
            "the tool charges it by itself",
        ),
        is_so(silence.left_alone, "the tool wants it left alone"),
        not_before,
        pending,
    ];
    let reasons: Vec<String> = reasons.into_iter().flatten().collect();
    reasons.join(", ")
}

fn payment_line(payment: &PaymentId, pending: &Pending) -> String {
    let what_for = pending.invoice.as_ref();
    let what_for = what_for.map_or_else(
        || "of the customer".to_owned(),
        |invoice| format!("for invoice {invoice}"),
    );
    match pending.until {
        Some(until) => format!("payment {payment} {what_for} is under way, until {until}"),
        None => format!("payment {payment} {what_for} has ended"),
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
            Ok(Translation::Invoice(event)) => {
                let facts = &event.invoice;
                let due = facts.due_on.map_or_else(
                    || "no due date".to_owned(),
                    |due_on| format!("due on {due_on}"),
                );
                let number = facts.number.as_deref().unwrap_or(facts.id.as_str());
                println!(
                    "=> {}: invoice {number} of {} is {}, {} of {} to be paid, {due}",
                    event.kind,
                    event.customer,
                    word(facts.status),
                    facts.remaining,
                    facts.total
                );
            }
            Ok(Translation::Movement(event)) => {
                let subject = match &event.subject {
                    Subject::Invoice(invoice) => format!("invoice {invoice}"),
                    Subject::Payment(payment) => format!("the invoice of payment {payment}"),
                };
                match &event.what {
                    Happened::Moved { id, movement, .. } => println!(
                        "=> {}: {} {id} of {}, for {subject}",
                        event.kind,
                        word(movement.kind),
                        movement.amount
                    ),
                    Happened::Ended(status) => {
                        println!("=> {}: {subject} is {}", event.kind, word(status));
                    }
                    Happened::Silenced(silence) => {
                        println!(
                            "=> {}: {subject} is quiet: {}",
                            event.kind,
                            reasons(silence)
                        );
                    }
                    Happened::Pending { payment, pending } => {
                        println!("=> {}: {}", event.kind, payment_line(payment, pending));
                    }
                }
            }
            Ok(Translation::Customer(event)) => {
                println!("=> {}: customer {}", event.kind, event.customer);
                show_facts(&event.facts);
            }
            Ok(Translation::Ignored { kind }) => {
                println!("=> {kind}: says nothing about an invoice; acknowledged");
            }
            Ok(Translation::OtherMode { kind, mode, .. }) => {
                println!(
                    "=> {kind}: {} mode, which this source does not take",
                    mode.as_str()
                );
            }
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
