//! What happened, and why, in words that a person can read back.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::file::{AddressTrouble, Hold, NotChased, Outlook, Skip};
use crate::ids::{ClaimId, EventId, InvoiceId, StepId};

/// One line of the journal. Holds no address and no link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The invoice it is about; none where it is about the debtor.
    pub invoice: Option<InvoiceId>,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The tool told something new.
    Told {
        /// The tool's id of the event.
        event: EventId,
        /// The tool's name for it.
        kind: String,
    },
    /// Payments, credit notes, reversals or an end were told before the invoice was.
    ToldBefore,
    /// The tool moved the invoice here, or away from here.
    CustomerChanged,
    /// A step got its date.
    Planned {
        /// The step.
        step: StepId,
        /// Its instant.
        at: Timestamp,
    },
    /// A step got another date.
    Moved {
        /// The step.
        step: StepId,
        /// From.
        from: Timestamp,
        /// To.
        to: Timestamp,
        /// Why.
        why: MoveReason,
    },
    /// A step was missed, and a later one speaks for it.
    Merged {
        /// The step.
        step: StepId,
        /// The later one.
        into: StepId,
    },
    /// A step will not be sent.
    Skipped {
        /// The step.
        step: StepId,
        /// Why.
        why: Skip,
    },
    /// A planned step is not needed any more.
    Cancelled {
        /// The step.
        step: StepId,
        /// Why.
        why: CancelReason,
    },
    /// What comes next has changed.
    Outlook(Outlook),
    /// Somebody wants nothing sent.
    Paused {
        /// Until this day, or until he says otherwise.
        until: Option<Date>,
    },
    /// Somebody lets reminders go on.
    Resumed,
    /// Somebody has looked at what was held for that.
    Released,
    /// The file comes from a backup.
    Restored {
        /// Of this instant.
        from: Timestamp,
    },
    /// An event of SES proves that a step was sent of which a recovered table knew nothing.
    Proven {
        /// The step.
        step: StepId,
        /// The mail.
        claim: ClaimId,
    },
    /// A mail was claimed: it leaves now.
    Claimed {
        /// The mail.
        claim: ClaimId,
        /// The steps it carries, the leading one first.
        steps: Vec<(InvoiceId, StepId)>,
    },
    /// SES took the mail.
    Sent {
        /// The mail.
        claim: ClaimId,
        /// SES's id of it.
        message_id: String,
    },
    /// SES refused the mail, so nothing was sent.
    Refused {
        /// The mail.
        claim: ClaimId,
        /// SES's error code.
        code: String,
    },
    /// Nothing was heard of a claimed mail; its steps are decided anew, a last time.
    Unsettled {
        /// The mail.
        claim: ClaimId,
    },
    /// Nothing was heard of the second attempt either: it may have been sent, and is not tried again.
    GivenUp {
        /// The mail.
        claim: ClaimId,
    },
    /// SES delivered the mail.
    Delivered {
        /// The mail.
        claim: ClaimId,
    },
    /// SES could not deliver the mail; `permanent` holds the address.
    Bounced {
        /// The mail.
        claim: ClaimId,
        /// For good.
        permanent: bool,
    },
    /// The recipient called the mail spam.
    Complained {
        /// The mail.
        claim: ClaimId,
    },
    /// SES took the mail and then refused to send it on.
    Rejected {
        /// The mail.
        claim: ClaimId,
    },
    /// More was due than one mail can carry; the rest waits for the next day.
    TooMany {
        /// How many invoices wait.
        waiting: usize,
    },
}

/// Why a step moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveReason {
    /// The due date, the policy or the debtor's country changed.
    Replanned,
    /// It was not sent on its day: nobody knocked, or the window had closed.
    Missed,
    /// The debtor had a mail that day.
    OneMailADay,
    /// The debtor had the week's number of mails.
    WeeklyCap,
    /// SES refused the mail.
    Refused,
    /// SES's quota of 24 hours was spent.
    QuotaSpent,
    /// Somebody wants nothing sent until then.
    Paused,
}

/// Why a planned step is not needed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// The invoice is not to be chased.
    NotChased(NotChased),
    /// The invoice lost its due date.
    NoDueDate,
    /// The policy no longer has the step.
    NotInPolicy,
}

/// Something a person must hear about. Counted by kind and invoice, told once a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it is.
    pub kind: NoticeKind,
    /// What it is about: an invoice's number or id, an event's type. No address, no link.
    pub subject: String,
}

/// What a person must hear about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// No due date.
    NoDueDate,
    /// No usable address.
    NoAddress,
    /// The address bounced.
    AddressBounced,
    /// The debtor complained.
    AddressComplained,
    /// Settled, then opened again by the tool.
    Reopened,
    /// All steps were past when the invoice first came.
    NoStepLeft,
    /// The last step was sent.
    LastStepSent,
    /// SES refused a mail.
    MailRefused,
    /// SES's quota of 24 hours was spent, and mails wait for it.
    QuotaSpent,
    /// Nothing was heard of two attempts.
    MailUnknown,
    /// A test-mode event on a live source, or the reverse.
    OtherMode,
    /// An event that makes no sense; it is in the inbox.
    Nonsense,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::NoDueDate,
        Self::NoAddress,
        Self::AddressBounced,
        Self::AddressComplained,
        Self::Reopened,
        Self::NoStepLeft,
        Self::LastStepSent,
        Self::MailRefused,
        Self::QuotaSpent,
        Self::MailUnknown,
        Self::OtherMode,
        Self::Nonsense,
    ];

    /// As the templates name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoDueDate => "no_due_date",
            Self::NoAddress => "no_address",
            Self::AddressBounced => "address_bounced",
            Self::AddressComplained => "address_complained",
            Self::Reopened => "reopened",
            Self::NoStepLeft => "no_step_left",
            Self::LastStepSent => "last_step_sent",
            Self::MailRefused => "mail_refused",
            Self::QuotaSpent => "quota_spent",
            Self::MailUnknown => "mail_unknown",
            Self::OtherMode => "other_mode",
            Self::Nonsense => "nonsense",
        }
    }
}

