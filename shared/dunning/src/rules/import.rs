//! What was brought in from before Relance: what it would be sent, and which of it a person lets go.

use jiff::civil::Date;

use super::change::Change;
use super::context::Context;
use super::instruction::let_in;
use super::plan::plan;
use super::standing::due_on;
use crate::file::{Debtor, File, Invoice};
use crate::journal::{Line, What};
use crate::policy::{ChaseFrom, Policy};

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
