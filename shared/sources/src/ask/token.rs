//! Tokens that a key buys: OAuth 2.

use jiff::SignedDuration;
use serde::Deserialize;

use super::answer::Answer;
use super::error::AskError;
use super::key::Key;
use super::manifest::{AskManifest, Grant, Oauth, Proof};
use super::question::Place;
use super::request::{AskRequest, Method, base};
use super::template::escaped;
use crate::error::Misconfigured;

/// What a token is worth when the tool does not say for how long.
const USUAL: i64 = 300;
/// The largest answer in bytes.
const LARGEST: usize = 64 * 1024;

/// A token: what takes the key's place in requests, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The token itself.
    pub value: Key,
    /// How long it counts, from when it was asked for.
    pub expires_in: SignedDuration,
    /// The key that buys the next one, where the old one does not any more: to be kept before the token is used.
    pub rotated: Option<Key>,
}

/// As the tool says it.
#[derive(Deserialize)]
struct Said {
    access_token: Option<String>,
    expires_in: Option<i64>,
    refresh_token: Option<String>,
}

pub(super) fn oauth(ask: &AskManifest) -> Option<&Oauth> {
    match &ask.proof {
        Proof::Oauth(oauth) => Some(oauth),
        _ => None,
    }
}

fn parts<'k>(oauth: &Oauth, key: &'k Key) -> Result<Vec<&'k str>, Misconfigured> {
    key.parts(oauth.grant.parts()).ok_or_else(|| {
        let form = match oauth.grant {
            Grant::RefreshToken => "client id:client secret:refresh token",
            Grant::ClientCredentials => "client id:client secret",
        };
        Misconfigured::Unaskable {
            why: format!("the key is not of the form {form}"),
        }
    })
}

/// The host that gives tokens. It must be known: the key goes there.
fn host<'a>(
    ask: &'a AskManifest,
    oauth: &'a Oauth,
    place: &Place<'a>,
) -> Result<&'a str, Misconfigured> {
    let base = base(ask, place)?;
    match oauth.hosts.get(base.origin()) {
        Some(host) => Ok(host.as_str()),
        None if oauth.hosts.is_empty() || base.is_of_this_machine() => Ok(base.origin()),
        None => {
            let known: Vec<&str> = oauth.hosts.keys().map(String::as_str).collect();
            Err(Misconfigured::Unaskable {
                why: format!("`api` is none of the tool's: {}", known.join(", ")),
            })
        }
    }
}

pub(super) fn request(
    ask: &AskManifest,
    oauth: &Oauth,
    key: &Key,
    place: &Place<'_>,
) -> Result<AskRequest, Misconfigured> {
    let url = format!("{}{}", host(ask, oauth, place)?, oauth.path);
    let parts = parts(oauth, key)?;
    let mut form = vec![("client_id", parts[0]), ("client_secret", parts[1])];
    match oauth.grant {
        Grant::RefreshToken => {
            form.extend([("grant_type", "refresh_token"), ("refresh_token", parts[2])]);
        }
        Grant::ClientCredentials => form.push(("grant_type", "client_credentials")),
    }
    form.extend(oauth.scope.as_deref().map(|scope| ("scope", scope)));
    let pairs = form
        .into_iter()
        .map(|(name, value)| format!("{name}={}", escaped(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Ok(AskRequest {
        method: Method::Post,
        url,
        headers: vec![
            header("Accept", "application/json"),
            header("Content-Type", "application/x-www-form-urlencoded"),
        ],
        body: Some(body.into_bytes()),
    })
}

/// Some tools refuse with status 200, and without a token.
pub(super) fn read(oauth: &Oauth, key: &Key, answer: &Answer<'_>) -> Result<Token, AskError> {
    match answer.status {
        200..=299 => {}
        300..=399 => return Err(AskError::Redirected),
        429 => {
            let retry_after = answer.retry_after();
            return Err(AskError::TooMany { retry_after });
        }
        // A refresh token that does not count any more is a bad request, by OAuth's word.
        status @ 400..=499 => return Err(AskError::KeyRefused { status }),
        status => return Err(AskError::Unavailable { status }),
    }
    if answer.body.len() > LARGEST {
        return Err(AskError::TooLarge { most: LARGEST });
    }
    // What serde says of a body may quote the token.
    let said: Said = serde_json::from_slice(answer.body).map_err(|_| AskError::NotJson)?;
    let status = answer.status;
    let value = said.access_token.and_then(|token| Key::parse(&token).ok());
    let value = value.ok_or(AskError::KeyRefused { status })?;
    let seconds = said
        .expires_in
        .filter(|seconds| *seconds > 0)
        .unwrap_or(USUAL);
    let rotated = match (oauth.grant, said.refresh_token) {
        (Grant::RefreshToken, Some(next)) => {
            let parts = parts(oauth, key)?;
            let rotated = format!("{}:{}:{next}", parts[0], parts[1]);
            Key::parse(&rotated).ok().filter(|rotated| rotated != key)
        }
        _ => None,
    };
    Ok(Token {
        value,
        expires_in: SignedDuration::from_secs(seconds.min(24 * 60 * 60)),
        rotated,
    })
}
