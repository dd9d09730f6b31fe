//! Something is told of a customer alone.

use dunning::billing::CustomerEvent;
use dunning::rules::receive_customer;
use ledger::{Basis, Commit, LedgerError, Proposal, Seen};

use super::again::mark;
use crate::taken::Taken;
use crate::wiring::Ingest;

pub(super) async fn take(ingest: &Ingest, event: &CustomerEvent) -> Result<Taken, LedgerError> {
    let key = event.debtor_key();
    let key = &key;
    let updated = ingest.ledger.update(move || {
        Box::pin(async move {
            let (known, seen) = ingest.ledger.view_customer_event(key, &event.id).await?;
            let translation = event.by.translation();
            if seen
                .as_ref()
                .is_some_and(|seen| seen.translation > translation)
            {
                return Ok(Proposal::Nothing(Taken::Duplicate));
            }
            let debtor = known.as_ref().map(|known| &known.value);
            let change = receive_customer(ingest.context(), debtor, event);
            let basis = Basis::of_debtor(known.map(|known| known.read));
            let commit = Commit {
                event: Some(mark(&event.id, event.by, Some(key), None)),
                ..Commit::new(key, basis, change, ingest.clock.now())
            };
            Ok::<_, LedgerError>(Taken::by(commit, seen.as_ref()))
        })
    });
    Ok(updated.await?.answer)
}

impl Taken {
    /// What becomes of an event when its change is written.
    pub(super) fn by(commit: Commit, seen: Option<&Seen>) -> Proposal<Self> {
        if !commit.is_empty() {
            return Proposal::write(commit, Self::Stored);
        }
        // It is known by now what a later translation makes of it, and an earlier one must not come after.
        let told = commit
            .event
            .as_ref()
            .map_or(0, |mark| mark.seen.translation);
        if seen.is_some_and(|seen| seen.translation < told) {
            return Proposal::Write(Box::new(commit), Self::NothingNew);
        }
        Proposal::Nothing(Self::NothingNew)
    }
}
