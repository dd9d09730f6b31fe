//! Why nothing may leave for an invoice, now: the table of record is that of [`Hold`].

use jiff::civil::Date;

use crate::billing::Snapshot;
use crate::file::{Debtor, Hold, Invoice, Pause};
use crate::value::Newer;

/// A hold that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Why.
    pub why: Hold,
    /// The day on which it ends by itself; none where somebody must end it.
    pub until: Option<Date>,
}

/// All that holds a debt that is chased, the strongest first.
pub fn holds(invoice: &Invoice, debtor: &Debtor) -> Vec<Held> {
    let for_good = |why| Held { why, until: None };
    let newer = invoice.holds.newer.keys().chain(debtor.holds.keys());
    let mut holds: Vec<Held> = newer
        .map(|name| for_good(Hold::Newer(Newer::named(name))))
        .collect();
    if invoice.debt.reopened() > invoice.released {
        holds.push(for_good(Hold::Reopened));
    }
    if invoice.holds.too_late.is_some() {
        holds.push(for_good(Hold::TooLateAtEntry));
    }
    let balance = invoice.balance();
    holds.extend(of_address(debtor).map(for_good));
    let pauses = [&invoice.paused, &debtor.paused].into_iter().flatten();
    holds.extend(pauses.map(|Pause { until }| Held {
        why: Hold::Paused,
        until: *until,
    }));
    if balance.left_alone {
        holds.push(for_good(Hold::LeftAlone));
    }
    holds.extend(told_by_the_tool(&balance));
    holds
}

/// The strongest of those that somebody must end: nothing leaves while there is one.
pub(super) fn without_end(holds: &[Held]) -> Option<&Hold> {
    let mut without_end = holds.iter().filter(|held| held.until.is_none());
    without_end.next().map(|held| &held.why)
}

/// Why its address cannot be written to.
fn of_address(debtor: &Debtor) -> Option<Hold> {
    let Some(address) = &debtor.profile.value.email else {
        return Some(Hold::NoAddress);
    };
    debtor.trouble_at(address).map(Hold::from)
}

fn told_by_the_tool(balance: &Snapshot) -> impl Iterator<Item = Held> {
    let told = [
        (Hold::NotBefore, balance.not_before),
        (Hold::PaymentOnItsWay, balance.payment_due_by),
    ];
    let held = |(why, until): (Hold, Option<Date>)| until.map(|_| Held { why, until });
    told.into_iter().filter_map(held)
}
