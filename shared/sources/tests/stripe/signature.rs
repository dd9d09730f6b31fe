//! Published vectors, and what the tool's own library does, each as a fact.

use jiff::Timestamp;
use sources::{Distrust, Request, Secrets, SignatureError, Tool};

use crate::{paris, secrets, sign, stripe};

/// From Stripe's library for .NET: the body, its final line break included, is signed as it stands.
const BODY: &str = r#"{
  "id": "evt_123",
  "object": "event",
  "account": "acct_123",
  "api_version": "2017-05-25",
  "created": 1533204620,
  "data": {
    "object": {
      "id": "ii_123",
      "object": "invoiceitem",
      "amount": 1000,
      "currency": "usd",
      "customer": "cus_123",
      "date": 1533204620,
      "description": "Test Invoice Item",
      "discountable": false,
      "invoice": "in_123",
      "livemode": false,
      "metadata": {},
      "period": {
        "start": 1533204620,
        "end": 1533204620
      },
      "plan": null,
      "proration": false,
      "quantity": null,
      "subscription": null
    }
  },
  "livemode": false,
  "pending_webhooks": 1,
  "request": {
    "id": "req_123",
    "idempotency_key": "idempotency-key-123"
  },
  "type": "invoiceitem.created"
}
"#;
const T: i64 = 1_533_204_620;
const V1: &str = "f0bdba6d4eacbd8ad8a3bbadd7248e633ec1477f7899c124c51b39405fa36613";
const V0: &str = "63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn verdict(
    headers: &[(&str, &str)],
    body: &[u8],
    secrets: &Secrets,
    now: Timestamp,
) -> Result<(), SignatureError> {
    match stripe().verify(Request::new(headers, body), secrets, &paris(), now) {
        Ok(_) => Ok(()),
        Err(Distrust::Signature(why)) => Err(why),
        Err(Distrust::Misconfigured(why)) => panic!("{why}"),
    }
}

fn verify_with(secrets: &Secrets, header: &str, seconds_later: i64) -> Result<(), SignatureError> {
    let headers = [("stripe-signature", header)];
    verdict(&headers, BODY.as_bytes(), secrets, at(T + seconds_later))
}

fn verify(header: &str, seconds_later: i64) -> Result<(), SignatureError> {
    verify_with(&secrets("webhook_secret"), header, seconds_later)
}

fn malformed(why: &str) -> Result<(), SignatureError> {
    Err(SignatureError::Malformed {
        header: "Stripe-Signature".to_owned(),
        why: why.to_owned(),
    })
}

#[test]
fn the_published_vector_verifies() {
    assert_eq!(BODY.len(), 807);
    assert_eq!(verify(&format!("t={T},v1={V1},v0={V0}"), 100), Ok(()));
}

#[test]
fn the_signer_writes_the_published_vector() {
    let value = sign(&secrets("webhook_secret"), at(T), BODY.as_bytes());
    assert_eq!(value, format!("t={T},v1={V1}"));
}

#[test]
fn one_altered_byte_is_refused() {
    let altered = BODY.replace("1000", "1001");
    let header = format!("t={T},v1={V1}");
    let headers = [("Stripe-Signature", header.as_str())];
    let verify = |body: &str| {
        let secret = secrets("webhook_secret");
        verdict(&headers, body.as_bytes(), &secret, at(T))
    };
    assert_eq!(
        verify(&altered),
        Err(SignatureError::NoMatch {
            digests: 1,
            secrets: 1
        })
    );
    assert!(verify(BODY.trim_end()).is_err());
}

#[test]
fn another_time_than_the_signed_one_is_refused() {
    let result = verify(&format!("t={},v1={V1}", T + 1), 0);
    assert_eq!(
        result,
        Err(SignatureError::NoMatch {
            digests: 1,
            secrets: 1
        })
    );
}

#[test]
fn a_signature_of_an_old_scheme_alone_proves_nothing() {
    assert_eq!(
        verify(&format!("t={T},v0={V1}"), 0),
        malformed("has no `v1=`")
    );
}

#[test]
fn one_good_signature_among_bad_ones_is_enough_wherever_it_stands() {
    let bad = "0".repeat(64);
    for header in [
        format!("t={T},v1={V1},v1=potato"),
        format!("t={T},v1={bad},v1={V1}"),
        format!("v1={V1},v1={bad},v1=,t={T}"),
        format!(" t = {T} , v2=x, nonsense, v1={V1}"),
    ] {
        assert_eq!(verify(&header, 0), Ok(()), "{header}");
    }
}

