//! The debtor, and the mails that are on their way to it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::hold::{AddressTrouble, Pause, Refused};
use super::step::StepOf;
use crate::billing::{By, Dated, Profile};
use crate::calendar::DebtorCalendar;
use crate::policy::Policy;
use crate::value::{ClaimId, Country, DebtorKey, EmailAddress, Language, Newer};

/// Who owes, and what was mailed to it of late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debtor {
    /// Whose file it is.
    pub key: DebtorKey,
    /// What the tool says of it.
    #[serde(rename = "told")]
    pub profile: Dated<Profile>,
    /// The language that was told last: what shows no language says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Dated<Language>>,
    /// Addresses that must not be written to again.
    #[serde(default)]
    pub held_addresses: BTreeMap<EmailAddress, AddressTrouble>,
    /// The civil days, its own, of the last week's mails, oldest first.
    #[serde(default)]
    pub mailed_on: Vec<Date>,
    /// SES refused a mail to it of late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// A person wants nothing sent to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// What a newer version holds it for, by the holds' names. This version writes none, and lets nothing
    /// leave to it while there is one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holds: BTreeMap<String, Newer>,
    /// Mails of which nothing was heard yet.
    #[serde(default)]
    pub claims: BTreeMap<ClaimId, Claim>,
}

impl Debtor {
    /// A debtor just heard of.
    pub fn new(key: DebtorKey, profile: Dated<Profile>) -> Self {
        Self {
            key,
            language: profile.language(),
            profile,
            held_addresses: BTreeMap::new(),
            mailed_on: Vec::new(),
            refused: None,
            paused: None,
            holds: BTreeMap::new(),
            claims: BTreeMap::new(),
        }
    }

    /// Takes in what else is said of it, in any order.
    pub fn hear(&mut self, profile: &Dated<Profile>) {
        self.language = Dated::later(self.language.take(), profile.language());
        self.profile = self.profile.clone().merge(profile.clone());
    }

    /// Forgets what a delivery said of it that is told anew.
    pub(crate) fn withdraw(&mut self, by: By) {
        self.language = Dated::left_of(self.language.take(), by);
        self.profile = self.profile.clone().withdraw(by);
    }

    /// As a person knows it: by its name, or else by the tool's id.
    pub fn name(&self) -> String {
        let name = self.profile.value.name.clone();
        name.unwrap_or_else(|| self.key.customer.to_string())
    }

    /// Its calendar under a policy.
    pub fn calendar<'a>(&'a self, policy: &'a Policy) -> DebtorCalendar<'a> {
        let profile = &self.profile.value;
        let zone = profile
            .zone()
            .unwrap_or_else(|| policy.company.time_zone.get().clone());
        DebtorCalendar::new(&policy.calendar, profile.country.as_ref(), zone)
    }

    /// The language that the tool told last.
    pub(crate) fn told_language(&self) -> Option<&Language> {
        let later = self.language.as_ref().map(|told| &told.value);
        later.or(self.profile.value.language.as_ref())
    }

    /// The language to write to it in, out of those there are templates for.
    pub fn language(&self, policy: &Policy, available: &[Language]) -> Language {
        let country = self.profile.value.country.as_ref();
        let by_country = || country.and_then(Country::language);
        self.told_language()
            .cloned()
            .or_else(by_country)
            .filter(|language| available.contains(language))
            .unwrap_or_else(|| policy.company.language.clone())
    }

    /// Notes that it was, or may have been, written to on that day.
    pub(crate) fn note_mailed_on(&mut self, day: Date) {
        if let Err(place) = self.mailed_on.binary_search(&day) {
            self.mailed_on.insert(place, day);
        }
    }

    /// The earliest instant at which a claim of which nothing was heard is to be looked at.
    pub fn next_action_at(&self) -> Option<Timestamp> {
        let open = self.claims.values().filter(|claim| !claim.expired);
        open.map(|claim| claim.unknown_after).min()
    }
}

/// A mail that was claimed, until SES's answer or one of its events says what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// When it was claimed.
    pub at: Timestamp,
    /// The civil day, the debtor's, that it took.
    pub day: Date,
    /// When it is decided anew, if nothing was heard by then.
    #[serde(rename = "settle_by")]
    pub unknown_after: Timestamp,
    /// The steps it carries.
    pub steps: Vec<StepOf>,
    /// Nothing was heard; kept a while for an event that comes late.
    #[serde(default)]
    pub expired: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_of_mails_are_kept_once_each_and_in_order() {
        let key = DebtorKey::parse("stripe#default#live#cus_1").unwrap();
        let mut debtor = Debtor::new(key, Dated::nothing());
        for day in [13, 11, 12, 13] {
            debtor.note_mailed_on(Date::constant(2027, 1, day));
        }
        let days: Vec<_> = debtor.mailed_on.iter().map(ToString::to_string).collect();
        assert_eq!(days, ["2027-01-11", "2027-01-12", "2027-01-13"]);
    }
}
