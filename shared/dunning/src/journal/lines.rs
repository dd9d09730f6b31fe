//! What happened, and why, in words that a person can read back.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::billing::Status;
use crate::file::{AddressTrouble, NotChased, Outlook, Skip, StepOf};
use crate::value::{
    ClaimId, EventId, InvoiceId, Money, Newer, SignalName, StepId, UnusableAddress,
};

/// One line of the journal. Holds no link, and no address that can be written to.
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
    /// What the tool gave as an address is none that can be written to.
    UnusableAddress(UnusableAddress),
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
    /// A step is not sent: another speaks for it.
    Merged {
        /// The step.
        step: StepId,
        /// The one that speaks for it.
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
    /// A person wants nothing sent.
    Paused {
        /// Until this day, or until a person says otherwise.
        until: Option<Date>,
    },
    /// A person lets reminders go on.
    Resumed,
    /// A person has looked at what was held for that.
    Released,
    /// A person approved the step that waited for it.
    Approved,
    /// The user's own automation is told of the debt.
    Signalled {
        /// The step.
        step: StepId,
        /// What it hears.
        signal: SignalName,
        /// What is left of the debt.
        left: Money,
        /// By when it was to be paid.
        due_on: Option<Date>,
        /// In a rehearsal: it hears nothing.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        rehearsed: bool,
    },
    /// It is told that the debt is settled, or is none any more.
    SignalUndone {
        /// The step.
        step: StepId,
        /// What it hears.
        signal: SignalName,
        /// What became of the debt.
        status: Status,
    },
    /// Whoever reminded of the invoice before Relance had sent a step.
    SentBefore {
        /// The step.
        step: StepId,
        /// On which day.
        on: Date,
    },
    /// That it had was said by mistake.
    NotSentBefore {
        /// The step.
        step: StepId,
    },
    /// The team was asked to call the debtor.
    CallAsked {
        /// The step.
        step: StepId,
    },
    /// A copy of the mail did not reach whom it was for, or he called it spam: he gets none any more.
    CopyFailed {
        /// The mail.
        claim: ClaimId,
    },
    /// A person called the debtor.
    Called {
        /// What came of it.
        result: CallResult,
    },
    /// It was looked whether an invoice has all that it must have.
    Completed {
        /// The step.
        step: StepId,
        /// What it lacks; empty where that is nothing.
        missing: String,
    },
    /// A condition of the policy could not be judged of it.
    Undecided {
        /// Which, and why.
        why: String,
    },
    /// So much money of the debtor is on no invoice now.
    OnNoInvoice {
        /// All of it that is of this currency.
        amount: Money,
    },
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
        steps: Vec<StepOf>,
    },
    /// The billing tool was asked before the mail, and showed what it is about as owed.
    Looked {
        /// When it was asked.
        at: Timestamp,
        /// What it said is left to pay.
        saw: Vec<Saw>,
    },
    /// The billing tool was asked before a mail, and did not say whether it is still owed.
    NotLooked {
        /// Why.
        why: Blind,
    },
    /// The invoice was to go along with the mail as it is, and could not be fetched: its link does.
    NotAttached,
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
    #[serde(rename = "unsettled")]
    Unheard {
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
    /// Nothing is sent to its mailbox any more: a mail to another customer met with trouble there.
    MailboxHeld {
        /// Which.
        trouble: AddressTrouble,
    },
    /// SES took the mail and then refused to send it on.
    Rejected {
        /// The mail.
        claim: ClaimId,
    },
    /// What was rehearsed, the debtor has not heard: its ladder begins where it belongs.
    RehearsalOver,
    /// More was due than one mail can carry; the rest waits for the next day.
    TooMany {
        /// How many invoices wait.
        waiting: usize,
    },
    /// A newer version knows what happened.
    #[serde(untagged)]
    Newer(Newer),
}

impl Line {
    /// A line about an invoice.
    pub fn of(invoice: &InvoiceId, what: What) -> Self {
        Self {
            invoice: Some(invoice.clone()),
            what,
        }
    }

    /// Whether the user's own automation hears it.
    pub fn is_signal(&self) -> bool {
        matches!(
            self.what,
            What::SignalUndone { .. }
                | What::Signalled {
                    rehearsed: false,
                    ..
                }
        )
    }

    /// A line about the debtor.
    pub fn of_debtor(what: What) -> Self {
        Self {
            invoice: None,
            what,
        }
    }
}

/// What a tool said is left to pay of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saw {
    /// Of which.
    pub invoice: InvoiceId,
    /// How much.
    pub left: Money,
}

/// Why a billing tool that was asked did not say whether a debt is still owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blind {
    /// Nobody has given a key to ask by, and the policy wants it asked.
    NoKey,
    /// It does not take the key.
    KeyRefused,
    /// The key may not read that.
    NotAllowed,
    /// What the policy says does not suffice to ask it.
    Unaskable,
    /// It asks for patience, or all the calls that it allows are made.
    Busy,
    /// It could not be reached, or gave no answer that could be read.
    NoAnswer,
}

impl Blind {
    /// As metrics name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::KeyRefused => "key_refused",
            Self::NotAllowed => "not_allowed",
            Self::Unaskable => "unaskable",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
        }
    }
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
    /// Other customers have the same mailbox, and are written to first.
    Mailbox,
    /// SES refused the mail.
    Refused,
    /// SES's quota of 24 hours was spent.
    QuotaSpent,
    /// SES could not be reached, or said nothing.
    NoAnswer,
    /// The mail's template could not be filled in.
    Template,
    /// The billing tool did not say whether it is still owed.
    NoLook,
    /// A person wants nothing sent until then.
    Paused,
    /// The debtor has not had the invoice for long enough.
    Patience,
    /// The step before it left, or leaves, later than planned.
    Distance,
    /// The tool wants nothing sent before.
    NotBefore,
    /// The tool says that a payment is on its way.
    PaymentOnItsWay,
    /// Nothing of the source was taken in for long, and what came was refused.
    SourceRefused,
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
    /// Another ladder is the debt's now, or that of another part of it.
    OtherLadder,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallResult {
    /// It is to be paid by this day.
    Promised(Date),
    /// It is disputed.
    Disputed,
    /// Nobody answered.
    Voicemail,
    /// Somebody answered, and nothing is to be done.
    Reached,
}
