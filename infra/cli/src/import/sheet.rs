//! The open invoices of a source, as a person has them in a file of comma-separated values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use ask::Row;
use dunning::billing::{By, InvoiceEvent, Profile};
use dunning::policy::{Policy, Source};
use dunning::rules::{Before, Sent};
use dunning::value::{Currency, EventId, SourceName, StepId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use sources::Tool;

use super::amount::{self, quoted};
use super::as_of::parse_day;

/// The columns by their names, and where each stands in the canonical event.
const COLUMNS: [(&str, &str); 28] = [
    ("id", "invoice.id"),
    ("customer", "customer"),
    ("account", "account"),
    ("number", "invoice.number"),
    ("currency", "invoice.currency"),
    ("total", "invoice.total"),
    ("remaining", "invoice.remaining"),
    ("due_on", "invoice.due_on"),
    ("issued_on", "invoice.issued_on"),
    ("po_number", "invoice.po_number"),
    ("pay_url", "invoice.pay_url"),
    ("pdf_url", "invoice.pdf_url"),
    ("relance_plan", "invoice.metadata.relance_plan"),
    ("relance_contact", "invoice.metadata.relance_contact"),
    ("account_manager", "invoice.metadata.account_manager"),
    ("name", "debtor.name"),
    ("email", "debtor.email"),
    ("language", "debtor.language"),
    ("country", "debtor.country"),
    ("postal_code", "debtor.postal_code"),
    ("state", "debtor.state"),
    ("time_zone", "debtor.time_zone"),
    ("kind", "debtor.kind"),
    ("registration", "debtor.registration"),
    ("vat_number", "debtor.vat_number"),
    ("already_sent", ""),
    ("promise", ""),
    ("leave_alone", ""),
];
/// Without these a file is none of open invoices.
const REQUIRED: [&str; 4] = ["id", "customer", "currency", "remaining"];

/// The file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoSheet {
    #[error("{file}: {why}", file = .0.display(), why = .1)]
    Unreadable(PathBuf, std::io::Error),
    #[error("{} is not UTF-8: save it as “CSV UTF-8”", .0.display())]
    NotUtf8(PathBuf),
    #[error("{file}: {why}", file = .file.display())]
    Malformed { file: PathBuf, why: String },
    #[error("{file}: there is no column `{column}`; there must be {REQUIRED:?}", file = .file.display())]
    Missing { file: PathBuf, column: &'static str },
    #[error("{file}: the column `{column}` is not known; known are {}", known(), file = .file.display())]
    Unknown { file: PathBuf, column: String },
    #[error("{file}: the column `{column}` stands there twice", file = .file.display())]
    Twice { file: PathBuf, column: String },
}

fn known() -> String {
    COLUMNS.map(|(column, _)| column).join(", ")
}

/// What is wrong with a line: it is not brought in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadRow {
    line: u64,
    column: String,
    why: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, why } = self;
        write!(f, "line {line}, {column}: {why}")
    }
}

/// All that a file says.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) rows: Vec<Row>,
    pub(crate) bad: Vec<BadRow>,
}

/// What a file is read by.
pub(crate) struct Reader<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) tool: &'a Tool,
    pub(crate) source: &'a SourceName,
    pub(crate) settings: &'a Source,
    /// What the file says was so then.
    pub(crate) as_of: Timestamp,
    /// When it is brought in.
    pub(crate) now: Timestamp,
}

/// A line's fields that are not empty, by their columns.
struct Fields {
    line: u64,
    by_column: BTreeMap<&'static str, String>,
}

/// What was said of a customer, and where.
type Customers = BTreeMap<(String, String), BTreeMap<&'static str, (String, u64)>>;

