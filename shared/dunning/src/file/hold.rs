//! Why nothing may leave.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

use crate::limits::APPROVAL_LASTS;
use crate::value::{Newer, StepId};

/// Why nothing may leave for an invoice. They are a set: several may stand at once, and each keeps all of the
/// debt from being written about until it is ended.
///
/// | hold | of | ended by | told to the team |
/// |---|---|---|---|
/// | a newer version's | invoice, debtor | that version | by that version |
/// | too little | invoice | the tool: more is left | no: nobody has anything to do |
/// | undecided | invoice | the policy, or what the tool says: a condition can be judged | yes |
/// | awaiting approval | invoice, from some days before the step | `approve` | yes, with what is to come |
/// | reopened | invoice | `release`; the debt's end | yes |
/// | not shown | invoice | the tool: it shows it; `release`, but for what the tool calls settled | yes |
/// | imported | invoice | `release`, `release --imported`; the debt's end | yes, once, when the import is done |
/// | too late at entry | invoice | `release`; the debt's end | yes |
/// | source gone | source | the policy: it has the source, in that mode, again | yes |
/// | no due date | invoice | the tool: a due date | yes |
/// | deleted in the tool | debtor | the tool: it has it again | yes |
/// | no address | debtor | the tool: an address | yes |
/// | address bounced | mailbox | the tool: another address; `release`, for all its customers | yes |
/// | address complained | mailbox | the tool: another address; `release`, for all its customers | yes |
/// | money on no invoice | debtor, for what it owes in the money's currency; less than the policy chases holds nothing | the tool: none is left; `release`, until there is more | yes, once, with the amount, when it is told |
/// | paused | invoice, debtor, everything | its day; `resume` | no: a person asked for it |
/// | source refused | source | the source: something of it is taken in; `release --source` | yes, each day |
/// | left alone | invoice, debtor | the tool | no: it was asked for |
/// | not before | invoice, debtor | its day; the tool | where it lasts for long (`LONGEST_LULL`) |
/// | payment on its way | invoice; debtor, where it is not told for which | its day; the tool | where it lasts for long, or is said again and again |
///
/// The strongest stands first. One that ends on a day moves the next step to that day; of those that do not,
/// the strongest is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Less is left than the policy chases.
    TooLittle,
    /// A condition of the policy can be judged neither true nor false of it: nobody knows which steps are for it.
    Undecided,
    /// The next step is one that must be approved by a person.
    AwaitingApproval,
    /// The policy has no such source any more, or takes its other mode: what is paid, nobody hears.
    SourceGone,
    /// The tool gives no due date.
    NoDueDate,
    /// The tool has the customer no more.
    CustomerDeleted,
    /// The tool gives no address that can be written to.
    NoAddress,
    /// No mail reaches the debtor's address.
    AddressBounced,
    /// The debtor complained about a mail of ours.
    AddressComplained,
    /// It was settled, and the tool opened it again: a person must look first.
    Reopened,
    /// It was brought in from before Relance: a person must see first what it would be sent.
    Imported,
    /// It was already late when it first came into the file, by more than the policy lets pass: a person must
    /// say that it is to be reminded of.
    TooLateAtEntry,
    /// The tool was asked for it, and does not show it as owed: a person must look first.
    NotShown,
    /// Money of the customer is on no invoice yet: it may be for any of its currency.
    Unapplied,
    /// A person wants nothing sent, until a person says otherwise.
    Paused,
    /// The tool wants nothing sent, until it says otherwise.
    LeftAlone,
    /// The tool wants nothing sent before a day.
    NotBefore,
    /// The tool says that a payment is under way, and by which day it must have come or failed.
    PaymentOnItsWay,
    /// Nothing of the source was taken in for longer than its habit, and what came was refused: payments may be
    /// among it. It holds what is due, from one day to the next.
    SourceRefused,
    /// A newer version knows why. It holds until that one, or the debt's end, ends it.
    #[serde(untagged, deserialize_with = "newer")]
    Newer(Newer),
}

/// What holds an invoice beyond what can be seen from the debt and the debtor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceHolds {
    /// It came into the file too late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_late: Option<TooLate>,
    /// The tool was asked for it, and did not show it as owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_shown: Option<NotShown>,
    /// It was brought in from before Relance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
    /// Its next step is one that a person must approve, or may stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<StepApproval>,
    /// What a newer version holds it for, by the holds' names. This version writes none, and lets nothing
    /// leave while there is one.
    #[serde(flatten)]
    pub newer: BTreeMap<String, Newer>,
}

