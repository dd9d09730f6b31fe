//! Each tool's proof: what it signs or shows passes, and nothing else does.

use dunning::value::SourceName;
use jiff::{SignedDuration, Timestamp};
use sources::{Distrust, Request, Secrets, SignatureError, Tool, Untranslatable};

use crate::config;
use crate::tools::{TOOLS, payload};

const SECRET: &str = "whsec_b3BlbiBzZXNhbWUgb3BlbiBzZXNhbWU=";
const OTHER: &str = "whsec_YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg==";
/// The tools that say when they signed.
const STAMPED: [&str; 3] = ["paddle", "standard-webhooks", "stripe"];
/// The tools that show a secret instead.
const SHOWN: [&str; 4] = ["chargebee", "invoice-ninja", "odoo", "zoho-books"];

/// A request of a tool that has `theirs`, as somebody who has `ours` finds it at `now`.
fn check(
    tool: &str,
    body: &[u8],
    theirs: &str,
    ours: &str,
    now: Timestamp,
    meanwhile: &[u8],
) -> Result<(), SignatureError> {
    let its = Tool::builtin(tool).unwrap();
    let config = config();
    let theirs = Secrets::parse(theirs).unwrap();
    let at = Timestamp::from_second(1_800_000_000).unwrap();
    let url = config.url.as_deref();
    let signed = its.sign(&theirs, url, at, Request::new(&[], body)).unwrap();
    let headers = signed.pairs();
    // Odoo can show a secret in its address only.
    let shown = [("token", SECRET)];
    let request = Request {
        headers: &headers,
        query: if tool == "odoo" { &shown } else { &[] },
        body: meanwhile,
    };
    match its.verify(request, &Secrets::parse(ours).unwrap(), &config, now) {
        Ok(_) => Ok(()),
        Err(Distrust::Signature(why)) => Err(why),
        Err(Distrust::Misconfigured(why)) => panic!("{tool}: {why}"),
    }
}

fn at(seconds_later: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_secs(seconds_later)
}

#[test]
fn what_a_tool_sends_passes_and_another_secret_or_another_body_does_not() {
    for tool in Tool::builtin_names() {
        let body = b"{\"a\": 1}".as_slice();
        assert_eq!(
            check(tool, body, SECRET, SECRET, at(0), body),
            Ok(()),
            "{tool}"
        );
        let refused = check(tool, body, SECRET, OTHER, at(0), body).unwrap_err();
        assert!(refused.may_be_a_newer_secret(), "{tool}: {refused}");
        let rolled = format!("{OTHER}\n{SECRET}");
        assert_eq!(
            check(tool, body, SECRET, &rolled, at(0), body),
            Ok(()),
            "{tool}"
        );
        let altered = check(tool, body, SECRET, SECRET, at(0), b"{\"a\": 2}");
        // Who only shows a secret vouches for nothing.
        assert_eq!(altered.is_ok(), SHOWN.contains(&tool), "{tool}");
    }
}

#[test]
fn while_a_tool_signs_with_two_secrets_either_is_enough() {
    for tool in STAMPED {
        let both = format!("{OTHER}\n{SECRET}");
        assert_eq!(
            check(tool, b"{}", &both, SECRET, at(0), b"{}"),
            Ok(()),
            "{tool}"
        );
        assert_eq!(
            check(tool, b"{}", &both, OTHER, at(0), b"{}"),
            Ok(()),
            "{tool}"
        );
    }
}

#[test]
fn a_stamp_may_be_five_minutes_away_and_no_more() {
    for tool in Tool::builtin_names() {
        let at_distance = |seconds| check(tool, b"{}", SECRET, SECRET, at(seconds), b"{}");
        for near in [-300, 0, 300] {
            assert_eq!(at_distance(near), Ok(()), "{tool}");
        }
        if STAMPED.contains(&tool) {
            assert!(
                matches!(at_distance(301), Err(SignatureError::Stale { .. })),
                "{tool}"
            );
            assert!(
                matches!(at_distance(-301), Err(SignatureError::Future { .. })),
                "{tool}"
            );
        }
    }
}

#[test]
fn a_truncated_body_is_not_read() {
    for tool in TOOLS.into_iter().filter(|tool| *tool != "maxio") {
        let whole = payload(tool, "opened").body;
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            let its = Tool::builtin(tool).unwrap();
            let name = SourceName::parse(tool).unwrap();
            let request = Request::new(&[], &whole[..length]);
            let said = its.translate_unverified(request, &config(), &name);
            assert!(
                matches!(said, Err(Untranslatable::Unreadable { .. })),
                "{tool}: {said:?}"
            );
        }
    }
}

#[test]
fn a_secret_of_another_kind_than_the_tools_is_refused_by_its_form() {
    for (tool, good, bad, form) in [
        (
            "stripe",
            "whsec_of_the_tests",
            "sk_live_of_the_tests",
            "whsec_…",
        ),
        ("paddle", "pdl_ntfset_of_the_tests", SECRET, "pdl_ntfset_…"),
        (
            "standard-webhooks",
            SECRET,
            "whsec_no base64",
            "whsec_<base64>",
        ),
        (
            "lago",
            "an-hmac-key",
            "-----BEGIN PUBLIC KEY-----",
            "the HMAC key",
        ),
        ("odoo", "0123456789abcdef", "two words", "without blanks"),
        ("chargebee", "user:pass word", "pass word", "without blanks"),
        ("maxio", "anything goes", "", ""),
    ] {
        let its = Tool::builtin(tool).unwrap();
        let check = |secret: &str| its.check_secrets(&Secrets::parse(secret).unwrap());
        assert_eq!(check(good), Ok(()), "{tool}");
        if !bad.is_empty() {
            let why = check(bad).unwrap_err().to_string();
            assert!(why.contains(form), "{tool}: {why}");
            // One good line of two is no excuse for the other.
            assert!(check(&format!("{good}\n{bad}")).is_err(), "{tool}");
        }
    }
}

#[test]
fn only_a_tool_that_has_no_other_place_for_it_shows_its_secret_in_the_address() {
    let secrets = Secrets::parse(SECRET).unwrap();
    for tool in Tool::builtin_names() {
        let shown = Tool::builtin(tool).unwrap().parameter(&secrets).unwrap();
        let wanted = (tool == "odoo").then(|| ("token".to_owned(), SECRET.to_owned()));
        assert_eq!(shown, wanted, "{tool}");
    }
}
