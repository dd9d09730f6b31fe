//! The keys by which tools are asked, and the tokens that they buy.

use dunning::value::{BaseAddress, Mode, SourceName};
use jiff::{SignedDuration, Timestamp};
use sources::Tool;
use sources::ask::{Answer, AskError, Key, KeyFault, Place};

#[test]
fn only_a_key_that_reads_is_taken_and_only_for_its_mode() {
    let tool = Tool::builtin("stripe").unwrap();
    let asking = tool.asking().unwrap().unwrap();
    let check = |key: &str, mode| asking.check_key(&Key::parse(key).unwrap(), mode);
    assert_eq!(check("rk_live_51PKq2", Mode::Live), Ok(()));
    assert_eq!(check("rk_test_51PKq2", Mode::Test), Ok(()));
    for other in [
        check("rk_test_51PKq2", Mode::Live),
        check("rk_live_51PKq2", Mode::Test),
    ] {
        assert!(
            matches!(other, Err(KeyFault::OtherMode { .. })),
            "{other:?}"
        );
    }
    for refused in [
        "sk_live_51PKq2",
        "sk_test_51PKq2",
        "pk_live_51PKq2",
        "whsec_51PKq2",
    ] {
        let why = check(refused, Mode::Live).unwrap_err();
        assert!(matches!(why, KeyFault::Refused { .. }), "{refused}");
        let why = why.to_string();
        assert!(
            why.contains("restricted key") && !why.contains("51PKq2"),
            "{why}"
        );
    }
    let none = check("4711-4711-4711", Mode::Live);
    assert!(
        matches!(none, Err(KeyFault::NotOfTheTool { .. })),
        "{none:?}"
    );
}

#[test]
fn a_token_is_bought_at_the_host_of_the_data_centre_and_nowhere_else() {
    let tool = Tool::builtin("zoho-books").unwrap();
    let asking = tool.asking().unwrap().unwrap();
    assert!(asking.needs_token());
    let key = Key::parse("1000.AB:5ec/ret:1000.ref&resh").unwrap();
    let source = SourceName::parse("zoho-books").unwrap();
    let url = |api: Option<&str>| {
        let settings = dunning::policy::Source {
            api: api.map(|api| BaseAddress::parse(api).unwrap()),
            ..crate::config()
        };
        let place = Place {
            settings: &settings,
            source: &source,
            account: None,
        };
        asking.token_request(&key, &place)
    };
    let request = url(None).unwrap();
    assert_eq!(request.url, "https://accounts.zoho.com/oauth/v2/token");
    let body = String::from_utf8(request.body.clone().unwrap()).unwrap();
    let wanted = "client_id=1000.AB&client_secret=5ec%2Fret&grant_type=refresh_token&refresh_token=1000.ref%26resh";
    assert_eq!(body, wanted);
    assert!(!format!("{request:?}").contains("5ec"), "{request:?}");
    let of = |api| url(Some(api)).map(|request| request.url);
    assert_eq!(
        of("https://www.zohoapis.eu").unwrap(),
        "https://accounts.zoho.eu/oauth/v2/token"
    );
    assert_eq!(
        of("http://127.0.0.1:9").unwrap(),
        "http://127.0.0.1:9/oauth/v2/token"
    );
    assert!(of("https://evil.example").is_err());
}

#[test]
fn a_token_is_read_and_a_key_that_rotates_is_told() {
    let tool = Tool::builtin("zoho-books").unwrap();
    let asking = tool.asking().unwrap().unwrap();
    let key = Key::parse("1000.AB:secret:1000.refresh").unwrap();
    let read = |status, body: &str| {
        let answer = Answer {
            status,
            headers: &[],
            body: body.as_bytes(),
            asked_at: "2027-03-01T09:00:00Z".parse::<Timestamp>().unwrap(),
            took: SignedDuration::ZERO,
        };
        asking.read_token(&key, &answer)
    };
    let token = read(
        200,
        "{\"access_token\": \"1000.token\", \"expires_in\": 3600}",
    )
    .unwrap();
    assert_eq!(token.value.reveal(), "1000.token");
    assert_eq!(token.expires_in, SignedDuration::from_hours(1));
    assert_eq!(token.rotated, None);
    let rotated = "{\"access_token\": \"1000.token\", \"refresh_token\": \"1000.next\"}";
    let rotated = read(200, rotated).unwrap();
    assert_eq!(
        rotated.rotated.unwrap().reveal(),
        "1000.AB:secret:1000.next"
    );
    assert!(rotated.expires_in <= SignedDuration::from_hours(1));
    // Zoho refuses with status 200.
    let refused = read(200, "{\"error\": \"invalid_code\"}");
    assert_eq!(refused, Err(AskError::KeyRefused { status: 200 }));
    assert_eq!(read(400, "{}"), Err(AskError::KeyRefused { status: 400 }));
    assert_eq!(read(503, ""), Err(AskError::Unavailable { status: 503 }));
    assert_eq!(read(200, "<html>"), Err(AskError::NotJson));
    assert_eq!(read(302, ""), Err(AskError::Redirected));
}
