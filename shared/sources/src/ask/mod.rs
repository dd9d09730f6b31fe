//! How a tool is asked, as data: the requests that its manifest's `[ask]` describes, and what an answer means. The
//! filter that reads webhooks reads answers, too.
//!
//! Nothing here sends, waits or keeps anything.

mod answer;
mod error;
mod key;
pub(crate) mod manifest;
mod next;
mod page;
mod question;
mod reply;
mod request;
mod template;
mod token;

use dunning::billing::Collection;
use dunning::value::Mode;
use jiff::SignedDuration;

pub use answer::Answer;
pub use error::AskError;
pub use key::{BadKey, Key, KeyFault};
pub use page::Page;
pub use question::{Kind, Place, Question};
pub use reply::{Pdf, Reply};
pub use request::{AskRequest, Method};
pub use token::Token;

use crate::error::Misconfigured;
use crate::filter::Filter;
use crate::manifest::Manifest;
use manifest::AskManifest;

/// A tool that can be asked.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    manifest: &'a Manifest,
    ask: &'a AskManifest,
    filter: &'a Filter,
}

/// How often a tool may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The shortest time between two calls.
    pub between: SignedDuration,
    /// The most calls of a day, where there is a limit.
    pub per_day: Option<u32>,
}

impl<'a> Asking<'a> {
    /// Of a tool whose manifest says how.
    pub(crate) fn of(manifest: &'a Manifest, filter: &'a Filter) -> Option<Self> {
        let ask = manifest.ask.as_ref()?;
        Some(Self {
            manifest,
            ask,
            filter,
        })
    }

    /// Whether it can be asked for that.
    pub fn can(&self, kind: Kind) -> bool {
        self.ask.asked(kind).is_some()
    }

    /// Whether what it answers shows all that is known of an invoice. A list may leave out that a payment is under
    /// way: it is not enough for a last look.
    pub fn is_whole(&self, kind: Kind) -> bool {
        self.ask.asked(kind).is_some_and(|asked| !asked.partial)
    }

    /// Whether a key is one that may be used, as far as it shows: none that may do more than to read, and none of
    /// the other mode.
    pub fn check_key(&self, key: &Key, mode: Mode) -> Result<(), KeyFault> {
        key::check(self.ask, key, mode)
    }

    /// Which key to make, for a person.
    pub fn key_to_make(&self) -> &str {
        &self.ask.key.make
    }

    /// How often it may be asked.
    pub fn pace(&self) -> Pace {
        let between = |calls: Option<std::num::NonZeroU32>, seconds: i64| {
            let nanos = seconds * 1_000_000_000;
            let nanos = calls.map_or(0, |calls| nanos / i64::from(calls.get()));
            SignedDuration::from_nanos(nanos)
        };
        let second = between(self.ask.per_second, 1);
        let minute = between(self.ask.per_minute, 60);
        Pace {
            between: second.max(minute),
            per_day: self.ask.per_day.map(std::num::NonZeroU32::get),
        }
    }

    /// The request for it, or for a later page of it. `proof` is the key; or, where [`needs_token`] says so, a token.
    ///
    /// [`needs_token`]: Self::needs_token
    pub fn request(
        &self,
        proof: &Key,
        place: &Place<'_>,
        question: &Question,
        page: Option<&Page>,
    ) -> Result<AskRequest, Misconfigured> {
        request::request(self.ask, proof, place, question, page)
    }

    /// What an answer to it means. `page` is the one that was asked for.
    pub fn read(
        &self,
        place: &Place<'_>,
        question: &Question,
        page: Option<&Page>,
        answer: &Answer<'_>,
    ) -> Result<Reply, AskError> {
        self.read_knowing(None, place, question, page, answer)
    }

    /// The same, for an invoice of which it is known who moves first to get the money: some tools do not say so when
    /// they are asked, and are understood by this alone.
    pub fn read_knowing(
        &self,
        collection: Option<Collection>,
        place: &Place<'_>,
        question: &Question,
        page: Option<&Page>,
        answer: &Answer<'_>,
    ) -> Result<Reply, AskError> {
        let known = reply::Known {
            manifest: self.manifest,
            ask: self.ask,
            filter: self.filter,
            collection,
        };
        reply::read(&known, place, question, page, answer)
    }

    /// Whether its key buys tokens, and is not shown itself.
    pub fn needs_token(&self) -> bool {
        token::oauth(self.ask).is_some()
    }

    /// The request for a token.
    pub fn token_request(&self, key: &Key, place: &Place<'_>) -> Result<AskRequest, Misconfigured> {
        token::request(self.ask, self.oauth()?, key, place)
    }

    /// The token that an answer holds.
    pub fn read_token(&self, key: &Key, answer: &Answer<'_>) -> Result<Token, AskError> {
        token::read(self.oauth()?, key, answer)
    }

    fn oauth(&self) -> Result<&'a manifest::Oauth, Misconfigured> {
        token::oauth(self.ask).ok_or_else(|| Misconfigured::Unaskable {
            why: "the tool's key is shown itself: it buys no tokens".to_owned(),
        })
    }
}
