//! What a filter makes of a tool's event, and how that becomes an event of the core.

use dunning::facts::{Collection, DebtorFacts, Event, InvoiceFacts, Link, Order, Status};
use dunning::ids::{AccountId, CustomerId, EventId, InvoiceId, Mode, Realm, SourceName};
use dunning::money::{Currency, Money};
use dunning::people::{Country, EmailAddress, Language};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::head::Amounts;

/// A field that makes no sense: where it stands in the filter's output, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadField {
    pub(crate) field: String,
    pub(crate) why: String,
}

impl BadField {
    /// The reason is cut: some errors quote the value they stumbled over, whole.
    pub(crate) fn new(field: &str, why: impl AsRef<str>) -> Self {
        Self {
            field: field.to_owned(),
            why: why.as_ref().chars().take(200).collect(),
        }
    }
}

fn required<T>(field: &str, value: Option<T>) -> Result<T, BadField> {
    value.ok_or_else(|| BadField::new(field, "is missing"))
}

/// The filter's output. Instants are Unix seconds, amounts decimal text in the head's unit. A field
/// that is missing is the same as one that is null.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    mode: Option<Mode>,
    at: Option<i64>,
    account: Option<AccountId>,
    customer: Option<CustomerId>,
    charge_failed_at: Option<i64>,
    /// When the debtor was as described, if not at the event.
    debtor_as_of: Option<i64>,
    invoice: SaidInvoice,
    debtor: SaidDebtor,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidInvoice {
    id: Option<InvoiceId>,
    number: Option<String>,
    status: Option<Status>,
    currency: Option<String>,
    total: Option<String>,
    remaining: Option<String>,
    due_at: Option<i64>,
    collection: Option<Collection>,
    pay_url: Option<String>,
    pdf_url: Option<String>,
    po_number: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidDebtor {
    name: Option<String>,
    email: Option<String>,
    language: Option<String>,
    country: Option<String>,
}

/// What the filter does not know about an event.
pub(crate) struct Around<'a> {
    pub(crate) id: EventId,
    pub(crate) kind: String,
    pub(crate) source: &'a SourceName,
    pub(crate) time_zone: &'a TimeZone,
    pub(crate) amounts: &'a Amounts,
}

/// The mode alone: an event of the other mode is kept out, however little sense the rest makes.
pub(crate) fn read_mode(output: &serde_json::Value) -> Result<Mode, BadField> {
    #[derive(Deserialize)]
    struct OnlyMode {
        mode: Option<Mode>,
    }
    read::<OnlyMode>(output).and_then(|said| required("mode", said.mode))
}

/// Reads a filter's output; an error names the field.
pub(crate) fn read<'v, T: Deserialize<'v>>(output: &'v serde_json::Value) -> Result<T, BadField> {
    serde_path_to_error::deserialize(output).map_err(|error| {
        let field = error.path().to_string();
        BadField::new(&field, error.into_inner().to_string())
    })
}

impl Said {
    pub(crate) fn into_event(self, around: Around<'_>) -> Result<Event, BadField> {
        let at = required("at", instant("at", self.at)?)?;
        Ok(Event {
            realm: Realm {
                source: around.source.clone(),
                account: self.account.unwrap_or_else(no_account),
                mode: required("mode", self.mode)?,
            },
            customer: required("customer", self.customer)?,
            order: Order { version: None, at },
            charge_failed_at: instant("charge_failed_at", self.charge_failed_at)?,
            invoice: self.invoice.into_facts(around.time_zone, around.amounts)?,
            debtor: self.debtor.into_facts(),
            debtor_order: Order {
                version: self.debtor_as_of,
                at,
            },
            id: around.id,
            kind: around.kind,
        })
    }
}

fn no_account() -> AccountId {
    AccountId::parse("default").expect("`default` is a well-formed id")
}

impl SaidInvoice {
    fn into_facts(self, time_zone: &TimeZone, amounts: &Amounts) -> Result<InvoiceFacts, BadField> {
        let id = required("invoice.id", self.id)?;
        let status = required("invoice.status", self.status)?;
        let currency = required("invoice.currency", self.currency)?;
        let currency = Currency::parse(&currency)
            .map_err(|why| BadField::new("invoice.currency", format!("is {currency:?}: {why}")))?;
        let amount = |field: &str, text: Option<String>| {
            Money::parse(&required(field, text)?, amounts.shift(currency), currency)
                .map_err(|why| BadField::new(field, why.to_string()))
        };
        let (total, remaining) = sensible(
            status,
            amount("invoice.total", self.total)?,
            amount("invoice.remaining", self.remaining)?,
        )?;
        Ok(InvoiceFacts {
            id,
            number: text(self.number),
            status,
            total,
            remaining,
            due_on: civil_date("invoice.due_at", self.due_at, time_zone)?,
            collection: required("invoice.collection", self.collection)?,
            pay_url: link(self.pay_url),
            pdf_url: link(self.pdf_url),
            po_number: text(self.po_number),
        })
    }
}

