//! The policy: what a user decides about tone, rhythm and hours. Data, checked before it is trusted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::value::{EmailAddress, Language, Mode, SourceName, StepId, Zone};

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
    /// Who writes, by the names that steps use.
    pub senders: BTreeMap<String, Sender>,
    /// When mails may leave.
    pub calendar: Calendar,
    /// How often.
    pub limits: Limits,
    /// What an invoice that is new to us may expect.
    pub first_contact: FirstContact,
    /// The billing sources that are connected.
    pub sources: BTreeMap<SourceName, Source>,
    /// The dunning steps, in rising order of severity.
    pub steps: Vec<PolicyStep>,
}

/// Whose invoices these are, and what speaks for it in a mail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// As the debtor knows it.
    pub name: String,
    /// Lines that stand at the foot of each mail: legal form, seat, registration.
    #[serde(default)]
    pub footer: Vec<String>,
    /// Where notices for the team go.
    pub team: EmailAddress,
    /// For debtors whose language is unknown or not among the templates, and for the team.
    pub language: Language,
    /// For debtors whose country is unknown.
    pub time_zone: Zone,
}

/// A voice: the friendly one, the collecting one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    /// As it stands before the address.
    pub name: String,
    /// An identity that SES has verified.
    pub email: EmailAddress,
    /// Where answers go, if elsewhere.
    pub reply_to: Option<EmailAddress>,
}

/// How often one mailbox may hear from us.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Mails in any seven days; one a day is the most in any case.
    #[serde(default = "Limits::default_mails_per_week")]
    pub mails_per_week: u8,
}

impl Limits {
    fn default_mails_per_week() -> u8 {
        3
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mails_per_week: Self::default_mails_per_week(),
        }
    }
}

/// What an invoice that is new to us may expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstContact {
    /// Days that the debtor has had the invoice before anything is sent about it, counted from when it first
    /// came into the file as owed.
    pub patience: i32,
    /// Days after the due date beyond which an invoice that first comes into the file is held for a person.
    pub limit: i32,
}

impl Default for FirstContact {
    fn default() -> Self {
        Self {
            patience: 3,
            limit: 30,
        }
    }
}

/// One connected billing source.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
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
    #[serde(default)]
    pub chase_failed_charges: bool,
}

impl Source {
    /// The name of the tool behind the source of that name.
    pub fn tool_name<'a>(&'a self, name: &'a SourceName) -> &'a str {
        self.tool.as_deref().unwrap_or(name.as_str())
    }
}

/// One dunning step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyStep {
    /// Its name, in the journal and in the schedules' names.
    pub id: StepId,
    /// Days after the due date; negative is before.
    pub days: i32,
    /// Which mail.
    pub template: String,
    /// In whose voice: a key of `senders`.
    pub sender: String,
}

impl PolicyStep {
    /// Whether it asks before the due date, and is dropped when that has come.
    pub(crate) fn is_question(&self) -> bool {
        self.days < 0
    }
}
