//! A billing tool: its head and its filter, each read when it is first needed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dunning::ids::SourceName;
use dunning::policy;
use jiff::Timestamp;

use crate::credential;
use crate::filter::Filter;
use crate::head::{BadHead, Head, SignatureHead};
use crate::request::Request;
use crate::secrets::Secrets;
use crate::signature::{Distrust, Verified};
use crate::translation::{self, Translations, Untranslatable};

/// A billing tool that we understand.
///
/// To know many costs nothing at the start: the head is read with the first webhook, and the filter is
/// compiled when the first proof holds.
pub struct Source {
    texts: Texts,
    head: OnceLock<Result<Head, Misconfigured>>,
    filter: OnceLock<Result<Filter, Misconfigured>>,
}

/// Where head and filter stand.
enum Texts {
    BuiltIn {
        name: &'static str,
        head: &'static str,
        filter: &'static str,
    },
    Own {
        head: PathBuf,
        filter: PathBuf,
    },
}

/// Why a source of ours cannot be used. The sender is not at fault, and is to try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// The head or the filter cannot be read or trusted.
    #[error("{file}: {why}")]
    File {
        /// Which.
        file: String,
        /// What is wrong, and where.
        why: String,
    },
    /// The tool signs the address that was registered with it.
    #[error(
        "the policy must say `url`: the webhook's address exactly as it was registered with the tool"
    )]
    NoUrl,
    /// The secret is not one of this tool's.
    #[error("the secret is not of the form {form}")]
    Secret {
        /// What it ought to be.
        form: String,
    },
}

macro_rules! tools {
    ($($name:literal),* $(,)?) => {
        [$(Source {
            texts: Texts::BuiltIn {
                name: $name,
                head: include_str!(concat!("../tools/", $name, ".toml")),
                filter: include_str!(concat!("../tools/", $name, ".jq")),
            },
            head: OnceLock::new(),
            filter: OnceLock::new(),
        }),*]
    };
}

static BUILT_IN: [Source; 10] = tools![
    "chargebee",
    "invoice-ninja",
    "lago",
    "maxio",
    "odoo",
    "paddle",
    "square",
    "standard-webhooks",
    "stripe",
    "zoho-books"
];

/// The headers that a tool sends beside a body.
#[derive(Clone, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Names and values.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let pairs = self.0.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }
}

/// A billing tool that is connected: a built-in one, or one of the user's own.
pub enum Tool {
    /// Built in.
    BuiltIn(&'static Source),
    /// From the policy's folder.
    Own(Box<Source>),
}

impl std::ops::Deref for Tool {
    type Target = Source;

    fn deref(&self) -> &Source {
        match self {
            Self::BuiltIn(source) => source,
            Self::Own(source) => source,
        }
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tool({})", self.texts.filter_file())
    }
}

impl Tool {
    /// The tool of that name: two files in the policy's folder `sources`, or else a built-in one.
    /// Nothing is read yet.
    pub fn find(name: &str, policy_folder: &Path) -> Option<Self> {
        let folder = policy_folder.join("sources");
        let head = folder.join(format!("{name}.toml"));
        if head.is_file() {
            let filter = folder.join(format!("{name}.jq"));
            return Some(Self::Own(Box::new(Source {
                texts: Texts::Own { head, filter },
                head: OnceLock::new(),
                filter: OnceLock::new(),
            })));
        }
        Source::builtin(name).map(Self::BuiltIn)
    }
}

impl Source {
    /// The built-in tool of that name.
    pub fn builtin(name: &str) -> Option<&'static Self> {
        BUILT_IN.iter().find(
            |source| matches!(source.texts, Texts::BuiltIn { name: known, .. } if known == name),
        )
    }

