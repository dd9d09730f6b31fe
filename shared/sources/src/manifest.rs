//! The manifest of a source: what is peculiar about a tool and is not about its JSON.

use std::collections::BTreeMap;
use std::fmt;

use dunning::billing::Reversals;
use dunning::value::Currency;
use serde::Deserialize;

use crate::ask::manifest::AskManifest;
use crate::credential::Credential;
use crate::slots::{self, Part};

/// A source's manifest, as its TOML file says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) event: EventManifest,
    pub(crate) signature: Option<SignatureManifest>,
    /// For a tool that does not sign: any one of these is proof enough.
    #[serde(default)]
    pub(crate) credentials: Vec<Credential>,
    pub(crate) amounts: Amounts,
    /// Each event names its account: what a person says of an invoice must, too.
    #[serde(default)]
    pub(crate) always_names_account: bool,
    /// Whether the tool's snapshots show that a payment was reversed.
    #[serde(default)]
    pub(crate) reversals: Reversals,
    #[serde(default)]
    pub(crate) answer: Answer,
    /// Counts the filter's mendings: what is told again by a higher number withdraws what it said before.
    #[serde(default = "first")]
    pub(crate) translation: u32,
    /// How it is asked.
    pub(crate) ask: Option<AskManifest>,
}

fn first() -> u32 {
    1
}

/// What comes, and where it says what it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventManifest {
    #[serde(default)]
    pub(crate) body: BodyForm,
    /// The event's id, the same over all its deliveries.
    pub(crate) id: Locator,
    /// The tool's name for what happened.
    pub(crate) kind: Option<Locator>,
}

