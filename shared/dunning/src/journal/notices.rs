//! What the team must hear.

use serde::{Deserialize, Serialize};

use crate::file::{Debtor, Hold, Invoice};
use crate::value::{AddressFault, DebtorKey, InvoiceId, Money, SourceName};

/// Something a person must hear about. Counted by kind and invoice, told once a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it is.
    pub kind: NoticeKind,
    /// What it is about: an invoice's number or id, an event's type; and what was given that is no address. No
    /// address that can be written to, no link.
    pub subject: String,
    /// Where to look, and what it is worth.
    #[serde(default, skip_serializing_if = "About::is_nothing")]
    pub about: About,
}

/// Where a person finds what a notice is about. Earlier versions noted none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Whose file it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debtor: Option<DebtorKey>,
    /// The debtor's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceId>,
    /// What is owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Which source told it, where that is all that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceName>,
}

impl About {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Notice {
    /// A notice that says no more than what happened to what.
    pub fn new(kind: NoticeKind, subject: impl Into<String>) -> Self {
        Self {
            kind,
            subject: subject.into(),
            about: About::default(),
        }
    }

    /// It is about a debtor.
    #[must_use]
    pub fn of_debtor(mut self, debtor: &Debtor) -> Self {
        self.about.debtor = Some(debtor.key.clone());
        self.about.name.clone_from(&debtor.profile.value.name);
        self
    }

    /// It is about an invoice.
    #[must_use]
    pub fn of_invoice(mut self, invoice: &Invoice) -> Self {
        self.about.invoice = Some(invoice.id().clone());
        self.worth([invoice])
    }

    /// What is left to pay of these, if that is one sum.
    #[must_use]
    pub fn worth<'a>(mut self, invoices: impl IntoIterator<Item = &'a Invoice>) -> Self {
        let mut owed = invoices
            .into_iter()
            .map(|invoice| invoice.balance().remaining);
        let first = owed.next();
        self.about.amount = first.and_then(|first| {
            owed.try_fold(first, |sum, Money { minor, currency }| {
                let minor = sum.minor.checked_add(minor)?;
                (currency == sum.currency).then_some(Money { minor, currency })
            })
        });
        self
    }

    /// It came from a source.
    #[must_use]
    pub fn from_source(mut self, source: &SourceName) -> Self {
        self.about.source = Some(source.clone());
        self
    }

    /// Whether it is the same matter: what is owed may have changed.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let matter = |notice: &Self| {
            let About {
                debtor, invoice, ..
            } = notice.about.clone();
            (notice.kind, debtor, invoice)
        };
        self.subject == other.subject && matter(self) == matter(other)
    }
}

/// Who of the team is to hear something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Whoever talks to debtors.
    Finance,
    /// Whoever runs Relance.
    Engineer,
}

/// What a person must hear about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// No due date.
    NoDueDate,
    /// No address.
    NoAddress,
    /// An address that is not whole, as `compta@exemple`.
    AddressIncomplete,
    /// An address with letters that SES does not take.
    AddressNotAscii,
    /// An address with something in it that stands in none.
    AddressMalformed,
    /// The tool has a customer no more that owes.
    CustomerDeleted,
    /// The address bounced.
    AddressBounced,
    /// The debtor complained.
    AddressComplained,
    /// Settled, then opened again by the tool.
    Reopened,
    /// Late for long when the invoice first came in.
    TooLateAtEntry,
    /// Money of a customer is on no invoice, and holds what it owes.
    Unapplied,
    /// The tool wants nothing sent before a day that is far off.
    NotBeforeForLong,
    /// A payment has been on its way for long, or is to be.
    PaymentForLong,
    /// No step is left, and none was sent.
    NoStepLeft,
    /// The last step was sent.
    LastStepSent,
    /// SES refused a mail.
    MailRefused,
    /// SES's quota of 24 hours was spent, and mails wait for it.
    QuotaSpent,
    /// SES has not been reached for a while, and mails wait for it.
    SesSilent,
    /// Nothing was heard of two attempts.
    MailUnknown,
    /// A debtor's country changed again and again, and is passed over for a week.
    PlaceUnsteady,
    /// A tool that was asked for an invoice before a mail did not show it as owed.
    NotShown,
    /// A nightly comparison found what no webhook had told.
    NotTold,
    /// A nightly comparison found open invoices of which nobody has told: of the time before Relance.
    NotImported,
    /// The open invoices of a tool were brought in from before Relance, on hold.
    Imported,
    /// A tool does not take the key by which it is asked before each mail, and mails wait.
    KeyRefused,
    /// A tool did not answer all day when it was asked before a mail, and mails wait.
    ToolSilent,
    /// A condition of the policy fails for an invoice, and nothing leaves about it.
    Undecided,
    /// A step is to come that a person must approve.
    ApprovalWanted,
    /// A step is to come that a person may stop.
    Announced,
    /// A step that a person must approve waits for longer than it should.
    ApprovalOverdue,
    /// A debtor is to be called.
    CallDue,
    /// An invoice lacks something that it must have to be paid without a question.
    InvoiceIncomplete,
    /// A copy of a mail bounced, or was called spam.
    CopyFailed,
    /// A test-mode event on a live source, or the reverse.
    OtherMode,
    /// An event that makes no sense; it is in the inbox.
    Nonsense,
    /// A template cannot be filled in, and mails wait for it.
    TemplateFails,
    /// What comes in for a source is refused: it does not prove that the tool sent it.
    WebhooksRefused,
    /// What comes in for a source is too large, or not what it is said to be: nobody can look at its proof.
    WebhooksUnreadable,
    /// What comes in for a source cannot be looked at: its secret or its tool is not as it should be.
    SourceFails,
    /// Something comes in for a source that is not in the policy.
    UnknownSource,
    /// A source with open invoices has been silent for longer than its habit.
    SourceSilent,
    /// It is silent, and what came for it was refused: its reminders are on hold.
    SourceHeld,
    /// The policy has a source no more, or takes its other mode, and there are open invoices of it.
    SourceGone,
    /// A mail would have left, and went to somebody else: it is a rehearsal.
    Rehearsed,
    /// A newer version knows what it is.
    #[serde(other)]
    Newer,
}

