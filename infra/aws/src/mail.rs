//! SES: takes mails as AWS would, and keeps them in an outbox.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::call::{Answer, Call, Refusal};
use crate::stack;

const MOST_RECIPIENTS: usize = 50;
const MOST_HEADERS: usize = 15;

/// A mail that SES accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMail {
    /// SES's name for it.
    pub message_id: String,
    /// When it was accepted.
    pub at: Timestamp,
    /// The sender as written, with display name.
    pub from: String,
    /// The recipients.
    pub to: Vec<String>,
    /// The recipients of copies.
    pub cc: Vec<String>,
    /// The hidden recipients.
    pub bcc: Vec<String>,
    /// Where answers go.
    pub reply_to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: Option<String>,
    /// The HTML part.
    pub html: Option<String>,
    /// Further headers, as name and value.
    pub headers: Vec<(String, String)>,
    /// What goes along: each one's name, type and bytes.
    pub attachments: Vec<(String, String, Vec<u8>)>,
    /// The tags that come back with every event of this mail, as name and value.
    pub tags: Vec<(String, String)>,
    /// The configuration set, without which no event comes back.
    pub configuration_set: Option<String>,
}

impl SentMail {
    /// The value of a tag.
    pub fn tag(&self, name: &str) -> Option<&str> {
        let found = self.tags.iter().find(|(tag, _)| tag == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What SES knows: who may send, and what was sent.
pub(super) struct Outbox {
    /// Verified domains and addresses.
    verified: BTreeSet<String>,
    /// Addresses that bounced: a mail to one is taken, and bounces by itself.
    pub(super) suppressed: BTreeSet<String>,
    pub(super) sent: Vec<SentMail>,
    /// How many mails may be sent in 24 hours.
    pub(super) quota: usize,
    /// How many mails a second it says that it takes. No limit to speak of, unless told otherwise: time
    /// stands still while the functions work.
    pub(super) rate: f64,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            verified: BTreeSet::new(),
            suppressed: BTreeSet::new(),
            sent: Vec::new(),
            quota: 50_000,
            rate: 1e9,
        }
    }
}

impl Outbox {
    fn account(&self, now: Timestamp) -> Value {
        json!({
            "SendingEnabled": true,
            "SendQuota": {
                "Max24HourSend": self.quota,
                "MaxSendRate": self.rate,
                "SentLast24Hours": self.sent_last_day(now),
            },
        })
    }

    fn sent_last_day(&self, now: Timestamp) -> usize {
        let since = now - SignedDuration::from_hours(24);
        let sent = self.sent.iter().rev();
        sent.take_while(|mail| mail.at > since).count()
    }

    pub(super) fn verify(&mut self, identity: &str) {
        self.verified.insert(identity.to_ascii_lowercase());
    }

    pub(super) fn answer(&mut self, call: &Call, now: Timestamp) -> Answer {
        match call.operation.as_str() {
            "GetAccount" => return Ok(self.account(now)),
            "DeleteSuppressedDestination" => return self.lift(&call.input),
            "SendEmail" => {}
            other => {
                return Err(bad(format!("The embedded SES does not offer {other}")));
            }
        }
        let number = self.sent.len() + 1;
        let message_id = format!("0102{:012x}-{number:08x}-000000", now.as_millisecond());
        let mail = read(&call.input, message_id, now)?;
        self.check(&mail)?;
        if self.sent_last_day(now) >= self.quota {
            let message = "Daily message quota exceeded.";
            return Err(Refusal::new(429, "TooManyRequestsException", message));
        }
        let answer = json!({ "MessageId": mail.message_id });
        self.sent.push(mail);
        Ok(answer)
    }

    fn lift(&mut self, input: &Value) -> Answer {
        let address = input["EmailAddress"].as_str().unwrap_or_default();
        if self.suppressed.remove(address) {
            return Ok(json!({}));
        }
        let message = format!("Email address {address} does not exist on your suppression list.");
        Err(Refusal::new(404, "NotFoundException", message))
    }

    fn check(&self, mail: &SentMail) -> Result<(), Refusal> {
        let everybody: Vec<&String> = [&mail.to, &mail.cc, &mail.bcc]
            .into_iter()
            .flatten()
            .collect();
        if everybody.is_empty() || everybody.len() > MOST_RECIPIENTS {
            return Err(bad(format!(
                "A mail has 1 to {MOST_RECIPIENTS} recipients, not {}",
                everybody.len()
            )));
        }
        for written in everybody
            .into_iter()
            .chain(&mail.reply_to)
            .chain([&mail.from])
        {
            address(written)?;
        }
        self.check_sender(&mail.from)?;
        match mail.configuration_set.as_deref() {
            None | Some(stack::CONFIGURATION_SET) => {}
            Some(other) => {
                let message = format!("Configuration set <{other}> does not exist.");
                return Err(Refusal::new(404, "NotFoundException", message));
            }
        }
        mail.tags.iter().try_for_each(check_tag)?;
        if mail.headers.len() > MOST_HEADERS {
            return Err(bad(format!("At most {MOST_HEADERS} headers")));
        }
        mail.headers.iter().try_for_each(check_header)
    }

