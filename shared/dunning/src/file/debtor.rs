//! The debtor, and the mails that are on their way to it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::history::History;
use super::hold::{AddressTrouble, Pause, Refused};
use super::mailbox::{KnownMailbox, MailboxChange};
use super::step::StepOf;
use crate::billing::{By, CustomerFacts, Dated, Numbers, Profile, Steering};
use crate::calendar::{DebtorCalendar, Place};
use crate::limits::{MOST_MOVES, WEEK};
use crate::policy::Policy;
use crate::value::{
    ClaimId, Country, DebtorKey, EmailAddress, Language, MailboxId, Newer, Zone, zone_of,
};

/// Who owes, and what was mailed to it of late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debtor {
    /// Whose file it is.
    pub key: DebtorKey,
    /// What the tool says of it: as it was shown last, with what that did not show and was told before.
    #[serde(rename = "told")]
    pub profile: Dated<Profile>,
    /// As it was shown last, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shown: Option<Box<Dated<Profile>>>,
    /// What its metadata said last: what does not show it says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steering: Option<Dated<Steering>>,
    /// Its numbers as they were told last: what shows none says nothing of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Dated<Numbers>>,
    /// The language that was told last: what shows no language says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Dated<Language>>,
    /// The same where several were told, the best first. An earlier version knows the first alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub languages: Option<Dated<Vec<Language>>>,
    /// What was told of it apart from what it is like.
    #[serde(
        rename = "apart",
        default,
        skip_serializing_if = "CustomerFacts::is_empty"
    )]
    pub facts: CustomerFacts,
    /// Addresses that must not be written to again.
    #[serde(default)]
    pub held_addresses: BTreeMap<EmailAddress, AddressTrouble>,
    /// The civil days, its own, of the last week's mails, oldest first.
    #[serde(default)]
    pub mailed_on: Vec<Date>,
    /// The same of a rehearsal's, which it did not get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rehearsed_on: Vec<Date>,
    /// What is known of its mailbox, which it may share with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<KnownMailbox>,
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
    /// When the tool moved it to another place of late, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub place_changes: Vec<Timestamp>,
    /// Its place had changed too often: the one that it had counts for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_place: Option<KeptPlace>,
    /// What it paid before.
    #[serde(default, skip_serializing_if = "History::is_empty")]
    pub history: History,
    /// Mails of which nothing was heard yet.
    #[serde(default)]
    pub claims: BTreeMap<ClaimId, Claim>,
}

/// A place that counts whatever the tool says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPlace {
    /// Its country, if it was known.
    pub country: Option<Country>,
    /// Its zone, if it was known.
    pub time_zone: Option<Zone>,
    /// Until when.
    pub until: Timestamp,
}

impl Debtor {
    /// A debtor just heard of.
    pub fn new(key: DebtorKey, profile: Dated<Profile>) -> Self {
        Self {
            key,
            language: profile.language(),
            languages: profile.languages(),
            steering: profile.steering(),
            numbers: profile.numbers(),
            shown: None,
            facts: CustomerFacts::default(),
            profile,
            held_addresses: BTreeMap::new(),
            mailed_on: Vec::new(),
            rehearsed_on: Vec::new(),
            mailbox: None,
            refused: None,
            paused: None,
            holds: BTreeMap::new(),
            place_changes: Vec::new(),
            kept_place: None,
            history: History::default(),
            claims: BTreeMap::new(),
        }
    }

    /// Takes in what else is said of it, in any order.
    pub fn hear(&mut self, profile: &Dated<Profile>) {
        self.language = Dated::later(self.language.take(), profile.language());
        self.languages = Dated::later(self.languages.take(), profile.languages());
        self.steering = Dated::later(self.steering.take(), profile.steering());
        self.numbers = Dated::later(self.numbers.take(), profile.numbers());
        let shown = self.shown().clone().merge(profile.clone());
        self.complete(shown);
    }

    /// Takes in all that another file says of it.
    pub(crate) fn hear_all_of(&mut self, other: &Self) {
        self.language = Dated::later(self.language.take(), other.language.clone());
        self.languages = Dated::later(self.languages.take(), other.languages.clone());
        self.steering = Dated::later(self.steering.take(), other.steering.clone());
        self.numbers = Dated::later(self.numbers.take(), other.numbers.clone());
        self.facts = std::mem::take(&mut self.facts).merge(other.facts.clone());
        self.hear(other.shown());
    }

