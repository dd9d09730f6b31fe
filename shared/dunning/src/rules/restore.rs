//! What a table that was brought back from a backup makes of a debtor's file.
//!
//! Between the backup and now, mails may have left and payments come in that it knows nothing of. So
//! nothing that was dated in that gap is sent any more: it is unknown, until one of SES's events
//! proves that it was ([`record_delivery`](super::delivery::record_delivery)).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::change::Change;
use super::context::Context;
use super::plan::plan;
use crate::billing::Dated;
use crate::file::{Attempt, Debtor, Invoice, Step, StepOf, StepState, is_done};
use crate::journal::{Line, What};
use crate::policy::Policy;
use crate::value::{DebtorKey, InvoiceId};

/// What is lost: all that happened in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The instant of the backup.
    pub from: Timestamp,
    /// Now.
    pub until: Timestamp,
}

/// All that a table holds of a debtor.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The debtor. A backup may hold one half of a transaction, and so not it.
    pub debtor: Option<Debtor>,
    /// Its invoices, open and closed; for the same reason, one may be there twice.
    pub invoices: Vec<Invoice>,
}

/// What the backup's view of a debtor changes in what is known of it by now.
pub fn restore(key: &DebtorKey, backup: Found, known: &Found, gap: Gap, policy: &Policy) -> Change {
    let ctx = Context::new(policy, gap.until);
    let claimed = open_claims(backup.debtor.as_ref());
    let debtor = merge_debtors(key, backup.debtor, known.debtor.as_ref(), gap, policy);
    let mut change = Change::default();
    for (id, mut invoice) in merge_halves(backup.invoices) {
        let known = known.invoices.iter().find(|known| *known.id() == id);
        invoice.restored_at = Some(gap.until);
        invoice.restored_from = Some(gap.from);
        for step in &mut invoice.steps {
            if claimed.contains(&StepOf::from((id.clone(), step.id.clone()))) {
                step.state = StepState::Planned {
                    attempt: Attempt::First,
                };
            }
        }
        if let Some(known) = known {
            join(&mut invoice, known);
        }
        let planned = plan(ctx, &invoice, &debtor);
        if known != Some(&planned.invoice) {
            change.invoices.push(planned.invoice);
            change.journal.extend(planned.journal);
            change.notices.extend(planned.notices);
        }
    }
    if known.debtor.as_ref() != Some(&debtor) {
        let restored = What::Restored { from: gap.from };
        change.journal.push(Line::of_debtor(restored));
        change.debtor = Some(debtor);
    }
    change
}

/// The steps of mails whose fate was unknown when the backup was made.
fn open_claims(debtor: Option<&Debtor>) -> BTreeSet<StepOf> {
    let claims = debtor.into_iter().flat_map(|debtor| debtor.claims.values());
    let open = claims.filter(|claim| !claim.expired);
    open.flat_map(|claim| claim.steps.iter().cloned()).collect()
}

/// Each invoice once: of two halves, all that was told, and the steps of which more is done.
fn merge_halves(invoices: Vec<Invoice>) -> BTreeMap<InvoiceId, Invoice> {
    let done = |invoice: &Invoice| {
        invoice
            .steps
            .iter()
            .filter(|step| is_done(step, &invoice.steps))
            .count()
    };
    let mut whole: BTreeMap<InvoiceId, Invoice> = BTreeMap::new();
    for invoice in invoices {
        let id = invoice.id().clone();
        let merged = match whole.remove(&id) {
            None => invoice,
            Some(other) => {
                let debt = other.debt.clone().merge(invoice.debt.clone());
                let more = if done(&other) > done(&invoice) {
                    other
                } else {
                    invoice
                };
                Invoice { debt, ..more }
            }
        };
        whole.insert(id, merged);
    }
    whole
}

/// What has become known since the stack runs again counts, too.
fn join(backup: &mut Invoice, known: &Invoice) {
    backup.debt = backup.debt.clone().merge(known.debt.clone());
    backup.opened_at = [backup.opened_at, known.opened_at]
        .into_iter()
        .flatten()
        .min();
    backup.paused = known.paused.or(backup.paused);
    backup.holds.too_late = known.holds.too_late;
    backup.holds.imported = known.holds.imported.or(backup.holds.imported);
    backup.holds.newer.extend(known.holds.newer.clone());
    let approval = backup.holds.approval.take();
    backup.holds.approval = known.holds.approval.clone().or(approval);
    if known.outlook.is_newer() {
        backup.outlook = known.outlook.clone();
    }
    backup.released = known.released.max(backup.released);
    for step in &mut backup.steps {
        let newer = known.steps.iter().find(|newer| newer.id == step.id);
        if let Some(newer) = newer.filter(|newer| is_done(newer, &known.steps)) {
            step.state = newer.state.clone();
        }
    }
    let missing = |newer: &&Step| !backup.steps.iter().any(|step| step.id == newer.id);
    let done = known
        .steps
        .iter()
        .filter(|newer| is_done(newer, &known.steps));
    let missing: Vec<Step> = done.filter(missing).cloned().collect();
    backup.steps.extend(missing);
}

fn merge_debtors(
    key: &DebtorKey,
    backup: Option<Debtor>,
    known: Option<&Debtor>,
    gap: Gap,
    policy: &Policy,
) -> Debtor {
    let mut debtor = backup
        .or_else(|| known.cloned())
        .unwrap_or_else(|| nobody(key));
    debtor.claims.clear();
    if let Some(known) = known {
        debtor.hear_all_of(known);
        debtor.held_addresses.extend(known.held_addresses.clone());
        debtor.mailbox = known.mailbox.clone().or(debtor.mailbox);
        for day in &known.mailed_on {
            debtor.note_mailed_on(*day);
        }
        debtor.paused = known.paused.or(debtor.paused);
        debtor.holds.extend(known.holds.clone());
        debtor.refused = known.refused;
        debtor.claims.clone_from(&known.claims);
    }
    // It may have been written to today.
    let today = debtor.calendar(policy).day_of(gap.until);
    debtor.note_mailed_on(today);
    debtor
}

/// A debtor of whom only invoices are known: nothing is sent until the tool tells more.
fn nobody(key: &DebtorKey) -> Debtor {
    Debtor::new(key.clone(), Dated::nothing())
}
