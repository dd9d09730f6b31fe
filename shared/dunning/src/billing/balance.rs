//! Where a debt stands: the newest snapshot, and what was told apart from it.
//!
//! The newest word on the whole (a snapshot, or an end) is believed, and what moved after it is added, in
//! the order of its instants. Refunds never count.

use std::borrow::Cow;

use jiff::Timestamp;

use super::debt::Debt;
use super::movements::{Moved, MovementKind};
use super::reckoning::{Owed, Reckoning, amount, is_after};
use super::settlement::Settlement;
use super::silence::Silence;
use super::snapshot::{Dated, Order, Snapshot, Status};
use crate::value::Money;

impl Debt {
    /// The invoice as it stands: the newest snapshot, with what was told apart from it reckoned in.
    pub fn balance(&self) -> Cow<'_, Snapshot> {
        if self.withdrawn {
            // As before it was ever shown.
            let mut nothing = self.latest.value.clone();
            nothing.status = Status::Draft;
            return Cow::Owned(nothing);
        }
        if self.movements.is_empty() {
            return Cow::Borrowed(&self.latest.value);
        }
        let mut balance = self.latest.value.clone();
        let word = self.last_word();
        balance.status = word.value;
        match word.value {
            Status::Open | Status::Paid => {
                let Owed {
                    total, remaining, ..
                } = self.owed(word);
                if word.value == Status::Open || remaining > 0 {
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
        if let Some(silenced) = self.silenced() {
            silenced.value.quiet(&mut balance);
        }
        Cow::Owned(balance)
    }

    /// What is left by the newest word, or by what was shown later and makes sense in this alone, if that is less.
    fn owed(&self, word: Dated<Status>) -> Owed {
        let by_word = Reckoning::new(self, word).owed();
        let silenced = self.silenced();
        let left = silenced.and_then(|told| told.value.left?.of(self.latest.value.currency()));
        let Some((silenced, left)) = silenced.zip(left) else {
            return by_word;
        };
        let shown = Dated {
            order: silenced.order,
            value: word.value,
            by: silenced.by,
        };
        let by_silence = Reckoning {
            left: Some(left),
            ..Reckoning::new(self, shown)
        };
        let by_silence = by_silence.owed();
        if by_silence.remaining < by_word.remaining {
            by_silence
        } else {
            by_word
        }
    }

    /// What silences it of what was shown later than the newest snapshot, and made no sense.
    fn silenced(&self) -> Option<Dated<Silence>> {
        let silenced = self.movements.silenced;
        silenced.filter(|told| self.is_later(told.order))
    }

    /// Since when a debt that is open again, having been settled, waits for a person to look: the moment
    /// at which it was settled last, or at which a payment was reversed or taken back.
    pub fn reopened(&self) -> Option<Timestamp> {
        if self.balance().status != Status::Open {
            return None;
        }
        let ended = self.movements.ended;
        let reversals = self
            .of(MovementKind::Reversal)
            .filter(|moved| amount(moved) > 0);
        [
            self.settled.map(|settled| settled.at),
            ended.map(|end| end.order.at),
            reversals.map(|moved| moved.since).max(),
            self.taken_back(),
            self.shown_again(),
            self.owed_again(),
        ]
        .into_iter()
        .flatten()
        .max()
    }

    /// Whether by both the same is owed, and held: they differ at the most in when it was said.
    pub(crate) fn stands_like(&self, other: &Self) -> bool {
        self.balance().says_the_same_as(&other.balance())
            && self.withdrawn == other.withdrawn
            && self.reopened() == other.reopened()
            && self.charge_failed_at == other.charge_failed_at
            && self.reversals == other.reversals
    }

    /// It was said to be paid, and is owed by what moved since.
    fn owed_again(&self) -> Option<Timestamp> {
        let word = self.last_word();
        let changes = Reckoning::new(self, word).changes();
        let raised = changes.into_iter().filter(|(_, what)| what.raises());
        raised
            .map(|(at, _)| at)
            .max()
            .filter(|_| word.value == Status::Paid)
    }

    /// The newest word on the whole: the snapshot's, or that of an end that was told later.
    fn last_word(&self) -> Dated<Status> {
        let shown = Dated {
            order: self.latest.order,
            value: self.latest.value.status,
            by: self.latest.by,
        };
        let ended = self.movements.ended;
        let ended = ended.filter(|end| self.is_later(end.order));
        ended.unwrap_or(shown)
    }

    /// Whether the newest snapshot was not told after it.
    fn is_later(&self, told: Order) -> bool {
        let shown = self.latest.order;
        match (told.version, shown.version) {
            (Some(told), Some(shown)) => told >= shown,
            _ => told.at >= shown.at,
        }
    }

    /// Payments that stood together had settled the debt, and now they do not: when one was undone, or a
    /// newer snapshot showed more. A later credit settles with them; and so do payments that only the snapshot
    /// tells of, with those that came after it.
    fn taken_back(&self) -> Option<Timestamp> {
        let shown = &self.latest.value;
        let at = self.latest.order.at;
        let is_later = |moved: &&Moved| moved.since > at;
        let credits: Vec<&Moved> = self.credits().filter(is_later).collect();
        let all = self.payments().chain(credits.iter().copied());
        let later = self.payments().filter(is_later);
        let later = later.chain(credits.iter().copied());
        let last = self.payments().map(|moved| moved.since).max();
        let outdone = last.filter(|last| at > *last);
        let by_all = Settlement::of_those_shown(all, shown.total.minor, &self.shown_as_paid());
        let by_later = Settlement::of(later, shown.remaining.minor);
        let outdone = outdone.filter(|_| by_all.was_there);
        let by_later = by_later.undone.filter(|_| shown.remaining.minor > 0);
        by_all.undone.max(outdone).max(by_later)
    }

    /// How much was paid by each snapshot that showed it open, as far as they are kept. One of the very moment of a
    /// payment may not have it.
    fn shown_as_paid(&self) -> Vec<(Timestamp, i64)> {
        let latest = self.latest.order.at;
        let total = self.latest.value.total.minor;
        let says_something = |shown: &Dated<Money>| !self.moved_within_a_moment_of(shown.order.at);
        let paid = |shown: Dated<Money>| {
            let at = shown.order.at;
            let credits = self.credits();
            let credits = credits.filter(|moved| moved.since > at && moved.since <= latest);
            // The newest total is less these already.
            let total = credits.map(amount).fold(total, i64::saturating_add);
            (at, total.saturating_sub(shown.value.minor).max(0))
        };
        let shown = self.shown_as_owed().filter(says_something);
        let mut shown: Vec<(Timestamp, i64)> = shown.map(paid).collect();
        shown.sort_unstable();
        shown
    }

    /// When a snapshot showed as owed what had been settled, by the one before it and what was told between them. What
    /// came within a moment of either may be in the first, or not yet in the second.
    fn shown_again(&self) -> Option<Timestamp> {
        let (oldest, newest) = self.earlier.parts();
        let newest: Vec<Dated<Money>> = newest
            .iter()
            .copied()
            .chain(self.owed_by_latest())
            .collect();
        [oldest, newest.as_slice()]
            .into_iter()
            .filter_map(|shown| self.shown_again_among(shown))
            .max()
    }

    fn shown_again_among(&self, shown: &[Dated<Money>]) -> Option<Timestamp> {
        let last = shown.len().saturating_sub(1);
        let inner = 1..last;
        // A snapshot of the very moment of a payment says neither that it was there nor that it was not.
        let says_something = |(place, shown): &(usize, &Dated<Money>)| {
            !inner.contains(place) || !self.moved_within_a_moment_of(shown.order.at)
        };
        let shown: Vec<Dated<Money>> = shown
            .iter()
            .enumerate()
            .filter(says_something)
            .map(|(_, shown)| *shown)
            .collect();
        let pairs = shown.windows(2).filter(|pair| {
            let [before, after] = [pair[0], pair[1]];
            let between = self.payments().chain(self.credits()).filter(|moved| {
                is_after(moved.since, before.order.at) && is_after(after.order.at, moved.since)
            });
            let left = before.value.minor;
            left > 0 && after.value.minor > 0 && Settlement::of(between, left).was_there
        });
        pairs.map(|pair| pair[1].order.at).max()
    }

    fn moved_within_a_moment_of(&self, at: Timestamp) -> bool {
        let mut moved = self.payments().chain(self.credits());
        moved.any(|moved| !is_after(moved.since, at) && !is_after(at, moved.since))
    }
}
