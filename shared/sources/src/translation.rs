//! What became of a webhook that is to be trusted.

use dunning::facts::Event;
use dunning::ids::{EventId, Mode, SourceName};
use dunning::policy;
use jaq_core::ValT;
use jaq_json::Val;

use crate::canonical::{self, Around, BadField, Said};
use crate::filter::Filter;
use crate::head::Head;
use crate::signature::Verified;
use crate::sound;

/// A tool's event, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Translation {
    /// It says something about an invoice.
    Event(Box<Event>),
    /// It says nothing about an invoice, or its kind is not known: acknowledge it.
    Ignored {
        /// The tool's name for what happened.
        kind: String,
    },
    /// A test-mode event on a live source, or the reverse: acknowledge it, keep it out, say so.
    OtherMode {
        /// The tool's name for what happened.
        kind: String,
        /// The tool's id of the event.
        event: EventId,
        /// The mode it is of.
        mode: Mode,
    },
}

/// Why a signed body did not become an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untranslatable {
    /// Not JSON: the sender is at fault, and hears it.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// JSON of a kind we know that makes no sense: it goes to the inbox, for a person to look at.
    #[error("{0}")]
    Nonsense(Box<Nonsense>),
}

/// An event that ought to be understood and is not.
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

pub(crate) fn translate(
    head: &Head,
    filter: &Filter,
    verified: Verified<'_>,
    config: &policy::Source,
    source: &SourceName,
) -> Result<Translation, Untranslatable> {
    let body = verified.body();
    sound::check(body).map_err(|why| not_json(&why))?;
    let input = jaq_json::read::parse_single(body).map_err(|why| not_json(&why))?;
    let event = text_at(&input, &head.event.id).map(EventId::parse);
    let kind = text_at(&input, &head.event.kind).unwrap_or_else(|| NAMELESS.to_owned());
    let kind: String = kind.chars().take(100).collect();
    let nonsense = |BadField { field, why }| {
        Untranslatable::Nonsense(Box::new(Nonsense {
            event: event.clone().and_then(Result::ok),
            kind: kind.clone(),
            field,
            why,
        }))
    };

    let Some(output) = only_output(filter, input).map_err(nonsense)? else {
        return Ok(Translation::Ignored { kind });
    };
    let id = event.clone().map_or_else(
        || Err(nonsense(BadField::new("id", "is missing"))),
        |id| id.map_err(|why| nonsense(BadField::new("id", why.to_string()))),
    )?;
    let mode = canonical::read_mode(&output).map_err(nonsense)?;
    if mode != config.mode {
        return Ok(Translation::OtherMode {
            kind,
            event: id,
            mode,
        });
    }
    let around = Around {
        id,
        kind: kind.clone(),
        source,
        time_zone: config.time_zone.get(),
        amounts: &head.amounts,
    };
    canonical::read::<Said>(&output)
        .and_then(|said| said.into_event(around))
        .map(|event| Translation::Event(Box::new(event)))
        .map_err(nonsense)
}

/// The text that stands where a JSON pointer shows.
fn text_at(json: &Val, pointer: &str) -> Option<String> {
    let found = pointer
        .split('/')
        .skip(1) // before the first slash is nothing
        .try_fold(json.clone(), |value, key| {
            value.index(&Val::from(key.to_owned())).ok()
        })?;
    match found {
        Val::TStr(text) => String::from_utf8(text.to_vec()).ok(),
        _ => None,
    }
}

fn not_json(why: &dyn std::fmt::Display) -> Untranslatable {
    Untranslatable::NotJson(why.to_string())
}

/// The one thing that the filter says, if it says anything.
fn only_output(filter: &Filter, input: Val) -> Result<Option<serde_json::Value>, BadField> {
    let mut outputs = filter.run(input);
    let Some(output) = outputs.next() else {
        return Ok(None);
    };
    let output = output.map_err(|why| BadField::new("filter", format!("failed: {why}")))?;
    if outputs.next().is_some() {
        return Err(BadField::new("filter", "says more than one thing"));
    }
    // By way of text, which keeps what jaq can say and JSON cannot from passing.
    serde_json::from_str(&output.to_string())
        .map(Some)
        .map_err(|why| BadField::new("filter", format!("says what is not JSON: {why}")))
}
