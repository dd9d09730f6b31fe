//! Who signed these bytes, and when. One engine for every tool; what differs stands in the manifest.

use std::fmt;

use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::encoding::BASE64;
use crate::error::{Distrust, Misconfigured, SignatureError};
use crate::jwt;
use crate::manifest::{
    Algorithm, Encoding, Form, Key, Piece, PublicKeyScheme, SignatureManifest, Stamp, StampUnit,
};
use crate::request::Request;
use crate::secrets::Secrets;

/// A request that a holder of a secret has sent, lately: made by [`Tool::verify`](crate::Tool::verify);
/// or one for which an event bus vouches, or that was kept when it was verified.
#[derive(Clone, Copy)]
pub struct Verified<'r> {
    pub(crate) request: Request<'r>,
    pub(crate) came_at: Option<Timestamp>,
}

/// Bodies stay out of logs: they hold names, addresses and links that are secrets.
impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified({} bytes)", self.request.body.len())
    }
}

impl<'r> Verified<'r> {
    /// What came by a queue that only AWS's event bus may write to.
    pub fn by_event_bus(request: Request<'r>) -> Self {
        Self::of(request)
    }

    /// What was verified when it came, and kept since.
    pub fn kept(request: Request<'r>) -> Self {
        Self::of(request)
    }

    pub(crate) fn of(request: Request<'r>) -> Self {
        Self {
            request,
            came_at: None,
        }
    }

    /// Says when it came: that is when an end came about of which its tool does not say when.
    #[must_use]
    pub fn come_at(self, at: Timestamp) -> Self {
        Self {
            came_at: Some(at),
            ..self
        }
    }

    /// The body, exactly as it was sent.
    pub fn body(&self) -> &'r [u8] {
        self.request.body
    }
}

