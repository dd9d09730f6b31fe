//! Whether mails reach debtors.

use std::str::FromStr;

use dunning::policy::Policy;
use dunning::value::EmailAddress;

/// To whom mails go in place of those they are for: the stack's parameter of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedirectAllTo {
    /// To nobody: it is live.
    Live,
    /// To the policy's team.
    Team,
    /// To this address.
    Address(EmailAddress),
}

/// What is none of them.
#[derive(Debug, thiserror::Error)]
#[error("neither `live`, nor `team`, nor an address")]
pub struct BadRedirect;

impl FromStr for RedirectAllTo {
    type Err = BadRedirect;

    fn from_str(text: &str) -> Result<Self, BadRedirect> {
        match text {
            "live" => Ok(Self::Live),
            "team" => Ok(Self::Team),
            address => EmailAddress::parse(address)
                .map(Self::Address)
                .map_err(|_| BadRedirect),
        }
    }
}

impl RedirectAllTo {
    /// The address, if it is a rehearsal.
    pub fn address<'a>(&'a self, policy: &'a Policy) -> Option<&'a EmailAddress> {
        match self {
            Self::Live => None,
            Self::Team => Some(&policy.company.team),
            Self::Address(address) => Some(address),
        }
    }

    /// Whether debtors get nothing.
    pub fn is_rehearsal(&self) -> bool {
        *self != Self::Live
    }
}
