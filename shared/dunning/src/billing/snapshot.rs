//! An invoice, and a debtor, as a billing tool shows them at one moment; and which of two moments is newer.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

use super::contacts::Contact;
use super::steering::{Numbers, Steering};
use super::tags::Tags;
use super::teller::By;
use crate::value::{
    Country, Currency, EmailAddress, InvoiceId, Language, Link, Money, UnusableAddress, Zone,
};

/// Which of two snapshots is newer: the tool's version counter where it has one, else its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Order {
    /// The tool's counter, if it keeps one.
    pub version: Option<i64>,
    /// When it happened, by the tool's clock.
    pub at: Timestamp,
}

impl Order {
    /// In time first: for what some sources tell with a version and some without.
    pub(crate) fn place(self) -> (Timestamp, Option<i64>) {
        (self.at, self.version)
    }
}

/// What was said, with its place in the order of all snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated<T> {
    /// Its place in the order.
    pub order: Order,
    /// What was said.
    #[serde(rename = "facts")]
    pub value: T,
    /// Who said it.
    #[serde(default, skip_serializing_if = "By::is_nobody")]
    pub by: By,
}

/// What the tool says about the debt itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not issued yet.
    Draft,
    /// Issued and owed.
    Open,
    /// Written off.
    Uncollectible,
    /// Paid in full.
    Paid,
    /// Cancelled, or a draft that was deleted.
    Void,
}

/// Who moves first to get the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collection {
    /// The debtor pays the invoice it was sent.
    SendInvoice,
    /// The tool charges a stored means of payment.
    ChargeAutomatically,
}

/// An invoice as a tool describes it at one moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Snapshot {
    /// The tool's id.
    pub id: InvoiceId,
    /// The number printed on it; a draft has none.
    pub number: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// The full amount of the invoice.
    pub total: Money,
    /// What is still to be paid: never negative.
    pub remaining: Money,
    /// The civil day by which it is to be paid.
    pub due_on: Option<Date>,
    /// Who moves first.
    pub collection: Collection,
    /// A page where the debtor can pay.
    #[serde(default, deserialize_with = "sound_link")]
    pub pay_url: Option<Link>,
    /// The invoice as a PDF.
    #[serde(default, deserialize_with = "sound_link")]
    pub pdf_url: Option<Link>,
    /// The debtor's purchase-order number.
    pub po_number: Option<String>,
    /// The tool wants nothing sent about it, until it says otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_alone: bool,
    /// The tool wants nothing sent before this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Date>,
    /// A payment is on its way; by this day it has come, or failed. Stored by the name that it had first.
    #[serde(
        rename = "payment_due_by",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub payment_pending_until: Option<Date>,
    /// The civil day on which it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_on: Option<Date>,
    /// Its parts, where it is to be paid in several, in the order of their days. Their sum need not be the total.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instalments: Vec<Instalment>,
    /// What the tool's users noted of it.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// By which plan it is reminded, where somebody chose one for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Whom to turn to about it, before those of its debtor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
}

/// A part of an invoice that is to be paid by a day of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Instalment {
    /// The civil day by which it is to be paid.
    pub due_on: Date,
    /// How much it is.
    pub amount: Money,
}

/// Links were once stored by looser rules: one that may not stand in a mail is none.
fn sound_link<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Link>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.and_then(|text| Link::parse(&text).ok()))
}

impl Snapshot {
    /// Whether money was received for it, but not all.
    pub fn is_part_paid(&self) -> bool {
        self.remaining.minor < self.total.minor
    }

    /// Whether something is left to pay of it.
    pub fn is_owed(&self) -> bool {
        self.status == Status::Open && self.remaining.minor > 0
    }

    /// Whether both say the same of the debt. Links are none of it: tools make new ones each time that they are asked.
    pub(crate) fn says_the_same_as(&self, other: &Self) -> bool {
        let without_links = |snapshot: &Self| Self {
            pay_url: None,
            pdf_url: None,
            ..snapshot.clone()
        };
        without_links(self) == without_links(other)
    }

    /// The currency of the debt.
    pub fn currency(&self) -> Currency {
        self.remaining.currency
    }

    /// On a tie of two snapshots the higher, quieter one wins: a reminder not sent can be sent later.
    pub(super) fn quietness(&self) -> u8 {
        match self.status {
            Status::Draft => 0,
            Status::Open if !self.is_part_paid() => 1,
            Status::Open => 2,
            Status::Uncollectible => 3,
            Status::Paid => 4,
            Status::Void => 5,
        }
    }
}

/// Whether a tool's snapshots show that a payment was reversed.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Reversals {
    /// The snapshot after it shows the debt as owed again.
    #[default]
    Shown,
    /// They go on as if it had not happened: what is told of it by itself is added.
    NeverShown,
}

impl Reversals {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks for a reference"
    )]
    pub(super) fn are_shown(&self) -> bool {
        *self == Self::Shown
    }
}

