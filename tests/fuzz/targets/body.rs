//! Bodies that were made for a tool's own filter: each of its payloads, with lists that go on and on, values
//! in the wrong places, and towers.
#![no_main]

mod config;

use std::path::Path;
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use config::CONFIG;
use dunning::value::SourceName;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use sources::{Request, Tool};

const LARGEST: usize = 1024 * 1024;

/// The tools' whole payloads.
static BODIES: LazyLock<Vec<(&str, Value)>> = LazyLock::new(|| {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let mut bodies = Vec::new();
    for tool in Tool::builtin_names() {
        let Ok(files) = std::fs::read_dir(fixtures.join(tool)) else { continue };
        let mut files: Vec<_> = files.flatten().map(|file| file.path()).collect();
        files.sort();
        for file in files.iter().filter(|file| is_whole(file)) {
            let text = std::fs::read_to_string(file).expect("it can be read");
            bodies.push((tool, serde_json::from_str(&text).expect("it is JSON")));
        }
    }
    bodies
});

/// Stripe's are named by the versions of its API.
fn is_whole(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("base") || name.starts_with(|first: char| first.is_ascii_digit())
}

#[derive(Arbitrary, Debug)]
enum Edit {
    /// The list at a place goes on with its own items, each with an id of its own.
    Repeat(u16, u16),
    /// A text, or a number, that is long.
    Lengthen(u16, u16),
    /// Something else stands there.
    Replace(u16, u8),
    /// What stands there stands in lists.
    Nest(u16, u8),
    /// What stands at one place stands at another, too.
    Copy(u16, u16),
}

fn places(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().take(20) {
                places(item, format!("{at}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(field, format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
    found.push(at);
}

fn edit(body: &mut Value, edit: &Edit) {
    let mut found = Vec::new();
    places(body, String::new(), &mut found);
    let place = |place: u16| found[usize::from(place) % found.len()].clone();
    let room = LARGEST.saturating_sub(body.to_string().len());
    match edit {
        Edit::Repeat(at, times) => {
            let Some(Value::Array(items)) = body.pointer_mut(&place(*at)) else { return };
            let item = items.first().cloned().unwrap_or_else(|| json!({"id": "x"}));
            let most = room / (item.to_string().len() + 12);
            for number in 0..most.min(usize::from(*times)) {
                let mut item = item.clone();
                if let Some(id) = item.get_mut("id") {
                    *id = json!(format!("id-{number}"));
                }
                items.push(item);
            }
        }
        Edit::Lengthen(at, length) => {
            if let Some(value) = body.pointer_mut(&place(*at)) {
                *value = json!("9".repeat(room.min(usize::from(*length) * 16)));
            }
        }
        Edit::Replace(at, which) => {
            let with = [json!(null), json!(true), json!(-1), json!(1e300), json!([]), json!({}), json!(""), json!("€")];
            if let Some(value) = body.pointer_mut(&place(*at)) {
                *value = with[usize::from(*which) % with.len()].clone();
            }
        }
        Edit::Nest(at, depth) => {
            if let Some(value) = body.pointer_mut(&place(*at)) {
                for _ in 0..*depth {
                    *value = json!([value.take()]);
                }
            }
        }
        Edit::Copy(from, to) => {
            let Some(copied) = body.pointer(&place(*from)).cloned() else { return };
            if copied.to_string().len() < room
                && let Some(value) = body.pointer_mut(&place(*to))
            {
                *value = copied;
            }
        }
    }
}

fuzz_target!(|input: (u16, Vec<Edit>)| {
    let (which, edits) = input;
    let (tool, body) = &BODIES[usize::from(which) % BODIES.len()];
    let mut body = body.clone();
    edits.iter().take(12).for_each(|change| edit(&mut body, change));
    let body = body.to_string();
    if body.len() > LARGEST {
        return;
    }
    let source = SourceName::parse(*tool).expect("a name");
    let tool = Tool::builtin(tool).expect("it is built in");
    if let Ok(said) = tool.translate_unverified(Request::new(&[], body.as_bytes()), &CONFIG, &source) {
        assert!(!said.is_empty());
    }
});
