//! An invoice of the canonical event: as a snapshot, or what of it silences.

use dunning::billing::{
    Collection, Happened, Instalment, Left, Silence, Snapshot, Status, Subject,
};
use dunning::limits;
use dunning::value::{Currency, Money};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::amount::{Amount, not_negative};
use crate::bad_field::{BadField, required};
use crate::canonical::{Day, Instant, Known, SaidInstalment, SaidInvoice};
use crate::contact::contacts;
use crate::decimal::Decimal;
use crate::field::{civil, day, link};
use crate::line::text;
use crate::manifest::Amounts;
use crate::metadata::Wishes;
use crate::texts::Texts;

/// Where an invoice's metadata stands.
const METADATA: &str = "invoice.metadata";

impl SaidInvoice {
    /// The invoice; what of its metadata cannot be read is named beside it.
    pub(crate) fn into_snapshot(
        self,
        time_zone: &TimeZone,
        amounts: &Amounts,
    ) -> Result<(Snapshot, Vec<BadField>), BadField> {
        let id = required("invoice.id", self.id)?;
        let status = required("invoice.status", self.status)?;
        let amount = Amount::of("invoice.currency", self.currency, amounts)?;
        let total = amount.read("invoice.total", self.total);
        let remaining = amount.read("invoice.remaining", self.remaining);
        let (total, remaining) = sensible(status, amount.currency, total, remaining)?;
        let due_on = due("invoice.due_on", self.due_on, self.due_at, time_zone)?;
        let told = self.instalments.unwrap_or_default();
        let instalments = match instalments(told, &amount, time_zone) {
            // What is at its end is never refused.
            Err(_) if matches!(status, Status::Paid | Status::Void) => Vec::new(),
            instalments => instalments?,
        };
        let issued = [self.issued_on, self.issued_at].into_iter().flatten();
        let issued = issued.filter_map(|Known(said)| Some(civil(said?, time_zone)));
        let mut wishes = Wishes::of(self.metadata.unwrap_or_default(), METADATA, time_zone);
        let named = wishes.contacts(METADATA);
        let tags = self.tags.map(Texts::into_tags).unwrap_or_default();
        let not_before = self.not_before.map(|said| day(said, time_zone));
        let snapshot = Snapshot {
            id,
            number: text(self.number),
            status,
            total,
            remaining,
            due_on,
            collection: required("invoice.collection", self.collection)?,
            pay_url: link(self.pay_url),
            pdf_url: link(self.pdf_url),
            po_number: text(self.po_number),
            left_alone: self.left_alone.unwrap_or_default() || wishes.left_alone,
            not_before: not_before.max(wishes.not_before),
            payment_pending_until: self.payment_pending_until.map(|said| day(said, time_zone)),
            issued_on: issued.into_iter().find(|day| is_of_our_times(*day)),
            instalments,
            tags: tags.and(&wishes.tags),
            plan: wishes.plan,
            contacts: contacts(named, self.contacts.into_iter().flatten()),
        };
        Ok((snapshot, wishes.unclear))
    }
}

/// The civil day by which something is to be paid.
fn due(
    field: &str,
    on: Option<Day>,
    at: Option<Instant>,
    time_zone: &TimeZone,
) -> Result<Option<Date>, BadField> {
    let at = at.map(|Instant(at)| at.to_zoned(time_zone.clone()).date());
    let due = on.map(|Day(day)| day).or(at);
    match due.filter(|day| !is_of_our_times(*day)) {
        Some(day) => {
            let why = format!("is {day}: no invoice is due then");
            Err(BadField::new(field, why))
        }
        None => Ok(due),
    }
}

fn is_of_our_times(day: Date) -> bool {
    limits::DUE_YEARS.contains(&day.year())
}

/// The parts of an invoice, in the order of their days.
fn instalments(
    told: Vec<SaidInstalment>,
    amount: &Amount<'_>,
    time_zone: &TimeZone,
) -> Result<Vec<Instalment>, BadField> {
    let mut instalments = Vec::new();
    for told in told {
        let field = "invoice.instalments";
        let part = amount.read(field, told.amount)?;
        not_negative(field, part)?;
        let day = due(field, told.due_on, told.due_at, time_zone)?;
        instalments.push(Instalment {
            due_on: day.ok_or_else(|| BadField::new(field, "has one without a day"))?,
            amount: part,
        });
    }
    instalments.retain(|part| part.amount.minor > 0);
    instalments.sort();
    instalments.truncate(limits::MOST_INSTALMENTS);
    Ok(instalments)
}

