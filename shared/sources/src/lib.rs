//! Billing tools as data. A [`Tool`] is a manifest in TOML (how a request proves whom it comes from,
//! where an event's id stands, in which unit amounts come) and a filter in jq, from the tool's JSON to
//! the canonical event. Those in `tools/` are built in; a user's own stand in the policy's folder.
//!
//! Two steps, in this order, and the types keep it: [`Tool::verify`] turns a [`Request`] into a
//! [`Verified`] one, and only that goes into [`Tool::translate`]. How a tool is asked, and what it answers: [`ask`].

mod amount;
mod apart;
mod around;
pub mod ask;
mod bad_field;
mod canonical;
mod connected;
mod contact;
mod country;
mod credential;
mod debtor;
mod decimal;
mod encoding;
mod error;
mod field;
mod filter;
mod form;
mod invoice;
mod json;
mod jwt;
mod line;
mod manifest;
mod meaning;
mod metadata;
mod plain;
mod request;
mod secrets;
mod signature;
mod silence;
mod slots;
mod text;
mod texts;
mod tool;
mod translation;

pub use error::{Distrust, Misconfigured, SignatureError};
pub use meaning::{Translation, no_account};
pub use request::Request;
pub use secrets::{NoSecret, Secrets, WeakSecret};
pub use signature::Verified;
pub use tool::{Headers, NoTool, Tool};
pub use translation::{Named, Nonsense, Translations, Untranslatable};
