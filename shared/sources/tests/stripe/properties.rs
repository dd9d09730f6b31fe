//! Whatever comes in, nothing panics, and nothing unsigned is trusted.

use std::sync::LazyLock;

use dunning::billing::Happened;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;
use sources::{Request, Translation};

use crate::fixtures::{Shape, event, overlay, steps};
use crate::{Bad, paris, read, read_bytes, secrets, sign, stripe};

/// Anything that JSON can hold, small.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z]{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Every event of a life, put together once.
static EVENTS: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let event = |name: String| (name.clone(), event(Shape::SinceBasil, &name));
    steps().into_iter().map(event).collect()
});

/// The name of a field that the filter reads.
fn any_field() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "id",
        "number",
        "status",
        "currency",
        "amount_due",
        "amount_remaining",
        "due_date",
        "paid",
        "collection_method",
        "hosted_invoice_url",
        "invoice_pdf",
        "custom_fields",
        "metadata",
        "customer",
        "customer_name",
        "customer_email",
        "customer_address",
    ])
}

proptest! {
    #[test]
    fn nothing_that_is_not_signed_verifies(
        headers in prop::collection::vec((".{0,20}|[Ss]tripe-[Ss]ignature", "(t=[0-9]{10},v1=[0-9a-f]{64})|.{0,80}"), 0..4),
        body in prop::collection::vec(any::<u8>(), 0..200),
        now in 0_i64..4_000_000_000,
    ) {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let now = Timestamp::from_second(now).unwrap();
        let request = Request::new(&headers, &body);
        prop_assert!(stripe().verify(request, &secrets("whsec_test"), &paris(), now).is_err());
    }

    #[test]
    fn a_signature_is_for_these_bytes_this_time_and_this_secret(
        body in prop::collection::vec(any::<u8>(), 1..200),
        flipped in any::<prop::sample::Index>(),
        secret in "[!-~]{1,40}",
    ) {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let value = sign(&secrets(&secret), now, &body);
        let headers = [("Stripe-Signature", value.as_str())];
        let is_trusted = |body: &[u8], secret: &str| {
            stripe().verify(Request::new(&headers, body), &secrets(secret), &paris(), now).is_ok()
        };
        prop_assert!(is_trusted(&body, &secret));
        let other = format!("{secret}x");
        prop_assert!(!is_trusted(&body, &other));
        let mut altered = body.clone();
        altered[flipped.index(body.len())] ^= 1;
        prop_assert!(!is_trusted(&altered, &secret));
    }

    #[test]
    fn any_signed_bytes_come_out_as_something(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let result = read_bytes(&body, &paris());
        prop_assert!(!matches!(result, Ok(Translation::Invoice(_))));
    }

    #[test]
    fn any_value_in_any_field_is_read_or_refused_by_name(
        (name, mut changed) in prop::sample::select(&EVENTS[..]),
        field in any_field(),
        value in any_json(),
    ) {
        overlay(&mut changed, &serde_json::json!({"data": {"object": {field: value}}}));
        match read(&changed) {
            Ok(Translation::Invoice(event)) => {
                prop_assert!(event.invoice.remaining.minor >= 0);
                prop_assert!(event.invoice.remaining <= event.invoice.total);
            }
            Ok(Translation::OtherMode { .. }) => prop_assert!(name.starts_with("test_")),
            // What silences does, whatever else makes no sense.
            Ok(Translation::Movement(event)) => prop_assert!(matches!(event.what, Happened::Ended(_) | Happened::Silenced(_))),
            Ok(other) => prop_assert!(false, "{other:?}"),
            Err(Bad::Nonsense(nonsense)) => prop_assert!(!nonsense.field.is_empty()),
            Err(Bad::Unreadable(why)) => prop_assert!(false, "{why}"),
        }
    }
}