impl NoticeKind {
    /// Every kind, the most urgent first: what keeps all mails from leaving, what may wrong a debtor, what a person
    /// has to go on with, and what only wants to be put right.
    pub const ALL: [Self; 45] = [
        Self::SesSilent,
        Self::TemplateFails,
        Self::WebhooksRefused,
        Self::SourceFails,
        Self::KeyRefused,
        Self::ToolSilent,
        Self::SourceHeld,
        Self::SourceGone,
        Self::MailRefused,
        Self::QuotaSpent,
        Self::AddressComplained,
        Self::Reopened,
        Self::NotShown,
        Self::Undecided,
        Self::ApprovalOverdue,
        Self::ApprovalWanted,
        Self::Announced,
        Self::CallDue,
        Self::InvoiceIncomplete,
        Self::Unapplied,
        Self::Nonsense,
        Self::WebhooksUnreadable,
        Self::SourceSilent,
        Self::NotTold,
        Self::NotImported,
        Self::Imported,
        Self::LastStepSent,
        Self::AddressBounced,
        Self::MailUnknown,
        Self::CustomerDeleted,
        Self::TooLateAtEntry,
        Self::NotBeforeForLong,
        Self::PaymentForLong,
        Self::NoStepLeft,
        Self::CopyFailed,
        Self::NoAddress,
        Self::AddressIncomplete,
        Self::AddressNotAscii,
        Self::AddressMalformed,
        Self::NoDueDate,
        Self::PlaceUnsteady,
        Self::OtherMode,
        Self::UnknownSource,
        Self::Rehearsed,
        Self::Newer,
    ];

    /// Its place among all of them: the lower, the more urgent.
    pub fn urgency(self) -> usize {
        let mut kinds = Self::ALL.iter();
        let place = kinds.position(|kind| *kind == self);
        place.unwrap_or(Self::ALL.len())
    }

