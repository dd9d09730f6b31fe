//! `relance.toml`, table by table and key by key: what is wrong is noted with its line, and reading goes on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// All that is wrong in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPolicy(Vec<Fault>);

/// One thing that is wrong in a policy, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line; the first for what stands nowhere.
    pub line: usize,
    /// What is wrong, and what was expected.
    pub what: String,
}

impl BadPolicy {
    /// Each fault, by its line.
    pub fn faults(&self) -> &[Fault] {
        &self.0
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl fmt::Display for BadPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.0.iter().enumerate() {
            let before = if place == 0 { "" } else { "\n" };
            write!(f, "{before}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BadPolicy {}

/// The text that is read, and what is wrong with it so far.
pub(super) struct Page<'t> {
    text: &'t str,
    faults: RefCell<Vec<Fault>>,
}

impl<'t> Page<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            faults: RefCell::default(),
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
    pub(super) fn note(&self, at: usize, what: impl Into<String>) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = 1 + before.matches('\n').count();
        let what = what.into();
        self.faults.borrow_mut().push(Fault { line, what });
    }

    /// What was read, unless anything of it is wrong.
    pub(super) fn judge<T>(self, read: Option<T>) -> Result<T, BadPolicy> {
        let mut faults = self.faults.into_inner();
        faults.sort();
        faults.dedup();
        match read {
            Some(read) if faults.is_empty() => Ok(read),
            // Whatever is missing was noted.
            _ => Err(BadPolicy(faults)),
        }
    }
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
                self.page.note(
                    span.start,
                    format!("{}: {}", self.path(key), error.message()),
                );
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
            self.page
                .note(*at, format!("{path} is unknown; there is {known}"));
        }
    }

    pub(super) fn note(&self, at: usize, what: impl Into<String>) {
        self.page.note(at, what);
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