impl SignatureManifest {
    pub(crate) fn verify(
        &self,
        request: &Request<'_>,
        secrets: &Secrets,
        url: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Distrust> {
        let parts = self.parts(request.required_header(&self.header)?);
        let signed_at = match &self.timestamp {
            Some(stamp) => Some((stamp, self.signed_at(stamp, &parts, request)?)),
            None => None,
        };
        let digests = self.digests(&parts)?;
        let message = self.message(&parts, request, url)?;
        // Every secret against every digest: while a secret is rolled, two come of each. The result of
        // one comparison does not depend on where it fails; which of them succeeded is no secret.
        let (mut signed, mut unusable) = (false, None);
        let keys = self.keys(secrets)?;
        for secret in &keys {
            match self.holds(secret, &digests, &message, request) {
                Ok(holds) => signed |= holds,
                // One bad line spoils none of the others.
                Err(Distrust::Misconfigured(why)) => unusable = Some(why),
                Err(distrust) => return Err(distrust),
            }
        }
        if let Some(why) = unusable.filter(|_| !signed) {
            return Err(why.into());
        }
        if !signed {
            return Err(Distrust::Signature(SignatureError::NoMatch {
                digests: digests.len(),
                secrets: secrets.count(),
            }));
        }
        // After the digest, so that "stale" always means one of the tool's own.
        if let Some((stamp, at)) = signed_at {
            stamp.check_age(now.as_second().saturating_sub(at))?;
        }
        Ok(())
    }

    /// Whether a request has what the tool's have, and was signed lately: what a stranger's junk has not.
    /// It proves nothing.
    pub(crate) fn has_the_form(
        &self,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        let header = request.required_header(&self.header)?;
        let parts = self.parts(header);
        let is_token = self.public_key.is_some() && header.trim().split('.').count() == 3;
        if !is_token && self.digests(&parts)?.is_empty() {
            return Err(self.malformed("has no digest".to_owned()));
        }
        if let Some(stamp) = &self.timestamp {
            let at = self.signed_at(stamp, &parts, request)?;
            stamp.check_age(now.as_second().saturating_sub(at))?;
        }
        Ok(())
    }

    /// The secrets, judged as a whole. Everybody knows a public key, so neither it nor a line of it ever is
    /// the key of a digest: where one line may be part of such a key, none of the others is trusted either.
    fn keys(&self, secrets: &Secrets) -> Result<Vec<String>, Misconfigured> {
        if let Some(PublicKeyScheme::LagoJwt) = self.public_key {
            let joined = secrets.joined();
            if jwt::public_key(&joined).is_some() {
                return Ok(vec![joined]);
            }
            let is_part = |secret: &str| {
                jwt::public_key(secret).is_none() && jwt::may_be_part_of_a_public_key(secret)
            };
            if secrets.iter().any(is_part) {
                let form = "the HMAC key, or a public key as base64".to_owned();
                return Err(Misconfigured::Secret { form });
            }
        }
        Ok(secrets.iter().map(str::to_owned).collect())
    }

    /// Whether each of them can be a secret of the tool.
    pub(crate) fn check_secrets(&self, secrets: &Secrets) -> Result<(), Misconfigured> {
        for secret in self.keys(secrets)? {
            if self.public_key.is_some() && jwt::public_key(&secret).is_some() {
                continue;
            }
            self.key(&secret)?;
            if !secret.starts_with(&self.key_prefix) {
                let form = format!("{}…", self.key_prefix);
                return Err(Misconfigured::Secret { form });
            }
        }
        Ok(())
    }

    /// Whether only the tool itself can sign: whoever has the secret can do no more than verify.
    pub(crate) fn is_for_the_tool_alone(&self, secrets: &Secrets) -> bool {
        self.public_key.is_some() && jwt::public_key(&secrets.joined()).is_some()
    }

    /// Whether a secret made one of the digests, or vouches for the body in the scheme of public keys.
    fn holds(
        &self,
        secret: &str,
        digests: &[[u8; 32]],
        message: &[&[u8]],
        request: &Request<'_>,
    ) -> Result<bool, Distrust> {
        if let Some(PublicKeyScheme::LagoJwt) = self.public_key
            && let Some(public_key) = jwt::public_key(secret)
        {
            let token = request.required_header(&self.header)?;
            return Ok(jwt::verify(token, &public_key, request.body));
        }
        let wanted = self.digest(&self.key(secret)?, message);
        let mut digests = digests.iter();
        Ok(digests.any(|digest| bool::from(wanted.as_slice().ct_eq(digest.as_slice()))))
    }

    /// The headers that a tool with these secrets would add: one digest for each of them.
    pub(crate) fn sign(
        &self,
        secrets: &Secrets,
        url: Option<&str>,
        at: Timestamp,
        request: &Request<'_>,
    ) -> Result<Vec<(String, String)>, Distrust> {
        let stamp = self.timestamp.as_ref().map(|stamp| match stamp.unit {
            StampUnit::Seconds => at.as_second().to_string(),
            StampUnit::Milliseconds => at.as_millisecond().to_string(),
        });
        let made_up = format!("msg_{}", hex::encode(&Sha256::digest(request.body)[..12]));
        let mut parts: Vec<(&str, &str)> = Vec::new();
        let mut headers = Vec::new();
        for piece in self.signed.pieces() {
            let Piece::Named(named) = piece else { continue };
            let is_stamp = self.timestamp.as_ref().is_some_and(|s| s.name == *named);
            let value = stamp.as_deref().filter(|_| is_stamp).unwrap_or(&made_up);
            if matches!(self.form, Form::Pairs | Form::Stamped) {
                parts.push((named, value));
            } else if request.header(named)?.is_none() {
                headers.push((named.clone(), value.to_owned()));
            }
        }
        let added = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<(&str, &str)> = request.headers.iter().copied().chain(added).collect();
        let message = self.message(&parts, &Request::new(&all, request.body), url)?;
        let mut digests = Vec::new();
        for secret in secrets.iter() {
            let digest = self.digest(&self.key(secret)?, &message);
            digests.push(match self.encoding {
                Encoding::Hex => hex::encode(digest),
                Encoding::Base64 => BASE64.encode(digest),
            });
        }
        parts.extend(
            digests
                .iter()
                .map(|digest| (self.digests.as_str(), digest.as_str())),
        );
        let value = self.form.write(&parts, self.separator);
        headers.push((self.header.clone(), value));
        Ok(headers)
    }

    /// The header's parts by their names, all of them, in order: a map would keep one of two digests.
    /// What is not of the form is passed over, so that a tool may add to its header.
    fn parts<'h>(&'h self, value: &'h str) -> Vec<(&'h str, &'h str)> {
        let trimmed = |(name, value): (&'h str, &'h str)| (name.trim(), value.trim());
        match self.form {
            Form::Pairs => value
                .split(self.separator)
                .filter_map(|piece| piece.split_once('='))
                .map(trimmed)
                .collect(),
            Form::Versions => value
                .split_whitespace()
                .filter_map(|piece| piece.split_once(','))
                .map(trimmed)
                .collect(),
            Form::Stamped => {
                let mut pieces = value.split(',').map(str::trim);
                let stamp = pieces.next().map(|stamp| (STAMP, stamp));
                let digests = pieces.map(|digest| (self.digests.as_str(), digest));
                stamp.into_iter().chain(digests).collect()
            }
            Form::Digest => vec![(self.digests.as_str(), value.trim())],
        }
    }

    fn malformed(&self, why: impl Into<String>) -> SignatureError {
        SignatureError::Malformed {
            header: self.header.clone(),
            why: why.into(),
        }
    }

