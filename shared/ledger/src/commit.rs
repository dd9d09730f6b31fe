//! A change, and all that is written with it.

use std::collections::{BTreeMap, BTreeSet};

use dunning::file::{Debtor, Hold, Invoice, Mailbox, MailboxChange, Outlook};
use dunning::journal::Line;
use dunning::rules::Change;
use dunning::value::{DebtorKey, InvoiceId, MailboxId};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::basis::{Basis, Shelf};
use crate::error::LedgerError;
use crate::items::{AsRead, Keep, Stored, digest, guarded, record, stored};
use crate::keys::Key;
use crate::marker::Mark;
use crate::pointer::PaymentLink;
use crate::table::Changed;
use crate::transaction::Transaction;

/// Where an invoice was before the tool moved it to another customer.
#[derive(Debug, Clone, PartialEq)]
pub struct MovedFrom {
    /// Whose it was.
    pub debtor: DebtorKey,
    /// What was read there.
    pub basis: Basis,
    /// What the old debtor's journal says about it.
    pub journal: Vec<Line>,
}

/// A change with all that guards it.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Whose file it is.
    pub debtor: DebtorKey,
    /// What was read.
    pub basis: Basis,
    /// What is to be written.
    pub change: Change,
    /// The event it comes from, to be marked as seen.
    pub event: Option<Mark>,
    /// The invoice comes from another customer.
    pub moved_from: Option<MovedFrom>,
    /// A payment for the invoice that the tool may refer to.
    pub link: Option<PaymentLink>,
    /// Open invoices that a mail speaks of and nobody writes: they must still be as they were read.
    pub unchanged: Vec<InvoiceId>,
    /// What a backup has of it: where nothing is here, what a newer version had added there goes along.
    pub from_backup: Basis,
    /// It lets a mail leave on this day: not while everything stands still.
    pub leaves_on: Option<Date>,
    /// The journal's time.
    pub now: Timestamp,
}

impl Commit {
    /// Of a decision: no event is behind it, and no invoice comes from elsewhere.
    pub fn new(debtor: &DebtorKey, basis: Basis, change: Change, now: Timestamp) -> Self {
        Self {
            debtor: debtor.clone(),
            basis,
            change,
            event: None,
            moved_from: None,
            link: None,
            unchanged: Vec::new(),
            from_backup: Basis::default(),
            leaves_on: None,
            now,
        }
    }

    /// For whoever watches.
    pub(crate) fn changed(&self) -> Changed {
        let before = |invoice: &Invoice| {
            let bases = [
                Some(&self.basis),
                self.moved_from.as_ref().map(|moved| &moved.basis),
            ];
            let read = bases
                .into_iter()
                .flatten()
                .find_map(|basis| basis.invoice(invoice.id()));
            let known = read.and_then(|read| stored(read.item().clone()).ok());
            known.map(|known: Stored<Invoice>| known.value)
        };
        let invoices = self.change.invoices.iter();
        Changed {
            debtor: self.debtor.clone(),
            invoices: invoices
                .map(|after| (before(after), after.clone()))
                .collect(),
            journal: self.change.journal.clone(),
        }
    }