impl Reader<'_> {
    pub(crate) fn read(&self, file: &Path) -> Result<Sheet, NoSheet> {
        let bytes = std::fs::read(file).map_err(|why| NoSheet::Unreadable(file.to_owned(), why))?;
        let text = String::from_utf8(bytes).map_err(|_| NoSheet::NotUtf8(file.to_owned()))?;
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(text))
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(text.as_bytes());
        let malformed = |why: csv::Error| NoSheet::Malformed {
            file: file.to_owned(),
            why: why.to_string(),
        };
        let columns = columns(file, reader.headers().map_err(malformed)?)?;
        let (mut lines, mut bad) = (Vec::new(), Vec::new());
        for record in reader.records() {
            let record = record.map_err(malformed)?;
            match Fields::of(&record, &columns) {
                Ok(fields) if fields.by_column.is_empty() => {}
                Ok(fields) => lines.push(fields),
                Err(why) => bad.push(why),
            }
        }
        let rows = self.understand(lines, columns.contains(&"already_sent"), &mut bad);
        bad.sort_by_key(|bad| bad.line);
        Ok(Sheet { rows, bad })
    }

    fn understand(
        &self,
        mut lines: Vec<Fields>,
        says_sent: bool,
        bad: &mut Vec<BadRow>,
    ) -> Vec<Row> {
        let (mut seen, mut customers) = (BTreeMap::new(), Customers::new());
        let mut is_sound = |fields: &mut Fields| {
            let told = fields
                .said_once(&mut seen)
                .and_then(|()| fields.describe(&mut customers));
            told.map_err(|why| bad.push(why)).is_ok()
        };
        lines.retain_mut(&mut is_sound);
        let rows = lines.into_iter().filter_map(|mut fields| {
            fields.complete(&customers);
            let row = self.row(&fields, says_sent);
            row.map_err(|why| bad.push(why)).ok()
        });
        rows.collect()
    }

    fn row(&self, fields: &Fields, says_sent: bool) -> Result<Row, BadRow> {
        let before = self.before(fields, says_sent)?;
        let said = fields.canonical(self.as_of)?;
        if self.tool.always_names_account() && fields.get("account").is_none() {
            let why = "is missing: the tool names it with each invoice, and without it this one would be another";
            return Err(fields.bad("account", why));
        }
        // Of each run its own: what is put right in the file replaces what it said before.
        let event = EventId::parse(format!("csv-{}-{}", self.now.as_millisecond(), fields.line));
        let event = event.map_err(|why| fields.bad("id", why.to_string()))?;
        let run = u32::try_from(self.now.as_second()).unwrap_or(u32::MAX);
        let by = By::hand(self.source, run);
        let told = self
            .tool
            .told_by_hand(&said, (event, by), self.settings, self.source);
        let event = told.map_err(|nonsense| {
            let place = match nonsense.field.as_str() {
                "invoice.total" if fields.get("total").is_none() => "invoice.remaining",
                place => place,
            };
            let column = COLUMNS.iter().find(|(_, known)| *known == place);
            let column = column.map_or(place, |(column, _)| column);
            let is_told = !nonsense.why.contains('@');
            fields.bad(
                column,
                if is_told {
                    nonsense.why.as_str()
                } else {
                    LIKE_NONE
                },
            )
        })?;
        fields.are_all_in(&event)?;
        Ok(Row { event, before })
    }

    /// What was done about it before Relance.
    fn before(&self, fields: &Fields, says_sent: bool) -> Result<Before, BadRow> {
        let promised = fields.day("promise")?;
        let left_alone = match fields.get("leave_alone").map(str::to_lowercase).as_deref() {
            None | Some("no" | "false" | "0") => false,
            Some("yes" | "true" | "1" | "x") => true,
            Some(other) => {
                let why = format!("is {}, and neither `yes` nor `no`", quoted(other));
                return Err(fields.bad("leave_alone", why));
            }
        };
        let sent = match fields.get("already_sent") {
            Some(said) => self.already_sent(fields, said)?,
            None if says_sent => Sent::Nothing,
            None => Sent::Unsaid,
        };
        Ok(Before {
            sent,
            promised,
            left_alone,
        })
    }

    /// As `late-10`, or `late-10 2027-02-25`.
    fn already_sent(&self, fields: &Fields, said: &str) -> Result<Sent, BadRow> {
        let bad = |why: String| fields.bad("already_sent", why);
        let (step, day) = said
            .split_once(char::is_whitespace)
            .map_or((said, None), |(step, day)| (step, Some(day.trim())));
        let id = StepId::parse(step).map_err(|why| bad(why.to_string()))?;
        if self.policy.step(&id).is_none() {
            let sequences = self.policy.sequences.iter();
            let steps = sequences.flat_map(|sequence| &sequence.steps);
            let steps: BTreeSet<&str> = steps.map(|step| step.id.as_str()).collect();
            let steps: Vec<&str> = steps.into_iter().collect();
            let steps = steps.join(", ");
            return Err(bad(format!(
                "the policy has no step `{step}`; it has {steps}"
            )));
        }
        let zone = self.settings.time_zone.get().clone();
        let today = self.as_of.to_zoned(zone).date();
        let is_dated = day.is_some();
        let on = day.map_or(Ok(today), |day| day_of(day).map_err(bad))?;
        if on > today {
            return Err(bad(format!("{on} is after the file itself")));
        }
        Ok(Sent::Step {
            step: id,
            on,
            is_dated,
        })
    }
}

