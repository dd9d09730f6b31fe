//! What AWS hands to the functions: webhooks, stream records, messages, and what SES tells of a mail.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_lambda_events::sqs::SqsEvent;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use aws::stack::{self, Queue};
use aws::{SentMail, StreamRecord};

/// A message on its way.
#[derive(Debug, Clone)]
pub struct Message {
    /// Where it waits.
    pub queue: Queue,
    /// SQS's name for it.
    pub id: String,
    /// What it says.
    pub body: String,
    /// How often it was received and not deleted.
    pub receives: u32,
}

/// Messages as `remind` and `track` get them.
pub fn sqs_event(messages: &[Message]) -> SqsEvent {
    let record = |message: &Message| {
        json!({
            "messageId": message.id,
            "receiptHandle": format!("{}-{}", message.id, message.receives),
            "body": message.body,
            "attributes": { "ApproximateReceiveCount": (message.receives + 1).to_string() },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": message.queue.arn(),
            "awsRegion": stack::REGION,
        })
    };
    let records: Vec<_> = messages.iter().map(record).collect();
    serde_json::from_value(json!({ "Records": records })).expect("messages have Lambda's shape")
}

/// Records as `schedule` gets them.
pub fn stream_event(records: &[StreamRecord]) -> StreamEvent {
    let records: Vec<_> = records.iter().map(|record| &record.event).collect();
    serde_json::from_value(json!({ "Records": records }))
        .expect("stream records have Lambda's shape")
}

/// A webhook as API Gateway hands it to `ingest`. The source may come with parameters: `odoo?token=…`.
///
/// # Panics
/// Never: the request has API Gateway's shape.
pub fn webhook(source: &str, headers: &[(&str, &str)], body: &[u8]) -> ApiGatewayV2httpRequest {
    let (source, query) = source.split_once('?').unwrap_or((source, ""));
    let parameters: serde_json::Map<_, _> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), json!(value)))
        .collect();
    let headers: serde_json::Map<_, _> = headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), json!(value)))
        .collect();
    let event = json!({
        "version": "2.0",
        "routeKey": "POST /webhooks/{source}",
        "rawPath": format!("/webhooks/{source}"),
        "rawQueryString": query,
        "queryStringParameters": parameters,
        "headers": headers,
        "pathParameters": { "source": source },
        "requestContext": { "http": { "method": "POST", "path": format!("/webhooks/{source}") } },
        "body": BASE64_STANDARD.encode(body),
        "isBase64Encoded": true,
    });
    serde_json::from_value(event).expect("the request has API Gateway's shape")
}

/// What SES says of a mail, and after how many seconds. Addresses of its mailbox simulator behave
/// as they do there.
pub fn ses_events(sent: &SentMail) -> Vec<(String, i64)> {
    let to = sent.to.first().map_or("", String::as_str);
    let recipients = json!([{ "emailAddress": to }]);
    let (kind, name, extra) = match to {
        "bounce@simulator.amazonses.com" => (
            "Bounce",
            "Email Bounced",
            json!({ "bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": recipients }),
        ),
        "complaint@simulator.amazonses.com" => (
            "Complaint",
            "Email Complaint Received",
            json!({ "complainedRecipients": recipients }),
        ),
        _ => (
            "Delivery",
            "Email Delivered",
            json!({ "recipients": [to], "smtpResponse": "250 ok" }),
        ),
    };
    let event = |kind: &str, name: &str, extra: serde_json::Value| {
        let tags: serde_json::Map<_, _> = sent
            .tags
            .iter()
            .map(|(name, value)| (name.clone(), json!([value])))
            .collect();
        json!({
            "version": "0",
            "detail-type": name,
            "source": "aws.ses",
            "detail": {
                "eventType": kind,
                "mail": { "timestamp": sent.at, "source": sent.from, "messageId": sent.message_id, "destination": sent.to, "tags": tags },
                kind.to_lowercase(): extra,
            },
        })
        .to_string()
    };
    vec![
        (event("Send", "Email Sent", json!({})), 1),
        (event(kind, name, extra), 3),
    ]
}

/// The same event as SNS delivers it, raw: what EventBridge puts into its envelope.
///
/// # Panics
/// Never: it is one of [`ses_events`].
pub fn by_sns(event: &str) -> String {
    let event: serde_json::Value = serde_json::from_str(event).expect("it was just written");
    event["detail"].to_string()
}
