//! Of what left, or may have, nothing was heard in time.

use std::collections::BTreeMap;

use crate::file::{Attempt, Claim, Debtor, Invoice, Step, StepState};
use crate::value::{ClaimId, InvoiceId};

/// Which of its tries the steps of a mail had with it.
#[derive(Default)]
pub(super) struct Tries {
    pub(super) first: bool,
    pub(super) last: bool,
}

/// Frees the steps of a claim that were claimed for the first time; of the others nobody will know.
pub(super) fn free_steps(
    open: &mut BTreeMap<InvoiceId, Invoice>,
    id: &ClaimId,
    lost: &Claim,
) -> Tries {
    let mut tries = Tries::default();
    for carried in &lost.steps {
        let Some(invoice) = open.get_mut(&carried.invoice) else {
            continue;
        };
        let mut steps = invoice.steps.iter_mut();
        let step = steps.find(|step| step.id == carried.step && step.is_in(id));
        match step.and_then(|step| free(step, id, lost)) {
            Some(Attempt::First) => tries.first = true,
            Some(Attempt::Last) => tries.last = true,
            None => {}
        }
    }
    tries
}

/// A debt is owed again that was settled while a mail about it was lost: whoever decided about that mail anew did not see
/// its steps. Gives the mails of which nobody will know.
pub(super) fn free_what_was_lost(invoice: &mut Invoice, debtor: &Debtor) -> Vec<ClaimId> {
    let mut given_up = Vec::new();
    // Every plan comes by, and hardly ever is a mail lost. An earlier version left what it had given up as claimed.
    let is_any_lost = debtor.claims.values().any(|claim| claim.expired);
    if !is_any_lost || invoice.debt.reopened().is_none() {
        return given_up;
    }
    for step in &mut invoice.steps {
        let StepState::Claimed { claim, .. } = &step.state else {
            continue;
        };
        let id = claim.clone();
        let lost = debtor.claims.get(&id).filter(|claim| claim.expired);
        if lost.and_then(|lost| free(step, &id, lost)) == Some(Attempt::Last) {
            given_up.push(id);
        }
    }
    given_up
}

/// Gives the try that was lost.
fn free(step: &mut Step, id: &ClaimId, lost: &Claim) -> Option<Attempt> {
    let StepState::Claimed { attempt, .. } = step.state else {
        return None;
    };
    step.state = match attempt {
        Attempt::First => StepState::Planned {
            attempt: Attempt::Last,
        },
        Attempt::Last => StepState::Unknown {
            claim: id.clone(),
            at: lost.at,
        },
    };
    Some(attempt)
}
