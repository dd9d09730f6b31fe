//! The debtor's file: the debtor, his open invoices, and where each of them stands.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Deserializer, Serialize};

use crate::calendar::{self, DebtorCalendar};
use crate::facts::{Dated, DebtorFacts, InvoiceFacts, Order, Status, Told};
use crate::ids::{ClaimId, DebtorKey, InvoiceId, StepId};
use crate::people::{EmailAddress, Language};
use crate::policy::Policy;

/// All that a decision reads.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Who owes.
    pub debtor: Debtor,
    /// What is not settled, by the tool's id. Drafts are among them.
    pub open: BTreeMap<InvoiceId, Invoice>,
}

/// Who owes, and what was mailed to him of late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debtor {
    /// Whose file it is.
    pub key: DebtorKey,
    /// What the tool says of him.
    pub told: Dated<DebtorFacts>,
    /// The language that was told last: what shows no language says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Dated<Language>>,
    /// Addresses that must not be written to again.
    #[serde(default)]
    pub held_addresses: BTreeMap<EmailAddress, AddressTrouble>,
    /// The civil days, his, of the last week's mails, oldest first.
    #[serde(default)]
    pub mailed_on: Vec<Date>,
    /// SES refused a mail to him of late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// Somebody wants nothing sent to him.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// Mails whose fate is not known yet.
    #[serde(default)]
    pub claims: BTreeMap<ClaimId, Claim>,
}

impl Debtor {
    /// A debtor just heard of.
    pub fn new(key: DebtorKey, told: Dated<DebtorFacts>) -> Self {
        Self {
            key,
            language: told.language(),
            told,
            held_addresses: BTreeMap::new(),
            mailed_on: Vec::new(),
            refused: None,
            paused: None,
            claims: BTreeMap::new(),
        }
    }

    /// Takes in what else is said of him, in any order.
    pub fn hear(&mut self, told: &Dated<DebtorFacts>) {
        self.language = Dated::later(self.language.take(), told.language());
        self.told = self.told.clone().merge(told.clone());
    }

    /// His calendar under a policy.
    pub fn calendar<'a>(&'a self, policy: &'a Policy) -> DebtorCalendar<'a> {
        let facts = &self.told.facts;
        let zone = facts.zone();
        let zone = zone.unwrap_or_else(|| policy.company.time_zone.get().clone());
        DebtorCalendar::new(&policy.calendar, facts.country.as_ref(), zone)
    }

    /// The language that the tool told last.
    pub(crate) fn told_language(&self) -> Option<&Language> {
        let later = self.language.as_ref().map(|told| &told.facts);
        later.or(self.told.facts.language.as_ref())
    }

    /// The language to write to him, out of those there are templates for.
    pub fn language(&self, policy: &Policy, available: &[Language]) -> Language {
        let facts = &self.told.facts;
        let by_country = || facts.country.as_ref().and_then(calendar::language_of);
        self.told_language()
            .cloned()
            .or_else(by_country)
            .filter(|language| available.contains(language))
            .unwrap_or_else(|| policy.company.language.clone())
    }

    /// Notes that he was, or may have been, written to on that day.
    pub(crate) fn note_mailed_on(&mut self, day: Date) {
        if let Err(place) = self.mailed_on.binary_search(&day) {
            self.mailed_on.insert(place, day);
        }
    }

    /// The earliest instant at which a claim that nobody settled is to be looked at.
    pub fn next_action_at(&self) -> Option<Timestamp> {
        let open = self.claims.values().filter(|claim| !claim.expired);
        open.map(|claim| claim.settle_by).min()
    }
}

/// Somebody wants nothing sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The day on which reminders go on; none until somebody resumes them.
    pub until: Option<Date>,
}

impl Pause {
    /// Whether it is not over on this day.
    pub fn is_on(self, day: Date) -> bool {
        self.until.is_none_or(|until| day < until)
    }
}

/// SES refused mails in a row; the next one is tried later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// How often, since it took one.
    pub times: u32,
    /// Nothing is tried before.
    pub until: Timestamp,
    /// What it asked for.
    #[serde(default)]
    pub why: Refusal,
}

/// Why SES takes no mail now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It refused one.
    #[default]
    Refused,
    /// The account has sent all that it may in 24 hours.
    QuotaSpent,
}

/// Why an address is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressTrouble {
    /// A mail to it bounced for good.
    Bounced,
    /// Its owner called a mail of ours spam.
    Complained,
}

/// A mail that was claimed, until SES's answer or one of its events settles it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// When it was claimed.
    pub at: Timestamp,
    /// The civil day, the debtor's, that it took.
    pub day: Date,
    /// When it is decided anew, if nothing was heard by then.
    pub settle_by: Timestamp,
    /// The steps it carries.
    pub steps: Vec<(InvoiceId, StepId)>,
    /// Nothing was heard; kept a while for an event that comes late.
    #[serde(default)]
    pub expired: bool,
}

