//! A delivery is told again: by the tool, or by a person who has mended its filter.

use dunning::billing::{By, InvoiceEvent, MovementEvent};
use dunning::rules::withdraw;
use dunning::value::{DebtorKey, EventId, InvoiceId, Realm};
use ledger::{Basis, Commit, LedgerError, Mark, Pointer, Proposal, Seen};

use crate::intake::Intake;

/// The marker of an event.
pub(crate) fn mark(
    event: &EventId,
    by: By,
    debtor: Option<&DebtorKey>,
    invoice: Option<&InvoiceId>,
) -> Mark {
    Mark {
        event: event.clone(),
        seen: Seen {
            translation: by.translation(),
            debtor: debtor.cloned(),
            invoice: invoice.cloned(),
        },
    }
}

/// Of what an event speaks now.
pub(crate) struct Told<'e> {
    pub(crate) event: &'e EventId,
    pub(crate) by: By,
    pub(crate) realm: &'e Realm,
    pub(crate) debtor: Option<DebtorKey>,
    pub(crate) invoice: Option<&'e InvoiceId>,
}

impl<'e> Told<'e> {
    pub(crate) fn by_invoice(event: &'e InvoiceEvent) -> Self {
        Self {
            event: &event.id,
            by: event.by,
            realm: &event.realm,
            debtor: Some(event.debtor_key()),
            invoice: Some(&event.invoice.id),
        }
    }

    pub(crate) fn by_movement(
        event: &'e MovementEvent,
        owner: &DebtorKey,
        invoice: &'e InvoiceId,
    ) -> Self {
        Self {
            event: &event.id,
            by: event.by,
            realm: &event.realm,
            debtor: Some(owner.clone()),
            invoice: Some(invoice),
        }
    }
}

impl Intake<'_> {
    /// Whether an event that was seen is to be taken in once more.
    pub(crate) fn takes_again(&self, seen: &Seen, by: By) -> bool {
        let (known, told) = (seen.translation, by.translation());
        told > known || (self.retells && told == known)
    }

    /// Withdraws what an event said before that its delivery tells no more, and marks that it says nothing now.
    pub async fn withdraw_event(
        &self,
        realm: &Realm,
        event: &EventId,
        by: By,
        seen: &Seen,
    ) -> Result<(), LedgerError> {
        let told = Told {
            event,
            by,
            realm,
            debtor: None,
            invoice: None,
        };
        if self.withdraw_elsewhere(&told, seen).await? {
            let mark = mark(event, by, None, None);
            self.ledger.mark(realm, &mark, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Withdraws what an event said before, by an earlier translation, of another invoice, or of another
    /// debtor, than now. Done twice, it is done once. Says whether there was an earlier translation.
    pub(crate) async fn withdraw_elsewhere(
        &self,
        told: &Told<'_>,
        seen: &Seen,
    ) -> Result<bool, LedgerError> {
        if seen.translation >= told.by.translation() {
            return Ok(false);
        }
        let other = seen
            .invoice
            .as_ref()
            .filter(|other| Some(*other) != told.invoice);
        let owner = match other {
            Some(other) => match self.ledger.pointer(told.realm, other).await? {
                Pointer::To(owner) => Some(owner),
                Pointer::Unknown(parked) => {
                    self.ledger
                        .unpark(told.realm, other, parked, told.by)
                        .await?;
                    None
                }
            },
            None => None,
        };
        let named = seen.debtor.clone();
        let named = named
            .filter(|named| told.debtor.as_ref() != Some(named) && owner.as_ref() != Some(named));
        if let Some(owner) = owner {
            self.withdraw_in(&owner, other, told).await?;
        }
        if let Some(named) = named {
            self.withdraw_in(&named, None, told).await?;
        }
        Ok(true)
    }

    async fn withdraw_in(
        &self,
        debtor: &DebtorKey,
        invoice: Option<&InvoiceId>,
        told: &Told<'_>,
    ) -> Result<(), LedgerError> {
        let (event, by) = (told.event, told.by);
        let updated = self.ledger.update(move || {
            Box::pin(async move {
                let (known, stands, basis) = if let Some(invoice) = invoice {
                    let view = self.ledger.view_event(debtor, invoice, event).await?;
                    let (basis, stands) = (view.basis(), view.invoice().cloned());
                    (view.debtor, stands, basis)
                } else {
                    let known = self.ledger.debtor(debtor).await?;
                    let read = known.as_ref().map(|known| known.read.clone());
                    (known, None, Basis::of_debtor(read))
                };
                let Some(known) = known else {
                    return Ok(Proposal::Nothing(()));
                };
                let change = withdraw(self.context(), &known.value, stands.as_ref(), event, by);
                let commit = Commit::new(debtor, basis, change, self.clock.now());
                Ok::<_, LedgerError>(Proposal::write(commit, ()))
            })
        });
        updated.await.map(|_| ())
    }
}
