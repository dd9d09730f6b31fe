//! The resources of the embedded stack: what `infra/template.yaml` creates in an account, by their local names.

/// The region everything lives in.
pub const REGION: &str = "eu-west-3";
/// The account everything lives in.
pub const ACCOUNT: &str = "123456789012";

/// The table of the debtors' files.
pub const TABLE: &str = "relance-local";
/// The sparse index that `audit` asks.
pub const LATE_INDEX: &str = "late";
/// The table's stream.
pub const STREAM_ARN: &str =
    "arn:aws:dynamodb:eu-west-3:123456789012:table/relance-local/stream/2027-01-01T00:00:00.000";

/// The group of all reminder schedules.
pub const SCHEDULE_GROUP: &str = "relance-local";
/// The role with which the Scheduler knocks.
pub const SCHEDULER_ROLE_ARN: &str = "arn:aws:iam::123456789012:role/relance-local-scheduler";
/// SES's configuration set.
pub const CONFIGURATION_SET: &str = "relance-local";
/// Where the webhook secrets are kept.
pub const SECRET_PREFIX: &str = "/relance/local/webhooks";

/// The queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    /// Knocks on the door, for `remind`.
    Knocks,
    /// Knocks that failed too often.
    KnockDeadLetters,
    /// Stream records that `plan` passed over.
    Repair,
    /// SES's events, for `track`.
    MailEvents,
}

impl Queue {
    /// Every queue of the stack.
    pub const ALL: [Self; 4] = [
        Self::Knocks,
        Self::KnockDeadLetters,
        Self::Repair,
        Self::MailEvents,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Knocks => "relance-local-knocks",
            Self::KnockDeadLetters => "relance-local-knock-dead-letters",
            Self::Repair => "relance-local-repair",
            Self::MailEvents => "relance-local-mail-events",
        }
    }

    /// The URL that a sender needs.
    pub fn url(self) -> String {
        format!(
            "https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{}",
            self.name()
        )
    }

    /// The ARN that a schedule's target needs.
    pub fn arn(self) -> String {
        format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{}", self.name())
    }

    /// The queue with this URL.
    pub fn from_url(url: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.url() == url)
    }

    /// The queue with this ARN.
    pub fn from_arn(arn: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.arn() == arn)
    }
}
