//! The files of a circle of customers, in memory: what is told of an invoice finds whose it is, and what is told before
//! the invoice waits for it.

use std::collections::BTreeMap;

use dunning::billing::{CustomerEvent, Happened, InvoiceEvent, MovementEvent, Movements, Subject};
use dunning::file::{File, Invoice};
use dunning::rules::{
    Change, Context, Known, hand_over, receive, receive_customer, receive_movement,
};
use dunning::value::{DebtorKey, InvoiceId, PaymentId, Realm};
use jiff::Timestamp;
use sources::Translation;

/// A customer's file, with what is settled.
pub(super) struct Kept {
    pub(super) file: File,
    pub(super) version: u64,
    pub(super) closed: BTreeMap<InvoiceId, Invoice>,
    /// When it is to be looked at.
    pub(super) next: Option<Timestamp>,
    /// The version of which it is known that planning it anew changes nothing.
    pub(super) settled: Option<u64>,
}

/// The files of a circle.
#[derive(Default)]
pub(super) struct Files {
    all: BTreeMap<DebtorKey, Kept>,
    owners: BTreeMap<(Realm, InvoiceId), DebtorKey>,
    /// For which invoice a payment was.
    payments: BTreeMap<(Realm, PaymentId), InvoiceId>,
    /// What was told of an invoice before it was shown.
    parked: BTreeMap<(Realm, InvoiceId), Movements>,
    /// What was told of a payment before its invoice was known.
    parked_at_payment: BTreeMap<(Realm, PaymentId), Movements>,
}

impl Files {
    pub(super) fn get(&self, key: &DebtorKey) -> Option<&Kept> {
        self.all.get(key)
    }

    pub(super) fn get_mut(&mut self, key: &DebtorKey) -> Option<&mut Kept> {
        self.all.get_mut(key)
    }

    pub(super) fn into_all(self) -> impl Iterator<Item = (DebtorKey, Kept)> {
        self.all.into_iter()
    }

    /// Whose file changes by what is told, and how.
    pub(super) fn hear(
        &mut self,
        ctx: Context<'_>,
        what: &Translation,
    ) -> Option<(DebtorKey, Change)> {
        match what {
            Translation::Invoice(event) => Some(self.hear_of_invoice(ctx, event)),
            Translation::Movement(event) => self.hear_of_movement(ctx, event),
            Translation::Customer(event) => Some(self.hear_of_customer(ctx, event)),
            Translation::Ignored { .. } | Translation::OtherMode { .. } => None,
        }
    }

    /// An invoice that is in another customer's file is the newer one's.
    fn hear_of_invoice(&mut self, ctx: Context<'_>, event: &InvoiceEvent) -> (DebtorKey, Change) {
        let (key, id) = (event.debtor_key(), &event.invoice.id);
        let place = (event.realm.clone(), id.clone());
        let parked = self.parked.remove(&place).unwrap_or_default();
        let owner = self.owners.insert(place, key.clone());
        let other = owner.filter(|owner| *owner != key);
        let moved = other.as_ref().and_then(|other| self.take(other, id));
        let of = |key: &DebtorKey| self.all.get(key).map(|kept| &kept.file.debtor);
        let here = || self.all.get(&key)?.invoice(id);
        let known = Known {
            debtor: of(&key),
            invoice: moved.as_ref().or_else(here),
            parked: &parked,
            moved_from: other.as_ref().and_then(of),
        };
        let change = receive(ctx, known, event);
        (key, change)
    }

    fn take(&mut self, key: &DebtorKey, id: &InvoiceId) -> Option<Invoice> {
        let kept = self.all.get_mut(key)?;
        let mut invoice = kept.file.open.remove(id);
        invoice = invoice.or_else(|| kept.closed.remove(id));
        // What the user's own automation was told is taken back.
        if let Some(invoice) = &mut invoice {
            hand_over(invoice);
        }
        invoice
    }

    fn hear_of_movement(
        &mut self,
        ctx: Context<'_>,
        event: &MovementEvent,
    ) -> Option<(DebtorKey, Change)> {
        let realm = &event.realm;
        let mut told = Movements::by(event.order, &event.what).told_by(event.by);
        let invoice = match &event.subject {
            Subject::Invoice(invoice) => invoice.clone(),
            Subject::Payment(payment) => {
                let place = (realm.clone(), payment.clone());
                let Some(invoice) = self.payments.get(&place) else {
                    park(&mut self.parked_at_payment, place, told);
                    return None;
                };
                invoice.clone()
            }
        };
        if let Happened::Moved {
            payment: Some(payment),
            ..
        } = &event.what
        {
            let place = (realm.clone(), payment.clone());
            let before = self.parked_at_payment.remove(&place);
            told = told.merge(before.unwrap_or_default());
            self.payments.insert(place, invoice.clone());
        }
        let place = (realm.clone(), invoice);
        let Some(key) = self.owners.get(&place) else {
            park(&mut self.parked, place, told);
            return None;
        };
        let kept = self.all.get(key)?;
        let known = kept.invoice(&place.1)?;
        let change = receive_movement(ctx, &kept.file.debtor, known, &told, event);
        Some((key.clone(), change))
    }

    fn hear_of_customer(&self, ctx: Context<'_>, event: &CustomerEvent) -> (DebtorKey, Change) {
        let key = event.debtor_key();
        let known = self.all.get(&key).map(|kept| &kept.file.debtor);
        let change = receive_customer(ctx, known, event);
        (key, change)
    }

    /// Writes a change. Gives whether what is open is to be planned anew for it.
    pub(super) fn write(&mut self, key: &DebtorKey, change: &Change) -> bool {
        let Some(kept) = self.all.remove(key) else {
            let file = change.debtor.clone().map(|debtor| File {
                debtor,
                open: BTreeMap::new(),
            });
            // A file begins with its debtor.
            let kept = file.map(|file| Kept::new(file).with(change));
            self.all.extend(kept.map(|kept| (key.clone(), kept)));
            return false;
        };
        let debtor = change.debtor.as_ref();
        let is_planned_anew =
            debtor.is_some_and(|debtor| !debtor.is_planned_like(&kept.file.debtor));
        self.all.insert(key.clone(), kept.with(change));
        is_planned_anew
    }
}

fn park<K: Ord>(parked: &mut BTreeMap<K, Movements>, place: K, told: Movements) {
    let known = parked.entry(place).or_default();
    *known = std::mem::take(known).merge(told);
}

impl Kept {
    fn new(file: File) -> Self {
        Self {
            file,
            version: 0,
            closed: BTreeMap::new(),
            next: None,
            settled: None,
        }
    }

    fn with(mut self, change: &Change) -> Self {
        self.version += 1;
        for invoice in &change.invoices {
            if invoice.is_closed() {
                self.closed.insert(invoice.id().clone(), invoice.clone());
            } else {
                self.closed.remove(invoice.id());
            }
        }
        self.file = change.applied_to(self.file);
        self
    }

    fn invoice(&self, id: &InvoiceId) -> Option<&Invoice> {
        self.file.open.get(id).or_else(|| self.closed.get(id))
    }
}
