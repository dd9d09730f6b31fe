//! What a year under a policy comes to, in numbers and by name: the same for a person, a page and a program.

use std::collections::BTreeMap;

use dunning::policy::Policy;
use dunning::value::{InvoiceId, StepId};
use jiff::civil::{Date, Weekday};
use serde::Serialize;

use super::fate::{About, Deed, Fate, Mail, Task};

/// A year under a policy.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// The policy's folder.
    pub(super) policy: String,
    /// How many mails.
    pub(super) mails: usize,
    /// How many customers got one.
    pub(super) customers_written_to: usize,
    /// How many invoices were in one.
    pub(super) invoices_reminded: usize,
    /// The day with the most mails.
    pub(super) busiest: Option<OnDay>,
    /// By the step that led them, in the policy's order.
    pub(super) by_step: Vec<ByStep>,
    /// By the Monday of their week, no week left out.
    pub(super) by_week: Vec<OnDay>,
    /// What was reminded of after it had been paid.
    pub(super) after_paying: Vec<Named>,
    /// What heard its last reminder before any other.
    pub(super) last_first: Vec<Named>,
    /// What invoices lacked, by what that is.
    pub(super) incomplete: Vec<Lack>,
    /// Each of them.
    pub(super) incomplete_invoices: Vec<Named>,
    /// How many calls the team was asked to make.
    pub(super) calls: usize,
    /// How often a person was asked for an approval.
    pub(super) approvals: usize,
    /// How often the user's own automation was told.
    pub(super) signals: usize,
    /// Why nothing would be sent of what was still open at the end.
    pub(super) held: Vec<Held>,
    /// Each customer, by its id at the tool.
    pub(super) customers: Vec<Customer>,
}

/// A day, or a week by its Monday, and its mails.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct OnDay {
    pub(super) on: Date,
    pub(super) mails: usize,
}

/// The mails that a step led, and the invoices that were at it.
#[derive(Debug, Serialize)]
pub(super) struct ByStep {
    pub(super) step: String,
    pub(super) mails: usize,
    pub(super) invoices: usize,
}

/// An invoice, by name, and what there is to say of it.
#[derive(Debug, Serialize)]
pub(super) struct Named {
    pub(super) customer: String,
    pub(super) name: String,
    pub(super) invoice: String,
    /// The day of the mail, or of what the team was asked.
    pub(super) on: Date,
    /// The step of the mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<StepId>,
    /// The day on which it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) paid_on: Option<Date>,
    /// What it lacked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lacks: Option<String>,
    /// By how many days it was paid late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) days_late: Option<i32>,
}

/// Something that invoices lacked.
#[derive(Debug, Serialize)]
pub(super) struct Lack {
    pub(super) lacks: String,
    pub(super) invoices: usize,
    /// How many of these were paid late.
    pub(super) paid_late: usize,
}

/// Why nothing is sent.
#[derive(Debug, Serialize)]
pub(super) struct Held {
    pub(super) why: String,
    pub(super) invoices: usize,
}

/// What came to a customer.
#[derive(Debug, Serialize)]
pub(super) struct Customer {
    /// Its id at the tool.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) invoices: usize,
    pub(super) mails: Vec<Sent>,
}

/// A mail to a customer.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Sent {
    pub(super) on: Date,
    pub(super) step: StepId,
    pub(super) invoices: Vec<String>,
}

impl Figures {
    /// Of all customers under a policy.
    pub(super) fn of(folder: String, policy: &Policy, fates: &[Fate]) -> Self {
        let mails = || fates.iter().flat_map(|fate| &fate.mails);
        let tasks = || fates.iter().flat_map(|fate| &fate.tasks);
        let days = count(mails().map(|mail| mail.on));
        let busiest = days.iter().rev().max_by_key(|(_, mails)| **mails);
        let incomplete_invoices = incomplete(fates);
        Self {
            policy: folder,
            mails: mails().count(),
            customers_written_to: fates.iter().filter(|fate| !fate.mails.is_empty()).count(),
            invoices_reminded: fates.iter().map(|fate| fate.reminded().len()).sum(),
            busiest: busiest.map(|(&on, &mails)| OnDay { on, mails }),
            by_step: by_step(policy, mails()),
            by_week: by_week(&days),
            after_paying: named(fates, |about| about.paid_on.is_some()),
            last_first: named(fates, |about| about.last_comes_first),
            incomplete: lacks(&incomplete_invoices),
            incomplete_invoices,
            calls: tasks().filter(|task| task.what == Deed::Call).count(),
            approvals: fates.iter().map(|fate| fate.approvals).sum(),
            signals: fates.iter().map(|fate| fate.signals).sum(),
            held: held(fates),
            customers: fates.iter().map(customer).collect(),
        }
    }
}

