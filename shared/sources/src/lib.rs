//! Billing tools as data. A [`Source`] is a head in TOML (how a request proves whom it comes from,
//! where an event's id stands, in which unit amounts come) and a filter in jq, from the tool's JSON to
//! the canonical event. Those in `tools/` are built in; a user's own stand in the policy's folder.
//!
//! Two steps, in this order, and the types keep it: [`Source::verify`] turns a [`Request`] into a
//! [`Verified`] one, and only that goes into [`Source::translate`].

mod canonical;
mod credential;
mod filter;
mod form;
mod head;
mod jwt;
mod meaning;
mod request;
mod secrets;
mod signature;
mod sound;
mod source;
mod translation;

pub use request::Request;
pub use secrets::{NoSecret, Secrets};
pub use signature::{Distrust, SignatureError, Verified};
pub use source::{Headers, Misconfigured, Source, Tool};
pub use translation::{Nonsense, Translation, Translations, Untranslatable};
