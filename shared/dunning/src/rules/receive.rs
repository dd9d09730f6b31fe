//! `receive`: a billing tool told something.

use jiff::Timestamp;

use super::change::Change;
use super::context::Context;
use super::explain::tell_addresses;
use super::holds::holds_anything;
use super::plan::plan;
use crate::billing::{
    By, CustomerEvent, CustomerFacts, Dated, Debt, InvoiceEvent, MovementEvent, Movements, Profile,
    Unapplied,
};
use crate::file::{Debtor, Imported, Invoice};
use crate::journal::{Line, Notice, NoticeKind, What};
use crate::value::{DebtorKey, EventId};

/// What is in the file of all that an event is about.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The debtor, if it is.
    pub debtor: Option<&'a Debtor>,
    /// The invoice, if it is.
    pub invoice: Option<&'a Invoice>,
    /// What was told of the invoice before it was known.
    pub parked: &'a Movements,
    /// Whose the invoice was, where the event moves it to another debtor.
    pub moved_from: Option<&'a Debtor>,
}

/// What an event that shows an invoice changes. An event that says nothing new changes nothing.
pub fn receive(ctx: Context<'_>, known: Known<'_>, event: &InvoiceEvent) -> Change {
    let Known {
        debtor,
        invoice,
        parked,
        moved_from,
    } = known;
    let told_before = !parked.is_empty();
    let mut change = Change::default();
    let told = event.debtor.clone().map(|value| Dated {
        order: event.debtor_order,
        value,
        by: event.by,
    });
    let mut current = hear(debtor, event.debtor_key(), told.as_ref(), event.by);
    let (of_debtor, parked) = parked.clone().withdraw(event.by).parted();
    hear_facts(&mut current, of_debtor, ctx.now);
    change
        .notices
        .extend(settle_down(debtor, &mut current, ctx.now));
    if let Some(old) = moved_from {
        carry_claims(old, event, &mut current);
        let payments = old.facts.payments_for(&event.invoice.id);
        hear_facts(&mut current, payments, ctx.now);
    }
    let told = Debt::by(event).with(parked);
    let mut after = match invoice {
        Some(known) => known.clone(),
        None => Invoice::new(told.clone()),
    };
    if invoice.is_none() && ctx.imports {
        after.holds.imported = Some(Imported { at: ctx.now });
    }
    after.debt = after.debt.withdraw(event.by).merge(told);
    current.history.note(&after);
    if debtor != Some(&current) {
        change.debtor = Some(current.clone());
    }
    let was_not_shown = after.holds.not_shown.is_some();
    if event.invoice.is_owed() {
        after.holds.not_shown = None;
    }
    let is_shown_again = was_not_shown && after.holds.not_shown.is_none();
    let line = told_line(&event.id, &event.kind);
    if told_before {
        let line = Line::of(&event.invoice.id, What::ToldBefore);
        change.journal.push(line);
    }
    if is_shown_again || invoice.is_none_or(|known| known.debt != after.debt) {
        change.replan(ctx, &after, &current, line);
    } else if change.debtor.is_some() {
        change.journal.push(Line::of_debtor(line));
    }
    name_unusable(debtor, &mut change);
    change
}

/// Whether an event that shows an invoice of a debtor says what their file says already, so that all its change would
/// write is that it was said once more.
pub fn is_known(debtor: &Debtor, invoice: &Invoice, event: &InvoiceEvent, change: &Change) -> bool {
    let of_debtor = change.debtor.as_ref();
    let mut of_invoices = change.invoices.iter();
    event.invoice.says_the_same_as(&invoice.debt.latest.value)
        && invoice.holds.not_shown.is_none()
        && of_debtor.is_none_or(|after| after.is_told_like(debtor))
        && of_invoices.all(|after| after.debt.stands_like(&invoice.debt))
}

/// Whether what a tool answered of a customer is what its file says already.
pub fn is_known_customer(debtor: &Debtor, change: &Change) -> bool {
    let after = change.debtor.as_ref();
    after.is_none_or(|after| after.is_told_like(debtor))
}

/// What changes in an invoice that is known when something is told of it apart.
pub fn receive_movement(
    ctx: Context<'_>,
    debtor: &Debtor,
    invoice: &Invoice,
    movements: &Movements,
    event: &MovementEvent,
) -> Change {
    let mut change = Change::default();
    let line = told_line(&event.id, &event.kind);
    let (of_debtor, movements) = movements.clone().parted();
    let mut current = debtor.clone();
    current.facts = current.facts.withdraw(event.by);
    hear_facts(&mut current, of_debtor, ctx.now);
    let mut after = invoice.clone();
    after.debt = after.debt.withdraw(event.by).with(movements);
    current.history.note(&after);
    let debtor_changed = current != *debtor;
    if after.debt != invoice.debt || debtor_changed {
        change.replan(ctx, &after, &current, line);
    }
    change.debtor = debtor_changed.then_some(current);
    change
}

/// What changes when something is told of a customer alone. Its open invoices are planned anew by
/// whoever sees the change.
///
/// A payment of which nobody has heard makes a file even where it is told to have ended, of a customer without
/// invoices, too: an end may come before its beginning, and must win all the same.
pub fn receive_customer(
    ctx: Context<'_>,
    debtor: Option<&Debtor>,
    event: &CustomerEvent,
) -> Change {
    let mut change = Change::default();
    let told = event.debtor.as_ref();
    let mut current = hear(debtor, event.debtor_key(), told, event.by);
    hear_facts(&mut current, event.facts.clone(), ctx.now);
    change
        .notices
        .extend(settle_down(debtor, &mut current, ctx.now));
    let has_something_to_say = told.is_some() || !current.facts.is_empty();
    if debtor != Some(&current) && (debtor.is_some() || has_something_to_say) {
        let line = told_line(&event.id, &event.kind);
        change.journal.push(Line::of_debtor(line));
        tell_of_money(ctx, debtor, &current, &mut change);
        change.debtor = Some(current);
    }
    name_unusable(debtor, &mut change);
    change
}