    /// As it was shown last, without what was told before. An earlier version takes in what is newer, and leaves
    /// the other as it was.
    fn shown(&self) -> &Dated<Profile> {
        let shown = self.shown.as_deref();
        let shown = shown.filter(|shown| shown.order >= self.profile.order);
        shown.unwrap_or(&self.profile)
    }

    /// Fills in what was told before and is not shown.
    fn complete(&mut self, shown: Dated<Profile>) {
        let mut whole = shown.clone();
        let profile = &mut whole.value;
        if let (None, Some(told)) = (&profile.steering, &self.steering) {
            profile.steer(&told.value);
        }
        if let (None, None, Some(told)) =
            (&profile.registration, &profile.vat_number, &self.numbers)
        {
            profile.registration.clone_from(&told.value.registration);
            profile.vat_number.clone_from(&told.value.vat_number);
        }
        self.shown = (whole != shown).then(|| Box::new(shown));
        self.profile = whole;
    }

    /// Forgets what a delivery said of it that is told anew.
    pub(crate) fn withdraw(&mut self, by: By) {
        self.language = Dated::left_of(self.language.take(), by);
        self.languages = Dated::left_of(self.languages.take(), by);
        self.facts = std::mem::take(&mut self.facts).withdraw(by);
        self.steering = Dated::left_of(self.steering.take(), by);
        self.numbers = Dated::left_of(self.numbers.take(), by);
        let shown = self.shown().clone().withdraw(by);
        self.complete(shown);
    }

    /// What became of mails to an address, however it is spelled and whoever they were for, that must not be
    /// written to again.
    pub fn trouble_at(&self, address: &EmailAddress) -> Option<&AddressTrouble> {
        let mailbox = address.mailbox();
        let own = self.held_addresses.iter();
        let own = own.filter(|(held, _)| held.mailbox() == mailbox);
        let known = self.mailbox.iter().filter(|known| known.id == mailbox);
        let others = known.filter_map(|known| known.trouble.as_ref());
        own.map(|(_, trouble)| trouble).chain(others).max()
    }

    /// What is known of a mailbox, if that was the last to which a mail of its was to go.
    pub fn known_mailbox(&self, id: &MailboxId) -> Option<&KnownMailbox> {
        self.mailbox.as_ref().filter(|known| known.id == *id)
    }

    /// As a person knows it: by its name, or else by the tool's id.
    pub fn name(&self) -> String {
        let name = self.profile.value.name.clone();
        name.unwrap_or_else(|| self.key.customer.to_string())
    }

    /// Its calendar under a policy.
    pub fn calendar<'a>(&'a self, policy: &'a Policy) -> DebtorCalendar<'a> {
        let zone = self
            .zone()
            .unwrap_or_else(|| policy.company.time_zone.get().clone());
        DebtorCalendar::new(&policy.calendar, self.address().as_ref(), zone)
    }

    /// The zone in which its day is counted, as far as it is known.
    pub(crate) fn zone(&self) -> Option<TimeZone> {
        let (_, zone) = self.place();
        zone.map(|zone| zone.get().clone())
            .or_else(|| zone_of(self.address()?.country()))
    }

