//! An invoice: what was told of it, and what we mean to do.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use super::hold::{Hold, InvoiceHolds, NotChased, Pause};
use super::lull::Lull;
use super::step::Step;
use crate::billing::{Debt, Order, Snapshot, Status};
use crate::limits::WEEK;
use crate::policy::PolicyVersion;
use crate::value::{DebtorKey, InvoiceId, Newer, StepId};

/// An invoice: what events told of it, and what we mean to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// What events told.
    #[serde(rename = "told")]
    pub debt: Debt,
    /// When we first knew it as owed; questions dated before are skipped. A draft has none.
    pub opened_at: Option<Timestamp>,
    /// The dunning steps, in the policy's order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What comes next.
    pub outlook: Outlook,
    /// The version of the policy by which it was planned.
    pub policy: PolicyVersion,
    /// A person wants nothing sent about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// What else holds it.
    #[serde(default, skip_serializing_if = "InvoiceHolds::are_none")]
    pub holds: InvoiceHolds,
    /// It was brought back from a backup then: what was dated before may have been sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_at: Option<Timestamp>,
    /// The backup is of this instant: what was dated before, and had not been sent by then, was not sent
    /// before. Not known where an earlier version brought it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_from: Option<Timestamp>,
    /// When it is looked at if nothing else comes before: once a week. None of what an earlier version
    /// wrote, until it is planned anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_at: Option<Timestamp>,
    /// Nothing is sent about it for a time, by what the tool says of it or of its debtor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lull: Option<Lull>,
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
    pub fn new(debt: Debt) -> Self {
        Self {
            debt,
            opened_at: None,
            steps: Vec::new(),
            outlook: Outlook::NotChased(NotChased::Draft),
            policy: PolicyVersion::default(),
            paused: None,
            holds: InvoiceHolds::default(),
            restored_at: None,
            restored_from: None,
            look_at: None,
            lull: None,
            released: None,
        }
    }

    /// Where the debt stands, by all that was told.
    pub fn balance(&self) -> Cow<'_, Snapshot> {
        self.debt.balance()
    }

    /// As a person knows it: by the number printed on it, or else by the tool's id.
    pub fn name(&self) -> String {
        let balance = self.balance();
        let number = balance.number.clone();
        number.unwrap_or_else(|| balance.id.to_string())
    }

    /// The tool's id.
    pub fn id(&self) -> &InvoiceId {
        &self.debt.latest.value.id
    }

    /// Whether it belongs among the closed ones: paid, void or written off.
    pub fn is_closed(&self) -> bool {
        matches!(
            self.balance().status,
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

    /// The highest of its steps that was said.
    pub(crate) fn last_said(&self) -> Option<&Step> {
        self.steps.iter().rfind(|step| step.is_said())
    }

    /// The next instant at which a mail is to leave.
    pub fn next_step_at(&self) -> Option<Timestamp> {
        match self.outlook {
            Outlook::Next { at } => Some(at),
            _ => None,
        }
    }

    /// When it is looked at before its debtor's look of the week: to ask for an approval.
    pub fn look_for_approval(&self, debtor: &DebtorKey) -> Option<Timestamp> {
        let is_weekly = |at: Timestamp| {
            let before = at.saturating_sub(SignedDuration::from_mins(1));
            before.is_ok_and(|before| next_look(debtor, before) == at)
        };
        self.look_at.filter(|at| !is_weekly(*at))
    }

    /// What is to happen next, and when: a step, be it at the end of a hold, or a look.
    pub fn next_action(&self) -> Option<NextAction> {
        let step = self.next_step_at().map(NextAction::Step);
        let look = self.look_at.map(NextAction::Look);
        step.into_iter().chain(look).min_by_key(|next| next.at())
    }
}

/// What is to happen next to something in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextAction {
    /// A mail leaves, or is given up for lost: late if it has not happened by then.
    Step(Timestamp),
    /// Nothing is expected: it is only looked whether that is still right.
    Look(Timestamp),
}

impl NextAction {
    /// When.
    pub fn at(self) -> Timestamp {
        match self {
            Self::Step(at) | Self::Look(at) => at,
        }
    }
}

/// When a debtor's open invoices are looked at next: once in seven days, each debtor at its own minute of
/// the week, so that looks are spread and those of one debtor come together.
pub fn next_look(debtor: &DebtorKey, now: Timestamp) -> Timestamp {
    const MINUTES: i64 = WEEK * 24 * 60;
    let digest = Sha256::digest(debtor.to_string());
    let own = i64::from(u32::from_be_bytes([
        digest[0], digest[1], digest[2], digest[3],
    ])) % MINUTES;
    let minute = now.as_second().div_euclid(60);
    let left = (own - minute - 1).rem_euclid(MINUTES) + 1;
    let look = now
        .as_second()
        .div_euclid(60)
        .saturating_add(left)
        .saturating_mul(60);
    Timestamp::from_second(look).unwrap_or(Timestamp::MAX)
}

/// What comes next for an invoice. There is always an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// A newer version knows. Nothing until that one, or the debt's end, says otherwise.
    #[serde(untagged, deserialize_with = "newer_outlook")]
    Newer(Newer),
}

impl Outlook {
    /// Whether only a newer version knows why nothing leaves.
    pub(crate) fn is_newer(&self) -> bool {
        matches!(self, Self::Newer(_) | Self::Held(Hold::Newer(_)))
    }
}

/// `not_chased` may have newer reasons.
fn newer_outlook<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Newer, D::Error> {
    Newer::read(deserializer, &["next", "held", "finished"])
}
