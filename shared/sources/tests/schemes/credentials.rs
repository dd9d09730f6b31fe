//! Tools that do not sign show a secret.

use sources::{Request, SignatureError};

use crate::{at, verify};

#[test]
fn a_secret_may_be_shown_in_any_of_the_places_that_the_head_names() {
    let passes = |headers: &[(&str, &str)], query: &[(&str, &str)]| {
        let request = Request {
            headers,
            query,
            body: b"{}",
        };
        verify("shown", request, "relance:opensesame\nold:one", at(0))
    };
    // base64 of relance:opensesame, and of old:one
    assert_eq!(
        passes(&[("authorization", "Basic cmVsYW5jZTpvcGVuc2VzYW1l")], &[]),
        Ok(())
    );
    assert_eq!(
        passes(&[("Authorization", "basic b2xkOm9uZQ==")], &[]),
        Ok(())
    );
    assert_eq!(
        passes(&[("Authorization", "Bearer relance:opensesame")], &[]),
        Ok(())
    );
    assert_eq!(passes(&[("x-token", "old:one")], &[]), Ok(()));
    assert_eq!(passes(&[], &[("token", "relance:opensesame")]), Ok(()));
}

#[test]
fn a_request_that_shows_no_secret_or_another_one_is_refused() {
    let refused = |headers: &[(&str, &str)], query: &[(&str, &str)]| {
        let request = Request {
            headers,
            query,
            body: b"{}",
        };
        verify("shown", request, "opensesame", at(0)).unwrap_err()
    };
    let none = SignatureError::NoCredential {
        places: "Authorization, Authorization, X-Token, token".to_owned(),
    };
    assert_eq!(refused(&[], &[]), none);
    assert_eq!(
        refused(&[("Authorization", "Digest opensesame")], &[]),
        none
    );
    assert_eq!(refused(&[("Authorization", "Basic ~~~")], &[]), none);
    assert_eq!(refused(&[], &[("key", "opensesame")]), none);
    let wrong = SignatureError::WrongCredential { secrets: 1 };
    for shown in ["", "opensesam", "opensesamee", "OPENSESAME"] {
        assert_eq!(refused(&[("X-Token", shown)], &[]), wrong, "{shown:?}");
        assert_eq!(refused(&[], &[("token", shown)]), wrong, "{shown:?}");
    }
    let twice = [("X-Token", "opensesame"), ("x-token", "other")];
    assert!(matches!(refused(&twice, &[]), SignatureError::Twice { .. }));
}
