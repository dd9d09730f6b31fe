//! Whether a debt is to be chased, and since when it is due.

use jiff::civil::Date;

use super::choice::Choice;
use super::holds::{Held, holds};
use super::instalment::oldest_unpaid;
use crate::billing::{Collection, Status};
use crate::file::{Debtor, Hold, Invoice, NotChased};
use crate::policy::Policy;

/// The civil day on which a debt that is chased is, or was, due.
pub fn due_on(invoice: &Invoice, debtor: &Debtor, policy: &Policy) -> Option<Date> {
    dated(invoice, debtor, policy).ok().flatten()
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
pub(super) fn standing(
    invoice: &Invoice,
    debtor: &Debtor,
    policy: &Policy,
    choice: &Choice<'_>,
) -> Standing {
    let due_on = match dated(invoice, debtor, policy) {
        Ok(due_on) => due_on,
        Err(why) => return Standing::Quiet(why),
    };
    if choice.sequence.is_silent() && choice.undecided.is_none() {
        return Standing::Quiet(NotChased::NoSteps);
    }
    let balance = invoice.balance();
    let too_little = choice
        .sequence
        .limits
        .chase_from
        .is_above(balance.remaining);
    let too_little = too_little.then_some(Hold::TooLittle);
    let Some(due_on) = due_on else {
        return Standing::Undated(too_little.unwrap_or(Hold::NoDueDate));
    };
    let too_little = too_little.map(|why| Held { why, until: None });
    let undecided = choice.undecided.is_some().then_some(Held {
        why: Hold::Undecided,
        until: None,
    });
    let holds = too_little
        .into_iter()
        .chain(undecided)
        .chain(holds(invoice, debtor, policy));
    Standing::Owed {
        due_on,
        holds: holds.collect(),
    }
}

/// Since when a debt is due, if it is to be chased and says so.
fn dated(invoice: &Invoice, debtor: &Debtor, policy: &Policy) -> Result<Option<Date>, NotChased> {
    let balance = invoice.balance();
    match balance.status {
        Status::Draft => return Err(NotChased::Draft),
        Status::Paid => return Err(NotChased::Paid),
        Status::Void => return Err(NotChased::Void),
        Status::Uncollectible => return Err(NotChased::Uncollectible),
        Status::Open if balance.remaining.minor == 0 => return Err(NotChased::Paid),
        Status::Open => {}
    }
    match balance.collection {
        Collection::SendInvoice => {
            let oldest = oldest_unpaid(&balance, policy);
            Ok(oldest.map(|oldest| oldest.due_on).or(balance.due_on))
        }
        Collection::ChargeAutomatically => {
            let source = policy.sources.get(&debtor.key.realm.source);
            let chased = source.filter(|source| source.chase_failed_charges);
            // Due since the day on which the first charge failed.
            let failed_on = chased
                .zip(invoice.debt.charge_failed_at)
                .map(|(source, at)| at.to_zoned(source.time_zone.get().clone()).date());
            failed_on.map(Some).ok_or(NotChased::ChargedAutomatically)
        }
    }
}
