//! The head of a source: what is peculiar about a tool and is not about its JSON.

use std::collections::BTreeMap;

use dunning::money::Currency;
use serde::Deserialize;

/// A source's head, as its TOML file says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    pub(crate) event: EventHead,
    pub(crate) signature: SignatureHead,
    pub(crate) amounts: Amounts,
}

/// Where an event says what it is: JSON pointers into the tool's body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventHead {
    pub(crate) id: String,
    pub(crate) kind: String,
}

/// How the tool signs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignatureHead {
    pub(crate) header: String,
    pub(crate) form: Form,
    /// The name of the pair that says when it was signed, in Unix seconds.
    pub(crate) timestamp: String,
    /// The name of the pairs that hold a digest.
    pub(crate) digests: String,
    pub(crate) signed: Template,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: Key,
    pub(crate) encoding: Encoding,
    pub(crate) tolerance: Tolerance,
}

/// The grammar of the header.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Form {
    /// `name=value,name=value`
    Pairs,
}

/// What makes a digest of a key and the signed bytes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Algorithm {
    HmacSha256,
}

/// How a secret's text becomes the key.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Key {
    /// Its bytes, as they are.
    Utf8,
}

/// How a digest is written.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Encoding {
    Hex,
}

/// How far a signature's time may be from ours, in seconds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tolerance {
    pub(crate) past: u32,
    pub(crate) future: u32,
}

/// The bytes that are signed, as `{t}.{body}`: the header's pairs by name, the body, and text.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Template(Vec<Piece>);

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Pair(String),
    Body,
}

impl Template {
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.0
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| format!("`{text}` has a `{{` without its `}}`"))?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(match name {
                "body" => Piece::Body,
                pair => Piece::Pair(pair.to_owned()),
            });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
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
    unit: Unit,
    /// Currencies whose unit is another one than ISO 4217 says.
    #[serde(default)]
    decimals: BTreeMap<Currency, u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Unit {
    /// The currency's smallest.
    Minor,
}

impl Amounts {
    /// How many digits of a currency's amounts stand behind the point that is not written.
    pub(crate) fn shift(&self, currency: Currency) -> u32 {
        match self.unit {
            Unit::Minor => self
                .decimals
                .get(&currency)
                .copied()
                .unwrap_or_else(|| currency.decimals()),
        }
    }
}

impl Head {
    /// Reads a head, and checks that its time stamp is worth something.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let head: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let signature = &head.signature;
        let stamp = Piece::Pair(signature.timestamp.clone());
        if signature.signed.pieces().contains(&stamp) {
            Ok(head)
        } else {
            // Whoever replays a body could write any time beside it.
            Err(format!(
                "the time stamp `{}` is not among what is signed",
                signature.timestamp
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRIPE: &str = include_str!("../tools/stripe.toml");

    #[test]
    fn stripes_units_are_isos_but_for_three_currencies() {
        let amounts = Head::parse(STRIPE).unwrap().amounts;
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
        assert_eq!(
            pieces,
            [
                text("v0:"),
                Piece::Pair("t".to_owned()),
                text(":"),
                Piece::Body
            ]
        );
    }

    #[test]
    fn a_head_that_does_not_sign_its_time_stamp_is_refused() {
        let unsigned = STRIPE.replace("{t}.{body}", "{body}");
        assert!(
            Head::parse(&unsigned)
                .unwrap_err()
                .contains("time stamp `t`")
        );
    }

    #[test]
    fn a_misspelt_field_is_refused_with_its_line() {
        let misspelt = STRIPE.replace("digests =", "digest =");
        assert!(Head::parse(&misspelt).unwrap_err().contains("digest"));
    }
}
