//! SES: one mail, one HTTP request.

use std::error::Error;
use std::fmt;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::Region;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::builders::SendEmailFluentBuilder;
use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{
    self, AttachmentContentDisposition, AttachmentContentTransferEncoding, Body, Content,
    Destination, EmailContent, Message, MessageHeader, MessageTag,
};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use dunning::file::Attempt;
use dunning::policy::Sender;
use dunning::rules::{Copies, Retry};
use dunning::value::{ClaimId, EmailAddress, FileKey};
use jiff::Timestamp;

use crate::letter::Rendered;
use crate::pace::{Pace, Turn};

/// The tag that says whose file a mail belongs to.
pub const DEBTOR_TAG: &str = "debtor";
/// The tag that says which claim a mail is.
pub const CLAIM_TAG: &str = "claim";
/// The tag of a mail with copies that says whose mailbox it is for.
pub const TO_TAG: &str = "to";

/// The tag of a mail that asks whether its events come through, and is about nobody: what it is known by.
pub const PROBE_TAG: &str = "probe";

/// A mail, ready to leave.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Who writes.
    pub from: Sender,
    /// To whom.
    pub to: EmailAddress,
    /// Who gets a copy.
    pub copies: Copies,
    /// What.
    pub rendered: Rendered,
    /// The PDFs that go along.
    pub attachments: Vec<Attachment>,
    /// SES's ids of earlier mails that it goes on from, oldest first: mail programs show them as one
    /// conversation.
    pub follows: Vec<String>,
    /// Whose file it belongs to.
    pub file: FileKey,
    /// Which claim it is.
    pub claim: ClaimId,
}

/// A PDF that goes along with a mail.
#[derive(Clone)]
pub struct Attachment {
    /// The file's name, of plain letters.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({}, {} bytes)", self.name, self.content.len())
    }
}

impl Mail {
    /// The same, to somebody else and nobody beside, with the address that it was for in its subject. To whom it is for
    /// anyway it stays as it is.
    #[must_use]
    pub fn redirected(mut self, to: &EmailAddress) -> Self {
        if self.to != *to {
            self.rendered.subject = format!("[to {}] {}", self.to.as_str(), self.rendered.subject);
            self.to = to.clone();
        }
        self.copies = Copies::default();
        self
    }
}

/// Why SES's answer was not "taken".
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Proof that nothing was sent.
    #[error("SES refused the mail ({code})")]
    Refused {
        /// SES's error code.
        code: String,
        /// When it may be tried again.
        retry: Retry,
    },
    /// The mail may have been sent.
    #[error("no usable answer of SES ({why})")]
    Unknown {
        /// What came instead.
        why: String,
    },
}

/// Sends mails.
#[derive(Debug)]
pub struct Mailer {
    client: Client,
    configuration_set: String,
    /// What stands behind the `@` of the id that SES gives a mail.
    id_domain: String,
    pace: Pace,
}

impl Mailer {
    /// With the SDK's own retries off: they send copies (measured: three of one mail). `workers` is how
    /// many of these send at the same time, and so share the account's rate.
    pub fn new(aws: &aws_types::SdkConfig, configuration_set: String, workers: u32) -> Self {
        let config = aws_sdk_sesv2::config::Builder::from(aws)
            .retry_config(RetryConfig::disabled())
            .build();
        let region = aws.region().map_or("us-east-1", Region::as_ref);
        Self {
            client: Client::from_conf(config),
            configuration_set,
            id_domain: id_domain(region),
            pace: Pace::new(workers),
        }
    }

    /// Opens the connection ahead, and learns the account's limits.
    pub async fn connect(&self, now: Timestamp) {
        self.pace.learn(&self.client, now).await;
    }

    /// Waits until a mail may leave at the account's rate, if one may leave at all. The last try of one is
    /// kept for when SES answers.
    pub async fn turn(&self, now: Timestamp, attempt: Attempt) -> Turn {
        self.pace.turn(&self.client, now, attempt).await
    }

    /// Sends a mail with exactly one request. Gives SES's id of it.
    pub async fn send(&self, mail: Mail) -> Result<String, SendError> {
        let reply_to = mail
            .from
            .reply_to
            .as_ref()
            .map(|address| vec![address.as_str().to_owned()]);
        let request = self
            .client
            .send_email()
            .from_email_address(from_header(&mail.from))
            .destination(
                Destination::builder()
                    .to_addresses(mail.to.as_str())
                    .set_cc_addresses(list(&mail.copies.cc))
                    .set_bcc_addresses(list(&mail.copies.bcc))
                    .build(),
            )
            .set_reply_to_addresses(reply_to)
            .content(content(
                &mail.rendered,
                mail.attachments,
                thread(&self.id_domain, &mail.follows),
            ))
            .configuration_set_name(&self.configuration_set)
            .email_tags(tag(
                DEBTOR_TAG,
                BASE64_URL_SAFE_NO_PAD.encode(mail.file.to_string()),
            ))
            .email_tags(tag(CLAIM_TAG, mail.claim.to_string()));
        // SES tells of each recipient by itself, and of all of them as the mail's.
        let has_copies = mail.copies != Copies::default();
        let to = has_copies.then(|| tag(TO_TAG, mail.to.mailbox().as_str().to_owned()));
        let request = to
            .into_iter()
            .fold(request, SendEmailFluentBuilder::email_tags);
        match request.send().await.map_err(send_error) {
            Ok(answer) => Ok(answer.message_id.unwrap_or_default()),
            Err(error) => {
                if matches!(
                    error,
                    SendError::Refused {
                        retry: Retry::Soon,
                        ..
                    }
                ) {
                    self.pace.forget_account();
                }
                Err(error)
            }
        }
    }
}

