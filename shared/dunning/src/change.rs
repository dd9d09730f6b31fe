//! What a decision wants written: one transaction's worth, guarded by what was read.

use jiff::Timestamp;

use crate::facts::{Dated, Event, Told};
use crate::file::{Debtor, File, Invoice};
use crate::ids::DebtorKey;
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

    /// Takes an invoice that was planned anew, if that changed it.
    pub(crate) fn take(&mut self, before: &Invoice, planned: Planned) {
        if planned.invoice != *before {
            self.invoices.push(planned.invoice);
            self.journal.extend(planned.journal);
            self.notices.extend(planned.notices);
        }
    }
}

/// What an event changes, given the debtor and the invoice as they are in the file, if they are.
/// An event that says nothing new changes nothing.
pub fn receive(
    debtor: Option<&Debtor>,
    invoice: Option<&Invoice>,
    event: &Event,
    policy: &Policy,
    now: Timestamp,
) -> Change {
    let mut change = Change::default();
    let told = Dated {
        order: event.debtor_order,
        facts: event.debtor.clone(),
    };
    let known = debtor.cloned();
    let mut current = known.clone().unwrap_or_else(|| {
        let key = DebtorKey {
            realm: event.realm.clone(),
            customer: event.customer.clone(),
        };
        Debtor::new(key, told.clone())
    });
    let merged = current.told.clone().merge(told);
    // Another event of the same issue that says the same is not worth a write of the file: fifty
    // webhooks a second for one debtor must not fight over it.
    let same_issue =
        merged.order.version.is_some() && merged.order.version == current.told.order.version;
    if merged.facts != current.told.facts || !same_issue {
        current.told = merged;
    }
    if known.as_ref() != Some(&current) {
        change.debtor = Some(current.clone());
    }

    let told = Told::by(event);
    let before = invoice
        .cloned()
        .unwrap_or_else(|| Invoice::new(told.clone()));
    let mut after = before.clone();
    after.told = after.told.merge(told);
    let news = invoice.is_none_or(|known| known.told != after.told);
    if news {
        let planned = plan(&after, &current, policy, now);
        change.journal.push(Line {
            invoice: Some(event.invoice.id.clone()),
            what: What::Told {
                event: event.id.clone(),
                kind: event.kind.clone(),
            },
        });
        change.invoices.push(planned.invoice);
        change.journal.extend(planned.journal);
        change.notices.extend(planned.notices);
    } else if change.debtor.is_some() {
        change.journal.push(Line {
            invoice: None,
            what: What::Told {
                event: event.id.clone(),
                kind: event.kind.clone(),
            },
        });
    }
    change
}

/// What the debtor's new facts change in one of his open invoices.
pub fn replan(debtor: &Debtor, invoice: &Invoice, policy: &Policy, now: Timestamp) -> Change {
    let mut change = Change::default();
    change.take(invoice, plan(invoice, debtor, policy, now));
    change
}
