//! One EventBridge schedule for each planned step.

use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::ProvideErrorMetadata;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode,
    RetryPolicy, Target,
};
use dunning::limits::{SCHEDULE_DIGITS, SPREAD_MINUTES};
use dunning::value::{DebtorKey, FileKey, InvoiceId, StepId};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::error::TimetableError;
use crate::knock::Knock;

/// A knock that the queue did not take in an hour is left to `sweep`.
const RETRY_SECONDS: i32 = 3600;
const RETRIES: i32 = 10;

/// The schedules of one group.
#[derive(Debug, Clone)]
pub struct Timetable {
    client: Client,
    group: String,
    queue_arn: String,
    dead_letter_arn: String,
    role_arn: String,
}

/// The schedule's name: hex digits for the debtor's invoice, so that a prefix lists all of one invoice,
/// and the step. The debtor is in it, so that an invoice that changes hands has other names: the stream does not say which of two
/// partitions changed first.
pub fn schedule_name(debtor: &DebtorKey, invoice: &InvoiceId, step: &StepId) -> String {
    let digest = Sha256::digest(format!("{debtor}#{invoice}"));
    // The name of a schedule has no `@`, which stands before the number of an invoice's part.
    let step = step.as_str().replace('@', ".");
    format!("{}-{step}", hex::encode(&digest[..SCHEDULE_DIGITS / 2]))
}

impl Timetable {
    /// Schedules in `group` that put knocks into the queue, in the name of the role.
    pub fn new(
        client: Client,
        group: String,
        queue_arn: String,
        dead_letter_arn: String,
        role_arn: String,
    ) -> Self {
        Self {
            client,
            group,
            queue_arn,
            dead_letter_arn,
            role_arn,
        }
    }

    /// Opens the connection ahead, by deleting a schedule that is not there: the function may do nothing that
    /// changes less.
    pub async fn connect(&self) {
        let nothing = self.client.delete_schedule().group_name(&self.group);
        let _ = nothing.name("connect").send().await;
    }

    /// Registers the step's schedule, or moves it.
    pub async fn register(
        &self,
        debtor: &DebtorKey,
        invoice: &InvoiceId,
        step: &StepId,
        at: Timestamp,
    ) -> Result<(), TimetableError> {
        let name = schedule_name(debtor, invoice, step);
        let target = self.target(debtor, invoice);
        let created = self
            .client
            .create_schedule()
            .group_name(&self.group)
            .name(&name)
            .schedule_expression(expression(at))
            .schedule_expression_timezone("UTC")
            .flexible_time_window(window())
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(target.clone())
            .send()
            .await;
        match created {
            Ok(_) => return Ok(()),
            Err(error) if error.code() == Some("ConflictException") => {}
            Err(error) => return Err(TimetableError::new("Scheduler", error.code())),
        }
        // An update replaces everything, so everything is said again.
        let moved = self
            .client
            .update_schedule()
            .group_name(&self.group)
            .name(&name)
            .schedule_expression(expression(at))
            .schedule_expression_timezone("UTC")
            .flexible_time_window(window())
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(target)
            .send()
            .await;
        match moved {
            Ok(_) => Ok(()),
            // It fired and deleted itself between the two calls: the same record again creates it.
            Err(error) if error.code() == Some("ResourceNotFoundException") => {
                Err(TimetableError::new("Scheduler", None))
            }
            Err(error) => Err(TimetableError::new("Scheduler", error.code())),
        }
    }

    /// Deletes the step's schedule, if it is there.
    pub async fn delete(
        &self,
        debtor: &DebtorKey,
        invoice: &InvoiceId,
        step: &StepId,
    ) -> Result<(), TimetableError> {
        let name = schedule_name(debtor, invoice, step);
        let request = self
            .client
            .delete_schedule()
            .group_name(&self.group)
            .name(name);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(()),
            Err(error) => Err(TimetableError::new("Scheduler", error.code())),
        }
    }

    fn target(&self, debtor: &DebtorKey, invoice: &InvoiceId) -> Target {
        let knock = Knock {
            file: FileKey::Debtor(debtor.clone()),
            invoice: Some(invoice.clone()),
        };
        Target::builder()
            .arn(&self.queue_arn)
            .role_arn(&self.role_arn)
            .input(knock.to_json())
            .retry_policy(
                RetryPolicy::builder()
                    .maximum_event_age_in_seconds(RETRY_SECONDS)
                    .maximum_retry_attempts(RETRIES)
                    .build(),
            )
            .dead_letter_config(
                DeadLetterConfig::builder()
                    .arn(&self.dead_letter_arn)
                    .build(),
            )
            .build()
            .expect("target and role are set")
    }
}

fn expression(at: Timestamp) -> String {
    at.strftime("at(%Y-%m-%dT%H:%M:%S)").to_string()
}

fn window() -> FlexibleTimeWindow {
    FlexibleTimeWindow::builder()
        .mode(FlexibleTimeWindowMode::Flexible)
        .maximum_window_in_minutes(SPREAD_MINUTES.into())
        .build()
        .expect("the mode is set")
}