impl InvoiceHolds {
    pub(super) fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A step that a person must approve, or may stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepApproval {
    /// Which.
    pub step: StepId,
    /// When the team was told.
    pub since: Timestamp,
    /// It is not to leave without a person's word.
    pub required: bool,
    /// A person approved it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approved: bool,
    /// The team was told once more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told_again: bool,
}

impl StepApproval {
    /// Whether it is for the step as it is dated now, which was to be asked for at that instant. One that was given shortly
    /// before is; what was only asked for is asked for again.
    pub(crate) fn is_good_for(&self, now: Timestamp, ask_at: Timestamp) -> bool {
        let given = self.approved && ask_at.duration_since(self.since) <= APPROVAL_LASTS;
        now >= ask_at || given
    }

    /// Whether nothing may leave.
    pub fn holds(&self) -> bool {
        self.required && !self.approved
    }
}

/// How late an invoice was when it first came into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TooLate {
    /// Days after its due date.
    pub days: i32,
}

/// An invoice was brought in from before Relance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// When.
    pub at: Timestamp,
}

/// The tool was asked for an invoice before a mail about it, and did not show it as owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotShown {
    /// When it was asked.
    pub at: Timestamp,
    /// What it said in place of that.
    pub why: Unseen,
    /// A person has looked, and wants it reminded of all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub released: bool,
}

impl NotShown {
    /// Whether nothing may leave about it.
    pub fn holds(self) -> bool {
        !self.released
    }
}

/// What a tool says of an invoice in place of showing it as owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unseen {
    /// There is no such invoice.
    Missing,
    /// It is paid, void or written off, and the file says otherwise by what was told.
    Settled,
    /// What makes no sense, or is of another invoice, account or mode.
    Nonsense,
    /// A newer version knows.
    #[serde(other)]
    Newer,
}

/// A hold that a person ends by having looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Releasable {
    /// Of an invoice: it was settled and opened again.
    Reopened,
    /// Of an invoice: it was late when it first came in.
    TooLateAtEntry,
    /// Of an invoice: the tool does not show it.
    NotShown,
    /// Of an invoice: it was brought in from before Relance, late or not.
    Imported,
    /// Of a debtor: its addresses that bounced, or whose owner complained.
    Address,
    /// Of a debtor: the money that is on no invoice now.
    Unapplied,
}

impl Releasable {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Reopened,
        Self::TooLateAtEntry,
        Self::NotShown,
        Self::Imported,
        Self::Address,
        Self::Unapplied,
    ];

    /// As a person names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reopened => "reopened",
            Self::TooLateAtEntry => "too-late",
            Self::NotShown => "not-shown",
            Self::Imported => "imported",
            Self::Address => "address",
            Self::Unapplied => "unapplied",
        }
    }
}

/// Why an invoice asks for no reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotChased {
    /// Not issued yet.
    Draft,
    /// Paid, or nothing left to pay.
    Paid,
    /// Void, or a deleted draft.
    Void,
    /// Written off.
    Uncollectible,
    /// The tool charges it by itself, and has not failed (or the policy leaves failures to the tool).
    ChargedAutomatically,
    /// The sequence that the policy has for it has no steps.
    NoSteps,
}

/// A person wants nothing sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The day on which reminders go on; none until a person resumes them.
    pub until: Option<Date>,
}

impl Pause {
    /// Whether it is not over on this day.
    pub fn is_on(self, day: Date) -> bool {
        self.until.is_none_or(|until| day < until)
    }
}

/// SES refused mails in a row; the next one is tried later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// How often, since it took one.
    pub times: u32,
    /// Nothing is tried before.
    pub until: Timestamp,
    /// What it asked for.
    #[serde(default)]
    pub why: Refusal,
}

/// Why no mail is given to SES now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It refused one.
    #[default]
    Refused,
    /// The account has sent all that it may in 24 hours.
    QuotaSpent,
    /// It could not be reached, or said nothing.
    NoAnswer,
    /// None of its doing: the mail's template could not be filled in.
    Template,
    /// None of its doing: the billing tool did not say whether it is still owed.
    NoLook,
    /// A newer version knows.
    #[serde(other)]
    Newer,
}

/// Why an address is held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressTrouble {
    /// A mail to it bounced for good.
    Bounced,
    /// Its owner called a mail of ours spam.
    Complained,
    /// A newer version knows why.
    #[serde(untagged, deserialize_with = "newer")]
    Newer(Newer),
}

fn newer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Newer, D::Error> {
    Newer::read(deserializer, &[])
}

impl From<&AddressTrouble> for Hold {
    fn from(trouble: &AddressTrouble) -> Self {
        match trouble {
            // Whatever it is, another address ends it.
            AddressTrouble::Bounced | AddressTrouble::Newer(_) => Self::AddressBounced,
            AddressTrouble::Complained => Self::AddressComplained,
        }
    }
}
