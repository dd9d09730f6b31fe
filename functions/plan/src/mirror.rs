//! The difference between two images of an invoice, as calls to Scheduler.

use std::collections::BTreeMap;

use aws_lambda_events::dynamodb::EventRecord;
use dunning::file::Invoice;
use dunning::ids::{DebtorKey, InvoiceId, StepId};
use jiff::{SignedDuration, Timestamp};
use timetable::{Door, Knock};

use crate::{Plan, PlanError};

/// What is due sooner is not worth a schedule, and Scheduler refuses dates in the past.
const SOON: SignedDuration = SignedDuration::from_mins(5);

impl Plan {
    pub(crate) async fn mirror(
        &self,
        debtor: &DebtorKey,
        record: &EventRecord,
    ) -> Result<(), PlanError> {
        let old = read(&record.change.old_image)?;
        let new = read(&record.change.new_image)?;
        let Some(invoice) = new.as_ref().or(old.as_ref()) else {
            return Ok(());
        };
        let invoice = invoice.id().clone();
        let (had, wanted) = (schedules(old.as_ref()), schedules(new.as_ref()));
        for step in had.keys().filter(|step| !wanted.contains_key(*step)) {
            self.timetable.delete(debtor, &invoice, step).await?;
        }
        for (step, at) in &wanted {
            if had.get(step) != Some(at) {
                self.register(debtor, &invoice, step, *at, had.contains_key(step))
                    .await?;
            }
        }
        match (old, new) {
            // A person's wish is written without planning.
            (Some(old), Some(new)) if (old.paused, old.released) != (new.paused, new.released) => {
                self.replan(debtor).await
            }
            _ => Ok(()),
        }
    }

    pub(crate) async fn register(
        &self,
        debtor: &DebtorKey,
        invoice: &InvoiceId,
        step: &StepId,
        at: Timestamp,
        had: bool,
    ) -> Result<(), PlanError> {
        let left = at.duration_since(self.clock.now());
        if left > SOON {
            return Ok(self.timetable.register(debtor, invoice, step, at).await?);
        }
        if had {
            self.timetable.delete(debtor, invoice, step).await?;
        }
        let knock = Knock {
            door: Door::Debtor(debtor.clone()),
            invoice: Some(invoice.clone()),
        };
        Ok(self.knocks.send(&knock, left).await?)
    }
}

fn read(image: &serde_dynamo::Item) -> Result<Option<Invoice>, PlanError> {
    if image.is_empty() {
        return Ok(None);
    }
    Ok(Some(ledger::invoice_image(image.clone())?))
}

/// The steps for which a schedule is to be registered.
pub(crate) fn schedules(invoice: Option<&Invoice>) -> BTreeMap<StepId, Timestamp> {
    let planned = invoice.into_iter().flat_map(Invoice::scheduled);
    planned.map(|(step, at)| (step.clone(), at)).collect()
}
