//! Whether a debt is to be chased, and since when it is due.

use jiff::civil::Date;

use super::holds::{Held, holds};
use crate::billing::{Collection, Status};
use crate::file::{Debtor, Hold, Invoice, NotChased};
use crate::policy::Policy;

/// The civil day on which a debt that is chased is, or was, due.
pub fn due_on(invoice: &Invoice, debtor: &Debtor, policy: &Policy) -> Option<Date> {
    match standing(invoice, debtor, policy) {
        Standing::Owed { due_on, .. } => Some(due_on),
        Standing::Undated(_) | Standing::Quiet(_) => None,
    }
}

/// Whether a debt is to be chased at all.
#[derive(Debug, Clone)]
pub(super) enum Standing {
    Owed {
        due_on: Date,
        holds: Vec<Held>,
    },
    /// Nothing can be dated; and why nothing leaves.
    Undated(Hold),
    Quiet(NotChased),
}

/// Where a debt stands, by the file as it is.
pub(super) fn standing(invoice: &Invoice, debtor: &Debtor, policy: &Policy) -> Standing {
    let balance = invoice.balance();
    match balance.status {
        Status::Draft => return Standing::Quiet(NotChased::Draft),
        Status::Paid => return Standing::Quiet(NotChased::Paid),
        Status::Void => return Standing::Quiet(NotChased::Void),
        Status::Uncollectible => return Standing::Quiet(NotChased::Uncollectible),
        Status::Open if balance.remaining.minor == 0 => return Standing::Quiet(NotChased::Paid),
        Status::Open => {}
    }
    let due_on = match balance.collection {
        Collection::SendInvoice => balance.due_on,
        Collection::ChargeAutomatically => {
            let source = policy.sources.get(&debtor.key.realm.source);
            let chased = source.filter(|source| source.chase_failed_charges);
            // Due since the day on which the first charge failed.
            let failed_on = chased
                .zip(invoice.debt.charge_failed_at)
                .map(|(source, at)| at.to_zoned(source.time_zone.get().clone()).date());
            match failed_on {
                None => return Standing::Quiet(NotChased::ChargedAutomatically),
                due => due,
            }
        }
    };
    let too_little = policy.limits.chase_from.is_above(balance.remaining);
    let too_little = too_little.then_some(Hold::TooLittle);
    let Some(due_on) = due_on else {
        return Standing::Undated(too_little.unwrap_or(Hold::NoDueDate));
    };
    let too_little = too_little.map(|why| Held { why, until: None });
    let holds = too_little.into_iter().chain(holds(invoice, debtor, policy));
    Standing::Owed {
        due_on,
        holds: holds.collect(),
    }
}
