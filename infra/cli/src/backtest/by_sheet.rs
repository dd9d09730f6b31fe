//! Last year's invoices and payments out of a spreadsheet: one line for each invoice, with the days of its life.

use std::path::Path;

use dunning::billing::{InvoiceEvent, Status};
use dunning::value::EventId;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sources::Translation;

use super::told::{Told, Year, noon};
use crate::sheet::{BadRow, Fields, NoSheet, Reader, Row, Sheet};

/// What a line says of a life beside the invoice as it is now.
pub(super) const COLUMNS: [&str; 2] = ["paid_on", "booked_on"];

/// The days of an invoice's life.
struct Life {
    line: u64,
    issued_on: Date,
    paid: Option<Paid>,
}

/// When it was paid, and when that was known.
#[derive(Clone, Copy)]
struct Paid {
    on: Date,
    booked_on: Date,
}

/// Reads a file: each invoice is issued, and is paid as far as it is.
pub(super) fn read(reader: &Reader<'_>, file: (&Path, &str)) -> Result<Year, NoSheet> {
    let Sheet { rows, bad } = reader.read(file, |fields, _| Life::of(fields))?;
    let zone = reader.settings.time_zone.get();
    let (mut told, mut bad) = (Vec::new(), bad);
    for Row { event, besides } in rows {
        match besides.fits(&event) {
            Ok(()) => told.extend(besides.told(event, zone)),
            Err(why) => bad.push(why),
        }
    }
    bad.sort_by_key(|bad| bad.line);
    let bad = bad.iter().map(ToString::to_string).collect();
    Ok(Year::of(told, bad))
}

impl Life {
    fn of(fields: &Fields) -> Result<Self, BadRow> {
        let issued_on = fields.day("issued_on")?;
        let issued_on = issued_on
            .ok_or_else(|| fields.bad("issued_on", "is missing: a life begins with its issue"))?;
        let paid = match (fields.day("paid_on")?, fields.day("booked_on")?) {
            (None, None) => None,
            (None, Some(_)) => {
                return Err(fields.bad("paid_on", "is missing, where `booked_on` is not"));
            }
            (Some(on), Some(booked_on)) if booked_on < on => {
                return Err(fields.bad("booked_on", format!("is before {on}, when it was paid")));
            }
            (Some(on), booked_on) => Some(Paid {
                on,
                booked_on: booked_on.unwrap_or(on),
            }),
        };
        Ok(Self {
            line: fields.line,
            issued_on,
            paid,
        })
    }

    /// Whether the days are those of the amounts.
    fn fits(&self, event: &InvoiceEvent) -> Result<(), BadRow> {
        let bad = |column: &str, why: String| BadRow {
            line: self.line,
            column: column.to_owned(),
            why,
        };
        let (total, left) = (event.invoice.total, event.invoice.remaining);
        match self.paid {
            _ if total.minor == 0 => Err(bad(
                "total",
                "is missing: nothing is left, and nobody knows of how much".to_owned(),
            )),
            None if left.minor < total.minor => Err(bad(
                "paid_on",
                format!("is missing: of {total}, {left} is left"),
            )),
            Some(paid) if left.minor >= total.minor => Err(bad(
                "paid_on",
                format!("is {}, and of {total} all is left", paid.on),
            )),
            _ => Ok(()),
        }
    }

    /// The invoice when it was issued, and when it was paid.
    fn told(&self, now: InvoiceEvent, zone: &TimeZone) -> impl Iterator<Item = Told> {
        let mut issued = now.clone();
        issued.invoice.status = Status::Open;
        issued.invoice.remaining = issued.invoice.total;
        let first = self.day((issued, "issued"), (self.issued_on, self.issued_on), zone);
        let paid = self
            .paid
            .map(|paid| self.day((now, "paid"), (paid.on, paid.booked_on), zone));
        [first].into_iter().chain(paid)
    }

    fn day(
        &self,
        (mut event, what): (InvoiceEvent, &str),
        (happened, told): (Date, Date),
        zone: &TimeZone,
    ) -> Told {
        event.order.at = noon(happened, zone);
        event.debtor_order.at = event.order.at;
        what.clone_into(&mut event.kind);
        let id = format!("line-{}-{what}", self.line);
        event.id = EventId::parse(id).expect("a word and a number are an id");
        Told {
            at: noon(told, zone),
            what: Translation::Invoice(Box::new(event)),
        }
    }
}
