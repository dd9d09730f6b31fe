//! `plan`: which steps an invoice still has, and at which instants.

use super::approval;
use super::choice::choose;
use super::context::Context;
use super::explain::{explain, tell};
use super::holds::{Held, of_source, without_end};
use super::ladder::Ladder;
use super::lull;
use super::signals;
use super::standing::{Standing, due_on, standing};
use super::unheard::free_what_was_lost;
use crate::billing::Status;
use crate::file::{Debtor, Hold, Invoice, NotChased, Outlook, Step, TooLate, done, next_look};
use crate::journal::{Line, Notice, NoticeKind, What};

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
    let given_up = free_what_was_lost(&mut planned, debtor);
    if invoice.balance().status != Status::Draft && planned.opened_at.is_none() {
        enter(ctx, &mut planned, debtor);
    }
    let choice = choose(ctx.policy, &planned, debtor);
    let stand = |planned: &Invoice| {
        let mut standing = standing(planned, debtor, ctx.policy, &choice);
        if let Standing::Owed { holds, .. } = &mut standing {
            holds.extend(of_source(ctx, debtor));
        }
        standing
    };
    let mut standing = stand(&planned);
    let mut moves = Vec::new();
    let mut is_held = true;
    planned.steps = match &standing {
        Standing::Owed { due_on, holds } => {
            // What waits for approval alone keeps its dates up.
            let others: Vec<Held> = holds.iter().filter(|held| !awaits(held)).cloned().collect();
            is_held = without_end(&others).is_some();
            let ladder = Ladder::new(ctx, debtor, &planned, *due_on, &others, &choice);
            let climbed = ladder.climb();
            moves = climbed.moves;
            climbed.steps
        }
        Standing::Undated(_) | Standing::Quiet(_) => done(&invoice.steps),
    };
    let asked = approval::ask(ctx, &mut planned, debtor, &choice, is_held);
    if planned.holds.approval != invoice.holds.approval {
        standing = stand(&planned);
    }
    planned.outlook = outlook(&invoice.outlook, &standing, &planned.steps);
    planned.look_at = (!planned.is_closed()).then(|| {
        let look = invoice.look_at.filter(|look| *look > ctx.now);
        let look = look.unwrap_or_else(|| next_look(&debtor.key, ctx.now));
        asked.look_at.map_or(look, |asked| asked.min(look))
    });
    let mut journal = explain(invoice, &planned, &standing, ctx.policy, &moves);
    journal.extend(signals::undo(ctx.policy, &mut planned));
    let mut notices = tell(invoice, &planned, debtor);
    for claim in given_up {
        journal.push(Line::of_debtor(What::GivenUp { claim }));
        let unknown = Notice::new(NoticeKind::MailUnknown, debtor.name()).of_debtor(debtor);
        notices.push(unknown.worth([&planned]));
    }
    notices.extend(asked.notices);
    if let Some(why) = choice
        .undecided
        .filter(|_| invoice.outlook != planned.outlook)
    {
        journal.push(Line::of(planned.id(), What::Undecided { why }));
    }
    match standing {
        Standing::Owed { .. } => notices.extend(lull::note(ctx, &mut planned, debtor)),
        Standing::Undated(_) | Standing::Quiet(_) => planned.lull = None,
    }
    Planned {
        invoice: planned,
        journal,
        notices,
    }
}

/// Whether a hold waits for approval.
pub(super) fn awaits(held: &Held) -> bool {
    held.why == Hold::AwaitingApproval
}

/// An invoice is known as owed for the first time. Once, now, it is judged whether that is too late.
fn enter(ctx: Context<'_>, invoice: &mut Invoice, debtor: &Debtor) {
    invoice.opened_at = Some(ctx.now);
    judge_lateness(ctx, invoice, debtor);
}

/// A debt of which the debtor hears for the first time may be late for so long that a person must look first.
pub(super) fn judge_lateness(ctx: Context<'_>, invoice: &mut Invoice, debtor: &Debtor) {
    let Some(due_on) = due_on(invoice, debtor, ctx.policy) else {
        return;
    };
    let today = debtor.calendar(ctx.policy).day_of(ctx.now);
    let late = (today - due_on).get_days();
    let choice = choose(ctx.policy, invoice, debtor);
    if late > choice.sequence.first_contact.limit {
        invoice.holds.too_late = Some(TooLate { days: late });
    }
}

fn outlook(before: &Outlook, standing: &Standing, steps: &[Step]) -> Outlook {
    use NotChased::{Paid, Uncollectible, Void};
    match standing {
        // The debt's end ends every hold.
        Standing::Quiet(why @ (Paid | Void | Uncollectible)) => Outlook::NotChased(*why),
        // What a newer version holds, this one does not let go.
        _ if before.is_newer() => before.clone(),
        Standing::Quiet(why) => Outlook::NotChased(*why),
        Standing::Undated(why) => Outlook::Held(why.clone()),
        Standing::Owed { holds, .. } => {
            if let Some(why) = without_end(holds) {
                return Outlook::Held(why.clone());
            }
            let planned = steps.iter().filter(|step| step.is_planned());
            let next = planned.map(|step| step.at).min();
            next.map_or(Outlook::Finished, |at| Outlook::Next { at })
        }
    }
}
