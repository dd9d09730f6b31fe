//! An invoice of the canonical event: as a snapshot, or what of it silences.

use dunning::billing::{Collection, Happened, Left, Silence, Snapshot, Status, Subject, Tags};
use dunning::limits;
use dunning::value::{Currency, Money};
use jiff::tz::TimeZone;

use crate::amount::{Amount, not_negative};
use crate::bad_field::{BadField, required};
use crate::canonical::{Day, Instant, SaidInvoice};
use crate::decimal::Decimal;
use crate::field::{day, link, text};
use crate::manifest::Amounts;

impl SaidInvoice {
    pub(crate) fn into_snapshot(
        self,
        time_zone: &TimeZone,
        amounts: &Amounts,
    ) -> Result<Snapshot, BadField> {
        let id = required("invoice.id", self.id)?;
        let status = required("invoice.status", self.status)?;
        let amount = Amount::of("invoice.currency", self.currency, amounts)?;
        let total = amount.read("invoice.total", self.total);
        let remaining = amount.read("invoice.remaining", self.remaining);
        let (total, remaining) = sensible(status, amount.currency, total, remaining)?;
        let due_at = self.due_at.map(|Instant(at)| at);
        let due_on = match (self.due_on, due_at) {
            (Some(Day(day)), _) => Some(day),
            (None, due_at) => due_at.map(|at| at.to_zoned(time_zone.clone()).date()),
        };
        if let Some(day) = due_on.filter(|day| !limits::DUE_YEARS.contains(&day.year())) {
            let why = format!("is {day}: no invoice is due then");
            return Err(BadField::new("invoice.due_on", why));
        }
        Ok(Snapshot {
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
            left_alone: self.left_alone.unwrap_or_default(),
            not_before: self.not_before.map(|said| day(said, time_zone)),
            payment_pending_until: self.payment_pending_until.map(|said| day(said, time_zone)),
            issued_on: None,
            instalments: Vec::new(),
            tags: Tags::default(),
            plan: None,
            contacts: Vec::new(),
        })
    }
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
        let what = match status {
            Status::Paid | Status::Void | Status::Uncollectible => Happened::Ended(status),
            Status::Draft | Status::Open => Happened::Silenced(Silence {
                draft: status == Status::Draft,
                left: left(self.currency, self.total, self.remaining, amounts),
                charged_automatically: self.collection == Some(Collection::ChargeAutomatically),
                left_alone: self.left_alone.unwrap_or_default(),
                not_before: self.not_before.map(|said| day(said, time_zone)),
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
