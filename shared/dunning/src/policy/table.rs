//! `relance.toml`, table by table and key by key: what is wrong is noted with its place, and reading goes on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::value::{did_you_mean, line_and_column};

/// All that is wrong in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPolicy {
    faults: Vec<Fault>,
    warnings: Vec<Fault>,
}

/// One thing in a policy that is wrong, or most likely not meant, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line; the first for what stands nowhere.
    pub line: usize,
    /// The sign of that line, from 1.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub what: String,
}

impl BadPolicy {
    /// Each fault, by its place.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// What is right, and most likely not meant.
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.what)
    }
}

impl fmt::Display for BadPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.faults.iter().enumerate() {
            let before = if place == 0 { "" } else { "\n" };
            write!(f, "{before}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BadPolicy {}

impl Fault {
    /// What is wrong with a text of a policy: with the value of a key like `company.team`, and in it with a word.
    pub fn of_value(text: &str, key: &str, word: &str, what: String) -> Self {
        let (whole, _) = DeTable::parse_recoverable(text);
        let (mut span, mut table) = (0..0, Some(whole.into_inner()));
        for part in key.split('.') {
            let Some(value) = table.take().and_then(|mut table| table.remove(part)) else {
                break;
            };
            span = value.span();
            if let DeValue::Table(inside) = value.into_inner() {
                table = Some(inside);
            }
        }
        let page = Page::new(text);
        page.fault(page.place_within(span, word), what)
    }
}

/// The text that is read, and what is wrong with it so far.
pub(super) struct Page<'t> {
    text: &'t str,
    faults: RefCell<Vec<Fault>>,
    warnings: RefCell<Vec<Fault>>,
}

impl<'t> Page<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            faults: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// The whole of it, as far as it is TOML.
    pub(super) fn whole(&self) -> Table<'t, '_> {
        let (whole, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            self.note(error.span().map_or(0, |span| span.start), error.message());
        }
        Table::new(self, String::new(), 0, whole.into_inner())
    }

    /// Notes what is wrong at a place.
    fn note(&self, at: usize, what: impl Into<String>) {
        self.faults.borrow_mut().push(self.fault(at, what.into()));
    }

    /// Where a word stands in what is written at a place; the place itself, if it is not to be seen there.
    fn place_within(&self, span: Range<usize>, word: &str) -> usize {
        let written = self.text.get(span.clone()).unwrap_or_default();
        span.start + written.find(word).unwrap_or_default()
    }

    fn fault(&self, at: usize, what: String) -> Fault {
        let (line, column) = line_and_column(self.text, at);
        Fault { line, column, what }
    }

    /// What was read, unless anything of it is wrong; and what is most likely not meant.
    pub(super) fn judge<T>(self, read: Option<T>) -> Result<(T, Vec<Fault>), BadPolicy> {
        let [faults, warnings] = [self.faults, self.warnings].map(|noted| {
            let mut noted = noted.into_inner();
            noted.sort();
            noted.dedup();
            noted
        });
        match read {
            Some(read) if faults.is_empty() => Ok((read, warnings)),
            // Whatever is missing was noted.
            _ => Err(BadPolicy { faults, warnings }),
        }
    }
}

/// What the reader expected, as people say it.
fn in_words(message: &str) -> String {
    let words = [
        ("u8", "a whole number up to 255"),
        ("i32", "a whole number"),
        ("a nonzero u16", "a whole number from 1 to 65535"),
        ("a sequence", "a list"),
    ];
    let said = message.split_once("expected ");
    let said = said.and_then(|(before, expected)| {
        let (_, word) = words.iter().find(|(rust, _)| *rust == expected)?;
        Some(format!("{before}expected {word}"))
    });
    said.unwrap_or_else(|| message.to_owned())
}

/// A table of which each key is taken once.
pub(super) struct Table<'t, 'p> {
    page: &'p Page<'t>,
    /// As `calendar`; nothing for the whole.
    name: String,
    at: usize,
    entries: BTreeMap<String, (usize, Spanned<DeValue<'t>>)>,
    known: Vec<&'static str>,
}

impl<'t, 'p> Table<'t, 'p> {
    fn new(page: &'p Page<'t>, name: String, at: usize, table: DeTable<'t>) -> Self {
        let entries = table.into_iter();
        let entries = entries.map(|(key, value)| {
            let at = key.span().start;
            (key.into_inner().into_owned(), (at, value))
        });
        Self {
            page,
            name,
            at,
            entries: entries.collect(),
            known: Vec::new(),
        }
    }

