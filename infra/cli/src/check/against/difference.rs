//! What two policies decide otherwise. Its sentences are in `words`.

use dunning::policy::{PolicyStep, Sequence};

/// All of it.
pub(super) struct Difference<'p> {
    /// What holds for all debts.
    pub(super) everywhere: Vec<Everywhere>,
    /// In which order the sequences are looked through, of those that both policies have.
    pub(super) order: Option<Turned>,
    /// The ladders.
    pub(super) sequences: Vec<OfSequence<'p>>,
}

impl Difference<'_> {
    /// Whether there is none.
    pub(super) fn is_none(&self) -> bool {
        self.everywhere.is_empty() && self.order.is_none() && self.sequences.is_empty()
    }
}

/// A key that has another value, both as the policy writes them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Turned {
    pub(super) key: String,
    pub(super) before: String,
    pub(super) after: String,
    /// What must be known of it beside that.
    pub(super) effect: Option<Effect>,
}

impl Turned {
    /// None where both are the same.
    pub(super) fn of(
        key: impl Into<String>,
        before: impl ToString,
        after: impl ToString,
    ) -> Option<Self> {
        let (before, after) = (before.to_string(), after.to_string());
        (before != after).then(|| Self {
            key: key.into(),
            before,
            after,
            effect: None,
        })
    }

    pub(super) fn with(self, effect: Effect) -> Self {
        Self {
            effect: Some(effect),
            ..self
        }
    }
}

/// What does not follow from the two values alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// Who comes in, or goes out, climbs another ladder.
    AnotherLadder,
    /// Who comes in, or goes out, is written to by another company.
    AnotherCompany,
    /// What is known already is not judged by it.
    OnlyWhatComesIn,
    /// The tool's mode that was taken until now is not heard any more.
    OtherModeIsHeld,
    /// The date reads the same, and is counted from another step, or from another day of the same.
    CountedFrom(String),
}

/// What holds for all debts, or for all of a source or a company.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Everywhere {
    Turned(Turned),
    New(Table),
    Gone(Table),
}

/// A table of the policy that is there as a whole, or is not; with its place in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Table {
    Source(String),
    Sender(String),
    /// Of which debtors.
    Company(String, String),
}

/// A sequence that is new, gone or changed.
pub(super) struct OfSequence<'p> {
    pub(super) sequence: &'p Sequence,
    pub(super) became: Became<'p>,
    pub(super) steps: Vec<OfStep<'p>>,
}

/// What became of a sequence.
pub(super) enum Became<'p> {
    /// It is looked at before the one of that name; none is after all others.
    New(Option<&'p str>),
    Gone,
    Changed(Vec<Turned>),
}

/// What became of a step.
pub(super) enum OfStep<'p> {
    New {
        step: &'p PolicyStep,
        /// The one that is gone, and which this one looks like.
        renamed: Option<&'p PolicyStep>,
    },
    /// It stood in the sequence of that name.
    Came {
        step: &'p PolicyStep,
        from: &'p str,
        turned: Vec<Turned>,
    },
    Changed {
        step: &'p PolicyStep,
        turned: Vec<Turned>,
    },
    /// It stands in the sequence of that name.
    Went {
        step: &'p PolicyStep,
        to: &'p str,
    },
    Gone(&'p PolicyStep),
}
