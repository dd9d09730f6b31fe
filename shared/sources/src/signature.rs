//! Who signed these bytes, and when. One engine for every tool; what differs stands in the head.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::head::{Algorithm, Encoding, Form, Key, Piece, SignatureHead};
use crate::secrets::Secrets;

/// Bytes that a holder of a secret has signed, lately. Made by [`Source::verify`](crate::Source::verify) only.
#[derive(Clone, Copy)]
pub struct Verified<'a>(&'a [u8]);

/// Bodies stay out of logs: they hold names, addresses and links that are secrets.
impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified({} bytes)", self.0.len())
    }
}

impl<'a> Verified<'a> {
    /// The body, exactly as it was signed.
    pub fn body(&self) -> &'a [u8] {
        self.0
    }
}

/// Why a request is not to be trusted. The sender hears nothing but 401; this is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No signature at all.
    #[error("the header {header} is missing")]
    Missing {
        /// The tool's signature header.
        header: String,
    },
    /// Two signature headers: which of them counts would be a guess.
    #[error("the header {header} stands twice")]
    Twice {
        /// The tool's signature header.
        header: String,
    },
    /// Not of the tool's form.
    #[error("the header {header} {why}")]
    Malformed {
        /// The tool's signature header.
        header: String,
        /// What is wrong in it.
        why: String,
    },
    /// No secret made any of the digests: a forged or altered body, or another endpoint's secret.
    /// It may also be a secret that was rolled since ours was read.
    #[error("none of the {digests} signatures matches the body with any of the {secrets} secrets")]
    NoMatch {
        /// How many digests the header has.
        digests: usize,
        /// How many secrets were tried on each.
        secrets: usize,
    },
    /// Rightly signed, but too long ago: a replay, or our clock is wrong.
    #[error("signed {age} s ago; at most {limit} s are allowed")]
    Stale {
        /// Seconds since.
        age: i64,
        /// How many are allowed.
        limit: u32,
    },
    /// Rightly signed, but in the future: one of the clocks is wrong.
    #[error("signed {ahead} s ahead of our clock; at most {limit} s are allowed")]
    Future {
        /// Seconds until.
        ahead: i64,
        /// How many are allowed.
        limit: u32,
    },
}

impl SignatureHead {
    pub(crate) fn verify<'b, 'h>(
        &self,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
        body: &'b [u8],
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<Verified<'b>, SignatureError> {
        let pairs = self.pairs(self.find(headers)?);
        let signed_at = self.signed_at(&pairs)?;
        let digests = self.digests(&pairs)?;
        // Every secret against every digest: while a secret is rolled, two come of each. The result of
        // one comparison does not depend on where it fails; which of them succeeded is no secret.
        let signed = secrets.iter().any(|secret| {
            let wanted = self.digest(secret, &pairs, body);
            digests
                .iter()
                .any(|digest| bool::from(wanted.as_slice().ct_eq(digest.as_slice())))
        });
        if !signed {
            return Err(SignatureError::NoMatch {
                digests: digests.len(),
                secrets: secrets.count(),
            });
        }
        // After the digest, so that "stale" always means one of the tool's own.
        self.check_age(now.as_second().saturating_sub(signed_at))?;
        Ok(Verified(body))
    }

    /// The header's value that a tool with these secrets would send: one digest for each of them.
    pub(crate) fn sign(&self, secrets: &Secrets, at: Timestamp, body: &[u8]) -> String {
        let at = at.as_second().to_string();
        let mut pairs = vec![(self.timestamp.as_str(), at.as_str())];
        let digests: Vec<String> = secrets
            .iter()
            .map(|secret| hex::encode(self.digest(secret, &pairs, body)))
            .collect();
        pairs.extend(
            digests
                .iter()
                .map(|digest| (self.digests.as_str(), digest.as_str())),
        );
        let written: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        written.join(",")
    }

