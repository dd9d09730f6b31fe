//! Whether what was told apart ever settled a debt, even if it does no more.

use jiff::Timestamp;

use super::movements::Moved;
use super::reckoning::undone;

/// Whether movements ever stood together for an amount.
pub(super) struct Settlement {
    pub(super) was_there: bool,
    /// When one of them was undone last after that.
    pub(super) undone: Option<Timestamp>,
}

impl Settlement {
    pub(super) fn of<'a>(movements: impl Iterator<Item = &'a Moved>, amount: i64) -> Self {
        Self::of_those_shown(movements, amount, &[])
    }

    /// Where nobody told what became of some of them, but it was shown how much there was of all, and when: more did
    /// not stand then.
    pub(super) fn of_those_shown<'a>(
        movements: impl Iterator<Item = &'a Moved>,
        amount: i64,
        shown: &[(Timestamp, i64)],
    ) -> Self {
        let mut changes: Vec<(Timestamp, i64)> = Vec::new();
        for moved in movements {
            changes.push((moved.since, moved.most));
            changes.push((moved.latest.order.at, -undone(moved)));
        }
        // What goes and comes in one second was never there together.
        changes.sort_unstable();
        let mut standing = 0_i64;
        let mut settlement = Self {
            was_there: false,
            undone: None,
        };
        let mut shown = shown.iter().peekable();
        for (at, change) in changes {
            while let Some((_, most)) = shown.next_if(|(shown, _)| *shown < at) {
                standing = standing.min(*most);
            }
            standing = standing.saturating_add(change).max(0);
            settlement.was_there |= standing >= amount;
            if settlement.was_there && change < 0 {
                settlement.undone = Some(at);
            }
        }
        settlement
    }
}