/// Takes in what is told of a customer apart.
fn hear_facts(debtor: &mut Debtor, told: CustomerFacts, now: Timestamp) {
    let mut facts = std::mem::take(&mut debtor.facts).merge(told);
    facts.forget(now);
    debtor.facts = facts.bounded();
}

/// The journal says how much money is on no invoice, and the team hears of more that holds, once.
fn tell_of_money(ctx: Context<'_>, before: Option<&Debtor>, after: &Debtor, change: &mut Change) {
    let held = |known: &Unapplied| {
        let held = known.held();
        held.filter(|money| holds_anything(*money, ctx.policy))
    };
    for (currency, known) in &after.facts.unapplied {
        let before = before.and_then(|before| before.facts.unapplied.get(currency));
        let money = known.latest.value;
        if before.map_or(0, |before| before.latest.value.minor) != money.minor {
            let amount = What::OnNoInvoice { amount: money };
            change.journal.push(Line::of_debtor(amount));
        }
        if held(known) > before.and_then(held) {
            let subject = format!("{} ({money})", after.name());
            let notice = Notice::new(NoticeKind::Unapplied, subject);
            change.notices.push(notice.of_debtor(after));
        }
    }
}

/// What changes in a debtor, and in an invoice of its, of which a delivery spoke, and does not any more
/// since it is told anew.
pub fn withdraw(
    ctx: Context<'_>,
    debtor: &Debtor,
    invoice: Option<&Invoice>,
    event: &EventId,
    by: By,
) -> Change {
    let mut change = Change::default();
    let line = told_line(event, "told anew, and not of this any more");
    let mut current = debtor.clone();
    current.withdraw(by);
    if current != *debtor {
        change.debtor = Some(current.clone());
        change.journal.push(Line::of_debtor(line.clone()));
    }
    if let Some(invoice) = invoice {
        let mut after = invoice.clone();
        after.debt = after.debt.withdraw(by);
        if after.debt != invoice.debt {
            change.replan(ctx, &after, &current, line);
        }
    }
    change
}

/// The debtor, once this is said of it.
fn hear(known: Option<&Debtor>, key: DebtorKey, told: Option<&Dated<Profile>>, by: By) -> Debtor {
    let nothing = Dated::nothing;
    let Some(known) = known else {
        return Debtor::new(key, told.cloned().unwrap_or_else(nothing));
    };
    let mut known = known.clone();
    known.withdraw(by);
    let (known, mut current) = (&known, known.clone());
    let Some(told) = told else { return current };
    current.hear(told);
    // Another event of the same issue that says the same is not worth a write of the file: fifty
    // webhooks a second for one debtor must not fight over it.
    let order = |debtor: &Debtor| debtor.profile.order.version;
    let same_issue = order(&current).is_some() && order(&current) == order(known);
    if same_issue && current.is_described_like(known) {
        known.clone()
    } else {
        current
    }
}

/// Says in the journal what is new among the addresses and cannot be written to. The team hears of it where
/// it takes the place of another one that could not; else where something is held for it.
fn name_unusable(known: Option<&Debtor>, change: &mut Change) {
    let Some(current) = &change.debtor else {
        return;
    };
    let before = known.map(|known| &known.profile.value);
    let (now, mut new) = (&current.profile.value, Vec::new());
    for address in &now.unusable_emails {
        if before.is_none_or(|before| !before.unusable_emails.contains(address)) {
            new.push(address.clone());
        }
    }
    let stays_so = now.email.is_none() && before.is_some_and(|before| before.email.is_none());
    if stays_so {
        let notices = tell_addresses(&current.name(), &new).into_iter();
        change
            .notices
            .extend(notices.map(|notice| notice.of_debtor(current)));
    }
    let lines = new.into_iter().map(What::UnusableAddress);
    change.journal.extend(lines.map(Line::of_debtor));
}

/// Notes where the debtor is now. Told when it moves too often for its moves to count.
fn settle_down(known: Option<&Debtor>, current: &mut Debtor, now: Timestamp) -> Option<Notice> {
    current
        .note_move_from(known?, now)
        .then(|| Notice::new(NoticeKind::PlaceUnsteady, current.name()).of_debtor(current))
}

/// A mail about the invoice may be on its way to the debtor that it leaves. What becomes of it is heard there,
/// or nowhere; so its claim goes along, for as much as is about this invoice.
fn carry_claims(old: &Debtor, event: &InvoiceEvent, new: &mut Debtor) {
    for (id, claim) in &old.claims {
        let mut claim = claim.clone();
        claim
            .steps
            .retain(|carried| carried.invoice == event.invoice.id);
        if !claim.steps.is_empty() {
            new.claims.entry(id.clone()).or_insert(claim);
        }
    }
}

fn told_line(event: &EventId, kind: &str) -> What {
    What::Told {
        event: event.clone(),
        kind: kind.to_owned(),
    }
}

/// What a change of the debtor changes in one of its open invoices.
pub fn replan(ctx: Context<'_>, debtor: &Debtor, invoice: &Invoice) -> Change {
    let mut change = Change::default();
    change.take(invoice, plan(ctx, invoice, debtor));
    change
}
