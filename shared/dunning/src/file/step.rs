//! The steps of an invoice.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::value::{ClaimId, EmailAddress, InvoiceId, Newer, SignalName, StepId};

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

    /// Whether the debtor has heard it, or may have: it is never sent again, and nothing milder after it.
    pub fn is_said(&self) -> bool {
        match self.state {
            StepState::Claimed { .. }
            | StepState::Heard { .. }
            | StepState::Unknown { .. }
            | StepState::Asked { .. }
            | StepState::SentBefore { .. }
            | StepState::Signalled { .. }
            | StepState::Skipped(Skip::Unknown | Skip::MayHaveLeft)
            | StepState::Newer(_) => true,
            StepState::Planned { .. }
            | StepState::Unheard { .. }
            | StepState::Merged { .. }
            | StepState::Skipped(_) => false,
        }
    }

    /// Whether it was on its way once, and nothing was heard of it.
    pub(crate) fn may_have_left(&self) -> bool {
        self.state
            == StepState::Planned {
                attempt: Attempt::Last,
            }
    }

    /// Whether it is part of that mail.
    pub(crate) fn is_in(&self, mail: &ClaimId) -> bool {
        self.mail() == Some(mail)
    }

    /// Whether it was part of a mail that went to somebody else than the debtor, or was asked while mails did.
    pub(crate) fn is_rehearsed(&self) -> bool {
        let is_asked = matches!(
            self.state,
            StepState::Asked {
                rehearsed: true,
                ..
            } | StepState::Signalled {
                rehearsed: true,
                ..
            }
        );
        is_asked || self.mail().is_some_and(ClaimId::is_of_rehearsal)
    }

    /// The mail that it was part of last.
    fn mail(&self) -> Option<&ClaimId> {
        match &self.state {
            StepState::Claimed { claim, .. }
            | StepState::Heard { claim, .. }
            | StepState::Unheard { claim, .. }
            | StepState::Unknown { claim, .. } => Some(claim),
            StepState::Planned { .. }
            | StepState::Asked { .. }
            | StepState::SentBefore { .. }
            | StepState::Signalled { .. }
            | StepState::Merged { .. }
            | StepState::Skipped(_)
            | StepState::Newer(_) => None,
        }
    }
}

/// What is said stays said, whatever the policy says now, with what it speaks for; and what was not heard is
/// still to be said.
pub(crate) fn done(steps: &[Step]) -> Vec<Step> {
    let is_kept = |step: &&Step| is_done(step, steps) || is_unheard(step);
    steps.iter().filter(is_kept).cloned().collect()
}

fn is_unheard(step: &Step) -> bool {
    matches!(step.state, StepState::Unheard { .. })
}

/// Said, or perhaps; or merged into a later step that was.
pub(crate) fn is_done(step: &Step, steps: &[Step]) -> bool {
    match &step.state {
        // A step only ever merges into a later one, so this ends.
        StepState::Merged { into } => {
            let later = steps.iter().skip_while(|known| known.id != step.id).skip(1);
            later
                .filter(|later| later.id == *into)
                .any(|later| is_done(later, steps))
        }
        _ => step.is_said(),
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
    /// Part of a mail that was claimed. Earlier versions left it so whatever became of the mail: where the
    /// debtor has no such claim any more, it was heard, or nobody knows.
    #[serde(rename = "mailed")]
    Claimed {
        /// The mail.
        claim: ClaimId,
        /// Which try it was.
        #[serde(rename = "again")]
        attempt: Attempt,
    },
    /// SES took the mail.
    Heard {
        /// The mail.
        claim: ClaimId,
        /// When it left.
        at: Timestamp,
        /// Where it went. Not known of a mail that an earlier version claimed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<EmailAddress>,
        /// It reached a mailbox: a bounce for now that comes after that is an automatic answer.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        delivered: bool,
        /// SES's id of it, by which later mails of the ladder refer to it. Not known where its answer was lost,
        /// nor of earlier versions' mails.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
    },
    /// SES took the mail, and it reached nobody. It goes again as soon as there is an address that can be
    /// written to.
    Unheard {
        /// The mail.
        claim: ClaimId,
    },
    /// Nothing was heard of the mail's second try either: it may have left, and is never sent again.
    Unknown {
        /// The mail.
        claim: ClaimId,
        /// When it may have left.
        at: Timestamp,
    },
    /// The team was asked to do it: a call.
    Asked {
        /// When.
        at: Timestamp,
        /// In a rehearsal.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        rehearsed: bool,
    },
    /// The user's own automation was told.
    Signalled {
        /// When.
        at: Timestamp,
        /// What it is still to be told when the debt is settled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undo: Option<SignalName>,
        /// In a rehearsal, in which it was told nothing.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        rehearsed: bool,
    },
    /// Whoever reminded of the invoice before Relance had sent it.
    SentBefore {
        /// When.
        at: Timestamp,
    },
    /// Not sent: a harsher step, or a later question, speaks for it.
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
    let known = [
        "planned",
        "mailed",
        "heard",
        "unheard",
        "unknown",
        "asked",
        "sent_before",
        "signalled",
        "merged",
    ];
    Newer::read(deserializer, &known)
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
    /// Its date had passed when it was added to the policy, and the ladder had come to its end by then.
    AddedLate,
    /// It asks before the due date, and that has come.
    DueDateCame,
    /// The policy wants it of other debts.
    NotWanted,
    /// Its day was one on which nothing leaves, and the policy drops it then.
    ClosedDay,
    /// The user's own automation was to be told, and no reminder had been heard that warns of it.
    Unwarned,
    /// The user's own automation was told, and that there is nothing to act on any more.
    Undone,
    /// It may have left, since nothing was heard of its first try; and the policy does not want it any more, or it asks
    /// before a due date that has come.
    MayHaveLeft,
    /// It was dated in a time of which a recovered table knows nothing. Not sent (again).
    Unknown,
}
