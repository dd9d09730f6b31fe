//! A billing tool: its head and its filter, each read when it is first needed.

use std::sync::OnceLock;

use dunning::ids::SourceName;
use dunning::policy;
use jiff::Timestamp;

use crate::filter::Filter;
use crate::head::Head;
use crate::secrets::Secrets;
use crate::signature::{SignatureError, Verified};
use crate::translation::{self, Translation, Untranslatable};

/// A billing tool that we understand.
///
/// To know many costs nothing at the start: the head is read with the first webhook, and the filter is
/// compiled when the first signature holds.
pub struct Source {
    head_text: &'static str,
    filter_text: &'static str,
    head: OnceLock<Head>,
    filter: OnceLock<Filter>,
}

macro_rules! tool {
    ($name:literal) => {
        Source {
            head_text: include_str!(concat!("../tools/", $name, ".toml")),
            filter_text: include_str!(concat!("../tools/", $name, ".jq")),
            head: OnceLock::new(),
            filter: OnceLock::new(),
        }
    };
}

static STRIPE: Source = tool!("stripe");

impl Source {
    /// The built-in source of that name.
    pub fn builtin(name: &SourceName) -> Option<&'static Self> {
        match name.as_str() {
            "stripe" => Some(&STRIPE),
            _ => None,
        }
    }

    /// Whether these bytes were signed by somebody who has one of the secrets, at about `now`.
    /// `now` is the wall clock: a tool's stamps know no other.
    pub fn verify<'b, 'h>(
        &self,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
        body: &'b [u8],
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<Verified<'b>, SignatureError> {
        self.head().signature.verify(headers, body, secrets, now)
    }

    /// Signs as the tool does, for tests and for the local world: the header's name and its value,
    /// with one digest for each secret, as while a secret is rolled.
    pub fn sign(&self, secrets: &Secrets, at: Timestamp, body: &[u8]) -> (&str, String) {
        let signature = &self.head().signature;
        (&signature.header, signature.sign(secrets, at, body))
    }

    /// What the tool says, in our words.
    pub fn translate(
        &self,
        verified: Verified<'_>,
        config: &policy::Source,
        source: &SourceName,
    ) -> Result<Translation, Untranslatable> {
        translation::translate(self.head(), self.filter(), verified, config, source)
    }

    fn head(&self) -> &Head {
        self.head.get_or_init(|| {
            Head::parse(self.head_text).expect("the tests read every built-in head")
        })
    }

    fn filter(&self) -> &Filter {
        self.filter.get_or_init(|| {
            Filter::compile(self.filter_text).expect("the tests compile every built-in filter")
        })
    }
}