    /// As the templates name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoDueDate => "no_due_date",
            Self::NoAddress => "no_address",
            Self::AddressIncomplete => "address_incomplete",
            Self::AddressNotAscii => "address_not_ascii",
            Self::AddressMalformed => "address_malformed",
            Self::CustomerDeleted => "customer_deleted",
            Self::AddressBounced => "address_bounced",
            Self::AddressComplained => "address_complained",
            Self::Reopened => "reopened",
            Self::TooLateAtEntry => "too_late_at_entry",
            Self::Unapplied => "unapplied",
            Self::NotBeforeForLong => "not_before_for_long",
            Self::PaymentForLong => "payment_for_long",
            Self::NoStepLeft => "no_step_left",
            Self::LastStepSent => "last_step_sent",
            Self::MailRefused => "mail_refused",
            Self::QuotaSpent => "quota_spent",
            Self::SesSilent => "ses_silent",
            Self::MailUnknown => "mail_unknown",
            Self::PlaceUnsteady => "place_unsteady",
            Self::NotShown => "not_shown",
            Self::Undecided => "undecided",
            Self::ApprovalWanted => "approval_wanted",
            Self::ApprovalOverdue => "approval_overdue",
            Self::Announced => "announced",
            Self::CallDue => "call_due",
            Self::InvoiceIncomplete => "invoice_incomplete",
            Self::CopyFailed => "copy_failed",
            Self::NotTold => "not_told",
            Self::NotImported => "not_imported",
            Self::Imported => "imported",
            Self::KeyRefused => "key_refused",
            Self::ToolSilent => "tool_silent",
            Self::OtherMode => "other_mode",
            Self::Nonsense => "nonsense",
            Self::TemplateFails => "template_fails",
            Self::WebhooksRefused => "webhooks_refused",
            Self::WebhooksUnreadable => "webhooks_unreadable",
            Self::SourceFails => "source_fails",
            Self::UnknownSource => "unknown_source",
            Self::SourceSilent => "source_silent",
            Self::SourceHeld => "source_held",
            Self::SourceGone => "source_gone",
            Self::Rehearsed => "rehearsed",
            Self::Newer => "newer",
        }
    }
}

impl NoticeKind {
    /// Who can settle it.
    pub fn reader(self) -> Reader {
        match self {
            Self::NoDueDate
            | Self::NoAddress
            | Self::AddressIncomplete
            | Self::AddressNotAscii
            | Self::AddressMalformed
            | Self::CustomerDeleted
            | Self::Unapplied
            | Self::AddressBounced
            | Self::AddressComplained
            | Self::Reopened
            | Self::TooLateAtEntry
            | Self::NotBeforeForLong
            | Self::PaymentForLong
            | Self::NoStepLeft
            | Self::LastStepSent
            | Self::MailUnknown
            | Self::PlaceUnsteady
            | Self::NotShown
            | Self::Undecided
            | Self::ApprovalWanted
            | Self::ApprovalOverdue
            | Self::Announced
            | Self::CallDue
            | Self::CopyFailed
            | Self::InvoiceIncomplete
            | Self::Imported
            | Self::SourceHeld
            | Self::Rehearsed => Reader::Finance,
            Self::MailRefused
            | Self::QuotaSpent
            | Self::SesSilent
            | Self::KeyRefused
            | Self::ToolSilent
            | Self::NotTold
            | Self::NotImported
            | Self::OtherMode
            | Self::Nonsense
            | Self::TemplateFails
            | Self::WebhooksRefused
            | Self::WebhooksUnreadable
            | Self::SourceFails
            | Self::UnknownSource
            | Self::SourceSilent
            | Self::SourceGone
            | Self::Newer => Reader::Engineer,
        }
    }

    /// What a person must hear of an address that breaks this rule.
    pub(crate) fn of_address(fault: AddressFault) -> Self {
        match fault {
            AddressFault::NoAt
            | AddressFault::NothingBefore
            | AddressFault::NothingAfter
            | AddressFault::NoDot => Self::AddressIncomplete,
            AddressFault::NotAscii => Self::AddressNotAscii,
            AddressFault::SignBefore
            | AddressFault::Dots
            | AddressFault::SignAfter
            | AddressFault::TooLong
            | AddressFault::Newer => Self::AddressMalformed,
        }
    }

    /// What a person must hear of a hold: nothing of one that was asked for.
    pub fn of(hold: &Hold) -> Option<Self> {
        Some(match hold {
            Hold::SourceGone => Self::SourceGone,
            Hold::NoDueDate => Self::NoDueDate,
            Hold::NoAddress => Self::NoAddress,
            Hold::CustomerDeleted => Self::CustomerDeleted,
            Hold::AddressBounced => Self::AddressBounced,
            Hold::AddressComplained => Self::AddressComplained,
            Hold::Reopened => Self::Reopened,
            Hold::TooLateAtEntry => Self::TooLateAtEntry,
            Hold::NotShown => Self::NotShown,
            Hold::Undecided => Self::Undecided,
            // What ends by itself, was asked for, or was told of its own; and of what a newer version holds,
            // that version has told.
            Hold::TooLittle
            | Hold::AwaitingApproval
            | Hold::Paused
            | Hold::Unapplied
            | Hold::Imported
            | Hold::LeftAlone
            | Hold::NotBefore
            | Hold::PaymentOnItsWay
            | Hold::SourceRefused
            | Hold::Newer(_) => return None,
        })
    }
}