/// What cannot be used, and would be the same as nothing in what a webhook tells.
const LIKE_NONE: &str = "cannot be used: an address is like ap@company.tld, a language like fr or fr-CA, a country \
    like FR or France, a zone like Europe/Paris, a link begins with https://";

/// What stands most often in the header.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
    // Of equals, the last one counts.
    *b"\t;,"
        .iter()
        .max_by_key(|delimiter| count(delimiter))
        .unwrap_or(&b',')
}

/// A spreadsheet may have columns without a name: nothing may stand in them.
const NAMELESS: &str = "";

fn columns(file: &Path, header: &csv::StringRecord) -> Result<Vec<&'static str>, NoSheet> {
    let mut columns = Vec::new();
    for said in header {
        if said.is_empty() {
            columns.push(NAMELESS);
            continue;
        }
        let known = COLUMNS
            .iter()
            .find(|(known, _)| said.eq_ignore_ascii_case(known));
        let Some((column, _)) = known else {
            return Err(NoSheet::Unknown {
                file: file.to_owned(),
                column: said.to_owned(),
            });
        };
        if columns.contains(column) {
            return Err(NoSheet::Twice {
                file: file.to_owned(),
                column: said.to_owned(),
            });
        }
        columns.push(*column);
    }
    match REQUIRED
        .into_iter()
        .find(|column| !columns.contains(column))
    {
        Some(column) => Err(NoSheet::Missing {
            file: file.to_owned(),
            column,
        }),
        None => Ok(columns),
    }
}

impl Fields {
    fn of(record: &csv::StringRecord, columns: &[&'static str]) -> Result<Self, BadRow> {
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
    fn are_all_in(&self, event: &InvoiceEvent) -> Result<(), BadRow> {
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

    fn get(&self, column: &str) -> Option<&str> {
        self.by_column.get(column).map(String::as_str)
    }

    fn bad(&self, column: &str, why: impl Into<String>) -> BadRow {
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
    fn said_once(&self, seen: &mut BTreeMap<(String, String), u64>) -> Result<(), BadRow> {
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
    fn describe(&self, customers: &mut Customers) -> Result<(), BadRow> {
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
    fn complete(&mut self, customers: &Customers) {
        for (column, (said, _)) in customers.get(&self.whose()).into_iter().flatten() {
            self.by_column.entry(column).or_insert_with(|| said.clone());
        }
    }

    fn day(&self, column: &str) -> Result<Option<Date>, BadRow> {
        let said = self.get(column);
        said.map(|said| day_of(said).map_err(|why| self.bad(column, why)))
            .transpose()
    }

    /// As a billing system of one's own would tell it.
    fn canonical(&self, as_of: Timestamp) -> Result<Value, BadRow> {
        let mut said = Map::new();
        said.insert("at".to_owned(), json!(as_of.to_string()));
        for (column, place) in COLUMNS.iter().filter(|(_, place)| !place.is_empty()) {
            let value = match *column {
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

fn day_of(said: &str) -> Result<Date, String> {
    let day = parse_day(said);
    day.ok_or_else(|| format!("is {}, not a day like 2027-02-15", quoted(said)))
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

#[cfg(test)]
mod tests;
