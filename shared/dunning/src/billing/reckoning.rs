//! What is left of a debt, by the newest word on the whole and what moved since.
//!
//! Of a payment of the very second of a snapshot nobody knows whether it is in there: the smaller debt of the
//! two is asked for. What was paid in excess stands against what is taken back later. But a payment that is
//! told after the word and finds nothing to pay may be one that the word had already, as far as the word
//! knows of payments that were not told: so much of it is no excess.

use jiff::{SignedDuration, Timestamp};

use super::debt::Debt;
use super::movements::{Moved, MovementKind};
use super::snapshot::{Dated, Reversals, Status};

/// How far apart a tool may tell of a change and show it.
const A_MOMENT: SignedDuration = SignedDuration::from_secs(1);

impl Debt {
    pub(super) fn of(&self, kind: MovementKind) -> impl Iterator<Item = &Moved> {
        self.movements.of(kind)
    }

    pub(super) fn payments(&self) -> impl Iterator<Item = &Moved> {
        self.of(MovementKind::Payment)
            .filter(|moved| self.counts(moved))
    }

    pub(super) fn credits(&self) -> impl Iterator<Item = &Moved> {
        self.of(MovementKind::Credit)
            .filter(|moved| self.counts(moved))
    }

    /// Whether a movement is in the currency of the debt.
    pub(super) fn counts(&self, moved: &Moved) -> bool {
        moved.latest.value.amount.currency == self.latest.value.currency()
    }
}

/// What is left to pay, of how much. Minor units.
pub(super) struct Owed {
    pub(super) total: i64,
    /// Less than nothing while more was paid than was owed.
    pub(super) remaining: i64,
    /// Payments that the word knows of, and of which nobody has told yet.
    untold: i64,
}

impl Owed {
    fn take(&mut self, what: What) {
        match what {
            What::Added(minor) => self.remaining = self.remaining.saturating_add(minor),
            What::Paid(minor) => self.pay(minor),
            What::Credited(minor) => {
                self.total = self.total.saturating_sub(minor).max(0);
                self.remaining = self.remaining.saturating_sub(minor);
            }
            What::CreditUndone(minor) => {
                self.total = self.total.saturating_add(minor);
                self.remaining = self.remaining.saturating_add(minor);
            }
        }
        // Nobody owes more than all of it: what is more takes back what nobody told of.
        self.remaining = self.remaining.min(self.total);
    }

    /// What is paid in excess is there to pay what comes back later, unless it is the very payment by which
    /// the word came about.
    fn pay(&mut self, minor: i64) {
        let excess = minor.saturating_sub(self.remaining.max(0)).max(0);
        let known = excess.min(self.untold);
        self.untold -= known;
        self.remaining = self.remaining.saturating_sub(minor - known);
    }
}

/// What moved. At one instant what raises the debt comes first: on a tie the smaller debt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// A reversal, or a payment that was undone.
    Added(i64),
    CreditUndone(i64),
    /// A payment, or a reversal that was undone.
    Paid(i64),
    /// A credit lowers the total, too.
    Credited(i64),
}

impl What {
    pub(super) fn raises(self) -> bool {
        matches!(self, Self::Added(1..) | Self::CreditUndone(1..))
    }
}

/// A debt as it stood by the newest word, and what moved since.
pub(super) struct Reckoning<'a> {
    pub(super) debt: &'a Debt,
    pub(super) word: Dated<Status>,
    /// What the word itself says is left, where it is no snapshot.
    pub(super) left: Option<i64>,
}

impl<'a> Reckoning<'a> {
    pub(super) fn new(debt: &'a Debt, word: Dated<Status>) -> Self {
        let left = (word.value == Status::Paid).then_some(0);
        Self { debt, word, left }
    }
}

