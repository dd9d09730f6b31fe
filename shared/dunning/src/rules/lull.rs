//! What a person hears of a lull that lasts: that nothing is sent, until when, and by whose word.

use jiff::civil::Date;

use super::context::Context;
use crate::file::{Debtor, Invoice, Lull};
use crate::journal::{Notice, NoticeKind};

/// The day until which nothing is sent by the tool's word, what a person hears of it, and whether it is said of this
/// invoice alone.
type Word = (Date, NoticeKind, bool);

/// Notes until when nothing is sent about an invoice by what the tool says of it, and of its debtor. Of the debtor
/// a person hears where something is owed, and it is the same matter for all of its invoices.
pub(super) fn note(ctx: Context<'_>, invoice: &mut Invoice, debtor: &Debtor) -> Option<Notice> {
    let calendar = debtor.calendar(ctx.policy);
    let today = calendar.day_of(ctx.now);
    let last = latest(invoice, debtor);
    let mailed_on = invoice.last_said().map(|step| calendar.day_of(step.at));
    let until = last.map(|(day, ..)| day);
    invoice.lull = Lull::as_of(today, invoice.lull, until, mailed_on);
    let (until, kind, is_its_own) = last?;
    let lull = invoice.lull.as_mut().filter(|lull| lull.until == until)?;
    if !lull.tell(today) {
        return None;
    }
    let notice = |name: String| Notice::new(kind, format!("{name} ({until})")).of_debtor(debtor);
    Some(if is_its_own {
        notice(invoice.name()).of_invoice(invoice)
    } else {
        notice(debtor.name())
    })
}

fn latest(invoice: &Invoice, debtor: &Debtor) -> Option<Word> {
    use NoticeKind::{NotBeforeForLong, PaymentForLong};
    let balance = invoice.balance();
    let facts = &debtor.facts;
    let own = facts.pending_for_one(invoice.id());
    let own = own.chain(balance.payment_pending_until);
    let not_before = [
        (debtor.profile.value.not_before, false),
        (balance.not_before, true),
    ];
    let not_before = not_before
        .into_iter()
        .filter_map(|(day, is_its_own)| Some((day?, NotBeforeForLong, is_its_own)));
    let of_any = facts
        .pending_for_any()
        .map(|day| (day, PaymentForLong, false));
    not_before
        .chain(of_any)
        .chain(own.map(|day| (day, PaymentForLong, true)))
        .max()
}
