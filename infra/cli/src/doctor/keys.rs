//! Whether each source has a key by which its tool is asked, and of the right kind.

use dunning::value::SourceName;
use runtime::SecretStore;
use sources::Tool;

use super::patient::Patient;
use super::report::Report;
use crate::key::{self, BadKey};

pub(super) async fn check(patient: &Patient, report: &mut Report) {
    let store = match patient.stack.keys() {
        Ok(store) => store,
        Err(why) => return report.unseen("key", &why),
    };
    for (source, tool) in &patient.tools {
        look(patient, &store, source, tool, report).await;
    }
}

async fn look(
    patient: &Patient,
    store: &SecretStore,
    source: &SourceName,
    tool: &Tool,
    report: &mut Report,
) {
    let asking = match key::asking(tool) {
        Ok(asking) => asking,
        Err(BadKey::NotToBeAsked) => {
            let says = format!(
                "{source} cannot be asked, so a payment counts from when a webhook tells of it"
            );
            return report.note("key", says);
        }
        Err(why) => return report.unknown("key", format!("{source}: {why}")),
    };
    let mend = format!(
        "relance secret set {source} --key --stack {}",
        patient.stack.name
    );
    let settings = &patient.policy.sources[source];
    match store.find(source).await {
        Ok(Some(text)) => match key::judge(&asking, settings, &text) {
            Ok(_) => report.ok(
                "key",
                format!("{source} has a key: its tool is asked right before each reminder"),
            ),
            Err(why) => report.wrong("key", format!("{source}: {why}"), mend),
        },
        Ok(None) => report.note(
            "key",
            format!(
                "{source} has no key, so a payment counts from when a webhook tells of it; with one, no reminder \
                 leaves for what the tool calls settled right before ({mend})"
            ),
        ),
        Err(why) => report.unknown("key", format!("{source}: {why}")),
    }
}
