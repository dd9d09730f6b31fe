//! What became of an event that was taken in.

use ledger::{Commit, Proposal, Seen};

/// What became of an event that was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is in the file.
    Stored,
    /// It was taken in before.
    Duplicate,
    /// It is of an invoice of which nobody has told, and with which nothing begins by it.
    Unknown,
    /// It says what the file has already.
    NothingNew,
    /// What it tells is of an invoice or a payment that nobody has shown yet.
    Parked,
    /// What it tells is of an invoice that was closed for so long that it is no longer kept.
    Gone,
}

impl Taken {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Duplicate => "duplicate",
            Self::Unknown => "of an invoice of which nobody has told",
            Self::NothingNew => "nothing new",
            Self::Parked => "kept until its invoice is known",
            Self::Gone => "of an invoice that is no longer kept",
        }
    }

    /// What becomes of an event when its change is written.
    pub(crate) fn by(commit: Commit, seen: Option<&Seen>) -> Proposal<Self> {
        if !commit.is_empty() {
            return Proposal::write(commit, Self::Stored);
        }
        // It is known by now what a later translation makes of it, and an earlier one must not come after.
        let told = commit
            .event
            .as_ref()
            .map_or(0, |mark| mark.seen.translation);
        if seen.is_some_and(|seen| seen.translation < told) {
            return Proposal::Write(Box::new(commit), Self::NothingNew);
        }
        Proposal::Nothing(Self::NothingNew)
    }
}
