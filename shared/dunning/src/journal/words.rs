//! The journal in words.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::lines::{Blind, CallResult, CancelReason, MoveReason, Saw, What};
use crate::file::{AddressTrouble, Hold, NotChased, Outlook, Skip, StepOf};
use crate::value::UnusableAddress;

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PastAtFirstContact => "its date had passed when the invoice first came in",
            Self::AddedLate => "its date had passed when it was added to the policy",
            Self::DueDateCame => "it asks before the due date, and that comes first",
            Self::NotWanted => "the policy does not want it of this debt",
            Self::Unwarned => "nobody was warned of it: no reminder of this ladder was heard",
            Self::Undone => "it was told to your automation, and taken back",
            Self::MayHaveLeft => "it may have left, and is not wanted any more",
            Self::ClosedDay => "nothing leaves on its day, and the policy drops it then",
            Self::Unknown => {
                "unknown, not sent: it was dated in the time of which the backup knows nothing"
            }
        })
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLittle => "so little is left that the policy does not chase it",
            Self::Undecided => "a condition of the policy can be judged neither true nor false of it",
            Self::AwaitingApproval => "its next step waits for a person's approval",
            Self::NoDueDate => "the invoice has no due date",
            Self::CustomerDeleted => "the tool has the customer no more",
            Self::NoAddress => "there is no address to write to",
            Self::AddressBounced => "the debtor's address bounced",
            Self::AddressComplained => "the debtor complained about a mail",
            Self::Reopened => "it was settled and opened again: a person must look first",
            Self::Imported => "it is from before Relance: a person must let it in first",
            Self::TooLateAtEntry => {
                "it was late for long when it first came in: a person must look first"
            }
            Self::NotShown => "the tool, asked for it, does not show it as owed: a person must look first",
            Self::Unapplied => "money of the customer is on no invoice yet",
            Self::Paused => "paused, until somebody resumes it",
            Self::LeftAlone => "the tool wants nothing sent about it",
            Self::NotBefore => "the tool wants nothing sent yet",
            Self::PaymentOnItsWay => "the tool says that a payment is on its way",
            Self::SourceGone => "the policy has no such source any more, so no payment would be heard of",
            Self::SourceRefused => {
                "nothing from the tool has been taken in for longer than usual, and what came was refused"
            }
            Self::Newer(newer) => return write!(f, "{newer}, as a newer version calls it"),
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
            Self::NoSteps => "the policy sends nothing about it",
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
            Self::Mailbox => "other customers at the same address are written to first",
            Self::Refused => "SES refused the mail",
            Self::QuotaSpent => "the quota that SES gives for 24 hours was spent",
            Self::NoAnswer => "SES does not answer",
            Self::Template => "the template of the mail that was due cannot be filled in",
            Self::NoLook => "the tool did not say whether it is still owed",
            Self::Paused => "paused until then",
            Self::Patience => "the debtor has not had the invoice for long enough",
            Self::Distance => "it keeps its distance from the step before it",
            Self::NotBefore => "the tool wants nothing sent before",
            Self::PaymentOnItsWay => "the tool says that a payment is on its way",
            Self::SourceRefused => return Hold::SourceRefused.fmt(f),
        })
    }
}

impl fmt::Display for Blind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoKey => "the policy wants it asked, and there is no key to ask by",
            Self::KeyRefused => "it does not take the key",
            Self::NotAllowed => "the key may not read that",
            Self::Unaskable => "the policy lacks what it takes to ask it",
            Self::Busy => "it has no room for more calls now",
            Self::NoAnswer => "it gave no answer that could be read",
        })
    }
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotChased(why) => why.fmt(f),
            Self::NoDueDate => f.write_str("the invoice has no due date any more"),
            Self::NotInPolicy => f.write_str("the policy no longer has it"),
            Self::OtherLadder => f.write_str("another ladder is this debt’s now"),
        }
    }
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Next { at } => write!(f, "next reminder {}", minute(*at)),
            Self::Held(hold) => write!(f, "on hold: {hold}"),
            Self::Finished => f.write_str("no step is left: a person takes over"),
            Self::NotChased(why) => write!(f, "not chased: {why}"),
            Self::Newer(newer) => write!(f, "{newer}, as a newer version calls it"),
        }
    }
}

