//! Where a debt stands: the newest snapshot, and what was told apart from it.
//!
//! The newest word on the whole (a snapshot, or an end) is believed, and what moved after it is added, in
//! the order of its instants. Of a payment of the very second of a snapshot nobody knows whether it is in
//! there: the smaller debt of the two is asked for. Refunds never count.

use std::borrow::Cow;

use jiff::Timestamp;

use super::debt::Debt;
use super::movements::{Moved, MovementKind};
use super::snapshot::{Dated, Reversals, Snapshot, Status};

impl Debt {
    /// The invoice as it stands: the newest snapshot, with what was told apart from it reckoned in.
    pub fn balance(&self) -> Cow<'_, Snapshot> {
        if self.movements.is_empty() {
            return Cow::Borrowed(&self.latest.value);
        }
        let mut balance = self.latest.value.clone();
        let word = self.last_word();
        balance.status = word.value;
        match word.value {
            Status::Open | Status::Paid => {
                let Owed { total, remaining } = Reckoning { debt: self, word }.owed();
                if word.value == Status::Open {
                    balance.total.minor = total;
                }
                let was_owed = self.latest.value.remaining.minor > 0;
                balance.remaining.minor = remaining;
                balance.status = match (word.value, remaining) {
                    (Status::Open, 0) if was_owed => Status::Paid,
                    (Status::Paid, 1..) => Status::Open,
                    (status, _) => status,
                };
            }
            Status::Void => balance.remaining.minor = 0,
            Status::Draft | Status::Uncollectible => {}
        }
        Cow::Owned(balance)
    }

    /// Since when a debt that is open again, having been settled, waits for a person to look: the moment
    /// at which it was settled last, or at which a payment was reversed or taken back.
    pub fn reopened(&self) -> Option<Timestamp> {
        if self.balance().status != Status::Open {
            return None;
        }
        let latest = self.latest.order;
        let settled = self.settled.filter(|settled| *settled < latest);
        let ended = self.movements.ended;
        let ended = ended.filter(|end| end.value != Status::Uncollectible);
        let reversals = self
            .of(MovementKind::Reversal)
            .filter(|moved| amount(moved) > 0);
        [
            settled.map(|settled| settled.at),
            ended.map(|end| end.order.at),
            reversals.map(|moved| moved.since).max(),
            self.taken_back(),
            self.owed_again(),
        ]
        .into_iter()
        .flatten()
        .max()
    }

    /// It was said to be paid, and is owed by what moved since.
    fn owed_again(&self) -> Option<Timestamp> {
        let word = self.last_word();
        let changes = Reckoning { debt: self, word }.changes();
        let added = changes.into_iter().filter(|change| change.added > 0);
        added
            .map(|change| change.at)
            .max()
            .filter(|_| word.value == Status::Paid)
    }

    /// The newest word on the whole: the snapshot's, or that of an end that was told later.
    fn last_word(&self) -> Dated<Status> {
        let shown = Dated {
            order: self.latest.order,
            value: self.latest.value.status,
        };
        let is_later = |end: &Dated<Status>| match (end.order.version, shown.order.version) {
            (Some(end), Some(shown)) => end >= shown,
            _ => end.order.at >= shown.order.at,
        };
        self.movements.ended.filter(is_later).unwrap_or(shown)
    }

    fn of(&self, kind: MovementKind) -> impl Iterator<Item = &Moved> {
        self.movements.of(kind)
    }

    fn payments(&self) -> impl Iterator<Item = &Moved> {
        self.of(MovementKind::Payment)
            .filter(|moved| self.counts(moved))
    }

    /// Whether a movement is in the currency of the debt.
    fn counts(&self, moved: &Moved) -> bool {
        moved.latest.value.amount.currency == self.latest.value.currency()
    }

    /// Payments that stood together had settled the debt, and now they do not: when one was undone, or a
    /// newer snapshot showed more.
    fn taken_back(&self) -> Option<Timestamp> {
        let total = self.latest.value.total.minor;
        let mut changes: Vec<(Timestamp, i64)> = Vec::new();
        for moved in self.payments() {
            changes.push((moved.since, moved.most));
            if undone(moved) > 0 {
                changes.push((moved.latest.order.at, -undone(moved)));
            }
        }
        // What goes and comes in one second was never there together.
        changes.sort_unstable();
        let (mut standing, mut was_settled) = (0_i64, false);
        let mut last_undone = None;
        for (at, change) in changes {
            standing = standing.saturating_add(change);
            was_settled |= standing >= total && standing > 0;
            if was_settled && change < 0 {
                last_undone = Some(at);
            }
        }
        let last = self.payments().map(|moved| moved.since).max();
        let outdone = last.filter(|last| self.latest.order.at > *last);
        if was_settled {
            last_undone.max(outdone)
        } else {
            None
        }
    }
}

