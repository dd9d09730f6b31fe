//! The template and the code must agree, and so must the policy and its templates.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each function, with the variables that its settings come from.
const FUNCTIONS: [(&str, &[&str]); 5] = [
    ("ingest", ingest::Settings::NAMES),
    ("schedule", schedule::Settings::NAMES),
    ("remind", remind::Settings::NAMES),
    ("track", track::Settings::NAMES),
    ("sweep", sweep::Settings::NAMES),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The variables that the template sets for a function: its own, and the table's for all.
fn set_for(function: &str) -> BTreeSet<String> {
    let template = fs::read_to_string(root().join("infra/template.yaml")).unwrap();
    assert!(
        template.contains("TABLE_NAME: !Ref Table"),
        "the table's name is set for all functions"
    );
    let code = format!("CodeUri: ../functions/{function}");
    let indent = |line: &str| line.len() - line.trim_start().len();
    let resource = template.lines().skip_while(|line| line.trim() != code);
    let resource = resource.take_while(|line| indent(line) > 2 || line.is_empty());
    let mut block = resource.skip_while(|line| line.trim() != "Variables:");
    let outer = block.next().map_or(0, indent);
    let own = block.take_while(|line| indent(line) > outer);
    let names = own.filter_map(|line| line.trim().split_once(':').map(|(name, _)| name.to_owned()));
    names.chain(["TABLE_NAME".to_owned()]).collect()
}

#[test]
fn the_template_sets_exactly_what_each_function_reads() {
    for (function, names) in FUNCTIONS {
        let read: BTreeSet<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(set_for(function), read, "{function}");
    }
}

#[test]
fn the_shipped_policy_and_its_templates_are_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/policy");
    let policy = runtime::load_policy(&folder).unwrap();
    let templates = mail::Templates::load(&folder.join("templates")).unwrap();
    if let Err(errors) = templates.check(&policy) {
        panic!("{errors:?}");
    }
}