    /// A value that may be missing; `None`, too, for one that is not as it should be, which is noted.
    pub(super) fn optional<T: Deserialize<'t>>(&mut self, key: &'static str) -> Option<Spanned<T>> {
        self.known.push(key);
        let (_, value) = self.entries.remove(key)?;
        let span = value.span();
        match T::deserialize(value.into_deserializer()) {
            Ok(value) => Some(Spanned::new(span, value)),
            Err(error) => {
                let at = error.span().unwrap_or(span).start;
                let what = format!("{}: {}", self.path(key), in_words(error.message()));
                self.page.note(at, what);
                None
            }
        }
    }

    /// A value that must be there.
    pub(super) fn required<T: Deserialize<'t>>(&mut self, key: &'static str) -> Option<Spanned<T>> {
        if !self.entries.contains_key(key) {
            self.page
                .note(self.at, format!("{} is missing", self.path(key)));
        }
        self.optional(key)
    }

    /// A table in it. One that is missing is empty.
    pub(super) fn table(&mut self, key: &'static str) -> Table<'t, 'p> {
        self.known.push(key);
        let name = self.path(key);
        match self.entries.remove(key) {
            None => Table::new(self.page, name, self.at, DeTable::new()),
            Some((_, value)) => self.as_table(name, value),
        }
    }

    /// Whether a key is there, and was not taken yet.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Whether a key is there and holds a table.
    pub(super) fn is_table(&self, key: &str) -> bool {
        let entry = self.entries.get(key);
        entry.is_some_and(|(_, value)| value.get_ref().is_table())
    }

    /// All tables in it, by their names.
    pub(super) fn tables(mut self) -> Vec<(Spanned<String>, Table<'t, 'p>)> {
        let entries = std::mem::take(&mut self.entries).into_iter();
        let tables = entries.map(|(key, (at, value))| {
            let name = self.path(&key);
            let end = at + key.len();
            (Spanned::new(at..end, key), self.as_table(name, value))
        });
        tables.collect()
    }

    /// A list of tables in it.
    pub(super) fn list(&mut self, key: &'static str) -> Vec<Table<'t, 'p>> {
        self.known.push(key);
        let Some((at, value)) = self.entries.remove(key) else {
            return Vec::new();
        };
        let DeValue::Array(list) = value.into_inner() else {
            self.page
                .note(at, format!("{key} must be written as [[{key}]]"));
            return Vec::new();
        };
        let tables = list.into_iter();
        tables
            .map(|value| self.as_table(key.to_owned(), value))
            .collect()
    }

    fn as_table(&self, name: String, value: Spanned<DeValue<'t>>) -> Table<'t, 'p> {
        let at = value.span().start;
        let table = match value.into_inner() {
            DeValue::Table(table) => table,
            other => {
                let what = other.type_str();
                self.page
                    .note(at, format!("{name} must be a table, and is: {what}"));
                DeTable::new()
            }
        };
        Table::new(self.page, name, at, table)
    }

    /// What is left has a name that nobody knows.
    pub(super) fn end(&self) {
        let known = self.known.join(", ");
        for (key, (at, _)) in &self.entries {
            let path = self.path(key);
            let meant = did_you_mean(key, self.known.iter().copied());
            let what = format!("{path} is unknown{meant}; there is {known}");
            self.page.note(*at, what);
        }
    }

    /// Notes what is wrong at a place.
    pub(super) fn note(&self, at: usize, what: impl Into<String>) {
        self.page.note(at, what);
    }

    /// Notes what is right, and most likely not meant.
    pub(super) fn warn(&self, at: usize, what: impl Into<String>) {
        let warning = self.page.fault(at, what.into());
        self.page.warnings.borrow_mut().push(warning);
    }

    /// Where a word stands in what is written at a place; the place itself, if it is not to be seen there.
    pub(super) fn place_within(&self, span: Range<usize>, word: &str) -> usize {
        self.page.place_within(span, word)
    }

    /// Where a key stands that was not taken yet; where the table begins, if there is none.
    pub(super) fn place_of(&self, key: &str) -> usize {
        self.entries.get(key).map_or(self.at, |(at, _)| *at)
    }

    /// Where it begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        }
    }
}
