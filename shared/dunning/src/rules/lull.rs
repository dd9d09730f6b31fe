//! What a person hears of a lull that lasts: that nothing is sent, until when, and by whose word.

use jiff::civil::Date;

use super::context::Context;
use crate::file::{Debtor, Invoice, Lull};
use crate::journal::{Notice, NoticeKind};

/// The day until which nothing is sent, and what a person hears of it.
type Told = (Date, NoticeKind);

fn latest(not_before: Option<Date>, pending: impl Iterator<Item = Date>) -> Option<Told> {
    let not_before = not_before.map(|day| (day, NoticeKind::NotBeforeForLong));
    let pending = pending.map(|day| (day, NoticeKind::PaymentForLong));
    not_before.into_iter().chain(pending).max()
}

/// Notes until when nothing is sent about an invoice by what the tool says of it.
pub(super) fn of_invoice(
    ctx: Context<'_>,
    invoice: &mut Invoice,
    debtor: &Debtor,
) -> Option<Notice> {
    let balance = invoice.balance();
    let own = balance.payment_pending_until.into_iter();
    let told = debtor.facts.pending_for_one(invoice.id());
    let latest = latest(balance.not_before, own.chain(told));
    let calendar = debtor.calendar(ctx.policy);
    let last = invoice.last_said().map(|step| calendar.day_of(step.at));
    let today = calendar.day_of(ctx.now);
    invoice.lull = Lull::as_of(today, invoice.lull, latest.map(|(day, _)| day), last);
    let kind = tell(&mut invoice.lull, latest, today)?;
    let notice = Notice::new(kind, subject(&invoice.name(), invoice.lull));
    Some(notice.of_debtor(debtor).of_invoice(invoice))
}

/// Notes until when nothing is sent to a debtor by what the tool says of it.
pub(super) fn of_debtor(ctx: Context<'_>, debtor: &mut Debtor) -> Option<Notice> {
    let latest = latest(
        debtor.profile.value.not_before,
        debtor.facts.pending_for_any(),
    );
    let today = debtor.calendar(ctx.policy).day_of(ctx.now);
    let last = debtor.mailed_on.last().copied();
    debtor.lull = Lull::as_of(today, debtor.lull, latest.map(|(day, _)| day), last);
    let kind = tell(&mut debtor.lull, latest, today)?;
    Some(Notice::new(kind, subject(&debtor.name(), debtor.lull)).of_debtor(debtor))
}

fn tell(lull: &mut Option<Lull>, latest: Option<Told>, today: Date) -> Option<NoticeKind> {
    let (day, kind) = latest?;
    let lull = lull.as_mut().filter(|lull| lull.until == day)?;
    lull.tell(today).then_some(kind)
}

fn subject(name: &str, lull: Option<Lull>) -> String {
    let until = lull.map(|lull| format!(" ({})", lull.until));
    format!("{name}{}", until.unwrap_or_default())
}
