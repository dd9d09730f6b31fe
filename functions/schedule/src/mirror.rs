//! The difference between two images of an invoice, as calls to Scheduler.

use std::collections::BTreeMap;

use aws_lambda_events::dynamodb::EventRecord;
use dunning::file::{Invoice, InvoiceHolds, Pause};
use dunning::value::{DebtorKey, FileKey, InvoiceId, StepId};
use jiff::{SignedDuration, Timestamp};
use timetable::Knock;

use crate::{Mirror, MirrorError};

/// What is due sooner is not worth a schedule, and Scheduler refuses dates in the past.
const SOON: SignedDuration = SignedDuration::from_mins(5);

/// Whether a step has a schedule already, perhaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schedule {
    MayExist,
    IsNew,
}

impl Mirror {
    pub(crate) async fn mirror(
        &self,
        debtor: &DebtorKey,
        record: &EventRecord,
    ) -> Result<(), MirrorError> {
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
                let schedule = if had.contains_key(step) {
                    Schedule::MayExist
                } else {
                    Schedule::IsNew
                };
                self.register(debtor, &invoice, step, *at, schedule).await?;
            }
        }
        match (old, new) {
            // A person's instruction is written without planning.
            (Some(old), Some(new)) if instructed(&old) != instructed(&new) => {
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
        schedule: Schedule,
    ) -> Result<(), MirrorError> {
        let left = at.duration_since(self.clock.now());
        if left > SOON {
            return Ok(self.timetable.register(debtor, invoice, step, at).await?);
        }
        if schedule == Schedule::MayExist {
            self.timetable.delete(debtor, invoice, step).await?;
        }
        let knock = Knock {
            file: FileKey::Debtor(debtor.clone()),
            invoice: Some(invoice.clone()),
        };
        Ok(self.knocks.send(&knock, left).await?)
    }
}

/// What instructions change in an invoice.
fn instructed(invoice: &Invoice) -> (Option<Pause>, Option<Timestamp>, InvoiceHolds) {
    (invoice.paused, invoice.released, invoice.holds.clone())
}

fn read(image: &serde_dynamo::Item) -> Result<Option<Invoice>, MirrorError> {
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
