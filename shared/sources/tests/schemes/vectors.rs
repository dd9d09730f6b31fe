//! Signatures that the tools, or the libraries they publish, give as examples.

use sources::{Distrust, Misconfigured, Request, Secrets, SignatureError};

use crate::{at, config, tool, verify, verify_at};

/// From the official client for Node.js.
const GOCARDLESS: &str = r#"{"events":[{"id":"EV00BD05S5VM2T","created_at":"2018-07-05T09:13:51.404Z","resource_type":"subscriptions","action":"created","links":{"subscription":"SB0003JJQ2MR06"},"details":{"origin":"api","cause":"subscription_created","description":"Subscription created via the API."},"metadata":{}},{"id":"EV00BD05TB8K63","created_at":"2018-07-05T09:13:56.893Z","resource_type":"mandates","action":"created","links":{"mandate":"MD000AMA19XGEC"},"details":{"origin":"api","cause":"mandate_created","description":"Mandate created via the API."},"metadata":{}}]}"#;

#[test]
fn gocardless_signs_the_body_alone_in_hex() {
    let signature = "2693754819d3e32d7e8fcb13c729631f316c6de8dc1cf634d6527f1c07276e7e";
    let headers = [("Webhook-Signature", signature)];
    let secret = "ED7D658C-D8EB-4941-948B-3973214F2D49";
    let passes = |body: &str, secret: &str| {
        verify(
            "gocardless",
            Request::new(&headers, body.as_bytes()),
            secret,
            at(0),
        )
        .is_ok()
    };
    assert!(passes(GOCARDLESS, secret));
    assert!(!passes(&GOCARDLESS.replace("created", "deleted"), secret));
    assert!(!passes(GOCARDLESS, "ed7d658c-d8eb-4941-948b-3973214f2d49"));
}

/// From Stripe's client for Node.js, whose tests sign a body alone.
#[test]
fn a_digest_is_hmac_sha256_of_the_bytes_whatever_they_are() {
    for (body, digest) in [
        (
            "",
            "f7f9bd47fb987337b5796fdc1fdb9ba221d0d5396814bfcaf9521f43fd8927fd",
        ),
        (
            r#"{"obj1":"hello","obj2":"world"}"#,
            "bebb1a643997f419b315ddba19e6f5411e1ce7f810ba6d3617ce72823092f363",
        ),
        (
            "😀",
            "837da296d05c4fe31f61d5d7ead035099d9585a5bcde87de952012a78f0b0c43",
        ),
    ] {
        let headers = [("Webhook-Signature", digest)];
        let request = Request::new(&headers, body.as_bytes());
        assert_eq!(
            verify("gocardless", request, "test_secret", at(0)),
            Ok(()),
            "{body}"
        );
    }
}

#[test]
fn recurly_signs_milliseconds_and_its_secret_is_text_though_it_looks_like_hex() {
    let body = r#"{"id":"rjxwmwedwqug","object_type":"account","site_id":"qc326l1hl8k9","event_type":"created","event_time":"2022-09-13T21:18:40Z","account_code":"adfas23zzz14123"}"#;
    let digest = "ad24699f3beaa24c9af2cc7ada3ce4c835da0090194241b9d3add83d27f14bc3";
    let secret = "354fab5bd35f5a0d50845ee7e30165244468b13c2c343f104e4e730a59326d9d";
    let other = "ade46dda4474b0ae57dec22d35b9cd526b260d235f7e200c1d93f156000fe396";
    let verify = |header: &str, secret: &str, now: i64| {
        let headers = [("recurly-signature", header)];
        verify(
            "recurly",
            Request::new(&headers, body.as_bytes()),
            secret,
            at(now),
        )
    };
    let header = format!("1663103925004,{digest}");
    assert_eq!(verify(&header, secret, 1_663_103_925), Ok(()));
    assert_eq!(verify(&header, secret, 1_663_103_925 + 300), Ok(()));
    assert!(matches!(
        verify(&header, secret, 1_663_103_925 + 301),
        Err(SignatureError::Stale {
            age: 301,
            limit: 300
        })
    ));
    let rolled = format!("1663103925004,{other},{digest}");
    assert_eq!(
        verify(&rolled, secret, 1_663_103_925),
        Ok(()),
        "the second is right"
    );
    assert!(verify(&header, other, 1_663_103_925).is_err());
    assert!(verify(&format!("1663103925005,{digest}"), secret, 1_663_103_925).is_err());
    for bad in ["", "1663103925004", &format!(",{digest}"), digest] {
        assert!(verify(bad, secret, 1_663_103_925).is_err(), "{bad:?}");
    }
}

