//! A rehearsal: all is done as if it were real, but each mail goes to somebody else than the debtor. So what was heard in
//! it, the debtor has not heard.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::plan::judge_lateness;
use crate::file::{Attempt, File, Invoice, NotChased, Outlook, Skip, Step, StepOf, StepState};
use crate::journal::{Line, Notice, NoticeKind, What};
use crate::value::Currency;

/// Makes of a file what it would be, had nothing left in a rehearsal. Says of which invoices it had.
pub(super) fn forget(ctx: Context<'_>, file: &mut File) -> Vec<Line> {
    let File { debtor, open } = file;
    debtor.rehearsed_on.clear();
    let over = debtor
        .claims
        .extract_if(.., |claim, _| claim.is_of_rehearsal());
    let unheard: BTreeSet<StepOf> = over.flat_map(|(_, claim)| claim.steps).collect();
    let mut lines = Vec::new();
    for invoice in open.values_mut() {
        let id = invoice.id().clone();
        let was_tried = |step: &Step| {
            let of = StepOf {
                invoice: id.clone(),
                step: step.id.clone(),
            };
            step.is_planned() && unheard.contains(&of)
        };
        let mut is_forgotten = false;
        for step in &mut invoice.steps {
            if step.is_rehearsed() || was_tried(step) {
                step.state = StepState::Planned {
                    attempt: Attempt::First,
                };
                is_forgotten = true;
            }
        }
        if !is_forgotten {
            continue;
        }
        // Its turn at the mailbox was for a step of the rehearsal.
        if let Some(mailbox) = &mut debtor.mailbox {
            mailbox.turn = None;
        }
        lines.push(Line::of(&id, What::RehearsalOver));
        let is_begun = |step: &Step| {
            step.is_said()
                && !matches!(
                    step.state,
                    StepState::Asked { .. } | StepState::Signalled { .. }
                )
        };
        if !invoice.steps.iter().any(is_begun) {
            // Its ladder has not begun: what was added to the policy meanwhile is a rung like any other.
            invoice
                .steps
                .retain(|step| step.state != StepState::Skipped(Skip::AddedLate));
            invoice.outlook = Outlook::NotChased(NotChased::Draft);
            judge_lateness(ctx, invoice, debtor);
        }
    }
    lines
}

/// How many invoices a notice names.
const NAMED: usize = 5;

/// What the team hears of a mail that would have left, once SES took it: a notice for each currency.
pub(super) fn notices(file: &File, carried: &[StepOf]) -> Vec<Notice> {
    let Some(lead) = carried.first() else {
        return Vec::new();
    };
    let mut by_currency: BTreeMap<Currency, Vec<&Invoice>> = BTreeMap::new();
    for invoice in carried
        .iter()
        .filter_map(|step| file.open.get(&step.invoice))
    {
        let of_currency = by_currency.entry(invoice.balance().currency());
        of_currency.or_default().push(invoice);
    }
    let notice = |invoices: Vec<&Invoice>| {
        let names: Vec<String> = invoices.iter().take(NAMED).map(|of| of.name()).collect();
        let more = if invoices.len() > NAMED { ", …" } else { "" };
        let subject = format!("{}: {}{more}", lead.step, names.join(", "));
        Notice::new(NoticeKind::Rehearsed, subject)
            .of_debtor(&file.debtor)
            .worth(invoices)
    };
    by_currency.into_values().map(notice).collect()
}
