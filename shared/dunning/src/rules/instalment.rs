//! Invoices that are paid in several parts: the ladder is that of the oldest part that is not paid.

use jiff::civil::Date;

use crate::billing::Snapshot;
use crate::policy::Policy;
use crate::value::{Money, StepId};

/// The oldest part of an invoice that is not paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OldestUnpaid {
    /// Which, counted from 1.
    pub(super) number: usize,
    /// The civil day by which it is to be paid.
    pub(super) due_on: Date,
    /// What is left of it.
    pub(super) left: Money,
}

/// The oldest part that is not paid, where there are several. What was paid, or credited, counts for the oldest.
///
/// What is less than the policy chases is left where it is: the next part is the one. And of what no part covers, nothing
/// is asked for with a part.
pub(super) fn oldest_unpaid(balance: &Snapshot, policy: &Policy) -> Option<OldestUnpaid> {
    let parts = &balance.instalments;
    let currency = balance.remaining.currency;
    let is_of_it = |money: Money| money.currency == currency && money.minor >= 0;
    if parts.len() < 2 || !parts.iter().all(|part| is_of_it(part.amount)) {
        return None;
    }
    // From the end: the newest are those that are left.
    let mut unpaid = Vec::new();
    let mut left = balance.remaining.minor;
    for (place, part) in parts.iter().enumerate().rev() {
        let of_part = left.min(part.amount.minor);
        left = left.saturating_sub(of_part);
        if of_part > 0 {
            unpaid.push(OldestUnpaid {
                number: place + 1,
                due_on: part.due_on,
                left: Money {
                    minor: of_part,
                    currency,
                },
            });
        }
    }
    let least = policy.limits.chase_from;
    let oldest = unpaid.iter().rev().find(|part| !least.is_above(part.left));
    oldest.or(unpaid.last()).copied()
}

/// What a mail about it asks for.
pub fn asked_for(balance: &Snapshot, policy: &Policy) -> Money {
    oldest_unpaid(balance, policy).map_or(balance.remaining, |oldest| oldest.left)
}

/// A step of the policy, for a part of an invoice: `late-3@2`. That of the first part has no number.
pub(super) fn step_of(step: &StepId, number: usize) -> StepId {
    if number < 2 {
        return step.clone();
    }
    let id = format!("{}@{number}", step.as_str());
    // A step's name and two digits are shorter than the longest id, and have none of the letters that ids may not.
    StepId::parse(id).unwrap_or_else(|_| step.clone())
}
