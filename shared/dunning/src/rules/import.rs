//! What was brought in from before Relance: what was done about it until then, what it would be sent, and which of it
//! a person lets go.

use jiff::Timestamp;
use jiff::civil::Date;

use super::change::Change;
use super::context::Context;
use super::instruction::{let_in, pause};
use super::plan::plan;
use super::standing::due_on;
use crate::calendar::day_after;
use crate::file::{Debtor, File, Invoice, Pause, Step, StepState};
use crate::journal::{Line, What};
use crate::policy::{ChaseFrom, Policy};
use crate::value::{InvoiceId, StepId};

/// An imported invoice as it would be planned if a person let it go now. Nothing for one that is not held for that.
pub fn if_let_in(ctx: Context<'_>, debtor: &Debtor, invoice: &Invoice) -> Option<Invoice> {
    invoice.holds.imported?;
    let mut free = invoice.clone();
    free.holds = let_in(free.holds);
    Some(plan(ctx, &free, debtor).invoice)
}

/// Which imported invoices are meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportedOnly {
    /// Of which less than this is left, in their own currency.
    pub below: Option<ChaseFrom>,
    /// That were due on this day or after it, or will be.
    pub due_from: Option<Date>,
}

impl ImportedOnly {
    /// Whether an invoice is one of them.
    pub fn means(&self, invoice: &Invoice, debtor: &Debtor, policy: &Policy) -> bool {
        let left = invoice.balance().remaining;
        let is_young = |from| due_on(invoice, debtor, policy).is_some_and(|due| due >= from);
        invoice.holds.imported.is_some()
            && self.below.is_none_or(|below| below.is_above(left))
            && self.due_from.is_none_or(is_young)
    }
}

/// Lets imported invoices of a debtor go, at most so many. Like any instruction, it is written without planning.
pub fn let_imported_in(file: &File, policy: &Policy, only: ImportedOnly, most: usize) -> Change {
    let mut change = Change::default();
    let open = file.open.values();
    let meant = open.filter(|invoice| only.means(invoice, &file.debtor, policy));
    for invoice in meant.take(most) {
        let mut free = invoice.clone();
        free.holds = let_in(free.holds);
        change.journal.push(Line::of(free.id(), What::Released));
        change.invoices.push(free);
    }
    change
}

/// What whoever reminded of an invoice before Relance did about it, and heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// The highest step that the debtor has had, and on which day.
    pub sent: Option<(StepId, Date)>,
    /// The day by which it is promised to be paid.
    pub promised: Option<Date>,
    /// Nothing is to be sent about it, until a person says otherwise.
    pub left_alone: bool,
}

/// Takes over what was done about open invoices before Relance: their ladders go on above what was sent, and they are
/// paused by what was promised. Said again, it changes nothing. While an invoice is on hold as imported, what is said
/// now of the step counts instead of what was said before; then it only ever adds to it. Like any instruction, it is
/// written without planning.
pub fn take_over<'a>(
    ctx: Context<'_>,
    file: &File,
    before: impl IntoIterator<Item = (&'a InvoiceId, &'a Before)>,
) -> Change {
    let mut change = Change::default();
    for (id, before) in before {
        if let Some(known) = file.open.get(id) {
            of_invoice(ctx, &file.debtor, known, before, &mut change);
        }
    }
    change
}

fn of_invoice(
    ctx: Context<'_>,
    debtor: &Debtor,
    known: &Invoice,
    before: &Before,
    change: &mut Change,
) {
    let mut invoice = known.clone();
    let mut tell = |what| change.journal.push(Line::of(known.id(), what));
    if known.holds.imported.is_some() {
        let said = before.sent.as_ref().map(|(step, _)| step);
        let is_meant = |step: &Step| Some(&step.id) == said || !was_sent_before(step);
        invoice.steps.retain(is_meant);
    }
    if let Some((step, day)) = &before.sent {
        let calendar = debtor.calendar(ctx.policy);
        let at = calendar.sending_time(*day).min(ctx.now);
        if note_as_sent(&mut invoice, step, at) {
            let (step, on) = (step.clone(), *day);
            tell(What::SentBefore { step, on });
        }
    }
    let promised = before.promised.map(|day| Some(day_after(day)));
    let alone = before.left_alone.then_some(None);
    let paused = invoice.paused;
    for until in promised.into_iter().chain(alone) {
        pause(&mut invoice, Pause { until });
    }
    if let Some(Pause { until }) = invoice.paused.filter(|pause| paused != Some(*pause)) {
        tell(What::Paused { until });
    }
    if invoice != *known {
        change.invoices.push(invoice);
    }
}

fn was_sent_before(step: &Step) -> bool {
    matches!(step.state, StepState::SentBefore { .. })
}

/// Whether that is new. What was sent since is known better.
fn note_as_sent(invoice: &mut Invoice, id: &StepId, at: Timestamp) -> bool {
    let state = StepState::SentBefore { at };
    let known = invoice.steps.iter_mut().find(|step| step.id == *id);
    match known {
        Some(known) if known.is_said() && !was_sent_before(known) => false,
        Some(known) if known.state == state => false,
        Some(known) => {
            (known.at, known.state) = (at, state);
            true
        }
        None => {
            let id = id.clone();
            invoice.steps.push(Step { id, at, state });
            true
        }
    }
}
