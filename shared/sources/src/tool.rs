//! A billing tool: its manifest and its filter, each read when it is first needed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

use dunning::billing::{By, InvoiceEvent, Reversals};
use dunning::policy;
use dunning::value::{EventId, SourceName};
use jiff::Timestamp;

use crate::ask::Asking;
use crate::credential;
use crate::error::{Distrust, Misconfigured};
use crate::filter::Filter;
use crate::manifest::{BadManifest, Manifest, SignatureManifest};
use crate::request::Request;
use crate::secrets::Secrets;
use crate::signature::Verified;
use crate::translation::{self, Named, Nonsense, Translations, Untranslatable};

/// A billing tool that we understand: a built-in one, or one of the user's own. Cloning it gives another
/// hand on the same one.
///
/// To know many costs nothing at the start: the manifest is read with the first webhook, and the filter is
/// compiled when the first proof holds.
#[derive(Clone)]
pub struct Tool(Arc<Parts>);

struct Parts {
    texts: Texts,
    manifest: OnceLock<Result<Manifest, Misconfigured>>,
    filter: OnceLock<Result<Filter, Misconfigured>>,
}

/// Where manifest and filter stand.
enum Texts {
    BuiltIn {
        name: &'static str,
        manifest: &'static str,
        filter: &'static str,
    },
    Own {
        manifest: PathBuf,
        filter: PathBuf,
    },
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        [$(Texts::BuiltIn {
            name: $name,
            manifest: include_str!(concat!("../tools/", $name, ".toml")),
            filter: include_str!(concat!("../tools/", $name, ".jq")),
        }),*]
    };
}

static BUILT_IN: LazyLock<[Tool; 10]> = LazyLock::new(|| {
    built_in![
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
    ]
    .map(Tool::new)
});

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

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tool({})", self.0.texts.filter_file())
    }
}

/// A source of the policy names a tool that is not there.
#[derive(Debug, thiserror::Error)]
#[error("there is no tool `{0}`: neither built in nor as sources/{0}.toml")]
pub struct NoTool(String);

impl Tool {
    fn new(texts: Texts) -> Self {
        Self(Arc::new(Parts {
            texts,
            manifest: OnceLock::new(),
            filter: OnceLock::new(),
        }))
    }

    /// The tool of that name: two files in the policy's folder `sources`, or else a built-in one.
    /// Nothing is read yet.
    pub fn find(name: &str, policy_folder: &Path) -> Result<Self, NoTool> {
        let folder = policy_folder.join("sources");
        let manifest = folder.join(format!("{name}.toml"));
        if manifest.is_file() {
            let filter = folder.join(format!("{name}.jq"));
            return Ok(Self::new(Texts::Own { manifest, filter }));
        }
        Self::builtin(name).ok_or_else(|| NoTool(name.to_owned()))
    }

    /// The built-in tool of that name.
    pub fn builtin(name: &str) -> Option<Self> {
        let is_it = |tool: &&Self| matches!(tool.0.texts, Texts::BuiltIn { name: known, .. } if known == name);
        BUILT_IN.iter().find(is_it).cloned()
    }

