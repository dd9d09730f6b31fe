//! What a newer version stored and this one has no name for.

use std::cmp::Ordering;
use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A stored value as it was read. It is kept, and written again as it was: whoever goes one version
/// back loses nothing of what the newer one knew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Newer(Value);

impl Newer {
    /// What the newer version calls it: of a state with data, the state's name.
    fn name(&self) -> Option<&str> {
        match &self.0 {
            Value::String(name) => Some(name),
            Value::Object(state) if state.len() == 1 => state.keys().next().map(String::as_str),
            _ => None,
        }
    }

    /// A state without data.
    pub(crate) fn named(name: &str) -> Self {
        Self(Value::String(name.to_owned()))
    }

    /// Reads a state that has none of the names that this version reads in every form. One that has, and
    /// could not be read, is no newer state but a broken one.
    pub(crate) fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        known: &[&str],
    ) -> Result<Self, D::Error> {
        let newer = Self::deserialize(deserializer)?;
        match newer.name() {
            Some(name) if !known.contains(&name) => Ok(newer),
            Some(name) => Err(D::Error::custom(format!("`{name}` cannot be read"))),
            None => Err(D::Error::custom("it has no name")),
        }
    }
}

impl fmt::Display for Newer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().unwrap_or("?"))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn newer(stored: &str) -> Newer {
        serde_json::from_str(stored).unwrap()
    }

    #[test]
    fn what_a_newer_version_stored_is_called_by_its_name_alone() {
        assert_eq!(newer(r#""disputed""#).to_string(), "disputed");
        assert_eq!(newer(r#"{"disputed":{"by":"x"}}"#).to_string(), "disputed");
        assert_eq!(newer("{}").to_string(), "?");
        assert_eq!(newer("7").to_string(), "?");
    }

    #[test]
    fn what_a_newer_version_stored_is_written_again_as_it_was() {
        for stored in [r#""disputed""#, r#"{"disputed":{"by":"x"}}"#, "7"] {
            assert_eq!(serde_json::to_string(&newer(stored)).unwrap(), stored);
        }
    }

    #[test]
    fn any_two_things_of_a_newer_version_have_an_order() {
        let (one, other) = (newer(r#""a""#), newer(r#""b""#));
        assert_eq!(one.cmp(&other), Ordering::Less);
        assert_eq!(other.cmp(&one), Ordering::Greater);
        assert_eq!(one.partial_cmp(&one.clone()), Some(Ordering::Equal));
        assert!(one < other);
    }
}
