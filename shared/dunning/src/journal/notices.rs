//! What the team must hear.

use serde::{Deserialize, Serialize};

use crate::file::Hold;

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
    /// A test-mode event on a live source, or the reverse.
    OtherMode,
    /// An event that makes no sense; it is in the inbox.
    Nonsense,
    /// A newer version knows what it is.
    #[serde(other)]
    Newer,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::NoDueDate,
        Self::NoAddress,
        Self::CustomerDeleted,
        Self::AddressBounced,
        Self::AddressComplained,
        Self::Reopened,
        Self::TooLateAtEntry,
        Self::Unapplied,
        Self::NoStepLeft,
        Self::LastStepSent,
        Self::MailRefused,
        Self::QuotaSpent,
        Self::SesSilent,
        Self::MailUnknown,
        Self::PlaceUnsteady,
        Self::OtherMode,
        Self::Nonsense,
        Self::Newer,
    ];

    /// As the templates name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoDueDate => "no_due_date",
            Self::NoAddress => "no_address",
            Self::CustomerDeleted => "customer_deleted",
            Self::AddressBounced => "address_bounced",
            Self::AddressComplained => "address_complained",
            Self::Reopened => "reopened",
            Self::TooLateAtEntry => "too_late_at_entry",
            Self::Unapplied => "unapplied",
            Self::NoStepLeft => "no_step_left",
            Self::LastStepSent => "last_step_sent",
            Self::MailRefused => "mail_refused",
            Self::QuotaSpent => "quota_spent",
            Self::SesSilent => "ses_silent",
            Self::MailUnknown => "mail_unknown",
            Self::PlaceUnsteady => "place_unsteady",
            Self::OtherMode => "other_mode",
            Self::Nonsense => "nonsense",
            Self::Newer => "newer",
        }
    }
}

impl NoticeKind {
    /// What a person must hear of a hold: nothing of one that was asked for.
    pub fn of(hold: &Hold) -> Option<Self> {
        Some(match hold {
            Hold::NoDueDate => Self::NoDueDate,
            Hold::NoAddress => Self::NoAddress,
            Hold::CustomerDeleted => Self::CustomerDeleted,
            Hold::AddressBounced => Self::AddressBounced,
            Hold::AddressComplained => Self::AddressComplained,
            Hold::Reopened => Self::Reopened,
            Hold::TooLateAtEntry => Self::TooLateAtEntry,
            // What ends by itself, was asked for, or was told when it came; and of what a newer version holds,
            // that version has told.
            Hold::TooLittle
            | Hold::Paused
            | Hold::Unapplied
            | Hold::LeftAlone
            | Hold::NotBefore
            | Hold::PaymentOnItsWay
            | Hold::Newer(_) => return None,
        })
    }
}
