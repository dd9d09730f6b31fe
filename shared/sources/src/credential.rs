//! For tools that do not sign: something that only they know, shown with each request.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::{Misconfigured, SignatureError};
use crate::request::Request;
use crate::secrets::Secrets;

/// Where a tool shows the secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Credential {
    /// `Authorization: Basic …`; the secret is `user:password`.
    Basic,
    /// `Authorization: Bearer …`
    Bearer,
    /// A header of any name.
    Header { name: String },
    /// A parameter of the address: `?name=…`
    Query { name: String },
}

impl Credential {
    /// What the request shows here, if it shows anything.
    fn shown(&self, request: &Request<'_>) -> Result<Option<Vec<u8>>, SignatureError> {
        Ok(match self {
            Self::Basic => authorization(request, "Basic")?
                .and_then(|encoded| BASE64_STANDARD.decode(encoded).ok()),
            Self::Bearer => {
                authorization(request, "Bearer")?.map(|token| token.as_bytes().to_vec())
            }
            Self::Header { name } => request.header(name)?.map(|value| value.as_bytes().to_vec()),
            Self::Query { name } => request
                .parameter(name)
                .map(|value| value.as_bytes().to_vec()),
        })
    }

    /// As a person would look for it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Basic | Self::Bearer => AUTHORIZATION,
            Self::Header { name } | Self::Query { name } => name,
        }
    }

    /// The header with which a holder of the secret shows it; a parameter is not a header.
    pub(crate) fn header(&self, secret: &str) -> Option<(String, String)> {
        let (name, value) = match self {
            Self::Basic => (
                AUTHORIZATION,
                format!("Basic {}", BASE64_STANDARD.encode(secret)),
            ),
            Self::Bearer => (AUTHORIZATION, format!("Bearer {secret}")),
            Self::Header { name } => (name.as_str(), secret.to_owned()),
            Self::Query { .. } => return None,
        };
        Some((name.to_owned(), value))
    }
}

/// Whether each of the secrets can be shown in one of these places.
pub(crate) fn check_secrets(
    accepted: &[Credential],
    secrets: &Secrets,
) -> Result<(), Misconfigured> {
    let is_word = |secret: &str| secret.chars().all(|c| c.is_ascii_graphic());
    let fits = |secret: &str| {
        accepted.iter().any(|credential| match credential {
            Credential::Basic => secret.contains(':'),
            Credential::Bearer | Credential::Header { .. } | Credential::Query { .. } => {
                is_word(secret)
            }
        })
    };
    if secrets.iter().all(fits) {
        return Ok(());
    }
    let form = match accepted {
        [Credential::Basic] => "user:password",
        _ => "letters, digits and signs of ASCII, without blanks",
    };
    Err(Misconfigured::Secret {
        form: form.to_owned(),
    })
}

/// The parameter of the address in which a holder shows the secret to a tool's webhook, where no header does.
pub(crate) fn parameter(accepted: &[Credential], secret: &str) -> Option<(String, String)> {
    let in_header = accepted
        .iter()
        .any(|credential| credential.header(secret).is_some());
    accepted.iter().find_map(|credential| match credential {
        Credential::Query { name } if !in_header => Some((name.clone(), secret.to_owned())),
        _ => None,
    })
}

const AUTHORIZATION: &str = "Authorization";

/// What follows the scheme's name, which has no case.
fn authorization<'r>(
    request: &Request<'r>,
    scheme: &str,
) -> Result<Option<&'r str>, SignatureError> {
    let value = request.header(AUTHORIZATION)?;
    let of_the_scheme = value
        .and_then(|value| value.split_once(' '))
        .filter(|(named, _)| named.eq_ignore_ascii_case(scheme));
    Ok(of_the_scheme.map(|(_, shown)| shown.trim()))
}

/// Whatever a request shows where one of the credentials may stand: nothing is none.
pub(crate) fn all_shown(
    accepted: &[Credential],
    request: &Request<'_>,
) -> Result<Vec<Vec<u8>>, SignatureError> {
    let mut shown = Vec::new();
    for credential in accepted {
        shown.extend(credential.shown(request)?);
    }
    if shown.is_empty() {
        let names: Vec<&str> = accepted.iter().map(Credential::name).collect();
        return Err(SignatureError::NoCredential {
            places: names.join(", "),
        });
    }
    Ok(shown)
}

/// Whether any of the credentials shows any of the secrets.
pub(crate) fn verify(
    accepted: &[Credential],
    request: &Request<'_>,
    secrets: &Secrets,
) -> Result<(), SignatureError> {
    let shown = all_shown(accepted, request)?;
    // Hashes have one length, so the comparison tells nothing of the secret's.
    let right = secrets.iter().any(|secret| {
        let wanted = Sha256::digest(secret);
        shown
            .iter()
            .any(|shown| bool::from(wanted.as_slice().ct_eq(Sha256::digest(shown).as_slice())))
    });
    if right {
        Ok(())
    } else {
        Err(SignatureError::WrongCredential {
            secrets: secrets.count(),
        })
    }
}
