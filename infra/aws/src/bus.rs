//! EventBridge: keeps what is put on a bus, and refuses what AWS refuses.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::{Answer, Call, Refusal, text};
use crate::stack;

/// The most that one entry may hold.
const LARGEST_ENTRY: usize = 256 * 1024;
/// The most entries of one call.
const MOST_ENTRIES: usize = 10;

/// An event on a bus.
#[derive(Clone, Debug, PartialEq)]
pub struct BusEvent {
    /// When it was put there.
    pub at: Timestamp,
    /// Who put it there.
    pub source: String,
    /// What it is.
    pub detail_type: String,
    /// What it says.
    pub detail: Value,
}

/// The events on the stack's bus.
#[derive(Default)]
pub(super) struct Bus {
    pub(super) events: Vec<BusEvent>,
}

impl Bus {
    pub(super) fn answer(&mut self, call: &Call, now: Timestamp) -> Answer {
        if call.operation != "PutEvents" {
            let other = &call.operation;
            return Err(Refusal::invalid(format!(
                "The embedded EventBridge does not offer {other}"
            )));
        }
        let entries = call.input["Entries"].as_array();
        let entries = entries.filter(|entries| (1..=MOST_ENTRIES).contains(&entries.len()));
        let entries = entries.ok_or_else(|| Refusal::invalid("Entries: 1 to 10 of them"))?;
        // Each has an answer of its own, in one of 200.
        let answers: Vec<Value> = entries.iter().map(|entry| self.put(entry, now)).collect();
        let failed = answers
            .iter()
            .filter(|answer| answer.get("ErrorCode").is_some());
        Ok(json!({ "FailedEntryCount": failed.count(), "Entries": answers }))
    }

    fn put(&mut self, entry: &Value, now: Timestamp) -> Value {
        match read(entry, now) {
            Ok(event) => {
                // What is put on a bus that is not there is taken, and lost.
                self.events.extend(event);
                json!({ "EventId": format!("event-{}", self.events.len()) })
            }
            Err((code, message)) => json!({ "ErrorCode": code, "ErrorMessage": message }),
        }
    }
}

/// None where its bus is not there.
fn read(entry: &Value, now: Timestamp) -> Result<Option<BusEvent>, (&'static str, String)> {
    let member = |name: &str| {
        let said = text(entry, name)
            .map_err(|_| ("InvalidArgument", format!("Parameter {name} is not valid.")));
        said.map(str::to_owned)
    };
    let (source, detail_type, detail) =
        (member("Source")?, member("DetailType")?, member("Detail")?);
    if entry.to_string().len() > LARGEST_ENTRY {
        return Err(("InvalidArgument", "The entry is too large.".to_owned()));
    }
    let is_there = member("EventBusName")? == stack::SIGNAL_BUS;
    let detail: Option<Value> = serde_json::from_str(&detail).ok();
    let detail = detail.filter(Value::is_object);
    let detail = detail.ok_or_else(|| ("MalformedDetail", "Detail is malformed.".to_owned()))?;
    let event = BusEvent {
        at: now,
        source,
        detail_type,
        detail,
    };
    Ok(is_there.then_some(event))
}
