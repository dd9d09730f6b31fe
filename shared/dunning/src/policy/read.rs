//! `relance.toml`, read and checked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Time;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::terms::{
    Company, FirstContact, Limits, Policy, PolicyStep, PolicyVersion, Sender, Source,
};
use crate::calendar::Calendar;
use crate::limits::{self, SPREAD, SPREAD_MINUTES};
use crate::value::{SourceName, StepId};

/// What is wrong in a policy, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// Not TOML, a missing or unknown field, a value of the wrong kind: the message shows the line.
    #[error("{0}")]
    Shape(String),
    /// A step's `on` that is not understood.
    #[error("step `{step}`: on = \"{on}\" is not like \"due - 15 days\" or \"due + 3 days\"")]
    On {
        /// The step.
        step: String,
        /// What it says.
        on: String,
    },
    /// A time that is not understood.
    #[error("calendar: \"{0}\" is not a time like \"09:00\" (\"24:00\" may end the window)")]
    Time(String),
    /// A day that is not understood.
    #[error("calendar: \"{0}\" is not a day of the week, as \"saturday\"")]
    Weekday(String),
    /// The sending time is not in the window.
    #[error("calendar: send_at must lie in the window")]
    SendAt,
    /// The sending time leaves no room for what it is spread over.
    #[error(
        "calendar: send_at = \"{send_at}\" is too late for a window that closes at {closes}: mails of one sending time leave over {SPREAD_MINUTES} minutes, and one that is tried again needs as much once more"
    )]
    SendAtTooLate {
        /// The sending time.
        send_at: String,
        /// The end of the window.
        closes: String,
    },
    /// A number of days that is not understood.
    #[error("first_contact: {name} = \"{days}\" is not like \"3 days\"")]
    Days {
        /// Which.
        name: &'static str,
        /// What it says.
        days: String,
    },
    /// All seven days are closed.
    #[error("calendar: every day is a week-end, nothing could ever leave")]
    NoDay,
    /// A cap of zero.
    #[error("limits: mails_per_week must be at least 1")]
    NoMails,
    /// A step names a sender that is not there.
    #[error("step `{step}`: there is no [senders.{sender}]")]
    Sender {
        /// The step.
        step: String,
        /// What it names.
        sender: String,
    },
    /// Two steps of one name.
    #[error("step `{0}` stands twice")]
    Twice(String),
    /// Steps out of order.
    #[error(
        "step `{0}` comes before the one above it: write the steps in the order of their dates"
    )]
    Order(String),
    /// A step's name that cannot be part of a schedule's name.
    #[error("step `{0}`: an id has at most 32 small letters, digits and hyphens")]
    StepId(String),
    /// No steps.
    #[error("there is no [[steps]]")]
    NoSteps,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    company: Company,
    senders: BTreeMap<String, Sender>,
    calendar: CalendarTable,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    first_contact: FirstContactTable,
    #[serde(default)]
    sources: BTreeMap<SourceName, Source>,
    #[serde(default)]
    steps: Vec<StepTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarTable {
    send_at: String,
    window: [String; 2],
    #[serde(default)]
    weekend: Vec<String>,
    #[serde(default = "yes")]
    holidays: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstContactTable {
    patience: Option<String>,
    limit: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepTable {
    id: String,
    on: String,
    template: String,
    sender: String,
}

impl Policy {
    /// Reads and checks `relance.toml`.
    pub fn parse(text: &str) -> Result<Self, BadPolicy> {
        let file: PolicyFile =
            toml::from_str(text).map_err(|error| BadPolicy::Shape(error.to_string()))?;
        if file.limits.mails_per_week == 0 {
            return Err(BadPolicy::NoMails);
        }
        let steps = check_steps(file.steps, &file.senders)?;
        let digest = Sha256::digest(text);
        Ok(Self {
            version: PolicyVersion(hex::encode(&digest[..6])),
            company: file.company,
            senders: file.senders,
            calendar: file.calendar.check()?,
            limits: file.limits,
            first_contact: file.first_contact.check()?,
            sources: file.sources,
            steps,
        })
    }

    /// Where a step stands in the order of severity; `None` if the policy no longer has it.
    pub fn rank(&self, step: &StepId) -> Option<usize> {
        self.steps.iter().position(|known| known.id == *step)
    }
}

fn check_steps(
    tables: Vec<StepTable>,
    senders: &BTreeMap<String, Sender>,
) -> Result<Vec<PolicyStep>, BadPolicy> {
    let mut steps: Vec<PolicyStep> = Vec::new();
    for table in tables {
        let step = table.check()?;
        if !senders.contains_key(&step.sender) {
            return Err(BadPolicy::Sender {
                step: step.id.to_string(),
                sender: step.sender,
            });
        }
        if steps.iter().any(|known| known.id == step.id) {
            return Err(BadPolicy::Twice(step.id.to_string()));
        }
        if steps.last().is_some_and(|above| above.days >= step.days) {
            return Err(BadPolicy::Order(step.id.to_string()));
        }
        steps.push(step);
    }
    if steps.is_empty() {
        return Err(BadPolicy::NoSteps);
    }
    Ok(steps)
}

impl StepTable {
    fn check(self) -> Result<PolicyStep, BadPolicy> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let id = StepId::parse(self.id.clone())
            .ok()
            .filter(|id| id.as_str().len() <= limits::STEP_NAME && id.as_str().bytes().all(plain))
            .ok_or(BadPolicy::StepId(self.id))?;
        let days = parse_on(&self.on).ok_or_else(|| BadPolicy::On {
            step: id.to_string(),
            on: self.on.clone(),
        })?;
        Ok(PolicyStep {
            id,
            days,
            template: self.template,
            sender: self.sender,
        })
    }
}

/// `due`, `due - 15 days`, `due + 1 day`.
fn parse_on(on: &str) -> Option<i32> {
    let rest = on.trim().strip_prefix("due")?.trim();
    if rest.is_empty() {
        return Some(0);
    }
    let (sign, rest) = match rest.split_at_checked(1)? {
        ("-", rest) => (-1, rest),
        ("+", rest) => (1, rest),
        _ => return None,
    };
    parse_days(rest).map(|days| sign * days)
}

/// `15 days`, `1 day`.
fn parse_days(text: &str) -> Option<i32> {
    let text = text.trim();
    let number = text
        .strip_suffix("days")
        .or_else(|| text.strip_suffix("day"))?;
    let days: u16 = number.trim().parse().ok().filter(|days| *days <= 3650)?;
    Some(i32::from(days))
}

impl FirstContactTable {
    fn check(self) -> Result<FirstContact, BadPolicy> {
        let days = |name, text: Option<String>, default| match text {
            None => Ok(default),
            Some(days) => parse_days(&days).ok_or(BadPolicy::Days { name, days }),
        };
        let usual = FirstContact::default();
        Ok(FirstContact {
            patience: days("patience", self.patience, usual.patience)?,
            limit: days("limit", self.limit, usual.limit)?,
        })
    }
}

impl CalendarTable {
    fn check(self) -> Result<Calendar, BadPolicy> {
        let [opens, closes] = self.window;
        let closes = (closes != "24:00")
            .then(|| parse_time(&closes))
            .transpose()?;
        let mut weekend = BTreeSet::new();
        for name in self.weekend {
            weekend.insert(parse_weekday(&name).ok_or(BadPolicy::Weekday(name))?);
        }
        let calendar = Calendar {
            send_at: parse_time(&self.send_at)?,
            opens: parse_time(&opens)?,
            closes,
            weekend,
            holidays: self.holidays,
        };
        if !calendar.is_open_at(calendar.send_at) {
            return Err(BadPolicy::SendAt);
        }
        if calendar.room_after(calendar.send_at) < SPREAD * 2 {
            return Err(BadPolicy::SendAtTooLate {
                send_at: self.send_at,
                closes: calendar.closes.map_or_else(
                    || "24:00".to_owned(),
                    |closes| closes.strftime("%H:%M").to_string(),
                ),
            });
        }
        if calendar.weekend.len() == 7 {
            return Err(BadPolicy::NoDay);
        }
        Ok(calendar)
    }
}

fn parse_time(text: &str) -> Result<Time, BadPolicy> {
    Time::strptime("%H:%M", text).map_err(|_| BadPolicy::Time(text.to_owned()))
}

fn parse_weekday(name: &str) -> Option<u8> {
    let names = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let position = names.iter().position(|known| *known == name)?;
    u8::try_from(position).ok()
}
