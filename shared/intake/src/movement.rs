//! Something is told of an invoice that is not shown; it may be told before the invoice is.

use dunning::billing::{By, Happened, MovementEvent, Movements, Subject};
use dunning::rules::receive_movement;
use dunning::value::InvoiceId;
use ledger::{Commit, LedgerError, Parked, Pointer, Proposal};

use crate::again::{Told, mark};
use crate::intake::Intake;
use crate::taken::Taken;

impl Intake<'_> {
    /// Takes in what is told of an invoice that is not shown.
    pub async fn take_movement(&self, event: &MovementEvent) -> Result<Taken, LedgerError> {
        let updated = self.ledger.update(move || {
            Box::pin(async move {
                match self.propose(event).await {
                    // What is parked is written at once, and may be overtaken.
                    Err(LedgerError::LostRace) => Ok(Proposal::Overtaken),
                    proposal => proposal,
                }
            })
        });
        Ok(updated.await?.answer)
    }

    async fn propose(&self, event: &MovementEvent) -> Result<Proposal<Taken>, LedgerError> {
        let (ledger, realm) = (self.ledger, &event.realm);
        let mut told = Movements::by(event.order, &event.what).told_by(event.by);
        let invoice = match &event.subject {
            Subject::Invoice(invoice) => invoice.clone(),
            Subject::Payment(payment) => match ledger.payment(realm, payment).await? {
                Pointer::To(invoice) => invoice,
                Pointer::Unknown(parked) => {
                    if self.is_outdated(event, None).await? {
                        return Ok(Proposal::Nothing(Taken::Duplicate));
                    }
                    let parked = left(parked, event.by);
                    let mark = mark(&event.id, event.by, None, None);
                    let event = Some((&mark, self.clock.now()));
                    ledger
                        .park_at_payment(realm, payment, parked.as_deref(), told, event)
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
                if self.is_outdated(event, Some(&invoice)).await? {
                    return Ok(Proposal::Nothing(Taken::Duplicate));
                }
                let parked = left(parked, event.by);
                let mark = mark(&event.id, event.by, None, Some(&invoice));
                let event = Some((&mark, self.clock.now()));
                ledger
                    .park_at_invoice(
                        realm,
                        &invoice,
                        parked.as_deref(),
                        told,
                        link.as_ref(),
                        event,
                    )
                    .await?;
                return Ok(Proposal::Nothing(Taken::Parked));
            }
        };
        let view = ledger.view_event(&owner, &invoice, &event.id).await?;
        if let Some(seen) = &view.seen {
            if seen.translation > event.by.translation() {
                return Ok(Proposal::Nothing(Taken::Duplicate));
            }
            let told = Told::by_movement(event, &owner, &invoice);
            self.withdraw_elsewhere(&told, seen).await?;
        }
        let mark = mark(&event.id, event.by, Some(&owner), Some(&invoice));
        let (Some(debtor), Some(known)) = (&view.debtor, view.invoice()) else {
            // Its pointer has outlived it; or it moved between two reads, and that race is lost.
            let now = self.clock.now();
            ledger.mark_gone(&owner, &invoice, &mark, now).await?;
            return Ok(Proposal::Nothing(Taken::Gone));
        };
        let change = receive_movement(self.context(), &debtor.value, known, &told, event);
        let commit = Commit {
            event: Some(mark),
            link,
            ..Commit::new(&owner, view.basis(), change, self.clock.now())
        };
        Ok(Taken::by(commit, view.seen.as_ref()))
    }

    /// Whether a later translation of an event that is to be parked is known. What an earlier one said
    /// elsewhere is withdrawn.
    async fn is_outdated(
        &self,
        event: &MovementEvent,
        invoice: Option<&InvoiceId>,
    ) -> Result<bool, LedgerError> {
        let id = std::slice::from_ref(&event.id);
        let Some((_, seen)) = self.ledger.seen(&event.realm, id).await?.pop() else {
            return Ok(false);
        };
        let told = Told {
            event: &event.id,
            by: event.by,
            realm: &event.realm,
            debtor: None,
            invoice,
        };
        self.withdraw_elsewhere(&told, &seen).await?;
        Ok(seen.translation > event.by.translation())
    }
}

/// What was parked, less what this delivery said of it before.
fn left(parked: Option<Box<Parked>>, by: By) -> Option<Box<Parked>> {
    parked.map(|mut parked| {
        parked.movements = std::mem::take(&mut parked.movements).withdraw(by);
        parked
    })
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
