//! Why a request is not trusted, and why a tool cannot be used.

/// Why a source of ours cannot be used. The sender is not at fault, and is to try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// The manifest or the filter cannot be read or trusted.
    #[error("{file}: {why}")]
    File {
        /// Which.
        file: String,
        /// What is wrong, and where.
        why: String,
    },
    /// The tool signs the address that was registered with it.
    #[error(
        "the policy must say `url`: the webhook's address exactly as it was registered with the tool"
    )]
    NoUrl,
    /// The secret is not one of this tool's.
    #[error("the secret is not of the form {form}")]
    Secret {
        /// What it ought to be.
        form: String,
    },
    /// The tool cannot be asked so.
    #[error("{why}")]
    Unaskable {
        /// What is missing, or does not fit.
        why: String,
    },
}

/// Why a request is not to be trusted. The sender hears only that it is not; this is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No signature at all, or not all that is signed.
    #[error("the header {header} is missing")]
    Missing {
        /// The header.
        header: String,
    },
    /// Two headers of one name: which of them counts would be a guess.
    #[error("the header {header} stands twice")]
    Twice {
        /// The header.
        header: String,
    },
    /// Not of the tool's form.
    #[error("the header {header} {why}")]
    Malformed {
        /// The tool's signature header.
        header: String,
        /// What is wrong in it.
        why: String,
    },
    /// No secret made any of the digests: a forged or altered body, or another endpoint's secret.
    /// It may also be a secret that was rolled since ours was read.
    #[error("none of the {digests} signatures matches the body with any of the {secrets} secrets")]
    NoMatch {
        /// How many digests the header has.
        digests: usize,
        /// How many secrets were tried on each.
        secrets: usize,
    },
    /// A tool that does not sign must show a secret, and this request shows none.
    #[error("the request shows no secret; looked at: {places}")]
    NoCredential {
        /// Headers and parameters that may show it.
        places: String,
    },
    /// It shows another secret. It may be one that was rolled since ours was read.
    #[error("what the request shows is none of the {secrets} secrets")]
    WrongCredential {
        /// How many secrets it was compared with.
        secrets: usize,
    },
    /// Rightly signed, but too long ago: a replay, or our clock is wrong.
    #[error("signed {age} s ago; at most {limit} s are allowed")]
    Stale {
        /// Seconds since.
        age: i64,
        /// How many are allowed.
        limit: u32,
    },
    /// Rightly signed, but in the future: one of the clocks is wrong.
    #[error("signed {ahead} s ahead of our clock; at most {limit} s are allowed")]
    Future {
        /// Seconds until.
        ahead: i64,
        /// How many are allowed.
        limit: u32,
    },
}

impl SignatureError {
    /// Whether a secret that is newer than ours could make it right.
    pub fn may_be_a_newer_secret(&self) -> bool {
        matches!(self, Self::NoMatch { .. } | Self::WrongCredential { .. })
    }
}

/// Why a request is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum Distrust {
    /// The sender's signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// We cannot tell: something of ours is to be put right first.
    #[error(transparent)]
    Misconfigured(#[from] Misconfigured),
}
