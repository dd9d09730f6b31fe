//! What a newer version stored and this one has no name for.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A stored value as it was read. It is kept, and written again as it was: whoever goes one version
/// back loses nothing of what the newer one knew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Newer(Value);

/// The name alone: of a state with data, that of the state.
impl fmt::Display for Newer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::String(name) => f.write_str(name),
            Value::Object(state) => f.write_str(state.keys().next().map_or("?", String::as_str)),
            _ => f.write_str("?"),
        }
    }
}

impl PartialOrd for Newer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By the text, so that any two have an order; it means nothing.
impl Ord for Newer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.to_string().cmp(&other.0.to_string())
    }
}
