//! Who adds a tool adds it everywhere: its head and filter, its page, its fixtures, its rows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sources::ask::{Asking, Kind};
use sources::{Tool, Translation};

use crate::read;
use crate::tools::{Payload, TOOLS};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files of a folder that end so, without the ending.
fn files(folder: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect()
}

/// The folders of fixtures in which this file is.
fn fixtures(file: &str) -> BTreeSet<String> {
    let folders = files("tests/fixtures", "").into_iter();
    let folder = root().join("tests/fixtures");
    folders
        .filter(|name| folder.join(name).join(file).is_file())
        .collect()
}

/// The tools to whose pages the rows of a document's tables lead, in the document's order.
fn rows(document: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let page = |row: &str| {
        let (_, link) = row.split_once("docs/")?;
        let (tool, _) = link.split_once(".md)")?;
        Some(tool.to_owned())
    };
    rows.filter_map(page).collect()
}

#[test]
fn a_tool_that_is_built_in_has_its_page_its_fixtures_and_its_rows_and_so_has_no_other() {
    let built_in: BTreeSet<String> = Tool::builtin_names().map(str::to_owned).collect();
    assert!(built_in.contains("stripe"));

    for ending in [".toml", ".jq"] {
        assert_eq!(files("shared/sources/tools", ending), built_in, "{ending}");
    }
    assert_eq!(files("shared/sources/docs", ".md"), built_in, "pages");
    for file in ["steps.json", "refusals.json", "lives.json"] {
        assert_eq!(fixtures(file), built_in, "fixtures' {file}");
    }
    // Stripe's fixtures have a form of their own.
    let listed = TOOLS.into_iter().chain(["stripe"]);
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    assert_eq!(listed, built_in, "TOOLS of tests/fixtures/tools.rs");
    for document in ["README.md", "shared/sources/README.md"] {
        let mut rows = rows(document);
        rows.sort();
        let each_once: Vec<String> = built_in.iter().cloned().collect();
        assert_eq!(rows, each_once, "rows of {document}");
    }
}

#[test]
fn each_event_in_the_page_for_senders_is_understood() {
    let page = fs::read_to_string(root().join("shared/sources/docs/standard-webhooks.md")).unwrap();
    let mut events = 0;
    for block in page.split("```json\n").skip(1) {
        let (event, _) = block.split_once("```").unwrap();
        let payload = Payload {
            headers: vec![("webhook-id".to_owned(), "evt_1".to_owned())],
            body: event.as_bytes().to_vec(),
        };
        for said in read("standard-webhooks", &payload) {
            let said = said.unwrap_or_else(|nonsense| panic!("{nonsense}: {event}"));
            assert!(!matches!(said, Translation::Ignored { .. }), "{event}");
            events += 1;
        }
    }
    assert!(events > 10, "{events}");
}

/// As the first page says what a tool is asked.
fn asked(asking: &Asking<'_>) -> String {
    let parts = [
        (Kind::Invoice, "mail"),
        (Kind::AllOpen, "night, import"),
        (Kind::Unapplied, "money"),
    ];
    let can = parts.iter().filter(|(kind, _)| asking.can(*kind));
    let words: Vec<&str> = can.map(|(_, word)| *word).collect();
    words.join(", ")
}

#[test]
fn the_first_page_says_what_each_tool_is_asked_with_a_key() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let rows = text
        .lines()
        .filter(|row| row.contains("shared/sources/docs/"));
    let mut count = 0;
    for row in rows.filter(|row| row.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [_, _, said, page] = cells[..] else {
            panic!("{row}");
        };
        let (name, _) = page.trim_start_matches('[').split_once(']').unwrap();
        let tool = Tool::builtin(name).unwrap();
        let asking = tool.asking().unwrap();
        let is_so = asking.map_or_else(|| "not asked".to_owned(), |asking| asked(&asking));
        let said = said.split_once(" (").map_or(said, |(said, _)| said);
        assert_eq!(said, is_so, "{name}");
        count += 1;
    }
    assert_eq!(count, Tool::builtin_names().count());
}
