//! Objects of texts, as tools keep them for their users: metadata and tags.

use std::fmt;

use dunning::billing::Tags;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::line::text;

/// Names with a text each, in their order. A number or a truth value counts as its text, a list of such as its
/// texts; what is deeper than that says nothing. Some languages write an empty object as an empty list.
#[derive(Debug, Default)]
pub(crate) struct Texts(pub(crate) Vec<(String, String)>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if let (Some(name), Some(said)) = (text(Some(name)), said(&value)) {
                        texts.push((name, said));
                    }
                }
                Ok(Texts(texts))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                match list.next_element::<Value>()? {
                    None => Ok(Texts::default()),
                    Some(_) => Err(serde::de::Error::custom(
                        "is a list, not an object of texts",
                    )),
                }
            }
        }
        deserializer.deserialize_any(Read)
    }
}

fn said(value: &Value) -> Option<String> {
    let said = match value {
        Value::String(said) => said.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Array(list) => {
            let each = list.iter().filter(|value| !value.is_array());
            let each: Vec<String> = each.filter_map(said).collect();
            each.join(", ")
        }
        Value::Null | Value::Object(_) => return None,
    };
    Some(text(Some(said)).unwrap_or_default())
}

impl Texts {
    pub(crate) fn into_tags(self) -> Tags {
        Tags::of(self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_is_a_text_or_can_be_counts_and_what_is_deeper_says_nothing() {
        let told = json!({
            "tier": " gold\n", "vip": true, "limit": 12.50, "groups": ["a", 2, {}], "none": null, "deep": { "a": 1 },
            "": "nameless", "label": "",
        });
        let texts = Texts::deserialize(&told).unwrap().into_tags();
        let texts: Vec<_> = texts.iter().collect();
        let wanted = [
            ("groups", "a, 2"),
            ("label", ""),
            ("limit", "12.5"),
            ("tier", "gold"),
            ("vip", "true"),
        ];
        assert_eq!(texts, wanted);
        assert!(Texts::deserialize(&json!([])).unwrap().0.is_empty());
        for bad in [json!("gold"), json!(["gold"]), json!(7)] {
            assert!(Texts::deserialize(&bad).is_err(), "{bad}");
        }
    }
}
