//! The basis of a change: what was read.

use std::collections::BTreeMap;

use dunning::file::{File, Invoice, Mailbox};
use dunning::value::{InvoiceId, MailboxId};

use crate::items::{AsRead, Stored};

/// The items that a change was decided by, as they were read; what is absent was not there. It guards
/// the change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Basis {
    /// The debtor's own.
    pub(crate) debtor: Option<AsRead>,
    /// Those of the open invoices.
    pub(crate) open: BTreeMap<InvoiceId, AsRead>,
    /// Those of the closed invoices that were read.
    pub(crate) closed: BTreeMap<InvoiceId, AsRead>,
    /// What was told of invoices before it was known whose they are.
    pub(crate) parked: BTreeMap<InvoiceId, AsRead>,
    /// The mailboxes that were read, those too that were not there.
    pub(crate) mailboxes: BTreeMap<MailboxId, Option<Stored<Mailbox>>>,
}

/// Among which invoices of a debtor one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Those that every decision reads.
    Open,
    /// Those that are paid, void or written off.
    Closed,
}

impl Shelf {
    /// Where an invoice belongs.
    pub(crate) fn of(invoice: &Invoice) -> Self {
        if invoice.is_closed() {
            Self::Closed
        } else {
            Self::Open
        }
    }
}

impl Basis {
    /// A debtor alone.
    pub fn of_debtor(debtor: Option<AsRead>) -> Self {
        Self {
            debtor,
            ..Self::default()
        }
    }

    /// The version of the debtor's own item: each write of it counts one on.
    pub fn file_version(&self) -> u64 {
        self.debtor.as_ref().map_or(0, |debtor| debtor.version)
    }

    pub(crate) fn shelf(&self, shelf: Shelf) -> &BTreeMap<InvoiceId, AsRead> {
        match shelf {
            Shelf::Open => &self.open,
            Shelf::Closed => &self.closed,
        }
    }

    /// An invoice, wherever it stands.
    pub(crate) fn invoice(&self, id: &InvoiceId) -> Option<&AsRead> {
        self.open.get(id).or(self.closed.get(id))
    }

    /// Notes an invoice where it stands, which may not be where it belongs by now.
    pub(crate) fn note(&mut self, stands: Shelf, Stored { read, value }: &Stored<Invoice>) {
        let shelf = match stands {
            Shelf::Open => &mut self.open,
            Shelf::Closed => &mut self.closed,
        };
        shelf.insert(value.id().clone(), read.clone());
    }

    /// Notes that an invoice was written.
    pub(crate) fn note_written(&mut self, invoice: &Invoice, written: AsRead) {
        let id = invoice.id();
        for shelf in [&mut self.open, &mut self.closed, &mut self.parked] {
            shelf.remove(id);
        }
        let shelf = match Shelf::of(invoice) {
            Shelf::Open => &mut self.open,
            Shelf::Closed => &mut self.closed,
        };
        shelf.insert(id.clone(), written);
    }
}

/// A file, with what guards a change of it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFile {
    /// The file.
    pub file: File,
    /// As it was read.
    pub basis: Basis,
}
