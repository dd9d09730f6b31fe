//! `plan`: which steps an invoice still has, and at which instants.

use jiff::civil::Date;

use super::context::Context;
use super::explain::{explain, tell};
use super::holds::{Held, holds};
use super::ladder::Ladder;
use crate::billing::{Collection, Status};
use crate::file::{Debtor, Hold, Invoice, NotChased, Outlook, Step, StepState, TooLate, next_look};
use crate::journal::{Line, Notice};
use crate::policy::Policy;

/// An invoice planned anew, with what that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The invoice with its steps and its outlook.
    pub invoice: Invoice,
    /// A line for each step and outlook that changed.
    pub journal: Vec<Line>,
    /// What a person must hear of the change.
    pub notices: Vec<Notice>,
}

/// Plans an invoice by the file as it is now. Called by whoever changes the file; the same file on the
/// same day gives the same plan, so calling it again changes nothing.
pub fn plan(ctx: Context<'_>, invoice: &Invoice, debtor: &Debtor) -> Planned {
    let mut planned = invoice.clone();
    planned.policy = ctx.policy.version.clone();
    if invoice.balance().status != Status::Draft && planned.opened_at.is_none() {
        enter(ctx, &mut planned, debtor);
    }
    let standing = standing(&planned, debtor, ctx.policy);
    let mut moves = Vec::new();
    planned.steps = match &standing {
        Standing::Owed { due_on, holds } => {
            let ladder = Ladder::new(ctx, debtor, &planned, *due_on, holds);
            let climbed = ladder.climb();
            moves = climbed.moves;
            climbed.steps
        }
        Standing::Undated | Standing::Quiet(_) => done(&invoice.steps),
    };
    planned.outlook = outlook(&invoice.outlook, &standing, &planned.steps);
    planned.look_at = (!planned.is_closed()).then(|| match invoice.look_at {
        Some(look) if look > ctx.now => look,
        _ => next_look(&debtor.key, ctx.now),
    });
    let journal = explain(invoice, &planned, &standing, &moves);
    let notices = tell(invoice, &planned);
    Planned {
        invoice: planned,
        journal,
        notices,
    }
}

/// An invoice is known as owed for the first time. Once, now, it is judged whether that is too late.
fn enter(ctx: Context<'_>, invoice: &mut Invoice, debtor: &Debtor) {
    invoice.opened_at = Some(ctx.now);
    let Some(due_on) = due_on(invoice, debtor, ctx.policy) else {
        return;
    };
    let today = debtor.calendar(ctx.policy).day_of(ctx.now);
    let late = (today - due_on).get_days();
    if late > ctx.policy.first_contact.limit {
        invoice.holds.too_late = Some(TooLate { days: late });
    }
}

/// The civil day on which a debt that is chased is, or was, due.
pub fn due_on(invoice: &Invoice, debtor: &Debtor, policy: &Policy) -> Option<Date> {
    match standing(invoice, debtor, policy) {
        Standing::Owed { due_on, .. } => Some(due_on),
        Standing::Undated | Standing::Quiet(_) => None,
    }
}

/// Whether a debt is to be chased at all.
#[derive(Debug, Clone)]
pub(super) enum Standing {
    Owed { due_on: Date, holds: Vec<Held> },
    Undated,
    Quiet(NotChased),
}

fn standing(invoice: &Invoice, debtor: &Debtor, policy: &Policy) -> Standing {
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
    due_on.map_or(Standing::Undated, |due_on| Standing::Owed {
        due_on,
        holds: holds(invoice, debtor),
    })
}

fn outlook(before: &Outlook, standing: &Standing, steps: &[Step]) -> Outlook {
    use NotChased::{Paid, Uncollectible, Void};
    match standing {
        // The debt's end ends every hold.
        Standing::Quiet(why @ (Paid | Void | Uncollectible)) => Outlook::NotChased(*why),
        // What a newer version holds, this one does not let go.
        _ if before.is_newer() => before.clone(),
        Standing::Quiet(why) => Outlook::NotChased(*why),
        Standing::Undated => Outlook::Held(Hold::NoDueDate),
        Standing::Owed { holds, .. } => {
            if let Some(held) = holds.iter().find(|held| held.until.is_none()) {
                return Outlook::Held(held.why.clone());
            }
            let planned = steps.iter().filter(|step| step.is_planned());
            let next = planned.map(|step| step.at).min();
            next.map_or(Outlook::Finished, |at| Outlook::Next { at })
        }
    }
}

/// What is said stays said, whatever the policy says now, with what it speaks for; and what was not heard is
/// still to be said.
pub(super) fn done(steps: &[Step]) -> Vec<Step> {
    let is_kept = |step: &&Step| is_done(step, steps) || is_unheard(step);
    steps.iter().filter(is_kept).cloned().collect()
}

fn is_unheard(step: &Step) -> bool {
    matches!(step.state, StepState::Unheard { .. })
}

/// Said, or perhaps; or merged into a later step that was.
pub(crate) fn is_done(step: &Step, steps: &[Step]) -> bool {
    match &step.state {
        // A step only ever merges into a later one, so this ends.
        StepState::Merged { into } => {
            let later = steps.iter().skip_while(|known| known.id != step.id).skip(1);
            later
                .filter(|later| later.id == *into)
                .any(|later| is_done(later, steps))
        }
        _ => step.is_said(),
    }
}
