//! What a decision wants written: one transaction's worth, guarded by what was read.

use super::context::Context;
use super::plan::{Planned, plan};
use crate::file::{Debtor, File, Invoice, MailboxChange, Outlook, StepState};
use crate::journal::{Line, Notice, NoticeKind, What};
use crate::value::MailboxId;

/// What is to be written together, or not at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// The debtor, if it changed.
    pub debtor: Option<Debtor>,
    /// The invoices that changed.
    pub invoices: Vec<Invoice>,
    /// What happened.
    pub journal: Vec<Line>,
    /// What a person must hear.
    pub notices: Vec<Notice>,
    /// What changes in mailboxes.
    pub mailboxes: Vec<(MailboxId, MailboxChange)>,
}

impl Change {
    /// Nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.debtor.is_none()
            && self.invoices.is_empty()
            && self.journal.is_empty()
            && self.mailboxes.is_empty()
    }

    /// Whether the team is to call somebody.
    pub fn asks_for_calls(&self) -> bool {
        let mut lines = self.journal.iter();
        lines.any(|line| matches!(line.what, What::CallAsked { .. }))
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
    pub(super) fn replan(&mut self, ctx: Context<'_>, told: &Invoice, debtor: &Debtor, why: What) {
        self.journal.push(Line::of(told.id(), why));
        self.put(plan(ctx, told, debtor));
    }

    /// Takes an invoice of which a step was heard, or reached nobody. Heard, the last step is told of.
    pub(super) fn take_settled(&mut self, before: &Invoice, after: Invoice, debtor: &Debtor) {
        if after.outlook == Outlook::Finished && ends_heard(&after) && !ends_heard(before) {
            let notice = Notice::new(NoticeKind::LastStepSent, after.name());
            self.notices
                .push(notice.of_debtor(debtor).of_invoice(&after));
        }
        self.invoices.push(after);
    }

    /// Takes an invoice that was planned anew, if that changed it.
    pub(super) fn take(&mut self, before: &Invoice, planned: Planned) {
        if planned.invoice != *before {
            self.put(planned);
        }
    }

    fn put(&mut self, planned: Planned) {
        self.invoices.push(planned.invoice);
        self.journal.extend(planned.journal);
        self.notices.extend(planned.notices);
    }
}

/// Whether the last that was said of it was heard.
fn ends_heard(invoice: &Invoice) -> bool {
    let last = invoice.last_said();
    last.is_some_and(|step| matches!(step.state, StepState::Heard { .. }))
}
