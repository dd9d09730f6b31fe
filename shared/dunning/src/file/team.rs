//! The team's own file.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::step::Attempt;
use crate::value::ClaimId;

/// Where the team's mails stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamFile {
    /// Those to the team: about everything, while no engineer has an address of their own.
    #[serde(flatten)]
    pub team: Told,
    /// Those to the engineer, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engineer: Option<Told>,
}

impl TeamFile {
    /// The mails of which nothing was heard yet.
    pub fn claims(&self) -> impl Iterator<Item = &TeamClaim> {
        let told = [Some(&self.team), self.engineer.as_ref()];
        told.into_iter()
            .flatten()
            .filter_map(|told| told.claim.as_ref())
    }

    /// The same once that mail was heard of; none where it waits for no word of it.
    #[must_use]
    pub fn heard_of(mut self, mail: &ClaimId) -> Option<Self> {
        let told = [Some(&mut self.team), self.engineer.as_mut()];
        let claims = told.into_iter().flatten().map(|told| &mut told.claim);
        let is_it =
            |claim: &&mut Option<TeamClaim>| claim.as_ref().is_some_and(|claim| claim.id == *mail);
        *claims.into_iter().find(is_it)? = None;
        Some(self)
    }
}

/// What one reader was told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Notices up to this instant have been told.
    pub told_until: Option<Timestamp>,
    /// Mails of a rehearsal that were claimed before this instant have been told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsed_until: Option<Timestamp>,
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
    /// What had been told of a rehearsal before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsed_before: Option<Timestamp>,
    /// Which try it is.
    #[serde(rename = "again")]
    pub attempt: Attempt,
}
