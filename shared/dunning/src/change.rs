//! What a decision wants written: one transaction's worth, guarded by what was read.

use jiff::Timestamp;

use crate::apart::{Apart, FactEvent};
use crate::facts::{CustomerEvent, Dated, DebtorFacts, Event, Told};
use crate::file::{Debtor, File, Invoice};
use crate::ids::{DebtorKey, EventId};
use crate::journal::{Line, Notice, What};
use crate::plan::{Planned, plan};
use crate::policy::Policy;

/// What is to be written together, or not at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// The debtor, if he changed.
    pub debtor: Option<Debtor>,
    /// The invoices that changed.
    pub invoices: Vec<Invoice>,
    /// What happened.
    pub journal: Vec<Line>,
    /// What a person must hear.
    pub notices: Vec<Notice>,
}

impl Change {
    /// Nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.debtor.is_none() && self.invoices.is_empty() && self.journal.is_empty()
    }

    /// The file as it is once this is written.
    #[must_use]
    pub fn applied_to(&self, mut file: File) -> File {
        if let Some(debtor) = &self.debtor {
            file.debtor = debtor.clone();
        }
        for invoice in &self.invoices {
            file.open.remove(invoice.id());
            if !invoice.is_closed() {
                file.open.insert(invoice.id().clone(), invoice.clone());
            }
        }
        file
    }

    /// Plans an invoice anew because of what was told of it.
    fn replan(
        &mut self,
        told: &Invoice,
        debtor: &Debtor,
        why: What,
        policy: &Policy,
        now: Timestamp,
    ) {
        let planned = plan(told, debtor, policy, now);
        self.journal.push(Line {
            invoice: Some(told.id().clone()),
            what: why,
        });
        self.invoices.push(planned.invoice);
        self.journal.extend(planned.journal);
        self.notices.extend(planned.notices);
    }

    /// Takes an invoice that was planned anew, if that changed it.
    pub(crate) fn take(&mut self, before: &Invoice, planned: Planned) {
        if planned.invoice != *before {
            self.invoices.push(planned.invoice);
            self.journal.extend(planned.journal);
            self.notices.extend(planned.notices);
        }
    }
}

/// What an event that shows an invoice changes, given the debtor and the invoice as they are in the
/// file, if they are, and what was told of the invoice before it was known. An event that says
/// nothing new changes nothing.
pub fn receive(
    debtor: Option<&Debtor>,
    invoice: Option<&Invoice>,
    parked: &Apart,
    event: &Event,
    policy: &Policy,
    now: Timestamp,
) -> Change {
    let mut change = Change::default();
    let told = event.debtor.clone().map(|facts| Dated {
        order: event.debtor_order,
        facts,
    });
    let current = hear(debtor, event.debtor_key(), told.as_ref());
    if debtor != Some(&current) {
        change.debtor = Some(current.clone());
    }
    let told = Told::by(event).with(parked.clone());
    let before = invoice
        .cloned()
        .unwrap_or_else(|| Invoice::new(told.clone()));
    let mut after = before.clone();
    after.told = after.told.merge(told);
    let line = told_line(&event.id, &event.kind);
    if !parked.is_empty() {
        change.journal.push(Line {
            invoice: Some(event.invoice.id.clone()),
            what: What::ToldBefore,
        });
    }
    if invoice.is_none_or(|known| known.told != after.told) {
        change.replan(&after, &current, line, policy, now);
    } else if change.debtor.is_some() {
        change.journal.push(Line {
            invoice: None,
            what: line,
        });
    }
    change
}

/// What changes in an invoice that is known when something is told of it apart.
pub fn receive_fact(
    debtor: &Debtor,
    invoice: &Invoice,
    apart: &Apart,
    event: &FactEvent,
    policy: &Policy,
    now: Timestamp,
) -> Change {
    let mut change = Change::default();
    let mut after = invoice.clone();
    after.told = after.told.with(apart.clone());
    if after.told != invoice.told {
        let line = told_line(&event.id, &event.kind);
        change.replan(&after, debtor, line, policy, now);
    }
    change
}

/// What changes when something is told of a customer alone. His open invoices are planned anew by
/// whoever sees the change.
pub fn receive_customer(debtor: Option<&Debtor>, event: &CustomerEvent) -> Change {
    let mut change = Change::default();
    let current = hear(debtor, event.debtor_key(), Some(&event.debtor));
    if debtor != Some(&current) {
        change.debtor = Some(current);
        change.journal.push(Line {
            invoice: None,
            what: told_line(&event.id, &event.kind),
        });
    }
    change
}

/// The debtor, once this is said of him.
fn hear(known: Option<&Debtor>, key: DebtorKey, told: Option<&Dated<DebtorFacts>>) -> Debtor {
    let nothing = Dated::nothing;
    let Some(known) = known else {
        return Debtor::new(key, told.cloned().unwrap_or_else(nothing));
    };
    let mut current = known.clone();
    let Some(told) = told else { return current };
    current.hear(told);
    // Another event of the same issue that says the same is not worth a write of the file: fifty
    // webhooks a second for one debtor must not fight over it.
    let order = |debtor: &Debtor| debtor.told.order.version;
    let same_issue = order(&current).is_some() && order(&current) == order(known);
    let same_facts =
        current.told.facts == known.told.facts && current.told_language() == known.told_language();
    if same_issue && same_facts {
        known.clone()
    } else {
        current
    }
}

fn told_line(event: &EventId, kind: &str) -> What {
    What::Told {
        event: event.clone(),
        kind: kind.to_owned(),
    }
}

/// What the debtor's new facts change in one of his open invoices.
pub fn replan(debtor: &Debtor, invoice: &Invoice, policy: &Policy, now: Timestamp) -> Change {
    let mut change = Change::default();
    change.take(invoice, plan(invoice, debtor, policy, now));
    change
}
