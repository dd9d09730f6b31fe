//! What every function needs to start: settings, clients, clock, secrets, policy, logs.
//!
//! The AWS configuration is built from the variables that Lambda sets, without the chain of providers that other
//! machines need; connections are opened and secrets read [before the first event](before_first_event).

mod aws;
mod clock;
mod log;
mod metrics;
mod policy;
mod rehearsal;
#[cfg(feature = "secrets")]
mod secrets;
mod settings;
mod warm;

pub use aws::{SURELY_ALIVE, connector, https, patient, sdk_config};
pub use clock::{Clock, deadline};
pub use log::{not_started, start_log};
pub use metrics::{Metric, count, publish};
pub use policy::{PolicyError, load_policy};
pub use rehearsal::{BadRedirect, RedirectAllTo};
#[cfg(feature = "secrets")]
pub use secrets::{SecretError, SecretStore};
pub use settings::{SettingsError, setting};
pub use warm::before_first_event;