#[test]
fn digests_of_the_wrong_length_never_match() {
    for digest in [&V1[..62], &V1[1..], &format!("{V1}00"), "", "zz"] {
        let result = verify(&format!("t={T},v1={digest}"), 0);
        assert_eq!(
            result,
            Err(SignatureError::NoMatch {
                digests: 0,
                secrets: 1
            })
        );
    }
}

#[test]
fn a_header_without_a_readable_time_is_refused() {
    assert_eq!(verify("bad_header", 0), malformed("has no `t=`"));
    assert_eq!(verify(&format!("v1={V1}"), 0), malformed("has no `t=`"));
    assert_eq!(
        verify(&format!("t={T},t={T},v1={V1}"), 0),
        malformed("has `t=` twice")
    );
    for stamp in [
        "",
        "now",
        "-1533204620",
        "+1533204620",
        "1533204620.0",
        "99999999999999999999",
    ] {
        let why = "has a `t=` that is not a time in Unix seconds";
        assert_eq!(
            verify(&format!("t={stamp},v1={V1}"), 0),
            malformed(why),
            "{stamp}"
        );
    }
}

#[test]
fn five_minutes_either_way_are_allowed_and_not_a_second_more() {
    let header = format!("t={T},v1={V1}");
    assert_eq!(verify(&header, 300), Ok(()));
    assert_eq!(
        verify(&header, 301),
        Err(SignatureError::Stale {
            age: 301,
            limit: 300
        })
    );
    assert_eq!(verify(&header, -300), Ok(()));
    assert_eq!(
        verify(&header, -301),
        Err(SignatureError::Future {
            ahead: 301,
            limit: 300
        })
    );
}

#[test]
fn while_a_secret_is_rolled_either_of_ours_meets_either_of_theirs() {
    let both = secrets("new\nold");
    let body = b"{}";
    let verify = |ours: &Secrets, theirs: &Secrets| {
        let value = sign(theirs, at(T), body);
        verdict(&[("Stripe-Signature", &value)], body, ours, at(T)).is_ok()
    };
    for theirs in ["new", "old", "old\nnew", "older\nold"] {
        assert!(verify(&both, &secrets(theirs)), "signed with {theirs:?}");
    }
    assert!(verify(&secrets("old"), &secrets("new\nold")));
    assert!(!verify(&both, &secrets("older\nnewer")));
}

#[test]
fn a_secret_is_used_as_it_is_shown_but_for_blanks_around_it() {
    let header = format!("t={T},v1={V1}");
    assert_eq!(
        verify_with(&secrets("  webhook_secret \n"), &header, 0),
        Ok(())
    );
    assert!(verify_with(&secrets("webhook secret"), &header, 0).is_err());
    // `whsec_` is part of the key, and what follows is not decoded.
    let whole = sign(&secrets("whsec_c2VjcmV0"), at(T), b"{}");
    let decoded = sign(&secrets("secret"), at(T), b"{}");
    assert_ne!(whole, decoded);
}

#[test]
fn the_headers_name_has_no_case_and_stands_once() {
    let value = format!("t={T},v1={V1}");
    let verify = |headers: &[(&str, &str)]| {
        let secrets = secrets("webhook_secret");
        verdict(headers, BODY.as_bytes(), &secrets, at(T))
    };
    for name in ["Stripe-Signature", "stripe-signature", "STRIPE-SIGNATURE"] {
        assert_eq!(verify(&[("host", "x"), (name, &value)]), Ok(()), "{name}");
    }
    let header = || "Stripe-Signature".to_owned();
    assert_eq!(
        verify(&[("host", "x")]),
        Err(SignatureError::Missing { header: header() })
    );
    let twice = [
        ("stripe-signature", value.as_str()),
        ("Stripe-Signature", value.as_str()),
    ];
    assert_eq!(
        verify(&twice),
        Err(SignatureError::Twice { header: header() })
    );
}

#[test]
fn any_bytes_can_be_signed_even_none() {
    let secrets = secrets("test_secret");
    for body in ["", r#"{"obj1":"hello","obj2":"world"}"#, "😀"] {
        let value = sign(&secrets, at(T), body.as_bytes());
        let headers = [("Stripe-Signature", value.as_str())];
        let request = Request::new(&headers, body.as_bytes());
        let verified = stripe().verify(request, &secrets, &paris(), at(T));
        assert_eq!(verified.unwrap().body(), body.as_bytes());
    }
}

#[test]
fn a_tool_that_nobody_knows_is_not_there() {
    assert!(Tool::builtin("stripe").is_some());
    assert!(Tool::builtin("strip").is_none());
}
