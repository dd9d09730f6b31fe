//! What was brought in from before Relance: what was done about it until then, what it would be sent, and which of it
//! a person lets go.

use jiff::Timestamp;
use jiff::civil::Date;

use super::change::Change;
use super::context::Context;
use super::instalment::{oldest_unpaid, step_of};
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
    /// What the debtor has had.
    pub sent: Sent,
    /// The day by which it is promised to be paid.
    pub promised: Option<Date>,
    /// Nothing is to be sent about it, until a person says otherwise.
    pub left_alone: bool,
}

/// Which step a debtor has had before Relance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sent {
    /// Nothing is said of it.
    #[default]
    Unsaid,
    /// None.
    Nothing,
    /// This one, and those below it.
    Step {
        /// The step.
        step: StepId,
        /// On which day.
        on: Date,
        /// That was said, and is not only the latest day that it can have been.
        is_dated: bool,
    },
}

/// Takes over what was done about open invoices before Relance: their ladders go on above what was sent, and they are
/// paused by what was promised. Said again, it changes nothing. While an invoice is on hold as imported, what is said
/// now counts instead of what was said before. Once it was let go a higher step counts, and no pause: whoever let it go
/// may have ended that. Like any instruction, it is written without planning.
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
    let is_on_hold = known.holds.imported.is_some();
    let mut tell = |what| change.journal.push(Line::of(known.id(), what));
    let part = oldest_unpaid(&known.balance(), ctx.policy).map_or(1, |oldest| oldest.number);
    let sent = match &before.sent {
        Sent::Unsaid | Sent::Nothing => None,
        Sent::Step { step, on, is_dated } if step.part() == 1 => {
            Some((step_of(step, part), *on, *is_dated))
        }
        Sent::Step { step, on, is_dated } => Some((step.clone(), *on, *is_dated)),
    };
    if is_on_hold && before.sent != Sent::Unsaid {
        let said = sent.as_ref().map(|(step, ..)| step);
        let is_wrong = |step: &Step| Some(&step.id) != said && was_sent_before(step);
        for Step { id, .. } in invoice.steps.extract_if(.., |step| is_wrong(step)) {
            tell(What::NotSentBefore { step: id });
        }
    }
    if let Some((step, on, is_dated)) = sent {
        let calendar = debtor.calendar(ctx.policy);
        let at = calendar.sending_time(on).min(ctx.now);
        if note_as_sent(&mut invoice, &step, at, is_dated) {
            tell(What::SentBefore { step, on });
        }
    }
    let until = match before.promised {
        _ if before.left_alone => Some(Pause { until: None }),
        Some(day) => Some(Pause {
            until: Some(day_after(day)),
        }),
        None => None,
    };
    match until {
        // What the file says now counts instead of what it said before.
        Some(until) if is_on_hold => invoice.paused = Some(until),
        // Once it was let go, a person may have resumed it.
        Some(until) if !known.debt.latest.by.is_hand(&debtor.key.realm.source) => {
            pause(&mut invoice, until);
        }
        Some(_) | None => {}
    }
    if let Some(Pause { until }) = invoice.paused.filter(|pause| known.paused != Some(*pause)) {
        tell(What::Paused { until });
    }
    if invoice != *known {
        change.invoices.push(invoice);
    }
}

fn was_sent_before(step: &Step) -> bool {
    matches!(step.state, StepState::SentBefore { .. })
}

/// Whether that is new. What was sent since is known better, and a day that was said better than one that was not.
fn note_as_sent(invoice: &mut Invoice, id: &StepId, at: Timestamp, is_dated: bool) -> bool {
    let state = StepState::SentBefore { at };
    let known = invoice.steps.iter_mut().find(|step| step.id == *id);
    match known {
        Some(known) if known.is_said() && !(is_dated && was_sent_before(known)) => false,
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