    /// A named value: a part of the signature's header, or else another header.
    fn named<'h>(
        &self,
        name: &str,
        parts: &[(&'h str, &'h str)],
        request: &Request<'h>,
    ) -> Result<&'h str, SignatureError> {
        let is_part = match self.form {
            Form::Pairs => true,
            Form::Stamped => name == STAMP,
            // Or whoever writes the signature's header could take another header's place.
            Form::Versions | Form::Digest => false,
        };
        if !is_part {
            return request.required_header(name);
        }
        let mut values = parts.iter().filter(|(part, _)| *part == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Ok(value),
            (Some(_), Some(_)) => Err(self.malformed(format!("has `{name}=` twice"))),
            (None, _) => Err(self.malformed(format!("has no `{name}=`"))),
        }
    }

    /// When it was signed, in Unix seconds.
    fn signed_at(
        &self,
        stamp: &Stamp,
        parts: &[(&str, &str)],
        request: &Request<'_>,
    ) -> Result<i64, SignatureError> {
        let text = self.named(&stamp.name, parts, request)?;
        // Digits only: `parse` alone would also take a sign.
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let count: Option<i64> = text.parse().ok().filter(|_| digits);
        let count = count.ok_or_else(|| {
            let name = &stamp.name;
            self.malformed(format!(
                "has a `{name}=` that is not a time in Unix seconds"
            ))
        })?;
        Ok(match stamp.unit {
            StampUnit::Seconds => count,
            StampUnit::Milliseconds => count / 1000,
        })
    }

    /// The digests that are well formed, of which one is enough; those of other schemes prove nothing.
    fn digests(&self, parts: &[(&str, &str)]) -> Result<Vec<[u8; 32]>, SignatureError> {
        let name = &self.digests;
        let mut of_the_scheme = parts.iter().filter(|(part, _)| part == name).peekable();
        if of_the_scheme.peek().is_none() {
            return Err(self.malformed(match self.form {
                Form::Pairs => format!("has no `{name}=`"),
                Form::Versions => format!("has no `{name},`"),
                Form::Stamped | Form::Digest => "has no digest".to_owned(),
            }));
        }
        Ok(of_the_scheme
            .filter_map(|(_, text)| self.decode(text))
            .collect())
    }

    fn decode(&self, text: &str) -> Option<[u8; 32]> {
        match self.encoding {
            Encoding::Hex => {
                let mut digest = [0; 32];
                hex::decode_to_slice(text, &mut digest).ok()?;
                Some(digest)
            }
            Encoding::Base64 => BASE64.decode(text).ok()?.try_into().ok(),
        }
    }

    /// The signed bytes, piece by piece.
    fn message<'m>(
        &'m self,
        parts: &[(&'m str, &'m str)],
        request: &Request<'m>,
        url: Option<&'m str>,
    ) -> Result<Vec<&'m [u8]>, Distrust> {
        let piece = |piece: &'m Piece| {
            Ok(match piece {
                Piece::Text(text) => text.as_bytes(),
                Piece::Named(name) => self.named(name, parts, request)?.as_bytes(),
                Piece::Url => url.ok_or(Misconfigured::NoUrl)?.as_bytes(),
                Piece::Body => request.body,
            })
        };
        self.signed.pieces().iter().map(piece).collect()
    }

    fn key(&self, secret: &str) -> Result<Vec<u8>, Misconfigured> {
        match self.key {
            Key::Utf8 => Ok(secret.as_bytes().to_vec()),
            Key::Base64 => secret
                .strip_prefix(&self.key_prefix)
                .and_then(|encoded| BASE64.decode(encoded).ok())
                .filter(|key| !key.is_empty())
                .ok_or_else(|| Misconfigured::Secret {
                    form: format!("{}<base64>", self.key_prefix),
                }),
        }
    }

    /// What a holder of the key would have written.
    fn digest(&self, key: &[u8], message: &[&[u8]]) -> [u8; 32] {
        match self.algorithm {
            Algorithm::HmacSha256 => {
                let mut mac =
                    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
                for piece in message {
                    mac.update(piece);
                }
                mac.finalize().into_bytes().into()
            }
        }
    }
}

/// The name of the first part of a header of the form [`Form::Stamped`].
const STAMP: &str = "stamp";

impl Form {
    fn write(self, parts: &[(&str, &str)], separator: char) -> String {
        let separator = match self {
            Self::Pairs => separator,
            Self::Versions => ' ',
            Self::Stamped | Self::Digest => ',',
        };
        let piece = |(name, value): &(&str, &str)| match self {
            Self::Pairs => format!("{name}={value}"),
            Self::Versions => format!("{name},{value}"),
            Self::Stamped | Self::Digest => (*value).to_owned(),
        };
        let pieces: Vec<String> = parts.iter().map(piece).collect();
        pieces.join(&separator.to_string())
    }
}

impl Stamp {
    fn check_age(&self, age: i64) -> Result<(), SignatureError> {
        if age > i64::from(self.past) {
            Err(SignatureError::Stale {
                age,
                limit: self.past,
            })
        } else if age < -i64::from(self.future) {
            Err(SignatureError::Future {
                ahead: -age,
                limit: self.future,
            })
        } else {
            Ok(())
        }
    }
}