    /// The signature header's value. Names of headers have no case.
    fn find<'h>(
        &self,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    ) -> Result<&'h str, SignatureError> {
        let header = || self.header.clone();
        let mut values = headers
            .into_iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(&self.header))
            .map(|(_, value)| value);
        match (values.next(), values.next()) {
            (None, _) => Err(SignatureError::Missing { header: header() }),
            (Some(value), None) => Ok(value),
            (Some(_), Some(_)) => Err(SignatureError::Twice { header: header() }),
        }
    }

    /// The header's pairs, all of them, in order: a map would keep one of two digests. What is not
    /// of the form is passed over, so that a tool may add to its header.
    fn pairs<'h>(&self, value: &'h str) -> Vec<(&'h str, &'h str)> {
        match self.form {
            Form::Pairs => value
                .split(',')
                .filter_map(|piece| piece.split_once('='))
                .map(|(name, value)| (name.trim(), value.trim()))
                .collect(),
        }
    }

    fn malformed(&self, why: impl Into<String>) -> SignatureError {
        SignatureError::Malformed {
            header: self.header.clone(),
            why: why.into(),
        }
    }

    /// When it was signed, in Unix seconds.
    fn signed_at(&self, pairs: &[(&str, &str)]) -> Result<i64, SignatureError> {
        let name = &self.timestamp;
        let mut stamps = pairs.iter().filter(|(pair, _)| pair == name);
        let (_, stamp) = stamps
            .next()
            .ok_or_else(|| self.malformed(format!("has no `{name}=`")))?;
        if stamps.next().is_some() {
            return Err(self.malformed(format!("has `{name}=` twice")));
        }
        // Digits only: `parse` alone would also take a sign.
        let digits = stamp.bytes().all(|b| b.is_ascii_digit());
        stamp.parse().ok().filter(|_| digits).ok_or_else(|| {
            self.malformed(format!(
                "has a `{name}=` that is not a time in Unix seconds"
            ))
        })
    }

    /// The digests that are well formed, of which one is enough; those of other schemes prove nothing.
    fn digests(&self, pairs: &[(&str, &str)]) -> Result<Vec<[u8; 32]>, SignatureError> {
        let name = &self.digests;
        let mut of_the_scheme = pairs.iter().filter(|(pair, _)| pair == name).peekable();
        if of_the_scheme.peek().is_none() {
            return Err(self.malformed(format!("has no `{name}=`")));
        }
        Ok(of_the_scheme
            .filter_map(|(_, text)| self.decode(text))
            .collect())
    }

    fn decode(&self, text: &str) -> Option<[u8; 32]> {
        let mut digest = [0; 32];
        match self.encoding {
            Encoding::Hex => hex::decode_to_slice(text, &mut digest).ok()?,
        }
        Some(digest)
    }

    /// What a holder of `secret` would have written.
    fn digest(&self, secret: &str, pairs: &[(&str, &str)], body: &[u8]) -> [u8; 32] {
        let key = match self.key {
            Key::Utf8 => secret.as_bytes(),
        };
        match self.algorithm {
            Algorithm::HmacSha256 => {
                let mut mac =
                    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
                for piece in self.signed.pieces() {
                    mac.update(match piece {
                        Piece::Text(text) => text.as_bytes(),
                        Piece::Pair(name) => value_of(pairs, name).as_bytes(),
                        Piece::Body => body,
                    });
                }
                mac.finalize().into_bytes().into()
            }
        }
    }

    fn check_age(&self, age: i64) -> Result<(), SignatureError> {
        let limit = self.tolerance;
        if age > i64::from(limit.past) {
            Err(SignatureError::Stale {
                age,
                limit: limit.past,
            })
        } else if age < -i64::from(limit.future) {
            Err(SignatureError::Future {
                ahead: -age,
                limit: limit.future,
            })
        } else {
            Ok(())
        }
    }
}

/// The value of a pair; a pair that is missing signs nothing.
fn value_of<'h>(pairs: &[(&str, &'h str)], name: &str) -> &'h str {
    pairs
        .iter()
        .find(|(pair, _)| *pair == name)
        .map_or("", |(_, value)| value)
}
