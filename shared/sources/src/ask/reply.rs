//! What an answer means.

use std::fmt;

use dunning::billing::{By, Collection, Happened, Subject};
use dunning::value::{AccountId, EventId, Link};
use jaq_json::Val;
use sha2::{Digest, Sha256};

use super::answer::Answer;
use super::error::AskError;
use super::manifest::{AskManifest, Asked, NoSuch};
use super::next;
use super::page::Page;
use super::question::{Kind, Place, Question};
use super::request;
use crate::bad_field::BadField;
use crate::filter::{self, Filter};
use crate::json;
use crate::manifest::Manifest;
use crate::meaning::Translation;
use crate::translation::{self, Nonsense, Told, text_at_pointer, value_at};

/// The name of what a tool says when it is asked, unless its filter has a better one.
const KIND: &str = "asked";

/// What a tool answered, in our words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// Of each thing that was asked for, what it is.
    pub said: Vec<Translation>,
    /// What makes no sense. What silences a debt all the same stands above; but what is half understood is no look
    /// at a debt.
    pub nonsense: Vec<Nonsense>,
    /// Where the list goes on.
    pub next: Option<Page>,
    /// The PDF, where that was asked for.
    pub pdf: Option<Pdf>,
}

/// An invoice as a PDF.
#[derive(Clone, PartialEq, Eq)]
pub enum Pdf {
    /// Itself.
    Here(Vec<u8>),
    /// Behind a link that does not last.
    At(Link),
}

impl fmt::Debug for Pdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(bytes) => write!(f, "Here({} bytes)", bytes.len()),
            Self::At(_) => f.write_str("At(…)"),
        }
    }
}

/// What is known of a tool.
pub(super) struct Known<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) ask: &'a AskManifest,
    pub(super) filter: &'a Filter,
    /// Who moves first to get the money, where that is known and the answer may not tell.
    pub(super) collection: Option<Collection>,
}

/// What the answer's body holds, once it is read.
struct Taken {
    /// Of each item, what the filter says.
    items: Vec<Vec<Result<serde_json::Value, BadField>>>,
    next: Option<Page>,
}

pub(super) fn read(
    known: &Known<'_>,
    place: &Place<'_>,
    question: &Question,
    page: Option<&Page>,
    answer: &Answer<'_>,
) -> Result<Reply, AskError> {
    let asked = request::asked(known.ask, question)?;
    check_status(&known.ask.none, question, answer)?;
    let most = question.kind().largest_answer();
    if answer.body.len() > most {
        return Err(AskError::TooLarge { most });
    }
    if question.kind() == Kind::Pdf {
        let pdf = Some(pdf(asked, answer.body)?);
        return Ok(Reply {
            pdf,
            ..Reply::default()
        });
    }
    // Values of jq stay on the thread on which filters run.
    let taken = filter::apart(|| take(known, asked, place, question, page, answer))?;
    understood(known, place, question, answer, taken)
}

fn check_status(none: &NoSuch, question: &Question, answer: &Answer<'_>) -> Result<(), AskError> {
    let status = answer.status;
    if none.status.contains(&status) && says_none(none, answer.body) {
        return Err(no_such(question, status));
    }
    Err(match status {
        200..=299 => return Ok(()),
        300..=399 => AskError::Redirected,
        401 => AskError::KeyRefused { status },
        403 => AskError::NotAllowed { status },
        429 => AskError::TooMany {
            retry_after: answer.retry_after(),
        },
        // What is not found, and not by the tool's own word, is no question of ours: so answers whoever else is there.
        404 | 408 => AskError::Unavailable { status },
        400..=499 => AskError::NotUnderstood { status },
        _ => AskError::Unavailable { status },
    })
}

fn no_such(question: &Question, status: u16) -> AskError {
    if question.invoice().is_some() {
        AskError::NoSuchInvoice
    } else if question.customer().is_some() {
        AskError::NoSuchCustomer
    } else {
        AskError::Unavailable { status }
    }
}

fn says_none(none: &NoSuch, body: &[u8]) -> bool {
    let Some(pointer) = &none.at else {
        return true;
    };
    let said = filter::apart(|| text_at_pointer(pointer, &json::read(body).ok()?));
    said.is_some_and(|said| none.is.is_empty() || none.is.contains(&said))
}

fn pdf(asked: &Asked, body: &[u8]) -> Result<Pdf, AskError> {
    let Some(pointer) = &asked.link else {
        return is_whole_pdf(body)
            .then(|| Pdf::Here(body.to_vec()))
            .ok_or(AskError::NoPdf);
    };
    let link = filter::apart(|| parsed(body).map(|body| text_at_pointer(pointer, &body)))?;
    let link = link.and_then(|link| Link::parse(&link).ok());
    link.map(Pdf::At).ok_or(AskError::NoPdf)
}

/// One that breaks off has lost its end, which stands in its last bytes.
fn is_whole_pdf(body: &[u8]) -> bool {
    let end = &body[body.len().saturating_sub(1024)..];
    body.starts_with(b"%PDF-") && end.windows(5).any(|bytes| bytes == b"%%EOF")
}

fn parsed(body: &[u8]) -> Result<Val, AskError> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if !matches!(first, Some(b'{' | b'[')) {
        return Err(AskError::NotJson);
    }
    json::read(body).map_err(|why| AskError::Unreadable { why })
}

fn missing(pointer: &str) -> AskError {
    AskError::Unreadable {
        why: format!("there is nothing at {pointer:?} in it"),
    }
}

fn items(asked: &Asked, body: &Val) -> Result<Vec<Val>, AskError> {
    if let Some(pointer) = &asked.items {
        return match value_at(pointer, body) {
            Some(Val::Arr(items)) => Ok(items.to_vec()),
            _ => Err(missing(pointer)),
        };
    }
    let pointer = asked.item.as_deref().unwrap_or_default();
    match value_at(pointer, body) {
        Some(item @ Val::Obj(_)) => Ok(vec![item]),
        _ => Err(missing(pointer)),
    }
}