/// A debtor as a tool describes it at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Profile {
    /// Its name, as it stands on the invoice.
    pub name: Option<String>,
    /// Where reminders go.
    pub email: Option<EmailAddress>,
    /// The language it reads, if the tool knows it: of several, the first.
    pub language: Option<Language>,
    /// The others that it reads, the next best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_languages: Vec<Language>,
    /// Where it is: gives the holidays, and a guess at the language and the time zone.
    pub country: Option<Country>,
    /// The postal code of its address: with the state it gives the region, which has holidays of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// The state, province or canton of its address, as the tool writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Its number with the register of its country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<String>,
    /// Its number for the value-added tax, or the like of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_number: Option<String>,
    /// Whom to turn to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// What the tool's users noted of it.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// By which plan it is reminded, where somebody chose one for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// What its metadata says, which stands in the other fields already. None where it was not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steering: Option<Steering>,
    /// In which its day is counted, if the tool knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// Whether it is protected as a consumer, if the tool knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<DebtorKind>,
    /// The tool wants nothing sent to it, until it says otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_alone: bool,
    /// The tool wants nothing sent to it before this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Date>,
    /// Its other addresses, in the tool's order. They are not written to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_emails: Vec<EmailAddress>,
    /// What the tool gives as addresses and is none that can be written to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unusable_emails: Vec<UnusableAddress>,
}

impl Profile {
    /// Takes in what its metadata says.
    pub fn steer(&mut self, steering: &Steering) {
        self.left_alone |= steering.left_alone;
        self.not_before = self.not_before.max(steering.not_before);
        if steering.says_where() {
            let own = self.email.take().into_iter();
            let own = own.chain(std::mem::take(&mut self.other_emails));
            let own: Vec<_> = own
                .filter(|email| !steering.emails.contains(email))
                .collect();
            let mut chosen = steering.emails.iter().cloned();
            self.email = chosen.next();
            self.other_emails = chosen.chain(own).collect();
            let own = std::mem::take(&mut self.unusable_emails);
            self.unusable_emails.clone_from(&steering.unusable_emails);
            self.unusable_emails.extend(own);
        }
        self.contacts = steering.contacts_before(&self.contacts);
        self.plan = steering.plan.clone().or(self.plan.take());
        self.tags = std::mem::take(&mut self.tags).and(&steering.tags);
    }
}

/// Who owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DebtorKind {
    /// A company, an association, a public body.
    Business,
    /// A person, for their own account.
    Consumer,
    /// A newer version knows.
    #[serde(other)]
    Newer,
}

impl<T: Ord + Clone> Dated<T> {
    /// The same, unless the delivery that said it is told anew.
    pub(crate) fn left_of(told: Option<Self>, by: By) -> Option<Self> {
        told.filter(|told| !told.by.is_outdated_by(by))
    }

    /// The later of what may have been told.
    pub(crate) fn later(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let rank = |told: &Self| (told.order, told.value.clone());
        // Of two that are the same, the one that was known stays.
        other.into_iter().chain(one).max_by_key(rank)
    }
}

impl Dated<Profile> {
    /// Of a debtor of whom nothing was said yet: whatever is said is newer.
    pub fn nothing() -> Self {
        Self {
            order: Order {
                version: None,
                at: Timestamp::UNIX_EPOCH,
            },
            value: Profile::default(),
            by: By::default(),
        }
    }

    /// The same, unless the delivery that said it is told anew.
    #[must_use]
    pub(crate) fn withdraw(self, by: By) -> Self {
        if self.by.is_outdated_by(by) {
            Self::nothing()
        } else {
            self
        }
    }

    /// What it says of the debtor's language, if it says anything.
    pub(crate) fn language(&self) -> Option<Dated<Language>> {
        let Self { order, value, by } = self;
        value.language.clone().map(|language| Dated {
            order: *order,
            value: language,
            by: *by,
        })
    }

    /// What its metadata says, if it was shown.
    pub(crate) fn steering(&self) -> Option<Dated<Steering>> {
        self.value.steering.clone().map(|steering| Dated {
            order: self.order,
            value: steering,
            by: self.by,
        })
    }

    /// The numbers that it says, if it says any.
    pub(crate) fn numbers(&self) -> Option<Dated<Numbers>> {
        let Profile {
            registration,
            vat_number,
            ..
        } = &self.value;
        (registration.is_some() || vat_number.is_some()).then(|| Dated {
            order: self.order,
            value: Numbers {
                registration: registration.clone(),
                vat_number: vat_number.clone(),
            },
            by: self.by,
        })
    }

    /// What it says of all its languages, if it says of several.
    pub(crate) fn languages(&self) -> Option<Dated<Vec<Language>>> {
        let Profile {
            language,
            more_languages: more,
            ..
        } = &self.value;
        (!more.is_empty()).then(|| Dated {
            order: self.order,
            value: language.iter().chain(more).cloned().collect(),
            by: self.by,
        })
    }

    /// The newer of two; on a tie the quieter, then the greater, so that the order of arrival does not matter.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let rank = |told: &Self| (told.order, told.value.left_alone, told.value.not_before);
        let of_other = (rank(&other), &other.value);
        if of_other.cmp(&(rank(&self), &self.value)).is_gt() {
            other
        } else {
            self
        }
    }
}
