//! What the user's own automation hears, as `CloudEvents` on an `EventBridge` bus.
//!
//! A signal comes at least once, each time under the same id. What is told of one customer comes in order, unless the
//! bus was out of reach for long.

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use dunning::billing::Status;
use dunning::file::{Invoice, StepState};
use dunning::journal::{Line, What};
use dunning::value::{DebtorKey, InvoiceId, SignalName, StepId};
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::Signal;
use serde::Serialize;
use timetable::TimetableError;

use crate::{Mirror, MirrorError};

/// The `source` of all that Relance puts on the bus, by which rules match it.
const SOURCE: &str = "relance";

/// The bus on which the user's own automation hears.
#[derive(Debug, Clone)]
pub struct Bus {
    events: aws_sdk_eventbridge::Client,
    name: String,
}

/// <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: &'a str,
    source: String,
    r#type: &'a SignalName,
    subject: &'a str,
    time: Timestamp,
    datacontenttype: &'static str,
    data: Data<'a>,
}

/// What is told of the debt.
#[derive(Serialize)]
struct Data<'a> {
    customer: &'a str,
    invoice: &'a InvoiceId,
    step: &'a StepId,
    status: Status,
    /// What is left of it: text, in the currency itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_on: Option<Date>,
    /// The customer's other open invoices of which the automation was told the same, and not yet that it is over.
    others: Vec<InvoiceId>,
}

impl Bus {
    /// By its name.
    pub fn new(events: aws_sdk_eventbridge::Client, name: impl Into<String>) -> Self {
        Self {
            events,
            name: name.into(),
        }
    }

    async fn put(&self, event: &CloudEvent<'_>) -> Result<(), TimetableError> {
        let detail = serde_json::to_string(event).expect("names and texts always have a JSON form");
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(event.r#type.as_str())
            .time(DateTime::from_secs(event.time.as_second()))
            .detail(detail)
            .build();
        let answer = self.events.put_events().entries(entry).send().await;
        let answer = answer.map_err(|error| TimetableError::new("EventBridge", error.code()))?;
        // It answers 200 whatever becomes of an entry.
        let entries = answer.entries();
        match entries.iter().find_map(|entry| entry.error_code()) {
            Some(code) => Err(TimetableError::new("EventBridge", Some(code))),
            None => Ok(()),
        }
    }
}

impl Mirror {
    /// A signal was written: the automation hears it. What is deleted a month later tells nobody anything.
    pub(crate) async fn tell(
        &self,
        debtor: &DebtorKey,
        id: &str,
        record: &EventRecord,
    ) -> Result<(), MirrorError> {
        let image = &record.change.new_image;
        if image.is_empty() {
            return Ok(());
        }
        let signal = ledger::signal_image(image.clone())?;
        self.publish(debtor, id, &signal).await
    }

    pub(crate) async fn publish(
        &self,
        debtor: &DebtorKey,
        id: &str,
        signal: &Signal,
    ) -> Result<(), MirrorError> {
        let Signal { at, line } = signal;
        let Line {
            invoice: Some(invoice),
            what,
        } = line
        else {
            return Ok(());
        };
        let (step, name, status, owed) = match what {
            What::Signalled {
                step,
                signal,
                left,
                due_on,
                ..
            } => (step, signal, Status::Open, Some((*left, *due_on))),
            What::SignalUndone {
                step,
                signal,
                status,
            } => (step, signal, *status, None),
            _ => return Ok(()),
        };
        let file = self.ledger.file(debtor).await?;
        let open = || file.iter().flat_map(|stored| stored.file.open.values());
        let undo = if owed.is_none() {
            Some(name)
        } else {
            let known = open().find(|known| known.id() == invoice);
            let Some(told) = known.and_then(|known| told(known, step)) else {
                // A bus that was away hears nothing of what is over by now: its end may have been told already.
                tracing::info!(%debtor, %invoice, signal = %name, "signal not told: it is over");
                return Ok(());
            };
            told.as_ref()
        };
        let left = owed.map(|(left, _)| left.to_string());
        let left = left.as_deref().and_then(|left| left.split_once(' '));
        let others = open().filter(|other| other.id() != invoice && is_told_of(other, undo));
        let event = CloudEvent {
            specversion: "1.0",
            id,
            source: format!("{SOURCE}/{}", debtor.realm.to_string().replace('#', "/")),
            r#type: name,
            subject: debtor.customer.as_str(),
            time: *at,
            datacontenttype: "application/json",
            data: Data {
                customer: debtor.customer.as_str(),
                invoice,
                step,
                status,
                left: left.map(|(amount, _)| amount),
                currency: left.map(|(_, currency)| currency),
                due_on: owed.and_then(|(_, due_on)| due_on),
                others: others.map(|other| other.id().clone()).collect(),
            },
        };
        self.bus.put(&event).await?;
        tracing::info!(%debtor, %invoice, signal = %name, "signal told");
        Ok(())
    }
}

/// Where a step stands as told: what is to be told in the end, if anything is.
fn told<'i>(invoice: &'i Invoice, step: &StepId) -> Option<&'i Option<SignalName>> {
    let known = invoice.steps.iter().find(|known| known.id == *step)?;
    match &known.state {
        StepState::Signalled { undo, .. } => Some(undo),
        _ => None,
    }
}

/// Whether the automation has been told the same of an invoice, and not yet that it is over.
fn is_told_of(invoice: &Invoice, undo: Option<&SignalName>) -> bool {
    let steps = invoice.steps.iter();
    let mut told = steps.filter_map(|step| match &step.state {
        StepState::Signalled {
            undo,
            rehearsed: false,
            ..
        } => undo.as_ref(),
        _ => None,
    });
    told.any(|told| Some(told) == undo)
}
