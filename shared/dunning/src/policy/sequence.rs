//! The ladders of a policy: for whom each is, and its steps.

use serde::Deserialize;

use super::condition::Condition;
use super::rhythm::{ChaseFrom, FirstContact, Limits};
use super::step_date::StepDate;
use crate::billing::Role;
use crate::value::{EmailAddress, SignalName, StepId};

/// A ladder, and whom it is for.
#[derive(Debug, Clone)]
pub struct Sequence {
    /// As the policy, and a tool's `relance_plan`, call it.
    pub name: String,
    /// For whom it is; none is for everybody.
    pub when: Option<Condition>,
    /// How often, and of how little.
    pub limits: Limits,
    /// What an invoice that is new to us may expect.
    pub first_contact: FirstContact,
    /// Its steps, in rising order of severity. Without any, nothing is sent.
    pub steps: Vec<PolicyStep>,
}

impl Sequence {
    /// The name of the ladder that stands in no table of its own.
    pub const USUAL: &str = "usual";

    /// Whether the policy wants nothing sent to whom it is for.
    pub fn is_silent(&self) -> bool {
        self.steps.is_empty() && self.name != Self::USUAL
    }
}

/// One dunning step.
#[derive(Debug, Clone)]
pub struct PolicyStep {
    /// Its name, in the journal and in the schedules' names: there is one of it in all sequences.
    pub id: StepId,
    /// The day it is for.
    pub on: StepDate,
    /// About how many days after the due date that is; negative is before.
    pub days: i32,
    /// How harsh it is. What a debtor has heard is compared by it, whichever sequence it heard it in.
    pub severity: i32,
    /// Where its day is one on which nothing leaves.
    pub roll: Roll,
    /// Of which debts; none is of all.
    pub when: Option<Condition>,
    /// Of less than that it is not sent; none is as the sequence says.
    pub chase_from: Option<ChaseFrom>,
    /// Whether a person must say that it may happen.
    pub approval: Approval,
    /// What is done.
    pub deed: Deed,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It writes to the debtor.
    Mail(MailStep),
    /// It asks the team for something that a person does.
    Task(TaskStep),
    /// It tells the user's own automation.
    Signal(SignalStep),
}

/// What the user's own automation hears on its bus, to act on it: to suspend a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalStep {
    /// What it hears.
    pub name: SignalName,
    /// What it hears when the debt is settled, or is none any more.
    pub undo: Option<SignalName>,
}

/// A mail to the debtor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailStep {
    /// Which mail.
    pub template: String,
    /// In whose voice: a key of `senders`.
    pub sender: String,
    /// To whom: the first of them who can be written to, or else where reminders go.
    pub to: Vec<Role>,
    /// Who gets a copy that all may see.
    pub cc: Vec<Copied>,
    /// Who gets one that nobody sees.
    pub bcc: Vec<Copied>,
    /// Whether the tool is asked right before it leaves, where the policy says so.
    pub last_look: Option<LastLook>,
    /// What goes along with it.
    pub attach: Option<Attach>,
}

/// Who gets a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    /// Whoever has that part, if anybody does.
    Role(Role),
    /// Always this address.
    Address(EmailAddress),
}

impl Copied {
    /// Reads a part's name or an address.
    pub fn parse(text: &str) -> Option<Self> {
        match Role::parse(text) {
            Some(role) => Some(Self::Role(role)),
            None => EmailAddress::parse(text).ok().map(Self::Address),
        }
    }

    /// As the policy names it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Role(role) => role.as_str(),
            Self::Address(address) => address.as_str(),
        }
    }
}

/// What the team is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskStep {
    /// To call the debtor.
    Call,
    /// To complete what an invoice lacks of this.
    Complete(Vec<Required>),
}

/// What an invoice must have to be paid without a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Required {
    /// The debtor's purchase-order number.
    OrderNumber,
    /// Where the debtor is.
    Address,
    /// The number by which a company is registered, or that for the value-added tax.
    Registration,
}

impl Required {
    /// Each.
    pub const ALL: [Self; 3] = [Self::OrderNumber, Self::Address, Self::Registration];

    /// In a few words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OrderNumber => "order_number",
            Self::Address => "address",
            Self::Registration => "registration",
        }
    }
}

/// What goes along with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Attach {
    /// The invoices that it names, each as a PDF.
    #[serde(rename = "invoice")]
    Invoice,
}

impl Attach {
    /// As the policy writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
        }
    }
}

/// Whether the billing tool is asked, right before a mail leaves, what is still owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum LastLook {
    /// Without an answer nothing leaves.
    #[serde(rename = "required")]
    Required,
    /// Without an answer it leaves by what was told.
    #[serde(rename = "when it answers")]
    WhenItAnswers,
    /// It is not asked.
    #[serde(rename = "off")]
    Off,
}

impl LastLook {
    /// As the policy writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::WhenItAnswers => "when it answers",
            Self::Off => "off",
        }
    }
}

/// Whether a person must say that a step may happen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Approval {
    /// It happens by itself.
    #[default]
    #[serde(rename = "none")]
    None,
    /// The team hears of it before, and it happens unless somebody pauses it.
    #[serde(rename = "announced")]
    Announced,
    /// Without a person's word it does not happen.
    #[serde(rename = "required")]
    Required,
}

impl Approval {
    /// As the policy writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Announced => "announced",
            Self::Required => "required",
        }
    }
}

/// What becomes of a step whose day is one on which nothing leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Roll {
    /// It is for the first open day after.
    #[default]
    Later,
    /// It is for the last open day before.
    Earlier,
    /// It is left out.
    Drop,
}

impl Roll {
    /// As the policy writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Later => "later",
            Self::Earlier => "earlier",
            Self::Drop => "drop",
        }
    }
}

impl PolicyStep {
    /// Whether it asks the debtor before the due date, and is dropped when that has come.
    pub(crate) fn is_question(&self) -> bool {
        self.days < 0 && self.mail().is_some()
    }

    /// Whether it is about what is late.
    pub fn duns(&self) -> bool {
        self.days > 0
    }

    /// Its mail, if it is one.
    pub fn mail(&self) -> Option<&MailStep> {
        match &self.deed {
            Deed::Mail(mail) => Some(mail),
            Deed::Task(_) | Deed::Signal(_) => None,
        }
    }

    /// What it has the team do, if it is no mail.
    pub(crate) fn task(&self) -> Option<&TaskStep> {
        match &self.deed {
            Deed::Task(task) => Some(task),
            Deed::Mail(_) | Deed::Signal(_) => None,
        }
    }

    /// What it tells the user's own automation, if that is what it does.
    pub(crate) fn signal(&self) -> Option<&SignalStep> {
        match &self.deed {
            Deed::Signal(signal) => Some(signal),
            Deed::Mail(_) | Deed::Task(_) => None,
        }
    }

    /// Whether the tool is asked before its mail leaves, or its signal. Where the policy does not say: a question may leave unasked,
    /// what is due may not.
    pub fn last_look(&self) -> LastLook {
        let usual = if self.is_question() {
            LastLook::WhenItAnswers
        } else {
            LastLook::Required
        };
        self.mail().and_then(|mail| mail.last_look).unwrap_or(usual)
    }
}
