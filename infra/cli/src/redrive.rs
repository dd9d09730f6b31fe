//! `relance redrive`: brings back what went to the dead letters, once its cause is gone.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use clap::Args;

#[derive(Args)]
pub(crate) struct Options {
    /// The queue of dead letters, by URL: the stack's output `KnockDeadLetterUrl`,
    /// `SesEventDeadLetterUrl`, `RepairDeadLetterUrl` or `StripeEventDeadLetterUrl`
    from: String,
    /// The queue that they came from: `KnockQueueUrl`, `SesEventQueueUrl`, `RepairQueueUrl` or
    /// `StripeEventQueueUrl`
    to: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RedriveError {
    #[error("SQS refused ({0}): do the credentials and the region belong to the stack?")]
    Refused(String),
}

impl<E: ProvideErrorMetadata, R> From<SdkError<E, R>> for RedriveError {
    fn from(error: SdkError<E, R>) -> Self {
        Self::Refused(error.code().unwrap_or("no answer").to_owned())
    }
}

pub(crate) async fn run(options: &Options) -> Result<(), RedriveError> {
    let sqs = Client::new(&crate::aws::config().await);
    let moved = bring_back(&sqs, &options.from, &options.to).await?;
    println!("{moved} messages went back");
    Ok(())
}

/// Sent first and deleted after: a message may come back twice, and none is lost.
async fn bring_back(sqs: &Client, from: &str, to: &str) -> Result<usize, RedriveError> {
    let mut moved = 0;
    loop {
        let request = sqs.receive_message().queue_url(from);
        // Long polling asks all of the queue's servers: an empty answer means an empty queue.
        let request = request.max_number_of_messages(10).wait_time_seconds(1);
        let received = request.send().await?;
        let messages = received.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(moved);
        }
        for message in messages {
            let body = message.body.unwrap_or_default();
            let send = sqs.send_message().queue_url(to).message_body(body);
            send.send().await?;
            let delete = sqs.delete_message().queue_url(from);
            let handle = message.receipt_handle;
            delete.set_receipt_handle(handle).send().await?;
            moved += 1;
        }
    }
}
