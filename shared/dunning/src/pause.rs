//! What a person's word changes: to stop writing about an invoice or to a debtor, and to go on.
//!
//! It is written into the file without planning: whoever decides next, decides by it, and `plan`
//! sees it and moves the schedules.

use crate::change::Change;
use crate::file::{File, Pause};
use crate::ids::InvoiceId;
use crate::journal::{Line, What};

/// What a person wants for an invoice, or for all of a debtor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Nothing is to be sent.
    Pause(Pause),
    /// Reminders go on; also of a debt that was settled and opened again.
    Resume,
    /// Mails go to the debtor's addresses although they bounced or their owner complained.
    ReleaseAddresses,
}

/// What a wish changes in the file: of one invoice, or of the debtor and so of all his invoices.
/// Nothing where it is so already.
pub fn wish(file: &File, only: Option<&InvoiceId>, wish: Wish) -> Change {
    let what = match wish {
        Wish::Pause(Pause { until }) => What::Paused { until },
        Wish::Resume => What::Resumed,
        Wish::ReleaseAddresses => What::AddressReleased,
    };
    let paused = match wish {
        Wish::Pause(pause) => Some(pause),
        Wish::Resume | Wish::ReleaseAddresses => None,
    };
    let mut change = Change::default();
    let (mut debtor, mut invoice) = (
        file.debtor.clone(),
        only.and_then(|id| file.open.get(id)).cloned(),
    );
    match (wish, &mut invoice) {
        (Wish::ReleaseAddresses, _) => debtor.held_addresses.clear(),
        (_, None) if only.is_none() => debtor.paused = paused,
        (_, None) => {}
        (_, Some(invoice)) => {
            invoice.paused = paused;
            if wish == Wish::Resume && invoice.told.was_reopened() {
                invoice.released = invoice.told.settled;
            }
        }
    }
    change.debtor = (debtor != file.debtor).then_some(debtor);
    change.invoices = invoice
        .into_iter()
        .filter(|invoice| file.open.get(invoice.id()) != Some(invoice))
        .collect();
    if change.debtor.is_some() || !change.invoices.is_empty() {
        change.journal.push(Line {
            invoice: change.invoices.first().map(|invoice| invoice.id().clone()),
            what,
        });
    }
    change
}
