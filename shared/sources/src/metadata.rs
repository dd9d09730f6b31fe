//! What a tool's user says to Relance in the metadata of an invoice or a debtor, by keys that mean the same in
//! every tool.

use dunning::billing::{Contact, Role, Steering, Tags};
use dunning::limits::CONTACT_TEXT;
use dunning::value::Addresses;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::bad_field::BadField;
use crate::field::kept_day;
use crate::filter::day;
use crate::line::text;
use crate::texts::Texts;

/// What the metadata says.
#[derive(Default)]
pub(crate) struct Wishes {
    /// Nothing is to be sent; or what is said of that cannot be read: a debt that somebody wanted quiet is not chased
    /// for a slip of the pen.
    pub(crate) left_alone: bool,
    pub(crate) not_before: Option<Date>,
    /// Where reminders are to go.
    pub(crate) addresses: Addresses,
    pub(crate) account_manager: Option<Contact>,
    pub(crate) plan: Option<String>,
    /// All that has another name.
    pub(crate) tags: Tags,
    /// What cannot be read of it.
    pub(crate) unclear: Vec<BadField>,
}

/// The longest name of a plan that is kept, in characters.
const PLAN: usize = 100;

impl Wishes {
    /// Reads metadata that stands at a place of the event.
    pub(crate) fn of(told: Texts, at: &str, zone: &TimeZone) -> Self {
        let mut wishes = Self::default();
        let mut others = Vec::new();
        for (name, said) in told.0 {
            let key = key(&name);
            let unclear = |why: String| BadField::new(&format!("{at}.{key}"), why);
            match key.as_str() {
                // An empty one is one that is not there.
                "relance" | "relance_until" | "relance_contact" | "account_manager"
                | "relance_plan"
                    if said.is_empty() => {}
                "relance" => match switch(&said) {
                    Some(is_on) => wishes.left_alone |= !is_on,
                    None => wishes.hold(unclear(format!("is {said:?}, and neither off nor on"))),
                },
                "relance_until" => match day(&said, zone) {
                    Some(day) => wishes.not_before = wishes.not_before.max(Some(kept_day(day))),
                    None => wishes.hold(unclear(format!(
                        "is {said:?}, not a day like \"2027-02-15\""
                    ))),
                },
                "relance_contact" => wishes.addresses = Addresses::read(&said),
                "account_manager" => wishes.account_manager = Some(account_manager(&said)),
                "relance_plan" => wishes.plan = Some(said.chars().take(PLAN).collect()),
                _ => others.push((name, said)),
            }
        }
        wishes.tags = Tags::of(others);
        wishes
    }

    fn hold(&mut self, unclear: BadField) {
        self.left_alone = true;
        self.unclear.push(unclear);
    }

    /// Of an invoice: the contacts that it has by them. Where reminders are to go, and nobody can read it, nothing
    /// goes.
    pub(crate) fn contacts(&mut self, at: &str) -> Vec<Contact> {
        let Addresses { usable, unusable } = std::mem::take(&mut self.addresses);
        if let (true, Some(unusable)) = (usable.is_empty(), unusable.first()) {
            let why = format!("is {unusable}");
            self.hold(BadField::new(&format!("{at}.relance_contact"), why));
        }
        let to = usable.into_iter().map(|email| Contact {
            role: Role::Invoice,
            name: None,
            email: Some(email),
            phone: None,
        });
        to.chain(self.account_manager.take()).collect()
    }

    /// Of a debtor.
    pub(crate) fn into_steering(self) -> Steering {
        Steering {
            left_alone: self.left_alone,
            not_before: self.not_before,
            emails: self.addresses.usable,
            unusable_emails: self.addresses.unusable,
            contacts: self.account_manager.into_iter().collect(),
            plan: self.plan,
            tags: self.tags,
        }
    }
}

/// A name as it is compared: people write `Relance until` where a field's label is theirs to choose.
fn key(name: &str) -> String {
    let plain = name.trim().to_lowercase();
    plain.replace([' ', '-'], "_")
}

/// Whether it is switched on or off, if it is either.
fn switch(said: &str) -> Option<bool> {
    match said.to_lowercase().as_str() {
        "off" | "no" | "false" | "0" => Some(false),
        "on" | "yes" | "true" | "1" => Some(true),
        _ => None,
    }
}

/// An address, `Name <address>`, or a name alone. What is nearly an address is a name that nobody can write to: it
/// silences nothing.
fn account_manager(said: &str) -> Contact {
    let email = Addresses::read(said).usable.into_iter().next();
    let name = match (&email, said.split_once('<')) {
        (Some(_), Some((name, _))) => text(Some(name.trim_matches(['"', ' ']).to_owned())),
        (Some(_), None) => None,
        (None, _) => Some(said.to_owned()),
    };
    Contact {
        role: Role::AccountManager,
        name: name.map(|name| name.chars().take(CONTACT_TEXT).collect()),
        email,
        phone: None,
    }
}
