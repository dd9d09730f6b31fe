//! The schema that editors have knows the keys that the reader knows, and no other: the reader lists them where one is
//! unknown.

use std::collections::{BTreeMap, BTreeSet};

use dunning::policy::{Policy, SCHEMA};
use serde_json::Value;

/// A policy that has each table there is, and in each a key that nobody knows.
const NONSENSE: &str = r#"
nonsense = 1
company = { nonsense = 1, accounts = { EUR = { nonsense = 1 } } }
senders = { other = { nonsense = 1 } }
calendar = { nonsense = 1 }
limits = { nonsense = 1 }
first_contact = { nonsense = 1 }
sources = { other = { nonsense = 1 } }
companies = { other = { nonsense = 1, senders = { other = { nonsense = 1 } }, accounts = { EUR = { nonsense = 1 } } } }
steps = [
  { nonsense = 1 },
  { nonsense = 1, task = "complete" },
  { nonsense = 1, signal = "suspend" },
]
sequences = [{ nonsense = 1, steps = [{ nonsense = 1 }] }]
"#;

/// Of each table of the policy, the keys that the reader asks for.
fn asked_for() -> BTreeMap<String, BTreeSet<String>> {
    let refused = Policy::parse(NONSENSE).unwrap_err();
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for fault in refused.faults() {
        let Some((table, known)) = fault.what.split_once("nonsense is unknown; there is ") else {
            continue;
        };
        let table = table.trim_end_matches('.').to_owned();
        let known = known.split(", ").map(str::to_owned);
        tables.entry(table).or_default().extend(known);
    }
    tables
}

/// The keys of each table in the schema, by its name in the policy: `other` for a name of the user's own.
fn told() -> BTreeMap<String, BTreeSet<String>> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut tables = BTreeMap::new();
    walk(&schema, &schema, "", &mut tables);
    tables
}

fn walk<'s>(
    whole: &'s Value,
    mut here: &'s Value,
    name: &str,
    tables: &mut BTreeMap<String, BTreeSet<String>>,
) {
    while let Some(place) = here["$ref"].as_str() {
        here = whole.pointer(place.trim_start_matches('#')).unwrap();
    }
    let below = |key: &str| {
        let names = [name, key];
        let names = names.into_iter().filter(|name| !name.is_empty());
        names.collect::<Vec<_>>().join(".")
    };
    if let Some(keys) = here["properties"].as_object() {
        assert_eq!(here["additionalProperties"], false, "{name}");
        let known = keys.keys().cloned().collect();
        tables.insert(name.to_owned(), known);
        for (key, value) in keys {
            walk(whole, value, &below(key), tables);
        }
    }
    for value in here["patternProperties"]
        .as_object()
        .into_iter()
        .flat_map(|it| it.values())
    {
        walk(whole, value, &below("EUR"), tables);
    }
    if here["additionalProperties"].is_object() {
        walk(
            whole,
            &here["additionalProperties"],
            &below("other"),
            tables,
        );
    }
    if here["items"].is_object() {
        // The reader calls the tables of a list by the list's own name.
        let own = name.rsplit('.').next().unwrap_or_default();
        walk(whole, &here["items"], own, tables);
    }
}

#[test]
fn an_editor_knows_each_key_of_a_policy_and_no_other() {
    let (told, asked_for) = (told(), asked_for());
    assert!(asked_for.len() > 11, "{asked_for:#?}");
    assert_eq!(told, asked_for);
}

#[test]
fn each_key_of_a_policy_is_described() {
    fn look(here: &Value, place: &str) {
        for (key, value) in here.as_object().into_iter().flatten() {
            let place = format!("{place}/{key}");
            if place.ends_with("/properties") {
                for (name, key) in value.as_object().unwrap() {
                    let is_told = key["description"].is_string() || key["$ref"].is_string();
                    assert!(is_told, "{place}/{name}");
                }
            }
            look(value, &place);
        }
    }
    look(&serde_json::from_str(SCHEMA).unwrap(), "");
}
