//! What a canonical event means to the core, or why it makes no sense.

use dunning::billing::{
    By, Collection, CustomerEvent, CustomerFacts, Dated, Happened, InvoiceEvent, Left, Movement,
    MovementEvent, Order, Pending, Profile, Reversals, Silence, Snapshot, Status, Subject,
    Unapplied,
};
use dunning::limits;
use dunning::value::{
    AccountId, Addresses, Currency, EventId, InvoiceId, Language, Link, Mode, Money, PaymentId,
    Realm, SourceName, Zone,
};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::canonical::{
    Day, DayOf, Instant, Said, SaidAmount, SaidDebtor, SaidEnd, SaidInvoice, SaidMovement,
    SaidPending, Tags,
};
use crate::country::country;
use crate::decimal::Decimal;
use crate::manifest::{Amounts, Unit};

/// One thing that a tool says, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Translation {
    /// It shows an invoice.
    Invoice(Box<InvoiceEvent>),
    /// It tells something of an invoice that it does not show.
    Movement(Box<MovementEvent>),
    /// It is about a customer alone.
    Customer(Box<CustomerEvent>),
    /// It says nothing about an invoice, or its kind is not known: acknowledge it.
    Ignored {
        /// The tool's name for what happened.
        kind: String,
    },
    /// A test-mode event on a live source, or the reverse: acknowledge it, keep it out, say so.
    OtherMode {
        /// The tool's name for what happened.
        kind: String,
        /// The tool's id of the event.
        event: EventId,
        /// The mode it is of.
        mode: Mode,
    },
}

/// A field that makes no sense: where it stands in the canonical event, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// What the canonical event does not know.
#[derive(Clone)]
pub(crate) struct Around<'a> {
    pub(crate) id: Result<EventId, BadField>,
    pub(crate) kind: String,
    pub(crate) source: &'a SourceName,
    pub(crate) mode: Mode,
    pub(crate) time_zone: &'a TimeZone,
    pub(crate) amounts: &'a Amounts,
    pub(crate) reversals: Reversals,
    /// When it came, where that is known.
    pub(crate) came_at: Option<Timestamp>,
    /// The delivery, in this translation.
    pub(crate) by: By,
}

/// What may be wrong with the rest of an event, and is known all the same.
#[derive(Deserialize)]
struct Named {
    id: Option<EventId>,
    kind: Option<String>,
    mode: Option<Mode>,
}

/// Reads a filter's output; an error names the field.
fn read<'v, T: Deserialize<'v>>(output: &'v serde_json::Value) -> Result<T, BadField> {
    serde_path_to_error::deserialize(output).map_err(|error| {
        let field = match error.path().to_string() {
            path if path == "." => "the event".to_owned(),
            path => path,
        };
        BadField::new(&field, error.into_inner().to_string())
    })
}

/// A canonical event that makes no sense, with what is known of it all the same.
pub(crate) struct BadEvent {
    pub(crate) id: Option<EventId>,
    pub(crate) kind: String,
    pub(crate) bad: BadField,
}

/// Translates a canonical event.
pub(crate) fn translate(
    output: &serde_json::Value,
    around: &Around<'_>,
) -> Result<Translation, BadEvent> {
    let mut around = around.clone();
    if !output.is_object() {
        return Err(BadEvent {
            id: around.id.ok(),
            kind: around.kind,
            bad: BadField::new("the event", "is not an object"),
        });
    }
    // Read apart: an event of the other mode is kept out, however little sense the rest makes.
    let mut mode = around.mode;
    if let Ok(named) = read::<Named>(output) {
        around.id = named.id.map_or(around.id, Ok);
        around.kind = named.kind.map_or(around.kind, |kind| shortened(&kind));
        mode = named.mode.unwrap_or(mode);
    }
    let (id, kind) = (around.id.as_ref().ok().cloned(), around.kind.clone());
    match id {
        Some(event) if mode != around.mode => Ok(Translation::OtherMode { event, kind, mode }),
        id => read::<Said>(output)
            .and_then(|said| said.into_translation(around))
            .map_err(|bad| BadEvent { id, kind, bad }),
    }
}

impl Translation {
    /// The event's id, of what is taken in under one.
    pub fn id(&self) -> Option<&EventId> {
        match self {
            Self::Invoice(event) => Some(&event.id),
            Self::Movement(event) => Some(&event.id),
            Self::Customer(event) => Some(&event.id),
            Self::Ignored { .. } | Self::OtherMode { .. } => None,
        }
    }

