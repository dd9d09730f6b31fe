//! Something is told of a customer alone.

use dunning::billing::CustomerEvent;
use dunning::rules::{is_known_customer, receive_customer};
use ledger::{Basis, Commit, LedgerError, Proposal};

use crate::again::mark;
use crate::intake::Intake;
use crate::taken::Taken;

impl Intake<'_> {
    /// Takes in what is told of a customer alone.
    pub async fn take_customer(&self, event: &CustomerEvent) -> Result<Taken, LedgerError> {
        self.take_told(event, false).await
    }

    /// The same of what a tool answers when it is asked: nothing is written of what is known, and nobody begins with a
    /// customer by it.
    pub async fn take_customers_answer(&self, event: &CustomerEvent) -> Result<Taken, LedgerError> {
        self.take_told(event, true).await
    }

    async fn take_told(&self, event: &CustomerEvent, is_asked: bool) -> Result<Taken, LedgerError> {
        let key = event.debtor_key();
        let key = &key;
        let updated = self.ledger.update(move || {
            Box::pin(async move {
                let (known, seen) = self.ledger.view_customer_event(key, &event.id).await?;
                let translation = event.by.translation();
                if seen
                    .as_ref()
                    .is_some_and(|seen| seen.translation > translation)
                {
                    return Ok(Proposal::Nothing(Taken::Duplicate));
                }
                let debtor = known.as_ref().map(|known| &known.value);
                let change = receive_customer(self.context(), debtor, event);
                let is_known = debtor.is_none_or(|debtor| is_known_customer(debtor, &change));
                if is_asked && is_known {
                    return Ok(Proposal::Nothing(Taken::NothingNew));
                }
                let basis = Basis::of_debtor(known.map(|known| known.read));
                let commit = Commit {
                    event: Some(mark(&event.id, event.by, Some(key), None)),
                    ..Commit::new(key, basis, change, self.clock.now())
                };
                Ok::<_, LedgerError>(Taken::by(commit, seen.as_ref()))
            })
        });
        Ok(updated.await?.answer)
    }
}
