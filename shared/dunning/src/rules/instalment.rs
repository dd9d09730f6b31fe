//! Invoices that are paid in several parts: the ladder is that of the oldest part that is not paid.

use jiff::civil::Date;

use crate::billing::Snapshot;
use crate::value::{Money, StepId};

/// The oldest part of an invoice that is not paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldestUnpaid {
    /// Which, counted from 1.
    pub number: usize,
    /// The civil day by which it is to be paid.
    pub due_on: Date,
    /// What is left of it.
    pub left: Money,
}

/// The oldest part that is not paid, where there are several. What was paid, or credited, counts for the oldest.
pub fn oldest_unpaid(balance: &Snapshot) -> Option<OldestUnpaid> {
    let parts = &balance.instalments;
    let currency = balance.remaining.currency;
    let is_of_it = |money: Money| money.currency == currency && money.minor >= 0;
    if parts.len() < 2 || !parts.iter().all(|part| is_of_it(part.amount)) {
        return None;
    }
    // From the end: the newest are those that are left.
    let mut later = 0_i64;
    for (place, part) in parts.iter().enumerate().rev() {
        let left = balance.remaining.minor.saturating_sub(later);
        if place == 0 || left <= part.amount.minor {
            return (left > 0).then_some(OldestUnpaid {
                number: place + 1,
                due_on: part.due_on,
                left: Money {
                    minor: left,
                    currency,
                },
            });
        }
        later = later.saturating_add(part.amount.minor);
    }
    None
}

/// What a mail about it asks for.
pub fn asked_for(balance: &Snapshot) -> Money {
    oldest_unpaid(balance).map_or(balance.remaining, |oldest| oldest.left)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::{Collection, Instalment, Status};
    use crate::value::{Currency, InvoiceId};

    fn euros(minor: i64) -> Money {
        Money {
            minor,
            currency: Currency::parse("EUR").unwrap(),
        }
    }

    fn in_parts(parts: &[(i64, &str)], remaining: i64) -> Option<(usize, String, i64)> {
        let total = parts.iter().map(|(minor, _)| minor).sum();
        let parts = parts.iter().map(|(minor, day)| Instalment {
            due_on: day.parse().unwrap(),
            amount: euros(*minor),
        });
        let balance = Snapshot {
            id: InvoiceId::parse("in_1").unwrap(),
            number: None,
            status: Status::Open,
            total: euros(total),
            remaining: euros(remaining),
            due_on: None,
            collection: Collection::SendInvoice,
            pay_url: None,
            pdf_url: None,
            po_number: None,
            left_alone: false,
            not_before: None,
            payment_pending_until: None,
            issued_on: None,
            instalments: parts.collect(),
            tags: crate::billing::Tags::default(),
            plan: None,
            contacts: Vec::new(),
        };
        let oldest = oldest_unpaid(&balance)?;
        Some((oldest.number, oldest.due_on.to_string(), oldest.left.minor))
    }

    #[test]
    fn what_was_paid_counts_for_the_oldest_part() {
        let parts = [
            (400, "2027-02-01"),
            (300, "2027-03-01"),
            (300, "2027-04-01"),
        ];
        let oldest = |remaining| in_parts(&parts, remaining);
        assert_eq!(oldest(1000), Some((1, "2027-02-01".to_owned(), 400)));
        assert_eq!(oldest(750), Some((1, "2027-02-01".to_owned(), 150)));
        assert_eq!(oldest(600), Some((2, "2027-03-01".to_owned(), 300)));
        assert_eq!(oldest(301), Some((2, "2027-03-01".to_owned(), 1)));
        assert_eq!(oldest(300), Some((3, "2027-04-01".to_owned(), 300)));
        assert_eq!(oldest(1), Some((3, "2027-04-01".to_owned(), 1)));
        // More than all parts: as if it were of the first.
        assert_eq!(oldest(1100), Some((1, "2027-02-01".to_owned(), 500)));
        assert_eq!(oldest(0), None);
        assert_eq!(in_parts(&[(400, "2027-02-01")], 400), None);
    }
}
