//! What earlier snapshots showed as owed.

use serde::{Deserialize, Serialize};

use super::snapshot::Dated;
use super::teller::By;
use crate::value::Money;

/// What was left by the earlier of the snapshots that showed the invoice open, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Earlier(Vec<Dated<Money>>);

impl Earlier {
    /// An item has its room: of more than these and the newest, those between are forgotten. The oldest prove that a
    /// debt was settled long ago, which no number of later snapshots may undo.
    const OLDEST: usize = 8;
    const NEWEST: usize = 16;

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Dated<Money>> {
        self.0.iter().copied()
    }

    /// Those of which none between is forgotten, in two parts at the most.
    pub(super) fn parts(&self) -> (&[Dated<Money>], &[Dated<Money>]) {
        let is_whole = self.0.len() < Self::OLDEST + Self::NEWEST;
        self.0.split_at(if is_whole { 0 } else { Self::OLDEST })
    }

    /// What is left of it once a delivery is told anew.
    pub(super) fn withdraw(mut self, by: By) -> Self {
        self.0.retain(|shown| !shown.by.is_outdated_by(by));
        self
    }

    /// Of all that was shown as owed, what the newest snapshot does not show itself.
    pub(super) fn before(
        newest: Option<Dated<Money>>,
        shown: impl Iterator<Item = Dated<Money>>,
    ) -> Self {
        let place = |shown: &Dated<Money>| (shown.order, shown.value);
        let newest = newest.as_ref().map(place);
        let mut shown: Vec<Dated<Money>> = shown.collect();
        shown.sort_by_key(place);
        shown.dedup_by_key(|shown| place(shown));
        shown.retain(|shown| Some(place(shown)) != newest);
        if let Some(until) = shown.len().checked_sub(Self::NEWEST)
            && until > Self::OLDEST
        {
            shown.drain(Self::OLDEST..until);
        }
        Self(shown)
    }
}
