//! Settings: environment variables, read once, with errors that name them.

use std::env;
use std::str::FromStr;

/// What is wrong with the environment.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A variable is missing.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// A variable has a value that makes no sense.
    #[error("the environment variable {0} has a value that cannot be read")]
    Bad(&'static str),
}

/// Reads a variable that must be there.
pub fn setting<T: FromStr>(name: &'static str) -> Result<T, SettingsError> {
    let text = env::var(name).map_err(|_| SettingsError::Missing(name))?;
    text.parse().map_err(|_| SettingsError::Bad(name))
}

/// Reads a variable that has a default.
pub fn setting_or<T: FromStr>(name: &'static str, default: T) -> Result<T, SettingsError> {
    match setting(name) {
        Err(SettingsError::Missing(_)) => Ok(default),
        result => result,
    }
}
