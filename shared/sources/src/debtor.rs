//! A debtor of the canonical event, as a profile.

use dunning::billing::Profile;
use dunning::value::{Addresses, Language, Zone};
use jiff::tz::TimeZone;

use crate::bad_field::BadField;
use crate::canonical::{Languages, SaidDebtor};
use crate::contact::contacts;
use crate::country::country;
use crate::field::day;
use crate::line::text;
use crate::metadata::Wishes;
use crate::texts::Texts;

impl SaidDebtor {
    /// What is known of the debtor. A name, an address or a code that cannot be used is the same as none:
    /// the invoice counts all the same, and that there is nobody to write to is told where it matters.
    /// What of its metadata cannot be read is named beside it.
    pub(crate) fn into_profile(self, time_zone: &TimeZone) -> (Profile, Vec<BadField>) {
        let addresses = self.email.map(|email| Addresses::read(&email));
        let Addresses { usable, unusable } = addresses.unwrap_or_default();
        let mut usable = usable.into_iter();
        let mut languages = languages(self.language).into_iter();
        let mut profile = Profile {
            name: text(self.name),
            email: usable.next(),
            other_emails: usable.collect(),
            unusable_emails: unusable,
            language: languages.next(),
            more_languages: languages.collect(),
            country: self.country.and_then(|told| country(&told)),
            postal_code: text(self.postal_code),
            state: text(self.state),
            registration: text(self.registration),
            vat_number: text(self.vat_number),
            contacts: contacts(Vec::new(), self.contacts.into_iter().flatten()),
            tags: self.tags.map(Texts::into_tags).unwrap_or_default(),
            plan: None,
            steering: None,
            time_zone: self.time_zone.and_then(|name| Zone::parse(&name).ok()),
            kind: self.kind,
            left_alone: self.left_alone.unwrap_or_default(),
            not_before: self.not_before.map(|said| day(said, time_zone)),
        };
        let Some(metadata) = self.metadata else {
            return (profile, Vec::new());
        };
        let mut wishes = Wishes::of(metadata, "debtor.metadata", time_zone);
        let unclear = std::mem::take(&mut wishes.unclear);
        let steering = wishes.into_steering();
        profile.steer(&steering);
        profile.steering = Some(steering);
        (profile, unclear)
    }
}

/// Those that are languages, each once.
fn languages(said: Option<Languages>) -> Vec<Language> {
    let tags = match said {
        None => Vec::new(),
        Some(Languages::One(tag)) => vec![Some(tag)],
        Some(Languages::Several(tags)) => tags,
    };
    let mut languages = Vec::new();
    for tag in tags.into_iter().flatten().take(MOST_LANGUAGES) {
        match Language::parse(tag.trim()) {
            Ok(language) if !languages.contains(&language) => languages.push(language),
            _ => {}
        }
    }
    languages
}

/// Nobody reads more; a file is not to grow by what a list repeats.
const MOST_LANGUAGES: usize = 20;
