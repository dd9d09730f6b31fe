//! Something is told of an invoice that is not shown; it may be told before the invoice is.

use dunning::billing::{Happened, MovementEvent, Movements, Subject};
use dunning::rules::receive_movement;
use dunning::value::InvoiceId;
use ledger::{Commit, LedgerError, Pointer, Proposal};

use crate::taken::Taken;
use crate::wiring::Ingest;

pub(super) async fn take(ingest: &Ingest, event: &MovementEvent) -> Result<Taken, LedgerError> {
    let updated = ingest.ledger.update(move || {
        Box::pin(async move {
            match propose(ingest, event).await {
                // What is parked is written at once, and may be overtaken.
                Err(LedgerError::LostRace) => Ok(Proposal::Overtaken),
                proposal => proposal,
            }
        })
    });
    Ok(updated.await?.answer)
}

async fn propose(ingest: &Ingest, event: &MovementEvent) -> Result<Proposal<Taken>, LedgerError> {
    let (ledger, realm) = (&ingest.ledger, &event.realm);
    let mut told = Movements::by(event.order, &event.what);
    let invoice = match &event.subject {
        Subject::Invoice(invoice) => invoice.clone(),
        Subject::Payment(payment) => match ledger.payment(realm, payment).await? {
            Pointer::To(invoice) => invoice,
            Pointer::Unknown(parked) => {
                ledger
                    .park_at_payment(realm, payment, parked.as_ref(), told)
                    .await?;
                return Ok(Proposal::Nothing(Taken::Parked));
            }
        },
    };
    let mut link = None;
    if let Some((payment, invoice)) = names_payment(event) {
        let (new_link, before) = ledger.link(realm, payment, invoice).await?;
        link = new_link;
        told = told.merge(before);
    }
    let owner = match ledger.pointer(realm, &invoice).await? {
        Pointer::To(owner) => owner,
        Pointer::Unknown(parked) => {
            ledger
                .park_at_invoice(realm, &invoice, parked.as_ref(), told, link.as_ref())
                .await?;
            return Ok(Proposal::Nothing(Taken::Parked));
        }
    };
    let view = ledger.view_event(&owner, &invoice, &event.id).await?;
    let (Some(debtor), Some(known)) = (&view.debtor, view.invoice()) else {
        // It moved to another customer between two reads.
        return Ok(Proposal::Overtaken);
    };
    let change = receive_movement(ingest.context(), &debtor.value, known, &told, event);
    Ok(Taken::by(Commit {
        event: Some(event.id.clone()),
        link,
        ..Commit::new(&owner, view.basis(), change, ingest.clock.now())
    }))
}

/// The payment by which the tool will refer to this movement, and the invoice that it is for.
fn names_payment(event: &MovementEvent) -> Option<(&dunning::value::PaymentId, &InvoiceId)> {
    match (&event.what, &event.subject) {
        (
            Happened::Moved {
                payment: Some(payment),
                ..
            },
            Subject::Invoice(invoice),
        ) => Some((payment, invoice)),
        _ => None,
    }
}
