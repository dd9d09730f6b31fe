//! Whatever stands in a field, it is read or refused by name.

use std::sync::LazyLock;

use dunning::limits::MOST_CONTACTS;
use proptest::prelude::*;
use serde_json::Value;
use sources::Translation;

use crate::read;
use crate::tools::{Payload, TOOLS, names, payload};

/// Every step of every tool that sends JSON, put together once.
static STEPS: LazyLock<Vec<(&'static str, String, Payload)>> = LazyLock::new(|| {
    let json = TOOLS.into_iter().filter(|tool| *tool != "maxio");
    let steps = json.flat_map(|tool| {
        let steps = names(tool, "steps.json").into_iter();
        steps.map(move |step| (tool, step.clone(), payload(tool, &step)))
    });
    steps.collect()
});

fn any_json() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(Value::Array(Vec::new())),
        Just(serde_json::json!({})),
        Just(serde_json::json!([{"id": 1}])),
    ]
}

/// Puts a value in the place of the leaf, or the group, that comes `at` of all.
fn replace(value: &mut Value, at: &mut usize, with: &Value) {
    if *at == 0 {
        *value = with.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|inner| replace(inner, at, with)),
        Value::Array(items) => items.iter_mut().for_each(|inner| replace(inner, at, with)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_value_in_any_field_is_read_or_refused_by_name(
        step in any::<prop::sample::Index>(),
        mut at in 0_usize..160,
        with in any_json(),
    ) {
        let (tool, name, whole) = step.get(&STEPS);
        let mut body: Value = serde_json::from_slice(&whole.body).unwrap();
        replace(&mut body, &mut at, &with);
        let changed = Payload { headers: whole.headers.clone(), body: body.to_string().into_bytes() };
        let said = read(tool, &changed);
        prop_assert!(!said.is_empty());
        for said in said {
            match said {
                Ok(Translation::Invoice(event)) => {
                    prop_assert!(event.invoice.remaining.minor >= 0, "{tool} {name}");
                    prop_assert!(event.invoice.remaining <= event.invoice.total, "{tool} {name}");
                    prop_assert!(event.invoice.instalments.is_sorted(), "{tool} {name}");
                    prop_assert!(event.invoice.contacts.len() <= MOST_CONTACTS, "{tool} {name}");
                }
                Ok(_) => {}
                Err(nonsense) => prop_assert!(!nonsense.field.is_empty(), "{tool} {name}"),
            }
        }
    }
}
