//! The manifest's `[ask]`: how a tool is asked.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use dunning::value::{BaseAddress, Mode};
use serde::Deserialize;
use serde_json::Value;

use super::question::Kind;
use super::template::{Slot, Template, slots_of_body};

/// How a tool is asked, as its TOML file says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskManifest {
    /// Where, if that is the same for all accounts. The policy's `api` counts before it.
    pub(crate) base: Option<BaseAddress>,
    pub(crate) proof: Proof,
    pub(crate) key: KeyManifest,
    /// Sent with each request. One whose slot has nothing in it is left out.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Template>,
    /// The most calls a second, a minute and a day; as the tool says it, less what others need.
    pub(crate) per_second: Option<NonZeroU32>,
    pub(crate) per_minute: Option<NonZeroU32>,
    pub(crate) per_day: Option<NonZeroU32>,
    /// The tool's events always name an account, and its answers do not.
    #[serde(default)]
    pub(crate) needs_realm: bool,
    /// Which answer says that there is no such thing.
    #[serde(default)]
    pub(crate) none: NoSuch,
    pub(crate) invoice: Option<Asked>,
    pub(crate) open_of: Option<Asked>,
    pub(crate) all_open: Option<Asked>,
    pub(crate) issued_since: Option<Asked>,
    pub(crate) unapplied: Option<Asked>,
    pub(crate) customer: Option<Asked>,
    pub(crate) pdf: Option<Asked>,
}

/// What proves who asks.
#[derive(Debug, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Proof {
    /// `Authorization: Bearer …`
    Bearer,
    /// A header of any name.
    Header { name: String },
    /// `Authorization: Basic …`: the key is the user.
    Basic {
        #[serde(default)]
        password: String,
    },
    /// A token that the key buys.
    Oauth(Oauth),
}

/// How a token is bought.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Oauth {
    pub(crate) grant: Grant,
    /// Where, behind the host.
    pub(crate) path: String,
    /// The host that gives tokens, by the one that is asked; without any, it is the same.
    #[serde(default)]
    pub(crate) hosts: BTreeMap<String, BaseAddress>,
    pub(crate) scope: Option<String>,
    /// What stands before the token in `Authorization`.
    #[serde(default = "bearer")]
    pub(crate) scheme: String,
}

fn bearer() -> String {
    "Bearer".to_owned()
}

/// What is given for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Grant {
    /// The key is `client id:client secret:refresh token`.
    RefreshToken,
    /// The key is `client id:client secret`.
    ClientCredentials,
}

impl Grant {
    /// How many parts its key has.
    pub(crate) fn parts(self) -> usize {
        match self {
            Self::RefreshToken => 3,
            Self::ClientCredentials => 2,
        }
    }
}

/// What a key of the tool's is like.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyManifest {
    /// Which one to make, for a person.
    pub(crate) make: String,
    /// What one for live money begins with, and one for the test mode; where they can be told apart.
    #[serde(default)]
    pub(crate) live: Vec<String>,
    #[serde(default)]
    pub(crate) test: Vec<String>,
    /// What may do more than to read, or less, begins so: and what it is.
    #[serde(default)]
    pub(crate) refused: BTreeMap<String, String>,
}

impl KeyManifest {
    pub(crate) fn prefixes(&self, mode: Mode) -> &[String] {
        match mode {
            Mode::Live => &self.live,
            Mode::Test => &self.test,
        }
    }
}

/// The answer that says that there is no such thing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoSuch {
    pub(crate) status: Vec<u16>,
    /// Where the body must say so, too; and what, if not anything.
    pub(crate) at: Option<String>,
    #[serde(default)]
    pub(crate) is: Vec<String>,
}

impl Default for NoSuch {
    fn default() -> Self {
        Self {
            status: vec![404],
            at: None,
            is: Vec::new(),
        }
    }
}

