//! Into which table, and by which rules.

use dunning::policy::Policy;
use dunning::rules::Context;
use ledger::Ledger;
use runtime::Clock;

/// Into which table, and by which rules, what a tool says is taken.
#[derive(Debug, Clone, Copy)]
pub struct Intake<'a> {
    /// The table.
    pub ledger: &'a Ledger,
    /// The user's policy.
    pub policy: &'a Policy,
    /// By which invoices are planned.
    pub clock: &'a Clock,
    /// Whether kept deliveries are told again: what was taken in is merged once more.
    pub retells: bool,
}

impl<'a> Intake<'a> {
    pub(crate) fn context(&self) -> Context<'a> {
        Context::new(self.policy, self.clock.now())
    }
}
