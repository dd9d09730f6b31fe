//! What the user's own automation is told of a debt: to act on it, and that there is nothing to act on any more.

use super::context::Context;
use super::instalment::oldest_unpaid;
use crate::billing::Status;
use crate::file::{Invoice, NotChased, Outlook, Skip, Step, StepState};
use crate::journal::{Line, What};
use crate::policy::{Policy, SignalStep};
use crate::value::StepId;

/// Notes that a step's signal is told now. What the journal says of it, the automation hears. It is told of none that
/// was not warned.
pub(super) fn tell(
    ctx: Context<'_>,
    invoice: &mut Invoice,
    step: &StepId,
    signal: &SignalStep,
) -> Line {
    let rehearsed = ctx.rehearses;
    let is_warned = is_warned(ctx.policy, invoice, step.part());
    let balance = invoice.balance();
    let oldest = oldest_unpaid(&balance, ctx.policy);
    let (left, due_on) = oldest.map_or((balance.remaining, balance.due_on), |oldest| {
        (oldest.left, Some(oldest.due_on))
    });
    let (state, what) = if is_warned {
        let state = StepState::Signalled {
            at: ctx.now,
            undo: signal.undo.clone(),
            rehearsed,
        };
        let what = What::Signalled {
            step: step.clone(),
            signal: signal.name.clone(),
            left,
            due_on,
            rehearsed,
        };
        (state, what)
    } else {
        let (step, why) = (step.clone(), Skip::Unwarned);
        (StepState::Skipped(why), What::Skipped { step, why })
    };
    for known in invoice.steps.iter_mut().filter(|known| known.id == *step) {
        known.state = state.clone();
    }
    Line::of(invoice.id(), what)
}

/// Whether the debtor has heard a reminder of that part.
pub(super) fn is_warned(policy: &Policy, invoice: &Invoice, part: usize) -> bool {
    let mut steps = invoice.steps.iter().filter(|step| step.id.part() == part);
    steps.any(|step| {
        let is_reminder = policy
            .step(&step.id)
            .is_none_or(|known| known.duns() && known.mail().is_some());
        let is_heard = matches!(
            step.state,
            StepState::Heard { .. } | StepState::SentBefore { .. }
        );
        is_reminder && is_heard
    })
}

/// Nothing is owed any more, or not of the part: what was told is taken back, once. What is written off is still owed.
pub(super) fn undo(policy: &Policy, invoice: &mut Invoice) -> Vec<Line> {
    let (status, below) = match invoice.outlook {
        Outlook::NotChased(NotChased::Paid) => (Status::Paid, usize::MAX),
        Outlook::NotChased(NotChased::Void) => (Status::Void, usize::MAX),
        Outlook::NotChased(_) => return Vec::new(),
        _ => {
            let oldest = oldest_unpaid(&invoice.balance(), policy);
            (Status::Open, oldest.map_or(1, |oldest| oldest.number))
        }
    };
    take_back(invoice, status, |step| step.id.part() < below)
}

/// Another customer's it is from now on: whoever's it was has nothing to do with it.
pub fn hand_over(invoice: &mut Invoice) -> Vec<Line> {
    take_back(invoice, Status::Open, |_| true)
}

fn take_back(invoice: &mut Invoice, status: Status, of: impl Fn(&Step) -> bool) -> Vec<Line> {
    let id = invoice.id().clone();
    let mut lines = Vec::new();
    for step in invoice.steps.iter_mut().filter(|step| of(step)) {
        let StepState::Signalled {
            undo: Some(signal),
            rehearsed: false,
            ..
        } = &step.state
        else {
            continue;
        };
        let (step_id, signal) = (step.id.clone(), signal.clone());
        let what = What::SignalUndone {
            step: step_id,
            signal,
            status,
        };
        lines.push(Line::of(&id, what));
        // Should it be owed again, it is a step like any other.
        step.state = StepState::Skipped(Skip::Undone);
    }
    lines
}
