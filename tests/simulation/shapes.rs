//! Stripe's answers, as JSON over HTTP.
//!
//! Shapes and statuses: <https://docs.stripe.com/api/invoices/retrieve>, <https://docs.stripe.com/api/errors>.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::story::{DAY, Telling};
use crate::weather::Weather;

/// For so long a debit is under way that an invoice shows. By what is told of it, it is waited for two weeks.
const DEBIT_LASTS: SignedDuration = DAY;

/// The payment of an invoice that is under way.
pub(crate) fn debit_of(truth: &Telling, now: Timestamp) -> Option<Value> {
    let since = truth.facts.debit_since?;
    let created = since.as_second();
    let is_under_way = now < since + DEBIT_LASTS;
    is_under_way.then(|| {
        json!({
            "object": "invoice_payment", "amount_paid": null, "created": created, "status": "open",
            "payment": { "type": "payment_intent", "payment_intent": {
                "id": "pi_under_way", "object": "payment_intent", "status": "processing", "created": created,
            } },
        })
    })
}

/// What was found, or that nothing was.
pub(crate) fn shown(found: Option<Value>) -> (u16, String) {
    if let Some(found) = found {
        return (200, found.to_string());
    }
    let error = json!({ "error": {
        "code": "resource_missing", "type": "invalid_request_error", "message": "No such thing",
    } });
    (404, error.to_string())
}

/// What is none of the answers that it looks like.
pub(crate) fn spoilt(found: Option<Value>, weather: Weather) -> (u16, String) {
    let Some(mut found) = found else {
        return (500, "{}".to_owned());
    };
    match weather {
        Weather::Another if found.get("id").is_some() => found["id"] = json!("in_another"),
        Weather::TestMode if found.get("livemode").is_some() => found["livemode"] = json!(false),
        _ => {
            let whole = found.to_string();
            let half = whole.chars().take(whole.len() / 2);
            return (200, half.collect());
        }
    }
    (200, found.to_string())
}

/// With its headers.
pub(crate) fn response(
    now: Timestamp,
    (status, body): (u16, String),
    wait: Option<u32>,
) -> HttpResponse {
    let status = status.try_into().expect("a status of HTTP");
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    let date = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
    let headers = response.headers_mut();
    headers.insert("date", date.expect("a date of HTTP"));
    headers.insert("content-type", "application/json");
    if let Some(wait) = wait {
        headers.insert("retry-after", wait.to_string());
    }
    response
}