/// What is left to pay, of how much. Minor units.
struct Owed {
    total: i64,
    remaining: i64,
}

/// What moved, and by how much it changes what is owed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    at: Timestamp,
    /// A credit lowers the total, too.
    credit: i64,
    /// Added at the same instant before anything is taken away: on a tie the smaller debt.
    paid: i64,
    added: i64,
}

/// A debt as it stood by the newest word, and what moved since.
struct Reckoning<'a> {
    debt: &'a Debt,
    word: Dated<Status>,
}

impl Reckoning<'_> {
    fn owed(&self) -> Owed {
        let total = self.debt.latest.value.total.minor;
        let start = if self.word.value == Status::Paid {
            0
        } else {
            self.owed_by_the_snapshot()
        };
        let mut owed = Owed {
            total,
            remaining: start.clamp(0, total),
        };
        for change in self.changes() {
            owed.total = owed.total.saturating_sub(change.credit).max(0);
            let remaining = owed
                .remaining
                .saturating_add(change.added)
                .saturating_sub(change.paid)
                .saturating_sub(change.credit);
            owed.remaining = remaining.clamp(0, owed.total);
        }
        owed
    }

    /// What the snapshot shows, unless the payments of its very second leave less; and what it never
    /// shows.
    fn owed_by_the_snapshot(&self) -> i64 {
        let shown = &self.debt.latest.value;
        let at = self.debt.latest.order.at;
        let of_its_second = self.debt.payments().filter(|moved| moved.since == at);
        let paid = of_its_second.map(amount).fold(0, i64::saturating_add);
        let owed = shown
            .remaining
            .minor
            .min(shown.total.minor.saturating_sub(paid));
        let hidden = match self.debt.reversals {
            Reversals::Shown => 0,
            Reversals::NeverShown => {
                let known = self.reversals().filter(|(moved, _)| moved.since <= at);
                known.map(|(_, minor)| minor).fold(0, i64::saturating_add)
            }
        };
        owed.saturating_add(hidden)
    }

    /// Reversals with what they take back. Whatever its currency, one took the payment back: at worst,
    /// all of it.
    fn reversals(&self) -> impl Iterator<Item = (&Moved, i64)> {
        let total = self.debt.latest.value.total.minor;
        let minor = move |moved: &Moved| {
            if self.debt.counts(moved) {
                amount(moved)
            } else {
                total
            }
        };
        let real = self
            .debt
            .of(MovementKind::Reversal)
            .filter(|moved| amount(moved) > 0);
        real.map(move |moved| (moved, minor(moved)))
    }

    /// All that moved after the word, in order.
    fn changes(&self) -> Vec<Change> {
        let word = self.word.order.at;
        let change = |at| Change {
            at,
            credit: 0,
            paid: 0,
            added: 0,
        };
        let mut changes = Vec::new();
        for moved in self.debt.payments() {
            if moved.since > word {
                changes.push(Change {
                    paid: amount(moved),
                    ..change(moved.since)
                });
            } else if moved.latest.order.at > word {
                // The word had it, and it was undone since.
                changes.push(Change {
                    added: undone(moved),
                    ..change(moved.latest.order.at)
                });
            }
        }
        let credits = self.debt.of(MovementKind::Credit);
        for moved in credits.filter(|moved| self.debt.counts(moved) && moved.since > word) {
            changes.push(Change {
                credit: amount(moved),
                ..change(moved.since)
            });
        }
        for (moved, minor) in self.reversals().filter(|(moved, _)| moved.since > word) {
            changes.push(Change {
                added: minor,
                ..change(moved.since)
            });
        }
        changes.sort_unstable();
        changes
    }
}

fn amount(moved: &Moved) -> i64 {
    moved.latest.value.amount.minor
}

/// What less is said of it than once was.
fn undone(moved: &Moved) -> i64 {
    moved.most.saturating_sub(amount(moved)).max(0)
}
