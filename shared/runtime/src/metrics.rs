//! Metrics, in CloudWatch's embedded metric format: lines of the log that CloudWatch counts by itself.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::sync::OnceLock;

use dunning::journal::{Line, What};
use dunning::value::{DebtorKey, InvoiceId};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Whose metrics they are; none, and nothing is printed, where no log was started.
static STACK: OnceLock<String> = OnceLock::new();

/// What is counted. Few, since CloudWatch charges for each combination of a metric and its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric<'a> {
    /// Webhooks, by the source they are for and by what became of them.
    Webhooks {
        /// A source of the policy; strangers must not make up more.
        source: &'a str,
        /// A word of ours.
        result: &'static str,
    },
    /// Webhooks that could not be taken in for a reason of ours, whatever the tool was answered.
    WebhooksFailed,
    /// Webhooks that were refused, by why.
    WebhooksRefused(&'static str),
    /// Sources with open invoices that have been silent for longer than their habit, once a day.
    SourcesSilent,
    /// Mails that SES took.
    MailsSent,
    /// Mails that SES refused.
    MailsRefused,
    /// Steps that will not be sent, by their reason.
    StepsNotSent(&'static str),
    /// Mails of whose fate nothing was heard.
    DeliveriesUnknown,
    /// Mails that bounced for good, or that their recipient called spam.
    AddressesHeld,
    /// Looks at a billing tool's books before a mail that said nothing, by why.
    LooksFailed(&'static str),
    /// Doors at which something was late.
    KnocksLate,
    /// Mails to the team that could not be written, that SES refused, that bounced or were called spam, or of
    /// which nothing was heard twice.
    TeamMailsFailed,
}

impl Metric<'_> {
    fn name(self) -> &'static str {
        match self {
            Self::Webhooks { .. } => "Webhooks",
            Self::WebhooksFailed => "WebhooksFailed",
            Self::WebhooksRefused(_) => "WebhooksRefused",
            Self::SourcesSilent => "SourcesSilent",
            Self::MailsSent => "MailsSent",
            Self::MailsRefused => "MailsRefused",
            Self::StepsNotSent(_) => "StepsNotSent",
            Self::DeliveriesUnknown => "DeliveriesUnknown",
            Self::AddressesHeld => "AddressesHeld",
            Self::LooksFailed(_) => "LooksFailed",
            Self::KnocksLate => "KnocksLate",
            Self::TeamMailsFailed => "TeamMailsFailed",
        }
    }

    /// The dimensions beside the stack, with their values.
    fn labels(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Webhooks { source, result } => vec![("Source", source), ("Result", result)],
            Self::StepsNotSent(reason)
            | Self::WebhooksRefused(reason)
            | Self::LooksFailed(reason) => {
                vec![("Reason", reason)]
            }
            _ => Vec::new(),
        }
    }

    /// What a line of the journal counts as.
    fn of(what: &What) -> Option<Self> {
        Some(match what {
            What::Sent { .. } => Self::MailsSent,
            What::Refused { .. } => Self::MailsRefused,
            What::Merged { .. } => Self::StepsNotSent("merged"),
            What::Skipped { .. } => Self::StepsNotSent("skipped"),
            What::Cancelled { .. } => Self::StepsNotSent("cancelled"),
            What::Unheard { .. } | What::GivenUp { .. } => Self::DeliveriesUnknown,
            What::Bounced {
                permanent: true, ..
            }
            | What::Complained { .. } => Self::AddressesHeld,
            _ => return None,
        })
    }

    fn line(self, stack: &str, count: u64, now: Timestamp) -> Value {
        let mut dimensions = vec!["Stack"];
        let mut line = json!({
            // Whatever level a function's log is filtered by, metrics are not: none lies above this one.
            "level": "FATAL",
            "timestamp": format!("{now:.3}"),
            "Stack": stack,
            self.name(): count,
        });
        for (label, value) in self.labels() {
            dimensions.push(label);
            line[label] = value.into();
        }
        line["_aws"] = json!({
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": "Relance",
                "Dimensions": [dimensions],
                "Metrics": [{ "Name": self.name(), "Unit": "Count" }],
            }],
        });
        line
    }
}

/// Prints metrics from now on.
pub(crate) fn start(stack: String) {
    STACK.get_or_init(|| stack);
}

/// Counts something.
pub fn count(metric: Metric<'_>, count: u64, now: Timestamp) {
    if let Some(stack) = STACK.get() {
        println!("{}", metric.line(stack, count, now));
    }
}

/// Tells the log each line that was just written into a debtor's journal, and counts what is counted.
pub fn publish(debtor: &DebtorKey, journal: &[Line], now: Timestamp) {
    for Line { invoice, what } in journal {
        let invoice = invoice.as_ref().map(InvoiceId::as_str);
        tracing::info!(%debtor, invoice, "{}", what.in_log());
        if let Some(metric) = Metric::of(what) {
            count(metric, 1, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_has_the_shape_that_cloudwatch_reads() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let webhooks = Metric::Webhooks {
            source: "stripe",
            result: "stored",
        };
        let line = webhooks.line("relance", 1, now);
        let wanted = json!({
            "_aws": {
                "Timestamp": 1_800_000_000_000_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "Relance",
                    "Dimensions": [["Stack", "Source", "Result"]],
                    "Metrics": [{ "Name": "Webhooks", "Unit": "Count" }],
                }],
            },
            "level": "FATAL",
            "timestamp": "2027-01-15T08:00:00.000Z",
            "Stack": "relance",
            "Source": "stripe",
            "Result": "stored",
            "Webhooks": 1,
        });
        assert_eq!(line, wanted);
        let line = Metric::MailsSent.line("relance", 2, now);
        assert_eq!(
            line["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
            json!([["Stack"]])
        );
        assert_eq!(line["MailsSent"], 2);
    }
}