/// SES overwrites the `Message-ID` of a mail: its own is the id that it answered, at this domain.
fn id_domain(region: &str) -> String {
    match region {
        "us-east-1" => "email.amazonses.com".to_owned(),
        other => format!("{other}.amazonses.com"),
    }
}

/// So many earlier mails are referred to: a header of SES has at most 995 characters.
const MOST_FOLLOWED: usize = 8;

/// The headers by which a mail answers earlier ones, whose ids stand at that domain.
fn thread(id_domain: &str, follows: &[String]) -> Option<[(&'static str, String); 2]> {
    // An id is of SES's own making; what is none is no part of a header.
    let plain = |id: &&String| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !id.is_empty() && id.len() <= 80 && id.chars().all(is_plain)
    };
    let ids = follows.iter().filter(plain);
    let mut ids: Vec<String> = ids.map(|id| format!("<{id}@{id_domain}>")).collect();
    ids.drain(..ids.len().saturating_sub(MOST_FOLLOWED));
    let last = ids.last()?.clone();
    Some([("In-Reply-To", last), ("References", ids.join(" "))])
}

fn content(
    rendered: &Rendered,
    attachments: Vec<Attachment>,
    thread: Option<[(&'static str, String); 2]>,
) -> EmailContent {
    let utf8 = |text: &str| {
        Content::builder()
            .data(text)
            .charset("UTF-8")
            .build()
            .expect("the data is set")
    };
    let body = Body::builder()
        .html(utf8(&rendered.html))
        .text(utf8(&rendered.text))
        .build();
    // Out-of-office robots do not answer what says that a machine sent it (RFC 3834).
    let automatic = ("Auto-Submitted", "auto-generated".to_owned());
    let headers = [automatic].into_iter().chain(thread.into_iter().flatten());
    let headers = headers.map(|(name, value)| {
        let header = MessageHeader::builder().name(name).value(value);
        header.build().expect("name and value are set")
    });
    let message = Message::builder()
        .subject(utf8(&rendered.subject))
        .body(body)
        .set_headers(Some(headers.collect()));
    let attachments: Vec<types::Attachment> = attachments.into_iter().map(pdf).collect();
    let message = message
        .set_attachments((!attachments.is_empty()).then_some(attachments))
        .build();
    EmailContent::builder().simple(message).build()
}

fn pdf(Attachment { name, content }: Attachment) -> types::Attachment {
    types::Attachment::builder()
        .file_name(name)
        .content_type("application/pdf")
        .content_disposition(AttachmentContentDisposition::Attachment)
        .content_transfer_encoding(AttachmentContentTransferEncoding::Base64)
        .raw_content(Blob::new(content))
        .build()
        .expect("name and content are set")
}

fn tag(name: &str, value: String) -> MessageTag {
    MessageTag::builder()
        .name(name)
        .value(value)
        .build()
        .expect("name and value are set")
}

/// What an error says about the mail: a 4xx of SES proves that it was not sent, and so does a connection
/// that was never made; nothing else does.
fn send_error<E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static>(
    error: SdkError<E, aws_sdk_sesv2::config::http::HttpResponse>,
) -> SendError {
    let code = error.code().unwrap_or("no error code").to_owned();
    match &error {
        SdkError::ServiceError(service) if service.raw().status().is_client_error() => {
            let throttled = service.raw().status().as_u16() == 429
                || [
                    "ThrottlingException",
                    "TooManyRequestsException",
                    "LimitExceededException",
                ]
                .contains(&code.as_str());
            let retry = if throttled {
                Retry::Soon
            } else {
                Retry::NextWorkingDay
            };
            SendError::Refused { code, retry }
        }
        SdkError::ConstructionFailure(_) => SendError::Refused {
            code: "request not built".to_owned(),
            retry: Retry::NextWorkingDay,
        },
        SdkError::ServiceError(_) => SendError::Unknown { why: code },
        SdkError::TimeoutError(_) => SendError::Unknown {
            why: "time-out".to_owned(),
        },
        SdkError::DispatchFailure(failure)
            if failure
                .as_connector_error()
                .is_some_and(|error| was_never_connected(error)) =>
        {
            SendError::Refused {
                code: "no connection".to_owned(),
                retry: Retry::NotReached,
            }
        }
        SdkError::DispatchFailure(_) => SendError::Unknown {
            why: "connection lost".to_owned(),
        },
        _ => SendError::Unknown {
            why: "unreadable answer".to_owned(),
        },
    }
}

/// Whether no connection was made to send the request over: the host has no address, refuses, does not
/// answer in time, or is not the one that its certificate names. A connection that breaks, be it new or an
/// old one, may have carried the mail.
fn was_never_connected(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        // The client's own word, the outermost: what it wraps is of the system or of TLS, and says less.
        if let Some(client) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return client.is_connect();
        }
        cause = error.source();
    }
    false
}