    /// Where it is, to the region. Its address says nothing of a country that counts in its stead.
    fn address(&self) -> Option<Place> {
        let (country, _) = self.place();
        let told = &self.profile.value;
        let of_country = |said: &'_ Option<String>| {
            let said = said.clone();
            said.filter(|_| told.country.as_ref() == country)
        };
        let (postal_code, state) = (of_country(&told.postal_code), of_country(&told.state));
        country.map(|country| Place::of(country, postal_code.as_deref(), state.as_deref()))
    }

    fn place(&self) -> (Option<&Country>, Option<&Zone>) {
        if let Some(kept) = &self.kept_place {
            return (kept.country.as_ref(), kept.time_zone.as_ref());
        }
        let told = &self.profile.value;
        (told.country.as_ref(), told.time_zone.as_ref())
    }

    /// Notes that it is elsewhere than it was. Whoever moves at each sending time would never hear anything:
    /// from the fourth move in a week on, the place that it had counts for the next. True where that begins.
    pub(crate) fn note_move_from(&mut self, before: &Self, now: Timestamp) -> bool {
        let was = before.place();
        // Where it is at first is no move.
        if self.kept_place.is_some() || was == (None, None) || self.place() == was {
            return false;
        }
        let week = SignedDuration::from_hours(WEEK * 24);
        self.place_changes
            .retain(|moved| now.duration_since(*moved) < week);
        self.place_changes.push(now);
        if self.place_changes.len() <= MOST_MOVES {
            return false;
        }
        let (country, time_zone) = was;
        self.kept_place = Some(KeptPlace {
            country: country.cloned(),
            time_zone: time_zone.cloned(),
            until: now.saturating_add(week).unwrap_or(now),
        });
        self.place_changes.clear();
        true
    }

    /// Whether all that its invoices are planned by is as it was before.
    pub fn is_planned_like(&self, before: &Self) -> bool {
        let planned_by = |debtor: &Self| {
            let trouble = debtor.mailbox.as_ref();
            let trouble = trouble.and_then(|known| known.trouble.clone());
            let facts = debtor.facts.at_work();
            (trouble, debtor.paused, facts)
        };
        self.profile.value == before.profile.value
            && self.held_addresses == before.held_addresses
            && self.kept_place == before.kept_place
            && planned_by(self) == planned_by(before)
    }

    /// Whether the tool said the same of both: they differ at the most in when it was said.
    pub(crate) fn is_told_like(&self, other: &Self) -> bool {
        self.is_described_like(other) && self.facts.say_the_same_as(&other.facts)
    }

    /// The same of what it is like.
    pub(crate) fn is_described_like(&self, other: &Self) -> bool {
        self.profile.value == other.profile.value && self.told_languages() == other.told_languages()
    }

    /// The languages that the tool told last, the best first.
    pub(crate) fn told_languages(&self) -> &[Language] {
        let profile = self.profile.value.language.as_slice();
        match (&self.language, &self.languages) {
            (Some(one), Some(several)) if one.order > several.order => {
                std::slice::from_ref(&one.value)
            }
            (_, Some(several)) => &several.value,
            (Some(one), None) => std::slice::from_ref(&one.value),
            (None, None) => profile,
        }
    }

    /// The language to write to it in, out of those there are templates for: the first that it reads, else
    /// its country's, else the company's.
    pub fn language(&self, policy: &Policy, available: &[Language]) -> Language {
        let country = self.profile.value.country.as_ref();
        let by_country = country.and_then(Country::language);
        let mut languages = self.told_languages().iter().cloned().chain(by_country);
        let among = |language: Language| {
            let same = available.iter().find(|other| **other == language);
            let near = || available.iter().find(|other| other.is_read_as(&language));
            same.or_else(near).cloned()
        };
        languages
            .find_map(among)
            .unwrap_or_else(|| policy.company.language.clone())
    }

    /// Notes that it was, or may have been, written to on that day.
    pub(crate) fn note_mailed_on(&mut self, day: Date) {
        note(&mut self.mailed_on, day);
    }

    /// Notes the day of a mail.
    pub(crate) fn take_day(&mut self, claim: &ClaimId, day: Date) {
        note(self.days_like(claim), day);
    }

    /// Nothing left by that mail: its day is free again.
    pub(crate) fn free_day(&mut self, claim: &ClaimId, day: Date) {
        self.days_like(claim).retain(|taken| *taken != day);
    }

    fn days_like(&mut self, claim: &ClaimId) -> &mut Vec<Date> {
        if claim.is_of_rehearsal() {
            &mut self.rehearsed_on
        } else {
            &mut self.mailed_on
        }
    }

    /// The days of all mails of late, a rehearsal's among them.
    pub(crate) fn days_of_mails(&self) -> impl Iterator<Item = Date> {
        self.mailed_on.iter().chain(&self.rehearsed_on).copied()
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
    /// Where it goes. Not known of one that an earlier version made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<EmailAddress>,
    /// When it is decided anew, if nothing was heard by then.
    #[serde(rename = "settle_by")]
    pub unknown_after: Timestamp,
    /// The steps it carries.
    pub steps: Vec<StepOf>,
    /// Nothing was heard; kept a while for an event that comes late.
    #[serde(default)]
    pub expired: bool,
}

impl Claim {
    /// What its mailbox gets back, if that is known: nothing left.
    pub(crate) fn gives_back(&self, id: &ClaimId) -> Option<(MailboxId, MailboxChange)> {
        let mailbox = self.to.as_ref()?.mailbox();
        Some((mailbox, MailboxChange::Free(id.clone())))
    }
}

fn note(days: &mut Vec<Date>, day: Date) {
    if let Err(place) = days.binary_search(&day) {
        days.insert(place, day);
    }
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