    /// Where it happened.
    pub fn realm(&self) -> Option<&Realm> {
        match self {
            Self::Invoice(event) => Some(&event.realm),
            Self::Movement(event) => Some(&event.realm),
            Self::Customer(event) => Some(&event.realm),
            Self::Ignored { .. } | Self::OtherMode { .. } => None,
        }
    }

    /// The invoice that it names.
    pub fn invoice(&self) -> Option<&InvoiceId> {
        match self {
            Self::Invoice(event) => Some(&event.invoice.id),
            Self::Movement(event) => match &event.subject {
                Subject::Invoice(invoice) => Some(invoice),
                Subject::Payment(_) => None,
            },
            Self::Customer(_) | Self::Ignored { .. } | Self::OtherMode { .. } => None,
        }
    }

    /// The same, to be changed.
    pub(crate) fn id_mut(&mut self) -> Option<&mut EventId> {
        match self {
            Self::Invoice(event) => Some(&mut event.id),
            Self::Movement(event) => Some(&mut event.id),
            Self::Customer(event) => Some(&mut event.id),
            Self::Ignored { .. } | Self::OtherMode { .. } => None,
        }
    }
}

/// An event's name, as long as names are, on one line.
pub(crate) fn shortened(kind: &str) -> String {
    let odd =
        |c: &char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    kind.chars().filter(|c| !odd(c)).take(100).collect()
}

/// What any event has, whatever it is about.
struct Head {
    id: EventId,
    kind: String,
    realm: Realm,
    order: Order,
}

impl Head {
    fn tells(self, by: By, (subject, what): (Subject, Happened)) -> Translation {
        let Self {
            id,
            kind,
            realm,
            order,
        } = self;
        Translation::Movement(Box::new(MovementEvent {
            id,
            kind,
            realm,
            order,
            subject,
            what,
            by,
        }))
    }
}

/// What a canonical event says, where no more of an invoice is read than what silences it.
pub(crate) fn silenced(
    output: &serde_json::Value,
    around: &Around<'_>,
) -> Result<Translation, BadField> {
    let mut said = read::<Said>(output)?;
    let Some(invoice) = said.invoice.take() else {
        return said.into_translation(around.clone());
    };
    let told = invoice.into_silence(around.time_zone, around.amounts)?;
    Ok(said.head(around)?.tells(around.by, told))
}

impl Said {
    fn head(&mut self, around: &Around<'_>) -> Result<Head, BadField> {
        let id = self.id.take().map_or_else(|| around.id.clone(), Ok)?;
        let kind = self.kind.take();
        let at = self.at.map(|Instant(at)| at);
        // An end counts whenever it came about.
        let came_at = around.came_at.filter(|_| self.ended.is_some());
        Ok(Head {
            id,
            kind: kind.map_or(around.kind.clone(), |kind| shortened(&kind)),
            realm: Realm {
                source: around.source.clone(),
                account: self.account.take().unwrap_or_else(no_account),
                mode: self.mode.unwrap_or(around.mode),
            },
            order: Order {
                version: self.version,
                at: required("at", at.or(came_at))?,
            },
        })
    }

    fn into_translation(mut self, around: Around<'_>) -> Result<Translation, BadField> {
        let head = self.head(&around)?;
        let debtor_order = Order {
            version: self.debtor_as_of.map(|Instant(as_of)| as_of.as_second()),
            at: head.order.at,
        };
        let debtor = self.debtor;
        let debtor = debtor.map(|debtor| debtor.into_profile(around.time_zone));
        let apart = Apart {
            pending: self.payment_pending,
            unapplied: self.unapplied,
            deleted: self.customer_deleted,
        };
        let told = [
            self.invoice.is_some(),
            self.movement.is_some(),
            self.ended.is_some(),
            apart.is_some(),
        ];
        if told.into_iter().filter(|is_told| *is_told).count() > 1 {
            let why =
                "has more than one of invoice, movement, ended and what is told of a customer";
            return Err(BadField::new("the event", why));
        }
        let told = match (self.invoice, self.movement, self.ended) {
            (Some(invoice), ..) => {
                let Head {
                    id,
                    kind,
                    realm,
                    order,
                } = head;
                return Ok(Translation::Invoice(Box::new(InvoiceEvent {
                    customer: required("customer", self.customer)?,
                    charge_failed_at: self.charge_failed_at.map(|Instant(at)| at),
                    invoice: invoice.into_snapshot(around.time_zone, around.amounts)?,
                    id,
                    kind,
                    realm,
                    order,
                    debtor,
                    debtor_order,
                    reversals: around.reversals,
                    by: around.by,
                })));
            }
            (_, Some(movement), _) => movement.into_movement(around.amounts)?,
            (_, _, Some(ended)) => ended.into_end()?,
            (None, None, None) => match (self.customer, apart.invoice()) {
                // Whose an invoice is, is known better than by whom it is paid.
                (_, Some(invoice)) if debtor.is_none() => {
                    (Subject::Invoice(invoice), apart.into_happened(&around)?)
                }
                (customer, _) => {
                    if debtor.is_none() && !apart.is_some() {
                        let any = "invoice, movement, ended or debtor";
                        return Err(BadField::new(any, "is missing"));
                    }
                    let debtor = debtor.map(|value| Dated {
                        order: debtor_order,
                        value,
                        by: around.by,
                    });
                    return Ok(Translation::Customer(Box::new(CustomerEvent {
                        customer: required("customer", customer)?,
                        debtor,
                        facts: apart.into_facts(head.order, &around)?,
                        id: head.id,
                        kind: head.kind,
                        realm: head.realm,
                        by: around.by,
                    })));
                }
            },
        };
        Ok(head.tells(around.by, told))
    }
}

