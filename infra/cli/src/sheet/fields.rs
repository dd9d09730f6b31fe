//! A line of a file of invoices.

use std::collections::BTreeMap;
use std::fmt;

use dunning::billing::{InvoiceEvent, Profile};
use dunning::value::Currency;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::amount::{self, quoted};
use super::columns::{COLUMNS, NAMELESS};

/// What is wrong with a line: it is not brought in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadRow {
    pub(crate) line: u64,
    pub(crate) column: String,
    pub(crate) why: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, why } = self;
        write!(f, "line {line}, {column}: {why}")
    }
}

/// A line's fields that are not empty, by their columns.
pub(crate) struct Fields {
    pub(crate) line: u64,
    by_column: BTreeMap<&'static str, String>,
}

/// What was said of a customer, and where.
pub(super) type Customers = BTreeMap<(String, String), BTreeMap<&'static str, (String, u64)>>;

/// What cannot be used, and would be the same as nothing in what a webhook tells.
pub(super) const LIKE_NONE: &str = "cannot be used: an address is like ap@company.tld, a language like fr or fr-CA, a country \
    like FR or France, a zone like Europe/Paris, a link begins with https://";

impl Fields {
    pub(super) fn of(record: &csv::StringRecord, columns: &[&'static str]) -> Result<Self, BadRow> {
        let line = record.position().map_or(0, csv::Position::line);
        let mut fields = Self {
            line,
            by_column: BTreeMap::new(),
        };
        if record.len() != columns.len() && !record.iter().all(str::is_empty) {
            let (has, header) = (record.len(), columns.len());
            let why = format!(
                "has {has} fields, where the header has {header}: is one of them to be quoted?"
            );
            return Err(fields.bad("the line", why));
        }
        for (column, field) in columns.iter().zip(record) {
            if field.contains(['\n', '\r']) {
                let why = "has a line break in it: is a quotation mark not closed? The lines in it are not read";
                return Err(fields.bad(column, why));
            }
            if *column == NAMELESS && !field.is_empty() {
                return Err(fields.bad("a column without a name", "has something in it"));
            }
            if !field.is_empty() {
                fields.by_column.insert(column, field.to_owned());
            }
        }
        Ok(fields)
    }

    /// What a webhook may say and nobody understands is passed over; a person is there to hear of it.
    pub(super) fn are_all_in(&self, event: &InvoiceEvent) -> Result<(), BadRow> {
        let debtor = event.debtor.as_ref();
        let invoice = &event.invoice;
        let described = |is_in: fn(&Profile) -> bool| debtor.is_some_and(is_in);
        let read = [
            (
                "email",
                described(|it| it.email.is_some() && it.unusable_emails.is_empty()),
            ),
            ("language", described(|it| it.language.is_some())),
            ("country", described(|it| it.country.is_some())),
            ("time_zone", described(|it| it.time_zone.is_some())),
            ("pay_url", invoice.pay_url.is_some()),
            ("pdf_url", invoice.pdf_url.is_some()),
            ("issued_on", invoice.issued_on.is_some()),
        ];
        let filled = |(column, is_in): &(&str, bool)| !is_in && self.get(column).is_some();
        match read.iter().find(|it| filled(it)) {
            Some((column, _)) => Err(self.bad(column, LIKE_NONE)),
            None => Ok(()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_column.is_empty()
    }

    /// What stands in a column, if anything.
    pub(crate) fn get(&self, column: &str) -> Option<&str> {
        self.by_column.get(column).map(String::as_str)
    }

    /// What is wrong in a column.
    pub(crate) fn bad(&self, column: &str, why: impl Into<String>) -> BadRow {
        BadRow {
            line: self.line,
            column: column.to_owned(),
            why: why.into(),
        }
    }

    fn whose(&self) -> (String, String) {
        let account = self.get("account").filter(|account| *account != "default");
        let customer = self.get("customer").unwrap_or_default();
        (account.unwrap_or_default().to_owned(), customer.to_owned())
    }

    /// An invoice stands there once, by an id that no spreadsheet has taken for a number.
    pub(super) fn said_once(
        &self,
        seen: &mut BTreeMap<(String, String), u64>,
    ) -> Result<(), BadRow> {
        for column in ["id", "customer"] {
            if self.get(column).is_some_and(is_rounded) {
                let why = "was made a number by a spreadsheet, and has lost digits: let its column be text";
                return Err(self.bad(column, why));
            }
        }
        let id = (
            self.whose().0,
            self.get("id").unwrap_or_default().to_owned(),
        );
        match seen.insert(id, self.line) {
            Some(before) => Err(self.bad("id", format!("is that of line {before}, too"))),
            None => Ok(()),
        }
    }

    /// What is said of a customer is the same in all of its lines, or stands in some of them.
    pub(super) fn describe(&self, customers: &mut Customers) -> Result<(), BadRow> {
        let known = customers.entry(self.whose()).or_default();
        let of_customer = COLUMNS
            .iter()
            .filter(|(_, place)| place.starts_with("debtor."));
        for (column, _) in of_customer {
            let Some(said) = self.get(column) else {
                continue;
            };
            let (before, line) = known
                .entry(*column)
                .or_insert_with(|| (said.to_owned(), self.line));
            if before != said {
                let why = format!("is not what line {line} says of the same customer");
                return Err(self.bad(column, why));
            }
        }
        Ok(())
    }

    /// With what other lines say of the customer.
    pub(super) fn complete(&mut self, customers: &Customers) {
        for (column, (said, _)) in customers.get(&self.whose()).into_iter().flatten() {
            self.by_column.entry(column).or_insert_with(|| said.clone());
        }
    }

    /// The day that stands in a column, if any.
    pub(crate) fn day(&self, column: &str) -> Result<Option<Date>, BadRow> {
        let said = self.get(column);
        said.map(|said| day_of(said).map_err(|why| self.bad(column, why)))
            .transpose()
    }

    /// As a billing system of one's own would tell it.
    pub(super) fn canonical(&self, as_of: Timestamp) -> Result<Value, BadRow> {
        let mut said = Map::new();
        said.insert("at".to_owned(), json!(as_of.to_string()));
        for (column, place) in COLUMNS {
            let value = match column {
                "total" | "remaining" => self.amount(column)?,
                "due_on" | "issued_on" => self.day(column)?.map(|day| day.to_string()),
                _ => self.get(column).map(str::to_owned),
            };
            if let Some(value) = value {
                put(&mut said, place, json!(value));
            }
        }
        let remaining = self.amount("remaining")?;
        let is_settled = remaining.as_deref().is_some_and(amount::is_nought);
        let status = if is_settled { "paid" } else { "open" };
        put(&mut said, "invoice.status", json!(status));
        put(&mut said, "invoice.collection", json!("send_invoice"));
        if self.get("total").is_none() {
            put(&mut said, "invoice.total", json!(remaining));
        }
        Ok(Value::Object(said))
    }

    fn amount(&self, column: &str) -> Result<Option<String>, BadRow> {
        let Some(said) = self.get(column) else {
            return Ok(None);
        };
        let currency = self.get("currency").unwrap_or_default();
        // A currency that nobody knows is told as such.
        let decimals = Currency::parse(currency).map_or(2, |currency| currency.decimals());
        let plain = amount::plain(said, decimals);
        plain.map(Some).map_err(|why| self.bad(column, why))
    }
}

/// A day as `2027-02-15`, or what is wrong with it.
pub(crate) fn day_of(said: &str) -> Result<Date, String> {
    let day = parse_day(said);
    day.ok_or_else(|| format!("is {}, not a day like 2027-02-15", quoted(said)))
}

/// A day as `2027-02-15`, and nothing behind it: a time would be lost without a word.
pub(crate) fn parse_day(said: &str) -> Option<Date> {
    let day = said.parse().ok();
    day.filter(|_| said.len() == "2027-02-15".len())
}

/// As `4,71E+17`, which is how a spreadsheet shows a long number.
fn is_rounded(id: &str) -> bool {
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    id.split_once("E+").is_some_and(|(number, power)| {
        let (first, rest) = number.split_at(number.len().min(1));
        let rest = rest.trim_start_matches([',', '.']);
        are_digits(first) && (rest.is_empty() || are_digits(rest)) && are_digits(power)
    })
}

/// Puts a value at a place as `invoice.metadata.relance_plan`.
fn put(into: &mut Map<String, Value>, place: &str, value: Value) {
    match place.split_once('.') {
        None => drop(into.insert(place.to_owned(), value)),
        Some((object, rest)) => {
            let object = into.entry(object).or_insert_with(|| json!({}));
            if let Value::Object(object) = object {
                put(object, rest, value);
            }
        }
    }
}