/// An invoice: what events told of it, and what we mean to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// What events told.
    pub told: Told,
    /// When we first knew it as owed; steps dated before are skipped. A draft has none.
    pub opened_at: Option<Timestamp>,
    /// The dunning steps, in the policy's order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What comes next.
    pub outlook: Outlook,
    /// The version of the policy by which it was planned.
    pub policy: PolicyVersion,
    /// Somebody wants nothing sent about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// It was brought back from a backup then: what was dated before may have been sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_at: Option<Timestamp>,
    /// A person has looked at the debt since it was reopened, having been settled at this moment.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "instant_of_release"
    )]
    pub released: Option<Timestamp>,
}

/// It was once written as the place in the order of events.
fn instant_of_release<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Release {
        At(Timestamp),
        Order(Order),
    }
    let release = Option::<Release>::deserialize(deserializer)?;
    Ok(release.map(|release| match release {
        Release::At(at) | Release::Order(Order { at, .. }) => at,
    }))
}

impl Invoice {
    /// An invoice just heard of, not planned yet.
    pub fn new(told: Told) -> Self {
        Self {
            told,
            opened_at: None,
            steps: Vec::new(),
            outlook: Outlook::NotChased(NotChased::Draft),
            policy: PolicyVersion::default(),
            paused: None,
            restored_at: None,
            released: None,
        }
    }

    /// Where the debt stands, by all that was told.
    pub fn facts(&self) -> Cow<'_, InvoiceFacts> {
        self.told.facts()
    }

    /// The tool's id.
    pub fn id(&self) -> &InvoiceId {
        &self.told.latest.facts.id
    }

    /// Whether it belongs among the closed ones: paid, void or written off.
    pub fn is_closed(&self) -> bool {
        matches!(
            self.facts().status,
            Status::Paid | Status::Void | Status::Uncollectible
        )
    }

    /// The planned steps with their instants, as schedules are to be registered for them.
    pub fn scheduled(&self) -> impl Iterator<Item = (&StepId, Timestamp)> {
        let live = matches!(self.outlook, Outlook::Next { .. });
        let planned = self
            .steps
            .iter()
            .filter(move |step| live && step.is_planned());
        planned.map(|step| (&step.id, step.at))
    }

    /// The next instant at which something is to happen.
    pub fn next_action_at(&self) -> Option<Timestamp> {
        match self.outlook {
            Outlook::Next { at } => Some(at),
            _ => None,
        }
    }
}

/// Which policy planned an invoice: a digest of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyVersion(pub String);

/// One dunning step of one invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name in the policy.
    pub id: StepId,
    /// When it is, or was, to happen.
    pub at: Timestamp,
    /// What became of it.
    pub state: StepState,
}

impl Step {
    /// Whether it is still to come.
    pub fn is_planned(&self) -> bool {
        matches!(self.state, StepState::Planned { .. })
    }
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Still to come.
    Planned {
        /// It was claimed once and nothing was heard: this is the second and last time.
        again: bool,
    },
    /// Part of a claimed mail. Whether that one is settled stands among the debtor's claims.
    Mailed {
        /// The mail.
        claim: ClaimId,
        /// It was the second and last time.
        again: bool,
    },
    /// Missed, and a later step speaks for it.
    Merged {
        /// The later step.
        into: StepId,
    },
    /// Will not be sent.
    Skipped(Skip),
}

/// Why a step is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// Its date had passed when the invoice first came into the file.
    PastAtFirstContact,
    /// It asks before the due date, and that has come.
    DueDateCame,
    /// It was dated in a time of which a recovered table knows nothing. Not sent (again).
    Unknown,
}

/// What comes next for an invoice. There is always an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outlook {
    /// A step, at this instant.
    Next {
        /// When.
        at: Timestamp,
    },
    /// Nothing, until the reason is gone.
    Held(Hold),
    /// Every step is done: people's turn.
    Finished,
    /// Nothing, and rightly so.
    NotChased(NotChased),
}

/// Why nothing may leave for an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// The tool gives no due date.
    NoDueDate,
    /// The tool gives no address that can be written to.
    NoAddress,
    /// The debtor's address bounced for good.
    AddressBounced,
    /// The debtor complained about a mail of ours.
    AddressComplained,
    /// It was settled, and the tool opened it again: a person must look first.
    Reopened,
    /// Somebody wants nothing sent, until he says otherwise.
    Paused,
}

/// Why an invoice asks for no reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotChased {
    /// Not issued yet.
    Draft,
    /// Paid, or nothing left to pay.
    Paid,
    /// Void, or a deleted draft.
    Void,
    /// Written off.
    Uncollectible,
    /// The tool charges it by itself, and has not failed (or the policy leaves failures to the tool).
    ChargedAutomatically,
}