/// `Name <address>`, the name as RFC 5322 quotes it, or RFC 2047 encodes it where it is not ASCII.
fn from_header(sender: &Sender) -> String {
    let name: String = sender.name.chars().filter(|c| !c.is_control()).collect();
    let name = if name.is_ascii() {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        encoded_words(&name)
    };
    format!("{name} <{}>", sender.email.as_str())
}

/// An encoded word has at most 75 characters: 45 bytes of text, never cut within a letter.
fn encoded_words(text: &str) -> String {
    let mut words = vec![String::new()];
    for letter in text.chars() {
        if words
            .last()
            .is_some_and(|word| word.len() + letter.len_utf8() > 45)
        {
            words.push(String::new());
        }
        // There is always a last one.
        words
            .last_mut()
            .into_iter()
            .for_each(|word| word.push(letter));
    }
    let encoded = words
        .iter()
        .map(|word| format!("=?UTF-8?B?{}?=", BASE64_STANDARD.encode(word)));
    encoded.collect::<Vec<_>>().join(" ")
}

/// Why a tag cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("not the base64 of a file's key")]
pub struct BadTag;

fn list(addresses: &[EmailAddress]) -> Option<Vec<String>> {
    let texts = addresses.iter().map(|address| address.as_str().to_owned());
    (!addresses.is_empty()).then(|| texts.collect())
}

/// Reads the file's key out of the tag [`DEBTOR_TAG`].
pub fn read_tag(tag: &str) -> Result<String, BadTag> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(tag).map_err(|_| BadTag)?;
    String::from_utf8(bytes).map_err(|_| BadTag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(name: &str) -> String {
        let email = EmailAddress::parse("a@example.com").unwrap();
        from_header(&Sender {
            name: name.to_owned(),
            names: std::collections::BTreeMap::new(),
            email,
            reply_to: None,
            account_manager: false,
        })
    }

    #[test]
    fn a_senders_name_is_quoted_or_encoded_so_that_it_stays_a_name() {
        assert_eq!(from("Accounts"), "\"Accounts\" <a@example.com>");
        assert_eq!(
            from("A \"B\"\r\nBcc: x@y.z"),
            "\"A \\\"B\\\"Bcc: x@y.z\" <a@example.com>"
        );
        assert_eq!(
            from("Comptabilité"),
            "=?UTF-8?B?Q29tcHRhYmlsaXTDqQ==?= <a@example.com>"
        );
        assert!(
            from(&"é".repeat(60))
                .split(' ')
                .all(|word| word.len() <= 75)
        );
    }

    fn thread_in(region: &str, follows: &[&str]) -> Option<[(&'static str, String); 2]> {
        let follows: Vec<String> = follows.iter().map(|id| (*id).to_owned()).collect();
        thread(&id_domain(region), &follows)
    }

    #[test]
    fn a_mail_answers_the_one_before_it_by_the_id_that_ses_gave_that() {
        assert_eq!(thread_in("eu-west-3", &[]), None);
        let [answers, follows] = thread_in("eu-west-3", &["0102-a", "0102-b"]).unwrap();
        assert_eq!(
            answers,
            ("In-Reply-To", "<0102-b@eu-west-3.amazonses.com>".to_owned())
        );
        let both = "<0102-a@eu-west-3.amazonses.com> <0102-b@eu-west-3.amazonses.com>";
        assert_eq!(follows, ("References", both.to_owned()));
        let [answers, _] = thread_in("us-east-1", &["0100-a"]).unwrap();
        assert_eq!(answers.1, "<0100-a@email.amazonses.com>");
    }

    #[test]
    fn what_is_no_id_of_ses_becomes_no_header_and_a_long_ladder_fits_into_one() {
        for id in ["", "a b", "a\r\nBcc: x", "a>", "é"] {
            assert_eq!(thread_in("eu-west-3", &[id]), None, "{id:?}");
        }
        let id = "010201940000abcd-01234567-89ab-cdef-0123-456789abcdef-000000";
        let [_, (_, references)] = thread_in("ap-southeast-3", &[id; 40]).unwrap();
        assert!(references.len() <= 995, "{}", references.len());
    }

    #[test]
    fn the_longest_key_of_a_file_fits_in_a_tag() {
        let longest = format!("{}#{}#live#{1}", "x".repeat(32), "x".repeat(64));
        let tag = BASE64_URL_SAFE_NO_PAD.encode(&longest);
        assert!(tag.len() <= 256, "{}", tag.len());
        assert_eq!(read_tag(&tag).unwrap(), longest);
    }
}