#[test]
fn qontos_older_api_signs_the_body_alone_in_hex() {
    let body = r#"{"id":"75341dcb-0376-474d-97d7-d2c03ff3973c","event_type":"registrations.pending","resource_type":"registration","resource_id":"525817f7-93e8-4f31-a83d-20319778b4b0","created_at":"2022-08-29T13:17:32Z"}"#;
    let signature = "b0d249e653f1310fa5b7f26d5682548afa1799353b92fcafd4cacbd90312023e";
    let headers = [("Qonto-SHA256-Signature", signature)];
    let request = Request::new(&headers, body.as_bytes());
    assert_eq!(verify("qonto", request, "secret_key", at(0)), Ok(()));
}

#[test]
fn maxio_signs_the_form_in_hex() {
    let signature = "19826d51b9f866b26eda1f154de192593360f8d0bcb63df8a28540a5dcf733f1";
    let headers = [("X-Chargify-Webhook-Signature-Hmac-Sha-256", signature)];
    let request = Request::new(&headers, b"payload[chargify]=testing&event=test");
    assert_eq!(verify("maxio", request, "123", at(0)), Ok(()));
}

#[test]
fn square_signs_the_address_as_it_was_registered_and_then_the_body() {
    let test = r#"{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}"#;
    let url = "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9";
    let (key, signature) = (
        "Ibxx_5AKakO-3qeNVR61Dw",
        "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=",
    );
    let passes = |url: &str, body: &str, key: &str, signature: &str| {
        let headers = [("x-square-hmacsha256-signature", signature)];
        let request = Request::new(&headers, body.as_bytes());
        verify_at("square", Some(url), request, key, at(0)).is_ok()
    };
    assert!(passes(url, test, key, signature));
    for (body, signature) in [
        (
            r#"{"data":{"type":"webhooks","id":"fake_id"}}"#,
            "W3FlCNk5IA3ZQ2LHTWoajvzfaDu/OwY2tNHIHC3IUOA=",
        ),
        (
            r#"{"data":{"type":"webhooks","id":">id<"}}"#,
            "Cxt7+aTi4rKgcA0bC4g9EHdVtLSDWdqccmL5MvihU4U=",
        ),
    ] {
        let url = "https://webhook.site/webhooks";
        assert!(passes(url, body, "signature-key", signature), "{body}");
    }
    let short = url.replace("679a", "79a");
    assert!(!passes(&short, test, key, signature), "another address");
    assert!(
        !passes(url, test, "MCmhFRxGX82xMwg5FsaoQA", signature),
        "another key"
    );
    let spaced = test.replace(':', ": ");
    assert!(!passes(url, &spaced, key, signature), "written another way");
}

#[test]
fn a_tool_that_signs_its_address_cannot_be_checked_without_it() {
    let headers = [(
        "x-square-hmacsha256-signature",
        "W3FlCNk5IA3ZQ2LHTWoajvzfaDu/OwY2tNHIHC3IUOA=",
    )];
    let secrets = Secrets::parse("signature-key").unwrap();
    let verdict = tool("square").verify(
        Request::new(&headers, b"{}"),
        &secrets,
        &config(None),
        at(0),
    );
    assert!(matches!(
        verdict,
        Err(Distrust::Misconfigured(Misconfigured::NoUrl))
    ));
}

