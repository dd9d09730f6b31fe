//! The debtor's file: the debtor, its open invoices, and where each of them stands.

mod debtor;
mod hold;
mod invoice;
mod step;
mod team;

pub use debtor::{Claim, Debtor};
pub use hold::{AddressTrouble, Hold, NotChased, Pause, Refusal, Refused};
pub use invoice::{Invoice, Outlook};
pub use step::{Attempt, Skip, Step, StepOf, StepState};
pub use team::{TeamClaim, TeamFile};

use std::collections::BTreeMap;

use crate::value::InvoiceId;

/// All that a decision reads.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Who owes.
    pub debtor: Debtor,
    /// What is not settled, by the tool's id. Drafts are among them.
    pub open: BTreeMap<InvoiceId, Invoice>,
}