    /// The names of the built-in tools.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().filter_map(|source| match source.texts {
            Texts::BuiltIn { name, .. } => Some(name),
            Texts::Own { .. } => None,
        })
    }

    /// Whether these bytes were sent by somebody who has one of the secrets, at about `now`.
    /// `now` is the wall clock: a tool's stamps know no other.
    pub fn verify<'r>(
        &self,
        request: Request<'r>,
        secrets: &Secrets,
        config: &policy::Source,
        now: Timestamp,
    ) -> Result<Verified<'r>, Distrust> {
        let head = self.head()?;
        match &head.signature {
            Some(signature) => signature.verify(&request, secrets, config.url.as_deref(), now)?,
            None => credential::verify(&head.credentials, &request, secrets)?,
        }
        Ok(Verified(request))
    }

    /// Signs as the tool does, for tests and for the local world: the headers it adds, with one digest
    /// for each secret, as while a secret is rolled. `url` is the address as it was registered with the
    /// tool.
    pub fn sign(
        &self,
        secrets: &Secrets,
        url: Option<&str>,
        at: Timestamp,
        request: Request<'_>,
    ) -> Result<Headers, Distrust> {
        let head = self.head()?;
        let headers = if let Some(signature) = &head.signature {
            signature.sign(secrets, url, at, &request)?
        } else {
            let shown = head.credentials.iter().zip(secrets.iter());
            let shown = shown.filter_map(|(credential, secret)| credential.header(secret));
            shown.take(1).collect()
        };
        Ok(Headers(headers))
    }

    /// What the tool says, in our words.
    pub fn translate(
        &self,
        verified: Verified<'_>,
        config: &policy::Source,
        source: &SourceName,
    ) -> Result<Translations, Untranslatable> {
        self.translate_unverified(verified.0, config, source)
    }

    /// The same for what nobody has signed: to try a filter, never to write a file.
    pub fn translate_unverified(
        &self,
        request: Request<'_>,
        config: &policy::Source,
        source: &SourceName,
    ) -> Result<Translations, Untranslatable> {
        let head = self.head()?;
        let opened = translation::open(head, &request)?;
        Ok(translation::translate(
            opened,
            head,
            self.filter()?,
            config,
            source,
        ))
    }

    /// What the filter makes of a request, as it says it. To try a filter.
    pub fn outputs(
        &self,
        request: Request<'_>,
    ) -> Result<Vec<Result<serde_json::Value, String>>, Untranslatable> {
        let opened = translation::open(self.head()?, &request)?;
        Ok(translation::outputs(opened, self.filter()?))
    }

    /// The status that makes the tool try again.
    pub fn status_of_again(&self) -> u16 {
        let head = self.head();
        head.map_or_else(
            |_| crate::head::Answer::default().again,
            |head| head.answer.again,
        )
    }

    /// Reads the head and compiles the filter, as `relance check` does it.
    pub fn check(&self, config: &policy::Source) -> Result<(), Misconfigured> {
        let signs_url = self
            .head()?
            .signature
            .as_ref()
            .is_some_and(SignatureHead::signs_url);
        self.filter()?;
        if signs_url && config.url.is_none() {
            return Err(Misconfigured::NoUrl);
        }
        Ok(())
    }

    fn head(&self) -> Result<&Head, Misconfigured> {
        self.head
            .get_or_init(|| self.texts.head())
            .as_ref()
            .map_err(Clone::clone)
    }

    fn filter(&self) -> Result<&Filter, Misconfigured> {
        self.filter
            .get_or_init(|| self.texts.filter())
            .as_ref()
            .map_err(Clone::clone)
    }
}

impl Texts {
    fn head(&self) -> Result<Head, Misconfigured> {
        let (file, text) = match self {
            Self::BuiltIn { name, head, .. } => (format!("{name}.toml"), (*head).to_owned()),
            Self::Own { head, .. } => read(head)?,
        };
        Head::parse(&text).map_err(|why: BadHead| Misconfigured::File {
            file,
            why: why.to_string(),
        })
    }

    fn filter(&self) -> Result<Filter, Misconfigured> {
        let (file, text) = match self {
            Self::BuiltIn { filter, .. } => (self.filter_file(), (*filter).to_owned()),
            Self::Own { filter, .. } => read(filter)?,
        };
        Filter::compile(&text).map_err(|why| Misconfigured::File { file, why })
    }

    fn filter_file(&self) -> String {
        match self {
            Self::BuiltIn { name, .. } => format!("{name}.jq"),
            Self::Own { filter, .. } => filter.display().to_string(),
        }
    }
}

fn read(path: &Path) -> Result<(String, String), Misconfigured> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((file, text)),
        Err(why) => Err(Misconfigured::File {
            file,
            why: why.to_string(),
        }),
    }
}
