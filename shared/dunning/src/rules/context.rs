//! What every rule goes by.

use jiff::Timestamp;

use crate::file::Reception;
use crate::limits::MOST_INVOICES;
use crate::policy::Policy;

/// The policy of the day, and the time.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The user's policy.
    pub policy: &'a Policy,
    /// The time. No rule looks at a clock.
    pub now: Timestamp,
    /// What is known of the source of the debtor, right before a mail is claimed. None elsewhere: it holds
    /// nothing back but mails that are due.
    pub reception: Option<&'a Reception>,
    /// Mails go to somebody else than the debtors. Matters to whoever sends: what was heard in a rehearsal is not heard
    /// by the debtor.
    pub rehearses: bool,
    /// Invoices are brought in from before Relance: what is new is on hold.
    pub imports: bool,
    /// The most invoices that one mail may be about.
    pub carries: usize,
}

impl<'a> Context<'a> {
    /// Of a moment, with nothing known of any source.
    pub fn new(policy: &'a Policy, now: Timestamp) -> Self {
        Self {
            policy,
            now,
            reception: None,
            rehearses: false,
            imports: false,
            carries: MOST_INVOICES,
        }
    }
}
