//! A request, ready to be sent.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use dunning::value::BaseAddress;
use serde_json::{Map, Value};

use super::key::Key;
use super::manifest::{AskManifest, Asked, Paging, Proof};
use super::page::Page;
use super::question::{Kind, Place, Question};
use super::template::{self, Fill, Slot, Template, Unfilled, escaped};
use crate::error::Misconfigured;
use crate::meaning::no_account;

/// How it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
}

impl Method {
    /// As HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request to a billing tool. Its headers, and the body of one for a token, hold the key: they show nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct AskRequest {
    /// How it is sent.
    pub method: Method,
    /// Where: https, or this machine itself.
    pub url: String,
    /// Names and values, the proof among them.
    pub headers: Vec<(String, String)>,
    /// What is posted.
    pub body: Option<Vec<u8>>,
}

impl fmt::Debug for AskRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.headers.iter().map(|(name, _)| name.as_str());
        let names: Vec<&str> = names.collect();
        write!(
            f,
            "{} {} ({})",
            self.method.as_str(),
            self.url,
            names.join(", ")
        )
    }
}

/// The address that is asked.
pub(super) fn base<'a>(
    ask: &'a AskManifest,
    place: &Place<'a>,
) -> Result<&'a BaseAddress, Misconfigured> {
    let base = place.settings.api.as_ref().or(ask.base.as_ref());
    base.ok_or_else(|| Misconfigured::Unaskable {
        why: "the policy must say `api`: the address of your account at the tool".to_owned(),
    })
}

pub(super) fn request(
    ask: &AskManifest,
    key: &Key,
    place: &Place<'_>,
    question: &Question,
    page: Option<&Page>,
) -> Result<AskRequest, Misconfigured> {
    let asked = asked(ask, question)?;
    let base = base(ask, place)?;
    let fill = |slot| filling(place, question, slot);
    if ask.needs_realm && fill(Slot::Realm).is_none() {
        let why =
            "the tool's account is not known before the first of its webhooks names it".to_owned();
        return Err(Misconfigured::Unaskable { why });
    }
    let is_pdf = question.kind() == Kind::Pdf && asked.link.is_none();
    let accept = if is_pdf {
        "application/pdf"
    } else {
        "application/json"
    };
    let mut headers = headers(ask, accept, &fill)?;
    headers.push(proof(&ask.proof, key));
    let paged = page.zip(asked.page.as_ref());
    if let Some((page, Paging::Link { .. } | Paging::LinkHeader)) = paged {
        let url = format!("{}{}", base.origin(), page.mark());
        return Ok(AskRequest {
            method: Method::Get,
            url,
            headers,
            body: None,
        });
    }
    let paged = paged.map(|(page, paging)| (paging, page.mark()));
    let path = asked.path.path(&fill).map_err(unfilled)?;
    let body = asked
        .body
        .as_ref()
        .map(|shape| body(shape, &fill, paged))
        .transpose()?;
    if body.is_some() {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    let query = query(asked, &fill, paged.filter(|_| body.is_none()))?;
    Ok(AskRequest {
        method: if body.is_some() {
            Method::Post
        } else {
            Method::Get
        },
        url: format!("{base}{path}{query}"),
        headers,
        body,
    })
}

/// How a question is asked.
pub(super) fn asked<'a>(
    ask: &'a AskManifest,
    question: &Question,
) -> Result<&'a Asked, Misconfigured> {
    let kind = question.kind();
    ask.asked(kind).ok_or_else(|| Misconfigured::Unaskable {
        why: format!(
            "the tool cannot be asked for this: its manifest has no [ask.{}]",
            kind.name()
        ),
    })
}

fn filling<'a>(place: &Place<'a>, question: &'a Question, slot: Slot) -> Option<&'a str> {
    match slot {
        Slot::Invoice => question.invoice().map(dunning::value::InvoiceId::as_str),
        Slot::Customer => question.customer().map(dunning::value::CustomerId::as_str),
        Slot::Since => question.since(),
        Slot::Account => place.settings.account.as_deref(),
        Slot::Realm => place
            .account
            .filter(|account| **account != no_account())
            .map(dunning::value::AccountId::as_str),
    }
}

