//! What would have come to a customer.

use std::collections::{BTreeMap, BTreeSet};

use dunning::value::{InvoiceId, StepId};
use jiff::civil::Date;

/// What would have come to a customer, and been said of it to the team.
#[derive(Debug, Default)]
pub(super) struct Fate {
    /// Whose file it is, by which no two are the same.
    pub(super) key: String,
    /// Its id at the tool.
    pub(super) customer: String,
    /// Its name.
    pub(super) name: String,
    /// The invoices that it had, by the names by which people know them.
    pub(super) invoices: BTreeMap<InvoiceId, String>,
    /// The mails to it, in order.
    pub(super) mails: Vec<Mail>,
    /// What the team was asked to do, in order.
    pub(super) tasks: Vec<Task>,
    /// The invoices that were settled late: by how many days.
    pub(super) late: BTreeMap<InvoiceId, i32>,
    /// Why nothing would be sent of what was still open at the end.
    pub(super) held: BTreeMap<InvoiceId, String>,
    /// How often a person was asked for an approval.
    pub(super) approvals: usize,
    /// How often the user's own automation was told.
    pub(super) signals: usize,
}

/// A mail.
#[derive(Debug)]
pub(super) struct Mail {
    /// Its day, where the debtor is.
    pub(super) on: Date,
    /// The step that leads it.
    pub(super) step: StepId,
    /// What it is about, the leading ones first.
    pub(super) about: Vec<About>,
}

/// An invoice in a mail.
#[derive(Debug)]
pub(super) struct About {
    /// Which.
    pub(super) invoice: InvoiceId,
    /// At which step.
    pub(super) step: StepId,
    /// It is the last reminder, and no other one of this invoice came before.
    pub(super) last_comes_first: bool,
    /// It had been paid by then, on this day: nobody knew yet.
    pub(super) paid_on: Option<Date>,
}

/// Something that the team was asked to do.
#[derive(Debug)]
pub(super) struct Task {
    /// Its day, where the debtor is.
    pub(super) on: Date,
    /// About which.
    pub(super) invoice: InvoiceId,
    /// What.
    pub(super) what: Deed,
}

/// What the team is asked to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// To call.
    Call,
    /// To complete an invoice, which lacks this.
    Complete(String),
}

impl Fate {
    /// An invoice was settled on this day, which nobody knew before now: so some mails came after it.
    pub(super) fn note_paid(&mut self, invoice: &InvoiceId, paid_on: Date, due_on: Option<Date>) {
        let later = self.mails.iter_mut().rev();
        for mail in later.take_while(|mail| mail.on > paid_on) {
            let about = mail.about.iter_mut();
            for about in about.filter(|about| about.invoice == *invoice) {
                about.paid_on = Some(paid_on);
            }
        }
        let late = due_on.map_or(0, |due_on| (paid_on - due_on).get_days());
        if late > 0 {
            self.late.insert(invoice.clone(), late);
        }
    }

    /// The invoices that it was written to about.
    pub(super) fn reminded(&self) -> BTreeSet<&InvoiceId> {
        let about = self.mails.iter().flat_map(|mail| &mail.about);
        about.map(|about| &about.invoice).collect()
    }
}
