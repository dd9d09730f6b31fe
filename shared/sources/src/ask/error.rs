//! Why an answer is none.

use jiff::SignedDuration;

use crate::error::Misconfigured;
use crate::translation::Nonsense;

/// Why an answer says nothing that can be used. Each is a sentence for a person, without secrets and addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The tool has no such invoice, or not any more.
    #[error("the tool has no such invoice")]
    NoSuchInvoice,
    /// The tool has no such customer, or not any more.
    #[error("the tool has no such customer")]
    NoSuchCustomer,
    /// The key does not count.
    #[error("the tool does not take the key (status {status}): it may have been rolled or deleted")]
    KeyRefused {
        /// The answer's status.
        status: u16,
    },
    /// The key counts, and not for this.
    #[error("the key may not ask for this (status {status}): it lacks a right")]
    NotAllowed {
        /// The answer's status.
        status: u16,
    },
    /// Asked too often.
    #[error("the tool was asked too often")]
    TooMany {
        /// How long it wants not to be asked, if it says so.
        retry_after: Option<SignedDuration>,
    },
    /// The tool is not well.
    #[error("the tool did not answer as it should (status {status})")]
    Unavailable {
        /// The answer's status.
        status: u16,
    },
    /// The tool does not understand the question: to ask it again would not help.
    #[error("the tool does not understand the question (status {status})")]
    NotUnderstood {
        /// The answer's status.
        status: u16,
    },
    /// It sends us elsewhere, where we do not go: the key would go along.
    #[error("the tool sends us to another address, which is not followed: correct `api`")]
    Redirected,
    /// More than can be meant.
    #[error("the answer is larger than {most} bytes")]
    TooLarge {
        /// How many are read.
        most: usize,
    },
    /// A page for people, or nothing.
    #[error("the answer is not JSON: somebody else than the tool may have answered")]
    NotJson,
    /// JSON that breaks off, or is not of the tool's shape.
    #[error("the answer cannot be read: {why}")]
    Unreadable {
        /// What is wrong.
        why: String,
    },
    /// Not a PDF.
    #[error("what came is not a PDF")]
    NoPdf,
    /// Something else than what was asked for.
    #[error("the answer is about another invoice")]
    OtherInvoice,
    /// Somebody else's.
    #[error("the answer is about another customer")]
    OtherCustomer,
    /// Of test mode, or the reverse.
    #[error("the answer is of the other mode: the key is not for this one")]
    OtherMode,
    /// Out of other books.
    #[error("the answer is of another account")]
    OtherAccount,
    /// It says nothing of what was asked for.
    #[error("the answer says nothing of what was asked for")]
    Silent,
    /// A field makes no sense.
    #[error("the answer makes no sense: {0}")]
    Nonsense(Box<Nonsense>),
    /// A list that comes back to where it was, or has no end.
    #[error("the tool's pages come back to where they were")]
    PageRepeats,
    /// Something of ours is to be put right first.
    #[error(transparent)]
    Misconfigured(#[from] Misconfigured),
}

impl AskError {
    /// Whether it may pass by itself, so that to ask again later helps.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::TooMany { .. }
                | Self::Unavailable { .. }
                | Self::NotJson
                | Self::Unreadable { .. }
                | Self::NoPdf
        )
    }

    /// Whether only another key helps.
    pub fn is_of_the_key(&self) -> bool {
        matches!(
            self,
            Self::KeyRefused { .. } | Self::NotAllowed { .. } | Self::OtherMode
        )
    }
}
