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
