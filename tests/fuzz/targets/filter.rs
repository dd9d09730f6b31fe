//! Filters that nobody would write, on bodies that nobody would send: whatever they are, they come to an
//! end. How long that takes, and how much memory, libFuzzer's own limits say: see the tests' README.
#![no_main]

mod config;

use std::path::PathBuf;
use std::sync::LazyLock;

use config::CONFIG;
use libfuzzer_sys::fuzz_target;
use sources::{Request, Tool};

/// Of which filters are put together.
const PIECES: [&str; 72] = [
    ".", "..", ".[]", ".[]?", ".a", ".b", ".a[0]", ".[1:]", ".[-1]", ".[0:2]", "$x", "1", "0", "-1", "2.5",
    "1000000000", "\"x\"", "\"\\(.)\"", "null", "true", "[]", "{}", "f", "g(.)", "def f: ", "def g(h): ", "h", "; ",
    " | ", ", ", " + ", " - ", " * ", " / ", " == ", " < ", " // ", " and ", " as $x | ", " |= ", " = ", " += ", "?",
    "(", ")", "[", "]", "{a: ", "{b: .}", "}", "if . then ", " else ", " end", "try ", " catch ", "reduce .[] as $x (",
    "foreach .[] as $x (", "repeat(", "range(", "recurse(", "limit(3; ", "first(", "last(", "path(", "del(", "map(",
    "sort_by(", "group_by(", "until(", "tojson", "fromjson", "flatten",
];

const MANIFEST: &str = "[event]\nid = \"digest\"\n[[credentials]]\nform = \"bearer\"\n[amounts]\nunit = \"major\"\n";

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("relance-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("sources")).expect("there is room");
    std::fs::write(folder.join("sources/any.toml"), MANIFEST).expect("there is room");
    folder
});

fuzz_target!(|input: (Vec<u8>, Vec<u8>)| {
    let (pieces, body) = input;
    let pieces = pieces.iter().take(40);
    let filter: String = pieces.map(|piece| PIECES[usize::from(*piece) % PIECES.len()]).collect();
    std::fs::write(FOLDER.join("sources/any.jq"), &filter).expect("there is room");
    let tool = Tool::find("any", &FOLDER).expect("it is there");
    let body = if serde_json::from_slice::<serde_json::Value>(&body).is_ok() {
        body
    } else {
        br#"{"a": [1, [2, {"b": "three"}]], "b": null}"#.to_vec()
    };
    if let Ok(outputs) = tool.outputs(Request::new(&[], &body), &CONFIG) {
        assert!(outputs.len() <= 1001, "{filter}");
    }
});
