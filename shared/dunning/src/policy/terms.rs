//! The policy: what a user decides about tone, rhythm and hours. Data, checked before it is trusted.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::value::{BaseAddress, EmailAddress, Language, Mode, Money, SourceName, StepId, Zone};

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

impl Policy {
    /// All addresses in it, by their places.
    pub fn addresses(&self) -> Vec<(String, &EmailAddress)> {
        let Company { team, engineer, .. } = &self.company;
        let company = [
            ("company.team", Some(team)),
            ("company.engineer", engineer.as_ref()),
        ];
        let company = company.map(|(place, address)| (place.to_owned(), address));
        let senders = self.senders.iter().flat_map(|(name, sender)| {
            let Sender {
                email, reply_to, ..
            } = sender;
            [
                (format!("senders.{name}.email"), Some(email)),
                (format!("senders.{name}.reply_to"), reply_to.as_ref()),
            ]
        });
        let all = company.into_iter().chain(senders);
        all.filter_map(|(place, address)| Some((place, address?)))
            .collect()
    }
}

/// Whose invoices these are, and what speaks for it in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// As the debtor knows it.
    pub name: String,
    /// Lines that stand at the foot of each mail: legal form, seat, registration.
    pub footer: Vec<String>,
    /// Where notices for the team go.
    pub team: EmailAddress,
    /// Where those go that only whoever runs Relance can settle, if elsewhere.
    pub engineer: Option<EmailAddress>,
    /// For debtors whose language is unknown or not among the templates, and for the team.
    pub language: Language,
    /// The languages to write in; all that there are templates for, if none are named.
    pub languages: Option<Vec<Language>>,
    /// For debtors whose country is unknown.
    pub time_zone: Zone,
}

/// A voice: the friendly one, the collecting one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// As it stands before the address, for all whose language has no name of its own.
    pub name: String,
    /// What it is called in a language.
    pub names: BTreeMap<Language, String>,
    /// An identity that SES has verified.
    pub email: EmailAddress,
    /// Where answers go, if elsewhere.
    pub reply_to: Option<EmailAddress>,
}

impl Sender {
    /// As it signs in a language.
    #[must_use]
    pub fn in_language(&self, language: &Language) -> Self {
        let name = self.names.get(language).unwrap_or(&self.name);
        Self {
            name: name.clone(),
            ..self.clone()
        }
    }
}

/// How often one mailbox may hear from us, and of how little.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Mails in any seven days; one a day is the most in any case.
    pub mails_per_week: u8,
    /// Debts of which less is left are not chased.
    pub chase_from: ChaseFrom,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mails_per_week: 3,
            chase_from: ChaseFrom::default(),
        }
    }
}

/// The least that is chased, in units of whichever currency: one is 1.00 EUR, 1 JPY, 1.000 KWD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ChaseFrom {
    thousandths: i64,
}

/// Why it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the least that is chased is written like \"1.00\": at most nine digits, and three decimals"
)]
pub struct BadChaseFrom;

impl ChaseFrom {
    /// Reads decimal text.
    pub fn parse(text: &str) -> Result<Self, BadChaseFrom> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole, 9) || !is_number(fraction, 3) {
            return Err(BadChaseFrom);
        }
        let thousandths = format!("{whole}{fraction:0<3}").parse();
        let thousandths = thousandths.map_err(|_| BadChaseFrom)?;
        Ok(Self { thousandths })
    }

    /// Whether so little is not chased.
    pub fn is_above(self, money: Money) -> bool {
        let factor = 10_i128.pow(3 - money.currency.decimals());
        i128::from(money.minor) * factor < i128::from(self.thousandths)
    }
}

impl Default for ChaseFrom {
    fn default() -> Self {
        Self { thousandths: 1000 }
    }
}

impl TryFrom<String> for ChaseFrom {
    type Error = BadChaseFrom;
    fn try_from(text: String) -> Result<Self, BadChaseFrom> {
        Self::parse(&text)
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
    /// Whether the tool is asked right before it leaves, where the policy says so.
    pub last_look: Option<LastLook>,
    /// What goes along with it.
    pub attach: Option<Attach>,
}

/// What goes along with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Attach {
    /// The invoices that it names, each as a PDF.
    #[serde(rename = "invoice")]
    Invoice,
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

impl PolicyStep {
    /// Whether it asks before the due date, and is dropped when that has come.
    pub(crate) fn is_question(&self) -> bool {
        self.days < 0
    }

    /// Whether the tool is asked before it leaves. Where the policy does not say: a question may leave unasked, what
    /// is due may not.
    pub fn last_look(&self) -> LastLook {
        let usual = if self.is_question() {
            LastLook::WhenItAnswers
        } else {
            LastLook::Required
        };
        self.last_look.unwrap_or(usual)
    }

    /// Whether it is about what is late.
    pub fn duns(&self) -> bool {
        self.days > 0
    }
}
