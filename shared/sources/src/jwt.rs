//! Lago's own scheme: an RS256 JSON Web Token that carries the body. (Lago's web hooks, `signature_algo`
//! `jwt`: claims `data`, the body as text, and `iss`.)

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;
use spki::SubjectPublicKeyInfoRef;

use crate::encoding::BASE64;

/// The key that a secret is, if it is a public one: base64 of a PEM file, as Lago's API gives it, or
/// of the key in DER.
pub(crate) fn public_key(secret: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(secret).ok()?;
    let der = match std::str::from_utf8(&bytes) {
        Ok(pem) if pem.trim_start().starts_with("-----BEGIN ") => {
            let inner: String = pem
                .lines()
                .filter(|line| !line.starts_with("-----"))
                .collect();
            BASE64.decode(inner.replace(char::is_whitespace, "")).ok()?
        }
        _ => bytes,
    };
    // A key in DER is a SEQUENCE; of several hundred bytes, which no digest's key has.
    (der.len() > 128 && der[0] == 0x30).then_some(der)
}

/// Whether a secret looks like a line of a public key that was pasted with its line breaks, or in the
/// JSON in which it came. Such a line is the same for everybody, or known to everybody.
pub(crate) fn may_be_part_of_a_public_key(secret: &str) -> bool {
    secret.len() > 64
        || secret.contains(|c: char| c.is_whitespace() || "{}\"".contains(c))
        || secret.contains("-----")
        || ["LS0tLS1", "MII"]
            .iter()
            .any(|start| secret.starts_with(start))
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    data: String,
}

/// Whether the holder of the private key has signed this very body.
pub(crate) fn verify(token: &str, public_key: &[u8], body: &[u8]) -> bool {
    let Some((signed, signature)) = token.trim().rsplit_once('.') else {
        return false;
    };
    let Some((header, claims)) = signed.split_once('.') else {
        return false;
    };
    let (Some(header), Some(signature)) = (json::<Header>(header), decode(signature)) else {
        return false;
    };
    // Around the key stands what kind of key it is (RFC 5280, 4.1.2.7), or nothing (RFC 8017, A.1.1).
    let inner = SubjectPublicKeyInfoRef::try_from(public_key).ok();
    let inner = inner.and_then(|info| info.subject_public_key.as_bytes());
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, inner.unwrap_or(public_key));
    header.alg == "RS256"
        && key.verify(signed.as_bytes(), &signature).is_ok()
        && json::<Claims>(claims).is_some_and(|claims| claims.data.as_bytes() == body)
}

fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(part).ok()
}

fn json<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&decode(part)?).ok()
}
