//! An invoice: what was told of it, and what we mean to do.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::hold::{Hold, NotChased, Pause};
use super::step::Step;
use crate::billing::{Debt, Order, Snapshot, Status};
use crate::policy::PolicyVersion;
use crate::value::{InvoiceId, Newer, StepId};

/// An invoice: what events told of it, and what we mean to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// What events told.
    #[serde(rename = "told")]
    pub debt: Debt,
    /// When we first knew it as owed; steps dated before are skipped. A draft has none.
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
    /// What a newer version holds it for, by the holds' names. This version writes none, and lets nothing
    /// leave while there is one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holds: BTreeMap<String, Newer>,
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
    pub fn new(debt: Debt) -> Self {
        Self {
            debt,
            opened_at: None,
            steps: Vec::new(),
            outlook: Outlook::NotChased(NotChased::Draft),
            policy: PolicyVersion::default(),
            paused: None,
            holds: BTreeMap::new(),
            restored_at: None,
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

    /// The next instant at which something is to happen.
    pub fn next_action_at(&self) -> Option<Timestamp> {
        match self.outlook {
            Outlook::Next { at } => Some(at),
            _ => None,
        }
    }
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
