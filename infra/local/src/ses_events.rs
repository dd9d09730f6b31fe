//! What SES tells of a mail that it took, as EventBridge brings it.

use serde_json::json;

use crate::aws::SentMail;

/// What SES says of a mail, and after how many seconds. Addresses of its mailbox simulator behave
/// as they do there.
pub(crate) fn ses_events(sent: &SentMail) -> Vec<(String, i64)> {
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
