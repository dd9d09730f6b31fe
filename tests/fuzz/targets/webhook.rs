//! Raw bytes and headers, through verification and translation, for each of the tools.
#![no_main]

mod config;

use std::sync::LazyLock;

use config::CONFIG;
use dunning::billing::Happened;
use dunning::limits::{MOST_CONTACTS, MOST_INSTALMENTS};
use dunning::value::SourceName;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use sources::{Request, Secrets, Tool, Translation};

const SECRET: &str = "whsec_ZnV6emluZy1mdXp6aW5nLWZ1enppbmc=";

static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| Tool::builtin_names().collect());

fuzz_target!(|input: (u8, String, String, Vec<u8>)| {
    let (tool, name, value, body) = input;
    let name_of_tool = NAMES[usize::from(tool) % NAMES.len()];
    let tool = Tool::builtin(name_of_tool).expect("it is built in");
    let secrets = Secrets::parse(SECRET).expect("a secret");
    let now = Timestamp::UNIX_EPOCH;
    let url = CONFIG.url.as_deref();

    // Whoever can make up a proof without the secret has won.
    let signed = tool.sign(&secrets, url, now, Request::new(&[], &body)).expect("any bytes can be signed");
    let signed = signed.pairs();
    let header = signed.last().map_or(name.as_str(), |(header, _)| header);
    let forged: Vec<(&str, &str)> = signed
        .iter()
        .filter(|(known, _)| *known != header)
        .copied()
        .chain([(header, value.as_str()), ("X-Other", name.as_str())])
        .collect();
    let is_the_secret = signed.contains(&(header, value.as_str())) || value.contains(SECRET);
    assert!(is_the_secret || tool.verify(Request::new(&forged, &body), &secrets, &CONFIG, now).is_err());

    let shown = [("token", SECRET)];
    let request = Request { headers: &signed, query: &shown, body: &body };
    let verified = tool.verify(request, &secrets, &CONFIG, now).expect("what was signed is trusted");
    let source = SourceName::parse(name_of_tool).expect("a name");
    for said in tool.translate(verified, &CONFIG, &source).into_iter().flatten().flatten() {
        match said {
            Translation::Invoice(event) => {
                assert!(event.invoice.remaining.minor >= 0);
                assert!(event.invoice.total >= event.invoice.remaining);
                assert!(event.invoice.instalments.is_sorted());
                assert!(event.invoice.instalments.len() <= MOST_INSTALMENTS);
                assert!(event.invoice.contacts.len() <= MOST_CONTACTS);
            }
            Translation::Movement(event) => {
                if let Happened::Moved { movement, .. } = event.what {
                    assert!(movement.amount.minor >= 0);
                }
            }
            Translation::Customer(_) | Translation::Ignored { .. } | Translation::OtherMode { .. } => {}
        }
    }
});
