//! The template and the code must agree, and so must the policy and its templates.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::scene::policy_dir;

const FUNCTIONS: [&str; 5] = ["audit", "ingest", "plan", "remind", "track"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The variables that a function's code asks for.
fn read_by(function: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in fs::read_dir(root().join("functions").join(function).join("src")).unwrap() {
        let code = fs::read_to_string(file.unwrap().path()).unwrap();
        for call in code.split("setting").skip(1) {
            let argument = call
                .split_once("(\"")
                .filter(|(before, _)| before.len() < 14);
            names.extend(
                argument
                    .and_then(|(_, rest)| rest.split_once('"'))
                    .map(|(name, _)| name.to_owned()),
            );
        }
    }
    names
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
    for function in FUNCTIONS {
        let read = read_by(function);
        assert!(!read.is_empty(), "{function} reads nothing");
        assert_eq!(set_for(function), read, "{function}");
    }
}

#[test]
fn the_shipped_policy_and_its_templates_are_whole() {
    let policy = runtime::load_policy(&policy_dir()).unwrap();
    let templates = mail::Templates::load(&policy_dir().join("templates")).unwrap();
    if let Err(errors) = templates.check(&policy) {
        panic!("{errors:?}");
    }
}