/// What is told of a customer apart from what it is like.
struct Apart {
    pending: Option<SaidPending>,
    unapplied: Option<Vec<SaidAmount>>,
    deleted: Option<bool>,
}

impl Apart {
    fn is_some(&self) -> bool {
        self.pending.is_some() || self.unapplied.is_some() || self.deleted.is_some()
    }

    /// The invoice that a payment is for, where no more is told than that.
    fn invoice(&self) -> Option<InvoiceId> {
        let alone = self.unapplied.is_none() && self.deleted.is_none();
        let pending = self.pending.as_ref().filter(|_| alone);
        pending.and_then(|pending| pending.invoice.clone())
    }

    fn into_happened(self, around: &Around<'_>) -> Result<Happened, BadField> {
        let (payment, pending) =
            required("payment_pending", self.pending)?.into_pending(around.time_zone)?;
        Ok(Happened::Pending { payment, pending })
    }

    fn into_facts(self, order: Order, around: &Around<'_>) -> Result<CustomerFacts, BadField> {
        let by = around.by;
        let mut facts = CustomerFacts {
            deleted: self.deleted.map(|value| Dated { order, value, by }),
            ..CustomerFacts::default()
        };
        if let Some(pending) = self.pending {
            let (payment, value) = pending.into_pending(around.time_zone)?;
            facts.payments.insert(payment, Dated { order, value, by });
        }
        for (index, said) in self.unapplied.into_iter().flatten().enumerate() {
            let field = |name| format!("unapplied[{index}].{name}");
            let value = Amount::of(&field("currency"), said.currency, around.amounts)?
                .read(&field("amount"), said.amount)?;
            not_negative(&field("amount"), value)?;
            let told = Unapplied::told(Dated { order, value, by });
            if facts.unapplied.insert(value.currency, told).is_some() {
                return Err(BadField::new(&field("currency"), "stands there twice"));
            }
        }
        Ok(facts)
    }
}

impl SaidPending {
    fn into_pending(self, time_zone: &TimeZone) -> Result<(PaymentId, Pending), BadField> {
        let until = match self.ended {
            Some(true) => None,
            _ => Some(day(
                required("payment_pending.until", self.until)?,
                time_zone,
            )),
        };
        let pending = Pending {
            until,
            invoice: self.invoice,
        };
        Ok((required("payment_pending.payment", self.payment)?, pending))
    }
}

/// What stands for the account of a tool that names none.
pub fn no_account() -> AccountId {
    AccountId::parse("default").expect("`default` is a well-formed id")
}

/// An amount in the source's unit.
struct Amount<'a> {
    amounts: &'a Amounts,
    currency: Currency,
}

impl<'a> Amount<'a> {
    fn of(field: &str, currency: Option<String>, amounts: &'a Amounts) -> Result<Self, BadField> {
        let code = required(field, currency)?;
        let currency = Currency::parse(&code)
            .map_err(|why| BadField::new(field, format!("is {code:?}: {why}")))?;
        Ok(Self { amounts, currency })
    }

