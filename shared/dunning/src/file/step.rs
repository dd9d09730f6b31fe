//! The steps of an invoice.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::value::{ClaimId, InvoiceId, Newer, StepId};

/// One dunning step of one invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name in the policy.
    pub id: StepId,
    /// When it is, or was, to happen.
    pub at: Timestamp,
    /// What became of it.
    pub state: StepState,
}

impl Step {
    /// Whether it is still to come.
    pub fn is_planned(&self) -> bool {
        matches!(self.state, StepState::Planned { .. })
    }
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Still to come.
    Planned {
        /// Which try it is.
        #[serde(rename = "again")]
        attempt: Attempt,
    },
    /// Part of a claimed mail. Whether something was heard of it stands among the debtor's claims.
    Mailed {
        /// The mail.
        claim: ClaimId,
        /// Which try it was.
        #[serde(rename = "again")]
        attempt: Attempt,
    },
    /// Missed, and a later step speaks for it.
    Merged {
        /// The later step.
        into: StepId,
    },
    /// Will not be sent.
    Skipped(Skip),
    /// A newer version knows what became of it. It is left alone.
    #[serde(untagged, deserialize_with = "newer_state")]
    Newer(Newer),
}

/// `skipped` may have newer reasons.
fn newer_state<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Newer, D::Error> {
    Newer::read(deserializer, &["planned", "mailed", "merged"])
}

/// Which try of a mail. There are two: of the first, nothing was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "bool", into = "bool")]
pub enum Attempt {
    /// The first.
    First,
    /// The second and last.
    Last,
}

impl From<bool> for Attempt {
    fn from(again: bool) -> Self {
        if again { Self::Last } else { Self::First }
    }
}

impl From<Attempt> for bool {
    fn from(attempt: Attempt) -> bool {
        attempt == Attempt::Last
    }
}

/// A step of an invoice. Stored as the pair of the two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(InvoiceId, StepId)", into = "(InvoiceId, StepId)")]
pub struct StepOf {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The step.
    pub step: StepId,
}

impl From<(InvoiceId, StepId)> for StepOf {
    fn from((invoice, step): (InvoiceId, StepId)) -> Self {
        Self { invoice, step }
    }
}

impl From<StepOf> for (InvoiceId, StepId) {
    fn from(StepOf { invoice, step }: StepOf) -> Self {
        (invoice, step)
    }
}

/// Why a step is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// Its date had passed when the invoice first came into the file.
    PastAtFirstContact,
    /// It asks before the due date, and that has come.
    DueDateCame,
    /// It was dated in a time of which a recovered table knows nothing. Not sent (again).
    Unknown,
}