fn unfilled(why: Unfilled) -> Misconfigured {
    let why = match why {
        Unfilled::Empty(Slot::Account) => {
            "the policy must say `account`: by which the tool knows whose books they are".to_owned()
        }
        Unfilled::Empty(slot) => format!("nothing is known for {slot:?}, which the request names"),
        Unfilled::Odd(slot) => {
            format!("{slot:?} cannot be one of the tool's: it does not fit into the request")
        }
    };
    Misconfigured::Unaskable { why }
}

fn headers(
    ask: &AskManifest,
    accept: &str,
    fill: &Fill<'_>,
) -> Result<Vec<(String, String)>, Misconfigured> {
    let mut headers = vec![("Accept".to_owned(), accept.to_owned())];
    for (name, value) in &ask.headers {
        match value.header(fill) {
            Ok(value) => headers.push((name.clone(), value)),
            Err(Unfilled::Empty(_)) => {}
            Err(odd) => return Err(unfilled(odd)),
        }
    }
    Ok(headers)
}

fn proof(proof: &Proof, key: &Key) -> (String, String) {
    let key = key.reveal();
    let authorization = |value: String| ("Authorization".to_owned(), value);
    match proof {
        Proof::Bearer => authorization(format!("Bearer {key}")),
        Proof::Header { name } => (name.clone(), key.to_owned()),
        Proof::Basic { password } => {
            let both = BASE64_STANDARD.encode(format!("{key}:{password}"));
            authorization(format!("Basic {both}"))
        }
        Proof::Oauth(oauth) => authorization(format!("{} {key}", oauth.scheme)),
    }
}

/// What is posted, with the page in it.
fn body(
    shape: &Value,
    fill: &Fill<'_>,
    paged: Option<(&Paging, &str)>,
) -> Result<Vec<u8>, Misconfigured> {
    let mut body = template::body(shape, fill).map_err(unfilled)?;
    if let (Some((parameter, mark)), Some(fields)) =
        (paged.and_then(parameter), body.as_object_mut())
    {
        insert(fields, parameter, mark);
    }
    Ok(body.to_string().into_bytes())
}

fn insert(fields: &mut Map<String, Value>, parameter: &str, mark: &str) {
    let number = mark.parse::<u64>().map(Value::from);
    fields.insert(parameter.to_owned(), number.unwrap_or_else(|_| mark.into()));
}

/// The parameter that names the page.
fn parameter<'a>((paging, mark): (&'a Paging, &'a str)) -> Option<(&'a str, &'a str)> {
    match paging {
        Paging::Number { parameter, .. }
        | Paging::Offset { parameter, .. }
        | Paging::Cursor { parameter, .. }
        | Paging::After { parameter, .. } => Some((parameter, mark)),
        Paging::Link { .. } | Paging::LinkHeader => None,
    }
}

fn query(
    asked: &Asked,
    fill: &Fill<'_>,
    paged: Option<(&Paging, &str)>,
) -> Result<String, Misconfigured> {
    let page = paged.and_then(parameter);
    let mut pairs = Vec::new();
    let mut add = |name: &str, value: &str| {
        pairs.push(format!("{}={}", escaped(name), escaped(value)));
    };
    for (name, value) in &asked.query {
        if page.is_none_or(|(paged, _)| paged != name) {
            add(name, &value.plain(fill).map_err(unfilled)?);
        }
    }
    if let Some((name, value)) = page {
        add(name, value);
    }
    if pairs.is_empty() {
        Ok(String::new())
    } else {
        Ok(format!("?{}", pairs.join("&")))
    }
}

/// The path of a list, without its query: a link to its next page has the same.
pub(super) fn path(asked: &Asked, place: &Place<'_>, question: &Question) -> Option<String> {
    let fill = |slot| filling(place, question, slot);
    Template::path(&asked.path, &fill).ok()
}
