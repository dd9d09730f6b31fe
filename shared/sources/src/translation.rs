//! What became of a webhook that is to be trusted.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use dunning::billing::{By, InvoiceEvent, Reversals};
use dunning::policy;
use dunning::value::{EventId, SourceName};
use jaq_core::ValT;
use jaq_json::Val;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::around::Around;
use crate::bad_field::BadField;
use crate::error::Misconfigured;
use crate::filter::{self, Filter};
use crate::form;
use crate::json;
use crate::manifest::{Amounts, BodyForm, Locator, Manifest};
use crate::meaning::{self, BadEvent, Translation, Understood, shortened};
use crate::request::Request;
use crate::silence::silences;

/// What one request says: of each thing, what it is or why it makes no sense. Never empty.
pub type Translations = Vec<Result<Translation, Box<Nonsense>>>;

/// Why a trusted body did not become events at all.
#[derive(Debug, thiserror::Error)]
pub enum Untranslatable {
    /// Not JSON, or not a form: the sender is at fault, and hears it.
    #[error("the body is not {expected}: {why}")]
    Unreadable {
        /// What the tool sends.
        expected: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The filter cannot be used.
    #[error(transparent)]
    Misconfigured(#[from] Misconfigured),
}

/// An event that ought to be understood and is not, or a wish in its metadata that nobody can read, and that holds
/// what it is about: it goes to the inbox, for a person to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {field} {why}")]
pub struct Nonsense {
    /// The tool's id of the event, if it has a usable one.
    pub event: Option<EventId>,
    /// The tool's name for what happened.
    pub kind: String,
    /// What makes no sense, by its name in our words, as `invoice.remaining`; or `filter`.
    pub field: String,
    /// Why.
    pub why: String,
}

/// What stands for the name of an event that has none.
const NAMELESS: &str = "(no name)";

/// What stands in the journal where a person said it.
const BY_HAND: &str = "brought in by hand";

/// More events than any tool puts in one request.
const MOST_EVENTS: usize = 1000;

/// What a body says, as the filter says it, with what the manifest knows of it.
pub(crate) struct Told {
    pub(crate) id: Result<EventId, BadField>,
    pub(crate) kind: String,
    pub(crate) outputs: Vec<Result<serde_json::Value, BadField>>,
}

fn told(
    manifest: &Manifest,
    filter: &Filter,
    request: &Request<'_>,
    zone: &TimeZone,
) -> Result<Told, Untranslatable> {
    filter::apart(|| {
        let input = match manifest.event.body {
            BodyForm::Json => json::read(request.body).map_err(|why| ("JSON", why)),
            BodyForm::Form => form::parse(request.body).map_err(|why| ("a form", why)),
        };
        let input =
            input.map_err(|(expected, why)| Untranslatable::Unreadable { expected, why })?;
        let kind = manifest.event.kind.as_ref();
        let kind = kind.and_then(|place| text_at(place, &input, request));
        Ok(Told {
            id: id(manifest, &input, request),
            kind: shortened(&kind.unwrap_or_else(|| NAMELESS.to_owned())),
            outputs: outputs_of(filter, input, zone),
        })
    })
}

fn read(manifest: &Manifest, request: &Request<'_>) -> Result<Val, Untranslatable> {
    let input = match manifest.event.body {
        BodyForm::Json => json::read(request.body).map_err(|why| ("JSON", why)),
        BodyForm::Form => form::parse(request.body).map_err(|why| ("a form", why)),
    };
    input.map_err(|(expected, why)| Untranslatable::Unreadable { expected, why })
}

/// A delivery as its events name it.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its id, if it has a usable one. Several events of it have numbers behind it.
    pub id: Option<EventId>,
    /// As its facts name it.
    pub by: By,
}

pub(crate) fn named(
    request: &Request<'_>,
    manifest: &Manifest,
    source: &SourceName,
) -> Result<Named, Untranslatable> {
    let input = read(manifest, request)?;
    let id = id(manifest, &input, request).ok();
    Ok(Named {
        by: by(id.as_ref(), manifest, request, source),
        id,
    })
}

/// A delivery without an id is known by its bytes.
fn by(id: Option<&EventId>, manifest: &Manifest, request: &Request<'_>, source: &SourceName) -> By {
    let id = id.map_or_else(|| digest(request.body), ToString::to_string);
    By::delivery(&format!("{source} {id}"), manifest.translation)
}

fn id(manifest: &Manifest, input: &Val, request: &Request<'_>) -> Result<EventId, BadField> {
    let id =
        text_at(&manifest.event.id, input, request).ok_or_else(|| match &manifest.event.id {
            Locator::Header(name) => BadField::new("id", format!("is missing: the header {name}")),
            Locator::Pointer(_) | Locator::Digest => BadField::new("id", "is missing"),
        })?;
    EventId::parse(id).map_err(|why| BadField::new("id", why.to_string()))
}

/// No more than can be meant, and nothing after a failure: a filter that failed may go on failing.
pub(crate) fn outputs_of(
    filter: &Filter,
    input: Val,
    zone: &TimeZone,
) -> Vec<Result<serde_json::Value, BadField>> {
    let mut outputs = Vec::new();
    filter.run(input, zone, |output| {
        if outputs.len() == MOST_EVENTS {
            let why = format!("says more than {MOST_EVENTS} things");
            outputs.push(Err(BadField::new("filter", why)));
            return ControlFlow::Break(());
        }
        let failed = output.is_err();
        outputs.push(said(output));
        if failed {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    outputs
}

pub(crate) fn translate(
    request: &Request<'_>,
    came_at: Option<Timestamp>,
    (manifest, filter): (&Manifest, &Filter),
    config: &policy::Source,
    source: &SourceName,
) -> Result<Translations, Untranslatable> {
    let told = told(manifest, filter, request, config.time_zone.get())?;
    let by = by(told.id.as_ref().ok(), manifest, request, source);
    Ok(understood(told, by, came_at, manifest, config, source))
}

/// Each thing that is said, or why it makes no sense.
pub(crate) fn understood(
    told: Told,
    by: By,
    came_at: Option<Timestamp>,
    manifest: &Manifest,
    config: &policy::Source,
    source: &SourceName,
) -> Translations {
    let zone = config.time_zone.get();
    let Told { id, kind, outputs } = told;
    if outputs.is_empty() {
        return vec![Ok(Translation::Ignored { kind })];
    }
    let several = outputs.len() > 1;
    let translate = |(index, output): (usize, Result<serde_json::Value, BadField>)| {
        let id = match &id {
            // Several events of one request have one name each.
            Ok(id) if several => EventId::parse(format!("{id}/{index}"))
                .map_err(|why| BadField::new("id", why.to_string())),
            id => id.clone(),
        };
        let around = Around {
            id,
            kind: kind.clone(),
            source,
            mode: config.mode,
            time_zone: zone,
            came_at,
            amounts: &manifest.amounts,
            reversals: manifest.reversals,
            by,
        };
        let said = match &output {
            Ok(output) => meaning::translate(output, &around),
            Err(bad) => Err(BadEvent {
                id: around.id.as_ref().ok().cloned(),
                kind: kind.clone(),
                bad: bad.clone(),
            }),
        };
        let silences = match (&output, &said) {
            (Ok(output), Err(bad)) => silences(output, bad, &around),
            _ => Vec::new(),
        };
        let (said, wrong) = match said {
            Ok(Understood { said, unclear }) => {
                let (id, kind) = (around.id.ok(), around.kind);
                let told = |bad| nonsense(id.clone(), kind.clone(), bad);
                (Some(said), unclear.into_iter().map(told).collect())
            }
            Err(BadEvent { id, kind, bad }) => (None, vec![nonsense(id, kind, bad)]),
        };
        let told = silences.into_iter().chain(said).map(Ok);
        told.chain(wrong.into_iter().map(|wrong| Err(Box::new(wrong))))
    };
    let mut said: Translations = outputs
        .into_iter()
        .enumerate()
        .flat_map(translate)
        .collect();
    tell_apart(&mut said);
    said
}

/// What a person says of an invoice, in our words.
pub(crate) fn by_hand(
    said: &serde_json::Value,
    (id, by): (EventId, By),
    reversals: Reversals,
    config: &policy::Source,
    source: &SourceName,
) -> Result<InvoiceEvent, Box<Nonsense>> {
    let around = Around {
        id: Ok(id.clone()),
        kind: BY_HAND.to_owned(),
        source,
        mode: config.mode,
        time_zone: config.time_zone.get(),
        came_at: None,
        amounts: &Amounts::in_major_units(),
        reversals,
        by,
    };
    let nonsense = |bad| Box::new(nonsense(Some(id.clone()), BY_HAND.to_owned(), bad));
    let understood = meaning::translate(said, &around).map_err(|bad| nonsense(bad.bad))?;
    if let Some(unclear) = understood.unclear.into_iter().next() {
        return Err(nonsense(unclear));
    }
    match understood.said {
        Translation::Invoice(event) => Ok(*event),
        _ => Err(nonsense(BadField::new("invoice", "is missing"))),
    }
}

fn nonsense(event: Option<EventId>, kind: String, bad: BadField) -> Nonsense {
    Nonsense {
        event,
        kind,
        field: bad.field,
        why: bad.why,
    }
}

/// A filter may give several events of one delivery the same id, and each is an event of its own.
fn tell_apart(said: &mut Translations) {
    let mut used = BTreeSet::new();
    for (index, said) in said.iter_mut().enumerate() {
        let Some(id) = said.as_mut().ok().and_then(Translation::id_mut) else {
            continue;
        };
        if !used.insert(id.clone())
            && let Ok(other) = EventId::parse(format!("{id}/{index}"))
        {
            *id = other;
        }
    }
}

/// What the filter says, as JSON.
pub(crate) fn outputs(
    request: &Request<'_>,
    manifest: &Manifest,
    filter: &Filter,
    config: &policy::Source,
) -> Result<Vec<Result<serde_json::Value, String>>, Untranslatable> {
    let zone = config.time_zone.get();
    let outputs = told(manifest, filter, request, zone)?.outputs.into_iter();
    Ok(outputs
        .map(|output| output.map_err(|BadField { why, .. }| why))
        .collect())
}

/// Half of it is as good as unique, and leaves room for the number of an event in a batch.
fn digest(body: &[u8]) -> String {
    hex::encode(&Sha256::digest(body)[..16])
}

/// The text that stands there; a number counts as its text.
fn text_at(place: &Locator, input: &Val, request: &Request<'_>) -> Option<String> {
    let pointer = match place {
        Locator::Digest => return Some(digest(request.body)),
        Locator::Header(name) => return request.header(name).ok()?.map(str::to_owned),
        Locator::Pointer(pointer) => pointer,
    };
    text_at_pointer(pointer, input)
}

/// The value that stands there.
pub(crate) fn value_at(pointer: &str, input: &Val) -> Option<Val> {
    pointer
        .split('/')
        .skip(1) // before the first slash is nothing
        .try_fold(input.clone(), |value, key| match &value {
            Val::Arr(list) => list.get(key.parse::<usize>().ok()?).cloned(),
            _ => value.index(&Val::from(key.to_owned())).ok(),
        })
}

/// The text that stands there; a number counts as its text.
pub(crate) fn text_at_pointer(pointer: &str, input: &Val) -> Option<String> {
    match value_at(pointer, input)? {
        Val::TStr(text) => String::from_utf8(text.to_vec()).ok(),
        number @ Val::Num(_) => Some(number.to_string()),
        _ => None,
    }
}

/// By way of text, which keeps what jaq can say and JSON cannot from passing.
fn said(output: Result<Val, String>) -> Result<serde_json::Value, BadField> {
    let output = output.map_err(|why| BadField::new("filter", format!("failed: {why}")))?;
    serde_json::from_str(&output.to_string())
        .map_err(|why| BadField::new("filter", format!("says what is not JSON: {why}")))
}
