//! What a tool can be asked, and where.

use std::fmt;

use dunning::policy;
use dunning::value::{AccountId, CustomerId, InvoiceId, SourceName};
use jiff::Timestamp;

use super::template::Slot;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// One invoice, whole.
    Invoice(InvoiceId),
    /// All that a customer owes.
    OpenOf(CustomerId),
    /// All that anybody owes.
    AllOpen,
    /// All that was issued since a time in Unix seconds, with what became of each since.
    IssuedSince(String),
    /// A customer's money that is on no invoice yet.
    Unapplied(CustomerId),
    /// Who a customer is.
    Customer(CustomerId),
    /// An invoice as a PDF.
    Pdf(InvoiceId),
}

/// The kind of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One invoice.
    Invoice,
    /// All that a customer owes.
    OpenOf,
    /// All that anybody owes.
    AllOpen,
    /// All that was issued since then.
    IssuedSince,
    /// A customer's money that is on no invoice yet.
    Unapplied,
    /// Who a customer is.
    Customer,
    /// An invoice as a PDF.
    Pdf,
}

/// The largest answer in bytes.
const LARGEST: usize = 1024 * 1024;
/// The largest PDF in bytes.
const LARGEST_PDF: usize = 5 * 1024 * 1024;

impl Kind {
    /// Each of them.
    pub const ALL: [Self; 7] = [
        Self::Invoice,
        Self::OpenOf,
        Self::AllOpen,
        Self::IssuedSince,
        Self::Unapplied,
        Self::Customer,
        Self::Pdf,
    ];

    /// As the manifest names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::OpenOf => "open_of",
            Self::AllOpen => "all_open",
            Self::IssuedSince => "issued_since",
            Self::Unapplied => "unapplied",
            Self::Customer => "customer",
            Self::Pdf => "pdf",
        }
    }

    /// As the filter reads it: what each item of the answer is.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Invoice | Self::Pdf => "invoice",
            Self::OpenOf | Self::AllOpen => "open",
            Self::IssuedSince => "history",
            Self::Unapplied => "unapplied",
            Self::Customer => "customer",
        }
    }

    /// What its request must name.
    pub(crate) fn slot(self) -> Option<Slot> {
        match self {
            Self::Invoice | Self::Pdf => Some(Slot::Invoice),
            Self::OpenOf | Self::Unapplied | Self::Customer => Some(Slot::Customer),
            Self::IssuedSince => Some(Slot::Since),
            Self::AllOpen => None,
        }
    }

    /// The largest answer in bytes that is read: whoever fetches it may stop there.
    pub fn largest_answer(self) -> usize {
        match self {
            Self::Pdf => LARGEST_PDF,
            _ => LARGEST,
        }
    }
}

impl Question {
    /// All that was issued since then.
    pub fn issued_since(at: Timestamp) -> Self {
        Self::IssuedSince(at.as_second().to_string())
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Invoice(_) => Kind::Invoice,
            Self::OpenOf(_) => Kind::OpenOf,
            Self::AllOpen => Kind::AllOpen,
            Self::IssuedSince(_) => Kind::IssuedSince,
            Self::Unapplied(_) => Kind::Unapplied,
            Self::Customer(_) => Kind::Customer,
            Self::Pdf(_) => Kind::Pdf,
        }
    }

    /// The invoice that it is about.
    pub fn invoice(&self) -> Option<&InvoiceId> {
        match self {
            Self::Invoice(invoice) | Self::Pdf(invoice) => Some(invoice),
            _ => None,
        }
    }

    /// Since when, in Unix seconds.
    pub(crate) fn since(&self) -> Option<&str> {
        match self {
            Self::IssuedSince(second) => Some(second),
            _ => None,
        }
    }

    /// The customer that it is about.
    pub fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::OpenOf(customer) | Self::Unapplied(customer) | Self::Customer(customer) => {
                Some(customer)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.invoice().map(InvoiceId::as_str);
        let id = id.or_else(|| self.customer().map(CustomerId::as_str));
        let id = id.or_else(|| self.since());
        match (self.kind().name(), id) {
            (name, Some(id)) => write!(f, "{name} {id}"),
            (name, None) => f.write_str(name),
        }
    }
}

/// Where it is asked.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The source's section of the policy.
    pub settings: &'a policy::Source,
    /// Its name.
    pub source: &'a SourceName,
    /// The account that the tool's own events name; none where they name none.
    pub account: Option<&'a AccountId>,
}
