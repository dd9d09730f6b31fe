//! The resources of the embedded stack: what `infra/template.yaml` creates in an account, by their local names.

use jiff::SignedDuration;

/// The region everything lives in.
pub const REGION: &str = "eu-west-3";
/// The account everything lives in.
pub const ACCOUNT: &str = "123456789012";

/// The table of the debtors' files.
pub const TABLE: &str = "relance-local";
/// The sparse index that `sweep` asks.
pub const LATE_INDEX: &str = "late";
/// The table's stream.
pub const STREAM_ARN: &str =
    "arn:aws:dynamodb:eu-west-3:123456789012:table/relance-local/stream/2027-01-01T00:00:00.000";

/// The group of all reminder schedules.
pub const SCHEDULE_GROUP: &str = "relance-local";
/// The role with which the Scheduler knocks.
pub const SCHEDULER_ROLE_ARN: &str = "arn:aws:iam::123456789012:role/relance-local-scheduler";
/// The bus on which the user's own automation hears.
pub const SIGNAL_BUS: &str = "default";
/// SES's configuration set.
pub const CONFIGURATION_SET: &str = "relance-local";
/// Where the webhook secrets are kept.
pub const SECRET_PREFIX: &str = "/relance/local/webhooks";
/// Where the keys are kept by which billing tools are asked.
pub const KEY_PREFIX: &str = "/relance/local/keys";

/// The queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    /// Knocks, for `remind`.
    Knocks,
    /// Knocks that failed too often.
    KnockDeadLetters,
    /// Stream records that `schedule` passed over.
    Repair,
    /// Records that plan could not repair either.
    RepairDeadLetters,
    /// SES's events, for `track`.
    MailEvents,
    /// SES's events that failed too often.
    MailEventDeadLetters,
    /// Errands, for `ask`.
    Errands,
    /// Errands that failed too often.
    ErrandDeadLetters,
}

/// How a queue brings its messages to a function.
#[derive(Clone, Copy, Debug)]
pub struct Delivery {
    /// A message is seen this long after it was sent.
    pub delay: SignedDuration,
    /// One that was not deleted is seen again after this time.
    pub visibility: SignedDuration,
    /// One that came this often goes to the dead letters.
    pub most_receives: u32,
    /// Which are these.
    pub dead_letters: Queue,
}

impl Queue {
    /// Every queue of the stack.
    pub const ALL: [Self; 8] = [
        Self::Knocks,
        Self::KnockDeadLetters,
        Self::Repair,
        Self::RepairDeadLetters,
        Self::MailEvents,
        Self::MailEventDeadLetters,
        Self::Errands,
        Self::ErrandDeadLetters,
    ];

    /// How its messages are delivered; nobody takes dead letters.
    pub fn delivery(self) -> Option<Delivery> {
        let (delay, visibility, most_receives, dead_letters) = match self {
            Self::Knocks => (0, 360, 5, Self::KnockDeadLetters),
            Self::Repair => (300, 900, 100, Self::RepairDeadLetters),
            Self::MailEvents => (0, 180, 100, Self::MailEventDeadLetters),
            Self::Errands => (0, 5400, 5, Self::ErrandDeadLetters),
            Self::KnockDeadLetters
            | Self::RepairDeadLetters
            | Self::MailEventDeadLetters
            | Self::ErrandDeadLetters => {
                return None;
            }
        };
        Some(Delivery {
            delay: SignedDuration::from_secs(delay),
            visibility: SignedDuration::from_secs(visibility),
            most_receives,
            dead_letters,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Knocks => "relance-local-knocks",
            Self::KnockDeadLetters => "relance-local-knock-dead-letters",
            Self::Repair => "relance-local-repair",
            Self::RepairDeadLetters => "relance-local-repair-dead-letters",
            Self::MailEvents => "relance-local-mail-events",
            Self::MailEventDeadLetters => "relance-local-mail-event-dead-letters",
            Self::Errands => "relance-local-errands",
            Self::ErrandDeadLetters => "relance-local-errand-dead-letters",
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