    fn check_sender(&self, from: &str) -> Result<(), Refusal> {
        let sender = address(from)?.to_ascii_lowercase();
        let domain = sender.rsplit('@').next().unwrap_or_default();
        if self.verified.contains(&sender) || self.verified.contains(domain) {
            return Ok(());
        }
        let message = format!(
            "Email address is not verified. The following identities failed the check in region {}: {from}",
            stack::REGION.to_ascii_uppercase()
        );
        Err(Refusal::new(400, "MessageRejected", message))
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "BadRequestException", message)
}

/// The bare address of `Name <local@domain>`: ASCII only, for SES has no SMTPUTF8.
fn address(written: &str) -> Result<&str, Refusal> {
    let bare = match written.rsplit_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => written,
    };
    match bare.split_once('@') {
        Some((local, domain))
            if !local.is_empty() && domain.contains('.') && !domain.contains('@') =>
        {
            let printable = written.chars().all(|c| c.is_ascii_graphic() || c == ' ');
            if printable && !bare.contains(' ') {
                return Ok(bare);
            }
            Err(bad(format!(
                "Local address contains control or whitespace, or is not ASCII: {written}"
            )))
        }
        _ => Err(bad(format!("Missing final '@domain': {written}"))),
    }
}

fn check_tag((name, value): &(String, String)) -> Result<(), Refusal> {
    let fits = |text: &String| {
        let known = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        (1..=256).contains(&text.len()) && text.chars().all(known)
    };
    if fits(name) && fits(value) {
        return Ok(());
    }
    Err(bad(format!(
        "Invalid tag {name}: at most 256 of [A-Za-z0-9_-] in name and value"
    )))
}

fn check_header((name, value): &(String, String)) -> Result<(), Refusal> {
    let name_fits =
        (1..=126).contains(&name.len()) && name.chars().all(|c| c.is_ascii_graphic() && c != ':');
    let value_fits =
        (1..=995).contains(&value.len()) && value.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    if name_fits && value_fits && name.len() + value.len() <= 996 {
        return Ok(());
    }
    Err(bad(format!("Invalid header {name}")))
}

fn read(input: &Value, message_id: String, at: Timestamp) -> Result<SentMail, Refusal> {
    let simple = &input["Content"]["Simple"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let part = |part: &Value| text(&part["Data"]);
    let to = &input["Destination"];
    Ok(SentMail {
        message_id,
        at,
        from: text(&input["FromEmailAddress"])
            .ok_or_else(|| bad("FromEmailAddress is required"))?,
        to: texts(&to["ToAddresses"]),
        cc: texts(&to["CcAddresses"]),
        bcc: texts(&to["BccAddresses"]),
        reply_to: texts(&input["ReplyToAddresses"]),
        subject: part(&simple["Subject"])
            .ok_or_else(|| bad("The embedded SES takes Content.Simple only"))?,
        text: part(&simple["Body"]["Text"]),
        html: part(&simple["Body"]["Html"]),
        headers: pairs(&simple["Headers"]),
        attachments: attachments(&simple["Attachments"])?,
        tags: pairs(&input["EmailTags"]),
        configuration_set: text(&input["ConfigurationSetName"]),
    })
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Their bytes come in base64; all together they may weigh 40 MB, and the service's other limits are those of a message.
fn attachments(list: &Value) -> Result<Vec<(String, String, Vec<u8>)>, Refusal> {
    let list = list.as_array().into_iter().flatten();
    list.map(|attachment| {
        let text = |name: &str| attachment[name].as_str().unwrap_or_default().to_owned();
        let (name, kind) = (text("FileName"), text("ContentType"));
        let bytes = BASE64_STANDARD.decode(text("RawContent"));
        let bytes = bytes.map_err(|_| bad("RawContent is not base64"))?;
        if name.is_empty() || name.len() > 255 {
            return Err(bad("FileName has 1 to 255 characters"));
        }
        Ok((name, kind, bytes))
    })
    .collect()
}

fn pairs(list: &Value) -> Vec<(String, String)> {
    let member = |pair: &Value, name: &str| pair[name].as_str().unwrap_or_default().to_owned();
    list.as_array()
        .into_iter()
        .flatten()
        .map(|pair| (member(pair, "Name"), member(pair, "Value")))
        .collect()
}
