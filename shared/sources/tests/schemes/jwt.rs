//! Lago's JSON Web Tokens, made here with a key of the test's own.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use sources::{Distrust, Misconfigured, Request, Secrets, SignatureError};

use crate::{at, config, tool, verify};

static KEY: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::from_pkcs8(include_bytes!("keys/private.pk8")).unwrap());
const PUBLIC: &[u8] = include_bytes!("keys/public.der");
const BODY: &str = r#"{"webhook_type":"invoice.created","invoice":{"number":"FM-1 é"}}"#;

/// As Lago's API gives it: base64 of a PEM file.
fn public_key() -> String {
    let der = BASE64_STANDARD.encode(PUBLIC);
    let lines: Vec<&str> = der
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        lines.join("\n")
    );
    BASE64_STANDARD.encode(pem)
}

fn token(header: Value, claims: Value) -> String {
    let part = |part: Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let mut signature = vec![0; KEY.public().modulus_len()];
    KEY.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn check(token: &str, body: &str, secret: &str) -> Result<(), SignatureError> {
    let headers = [
        ("X-Lago-Signature", token),
        ("X-Lago-Signature-Algorithm", "jwt"),
    ];
    verify(
        "lago",
        Request::new(&headers, body.as_bytes()),
        secret,
        at(0),
    )
}

#[test]
fn a_token_that_carries_the_body_and_is_signed_with_the_key_passes() {
    let good = token(
        json!({"alg": "RS256"}),
        json!({"data": BODY, "iss": "https://api.lago.example"}),
    );
    assert_eq!(check(&good, BODY, &public_key()), Ok(()));
    assert_eq!(check(&good, BODY, &BASE64_STANDARD.encode(PUBLIC)), Ok(()));
    // In the older form, the key alone.
    let key_alone = BASE64_STANDARD.encode(KEY.public());
    assert_eq!(check(&good, BODY, &key_alone), Ok(()));
    // While the scheme is changed, both secrets stand there.
    let both = format!("an-hmac-key\n{}", public_key());
    assert_eq!(check(&good, BODY, &both), Ok(()));
}

#[test]
fn a_token_for_another_body_of_another_kind_or_from_another_key_is_refused() {
    let claims = || json!({"data": BODY, "iss": "https://api.lago.example"});
    let good = token(json!({"alg": "RS256"}), claims());
    assert!(check(&good, &BODY.replace("FM-1", "FM-2"), &public_key()).is_err());
    for alg in ["none", "HS256", "RS512"] {
        let other = token(json!({"alg": alg}), claims());
        assert!(check(&other, BODY, &public_key()).is_err(), "{alg}");
    }
    let (signed, _) = good.rsplit_once('.').unwrap();
    for bad in [
        "",
        ".",
        "..",
        signed,
        &format!("{signed}."),
        &good.replacen('.', "", 1),
    ] {
        assert!(check(bad, BODY, &public_key()).is_err(), "{bad:?}");
    }
    assert!(
        check(
            &token(json!({"alg": "RS256"}), json!({})),
            BODY,
            &public_key()
        )
        .is_err()
    );
}

#[test]
fn a_public_key_that_was_pasted_with_its_line_breaks_is_no_list_of_keys() {
    let der = BASE64_STANDARD.encode(PUBLIC);
    let lines = |text: &str| -> String {
        let lines = text
            .as_bytes()
            .chunks(60)
            .map(|line| std::str::from_utf8(line).unwrap());
        lines.collect::<Vec<_>>().join("\n")
    };
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
        lines(&der)
    );
    let json = format!("{{\"webhook\": {{\"public_key\": \"{}\"}}}}", public_key());
    for pasted in [lines(&public_key()), pem, json] {
        let secrets = Secrets::parse(&pasted).unwrap();
        // Whoever knows the public key signs with each line of it.
        for line in pasted.lines() {
            let known = Secrets::parse(line).unwrap();
            let forged = tool("gocardless")
                .sign(&known, None, at(0), Request::new(&[], BODY.as_bytes()))
                .unwrap();
            let digest = BASE64_STANDARD.encode(hex::decode(forged.pairs()[0].1).unwrap());
            let headers = [("X-Lago-Signature", digest.as_str())];
            let request = Request::new(&headers, BODY.as_bytes());
            let verdict = tool("lago").verify(request, &secrets, &config(None), at(0));
            assert!(verdict.is_err(), "{line}");
        }
    }
}

#[test]
fn fault_33_a_public_key_that_was_pasted_with_its_line_breaks_is_that_key() {
    let key = public_key();
    let lines = key.as_bytes().chunks(60);
    let lines = lines.map(|line| std::str::from_utf8(line).unwrap());
    let pasted = lines.collect::<Vec<_>>().join("\n");
    let claims = json!({"data": BODY, "iss": "https://api.getlago.com"});
    let token = token(json!({"alg": "RS256"}), claims);
    assert_eq!(check(&token, BODY, &pasted), Ok(()));
    // Beside another line nobody can tell what the lines are, and none is trusted.
    let mixed = Secrets::parse(&format!("{pasted}\nkey-of-a-digest")).unwrap();
    let headers = [("X-Lago-Signature", token.as_str())];
    let request = Request::new(&headers, BODY.as_bytes());
    assert!(matches!(
        tool("lago").verify(request, &mixed, &config(None), at(0)),
        Err(Distrust::Misconfigured(Misconfigured::Secret { .. }))
    ));
}
