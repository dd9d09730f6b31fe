//! What a newer version stored and this one has no name for goes along when the item is written again.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

type Item = HashMap<String, AttributeValue>;

/// The index's own attributes: whoever writes an item says anew when it is to be looked at.
const INDEXED: [&str; 2] = ["late_shard", "next_action_at"];

/// Adds to `new` what stands in `read` but not in `understood`, which is the same item as this version
/// would have written it: so whatever is missing there is what it has no name for.
///
/// A field goes along as long as the map that it stands in is still there. Of a list, the maps that have
/// the same `id` are the same.
pub(crate) fn keep_unknown(read: &Item, understood: &Item, new: &mut Item) {
    for (name, value) in read {
        if INDEXED.contains(&name.as_str()) {
            continue;
        }
        match (understood.get(name), new.get_mut(name)) {
            (None, None) => {
                new.insert(name.clone(), value.clone());
            }
            (Some(understood), Some(new)) => keep_inside(value, understood, new),
            // It was taken away, or came since.
            (Some(_), None) | (None, Some(_)) => {}
        }
    }
}

fn keep_inside(read: &AttributeValue, understood: &AttributeValue, new: &mut AttributeValue) {
    use AttributeValue::{L, M};
    match (read, understood, new) {
        (M(read), M(understood), M(new)) => keep_unknown(read, understood, new),
        (L(read), L(understood), L(new)) => {
            for element in new {
                let (Some(read), Some(understood)) =
                    (like(read, element), like(understood, element))
                else {
                    continue;
                };
                keep_inside(read, understood, element);
            }
        }
        _ => {}
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

    fn item(value: &Value) -> Item {
        serde_dynamo::to_item(value).unwrap()
    }

    fn kept(read: &Value, understood: &Value, new: &Value) -> Value {
        let mut new = item(new);
        keep_unknown(&item(read), &item(understood), &mut new);
        serde_dynamo::from_item(new).unwrap()
    }

    #[test]
    fn a_field_without_a_name_goes_along_at_every_depth() {
        let read =
            json!({ "v": 1, "x": 1, "in": { "a": 1, "y": [1] }, "steps": [{ "id": "s", "z": 2 }] });
        let understood = json!({ "v": 1, "in": { "a": 1 }, "steps": [{ "id": "s" }] });
        let new = json!({ "v": 2, "in": { "a": 2 }, "steps": [{ "id": "r" }, { "id": "s" }] });
        let wanted = json!({
            "v": 2, "x": 1, "in": { "a": 2, "y": [1] }, "steps": [{ "id": "r" }, { "id": "s", "z": 2 }],
        });
        assert_eq!(kept(&read, &understood, &new), wanted);
    }

    #[test]
    fn what_was_taken_away_or_became_another_state_does_not_come_back() {
        let read = json!({ "paused": { "until": null, "by": "x" }, "state": { "mailed": { "heard": 1 } } });
        let understood = json!({ "paused": { "until": null }, "state": { "mailed": {} } });
        let new = json!({ "state": { "planned": {} } });
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
    fn the_index_says_what_this_version_says() {
        let read = json!({ "late_shard": "LATE#1", "next_action_at": "2027", "v": 1 });
        assert_eq!(
            kept(&read, &json!({ "v": 1 }), &json!({ "v": 2 })),
            json!({ "v": 2 })
        );
    }
}
