//! What a newer version stored and this one has no name for goes along when the item is written again.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// An item that is written again.
pub(crate) struct Rewrite<'a> {
    /// As it was read.
    pub(crate) read: &'a Attributes,
    /// The same, as this version would have written it: what is missing there has no name here.
    pub(crate) understood: &'a Attributes,
    /// The maps that are changed field by field, by their paths (`value.steps.*`: each element of a list
    /// by its `id`, or of a map). All else is a fact, and is replaced whole.
    pub(crate) vessels: &'a [&'a str],
}

impl Rewrite<'_> {
    /// Adds to an item in the same place what this version has no name for.
    pub(crate) fn keep(&self, new: &mut Attributes) {
        self.keep_in_map("", self.read, self.understood, new);
    }

    /// The same for an item in another place: what stood beside its value belongs to the old one.
    pub(crate) fn keep_value(&self, new: &mut Attributes) {
        let named = |name: &str| name == "value";
        let read = self.read.iter().filter(|(name, _)| named(name));
        let read = read.map(|(name, value)| (name.clone(), value.clone()));
        self.keep_in_map("", &read.collect(), self.understood, new);
    }

    fn keep_in_map(&self, at: &str, read: &Attributes, known: &Attributes, new: &mut Attributes) {
        let nothing = AttributeValue::M(HashMap::new());
        for (name, read) in read {
            let path = join(at, name);
            match (known.get(name), new.get_mut(name)) {
                (None, None) => {
                    new.insert(name.clone(), read.clone());
                }
                (Some(known), Some(new)) => self.keep_inside(&path, read, known, new),
                // A map that this version leaves out while it is empty was an empty one.
                (None, Some(new)) if self.is_vessel(&path) => {
                    self.keep_inside(&path, read, &nothing, new);
                }
                // It was taken away, or came since.
                (Some(_), None) | (None, Some(_)) => {}
            }
        }
    }

    fn keep_inside(
        &self,
        path: &str,
        read: &AttributeValue,
        known: &AttributeValue,
        new: &mut AttributeValue,
    ) {
        use AttributeValue::{L, M};
        if known == new {
            *new = read.clone();
            return;
        }
        if !self.is_vessel(path) {
            return;
        }
        match (read, known, new) {
            (M(read), M(known), M(new)) => self.keep_in_map(path, read, known, new),
            (L(read), L(known), L(new)) => {
                let path = join(path, "*");
                for element in new {
                    if let (Some(read), Some(known)) = (like(read, element), like(known, element)) {
                        self.keep_inside(&path, read, known, element);
                    }
                }
            }
            _ => {}
        }
    }

    fn is_vessel(&self, path: &str) -> bool {
        let any = path.rsplit_once('.').map(|(map, _)| join(map, "*"));
        self.vessels
            .iter()
            .any(|vessel| *vessel == path || any.as_deref() == Some(vessel))
    }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() {
        name.to_owned()
    } else {
        format!("{at}.{name}")
    }
}

