//! The debtor's file: the debtor, its open invoices, and where each of them stands.

mod debtor;
mod history;
mod hold;
mod invoice;
mod lull;
mod mailbox;
mod reception;
mod step;
mod team;

pub use debtor::{Claim, Debtor, KeptPlace};
pub use history::History;
pub use hold::{
    AddressTrouble, Hold, Imported, InvoiceHolds, NotChased, NotShown, Pause, Refusal, Refused,
    Releasable, StepApproval, TooLate, Unseen,
};
pub use invoice::{Invoice, NextAction, Outlook, next_look};
pub use lull::Lull;
pub use mailbox::{KnownMailbox, Mailbox, MailboxChange, Taken, TakenBy, Turn, Waiting};
pub use reception::Reception;
pub use step::{Attempt, Skip, Step, StepOf, StepState};
pub(crate) use step::{done, is_done};
pub use team::{TeamClaim, TeamFile, Told};

use std::collections::BTreeMap;

use crate::value::{ClaimId, InvoiceId};

/// Whether a mail carries a step of which only a newer version knows: the claim is that version's affair.
pub(crate) fn carries_newer(open: &BTreeMap<InvoiceId, Invoice>, claim: &Claim) -> bool {
    claim.steps.iter().any(|carried| {
        let invoice = open.get(&carried.invoice);
        let mut steps = invoice.into_iter().flat_map(|invoice| &invoice.steps);
        steps.any(|step| step.id == carried.step && matches!(step.state, StepState::Newer(_)))
    })
}

/// All that a decision reads.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Who owes.
    pub debtor: Debtor,
    /// What is not settled, by the tool's id. Drafts are among them.
    pub open: BTreeMap<InvoiceId, Invoice>,
}

impl File {
    /// The invoices of a mail that is on its way which are not, or no longer, open here.
    pub fn gone(&self, mail: &ClaimId) -> impl Iterator<Item = &InvoiceId> {
        let claim = self.debtor.claims.get(mail);
        let steps = claim.into_iter().flat_map(|claim| &claim.steps);
        let invoices = steps.map(|carried| &carried.invoice);
        invoices.filter(|invoice| !self.open.contains_key(*invoice))
    }
}
