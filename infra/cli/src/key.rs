//! The key by which a billing tool is asked: whether it is one that may be used.

use std::env;
use std::io::{IsTerminal, Read, stdin};

use dunning::policy;
use sources::ask::{self, Asking, Key, KeyFault};
use sources::{Misconfigured, NoTool, Tool};

/// What is wrong with a key. None of it shows any of the key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadKey {
    #[error(transparent)]
    NoTool(#[from] NoTool),
    #[error(transparent)]
    Misconfigured(#[from] Misconfigured),
    #[error("its tool cannot be asked: its manifest does not say how")]
    NotToBeAsked,
    #[error(transparent)]
    Text(#[from] ask::BadKey),
    #[error(transparent)]
    Fault(#[from] KeyFault),
}

/// How a tool is asked, if it can be.
pub(crate) fn asking(tool: &Tool) -> Result<Asking<'_>, BadKey> {
    tool.asking()?.ok_or(BadKey::NotToBeAsked)
}

/// Whether it is a key of the tool that does no more than to read, as far as it shows.
pub(crate) fn judge(
    asking: &Asking<'_>,
    settings: &policy::Source,
    text: &str,
) -> Result<Key, BadKey> {
    let key = Key::parse(text)?;
    asking.check_key(&key, settings.mode)?;
    Ok(key)
}

/// The key that the environment holds, if any.
pub(crate) fn of_environment() -> Option<String> {
    env::var("RELANCE_KEY").ok()
}

/// Reads what nobody is to see: from the standard input, or asked for where that is a terminal.
pub(crate) fn read(what: &str) -> Result<String, std::io::Error> {
    if stdin().is_terminal() {
        return rpassword::prompt_password(format!("{what} (nothing is shown): "));
    }
    let mut text = String::new();
    stdin().read_to_string(&mut text)?;
    Ok(text)
}