/// Amounts that fit the status and each other. For what is paid or void nothing remains, whatever the
/// tool's sums say (payments outside the tool, overpayments): a fact that silences is never refused
/// for its amounts.
fn sensible(status: Status, total: Money, remaining: Money) -> Result<(Money, Money), BadField> {
    let nothing = Money::zero(total.currency);
    if matches!(status, Status::Paid | Status::Void) {
        return Ok((total.max(nothing), nothing));
    }
    for (field, amount) in [("invoice.total", total), ("invoice.remaining", remaining)] {
        if amount < nothing {
            return Err(BadField::new(field, format!("is negative: {amount}")));
        }
    }
    Ok((total.max(remaining), remaining))
}

impl SaidDebtor {
    /// What is known of him. A name, an address or a code that cannot be used is the same as none:
    /// the invoice counts all the same, and that there is nobody to write to is told where it matters.
    fn into_facts(self) -> DebtorFacts {
        DebtorFacts {
            name: text(self.name),
            email: self
                .email
                .and_then(|email| EmailAddress::parse(&email).ok()),
            language: self.language.and_then(|tag| Language::parse(&tag).ok()),
            country: self.country.and_then(|code| Country::parse(&code).ok()),
        }
    }
}

fn instant(field: &str, seconds: Option<i64>) -> Result<Option<Timestamp>, BadField> {
    seconds
        .map(Timestamp::from_second)
        .transpose()
        .map_err(|_| BadField::new(field, "is not an instant in Unix seconds"))
}

fn civil_date(
    field: &str,
    seconds: Option<i64>,
    time_zone: &TimeZone,
) -> Result<Option<Date>, BadField> {
    let at = instant(field, seconds)?;
    Ok(at.map(|at| at.to_zoned(time_zone.clone()).date()))
}

/// The longest text that is kept, in bytes. A file holds many invoices, and a tool's texts are shorter.
const LONGEST: usize = 2048;

/// Text on one line: blanks, line breaks and control characters become single blanks.
fn text(value: Option<String>) -> Option<String> {
    let mut value = value?;
    value.truncate(value.floor_char_boundary(LONGEST));
    let words: Vec<&str> = value
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// An address that may stand behind a button of a mail. Any other is the same as none: a payment is
/// not to be refused for a link.
fn link(value: Option<String>) -> Option<Link> {
    let fits = |url: &String| {
        url.starts_with("https://")
            && url.len() <= LONGEST
            && !url.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    value.filter(fits).map(Link::new)
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

    #[test]
    fn nothing_remains_of_what_is_paid_or_void() {
        for status in [Status::Paid, Status::Void] {
            assert_eq!(
                sensible(status, euros(100), euros(100)),
                Ok((euros(100), euros(0)))
            );
            assert_eq!(
                sensible(status, euros(100), euros(-20)),
                Ok((euros(100), euros(0)))
            );
            assert_eq!(
                sensible(status, euros(-5), euros(-5)),
                Ok((euros(0), euros(0)))
            );
        }
    }

    #[test]
    fn what_is_still_owed_is_never_negative_nor_more_than_the_total() {
        for status in [Status::Draft, Status::Open, Status::Uncollectible] {
            assert_eq!(
                sensible(status, euros(100), euros(40)),
                Ok((euros(100), euros(40)))
            );
            assert_eq!(
                sensible(status, euros(100), euros(120)),
                Ok((euros(120), euros(120)))
            );
            assert!(sensible(status, euros(100), euros(-1)).is_err());
            assert!(sensible(status, euros(-1), euros(0)).is_err());
        }
    }

    #[test]
    fn a_text_comes_out_on_one_line_and_not_too_long() {
        let one_line = |value: &str| text(Some(value.to_owned()));
        assert_eq!(
            one_line(" ACME\r\nBcc: x\u{0}y\t Ltd "),
            Some("ACME Bcc: x y Ltd".to_owned())
        );
        assert_eq!(one_line(" \n "), None);
        let cut = one_line(&"é".repeat(2000)).unwrap();
        assert_eq!(cut, "é".repeat(1024));
    }

    #[test]
    fn a_link_that_is_not_https_is_left_out() {
        let read = |value: &str| link(Some(value.to_owned()));
        assert!(read("https://invoice.stripe.com/i/x").is_some());
        let long = format!("https://a.example/{}", "x".repeat(2048));
        for bad in [
            "javascript:alert(1)",
            "http://a.example",
            "https://a b",
            "//a",
            "",
            &long,
        ] {
            assert_eq!(read(bad), None, "{bad} was taken");
        }
    }
}
