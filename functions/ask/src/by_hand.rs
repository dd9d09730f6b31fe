//! What was open before Relance, as a person has it: it comes in on hold, with what was done about it until then.

use std::collections::BTreeMap;

use dunning::billing::InvoiceEvent;
use dunning::policy::Policy;
use dunning::rules::Before;
use dunning::value::{DebtorKey, SourceName};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use intake::{Intake, Taken};
use ledger::{Import as SoFar, Ledger, LedgerError};
use runtime::Clock;

use crate::import::{AT_ONCE, NotImported, OnHold, keep, tell};

/// So many customers are taken in before it is said how far it has come.
const AT_A_TIME: usize = 4 * AT_ONCE;

/// An invoice as a person has it.
#[derive(Debug, Clone)]
pub struct Row {
    /// What it is like.
    pub event: InvoiceEvent,
    /// What was done about it.
    pub before: Before,
}

/// All that a person brings in, while it comes in. It can be begun again at any time: nothing comes in twice.
pub struct ByHand<'a> {
    ledger: &'a Ledger,
    policy: &'a Policy,
    clock: &'a Clock,
    source: &'a SourceName,
    /// What is not in yet, by customer.
    left: BTreeMap<DebtorKey, Vec<Row>>,
    so_far: SoFar,
}

impl<'a> ByHand<'a> {
    /// With the invoices of one source.
    pub fn new(
        (ledger, policy, clock): (&'a Ledger, &'a Policy, &'a Clock),
        source: &'a SourceName,
        rows: Vec<Row>,
    ) -> Self {
        let mut left: BTreeMap<DebtorKey, Vec<Row>> = BTreeMap::new();
        for row in rows {
            left.entry(row.event.debtor_key()).or_default().push(row);
        }
        Self {
            ledger,
            policy,
            clock,
            source,
            left,
            so_far: SoFar::after(None, clock.now()),
        }
    }

    /// How far it has come.
    pub fn so_far(&self) -> &SoFar {
        &self.so_far
    }

    /// Brings some customers' invoices in. Gives whether there are more. What fails is brought in by the next call.
    pub async fn take_some(&mut self) -> Result<bool, NotImported> {
        let some: Vec<DebtorKey> = self.left.keys().take(AT_A_TIME).cloned().collect();
        let taken = stream::iter(&some)
            .map(|debtor| self.take_in_turn(&self.left[debtor]))
            .buffer_unordered(AT_ONCE)
            .try_fold(0, |all, new| async move { Ok(all + new) });
        self.so_far.new += taken.await?;
        for debtor in &some {
            let rows = self.left.remove(debtor).map_or(0, |rows| rows.len());
            self.so_far.listed += u64::try_from(rows).unwrap_or(u64::MAX);
        }
        Ok(!self.left.is_empty())
    }

    /// The invoices of a customer, one after the other: they stand in one file. Gives how many were not as it had them.
    async fn take_in_turn(&self, rows: &[Row]) -> Result<u64, LedgerError> {
        let intake = Intake {
            ledger: self.ledger,
            policy: self.policy,
            clock: self.clock,
            retells: false,
        };
        let (mut new, mut by_owner) = (0, BTreeMap::<DebtorKey, Vec<_>>::new());
        for Row { event, before } in rows {
            let taken = intake.take_by_hand(event).await?;
            new += u64::from(taken == Taken::Stored);
            let mut owner = event.debtor_key();
            if taken != Taken::Stored && *before != Before::default() {
                // The tool may know it as another customer's.
                let (id, customer) = (event.invoice.id.clone(), event.customer.clone());
                owner = self.ledger.find(&event.realm, id, customer).await?.debtor;
            }
            let invoices = by_owner.entry(owner).or_default();
            invoices.push((&event.invoice.id, before));
        }
        for (owner, before) in &by_owner {
            let taken_over = self
                .ledger
                .take_over(owner, before, self.policy, self.clock);
            taken_over.await?;
        }
        Ok(new)
    }

    /// All is in: the team hears how much is on hold, where that is more than it has heard of. Gives what is.
    pub async fn finish(self) -> Result<Vec<OnHold>, NotImported> {
        let now = self.clock.now();
        let known = self.ledger.import(self.source).await?;
        let (read, known) =
            known.map_or((None, None), |known| (Some(known.read), Some(known.value)));
        // An import by the source's key goes on where it stands.
        let known = known.unwrap_or_else(|| SoFar {
            done_at: Some(now),
            ..SoFar::after(None, now)
        });
        let (on_hold, told) = tell(self.ledger, self.policy, now, self.source, known.told).await?;
        let known = SoFar { told, ..known };
        keep(self.ledger, self.source, read.as_ref(), &known).await?;
        Ok(on_hold)
    }
}
