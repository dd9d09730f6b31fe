//! Who must be played together: customers who share a mailbox, since that is one reader, and those between whom an
//! invoice moved. Each circle lives by itself.

use std::collections::HashMap;

use dunning::billing::{Happened, InvoiceEvent, Profile, Subject, debtors_addresses};
use dunning::value::{DebtorKey, EmailAddress, InvoiceId, MailboxId, PaymentId, Realm};
use sources::Translation;

use super::told::Told;

/// What ties events to each other.
#[derive(PartialEq, Eq, Hash)]
enum Tie {
    Debtor(DebtorKey),
    Invoice(Realm, InvoiceId),
    Payment(Realm, PaymentId),
    Mailbox(MailboxId),
}

/// Parts what was told by circles, each in its order.
pub(super) fn circles(told: Vec<Told>) -> Vec<Vec<Told>> {
    let (mut sets, mut known) = (Sets::default(), HashMap::new());
    let mut of_told = Vec::with_capacity(told.len());
    for Told { what, .. } in &told {
        let set = sets.add();
        for tie in ties(what) {
            let other = *known.entry(tie).or_insert(set);
            sets.join(other, set);
        }
        of_told.push(set);
    }
    let mut circles: Vec<Vec<Told>> = Vec::new();
    let mut places = HashMap::new();
    for (told, set) in told.into_iter().zip(of_told) {
        let place = *places.entry(sets.root(set)).or_insert(circles.len());
        if place == circles.len() {
            circles.push(Vec::new());
        }
        circles[place].push(told);
    }
    circles
}

fn ties(what: &Translation) -> Vec<Tie> {
    match what {
        Translation::Invoice(event) => of_invoice(event),
        Translation::Movement(event) => {
            let realm = &event.realm;
            let payment = |payment: &PaymentId| Tie::Payment(realm.clone(), payment.clone());
            let subject = match &event.subject {
                Subject::Invoice(invoice) => Tie::Invoice(realm.clone(), invoice.clone()),
                Subject::Payment(id) => payment(id),
            };
            let named = match &event.what {
                Happened::Moved {
                    payment: Some(id), ..
                } => Some(payment(id)),
                _ => None,
            };
            [subject].into_iter().chain(named).collect()
        }
        Translation::Customer(event) => {
            let mut ties = vec![Tie::Debtor(event.debtor_key())];
            ties.extend(event.debtor.iter().flat_map(|told| of_profile(&told.value)));
            ties
        }
        Translation::Ignored { .. } | Translation::OtherMode { .. } => Vec::new(),
    }
}

fn of_invoice(event: &InvoiceEvent) -> Vec<Tie> {
    let mut ties = vec![
        Tie::Debtor(event.debtor_key()),
        Tie::Invoice(event.realm.clone(), event.invoice.id.clone()),
    ];
    ties.extend(event.debtor.iter().flat_map(of_profile));
    ties.extend(debtors_addresses(&event.invoice.contacts).map(tie));
    ties
}

fn of_profile(profile: &Profile) -> impl Iterator<Item = Tie> {
    let own = profile.email.iter().map(tie);
    own.chain(debtors_addresses(&profile.contacts).map(tie))
}

fn tie(address: &EmailAddress) -> Tie {
    Tie::Mailbox(address.mailbox())
}

/// Sets that are joined, each known by one of its members.
#[derive(Default)]
struct Sets(Vec<usize>);

impl Sets {
    fn add(&mut self) -> usize {
        self.0.push(self.0.len());
        self.0.len() - 1
    }

    fn root(&mut self, mut member: usize) -> usize {
        while self.0[member] != member {
            self.0[member] = self.0[self.0[member]];
            member = self.0[member];
        }
        member
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other)] = one.min(other);
    }
}