    /// Nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.change.is_empty() && self.link.is_none()
    }

    /// The mailboxes that it changes and nobody has read yet.
    pub(crate) fn unread_mailboxes(&self) -> BTreeSet<&MailboxId> {
        let changed = self.change.mailboxes.iter().map(|(id, _)| id);
        changed
            .filter(|id| !self.basis.mailboxes.contains_key(*id))
            .collect()
    }

    /// What is to be written, and the basis of the next change once it is. All mailboxes are read.
    pub(crate) fn transaction(
        &self,
        table: &str,
        history: Keep,
    ) -> Result<(Transaction, Basis), LedgerError> {
        let (mut to, mut after) = (Transaction::new(table), self.basis.clone());
        let read = self.basis.debtor.as_ref();
        if let Some(debtor) = &self.change.debtor {
            let written = guarded(
                Key::file(&self.debtor),
                read.or(self.from_backup.debtor.as_ref()),
                debtor,
            )?;
            to.put_guarded(written.item().clone(), read);
            after.debtor = Some(written);
        } else if let Some(read) = read.filter(|read| self.goes_by_the_debtor(read)) {
            // Whoever corrects the debtor now must see this invoice, or nobody would look again.
            to.check_version(Key::file(&self.debtor), read);
        }
        for invoice in &self.change.invoices {
            let written = self.put_invoice(&mut to, invoice, history)?;
            after.note_written(invoice, written);
        }
        for id in &self.unchanged {
            let is_written = self.change.invoices.iter().any(|other| other.id() == id);
            if let Some(read) = self.basis.open.get(id).filter(|_| !is_written) {
                to.check_version(Key::open(&self.debtor, id), read);
            }
        }
        self.put_mailboxes(&mut to, &mut after)?;
        if let Some(link) = &self.link {
            link.put(&self.debtor.realm, &mut to)?;
        }
        self.put_journal(&mut to, &after, history)?;
        self.put_signals(&mut to)?;
        if let Some(mark) = &self.event {
            mark.put(&self.debtor.realm, self.now, &mut to)?;
        }
        let notices = &self.change.notices;
        if !notices.is_empty() {
            let key = Key::notice(self.now, &digest(notices, &self.debtor));
            to.put(record(key, self.now, notices, Keep::ForAMonth)?);
        }
        if let Some(today) = self.leaves_on {
            to.check_standstill(&self.debtor, today);
        }
        Ok((to, after))
    }

    /// Whether an invoice is written as it is for what the debtor's own item says: as held, or as put off to a
    /// day.
    fn goes_by_the_debtor(&self, read: &AsRead) -> bool {
        let debtor = || stored(read.item().clone()).map(|known: Stored<Debtor>| known.value);
        // What leaves, leaves by all that is known of the debtor.
        if self.leaves_on.is_some() {
            return true;
        }
        let puts_off = |debtor: &Debtor| {
            debtor.profile.value.not_before.is_some() || debtor.facts.is_pending()
        };
        self.holds_for_the_debtor()
            || (!self.change.invoices.is_empty() && debtor().is_ok_and(|debtor| puts_off(&debtor)))
    }

    /// Whether an invoice is written as held for what the debtor's own item says.
    fn holds_for_the_debtor(&self) -> bool {
        let held = |invoice: &Invoice| match invoice.outlook {
            Outlook::Held(
                Hold::CustomerDeleted
                | Hold::Undecided
                | Hold::NoAddress
                | Hold::AddressBounced
                | Hold::AddressComplained
                | Hold::Unapplied
                | Hold::Paused
                | Hold::LeftAlone
                | Hold::Newer(_),
            )
            | Outlook::Newer(_) => true,
            Outlook::Held(
                Hold::TooLittle
                | Hold::AwaitingApproval
                | Hold::SourceGone
                | Hold::NoDueDate
                | Hold::Reopened
                | Hold::NotShown
                | Hold::Imported
                | Hold::TooLateAtEntry
                | Hold::NotBefore
                | Hold::PaymentOnItsWay
                | Hold::SourceRefused,
            )
            | Outlook::Next { .. }
            | Outlook::Finished
            | Outlook::NotChased(_) => false,
        };
        self.change.invoices.iter().any(held)
    }

    /// Puts an invoice where its state belongs, and takes it away from where it was read.
    fn put_invoice(
        &self,
        to: &mut Transaction,
        invoice: &Invoice,
        history: Keep,
    ) -> Result<AsRead, LedgerError> {
        let id = invoice.id();
        let (open, closed) = (Key::open(&self.debtor, id), Key::closed(&self.debtor, id));
        let (here, there, other) = match Shelf::of(invoice) {
            Shelf::Open => (open, closed, Shelf::Closed),
            Shelf::Closed => (closed, open, Shelf::Open),
        };
        let was_here = self.basis.shelf(Shelf::of(invoice)).get(id);
        let was_there = self.basis.shelf(other).get(id);
        let newest = was_here
            .into_iter()
            .chain(was_there)
            .max_by_key(|read| read.version);
        let came_from = self.moved_from.as_ref().filter(|_| newest.is_none());
        let before = newest.or_else(|| came_from?.basis.invoice(id));
        let before = before.or_else(|| self.from_backup.invoice(id));
        let written = guarded(here, before, invoice)?;
        let written = match Shelf::of(invoice) {
            Shelf::Open => written,
            Shelf::Closed => written.kept(history, self.now),
        };
        to.put_guarded(written.item().clone(), was_here);
        match (was_there, was_here) {
            (Some(read), _) => to.delete(there, read),
            // Created: the other place must still be empty, or a late event could open a closed debt.
            (None, None) => to.check_absent(there),
            (None, Some(_)) => {}
        }
        if newest.is_none() {
            let from = came_from.map(|moved| &moved.debtor);
            let key = Key::pointer(&self.debtor.realm, id);
            to.point(key, &self.debtor, from, self.basis.parked.get(id));
            if let Some(moved) = came_from {
                take_away(to, moved, id);
            }
        }
        Ok(written)
    }

    /// Writes each mailbox that is not as it was read.
    fn put_mailboxes(&self, to: &mut Transaction, after: &mut Basis) -> Result<(), LedgerError> {
        let mut changes: BTreeMap<&MailboxId, Vec<&MailboxChange>> = BTreeMap::new();
        for (id, change) in &self.change.mailboxes {
            changes.entry(id).or_default().push(change);
        }
        for (id, changes) in changes {
            let read = self.basis.mailboxes.get(id).and_then(Option::as_ref);
            let before = read.map_or_else(Mailbox::default, |read| read.value.clone());
            let mut mailbox = before.clone();
            for change in changes {
                mailbox.change(change.clone());
            }
            if mailbox == before {
                continue;
            }
            let read = read.map(|mailbox| &mailbox.read);
            let written = guarded(Key::mailbox(id), read, &mailbox)?;
            to.put_guarded(written.item().clone(), read);
            let written = Stored {
                value: mailbox,
                read: written,
            };
            after.mailboxes.insert(id.clone(), Some(written));
        }
        Ok(())
    }

    /// What is to stand in whose journal: also in that of whoever's an invoice was.
    fn journals(&self) -> impl Iterator<Item = (&DebtorKey, &Vec<Line>)> {
        let old = self.moved_from.as_ref();
        let old = old.map(|moved| (&moved.debtor, &moved.journal));
        [(&self.debtor, &self.change.journal)]
            .into_iter()
            .chain(old)
    }

    /// What the journal says that the user's own automation is told, it is told by an item of its own.
    fn put_signals(&self, to: &mut Transaction) -> Result<(), LedgerError> {
        for (debtor, lines) in self.journals() {
            for line in lines.iter().filter(|line| line.is_signal()) {
                let key = Key::signal(debtor, self.now, &digest(line, debtor));
                to.put(record(key, self.now, line, Keep::ForAMonth)?);
            }
        }
        Ok(())
    }

    fn put_journal(
        &self,
        to: &mut Transaction,
        after: &Basis,
        history: Keep,
    ) -> Result<(), LedgerError> {
        // Entries of one instant stand in the order in which they were written.
        let items = after.open.values().chain(after.closed.values());
        let versions = items.chain(&after.debtor).map(|item| item.version);
        let place: u64 = versions.sum();
        for (debtor, lines) in self.journals() {
            if lines.is_empty() {
                continue;
            }
            let id = format!("{place:08}-{}", digest(lines, debtor));
            let key = Key::journal(debtor, self.now, &id);
            to.put(record(key, self.now, lines, history)?);
        }
        Ok(())
    }
}

/// Deletes what was read at the old customer. What was not there must still not be: it may have
/// been on its way from one place to the other while it was read.
fn take_away(from: &mut Transaction, moved: &MovedFrom, id: &InvoiceId) {
    let places = [
        (Key::open(&moved.debtor, id), moved.basis.open.get(id)),
        (Key::closed(&moved.debtor, id), moved.basis.closed.get(id)),
    ];
    for (key, read) in places {
        match read {
            Some(read) => from.delete(key, read),
            None => from.check_absent(key),
        }
    }
}
