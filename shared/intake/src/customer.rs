//! Something is told of a customer alone.

use dunning::billing::CustomerEvent;
use dunning::rules::receive_customer;
use ledger::{Basis, Commit, LedgerError, Proposal};

use crate::again::mark;
use crate::intake::Intake;
use crate::taken::Taken;

impl Intake<'_> {
    /// Takes in what is told of a customer alone.
    pub async fn take_customer(&self, event: &CustomerEvent) -> Result<Taken, LedgerError> {
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
