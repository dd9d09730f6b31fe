//! The policy: what a user decides about tone, rhythm and hours. Data, checked before it is trusted.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::company::{Company, OtherCompany, Sender};
use super::rhythm::{FirstContact, Limits};
use super::sequence::{MailStep, PolicyStep, Sequence};
use super::table::Fault;
use crate::calendar::Calendar;
use crate::value::{BaseAddress, EmailAddress, Mode, SourceName, StepId, Zone};

/// Which policy planned an invoice: a digest of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyVersion(pub String);

/// A checked policy. Made by [`Policy::parse`] only.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Names this very text of the policy.
    pub version: PolicyVersion,
    /// Whose invoices these are.
    pub company: Company,
    /// Whose they are in its place, where a condition holds of the debtor: the first counts.
    pub companies: Vec<OtherCompany>,
    /// Who writes, by the names that steps use.
    pub senders: BTreeMap<String, Sender>,
    /// When mails may leave.
    pub calendar: Calendar,
    /// How often one mailbox hears from us, and of how little, where a sequence says nothing else.
    pub limits: Limits,
    /// What an invoice that is new to us may expect, where a sequence says nothing else.
    pub first_contact: FirstContact,
    /// The billing sources that are connected.
    pub sources: BTreeMap<SourceName, Source>,
    /// The ladders: of a debt, the first counts whose condition holds. One has none, and is
    /// for everybody: the last, unless a warning says otherwise.
    pub sequences: Vec<Sequence>,
    /// What is right in it, and most likely not meant.
    pub warnings: Vec<Fault>,
}

impl Policy {
    /// Every step of every sequence.
    pub fn steps(&self) -> impl Iterator<Item = &PolicyStep> {
        self.sequences.iter().flat_map(|sequence| &sequence.steps)
    }

    /// Every step that is a mail, with what it sends.
    pub fn mails(&self) -> impl Iterator<Item = (&PolicyStep, &MailStep)> {
        self.steps().filter_map(|step| Some((step, step.mail()?)))
    }

    /// The step of that name; `None` if the policy no longer has it.
    pub fn step(&self, id: &StepId) -> Option<&PolicyStep> {
        self.steps()
            .find(|known| known.id.as_str() == id.in_policy())
    }

    /// How harsh a step is, in whichever sequence; `None` if the policy no longer has it.
    pub fn severity(&self, id: &StepId) -> Option<i32> {
        self.step(id).map(|step| step.severity)
    }

    /// The sequence that has a step.
    pub fn sequence_of(&self, id: &StepId) -> Option<&Sequence> {
        let is_it = |step: &PolicyStep| step.id.as_str() == id.in_policy();
        let has = |sequence: &&Sequence| sequence.steps.iter().any(is_it);
        self.sequences.iter().find(has)
    }

    /// Every company with its place in the policy, the first one first.
    pub fn all_companies(&self) -> impl Iterator<Item = (String, &Company)> {
        let others = self.companies.iter();
        let others = others.map(|other| (format!("companies.{}", other.id), &other.company));
        std::iter::once(("company".to_owned(), &self.company)).chain(others)
    }

    /// Every sender with its place in the policy, those of other companies, too.
    pub fn all_senders(&self) -> impl Iterator<Item = (String, &Sender)> {
        let own = self.senders.iter();
        let own = own.map(|(name, sender)| (format!("senders.{name}"), sender));
        let others = self.companies.iter().flat_map(|other| {
            let senders = other.senders.iter();
            senders.map(|(name, sender)| (format!("companies.{}.senders.{name}", other.id), sender))
        });
        own.chain(others)
    }

    /// All addresses in it, by their places.
    pub fn addresses(&self) -> Vec<(String, &EmailAddress)> {
        let Company {
            team,
            engineer,
            deputy,
            ..
        } = &self.company;
        let company = [
            ("company.team".to_owned(), Some(team)),
            ("company.engineer".to_owned(), engineer.as_ref()),
            ("company.deputy".to_owned(), deputy.as_ref()),
        ];
        let senders = self.all_senders().flat_map(|(place, sender)| {
            let reply_to = sender.reply_to.as_ref();
            [
                (format!("{place}.email"), Some(&sender.email)),
                (format!("{place}.reply_to"), reply_to),
            ]
        });
        let all = company.into_iter().chain(senders);
        all.filter_map(|(place, address)| Some((place, address?)))
            .collect()
    }
}

/// One connected billing source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Which tool it is; without one, the tool of the source's own name.
    pub tool: Option<String>,
    /// The webhook's address exactly as it was registered with the tool, for tools that sign it.
    pub url: Option<String>,
    /// Events of the other mode are kept out.
    pub mode: Mode,
    /// In which the tool's instants become civil due dates.
    pub time_zone: Zone,
    /// Whether invoices that the tool charges by itself are chased once a charge has failed.
    pub chase_failed_charges: bool,
    /// Its habit: after so many days without a word of it, it is called silent.
    pub quiet_days: NonZeroU16,
    /// Where the tool is asked, if that is not the same for all its accounts.
    pub api: Option<BaseAddress>,
    /// By which the tool knows whose books they are, where it must be told: an organisation, a database, a place.
    pub account: Option<String>,
}

impl Source {
    /// The habit of a source of which the policy says nothing.
    pub const USUAL_QUIET_DAYS: NonZeroU16 = NonZeroU16::new(7).expect("seven is not zero");

    /// A live source of which the policy says nothing but where it is.
    pub fn usual(time_zone: Zone) -> Self {
        Self {
            tool: None,
            url: None,
            mode: Mode::Live,
            time_zone,
            chase_failed_charges: false,
            quiet_days: Self::USUAL_QUIET_DAYS,
            api: None,
            account: None,
        }
    }

    /// Its habit, as a time.
    pub fn habit(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.quiet_days.get()))
    }

    /// The name of the tool behind the source of that name.
    pub fn tool_name<'a>(&'a self, name: &'a SourceName) -> &'a str {
        self.tool.as_deref().unwrap_or(name.as_str())
    }
}