impl NoticeKind {
    /// What a person must hear of a hold: nothing of one that he asked for.
    pub fn of(hold: Hold) -> Option<Self> {
        Some(match hold {
            Hold::NoDueDate => Self::NoDueDate,
            Hold::NoAddress => Self::NoAddress,
            Hold::AddressBounced => Self::AddressBounced,
            Hold::AddressComplained => Self::AddressComplained,
            Hold::Reopened => Self::Reopened,
            Hold::Paused => return None,
        })
    }
}

impl From<AddressTrouble> for Hold {
    fn from(trouble: AddressTrouble) -> Self {
        match trouble {
            AddressTrouble::Bounced => Self::AddressBounced,
            AddressTrouble::Complained => Self::AddressComplained,
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PastAtFirstContact => "its date had passed when the invoice first came in",
            Self::DueDateCame => "it asks before the due date, and that has come",
            Self::Unknown => {
                "unknown, not sent: it was dated in the time of which the backup knows nothing"
            }
        })
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDueDate => "the invoice has no due date",
            Self::NoAddress => "there is no address to write to",
            Self::AddressBounced => "the debtor's address bounced",
            Self::AddressComplained => "the debtor complained about a mail",
            Self::Reopened => "it was settled and opened again: a person must look first",
            Self::Paused => "paused, until somebody resumes it",
        })
    }
}

impl fmt::Display for NotChased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "it is a draft",
            Self::Paid => "it is paid",
            Self::Void => "it is void",
            Self::Uncollectible => "it is written off",
            Self::ChargedAutomatically => "the tool charges it by itself",
        })
    }
}

impl fmt::Display for MoveReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Replanned => "the due date, the policy or the debtor's country changed",
            Self::Missed => "it was not sent on its day",
            Self::OneMailADay => "the debtor has had a mail that day",
            Self::WeeklyCap => "the debtor has had the week's mails",
            Self::Refused => "SES refused the mail",
            Self::QuotaSpent => "the quota that SES gives for 24 hours was spent",
            Self::Paused => "paused until then",
        })
    }
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotChased(why) => why.fmt(f),
            Self::NoDueDate => f.write_str("the invoice has no due date any more"),
            Self::NotInPolicy => f.write_str("the policy no longer has it"),
        }
    }
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Next { at } => write!(f, "next reminder {}", minute(*at)),
            Self::Held(hold) => write!(f, "held: {hold}"),
            Self::Finished => f.write_str("no step is left: a person takes over"),
            Self::NotChased(why) => write!(f, "not chased: {why}"),
        }
    }
}

/// An instant to the minute, in UTC.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn days(at: Timestamp) -> Date {
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told { kind, .. } => write!(f, "{kind}"),
            Self::ToldBefore => f.write_str("some of what happened to it was told before the invoice itself"),
            Self::CustomerChanged => f.write_str("the invoice changed its customer"),
            Self::Planned { step, at } => write!(f, "{step} planned for {}", minute(*at)),
            Self::Moved { step, from, to, why } if days(*from) == days(*to) => {
                write!(f, "{step} moved to {}: {why}", minute(*to))
            }
            Self::Moved { step, from, to, why } => {
                write!(f, "{step} moved from {} to {}: {why}", days(*from), days(*to))
            }
            Self::Merged { step, into } => write!(f, "{step} not sent: {into} speaks for it"),
            Self::Skipped { step, why } => write!(f, "{step} skipped: {why}"),
            Self::Cancelled { step, why } => write!(f, "{step} cancelled: {why}"),
            Self::Outlook(outlook) => outlook.fmt(f),
            Self::Paused { until: None } => f.write_str("paused by a person"),
            Self::Paused { until: Some(day) } => write!(f, "paused by a person until {day}"),
            Self::Resumed => f.write_str("resumed by a person"),
            Self::Released => f.write_str("released by a person"),
            Self::Restored { from } => write!(f, "restored from a backup of {}", minute(*from)),
            Self::Proven { step, .. } => write!(f, "{step} counts as sent: an event of SES proves that a mail left that day"),
            Self::Claimed { steps, .. } => {
                f.write_str("mail claimed:")?;
                steps.iter().try_for_each(|(invoice, step)| write!(f, " {step} of {invoice}"))
            }
            Self::Sent { .. } => f.write_str("mail taken by SES"),
            Self::Refused { code, .. } => write!(f, "mail refused by SES ({code}), nothing was sent"),
            Self::Unsettled { .. } => f.write_str(
                "nothing was heard of the mail: decided anew, and sent a second and last time if still due",
            ),
            Self::GivenUp { .. } => f.write_str(
                "nothing was heard of the second attempt: it may have been sent, and is not tried again",
            ),
            Self::Delivered { .. } => f.write_str("mail delivered"),
            Self::Bounced { permanent: true, .. } => f.write_str("mail bounced: the address is held"),
            Self::Bounced { .. } => f.write_str("mail bounced for now"),
            Self::Complained { .. } => f.write_str("the recipient complained: the address is held"),
            Self::Rejected { .. } => f.write_str("SES rejected the mail after taking it"),
            Self::TooMany { waiting } => {
                write!(f, "{waiting} more invoices were due than one mail can carry; they wait for the next day")
            }
        }
    }
}
