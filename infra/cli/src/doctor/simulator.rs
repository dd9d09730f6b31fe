//! A mail to SES's simulator, which always takes it; and whether the stack hears of it, by the way that tells it what
//! became of every mail.

use std::time::Duration;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageTag};
use dunning::policy::Policy;
use tokio::time::{Instant, sleep};

use super::patient::Patient;
use super::report::Report;
use crate::aws::AwsError;
use crate::progress::Line;

const SIMULATOR: &str = "success@simulator.amazonses.com";
/// SES tells within seconds, and sometimes minutes.
const BETWEEN: Duration = Duration::from_secs(2);

pub(super) async fn check(patient: &Patient, patience: Duration, report: &mut Report) {
    let id = format!(
        "doctor-{}-{:04x}",
        runtime::Clock::system().now().as_second(),
        fastrand::u16(..)
    );
    if let Err(why) = send(patient, &id).await {
        match why {
            AwsError::Failed { .. } => report.wrong(
                "mail",
                format!("SES does not take a mail to its simulator: {why}"),
                "what stands above about `sending` and `identity`",
            ),
            why => report.unseen("mail", &why),
        }
        return;
    }
    wait(patient, &id, patience, report).await;
}

/// Whose steps come first, writes.
fn sender(policy: &Policy) -> Option<String> {
    let first = policy.mails().next();
    let sender = first.and_then(|(_, mail)| policy.senders.get(&mail.sender));
    let sender = sender.or_else(|| policy.senders.values().next());
    sender.map(|sender| sender.email.as_str().to_owned())
}

async fn send(patient: &Patient, id: &str) -> Result<(), AwsError> {
    let text = |text: &str| Content::builder().data(text).charset("UTF-8").build();
    let built = "the text is set";
    let subject = text("Relance asks whether it hears of its mails").expect(built);
    let body = text("Nobody reads this.").expect(built);
    let message = Message::builder()
        .subject(subject)
        .body(Body::builder().text(body).build())
        .build();
    let tag = MessageTag::builder().name(mail::PROBE_TAG).value(id);
    let request = Client::new(&patient.stack.aws)
        .send_email()
        .set_from_email_address(sender(&patient.policy))
        .destination(Destination::builder().to_addresses(SIMULATOR).build())
        .content(EmailContent::builder().simple(message).build())
        .set_configuration_set_name(patient.resources.named("MailSettings").map(str::to_owned))
        .email_tags(tag.build().expect("name and value are set"));
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(AwsError::of("ses:SendEmail", &error)),
    }
}

async fn wait(patient: &Patient, id: &str, patience: Duration, report: &mut Report) {
    let ledger = match patient.stack.ledger() {
        Ok(ledger) => ledger,
        Err(why) => return report.unseen("mail", &why),
    };
    let (mut line, until) = (Line::default(), Instant::now() + patience);
    let mut heard = Vec::new();
    while Instant::now() < until {
        line.show("a mail went to SES's simulator: waiting until the stack hears of it …");
        match ledger.probe(id).await {
            Ok(events) => heard = events,
            Err(why) => {
                line.end();
                return report.unknown("mail", why.to_string());
            }
        }
        if heard.iter().any(|event| event == "Delivery") {
            line.end();
            let events = heard.join(", ");
            return report.ok(
                "mail",
                format!("SES took one, and the stack has heard of it: {events}"),
            );
        }
        sleep(BETWEEN).await;
    }
    line.end();
    let seconds = patience.as_secs();
    let says = if heard.is_empty() {
        format!("SES took one, and the stack has heard nothing of it for {seconds} s")
    } else {
        format!(
            "SES took one, and after {seconds} s the stack has only heard: {}",
            heard.join(", ")
        )
    };
    let mend = format!(
        "aws logs tail /relance/{}/track --since 5m",
        patient.stack.name
    );
    report.wrong("mail", says, mend);
}
