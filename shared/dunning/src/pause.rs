//! What a person's word changes: to stop writing about an invoice or to a debtor, and to go on.
//!
//! It is written into the file without planning: whoever decides next, decides by it, and `plan`
//! sees it and moves the schedules.

use crate::change::Change;
use crate::file::{File, Pause};
use crate::ids::InvoiceId;
use crate::journal::{Line, What};

/// What a person wants for an invoice, or for a debtor and so for all of his.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Nothing is to be sent.
    Pause(Pause),
    /// The pause is over.
    Resume,
    /// What was held for a person to look at has been looked at: a debt that was settled and opened
    /// again; for a debtor, his addresses that bounced or whose owner complained.
    Release,
}

/// What a wish changes in the file. Nothing where it is so already.
pub fn wish(file: &File, only: Option<&InvoiceId>, wish: Wish) -> Change {
    let mut change = match only {
        Some(id) => of_invoice(file, id, wish),
        None => of_debtor(file, wish),
    };
    if change.debtor.is_some() || !change.invoices.is_empty() {
        let what = match wish {
            Wish::Pause(Pause { until }) => What::Paused { until },
            Wish::Resume => What::Resumed,
            Wish::Release => What::Released,
        };
        change.journal.push(Line {
            invoice: only.cloned(),
            what,
        });
    }
    change
}

fn of_invoice(file: &File, id: &InvoiceId, wish: Wish) -> Change {
    let mut change = Change::default();
    let Some(known) = file.open.get(id) else {
        return change;
    };
    let mut invoice = known.clone();
    match wish {
        Wish::Pause(pause) => invoice.paused = Some(pause),
        Wish::Resume => invoice.paused = None,
        Wish::Release => invoice.released = invoice.told.reopened().or(invoice.released),
    }
    change.invoices = Some(invoice)
        .filter(|invoice| invoice != known)
        .into_iter()
        .collect();
    change
}

fn of_debtor(file: &File, wish: Wish) -> Change {
    let mut change = Change::default();
    let mut debtor = file.debtor.clone();
    match wish {
        Wish::Pause(pause) => debtor.paused = Some(pause),
        Wish::Resume => debtor.paused = None,
        Wish::Release => debtor.held_addresses.clear(),
    }
    change.debtor = Some(debtor).filter(|debtor| *debtor != file.debtor);
    change
}
