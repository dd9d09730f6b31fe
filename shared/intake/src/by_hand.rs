//! What a person brings in, beside what the tool and its webhooks tell.

use dunning::billing::{Dated, InvoiceEvent};
use dunning::value::DebtorKey;
use ledger::{EventView, LedgerError, Pointer};

use crate::intake::Intake;

impl Intake<'_> {
    /// Whether anybody else has told of an invoice: that stands. A payment counts, too: what a person says may be of
    /// before it, and does not know it.
    pub(crate) async fn is_told_by_others(
        &self,
        view: &EventView,
        named: &DebtorKey,
        event: &InvoiceEvent,
    ) -> Result<bool, LedgerError> {
        let Pointer::To(owner) = &view.pointer else {
            return Ok(false);
        };
        let home = match owner {
            owner if owner == named => None,
            owner => Some(self.view(owner, event).await?),
        };
        let known = home.as_ref().unwrap_or(view).invoice();
        let is_by_hand = known.is_some_and(|known| {
            known.debt.latest.by.is_hand(&named.realm.source) && known.debt.movements.is_empty()
        });
        Ok(!is_by_hand)
    }
}

/// With what a person does not say. What others have told of the customer stands.
pub(crate) fn complete(event: &mut InvoiceEvent, view: &EventView) {
    if let Some(known) = view.invoice() {
        event.by = event.by.not_before(known.debt.latest.by);
    }
    let Some(known) = view.debtor.as_ref().map(|debtor| &debtor.value.profile) else {
        return;
    };
    event.by = event.by.not_before(known.by);
    let is_described = known.order > Dated::nothing().order;
    let is_by_hand = known.by.is_hand(&event.realm.source);
    match &mut event.debtor {
        _ if is_described && !is_by_hand => event.debtor = None,
        // A file of some lines says no less of a customer than the one before it.
        Some(said) if is_by_hand && said.email.is_none() && said.unusable_emails.is_empty() => {
            said.email.clone_from(&known.value.email);
            said.other_emails.clone_from(&known.value.other_emails);
        }
        None if is_by_hand => event.debtor = Some(known.value.clone()),
        Some(_) | None => {}
    }
}
