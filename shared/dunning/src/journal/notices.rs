//! What the team must hear.

use serde::{Deserialize, Serialize};

use crate::file::Hold;
use crate::value::AddressFault;

/// Something a person must hear about. Counted by kind and invoice, told once a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it is.
    pub kind: NoticeKind,
    /// What it is about: an invoice's number or id, an event's type; and what was given that is no address. No
    /// address that can be written to, no link.
    pub subject: String,
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
    /// The address bounced.
    AddressBounced,
    /// The debtor complained.
    AddressComplained,
    /// Settled, then opened again by the tool.
    Reopened,
    /// Late for long when the invoice first came in.
    TooLateAtEntry,
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
    pub const ALL: [Self; 19] = [
        Self::NoDueDate,
        Self::NoAddress,
        Self::AddressIncomplete,
        Self::AddressNotAscii,
        Self::AddressMalformed,
        Self::AddressBounced,
        Self::AddressComplained,
        Self::Reopened,
        Self::TooLateAtEntry,
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
            Self::AddressIncomplete => "address_incomplete",
            Self::AddressNotAscii => "address_not_ascii",
            Self::AddressMalformed => "address_malformed",
            Self::AddressBounced => "address_bounced",
            Self::AddressComplained => "address_complained",
            Self::Reopened => "reopened",
            Self::TooLateAtEntry => "too_late_at_entry",
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
            Hold::NoDueDate => Self::NoDueDate,
            Hold::NoAddress => Self::NoAddress,
            Hold::AddressBounced => Self::AddressBounced,
            Hold::AddressComplained => Self::AddressComplained,
            Hold::Reopened => Self::Reopened,
            Hold::TooLateAtEntry => Self::TooLateAtEntry,
            // What ends by itself, or was asked for; and of what a newer version holds, that version has told.
            Hold::Paused
            | Hold::LeftAlone
            | Hold::NotBefore
            | Hold::PaymentOnItsWay
            | Hold::Newer(_) => return None,
        })
    }
}
