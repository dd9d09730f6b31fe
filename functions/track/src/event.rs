//! SES's events, as EventBridge brings them, and SNS.

use std::collections::HashMap;

use dunning::file::AddressTrouble;
use dunning::rules::Delivery;
use dunning::value::{BadId, ClaimId, EmailAddress, FileKey};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

/// News about a mail of ours.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) file: FileKey,
    pub(crate) claim: ClaimId,
    pub(crate) delivery: Delivery,
    /// When SES took the mail.
    pub(crate) mailed_at: Timestamp,
}

/// What an event is about.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A mail of ours.
    Of(Box<News>),
    /// A mail that asks whether its events come through, as whoever sent it calls it; and which event it is.
    Probe { id: String, event: String },
}

/// Why an event cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("not an event of SES: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a tag of the mail cannot be read: {0}")]
    Tag(#[from] mail::BadTag),
    #[error("a tag of the mail cannot be read: {0}")]
    Id(#[from] BadId),
}

/// EventBridge wraps an event; SNS delivers it as SES wrote it.
#[derive(Deserialize)]
struct Peek<'e> {
    #[serde(borrow)]
    detail: Option<&'e RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    event_type: String,
    mail: Mail,
    #[serde(default)]
    bounce: Bounce,
    #[serde(default)]
    complaint: Complaint,
    #[serde(default)]
    delivery: Delivered,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    timestamp: Timestamp,
    #[serde(default)]
    destination: Vec<String>,
    #[serde(default)]
    tags: HashMap<String, Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Delivered {
    recipients: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Complaint {
    /// As the reader's provider calls it; often not told.
    complaint_feedback_type: Option<String>,
    complained_recipients: Vec<Recipient>,
}

impl Complaint {
    /// Somebody took the mail out of the spam: the contrary of a complaint, and it was delivered.
    fn is_none(&self) -> bool {
        self.complaint_feedback_type.as_deref() == Some("not-spam")
    }
}

/// Reads an event; `None` if it is of a kind, or about a mail, that is no concern of ours.
pub(crate) fn read(body: &str) -> Result<Option<Heard>, Unreadable> {
    let Peek { detail } = serde_json::from_str(body)?;
    let detail: Detail = serde_json::from_str(detail.map_or(body, RawValue::get))?;
    let tag = |name| {
        detail
            .mail
            .tags
            .get(name)
            .and_then(|values: &Vec<String>| values.first())
    };
    if let Some(id) = tag(mail::PROBE_TAG) {
        return Ok(Some(Heard::Probe {
            id: id.clone(),
            event: detail.event_type,
        }));
    }
    let (Some(file), Some(claim)) = (tag(mail::DEBTOR_TAG), tag(mail::CLAIM_TAG)) else {
        return Ok(None);
    };
    let file = FileKey::try_from(mail::read_tag(file)?)?;
    let claim = ClaimId::parse(claim.as_str())?;
    let written_to = addresses(&detail.mail.destination);
    let copies = Copies {
        to: tag(mail::TO_TAG).map(String::as_str),
        written_to: &written_to,
    };
    let reported = addresses(&detail.reported());
    let copied = copies.of(&reported);
    let is_of_copies = !copied.is_empty();
    let is_for_good = detail.bounce.bounce_type == "Permanent";
    let delivery = match detail.event_type.as_str() {
        "Bounce" if is_of_copies && is_for_good => Delivery::CopyFailed {
            at: copied,
            trouble: AddressTrouble::Bounced,
        },
        "Complaint" if is_of_copies && !detail.complaint.is_none() => Delivery::CopyFailed {
            at: copied,
            trouble: AddressTrouble::Complained,
        },
        _ if is_of_copies => return Ok(None),
        "Send" => Delivery::Sent {
            message_id: detail.mail.message_id,
        },
        "Delivery" => Delivery::Delivered,
        "Bounce" if is_for_good => Delivery::Bounced {
            permanent: copies.reader(),
        },
        "Bounce" => Delivery::Bounced {
            permanent: Vec::new(),
        },
        "Complaint" if detail.complaint.is_none() => Delivery::Delivered,
        "Complaint" => Delivery::Complained {
            by: copies.complained(&reported),
        },
        "Reject" => Delivery::Rejected,
        other => {
            tracing::debug!(kind = other, "event of SES that changes nothing");
            return Ok(None);
        }
    };
    Ok(Some(Heard::Of(Box::new(News {
        file,
        claim,
        delivery,
        mailed_at: detail.mail.timestamp,
    }))))
}

impl Detail {
    /// Of whom it tells, where it says so.
    fn reported(&self) -> Vec<String> {
        let of = |recipients: &[Recipient]| {
            let addresses = recipients.iter().map(|one| one.email_address.clone());
            addresses.collect()
        };
        match self.event_type.as_str() {
            "Bounce" => of(&self.bounce.bounced_recipients),
            "Complaint" => of(&self.complaint.complained_recipients),
            "Delivery" => self.delivery.recipients.clone(),
            _ => Vec::new(),
        }
    }
}

/// A mail of which there may be copies: SES tells of each recipient by itself.
struct Copies<'e> {
    /// Whose mailbox it is for; none where nobody gets a copy.
    to: Option<&'e str>,
    written_to: &'e [EmailAddress],
}

impl Copies<'_> {
    fn is_reader(&self, address: &EmailAddress) -> bool {
        self.to.is_none_or(|to| address.mailbox().as_str() == to)
    }

    /// Whom it is for.
    fn reader(&self) -> Vec<EmailAddress> {
        let written_to = self.written_to.iter();
        let readers = written_to.filter(|address| self.is_reader(address));
        readers.cloned().collect()
    }

    /// Whoever complained: all that the report names, and whom it is for where it names nobody.
    fn complained(&self, reported: &[EmailAddress]) -> Vec<EmailAddress> {
        let written_to = self.written_to.iter();
        let named =
            written_to.filter(|address| self.is_reader(address) || reported.contains(address));
        named.cloned().collect()
    }

    /// Those of a report who only got a copy; none where it is about whom the mail is for, or where that cannot be told.
    fn of(&self, reported: &[EmailAddress]) -> Vec<EmailAddress> {
        if reported.iter().any(|address| self.is_reader(address)) {
            return Vec::new();
        }
        let copied = self.written_to.iter();
        let copied = copied.filter(|address| reported.contains(address));
        copied.cloned().collect()
    }
}

/// The addresses that were written to. The report may name others: where a mail was forwarded to,
/// or the same in other letters.
fn addresses(destination: &[String]) -> Vec<EmailAddress> {
    destination
        .iter()
        .filter_map(|address| EmailAddress::parse(address).ok())
        .collect()
}
