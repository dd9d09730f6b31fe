//! What a debtor paid before.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::invoice::Invoice;
use crate::billing::Status;
use crate::calendar::DebtorCalendar;
use crate::limits::LONGEST_HISTORY;
use crate::value::InvoiceId;

/// The newest of the invoices that it has paid, by their due dates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History {
    paid: BTreeMap<InvoiceId, Paid>,
}

/// An invoice that was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Paid {
    /// When it was due.
    due_on: Date,
    /// When it was paid, as far as that was told.
    at: Timestamp,
}

impl History {
    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.paid.is_empty()
    }

    /// Takes in where an invoice stands. The order in which invoices come in does not matter.
    pub(crate) fn note(&mut self, invoice: &Invoice) {
        self.paid.remove(invoice.id());
        let balance = invoice.balance();
        let Some(due_on) = balance.due_on.filter(|_| balance.status == Status::Paid) else {
            return;
        };
        // Where its payments were told by themselves, they say when.
        let told = invoice.debt.latest.order.at;
        let moved = invoice.debt.movements.by_id.values();
        let at = moved
            .map(|moved| moved.latest.order.at)
            .max()
            .unwrap_or(told);
        self.paid.insert(invoice.id().clone(), Paid { due_on, at });
        while self.paid.len() > LONGEST_HISTORY {
            let oldest = self.paid.iter().min_by_key(|(id, paid)| (paid.due_on, *id));
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else {
                return;
            };
            self.paid.remove(&oldest);
        }
    }

    /// How many it has paid, of the newest.
    pub(crate) fn paid(&self) -> usize {
        self.paid.len()
    }

    /// How many of the newest it has paid on time, up to the first that it has not.
    pub(crate) fn on_time(&self, calendar: &DebtorCalendar<'_>) -> usize {
        let mut newest: Vec<_> = self.paid.iter().collect();
        newest.sort_by_key(|(id, paid)| (std::cmp::Reverse(paid.due_on), *id));
        let newest = newest.into_iter();
        newest
            .take_while(|(_, paid)| calendar.day_of(paid.at) <= paid.due_on)
            .count()
    }
}