    /// The names of the built-in tools.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().filter_map(|tool| match tool.0.texts {
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
        let manifest = self.manifest()?;
        match &manifest.signature {
            Some(signature) => signature.verify(&request, secrets, config.url.as_deref(), now)?,
            None => credential::verify(&manifest.credentials, &request, secrets)?,
        }
        Ok(Verified::of(request))
    }

    /// Whether a request has the form of the tool's own, which a stranger's junk has not. It proves nothing:
    /// it is asked where nothing can be proven, since there is no usable secret.
    pub fn has_the_form(&self, request: Request<'_>, now: Timestamp) -> Result<(), Distrust> {
        let manifest = self.manifest()?;
        match &manifest.signature {
            Some(signature) => signature.has_the_form(&request, now)?,
            None => credential::all_shown(&manifest.credentials, &request).map(|_| ())?,
        }
        Ok(())
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
        let manifest = self.manifest()?;
        let headers = if let Some(signature) = &manifest.signature {
            signature.sign(secrets, url, at, &request)?
        } else {
            let shown = manifest.credentials.iter().zip(secrets.iter());
            let shown = shown.filter_map(|(credential, secret)| credential.header(secret));
            shown.take(1).collect()
        };
        Ok(Headers(headers))
    }

    /// The parameter of the address in which the newest secret is shown, for a tool that has no other place for it.
    pub fn parameter(&self, secrets: &Secrets) -> Result<Option<(String, String)>, Misconfigured> {
        let manifest = self.manifest()?;
        let newest = secrets.iter().next();
        Ok(newest.and_then(|newest| credential::parameter(&manifest.credentials, newest)))
    }

    /// Whether each of the secrets can be one of the tool's. What can be guessed is not asked here.
    pub fn check_secrets(&self, secrets: &Secrets) -> Result<(), Misconfigured> {
        let manifest = self.manifest()?;
        match &manifest.signature {
            Some(signature) => signature.check_secrets(secrets),
            None => credential::check_secrets(&manifest.credentials, secrets),
        }
    }

    /// Whether nobody but the tool can prove to be it: its secret is a public key.
    pub fn is_alone_in_signing(&self, secrets: &Secrets) -> Result<bool, Misconfigured> {
        let signature = self.manifest()?.signature.as_ref();
        Ok(signature.is_some_and(|signature| signature.is_for_the_tool_alone(secrets)))
    }

    /// The headers that say something of the events, as they must be kept beside the body. None of them
    /// proves anything.
    pub fn telling_headers(&self, verified: Verified<'_>) -> Vec<(String, String)> {
        let Ok(manifest) = self.manifest() else {
            return Vec::new();
        };
        let names = manifest.telling_headers();
        let header = |name: &str| {
            let value = verified.request.header(name).ok()??;
            Some((name.to_owned(), value.to_owned()))
        };
        names.filter_map(header).collect()
    }

    /// What the tool says, in our words.
    pub fn translate(
        &self,
        verified: Verified<'_>,
        config: &policy::Source,
        source: &SourceName,
    ) -> Result<Translations, Untranslatable> {
        let Verified { request, came_at } = verified;
        translation::translate(&request, came_at, self.parts()?, config, source)
    }

    /// How the events of a delivery, and its facts, name it.
    pub fn named(
        &self,
        verified: Verified<'_>,
        source: &SourceName,
    ) -> Result<Named, Untranslatable> {
        translation::named(&verified.request, self.manifest()?, source)
    }

    /// The same for what nobody has signed: to try a filter, never to write a file.
    pub fn translate_unverified(
        &self,
        request: Request<'_>,
        config: &policy::Source,
        source: &SourceName,
    ) -> Result<Translations, Untranslatable> {
        translation::translate(&request, None, self.parts()?, config, source)
    }

    /// The same, as if it had come then.
    pub fn translate_unverified_of(
        &self,
        request: Request<'_>,
        came_at: Timestamp,
        config: &policy::Source,
        source: &SourceName,
    ) -> Result<Translations, Untranslatable> {
        translation::translate(&request, Some(came_at), self.parts()?, config, source)
    }

    /// Whether each of its events names its account, beside which an invoice of no account would be another one.
    pub fn always_names_account(&self) -> bool {
        self.manifest()
            .is_ok_and(|manifest| manifest.always_names_account)
    }

    /// What a person says of one of its invoices, in the words of the canonical event, with amounts in the currency
    /// itself.
    pub fn told_by_hand(
        &self,
        said: &serde_json::Value,
        (id, by): (EventId, By),
        config: &policy::Source,
        source: &SourceName,
    ) -> Result<InvoiceEvent, Box<Nonsense>> {
        let reversals = self
            .manifest()
            .map_or_else(|_| Reversals::default(), |manifest| manifest.reversals);
        translation::by_hand(said, (id, by), reversals, config, source)
    }

    /// What the filter makes of a request, as it says it. To try a filter.
    pub fn outputs(
        &self,
        request: Request<'_>,
        config: &policy::Source,
    ) -> Result<Vec<Result<serde_json::Value, String>>, Untranslatable> {
        translation::outputs(&request, self.manifest()?, self.filter()?, config)
    }

    /// Whether its manifest says how it is asked. What is wrong with it says [`asking`].
    ///
    /// [`asking`]: Self::asking
    pub fn can_be_asked(&self) -> bool {
        self.manifest()
            .map_or(true, |manifest| manifest.ask.is_some())
    }

    /// How it is asked; nothing for one that cannot be.
    pub fn asking(&self) -> Result<Option<Asking<'_>>, Misconfigured> {
        let manifest = self.manifest()?;
        if manifest.ask.is_none() {
            return Ok(None);
        }
        Ok(Asking::of(manifest, self.filter()?))
    }

    /// The status that makes the tool try again.
    pub fn status_of_again(&self) -> u16 {
        let manifest = self.manifest();
        manifest.map_or_else(
            |_| crate::manifest::Answer::default().again,
            |manifest| manifest.answer.again,
        )
    }

    /// Reads the manifest and compiles the filter, as `relance check` does it.
    pub fn check(&self, config: &policy::Source) -> Result<(), Misconfigured> {
        let signs_url = self
            .manifest()?
            .signature
            .as_ref()
            .is_some_and(SignatureManifest::signs_url);
        self.filter()?;
        if signs_url && config.url.is_none() {
            return Err(Misconfigured::NoUrl);
        }
        Ok(())
    }

    fn parts(&self) -> Result<(&Manifest, &Filter), Misconfigured> {
        Ok((self.manifest()?, self.filter()?))
    }

    fn manifest(&self) -> Result<&Manifest, Misconfigured> {
        self.0
            .manifest
            .get_or_init(|| self.0.texts.manifest())
            .as_ref()
            .map_err(Clone::clone)
    }

    fn filter(&self) -> Result<&Filter, Misconfigured> {
        self.0
            .filter
            .get_or_init(|| self.0.texts.filter())
            .as_ref()
            .map_err(Clone::clone)
    }
}

impl Texts {
    fn manifest(&self) -> Result<Manifest, Misconfigured> {
        let (file, text) = match self {
            Self::BuiltIn { name, manifest, .. } => {
                (format!("{name}.toml"), (*manifest).to_owned())
            }
            Self::Own { manifest, .. } => read(manifest)?,
        };
        Manifest::parse(&text).map_err(|why: BadManifest| Misconfigured::File {
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