/// How the body is written.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BodyForm {
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`, with `a[b][c]=d` for what is nested; all values are text.
    Form,
}

/// Where a text stands: `/data/id` in the body, `header:X-Id` in a header; or `digest`, a hash of the
/// body, for a tool that names no event.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Locator {
    Pointer(String),
    Header(String),
    Digest,
}

impl TryFrom<String> for Locator {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix("header:") {
            Some(name) if !name.is_empty() => Ok(Self::Header(name.to_owned())),
            None if text == "digest" => Ok(Self::Digest),
            None if text.starts_with('/') => Ok(Self::Pointer(text)),
            _ => Err(format!(
                "`{text}` is none of \"/pointer/into/the/body\", \"header:Name\" and \"digest\""
            )),
        }
    }
}

/// How the tool signs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignatureManifest {
    pub(crate) header: String,
    pub(crate) form: Form,
    /// What stands between two pairs.
    #[serde(default = "comma")]
    pub(crate) separator: char,
    /// The name, or the version, of what is a digest, where the form has names.
    #[serde(default = "digest")]
    pub(crate) digests: String,
    pub(crate) timestamp: Option<Stamp>,
    pub(crate) signed: Template,
    pub(crate) algorithm: Algorithm,
    #[serde(default)]
    pub(crate) key: Key,
    /// What each secret begins with. It is part of a key that is text, and stands before one in base64.
    #[serde(default)]
    pub(crate) key_prefix: String,
    pub(crate) encoding: Encoding,
    /// What a secret that is a public key verifies in the same header.
    pub(crate) public_key: Option<PublicKeyScheme>,
}

fn comma() -> char {
    ','
}

fn digest() -> String {
    "digest".to_owned()
}

/// The grammar of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Form {
    /// `name=value,name=value`
    Pairs,
    /// `v1,digest v1,digest`
    Versions,
    /// `stamp,digest,digest`; the first is named `stamp`.
    Stamped,
    /// A digest alone.
    Digest,
}

/// When it was signed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stamp {
    /// The name of the part of the signature's header, or of the other header, that says so.
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) unit: StampUnit,
    /// How many seconds ago it may be.
    pub(crate) past: u32,
    /// How many seconds ahead of our clock it may be.
    pub(crate) future: u32,
}

/// What a stamp counts since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StampUnit {
    #[default]
    Seconds,
    Milliseconds,
}

/// What makes a digest of a key and the signed bytes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Algorithm {
    HmacSha256,
}

/// How a secret's text becomes the key.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Key {
    /// Its bytes, as they are.
    #[default]
    Utf8,
    /// What it means as base64, after its prefix.
    Base64,
}

/// How a digest is written.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Encoding {
    Hex,
    Base64,
}

/// A scheme with a public key.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PublicKeyScheme {
    /// An RS256 JSON Web Token whose claim `data` is the body: Lago's.
    LagoJwt,
}

/// The bytes that are signed, as `{t}.{body}`: `{body}`, `{url}` for the address as it was registered
/// with the tool, parts of the signature's header or other headers by name, and text.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Template(Vec<Piece>);

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Named(String),
    Url,
    Body,
}

impl Template {
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    fn names(&self, name: &str) -> bool {
        let names = |piece: &Piece| matches!(piece, Piece::Named(known) if known == name);
        self.0.iter().any(names)
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let pieces = slots::parts(&text)?.into_iter().map(|part| match part {
            Part::Text(text) => Piece::Text(text.to_owned()),
            Part::Slot("body") => Piece::Body,
            Part::Slot("url") => Piece::Url,
            Part::Slot(name) => Piece::Named(name.to_owned()),
        });
        let pieces: Vec<Piece> = pieces.collect();
        if pieces.iter().filter(|p| **p == Piece::Body).count() == 1 {
            Ok(Self(pieces))
        } else {
            Err(format!("`{text}` must name {{body}} once"))
        }
    }
}

/// In which unit amounts come.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Amounts {
    pub(crate) unit: Unit,
    /// Currencies whose smallest unit is another one than ISO 4217 says.
    #[serde(default)]
    decimals: BTreeMap<Currency, u32>,
}

/// What a tool's amounts count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unit {
    /// The currency's smallest unit: 123456 is 1,234.56 EUR.
    Minor,
    /// The currency itself: 1234.56.
    Major,
    /// The currency itself, out of sums of floats: 1234.5600000000002 is 1,234.56 EUR.
    Float,
}

impl Amounts {
    /// As people write them.
    pub(crate) fn in_major_units() -> Self {
        Self {
            unit: Unit::Major,
            decimals: BTreeMap::new(),
        }
    }

    /// How many digits of a currency's amounts stand behind the point that is not written.
    pub(crate) fn shift(&self, currency: Currency) -> u32 {
        match self.unit {
            Unit::Minor => self
                .decimals
                .get(&currency)
                .copied()
                .unwrap_or_else(|| currency.decimals()),
            Unit::Major | Unit::Float => 0,
        }
    }
}

/// What the tool wants to hear.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// The status that makes it try again.
    #[serde(default = "Answer::unavailable")]
    pub(crate) again: u16,
}

impl Answer {
    fn unavailable() -> u16 {
        503
    }
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            again: Self::unavailable(),
        }
    }
}

/// Why a manifest cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadManifest(String);

impl fmt::Display for BadManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Manifest {
    /// Reads a manifest, and checks that it asks for a proof that is worth something.
    pub(crate) fn parse(text: &str) -> Result<Self, BadManifest> {
        let manifest: Self =
            toml::from_str(text).map_err(|error| BadManifest(error.to_string()))?;
        if let Some(ask) = &manifest.ask {
            ask.check().map_err(BadManifest)?;
        }
        match (&manifest.signature, manifest.credentials.is_empty()) {
            (None, true) => Err(BadManifest(
                "there is neither a [signature] nor `credentials`: anybody could send anything"
                    .to_owned(),
            )),
            (Some(_), false) => Err(BadManifest(
                "there are both a [signature] and `credentials`: keep the signature".to_owned(),
            )),
            (Some(signature), true) => signature.check().map(|()| manifest),
            (None, false) => Ok(manifest),
        }
    }
}

impl Manifest {
    /// The headers in which an event says something of itself, but for those that are its proof.
    pub(crate) fn telling_headers(&self) -> impl Iterator<Item = &str> {
        let places = [Some(&self.event.id), self.event.kind.as_ref()];
        let names = places
            .into_iter()
            .flatten()
            .filter_map(|place| match place {
                Locator::Header(name) => Some(name.as_str()),
                Locator::Pointer(_) | Locator::Digest => None,
            });
        names.filter(|name| !self.proves(name))
    }

    fn proves(&self, name: &str) -> bool {
        let signature = self.signature.as_ref();
        let signature = signature.map(|signature| signature.header.as_str());
        let shown = self.credentials.iter().map(Credential::name);
        shown
            .chain(signature)
            .any(|known| known.eq_ignore_ascii_case(name))
    }
}

impl SignatureManifest {
    /// Whether the address that was registered with the tool is among what is signed.
    pub(crate) fn signs_url(&self) -> bool {
        self.signed.pieces().contains(&Piece::Url)
    }

    fn check(&self) -> Result<(), BadManifest> {
        match &self.timestamp {
            _ if matches!(self.form, Form::Pairs | Form::Versions) && self.digests == digest() => {
                Err(BadManifest(
                    "`digests` must name the part of the header that is a digest".to_owned(),
                ))
            }
            // Whoever replays a body could write any time beside it.
            Some(stamp) if !self.signed.names(&stamp.name) => Err(BadManifest(format!(
                "the time stamp `{}` is not among what is signed",
                stamp.name
            ))),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRIPE: &str = include_str!("../tools/stripe.toml");

    #[test]
    fn stripes_units_are_isos_but_for_three_currencies() {
        let amounts = Manifest::parse(STRIPE).unwrap().amounts;
        let shift = |code: &str| amounts.shift(Currency::parse(code).unwrap());
        for (code, decimals) in [("EUR", 2), ("JPY", 0), ("KWD", 3), ("HUF", 2), ("TWD", 2)] {
            assert_eq!(shift(code), decimals, "{code}");
        }
        for (code, decimals) in [("ISK", 2), ("UGX", 2), ("MGA", 0)] {
            assert_eq!(shift(code), decimals, "{code}");
        }
        // The list of Stripe's documentation, less MGA and UGX, which stand above.
        for code in "BIF CLP DJF GNF KMF KRW PYG RWF VND VUV XAF XOF XPF".split(' ') {
            assert_eq!(shift(code), 0, "{code}");
        }
        for code in "BHD JOD OMR TND".split(' ') {
            assert_eq!(shift(code), 3, "{code}");
        }
    }

    #[test]
    fn a_template_must_name_the_body_once() {
        for bad in ["{t}.", "{body}{body}", "{t}.{body"] {
            assert!(
                Template::try_from(bad.to_owned()).is_err(),
                "{bad} was taken"
            );
        }
        let pieces = Template::try_from("v0:{t}:{body}".to_owned()).unwrap().0;
        let text = |text: &str| Piece::Text(text.to_owned());
        let named = Piece::Named("t".to_owned());
        assert_eq!(pieces, [text("v0:"), named, text(":"), Piece::Body]);
    }

    #[test]
    fn a_manifest_that_does_not_sign_its_time_stamp_is_refused() {
        let unsigned = STRIPE.replace("{t}.{body}", "{body}");
        let why = Manifest::parse(&unsigned).unwrap_err().to_string();
        assert!(why.contains("time stamp `t`"), "{why}");
    }

    #[test]
    fn a_manifest_that_asks_for_no_proof_is_refused() {
        let unproven = "[event]\nid = \"/id\"\n[amounts]\nunit = \"minor\"\n";
        let why = Manifest::parse(unproven).unwrap_err().to_string();
        assert!(why.contains("anybody could send anything"), "{why}");
    }

    #[test]
    fn a_misspelt_field_is_refused_with_its_line() {
        let misspelt = STRIPE.replace("digests =", "digest =");
        let why = Manifest::parse(&misspelt).unwrap_err().to_string();
        assert!(why.contains("digest ="), "{why}");
    }

    #[test]
    fn a_place_is_a_pointer_a_header_or_the_digest() {
        let place = |text: &str| Locator::try_from(text.to_owned());
        assert_eq!(
            place("/data/id"),
            Ok(Locator::Pointer("/data/id".to_owned()))
        );
        assert_eq!(place("header:X-Id"), Ok(Locator::Header("X-Id".to_owned())));
        assert_eq!(place("digest"), Ok(Locator::Digest));
        for bad in ["", "id", "header:", "Digest"] {
            assert!(place(bad).is_err(), "{bad:?} was taken");
        }
    }
}
