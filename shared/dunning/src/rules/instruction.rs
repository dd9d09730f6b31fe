//! What a person's word changes: to stop writing about an invoice or to a debtor, and to go on.
//!
//! It is written into the file without planning: whoever decides next, decides by it, and `schedule`
//! sees it and moves the schedules.

use super::change::Change;
use super::holds::of_address;
use crate::calendar::day_after;
use crate::file::{
    Debtor, File, Hold, Invoice, InvoiceHolds, MailboxChange, NotShown, Pause, Releasable, Unseen,
};
use crate::journal::{CallResult, Line, What};
use crate::limits::MOST_INVOICES;
use crate::value::{EmailAddress, InvoiceId, MailboxId};

/// What a person wants for an invoice, or for a debtor and so for all of its.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instruction {
    /// Nothing is to be sent.
    Pause(Pause),
    /// The pause is over.
    Resume,
    /// What was held for a person to look at has been looked at. None names what is shown as the reason.
    Release(Option<Releasable>),
    /// The step that waits for a person's approval may leave.
    Approve,
    /// The debtor was called about an invoice.
    Called(CallResult),
}

/// What an instruction changes in the file. Nothing where it is so already.
pub fn instruct(file: &File, only: Option<&InvoiceId>, instruction: Instruction) -> Change {
    let mut change = match only {
        Some(id) => of_invoice(file, id, instruction),
        None => of_debtor(file, instruction),
    };
    if instruction == Instruction::Approve {
        let approved = change.invoices.iter();
        let lines: Vec<Line> = approved
            .map(|invoice| Line::of(invoice.id(), What::Approved))
            .collect();
        change.journal.extend(lines);
    } else if change.debtor.is_some() || !change.invoices.is_empty() {
        let what = match instruction {
            Instruction::Pause(Pause { until }) => What::Paused { until },
            Instruction::Resume => What::Resumed,
            Instruction::Release(_) => What::Released,
            Instruction::Approve => What::Approved,
            Instruction::Called(result) => What::Called { result },
        };
        change.journal.push(Line {
            invoice: only.cloned(),
            what,
        });
    }
    change
}

fn of_invoice(file: &File, id: &InvoiceId, instruction: Instruction) -> Change {
    let mut change = Change::default();
    let Some(known) = file.open.get(id) else {
        return change;
    };
    let mut invoice = known.clone();
    match instruction {
        Instruction::Pause(pause) => invoice.paused = Some(pause),
        Instruction::Resume => invoice.paused = None,
        Instruction::Release(which) => release(&mut invoice, which),
        Instruction::Approve => approve(&mut invoice),
        Instruction::Called(result) => called(&mut invoice, result),
    }
    // A call that changes nothing is worth its line, too.
    if invoice != *known || matches!(instruction, Instruction::Called(_)) {
        change.invoices.push(invoice);
    }
    change
}

/// Until the day after a promised one nothing is sent, nor while something is disputed.
fn called(invoice: &mut Invoice, result: CallResult) {
    let until = match result {
        CallResult::Promised(day) => Some(day_after(day)),
        CallResult::Disputed => None,
        CallResult::Voicemail | CallResult::Reached => return,
    };
    pause(invoice, Pause { until });
}

/// Pauses it. Whoever paused it for longer meant it.
pub(super) fn pause(invoice: &mut Invoice, Pause { until }: Pause) {
    let lasts_longer = |known: &Pause| match (known.until, until) {
        (None, _) => true,
        (Some(known), Some(until)) => known > until,
        (Some(_), None) => false,
    };
    if !invoice.paused.as_ref().is_some_and(lasts_longer) {
        invoice.paused = Some(Pause { until });
    }
}

/// What was not asked for needs no approval, and what was given stays.
fn approve(invoice: &mut Invoice) {
    if let Some(asked) = &mut invoice.holds.approval {
        asked.approved = true;
    }
}

fn release(invoice: &mut Invoice, which: Option<Releasable>) {
    let reopened = invoice.debt.reopened();
    let not_shown = invoice.holds.not_shown;
    let shown = if reopened > invoice.released {
        Releasable::Reopened
    } else if not_shown.is_some_and(NotShown::holds) {
        Releasable::NotShown
    } else if invoice.holds.imported.is_some() {
        Releasable::Imported
    } else {
        Releasable::TooLateAtEntry
    };
    match which.unwrap_or(shown) {
        Releasable::Reopened => invoice.released = reopened.or(invoice.released),
        Releasable::TooLateAtEntry => invoice.holds.too_late = None,
        Releasable::NotShown => {
            // What the tool calls settled, the tool alone lets go.
            let is_settled = not_shown.is_some_and(|known| known.why == Unseen::Settled);
            invoice.holds.not_shown = not_shown.map(|known| NotShown {
                released: !is_settled,
                ..known
            });
        }
        Releasable::Imported => invoice.holds = let_in(invoice.holds.clone()),
        Releasable::Address | Releasable::Unapplied => {}
    }
}

/// What still holds an invoice that was imported once a person wants it reminded of: who has seen what it would be
/// sent has seen how late it was.
pub(super) fn let_in(holds: InvoiceHolds) -> InvoiceHolds {
    InvoiceHolds {
        imported: None,
        too_late: None,
        ..holds
    }
}

/// What is shown as the reason why nothing leaves to it.
fn shown(debtor: &Debtor) -> Releasable {
    let is_address_held = of_address(debtor).is_some_and(|why| why != Hold::NoAddress);
    if debtor.facts.held_money().next().is_some() && !is_address_held {
        Releasable::Unapplied
    } else {
        Releasable::Address
    }
}

fn of_debtor(file: &File, instruction: Instruction) -> Change {
    let mut change = Change::default();
    let mut debtor = file.debtor.clone();
    match instruction {
        Instruction::Pause(pause) => debtor.paused = Some(pause),
        Instruction::Resume => debtor.paused = None,
        Instruction::Release(which) => match which.unwrap_or_else(|| shown(&debtor)) {
            Releasable::Address => release_addresses(&mut debtor, &mut change),
            Releasable::Unapplied => debtor.facts.let_go(),
            Releasable::Reopened
            | Releasable::TooLateAtEntry
            | Releasable::NotShown
            | Releasable::Imported => {}
        },
        // A call is about an invoice.
        Instruction::Called(_) => {}
        // Each of its invoices that waits.
        Instruction::Approve => {
            let approved = file.open.values().filter_map(|known| {
                let mut invoice = known.clone();
                approve(&mut invoice);
                (invoice != *known).then_some(invoice)
            });
            change.invoices.extend(approved.take(MOST_INVOICES));
        }
    }
    if debtor != file.debtor {
        change.debtor = Some(debtor);
    }
    change
}

/// Lets its addresses go; the mailboxes behind them for all of their customers.
fn release_addresses(debtor: &mut Debtor, change: &mut Change) {
    let held = std::mem::take(&mut debtor.held_addresses);
    let mut mailboxes: Vec<MailboxId> = held.keys().map(EmailAddress::mailbox).collect();
    if let Some(known) = &mut debtor.mailbox
        && known.trouble.take().is_some()
    {
        mailboxes.push(known.id.clone());
    }
    let let_go = mailboxes.into_iter().map(|id| (id, MailboxChange::LetGo));
    change.mailboxes.extend(let_go);
}
