//! Whether each source has a secret of its own, of its tool's kind, that nobody can guess.

use std::collections::BTreeMap;
use std::path::Path;

use dunning::value::SourceName;
use sources::Secrets;

use super::patient::Patient;
use super::report::Report;
use crate::secret;

/// Gives the secrets that are good.
pub(super) async fn check(
    patient: &Patient,
    folder: &Path,
    report: &mut Report,
) -> BTreeMap<SourceName, Secrets> {
    let store = match patient.stack.secrets() {
        Ok(store) => store,
        Err(why) => {
            report.unseen("secret", &why);
            return BTreeMap::new();
        }
    };
    let mut good = BTreeMap::new();
    for (source, verdict) in secret::judge_all(&store, &patient.policy, folder).await {
        match verdict {
            Ok(secrets) => {
                report.ok("secret", format!("{source} has a secret of its own"));
                good.insert(source, secrets);
            }
            Err(why) if why.is_missing() && patient.hears_by_event_bus(&source) => report.note(
                "secret",
                format!("{source} comes by EventBridge, for which AWS vouches; a webhook would need a secret"),
            ),
            Err(why) if why.is_not_known() => report.unknown("secret", format!("{source}: {why}")),
            Err(why) => {
                let mend = format!("relance secret set {source} --stack {}", patient.stack.name);
                report.wrong("secret", format!("{source}: {why}"), mend);
            }
        }
    }
    good
}