/// From the libraries of Standard Webhooks, for Rust and for Python.
const STANDARD: [(&str, &str, i64, &str, &str); 2] = [
    (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1_649_367_553,
        r#"{"email":"test@example.com","username":"test_user"}"#,
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
];

fn standard(
    secret: &str,
    headers: [(&str, &str); 3],
    body: &str,
    now: i64,
) -> Result<(), SignatureError> {
    let present: Vec<(&str, &str)> = headers
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    verify(
        "standard-webhooks",
        Request::new(&present, body.as_bytes()),
        secret,
        at(now),
    )
}

#[test]
fn standard_webhooks_sign_id_time_and_body_with_a_key_in_base64() {
    for (secret, id, t, body, signature) in STANDARD {
        let (stamp, other_version) = (t.to_string(), signature.replace("v1", "v2"));
        let list = format!("v1a,AAAA v1,R3PTzyfHASBKHH98a7yexTwaJ4yNIcGhFQc1yuN+BPU= {signature}");
        let with = |id, stamp, signature| {
            [
                ("webhook-id", id),
                ("webhook-timestamp", stamp),
                ("webhook-signature", signature),
            ]
        };
        let headers = with(id, &stamp, signature);
        assert_eq!(standard(secret, headers, body, t), Ok(()));
        assert_eq!(standard(secret, headers, body, t + 300), Ok(()));
        assert_eq!(standard(secret, headers, body, t - 300), Ok(()));
        assert!(standard(secret, headers, body, t + 301).is_err(), "too old");
        assert!(standard(secret, headers, body, t - 301).is_err(), "too new");
        assert_eq!(standard(secret, with(id, &stamp, &list), body, t), Ok(()));
        for missing in [
            with("", &stamp, signature),
            with(id, "", signature),
            with(id, &stamp, ""),
        ] {
            assert!(
                matches!(
                    standard(secret, missing, body, t),
                    Err(SignatureError::Missing { .. })
                ),
                "{missing:?}"
            );
        }
        for bad in ["v1,", &signature[..30], "v1a,tZ1I", &other_version] {
            assert!(
                standard(secret, with(id, &stamp, bad), body, t).is_err(),
                "{bad}"
            );
        }
        assert!(standard(secret, with("msg_other", &stamp, signature), body, t).is_err());
    }
}

#[test]
fn none_of_a_list_of_other_peoples_signatures_is_enough() {
    let (secret, id, t, body, _) = STANDARD[0];
    let list = "v1,tFtCZ5RDCPxzWQRWXWPgrCgE2frDBe9gjpbWQxnVfsQ= v1,Mm7xgUVICxZfQ3bgf0h0Dof65L/IFx+PnZvnDWPCX6Q= v1,9DfC1c3eeOrXB6w/5dIDydLNQaEyww5KalE5jLBZucE=";
    let headers = [
        ("webhook-id", id),
        ("webhook-timestamp", &*t.to_string()),
        ("webhook-signature", list),
    ];
    let no_match = SignatureError::NoMatch {
        digests: 3,
        secrets: 1,
    };
    assert_eq!(standard(secret, headers, body, t), Err(no_match));
}

#[test]
fn a_key_in_base64_may_lack_its_padding_and_must_be_base64() {
    let body = "{}";
    let padded = "whsec_c2VjcmV0LW9mLTI1LWJ5dGVzLWhlcmUuLi4=";
    let secrets = Secrets::parse(padded).unwrap();
    let signed = tool("standard-webhooks").sign(
        &secrets,
        None,
        at(1_700_000_000),
        Request::new(&[], body.as_bytes()),
    );
    let signed = signed.unwrap();
    let headers = signed.pairs();
    let request = Request::new(&headers, body.as_bytes());
    let unpadded = padded.trim_end_matches('=');
    assert_eq!(
        verify("standard-webhooks", request, unpadded, at(1_700_000_000)),
        Ok(())
    );
    for bad in ["whsec_", "whsec_~~~~", "c2VjcmV0"] {
        let secrets = Secrets::parse(bad).unwrap();
        let verdict =
            tool("standard-webhooks").verify(request, &secrets, &config(None), at(1_700_000_000));
        assert!(
            matches!(
                verdict,
                Err(Distrust::Misconfigured(Misconfigured::Secret { .. }))
            ),
            "{bad}"
        );
    }
}

#[test]
fn each_scheme_takes_what_it_signs() {
    for name in [
        "gocardless",
        "recurly",
        "qonto",
        "standard-webhooks",
        "lago",
        "shown",
    ] {
        let secret = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0";
        let secrets = Secrets::parse(secret).unwrap();
        let now = at(1_700_000_000);
        let signed = tool(name)
            .sign(&secrets, None, now, Request::new(&[], b"{}"))
            .unwrap();
        let headers = signed.pairs();
        assert_eq!(
            verify(name, Request::new(&headers, b"{}"), secret, now),
            Ok(()),
            "{name}"
        );
        if name != "shown" {
            let altered = verify(name, Request::new(&headers, b"[]"), secret, now);
            assert!(
                matches!(altered, Err(SignatureError::NoMatch { .. })),
                "{name}"
            );
        }
    }
}