    fn read(&self, field: &str, text: Option<String>) -> Result<Money, BadField> {
        let text = required(field, text)?;
        match self.amounts.unit {
            Unit::Float => Money::parse_float(&text, self.currency),
            Unit::Minor | Unit::Major => {
                Money::parse(&text, self.amounts.shift(self.currency), self.currency)
            }
        }
        .map_err(|why| BadField::new(field, why.to_string()))
        .and_then(|money| match money.minor.unsigned_abs() {
            0..=limits::AMOUNT => Ok(money),
            _ => Err(BadField::new(field, "is more than any invoice comes to")),
        })
    }
}

/// A day until which nothing is sent: no further away than any invoice is due.
fn day(said: DayOf, time_zone: &TimeZone) -> Date {
    let day = match said {
        DayOf::Day(Day(day)) => day,
        DayOf::Instant(Instant(at)) => at.to_zoned(time_zone.clone()).date(),
    };
    let (first, last) = (*limits::DUE_YEARS.start(), *limits::DUE_YEARS.end());
    day.clamp(date(first, 1, 1), date(last, 12, 31))
}

impl SaidInvoice {
    fn into_snapshot(self, time_zone: &TimeZone, amounts: &Amounts) -> Result<Snapshot, BadField> {
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
        })
    }
}

impl SaidInvoice {
    /// What of an invoice silences it, by whichever of its fields make sense.
    fn into_silence(
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

fn not_negative(field: &str, amount: Money) -> Result<(), BadField> {
    if amount < Money::zero(amount.currency) {
        return Err(BadField::new(field, format!("is negative: {amount}")));
    }
    Ok(())
}

impl SaidMovement {
    fn into_movement(self, amounts: &Amounts) -> Result<(Subject, Happened), BadField> {
        let amount = Amount::of("movement.currency", self.currency, amounts)?
            .read("movement.amount", self.amount)?;
        not_negative("movement.amount", amount)?;
        let subject = match (self.invoice, &self.payment) {
            (Some(invoice), _) => Subject::Invoice(invoice),
            (None, Some(payment)) => Subject::Payment(payment.clone()),
            (None, None) => return Err(BadField::new("movement.invoice", "is missing")),
        };
        let what = Happened::Moved {
            id: required("movement.id", self.id)?,
            movement: Movement {
                kind: required("movement.kind", self.kind)?,
                amount,
            },
            payment: self.payment,
        };
        Ok((subject, what))
    }
}

impl SaidEnd {
    fn into_end(self) -> Result<(Subject, Happened), BadField> {
        let status = required("ended.status", self.status)?;
        if matches!(status, Status::Draft | Status::Open) {
            return Err(BadField::new("ended.status", "is no end"));
        }
        let invoice = required("ended.invoice", self.invoice)?;
        Ok((Subject::Invoice(invoice), Happened::Ended(status)))
    }
}

impl SaidDebtor {
    /// What is known of the debtor. A name, an address or a code that cannot be used is the same as none:
    /// the invoice counts all the same, and that there is nobody to write to is told where it matters.
    fn into_profile(self, time_zone: &TimeZone) -> Profile {
        let addresses = self.email.map(|email| Addresses::read(&email));
        let Addresses { usable, unusable } = addresses.unwrap_or_default();
        let mut usable = usable.into_iter();
        let mut languages = languages(self.language).into_iter();
        Profile {
            name: text(self.name),
            email: usable.next(),
            other_emails: usable.collect(),
            unusable_emails: unusable,
            language: languages.next(),
            more_languages: languages.collect(),
            country: self.country.and_then(|told| country(&told)),
            time_zone: self.time_zone.and_then(|name| Zone::parse(&name).ok()),
            kind: self.kind,
            left_alone: self.left_alone.unwrap_or_default(),
            not_before: self.not_before.map(|said| day(said, time_zone)),
        }
    }
}

/// Those that are languages, each once.
fn languages(said: Option<Tags>) -> Vec<Language> {
    let tags = match said {
        None => Vec::new(),
        Some(Tags::One(tag)) => vec![Some(tag)],
        Some(Tags::Several(tags)) => tags,
    };
    let mut languages = Vec::new();
    for tag in tags.into_iter().flatten().take(MOST_LANGUAGES) {
        match Language::parse(tag.trim()) {
            Ok(language) if !languages.contains(&language) => languages.push(language),
            _ => {}
        }
    }
    languages
}

/// Nobody reads more; a file is not to grow by what a list repeats.
const MOST_LANGUAGES: usize = 20;

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

/// A link that may stand behind a button of a mail. Any other is the same as none: a payment is not to
/// be refused for a link.
fn link(value: Option<String>) -> Option<Link> {
    value.and_then(|url| Link::parse(&url).ok())
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
