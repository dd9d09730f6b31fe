//! The tools behind the sources of a policy.

use std::collections::BTreeMap;
use std::path::Path;

use dunning::policy::Policy;
use dunning::value::SourceName;

use crate::tool::Tool;

impl Tool {
    /// The tools behind a policy's sources: none for one whose tool nobody knows.
    pub fn of_policy(policy: &Policy, folder: &Path) -> BTreeMap<SourceName, Self> {
        let sources = policy.sources.iter();
        let tools = sources.filter_map(|(name, source)| {
            let tool = Self::find(source.tool_name(name), folder).ok()?;
            Some((name.clone(), tool))
        });
        tools.collect()
    }
}