/// The element of a list that has the same `id`.
fn like<'a>(list: &'a [AttributeValue], element: &AttributeValue) -> Option<&'a AttributeValue> {
    let id = |value: &AttributeValue| value.as_m().ok()?.get("id").cloned();
    let wanted = id(element)?;
    list.iter()
        .find(|known| id(known).as_ref() == Some(&wanted))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const VESSELS: [&str; 6] = ["in", "in.told", "in.apart", "claims", "claims.*", "steps.*"];

    fn item(value: &Value) -> Attributes {
        serde_dynamo::to_item(value).unwrap()
    }

    fn kept(read: &Value, understood: &Value, new: &Value) -> Value {
        let mut new = item(new);
        let rewrite = Rewrite {
            read: &item(read),
            understood: &item(understood),
            vessels: &[&VESSELS[..], &["steps"]].concat(),
        };
        rewrite.keep(&mut new);
        serde_dynamo::from_item(new).unwrap()
    }

    #[test]
    fn a_field_without_a_name_goes_along_at_every_depth() {
        let read = json!({ "v": 1, "x": 1, "in": { "a": 1, "y": [1] }, "steps": [{ "id": "s", "at": 1, "z": 2 }], "claims": { "c": { "d": 1, "w": 1 } } });
        let understood = json!({ "v": 1, "in": { "a": 1 }, "steps": [{ "id": "s", "at": 1 }], "claims": { "c": { "d": 1 } } });
        let new = json!({ "v": 2, "in": { "a": 2 }, "steps": [{ "id": "r" }, { "id": "s", "at": 2 }], "claims": { "c": { "d": 2 } } });
        let wanted = json!({
            "v": 2, "x": 1, "in": { "a": 2, "y": [1] }, "steps": [{ "id": "r" }, { "id": "s", "at": 2, "z": 2 }],
            "claims": { "c": { "d": 2, "w": 1 } },
        });
        assert_eq!(kept(&read, &understood, &new), wanted);
    }

    #[test]
    fn what_is_unchanged_stays_to_the_letter_and_what_is_replaced_leaves_nothing_behind() {
        let read = json!({ "latest": { "amount": 5, "told_by": "evt_1" }, "ended": { "at": 1, "told_by": "evt_0" } });
        let understood = json!({ "latest": { "amount": 5 }, "ended": { "at": 1 } });
        let new = json!({ "latest": { "amount": 3 }, "ended": { "at": 1 } });
        let wanted = json!({ "latest": { "amount": 3 }, "ended": { "at": 1, "told_by": "evt_0" } });
        assert_eq!(kept(&read, &understood, &new), wanted);
    }

    #[test]
    fn a_map_that_was_left_out_while_it_was_empty_keeps_what_a_newer_version_put_there() {
        let read = json!({ "in": { "apart": { "withdrawn": 1 } } });
        let understood = json!({ "in": {} });
        let with_a_movement = json!({ "in": { "apart": { "movements": 1 } } });
        let wanted = json!({ "in": { "apart": { "movements": 1, "withdrawn": 1 } } });
        assert_eq!(kept(&read, &understood, &with_a_movement), wanted);
        let with_another_field = json!({ "in": { "b": 1 } });
        let wanted = json!({ "in": { "b": 1, "apart": { "withdrawn": 1 } } });
        assert_eq!(kept(&read, &understood, &with_another_field), wanted);
    }

    #[test]
    fn what_was_taken_away_or_became_another_state_does_not_come_back() {
        let read = json!({ "paused": { "until": null, "by": "x" }, "state": { "mailed": { "heard": 1 } }, "claims": { "c": { "w": 1 } } });
        let understood = json!({ "paused": { "until": null }, "state": { "mailed": {} }, "claims": { "c": {} } });
        let new = json!({ "state": { "planned": {} }, "claims": {} });
        assert_eq!(kept(&read, &understood, &new), new);
    }

    #[test]
    fn an_older_form_of_a_field_is_replaced() {
        let read = json!({ "released": { "at": "2027" } });
        let understood = json!({ "released": "2027" });
        let new = json!({ "released": "2028" });
        assert_eq!(kept(&read, &understood, &new), new);
    }

    #[test]
    fn in_another_place_only_the_value_goes_along() {
        let read =
            json!({ "late_shard": "LATE#1", "expires_at": 5, "x": 1, "value": { "a": 1, "y": 1 } });
        let understood = json!({ "value": { "a": 1 } });
        let mut new = item(&json!({ "value": { "a": 2 } }));
        let rewrite = Rewrite {
            read: &item(&read),
            understood: &item(&understood),
            vessels: &["value"],
        };
        rewrite.keep_value(&mut new);
        let new: Value = serde_dynamo::from_item(new).unwrap();
        assert_eq!(new, json!({ "value": { "a": 2, "y": 1 } }));
    }
}