/// One request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    pub(crate) path: Template,
    #[serde(default)]
    pub(crate) query: BTreeMap<String, Template>,
    /// JSON to be posted; without it, the request is a GET.
    pub(crate) body: Option<Value>,
    /// Where the one that was asked for stands in the answer; without it, it is the answer.
    pub(crate) item: Option<String>,
    /// Where the list of those that were asked for stands: `""` is the whole answer.
    pub(crate) items: Option<String>,
    pub(crate) page: Option<Paging>,
    /// What is listed shows less than what is asked for by itself: not that a payment is under way.
    #[serde(default)]
    pub(crate) partial: bool,
    /// Of a PDF: where its link stands in the answer; without it, the answer is the PDF.
    pub(crate) link: Option<String>,
}

/// How a list goes on.
#[derive(Debug, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Paging {
    /// Numbered pages.
    Number {
        parameter: String,
        #[serde(default = "one")]
        first: u32,
        /// Where the answer says whether it goes on; or how many pages there are. Else a page that is full goes
        /// on, where it is said how many fill it.
        more: Option<String>,
        last: Option<String>,
        size: Option<usize>,
    },
    /// So many are passed over.
    Offset { parameter: String, size: usize },
    /// A text that the answer names.
    Cursor { parameter: String, next: String },
    /// A link in the answer's body.
    Link { next: String, more: Option<String> },
    /// A link in the answer's header `Link`.
    LinkHeader,
    /// Behind the last one's id.
    After {
        parameter: String,
        id: String,
        more: String,
    },
}

fn one() -> u32 {
    1
}

impl AskManifest {
    /// What a question is asked by, if it is.
    pub(crate) fn asked(&self, kind: Kind) -> Option<&Asked> {
        match kind {
            Kind::Invoice => self.invoice.as_ref(),
            Kind::OpenOf => self.open_of.as_ref(),
            Kind::AllOpen => self.all_open.as_ref(),
            Kind::IssuedSince => self.issued_since.as_ref(),
            Kind::Unapplied => self.unapplied.as_ref(),
            Kind::Customer => self.customer.as_ref(),
            Kind::Pdf => self.pdf.as_ref(),
        }
    }

    /// Whether it can be asked so at all.
    pub(crate) fn check(&self) -> Result<(), String> {
        for kind in Kind::ALL {
            let Some(asked) = self.asked(kind) else {
                continue;
            };
            let wrong = |why: &str| Err(format!("[ask.{}] {why}", kind.name()));
            if !asked.path.is_safe_path() {
                return wrong("path begins with a slash, and has plain letters and slots");
            }
            let body = asked.body.as_ref().map_or(Ok(Vec::new()), slots_of_body)?;
            let names = |slot: Slot| {
                asked.path.names(slot)
                    || asked.query.values().any(|value| value.names(slot))
                    || body.contains(&slot)
            };
            // One that is forgotten would ask for anybody's; one that is too many has nothing in it.
            for (slot, named) in [
                (Slot::Invoice, "{invoice}"),
                (Slot::Customer, "{customer}"),
                (Slot::Since, "{since}"),
            ] {
                if names(slot) != (kind.slot() == Some(slot)) {
                    return wrong(&format!(
                        "must name {named} where it is asked for, and nowhere else"
                    ));
                }
            }
            if asked.items.is_none() && asked.page.is_some() {
                return wrong("has pages and no `items`");
            }
            if let Some(Paging::Number {
                more: None,
                last: None,
                size: None,
                ..
            }) = asked.page
            {
                return wrong(
                    "has pages, and none of `more`, `last` and `size` says when they end",
                );
            }
            if asked.link.is_some() && kind != Kind::Pdf {
                return wrong("has a `link`: only a PDF has one");
            }
        }
        let has_odd_name = |name: &String| !is_header(name);
        if self.headers.keys().any(has_odd_name) {
            return Err("[ask.headers] a header's name has letters, digits and hyphens".to_owned());
        }
        match &self.proof {
            Proof::Header { name } if !is_header(name) => {
                Err("[ask] proof: a header's name has letters, digits and hyphens".to_owned())
            }
            Proof::Oauth(oauth) if !oauth.path.starts_with('/') => {
                Err("[ask] proof: path begins with a slash".to_owned())
            }
            _ => Ok(()),
        }
    }
}

fn is_header(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
