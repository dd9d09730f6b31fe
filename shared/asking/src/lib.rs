//! Asks billing tools over HTTPS: with the user's key, within the tool's limits.
//!
//! What is asked, and what an answer means, the tool's manifest and filter say ([`sources`]). Here it is sent: a call
//! only at a place in the tool's row that all workers share, an answer only so large, and nothing secret in a log.

mod asker;
mod http;
mod look;
mod pdf;
mod tokens;

pub use crate::asker::{Asked, Asker, Source, Unasked};
pub use crate::http::{Came, Http, NoAnswer, https};
pub use crate::look::{Looking, Way};
pub use crate::tokens::Tokens;
