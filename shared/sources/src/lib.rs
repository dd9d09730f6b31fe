//! Billing tools as data. A [`Source`] is a head in TOML (which header is signed, how, and in which
//! unit amounts come) and a filter in jq, from the tool's JSON to our own words.
//!
//! Two steps, in this order, and the types keep it: [`Source::verify`] turns raw bytes into
//! [`Verified`] ones, and only those go into [`Source::translate`].

mod canonical;
mod filter;
mod head;
mod secrets;
mod signature;
mod sound;
mod source;
mod translation;

pub use secrets::{NoSecret, Secrets};
pub use signature::{SignatureError, Verified};
pub use source::Source;
pub use translation::{Nonsense, Translation, Untranslatable};
