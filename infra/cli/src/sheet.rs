//! Invoices as a person has them in a file of comma-separated values.

mod amount;
mod columns;
mod fields;

use std::collections::BTreeMap;
use std::path::Path;

use dunning::billing::{By, InvoiceEvent};
use dunning::policy::Source;
use dunning::value::{EventId, SourceName};
use jiff::Timestamp;
use sources::Tool;

pub(crate) use self::amount::quoted;
pub(crate) use self::columns::NoSheet;
use self::columns::{columns, of_place};
pub(crate) use self::fields::{BadRow, Fields, day_of, parse_day};
use self::fields::{Customers, LIKE_NONE};

/// All that a file says.
#[derive(Debug)]
pub(crate) struct Sheet<T> {
    pub(crate) rows: Vec<Row<T>>,
    pub(crate) bad: Vec<BadRow>,
}

/// A line: an invoice, and what stands beside it.
#[derive(Debug)]
pub(crate) struct Row<T> {
    pub(crate) event: InvoiceEvent,
    pub(crate) besides: T,
}

/// What a file is read by.
pub(crate) struct Reader<'a> {
    pub(crate) tool: &'a Tool,
    pub(crate) source: &'a SourceName,
    pub(crate) settings: &'a Source,
    /// What the file says was so then.
    pub(crate) as_of: Timestamp,
    /// When it is brought in.
    pub(crate) now: Timestamp,
    /// The columns that may stand in it beside those of an invoice.
    pub(crate) besides: &'static [&'static str],
}

/// The text of a file.
pub(crate) fn text(file: &Path) -> Result<String, NoSheet> {
    let bytes = std::fs::read(file).map_err(|why| NoSheet::Unreadable(file.to_owned(), why))?;
    let text = String::from_utf8(bytes).map_err(|_| NoSheet::NotUtf8(file.to_owned()))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

impl Reader<'_> {
    /// Reads the text of a file. `besides` reads what a line says beside its invoice, by the file's columns. A line that
    /// makes no sense stops none of the others.
    pub(crate) fn read<T>(
        &self,
        (file, text): (&Path, &str),
        besides: impl Fn(&Fields, &[&'static str]) -> Result<T, BadRow>,
    ) -> Result<Sheet<T>, NoSheet> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(text))
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(text.as_bytes());
        let malformed = |why: csv::Error| NoSheet::Malformed {
            file: file.to_owned(),
            why: why.to_string(),
        };
        let header = reader.headers().map_err(malformed)?;
        let columns = columns(file, header, self.besides)?;
        let (mut lines, mut bad) = (Vec::new(), Vec::new());
        for record in reader.records() {
            let record = record.map_err(malformed)?;
            match Fields::of(&record, &columns) {
                Ok(fields) if fields.is_empty() => {}
                Ok(fields) => lines.push(fields),
                Err(why) => bad.push(why),
            }
        }
        let rows = self.understand(lines, |fields| besides(fields, &columns), &mut bad);
        bad.sort_by_key(|bad| bad.line);
        Ok(Sheet { rows, bad })
    }

    fn understand<T>(
        &self,
        mut lines: Vec<Fields>,
        besides: impl Fn(&Fields) -> Result<T, BadRow>,
        bad: &mut Vec<BadRow>,
    ) -> Vec<Row<T>> {
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
            let row = besides(&fields).and_then(|besides| {
                let event = self.invoice(&fields)?;
                Ok(Row { event, besides })
            });
            row.map_err(|why| bad.push(why)).ok()
        });
        rows.collect()
    }

    fn invoice(&self, fields: &Fields) -> Result<InvoiceEvent, BadRow> {
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
            let why = if nonsense.why.contains('@') {
                LIKE_NONE
            } else {
                nonsense.why.as_str()
            };
            fields.bad(of_place(place), why)
        })?;
        fields.are_all_in(&event)?;
        Ok(event)
    }
}

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
