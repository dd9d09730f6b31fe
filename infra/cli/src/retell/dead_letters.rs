//! `relance retell dead-letters`: brings back what went to the dead letters, once its cause is gone.

use aws_sdk_sqs::Client;
use clap::{Args, ValueEnum};

use crate::aws::{Account, AwsError};
use crate::progress::Line;
use crate::stack::{Stack, StackArgs};

#[derive(Args)]
pub(crate) struct Options {
    /// Which queue's [default: all of them]
    queue: Option<Queue>,
    #[command(flatten)]
    stack: StackArgs,
}

/// A queue that has dead letters, by what is in it.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Queue {
    /// Of the function remind: a debtor was not looked at in time
    Knocks,
    /// Of the function track: what SES said of a mail was not written down
    MailEvents,
    /// Of the function schedule: a debtor's schedules may differ from its plan
    Repairs,
    /// Of the function ingest: what Stripe said by EventBridge was not taken in
    StripeEvents,
}

impl Queue {
    /// The stack's outputs: of the dead letters, and of the queue that they came from.
    fn outputs(self) -> (&'static str, &'static str) {
        match self {
            Self::Knocks => ("KnockDeadLetterUrl", "KnockQueueUrl"),
            Self::MailEvents => ("SesEventDeadLetterUrl", "SesEventQueueUrl"),
            Self::Repairs => ("RepairDeadLetterUrl", "RepairQueueUrl"),
            Self::StripeEvents => ("StripeEventDeadLetterUrl", "StripeEventQueueUrl"),
        }
    }

    fn name(self) -> String {
        let value = self.to_possible_value().expect("none is skipped");
        value.get_name().to_owned()
    }
}

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), AwsError> {
    let stack = options.stack.open(account).await?;
    if let Some(queue) = options.queue {
        return bring_back(&stack, queue).await;
    }
    for queue in Queue::value_variants() {
        match bring_back(&stack, *queue).await {
            // Not each stack hears of Stripe by EventBridge.
            Err(AwsError::NoOutput { .. }) if *queue == Queue::StripeEvents => {}
            other => other?,
        }
    }
    Ok(())
}

/// Sent first and deleted after: a message may come back twice, and none is lost.
async fn bring_back(stack: &Stack, queue: Queue) -> Result<(), AwsError> {
    let sqs = Client::new(&stack.aws);
    let (from, to) = queue.outputs();
    let (from, to, name) = (stack.output(from)?, stack.output(to)?, queue.name());
    let (mut moved, mut line) = (0, Line::default());
    loop {
        let request = sqs.receive_message().queue_url(from);
        // Long polling asks all of the queue's servers: an empty answer means an empty queue.
        let request = request.max_number_of_messages(10).wait_time_seconds(1);
        let received = request.send().await;
        let received = received.map_err(|error| AwsError::of("sqs:ReceiveMessage", &error))?;
        let messages = received.messages.unwrap_or_default();
        if messages.is_empty() {
            line.end();
            println!("{name}: {moved} messages went back");
            return Ok(());
        }
        for message in messages {
            let body = message.body.unwrap_or_default();
            let sent = sqs.send_message().queue_url(to).message_body(body);
            let sent = sent.send().await;
            sent.map_err(|error| AwsError::of("sqs:SendMessage", &error))?;
            let delete = sqs.delete_message().queue_url(from);
            let deleted = delete
                .set_receipt_handle(message.receipt_handle)
                .send()
                .await;
            deleted.map_err(|error| AwsError::of("sqs:DeleteMessage", &error))?;
            moved += 1;
            line.show(&format!("{name}: {moved} messages"));
        }
    }
}
