//! `relance redrive`: brings back what went to the dead letters, once its cause is gone.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{DisplayErrorContext, SdkError};
use aws_sdk_sqs::types::QueueAttributeName;
use clap::Args;

#[derive(Args)]
pub(crate) struct Options {
    /// Queues of dead letters, by URL: the stack's outputs `KnockDeadLetterUrl`, `MailEventDeadLetterUrl` and
    /// `RepairDeadLetterUrl`
    #[arg(required = true)]
    queues: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RedriveError {
    #[error("SQS refused: {0}")]
    Refused(String),
    #[error("{0} does not exist, or has no ARN")]
    NoArn(String),
}

impl<E: std::error::Error + Send + Sync + 'static, R: std::fmt::Debug + Send + Sync + 'static>
    From<SdkError<E, R>> for RedriveError
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::Refused(DisplayErrorContext(error).to_string())
    }
}

/// Each message goes back to the queue it came from; SQS does it by itself, at its own pace.
pub(crate) async fn run(options: &Options) -> Result<(), RedriveError> {
    let sqs = Client::new(&crate::aws::config().await);
    for url in &options.queues {
        let waiting = QueueAttributeName::ApproximateNumberOfMessages;
        let request = sqs.get_queue_attributes().queue_url(url);
        let request = request
            .attribute_names(QueueAttributeName::QueueArn)
            .attribute_names(waiting.clone());
        let attributes = request.send().await?.attributes.unwrap_or_default();
        let arn = attributes
            .get(&QueueAttributeName::QueueArn)
            .ok_or_else(|| RedriveError::NoArn(url.clone()))?;
        let waiting = attributes.get(&waiting).map_or("0", String::as_str);
        if waiting == "0" {
            println!("{url}: nothing waits");
            continue;
        }
        sqs.start_message_move_task().source_arn(arn).send().await?;
        println!("{url}: about {waiting} messages go back");
    }
    Ok(())
}
