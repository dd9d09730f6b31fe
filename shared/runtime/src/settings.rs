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

/// Declares a function's `Settings`, with the variable that each comes from: so that a test can tell
/// which variables the template must set.
#[macro_export]
macro_rules! settings {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $name:literal),* $(,)?) => {
        /// What the function is told by its environment.
        #[derive(Debug)]
        pub struct Settings {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl Settings {
            /// The variables that are read.
            pub const NAMES: &[&str] = &[$($name),*];

            /// Reads them all.
            pub fn from_env() -> ::std::result::Result<Self, $crate::SettingsError> {
                Ok(Self { $($field: $crate::setting($name)?,)* })
            }
        }
    };
}
