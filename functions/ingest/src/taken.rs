//! What became of a webhook that was taken in.

/// What became of a webhook that was taken in. Its word is the answer, a field of the log and a
/// dimension of the metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It tells of an invoice or a customer, and was merged.
    Merged(intake::Taken),
    /// It is of a kind that says nothing about an invoice.
    Ignored,
    /// It is of the tool's test mode on a live source, or the reverse.
    OtherMode,
    /// It makes no sense, and is kept for a person.
    Inbox,
    /// Some of what it says makes no sense, and is kept for a person.
    InPart,
    /// It says several things, of which not the same became.
    Several,
    /// It says nothing: somebody asked whether what is signed comes in.
    Probe,
}

impl Taken {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merged(taken) => taken.as_str(),
            Self::Ignored => "ignored",
            Self::OtherMode => "other mode, not stored",
            Self::Inbox => "not understood, kept in the inbox",
            Self::InPart => "understood in part, kept in the inbox",
            Self::Several => "several",
            Self::Probe => "probe",
        }
    }

    /// Of all that one webhook said.
    pub(crate) fn together(all: &[Self]) -> Self {
        match all {
            [first, rest @ ..] if rest.iter().all(|other| other == first) => *first,
            all if all.contains(&Self::Inbox) => Self::InPart,
            _ => Self::Several,
        }
    }
}

impl From<intake::Taken> for Taken {
    fn from(taken: intake::Taken) -> Self {
        Self::Merged(taken)
    }
}
