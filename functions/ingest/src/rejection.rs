//! Why a webhook is not taken in.

use dunning::journal::NoticeKind;
use ledger::LedgerError;
use runtime::SecretError;
use sources::{Misconfigured, SignatureError};

/// Why a webhook is not taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Rejection {
    #[error("there is no billing source of this name in the policy")]
    UnknownSource,
    #[error("there is no tool behind this source: neither built in nor in the policy's `sources`")]
    UnknownTool,
    #[error("the body is larger than 1 MiB")]
    TooLarge,
    #[error("the body is not the base64 it is said to be")]
    NotBase64,
    #[error("{0}")]
    Signature(#[from] SignatureError),
    #[error("{0}")]
    Unreadable(String),
    #[error("{0}")]
    Misconfigured(#[from] Misconfigured),
    #[error("{0}")]
    Secret(#[from] SecretError),
    #[error("the secret of this source is empty")]
    NoSecret,
    #[error("{0}")]
    Ledger(#[from] LedgerError),
}

/// Whose it is to put right.
pub(crate) enum Fault {
    /// The sender's: it is answered this status.
    Theirs(u16),
    /// Ours: the sender is to come again.
    Ours,
}

impl Rejection {
    /// In a word, for the metrics.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::UnknownSource => "unknown source",
            Self::TooLarge | Self::NotBase64 | Self::Unreadable(_) => "not readable",
            Self::Signature(_) => "not trusted",
            Self::UnknownTool
            | Self::Misconfigured(_)
            | Self::Secret(_)
            | Self::NoSecret
            | Self::Ledger(_) => "failed",
        }
    }

    /// Whose fault it is, and what the sender is answered.
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::UnknownSource => Fault::Theirs(404),
            Self::TooLarge => Fault::Theirs(413),
            Self::NotBase64 | Self::Unreadable(_) => Fault::Theirs(400),
            Self::Signature(_) => Fault::Theirs(401),
            Self::UnknownTool
            | Self::Misconfigured(_)
            | Self::Secret(_)
            | Self::NoSecret
            | Self::Ledger(_) => Fault::Ours,
        }
    }

    /// The same word, where it is refused for good: what is ours to put right comes again.
    pub(crate) fn refused(&self) -> Option<&'static str> {
        (!self.is_ours()).then(|| self.as_str())
    }

    /// What a person must hear of it: nothing of an outage, which passes.
    pub(crate) fn notice(&self) -> Option<NoticeKind> {
        match self {
            Self::UnknownSource => Some(NoticeKind::UnknownSource),
            Self::TooLarge | Self::NotBase64 | Self::Unreadable(_) => {
                Some(NoticeKind::WebhooksUnreadable)
            }
            Self::Signature(_) => Some(NoticeKind::WebhooksRefused),
            Self::UnknownTool
            | Self::Misconfigured(_)
            | Self::Secret(SecretError::Missing(_))
            | Self::NoSecret => Some(NoticeKind::SourceFails),
            Self::Secret(SecretError::Unavailable(_)) | Self::Ledger(_) => None,
        }
    }

    pub(crate) fn is_ours(&self) -> bool {
        matches!(self.fault(), Fault::Ours)
    }
}