fn count<T: Ord>(all: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    counts
}

fn by_step<'f>(policy: &Policy, mails: impl Iterator<Item = &'f Mail>) -> Vec<ByStep> {
    let (mut led, mut at): (BTreeMap<&str, usize>, BTreeMap<&str, usize>) = Default::default();
    for mail in mails {
        *led.entry(mail.step.in_policy()).or_default() += 1;
        for about in &mail.about {
            *at.entry(about.step.in_policy()).or_default() += 1;
        }
    }
    let steps = policy.mails().map(|(step, _)| step.id.as_str());
    let of = |counts: &BTreeMap<&str, usize>, step| counts.get(step).copied().unwrap_or_default();
    let steps = steps.map(|step| ByStep {
        step: step.to_owned(),
        mails: of(&led, step),
        invoices: of(&at, step),
    });
    steps.collect()
}

fn by_week(days: &BTreeMap<Date, usize>) -> Vec<OnDay> {
    let mut weeks: Vec<OnDay> = Vec::new();
    for (&day, &mails) in days {
        let monday = monday(day);
        while let Some(last) = weeks
            .last()
            .map(|week| week.on)
            .filter(|last| *last < monday)
        {
            let on = last.saturating_add(jiff::Span::new().weeks(1));
            weeks.push(OnDay { on, mails: 0 });
        }
        match weeks.last_mut() {
            Some(week) => week.mails += mails,
            None => weeks.push(OnDay { on: monday, mails }),
        }
    }
    weeks
}

fn monday(day: Date) -> Date {
    let since = day.weekday().since(Weekday::Monday);
    day.saturating_sub(jiff::Span::new().days(i64::from(since)))
}

/// The invoices of mails of which that holds.
fn named(fates: &[Fate], holds: impl Fn(&About) -> bool) -> Vec<Named> {
    let mut found = Vec::new();
    for fate in fates {
        for mail in &fate.mails {
            for about in mail.about.iter().filter(|about| holds(about)) {
                found.push(Named {
                    step: Some(about.step.clone()),
                    paid_on: about.paid_on,
                    ..name(fate, &about.invoice, mail.on)
                });
            }
        }
    }
    found
}

fn name(fate: &Fate, invoice: &InvoiceId, on: Date) -> Named {
    Named {
        customer: fate.customer.clone(),
        name: fate.name.clone(),
        invoice: shown(fate, invoice),
        on,
        step: None,
        paid_on: None,
        lacks: None,
        days_late: fate.late.get(invoice).copied(),
    }
}

fn shown(fate: &Fate, invoice: &InvoiceId) -> String {
    let name = fate.invoices.get(invoice).cloned();
    name.unwrap_or_else(|| invoice.to_string())
}

fn incomplete(fates: &[Fate]) -> Vec<Named> {
    let mut found = Vec::new();
    for fate in fates {
        for Task { on, invoice, what } in &fate.tasks {
            if let Deed::Complete(missing) = what {
                found.push(Named {
                    lacks: Some(missing.clone()),
                    ..name(fate, invoice, *on)
                });
            }
        }
    }
    found
}

fn lacks(incomplete: &[Named]) -> Vec<Lack> {
    let mut all: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for invoice in incomplete {
        for lack in invoice.lacks.iter().flat_map(|lacks| lacks.split(", ")) {
            let (invoices, late) = all.entry(lack).or_default();
            *invoices += 1;
            *late += usize::from(invoice.days_late.is_some());
        }
    }
    let all = all.into_iter().map(|(lacks, (invoices, paid_late))| Lack {
        lacks: lacks.to_owned(),
        invoices,
        paid_late,
    });
    all.collect()
}

fn held(fates: &[Fate]) -> Vec<Held> {
    let all = count(fates.iter().flat_map(|fate| fate.held.values()));
    let all = all.into_iter().map(|(why, invoices)| Held {
        why: why.clone(),
        invoices,
    });
    all.collect()
}

fn customer(fate: &Fate) -> Customer {
    let mails = fate.mails.iter().map(|mail| Sent {
        on: mail.on,
        step: mail.step.clone(),
        invoices: mail
            .about
            .iter()
            .map(|about| shown(fate, &about.invoice))
            .collect(),
    });
    Customer {
        id: fate.customer.clone(),
        name: fate.name.clone(),
        invoices: fate.invoices.len(),
        mails: mails.collect(),
    }
}
