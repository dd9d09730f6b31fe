//! Where a list goes on, by what an answer says of it.

use jaq_json::Val;
use sha2::{Digest, Sha256};

use super::answer::Answer;
use super::error::AskError;
use super::manifest::{AskManifest, Asked, Paging};
use super::page::Page;
use super::question::{Place, Question};
use super::request;
use crate::translation::{text_at_pointer, value_at};

/// Where a link may lead: the host that is asked, and the list's own path.
pub(super) struct Road {
    origin: String,
    path: String,
}

impl Road {
    pub(super) fn of(
        ask: &AskManifest,
        asked: &Asked,
        place: &Place<'_>,
        question: &Question,
    ) -> Option<Self> {
        let base = request::base(ask, place).ok()?;
        let path = request::path(asked, place, question)?;
        Some(Self {
            origin: base.origin().to_owned(),
            path: format!("{}{path}", &base.as_str()[base.origin().len()..]),
        })
    }

    /// What stands behind the host, if the link leads on.
    fn mark(&self, link: &str) -> Result<String, AskError> {
        let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | '#' | '"' | '<' | '>');
        let behind = link.strip_prefix(&self.origin).unwrap_or(link);
        let query = behind.strip_prefix(&self.path);
        let leads_on = query.is_some_and(|query| query.starts_with('?'));
        if leads_on && behind.chars().all(is_plain) {
            Ok(behind.to_owned())
        } else {
            Err(AskError::Redirected)
        }
    }
}

fn is_true(pointer: &str, body: &Val) -> bool {
    match value_at(pointer, body) {
        Some(Val::Bool(is)) => is,
        Some(Val::TStr(text)) => text.as_ref().as_ref() == b"true",
        _ => false,
    }
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// A page that shows nothing is like no other.
fn shown(page: Option<&Page>, items: &[Val]) -> String {
    let mut digest = Sha256::new();
    for item in items {
        digest.update(item.to_string());
        digest.update([0]);
    }
    if items.is_empty() {
        digest.update(page.map_or("", Page::mark));
    }
    hex::encode(&digest.finalize()[..16])
}

/// The page after that one, if there is one.
pub(super) fn page(
    paging: &Paging,
    asked: Option<&Page>,
    body: &Val,
    items: &[Val],
    answer: &Answer<'_>,
    road: &dyn Fn() -> Option<Road>,
) -> Result<Option<Page>, AskError> {
    let at = |first: u32| asked.map_or(Some(first), |page| number(page.mark()));
    let link = |link: &str| road().ok_or(AskError::Redirected)?.mark(link);
    let mark = match paging {
        Paging::Number {
            first,
            more,
            last,
            size,
            ..
        } => {
            let here = at(*first).ok_or(AskError::PageRepeats)?;
            let goes_on = if let Some(more) = more {
                is_true(more, body)
            } else if let Some(last) = last {
                text_at_pointer(last, body)
                    .and_then(|last| number(&last))
                    .is_some_and(|last| last > here)
            } else {
                size.is_some_and(|size| items.len() >= size)
            };
            goes_on.then(|| here.saturating_add(1).to_string())
        }
        Paging::Offset { size, .. } => {
            let here = at(0).ok_or(AskError::PageRepeats)?;
            let shown = u32::try_from(items.len()).unwrap_or(u32::MAX);
            let goes_on = items.len() >= *size && shown > 0;
            goes_on.then(|| here.saturating_add(shown).to_string())
        }
        Paging::Cursor { next, .. } => filled(text_at_pointer(next, body)),
        Paging::Link { next, more } => {
            let goes_on = more.as_ref().is_none_or(|more| is_true(more, body));
            let next = filled(text_at_pointer(next, body)).filter(|_| goes_on);
            next.map(|next| link(&next)).transpose()?
        }
        Paging::LinkHeader => {
            let next = answer.header("link").and_then(next_of_header);
            next.map(link).transpose()?
        }
        Paging::After { id, more, .. } => {
            if is_true(more, body) {
                let last = items
                    .last()
                    .and_then(|last| filled(text_at_pointer(id, last)));
                // It goes on, and does not say from where.
                Some(last.ok_or(AskError::PageRepeats)?)
            } else {
                None
            }
        }
    };
    let Some(mark) = mark else {
        return Ok(None);
    };
    Page::after(asked, mark, shown(asked, items)).map(Some)
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// `<https://…>; rel="next", <https://…>; rel="last"`
fn next_of_header(header: &str) -> Option<&str> {
    header.split(',').find_map(|part| {
        let (link, attributes) = part.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = attributes
            .split(';')
            .any(|it| matches!(it.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then_some(link)
    })
}
