//! `relance dev`: the functions on this machine, behind HTTP.

use std::collections::BTreeMap;

use dunning::value::SourceName;
use jiff::{SignedDuration, Timestamp};
use local::{Settings, WallClock, World, WorldError, serve};
use runtime::RedirectAllTo;
use tokio::net::TcpListener;

use crate::folder::PolicyFolder;

/// What `relance dev` may be told.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// A billing source's webhook secret, as stripe=whsec_…; may stand several times
    #[arg(
        long = "secret",
        value_name = "SOURCE=SECRET",
        env = "RELANCE_SECRETS",
        value_delimiter = ' ',
        hide_env_values = true
    )]
    secrets: Vec<String>,
    /// A key by which a billing source's tool is asked before each mail, as stripe=rk_…; may stand several times
    #[arg(
        long = "key",
        value_name = "SOURCE=KEY",
        env = "RELANCE_KEYS",
        value_delimiter = ' ',
        hide_env_values = true
    )]
    keys: Vec<String>,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    listen: String,
    /// To whom mails go in place of those they are for: live, team, or an address
    #[arg(long, value_name = "WHOM", default_value = "live")]
    redirect_all_to: RedirectAllTo,
    /// Take live-mode events instead of test-mode ones
    #[arg(long)]
    live: bool,
    /// Where the clock stands at the start [default: now]
    #[arg(long, value_name = "INSTANT")]
    at: Option<Timestamp>,
}

/// Why `relance dev` does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DevError {
    #[error(
        "{option} {source_name}: write it as SOURCE=SECRET, for example stripe=whsec_… or stripe=rk_…"
    )]
    Secret {
        option: &'static str,
        source_name: String,
    },
    #[error(transparent)]
    World(#[from] WorldError),
    #[error("cannot listen on {address}: {source}")]
    Listen {
        address: String,
        source: std::io::Error,
    },
    #[error("stopped serving: {0}")]
    Serve(std::io::Error),
}

pub(crate) async fn run(options: Options) -> Result<(), DevError> {
    tracing_subscriber::fmt()
        .with_target(false)
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .init();
    let secrets = by_source("--secret", &options.secrets)?;
    let names: Vec<SourceName> = secrets.keys().cloned().collect();
    let world = World::start(Settings {
        policy_dir: options.folder.policy,
        secrets: secrets.into_iter().collect(),
        starts_at: options.at.unwrap_or_else(|| runtime::Clock::system().now()),
        delivery_window: SignedDuration::from_mins(30),
        wall_clock: WallClock::Machine,
        redirect_all_to: options.redirect_all_to,
        take_test_mode: !options.live,
        keys: by_source("--key", &options.keys)?.into_iter().collect(),
        tools: None,
    })
    .await?;
    let address = options.listen;
    let listener = match TcpListener::bind(&address).await {
        Ok(listener) => listener,
        Err(source) => return Err(DevError::Listen { address, source }),
    };
    let address = listener
        .local_addr()
        .map_or(address, |address| address.to_string());
    println!("Relance listens on http://{address}");
    for name in &names {
        println!("  POST http://{address}/webhooks/{name}");
    }
    if names.is_empty() {
        println!("  no webhook secret was given: pass --secret stripe=whsec_…");
    }
    tokio::select! {
        result = serve(world, listener) => result.map_err(DevError::Serve),
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

/// Two secrets of one source are a rotation: both are good.
fn by_source(
    option: &'static str,
    said: &[String],
) -> Result<BTreeMap<SourceName, String>, DevError> {
    let mut secrets: BTreeMap<SourceName, String> = BTreeMap::new();
    for secret in said {
        let (source, secret) = parse_secret(option, secret)?;
        let known = secrets.entry(source).or_default();
        if !known.is_empty() {
            known.push('\n');
        }
        known.push_str(&secret);
    }
    Ok(secrets)
}

fn parse_secret(option: &'static str, text: &str) -> Result<(SourceName, String), DevError> {
    // Only the source's name is ever shown: the rest is a secret, and so may be all of it.
    let shown = text.split_once('=').map_or("…", |(source, _)| source);
    let parts = text
        .split_once('=')
        .filter(|(_, secret)| !secret.is_empty());
    let parsed = parts
        .and_then(|(source, secret)| Some((SourceName::parse(source).ok()?, secret.to_owned())));
    parsed.ok_or_else(|| DevError::Secret {
        option,
        source_name: shown.to_owned(),
    })
}
