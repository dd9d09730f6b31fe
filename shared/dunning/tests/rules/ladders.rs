//! Policies that a test writes itself, and what becomes of a debt under them.

use dunning::file::{Invoice, StepState};
use dunning::policy::Policy;
use dunning::rules::{Change, Decision, decide};
use dunning::value::{EmailAddress, InvoiceId};
use jiff::SignedDuration;

use crate::common::Kept;

/// The tests' policy with other ladders in place of its own.
pub(crate) fn policy(ladders: &str) -> Policy {
    let text = include_str!("relance.toml");
    let (before, _) = text.split_once("[[steps]]").unwrap();
    Policy::parse(&format!("{before}\n{ladders}")).unwrap_or_else(|why| panic!("{why}"))
}

pub(crate) fn refused(ladders: &str) -> Vec<String> {
    let text = include_str!("relance.toml");
    let (before, _) = text.split_once("[[steps]]").unwrap();
    let refusal = Policy::parse(&format!("{before}\n{ladders}")).unwrap_err();
    let faults = refusal.faults().iter();
    faults.map(|fault| fault.what.clone()).collect()
}

pub(crate) fn mail(id: &str, on: &str, more: &str) -> String {
    step("steps", id, on, more)
}

pub(crate) fn step(list: &str, id: &str, on: &str, more: &str) -> String {
    format!(
        "[[{list}]]\nid = \"{id}\"\non = \"{on}\"\ntemplate = \"reminder\"\nsender = \"friendly\"\n{more}\n"
    )
}

pub(crate) fn call(id: &str, on: &str) -> String {
    format!("[[steps]]\nid = \"{id}\"\non = \"{on}\"\ntask = \"call\"\n")
}

pub(crate) fn under(policy: Policy) -> Kept {
    let mut kept = Kept::new();
    kept.policy = policy;
    kept
}

pub(crate) const ISSUED: &str = "2027-01-11T10:00:00Z";

/// The days of an invoice's planned steps.
pub(crate) fn days(kept: &Kept, id: &str) -> Vec<String> {
    let id = InvoiceId::parse(id).unwrap();
    let steps = kept.file.open[&id].steps.iter();
    let planned = steps.filter(|step| step.is_planned());
    planned
        .map(|step| format!("{} {}", step.id, step.at.strftime("%a %F")))
        .collect()
}

pub(crate) fn state(kept: &Kept, id: &str, step: &str) -> StepState {
    let invoice: &Invoice = &kept.file.open[&InvoiceId::parse(id).unwrap()];
    let mut steps = invoice.steps.iter();
    let step = steps.find(|known| known.id.as_str() == step);
    step.expect("the step is among them").state.clone()
}

/// What a knock writes, without a mail.
pub(crate) fn knock(kept: &mut Kept, now: &str) -> Change {
    let window = SignedDuration::from_mins(30);
    match decide(kept.context(now), &kept.file, kept.version, window) {
        Decision::Write(change) | Decision::Signal { change, .. } => {
            kept.write(now, &change);
            change
        }
        Decision::Send { .. } => panic!("a mail leaves at {now}"),
        Decision::Nothing | Decision::KnockAgain(_) => Change::default(),
    }
}

pub(crate) fn told(change: &Change) -> Vec<(&'static str, String)> {
    let notices = change.notices.iter();
    notices
        .map(|notice| (notice.kind.as_str(), notice.subject.clone()))
        .collect()
}

pub(crate) fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

pub(crate) fn told_of(change: &Change) -> Vec<&'static str> {
    change
        .notices
        .iter()
        .map(|notice| notice.kind.as_str())
        .collect()
}
