//! The team's own file.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::step::Attempt;
use crate::value::ClaimId;

/// Where the team's mails stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamFile {
    /// Notices up to this instant have been told.
    pub told_until: Option<Timestamp>,
    /// When the last mail left.
    pub mailed_at: Option<Timestamp>,
    /// A mail of which nothing was heard yet.
    pub claim: Option<TeamClaim>,
}

/// A claimed mail to the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamClaim {
    /// Its name.
    pub id: ClaimId,
    /// When it is decided anew, if nothing was heard.
    #[serde(rename = "settle_by")]
    pub unknown_after: Timestamp,
    /// What had been told before it.
    pub told_before: Option<Timestamp>,
    /// Which try it is.
    #[serde(rename = "again")]
    pub attempt: Attempt,
}
