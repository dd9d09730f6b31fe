//! What the checks look at.

use std::collections::BTreeMap;

use dunning::policy::Policy;
use dunning::value::SourceName;
use sources::Tool;

use super::stack_state::Resources;
use crate::stack::Stack;

/// A stack that is there, and the policy that it should have.
pub(super) struct Patient {
    pub(super) stack: Stack,
    pub(super) policy: Policy,
    pub(super) tools: BTreeMap<SourceName, Tool>,
    pub(super) resources: Resources,
}

impl Patient {
    /// Whether a source is heard by AWS's event bus, where nothing is signed.
    pub(super) fn hears_by_event_bus(&self, source: &SourceName) -> bool {
        let bus = self.stack.parameters.get("StripeEventBus");
        source.as_str() == "stripe" && bus.is_some_and(|bus| !bus.is_empty())
    }
}