fn take(
    known: &Known<'_>,
    asked: &Asked,
    place: &Place<'_>,
    question: &Question,
    page: Option<&Page>,
    answer: &Answer<'_>,
) -> Result<Taken, AskError> {
    let body = parsed(answer.body)?;
    let items = items(asked, &body)?;
    let next = match &asked.page {
        Some(paging) => next::page(paging, page, &body, &items, answer, &|| {
            next::Road::of(known.ask, asked, place, question)
        })?,
        None => None,
    };
    let about = about(known, place, question, answer);
    let zone = place.settings.time_zone.get();
    let outputs = items.into_iter().map(|item| {
        let pair = [("asked", about.clone()), ("answer", item)];
        let pair = pair.map(|(name, value)| (Val::from(name.to_owned()), value));
        let input = Val::obj(pair.into_iter().collect());
        translation::outputs_of(known.filter, input, zone)
    });
    Ok(Taken {
        items: outputs.collect(),
        next,
    })
}

/// What the filter is told beside an item.
fn about(known: &Known<'_>, place: &Place<'_>, question: &Question, answer: &Answer<'_>) -> Val {
    let at = answer.as_of();
    let about = serde_json::json!({
        "about": question.kind().about(),
        "at": at.to_string(),
        "second": at.as_second(),
        "invoice": question.invoice(),
        "customer": question.customer(),
        "account": place.account,
        "collection": known.collection,
    });
    jaq_json::read::parse_single(about.to_string().as_bytes()).unwrap_or_default()
}

/// Made by us: the same for the same answer to the same question of the same second.
fn event_id(place: &Place<'_>, question: &Question, answer: &Answer<'_>) -> String {
    let mut digest = Sha256::new();
    let account = place.account.map_or("", AccountId::as_str);
    let asked = question.to_string();
    let as_of = answer.as_of().to_string();
    for part in [place.source.as_str(), account, &asked, &as_of] {
        digest.update(part);
        digest.update([0]);
    }
    digest.update(answer.body);
    format!("asked-{}", hex::encode(&digest.finalize()[..16]))
}

fn understood(
    known: &Known<'_>,
    place: &Place<'_>,
    question: &Question,
    answer: &Answer<'_>,
    taken: Taken,
) -> Result<Reply, AskError> {
    let id = event_id(place, question, answer);
    let by = By::delivery(
        &format!("{} {id}", place.source),
        known.manifest.translation,
    );
    let is_list = matches!(
        question.kind(),
        Kind::OpenOf | Kind::AllOpen | Kind::IssuedSince
    );
    let mut reply = Reply {
        next: taken.next,
        ..Reply::default()
    };
    let is_none = taken.items.is_empty();
    for (index, outputs) in taken.items.into_iter().enumerate() {
        let id = if is_list {
            format!("{id}/{index}")
        } else {
            id.clone()
        };
        let told = Told {
            id: EventId::parse(id).map_err(|why| BadField::new("id", why.to_string())),
            kind: KIND.to_owned(),
            outputs,
        };
        let as_of = Some(answer.as_of());
        let said = translation::understood(
            told,
            by,
            as_of,
            known.manifest,
            place.settings,
            place.source,
        );
        for said in said {
            match said {
                Ok(Translation::Ignored { .. }) => {}
                Ok(said) => {
                    check(place, question, &said)?;
                    reply.said.push(said);
                }
                Err(nonsense) => reply.nonsense.push(*nonsense),
            }
        }
    }
    if is_list {
        return Ok(reply);
    }
    if is_none {
        return Err(no_such(question, answer.status));
    }
    if reply.said.is_empty()
        && let Some(nonsense) = reply.nonsense.pop()
    {
        return Err(AskError::Nonsense(Box::new(nonsense)));
    }
    // Of a customer's money it may say that there is none.
    let says_it = match question.kind() {
        Kind::Invoice => reply.said.iter().any(shows_an_invoice),
        Kind::Customer => !reply.said.is_empty(),
        _ => true,
    };
    if says_it || !reply.nonsense.is_empty() {
        Ok(reply)
    } else {
        Err(AskError::Silent)
    }
}

/// Whether an invoice is shown, or its end.
fn shows_an_invoice(said: &Translation) -> bool {
    match said {
        Translation::Invoice(_) => true,
        Translation::Movement(event) => matches!(event.what, Happened::Ended(_)),
        _ => false,
    }
}

/// Whether it is about what was asked for.
fn check(place: &Place<'_>, question: &Question, said: &Translation) -> Result<(), AskError> {
    if let Translation::OtherMode { .. } = said {
        return Err(AskError::OtherMode);
    }
    if let (Some(account), Some(realm)) = (place.account, said.realm())
        && realm.account != *account
    {
        return Err(AskError::OtherAccount);
    }
    let invoice = match said {
        Translation::Invoice(event) => Some(&event.invoice.id),
        Translation::Movement(event) => match &event.subject {
            Subject::Invoice(invoice) => Some(invoice),
            Subject::Payment(_) => None,
        },
        _ => None,
    };
    if let (Some(wanted), Some(shown)) = (question.invoice(), invoice)
        && wanted != shown
    {
        return Err(AskError::OtherInvoice);
    }
    let customer = match said {
        Translation::Invoice(event) => Some(&event.customer),
        Translation::Customer(event) => Some(&event.customer),
        _ => None,
    };
    if let (Some(wanted), Some(shown)) = (question.customer(), customer)
        && wanted != shown
    {
        return Err(AskError::OtherCustomer);
    }
    Ok(())
}