impl Reckoning<'_> {
    pub(super) fn owed(&self) -> Owed {
        let total = self.debt.latest.value.total.minor;
        let start = self.left.unwrap_or_else(|| self.owed_by_the_snapshot());
        let remaining = start.clamp(0, total);
        let mut owed = Owed {
            total,
            remaining,
            untold: self.untold(total.saturating_sub(remaining)),
        };
        for (_, what) in self.changes() {
            owed.take(what);
        }
        owed.remaining = owed.remaining.max(0);
        owed
    }

    /// How much of what is paid by the word was not told apart.
    fn untold(&self, paid: i64) -> i64 {
        let payments = self.debt.payments().filter(|moved| self.is_known(moved));
        let reversals = self.reversals();
        let reversals = reversals.filter(|(moved, _)| moved.since <= self.word.order.at);
        let told = payments.map(|moved| self.by_the_word(moved));
        let told = told.fold(0, i64::saturating_add);
        let reversed = reversals
            .map(|(_, minor)| minor)
            .fold(0, i64::saturating_add);
        paid.saturating_sub(told).saturating_add(reversed).max(0)
    }

    /// What the snapshot shows, unless the payments of its very second leave less; and what it never
    /// shows.
    fn owed_by_the_snapshot(&self) -> i64 {
        let shown = &self.debt.latest.value;
        let at = self.debt.latest.order.at;
        let of_its_second = self.debt.payments().filter(|moved| self.is_known(moved));
        let of_its_second = of_its_second.filter(|moved| moved.since == at);
        let paid = of_its_second.map(|moved| self.by_the_word(moved));
        let paid = paid.fold(0, i64::saturating_add);
        // A snapshot that has none of its second's payments has none of its chargebacks either: what one that
        // was won gives back later must have been taken first.
        let won = self.won().filter(|moved| moved.since == at).map(undone);
        let won = won.fold(0, i64::saturating_add);
        let left = shown.total.minor.saturating_sub(paid).saturating_add(won);
        // Nor may the quieter of two snapshots of one second have them.
        let louder = self.shown_at_once().saturating_sub(shown.remaining.minor);
        let taken = won.min(louder.max(0));
        let owed = shown.remaining.minor.saturating_add(taken).min(left);
        let hidden = match self.debt.reversals {
            Reversals::Shown => 0,
            Reversals::NeverShown => {
                let known = self.reversals().filter(|(moved, _)| moved.since <= at);
                known.map(|(_, minor)| minor).fold(0, i64::saturating_add)
            }
        };
        owed.saturating_add(hidden)
    }

    /// The most that any snapshot of the newest one's very instant shows as owed.
    fn shown_at_once(&self) -> i64 {
        let newest = self.debt.latest.order;
        let shown = self.debt.shown_as_owed();
        let of_its_instant = shown.filter(|shown| shown.order == newest);
        let shown = of_its_instant.map(|shown| shown.value.minor);
        shown.max().unwrap_or(0)
    }

    /// Whether the word may have it.
    fn is_known(&self, moved: &Moved) -> bool {
        let word = self.word.order.at;
        moved.since < word || moved.since == word && !self.came_after_all(moved)
    }

    /// Whether a payment of the snapshot's very second is not in there, for it is more than all that is paid by it:
    /// where it was undone since, it takes nothing and gives nothing back.
    fn came_after_all(&self, moved: &Moved) -> bool {
        let shown = &self.debt.latest.value;
        let is_payment = moved.latest.value.kind == MovementKind::Payment;
        let is_undone = undone(moved) > 0 && self.may_be_undone_since(moved);
        if self.left.is_some() || !is_payment || !is_undone {
            return false;
        }
        let reversed = self.debt.of(MovementKind::Reversal);
        let reversed = reversed.filter(|reversal| reversal.since <= moved.since);
        let net = shown.total.minor.saturating_sub(shown.remaining.minor);
        let paid = reversed.map(|reversal| reversal.most);
        moved.most > paid.fold(net, i64::saturating_add)
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

    /// Reversals that the word had, and that were undone since.
    fn won(&self) -> impl Iterator<Item = &Moved> {
        let are_shown = self.debt.reversals == Reversals::Shown;
        let known = self.debt.of(MovementKind::Reversal);
        known.filter(move |moved| {
            are_shown && self.may_be_undone_since(moved) && self.debt.counts(moved)
        })
    }

    /// All that moved after the word, in order.
    pub(super) fn changes(&self) -> Vec<(Timestamp, What)> {
        let word = self.word.order.at;
        let moves = [
            self.moves(MovementKind::Payment, What::Paid, What::Added),
            self.moves(MovementKind::Credit, What::Credited, What::CreditUndone),
        ];
        let mut changes: Vec<(Timestamp, What)> = moves.into_iter().flatten().collect();
        let reversals = self.reversals().filter(|(moved, _)| moved.since > word);
        changes.extend(reversals.map(|(moved, minor)| (moved.since, What::Added(minor))));
        let won = self.won();
        changes.extend(won.map(|moved| (moved.latest.order.at, What::Paid(undone(moved)))));
        changes.sort_unstable();
        changes
    }

    /// What came after the word; and what the word had, and was undone since.
    fn moves(
        &self,
        kind: MovementKind,
        comes: fn(i64) -> What,
        goes: fn(i64) -> What,
    ) -> Vec<(Timestamp, What)> {
        let counted = self.debt.of(kind).filter(|moved| self.debt.counts(moved));
        let changes = counted.filter_map(|moved| {
            if !self.is_known(moved) {
                Some((moved.since, comes(amount(moved))))
            } else if self.may_be_undone_since(moved) {
                Some((moved.latest.order.at, goes(undone(moved))))
            } else {
                None
            }
        });
        changes.collect()
    }

    /// How much of it there was when the word was spoken.
    fn by_the_word(&self, moved: &Moved) -> i64 {
        if self.may_be_undone_since(moved) {
            moved.most
        } else {
            amount(moved)
        }
    }

    /// Whether the word had it, and less may be said of it since. Of what happens within a second of the word nobody
    /// knows whether it is in there: a tool shows its own changes a moment before it tells of them.
    fn may_be_undone_since(&self, moved: &Moved) -> bool {
        let word = self.word.order.at;
        moved.since <= word && is_after(moved.latest.order.at, word)
    }
}

/// Whether something was after a snapshot, and so is not in there.
pub(super) fn is_after(at: Timestamp, shown: Timestamp) -> bool {
    at.duration_since(shown) >= A_MOMENT
}

pub(super) fn amount(moved: &Moved) -> i64 {
    moved.latest.value.amount.minor
}

/// What less is said of it than once was.
pub(super) fn undone(moved: &Moved) -> i64 {
    moved.most.saturating_sub(amount(moved)).max(0)
}
