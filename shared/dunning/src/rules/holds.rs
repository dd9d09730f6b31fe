//! Why nothing may leave for an invoice, now: the table of record is that of [`Hold`].

use jiff::Timestamp;
use jiff::civil::Date;

use super::context::Context;
use super::recipients::of_invoice;
use crate::calendar::day_after;
use crate::file::{Debtor, Hold, Invoice, NotShown, Pause, Reception, StepApproval};
use crate::limits::RECEPTION_NOTED;
use crate::policy::{self, Policy};
use crate::value::{DebtorKey, Money, Newer};

/// A hold that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Why.
    pub why: Hold,
    /// The day on which it ends by itself; none where somebody must end it.
    pub until: Option<Date>,
}

/// All that holds a debt that is chased, the strongest first.
pub fn holds(invoice: &Invoice, debtor: &Debtor, policy: &Policy) -> Vec<Held> {
    let for_good = |why| Held { why, until: None };
    let newer = invoice.holds.newer.keys().chain(debtor.holds.keys());
    let mut holds: Vec<Held> = newer
        .map(|name| for_good(Hold::Newer(Newer::named(name))))
        .collect();
    if !is_heard(&debtor.key, policy) {
        holds.push(for_good(Hold::SourceGone));
    }
    if invoice.debt.reopened() > invoice.released {
        holds.push(for_good(Hold::Reopened));
    }
    if invoice.holds.not_shown.is_some_and(NotShown::holds) {
        holds.push(for_good(Hold::NotShown));
    }
    if invoice.holds.imported.is_some() {
        holds.push(for_good(Hold::Imported));
    }
    if invoice.holds.too_late.is_some() {
        holds.push(for_good(Hold::TooLateAtEntry));
    }
    if invoice
        .holds
        .approval
        .as_ref()
        .is_some_and(StepApproval::holds)
    {
        holds.push(for_good(Hold::AwaitingApproval));
    }
    if debtor.facts.is_deleted() {
        holds.push(for_good(Hold::CustomerDeleted));
    }
    let own = of_invoice(invoice);
    if own.is_none_or(|own| debtor.trouble_at(&own).is_some()) {
        holds.extend(of_address(debtor).map(for_good));
    }
    // A tool puts money onto an invoice of its own currency alone. Of what came in another one the team has heard,
    // and what is owed does not wait for it: nobody could ever use it up.
    let money = debtor.facts.held_money_in(invoice.balance().currency());
    if money.is_some_and(|money| holds_anything(money, policy)) {
        holds.push(for_good(Hold::Unapplied));
    }
    let pauses = [&invoice.paused, &debtor.paused].into_iter().flatten();
    holds.extend(pauses.map(|Pause { until }| Held {
        why: Hold::Paused,
        until: *until,
    }));
    if invoice.balance().left_alone || debtor.profile.value.left_alone {
        holds.push(for_good(Hold::LeftAlone));
    }
    holds.extend(until_a_day(invoice, debtor));
    holds
}

/// Whether the policy takes in what the tool says of a debtor. Of a source that was renamed or taken out, and of the
/// mode that it takes no more, payments would go unheard.
fn is_heard(debtor: &DebtorKey, policy: &Policy) -> bool {
    let source = policy.sources.get(&debtor.realm.source);
    source.is_some_and(|source| source.mode == debtor.realm.mode)
}

/// Whether money that is on no invoice is so much that it would be chased.
pub(super) fn holds_anything(money: Money, policy: &Policy) -> bool {
    !policy.limits.chase_from.is_above(money)
}

/// The strongest of those that somebody must end: nothing leaves while there is one.
pub(super) fn without_end(holds: &[Held]) -> Option<&Hold> {
    let mut without_end = holds.iter().filter(|held| held.until.is_none());
    without_end.next().map(|held| &held.why)
}

/// Why its address cannot be written to.
pub(super) fn of_address(debtor: &Debtor) -> Option<Hold> {
    let Some(address) = &debtor.profile.value.email else {
        return Some(Hold::NoAddress);
    };
    debtor.trouble_at(address).map(Hold::from)
}

/// What the tool wants until a day, or says of payments.
fn until_a_day(invoice: &Invoice, debtor: &Debtor) -> impl Iterator<Item = Held> {
    let balance = invoice.balance();
    let not_before = [balance.not_before, debtor.profile.value.not_before];
    let not_before = not_before.into_iter().flatten();
    let pending = balance.payment_pending_until.into_iter();
    let pending = pending.chain(debtor.facts.pending_for(invoice.id()));
    let held = |why: Hold| {
        move |until| Held {
            why: why.clone(),
            until: Some(until),
        }
    };
    let not_before: Vec<Held> = not_before.map(held(Hold::NotBefore)).collect();
    let pending: Vec<Held> = pending.map(held(Hold::PaymentOnItsWay)).collect();
    not_before.into_iter().chain(pending)
}

/// What holds a debt because of its source: what is due today waits for tomorrow, and is asked about again.
pub(super) fn of_source(ctx: Context<'_>, debtor: &Debtor) -> Option<Held> {
    is_source_refused(ctx, &debtor.key).then(|| Held {
        why: Hold::SourceRefused,
        until: Some(day_after(debtor.calendar(ctx.policy).day_of(ctx.now))),
    })
}

/// Whether a debtor's source is silent for longer than its habit, and what came for it was refused, by what is known
/// of it.
pub fn is_source_refused(ctx: Context<'_>, debtor: &DebtorKey) -> bool {
    let source = ctx.policy.sources.get(&debtor.realm.source);
    let silence = source
        .zip(ctx.reception)
        .and_then(|(source, known)| silence(source, known, ctx.now));
    silence.is_some_and(|silence| silence.is_refusal)
}

/// A source is silent for longer than its habit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// Since when.
    pub since: Timestamp,
    /// What came meanwhile was refused: it may be the source that speaks, and nobody hears it. A stranger can
    /// bring about no more than that, and nothing for a source that is heard.
    pub is_refusal: bool,
}

/// Whether a source is silent for longer than its habit.
pub fn silence(source: &policy::Source, known: &Reception, now: Timestamp) -> Option<Silence> {
    let since = known.silent_since()?;
    (now.duration_since(since) > source.habit()).then(|| Silence {
        since,
        // Both are noted to the hour: what was refused in the same hour may have come before.
        is_refusal: known
            .refused_at
            .is_some_and(|refused| refused.duration_since(since) > RECEPTION_NOTED),
    })
}