/// An instant to the minute, in UTC.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// An instant to the second, in UTC.
fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn days(at: Timestamp) -> Date {
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told { kind, .. } => write!(f, "{kind}"),
            Self::UnusableAddress(address) => write!(f, "the address {address}"),
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
            Self::Approved => write!(f, "approved by a person"),
            Self::Signalled { step, signal, rehearsed: true, .. } => {
                write!(f, "{step}: {signal} would be told to your automation, were this no rehearsal")
            }
            Self::Signalled { step, signal, .. } => write!(f, "{step}: {signal} is told to your automation"),
            Self::SignalUndone { step, signal, .. } => {
                write!(f, "{step}: {signal} is told to your automation, since nothing is owed any more")
            }
            Self::SentBefore { step, on } => write!(f, "{step} had been sent on {on}, before Relance"),
            Self::NotSentBefore { step } => write!(f, "{step} had not been sent before Relance, as was said"),
            Self::CallAsked { step } => write!(f, "{step}: the team was asked to call the debtor"),
            Self::CopyFailed { .. } => f.write_str("a copy of the mail bounced or was called spam: nobody at that address gets one any more"),
            Self::Completed { step, missing } if missing.is_empty() => write!(f, "{step}: the invoice has all that it must have"),
            Self::Completed { step, missing } => write!(f, "{step}: the team was asked to complete the invoice: {missing}"),
            Self::Called { result } => match result {
                CallResult::Promised(day) => write!(f, "called by a person: payment is promised by {day}"),
                CallResult::Disputed => f.write_str("called by a person: it is disputed"),
                CallResult::Voicemail => f.write_str("called by a person: nobody answered"),
                CallResult::Reached => f.write_str("called by a person"),
            },
            Self::Undecided { why } => write!(f, "nobody can say which steps are for it: {why}"),
            Self::Released => f.write_str("released by a person"),
            Self::OnNoInvoice { amount } if amount.minor == 0 => {
                write!(f, "none of the customer's money in {} is without an invoice", amount.currency)
            }
            Self::OnNoInvoice { amount } => write!(f, "{amount} of the customer's money is on no invoice"),
            Self::Restored { from } => write!(f, "restored from a backup of {}", minute(*from)),
            Self::Proven { step, .. } => write!(f, "{step} counts as sent: an event of SES proves that a mail left that day"),
            Self::Claimed { claim, steps } => {
                let in_rehearsal = if claim.is_of_rehearsal() { " in a rehearsal" } else { "" };
                write!(f, "mail claimed{in_rehearsal}:")?;
                steps.iter().try_for_each(|StepOf { invoice, step }| write!(f, " {step} of {invoice}"))
            }
            Self::Looked { at, saw } => {
                write!(f, "the tool, asked at {}, says:", second(*at))?;
                saw.iter().try_for_each(|Saw { invoice, left }| write!(f, " {left} left of {invoice}"))
            }
            Self::NotAttached => f.write_str("it could not be fetched to be attached: the mail has its link"),
            Self::NotLooked { why } => write!(f, "the tool did not say whether it is still owed: {why}"),
            Self::Sent { claim, .. } if claim.is_of_rehearsal() => {
                f.write_str("mail taken by SES, for somebody else than the debtor")
            }
            Self::Sent { .. } => f.write_str("mail taken by SES"),
            Self::Refused { code, .. } => write!(f, "mail refused by SES ({code}), nothing was sent"),
            Self::Unheard { .. } => f.write_str(
                "nothing was heard of the mail: decided anew, and sent a second and last time if still due",
            ),
            Self::GivenUp { .. } => f.write_str(
                "nothing was heard of the second attempt: it may have been sent, and is not tried again",
            ),
            Self::Delivered { .. } => f.write_str("mail delivered"),
            Self::Bounced { permanent: true, .. } => f.write_str("mail bounced: the address is on hold"),
            Self::Bounced { .. } => f.write_str("mail bounced for now"),
            Self::Complained { .. } => f.write_str("the recipient complained: the address is on hold"),
            Self::MailboxHeld { trouble: AddressTrouble::Complained } => {
                f.write_str("a mail to another customer at the same address was called spam: the address is on hold")
            }
            Self::MailboxHeld { .. } => {
                f.write_str("a mail to another customer at the same address bounced: the address is on hold")
            }
            Self::Rejected { .. } => f.write_str("SES rejected the mail after taking it"),
            Self::RehearsalOver => {
                f.write_str("the rehearsal is over: what went to somebody else, the debtor has not heard")
            }
            Self::TooMany { waiting } => {
                write!(f, "{waiting} more invoices were due than one mail can carry; they wait for the next day")
            }
            Self::Newer(newer) => write!(f, "{newer}, as a newer version calls it"),
        }
    }
}

impl What {
    /// The same for a log, which is read by others than whoever may read the file: without what may nearly be an
    /// address.
    pub fn in_log(&self) -> String {
        match self {
            Self::UnusableAddress(UnusableAddress { why, .. }) => {
                format!("an address cannot be written to: {why}")
            }
            what => what.to_string(),
        }
    }
}
