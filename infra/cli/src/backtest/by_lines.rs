//! Last year's invoices and payments as a billing system of one's own tells them: an event a line.

use dunning::policy::Source;
use dunning::value::SourceName;
use jiff::Timestamp;
use serde::Deserialize;
use sources::{Request, Tool, Translation};

use super::told::{Told, Year};

/// What tells such events.
const TOOL: &str = "standard-webhooks";
/// Where its webhooks say the id of an event.
const ID: &str = "webhook-id";

/// What stands around an event.
#[derive(Deserialize)]
struct Envelope {
    timestamp: Instant,
    /// When it was told, if that was later than it happened.
    told_at: Option<Timestamp>,
}

/// As webhooks write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Instant {
    Text(Timestamp),
    Seconds(i64),
}

/// Reads an event out of each line.
pub(super) fn read(text: &str, source: &SourceName, settings: &Source) -> Year {
    let tool = Tool::builtin(TOOL).expect("it is built in");
    let (mut told, mut bad) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        match read_line(&tool, (number, line), source, settings) {
            Ok(events) => told.extend(events),
            Err(why) => bad.push(format!("line {number}: {why}")),
        }
    }
    Year::of(told, bad)
}

fn read_line(
    tool: &Tool,
    (number, line): (usize, &str),
    source: &SourceName,
    settings: &Source,
) -> Result<Vec<Told>, String> {
    let envelope: Envelope = serde_json::from_str(line).map_err(|why| why.to_string())?;
    let happened = match envelope.timestamp {
        Instant::Text(at) => at,
        Instant::Seconds(seconds) => {
            Timestamp::from_second(seconds).map_err(|why| why.to_string())?
        }
    };
    let at = envelope.told_at.unwrap_or(happened);
    if at < happened {
        return Err(format!("told_at is {at}, before it happened"));
    }
    let id = format!("line-{number}");
    let headers = [(ID, id.as_str())];
    let request = Request::new(&headers, line.as_bytes());
    let said = tool.translate_unverified_of(request, at, settings, source);
    let mut told = Vec::new();
    for said in said.map_err(|why| why.to_string())? {
        match said.map_err(|nonsense| nonsense.to_string())? {
            Translation::OtherMode { mode, .. } => {
                return Err(format!("is of the {} mode", mode.as_str()));
            }
            Translation::Ignored { .. } => {}
            what => told.push(Told { at, what }),
        }
    }
    Ok(told)
}
