//! A billing tool's event comes in, by webhook or by EventBridge: verify the raw bytes, translate, merge, one transaction, answer.
//!
//! Nothing else happens in the request's path. What was answered with 2xx is in the file; any
//! failure of ours answers 503, so that the sender tries again.

mod event_bus;
mod http;
mod noted;
mod packed;
mod reception;
mod rejection;
mod retell;
mod settings;
mod take;
mod taken;
mod wiring;

pub use crate::event_bus::Answer;
pub use crate::http::PROBE;
pub use crate::noted::Noted;
pub use crate::packed::unpacked;
pub use crate::retell::{NotRetold, Retold, Which};
pub use crate::settings::Settings;
pub use crate::taken::Taken;
pub use crate::wiring::Ingest;
