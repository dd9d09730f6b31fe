//! Something is told of a customer alone.

use dunning::billing::CustomerEvent;
use dunning::rules::receive_customer;
use ledger::{Basis, Commit, LedgerError, Proposal};

use crate::taken::Taken;
use crate::wiring::Ingest;

pub(super) async fn take(ingest: &Ingest, event: &CustomerEvent) -> Result<Taken, LedgerError> {
    let key = event.debtor_key();
    let key = &key;
    let updated = ingest.ledger.update(move || {
        Box::pin(async move {
            let known = ingest.ledger.debtor(key).await?;
            let debtor = known.as_ref().map(|known| &known.value);
            let change = receive_customer(debtor, event, ingest.clock.now());
            let basis = Basis::of_debtor(known.map(|known| known.read));
            let commit = Commit {
                event: Some(event.id.clone()),
                ..Commit::new(key, basis, change, ingest.clock.now())
            };
            Ok::<_, LedgerError>(Taken::by(commit))
        })
    });
    Ok(updated.await?.answer)
}

impl Taken {
    /// What becomes of an event when its change is written.
    pub(super) fn by(commit: Commit) -> Proposal<Self> {
        let taken = if commit.is_empty() {
            Self::NothingNew
        } else {
            Self::Stored
        };
        Proposal::write(commit, taken)
    }
}