impl SaidInvoice {
    /// What of an invoice silences it, by whichever of its fields make sense.
    pub(crate) fn into_silence(
        self,
        time_zone: &TimeZone,
        amounts: &Amounts,
    ) -> Result<(Subject, Happened), BadField> {
        let id = required("invoice.id", self.id)?;
        let status = required("invoice.status", self.status)?;
        let mut wishes = Wishes::of(self.metadata.unwrap_or_default(), METADATA, time_zone);
        let _ = wishes.contacts(METADATA); // may hold
        let not_before = self.not_before.map(|said| day(said, time_zone));
        let what = match status {
            Status::Paid | Status::Void | Status::Uncollectible => Happened::Ended(status),
            Status::Draft | Status::Open => Happened::Silenced(Silence {
                draft: status == Status::Draft,
                left: left(self.currency, self.total, self.remaining, amounts),
                charged_automatically: self.collection == Some(Collection::ChargeAutomatically),
                left_alone: self.left_alone.unwrap_or_default() || wishes.left_alone,
                not_before: not_before.max(wishes.not_before),
                payment_pending_until: self.payment_pending_until.map(|said| day(said, time_zone)),
            }),
        };
        Ok((Subject::Invoice(id), what))
    }
}

/// What is left to pay, where that is less than all. Nothing is nothing, of whichever currency.
fn left(
    currency: Option<String>,
    total: Option<String>,
    remaining: Option<String>,
    amounts: &Amounts,
) -> Option<Left> {
    let remaining = remaining?;
    if Decimal::parse(&remaining).is_some_and(|number| number.sign() == 0) {
        return Some(Left::Nothing);
    }
    let amount = Amount::of("invoice.currency", currency, amounts).ok()?;
    let total = amount.read("invoice.total", total).ok()?;
    let left = amount.read("invoice.remaining", Some(remaining)).ok()?;
    match left.minor {
        0 => Some(Left::Nothing),
        1.. if left < total => Some(Left::Money(left)),
        _ => None,
    }
}

/// Amounts that fit the status and each other. For what is paid or void nothing remains, whatever the
/// tool's sums say (payments outside the tool, overpayments): what silences is never refused
/// for its amounts.
fn sensible(
    status: Status,
    currency: Currency,
    total: Result<Money, BadField>,
    remaining: Result<Money, BadField>,
) -> Result<(Money, Money), BadField> {
    let nothing = Money::zero(currency);
    if matches!(status, Status::Paid | Status::Void) {
        return Ok((total.unwrap_or(nothing).max(nothing), nothing));
    }
    // A total may be made of what remains: that is named first.
    let remaining = remaining?;
    let total = total?;
    for (field, amount) in [("invoice.total", total), ("invoice.remaining", remaining)] {
        not_negative(field, amount)?;
    }
    Ok((total.max(remaining), remaining))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(minor: i64) -> Money {
        Money {
            minor,
            currency: Currency::parse("EUR").unwrap(),
        }
    }

    fn sensible_euros(
        status: Status,
        total: Option<i64>,
        remaining: Option<i64>,
    ) -> Result<(i64, i64), BadField> {
        let amount = |minor: Option<i64>| minor.map(euros).ok_or(BadField::new("amount", "is bad"));
        let currency = Currency::parse("EUR").unwrap();
        sensible(status, currency, amount(total), amount(remaining))
            .map(|(total, remaining)| (total.minor, remaining.minor))
    }

    #[test]
    fn nothing_remains_of_what_is_paid_or_void_and_it_is_never_refused() {
        for status in [Status::Paid, Status::Void] {
            let sensible = |total, remaining| sensible_euros(status, total, remaining);
            assert_eq!(sensible(Some(100), Some(100)), Ok((100, 0)));
            assert_eq!(sensible(Some(100), Some(-20)), Ok((100, 0)));
            assert_eq!(sensible(Some(-5), Some(-5)), Ok((0, 0)));
            assert_eq!(sensible(Some(100), None), Ok((100, 0)));
            assert_eq!(sensible(None, Some(0)), Ok((0, 0)));
        }
    }

    #[test]
    fn what_is_still_owed_is_never_negative_nor_more_than_the_total() {
        for status in [Status::Draft, Status::Open, Status::Uncollectible] {
            let sensible = |total, remaining| sensible_euros(status, total, remaining);
            assert_eq!(sensible(Some(100), Some(40)), Ok((100, 40)));
            assert_eq!(sensible(Some(100), Some(120)), Ok((120, 120)));
            assert!(sensible(Some(100), Some(-1)).is_err());
            assert!(sensible(Some(-1), Some(0)).is_err());
            assert!(sensible(Some(100), None).is_err());
        }
    }
}
