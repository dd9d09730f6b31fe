//! Where in a template something stands.

use std::error::Error as _;
use std::fmt;

use dunning::value::line_and_column;

/// A mail's file is read twice: under its own name, with every value escaped for MJML, and under
/// this prefix, as plain text.
pub(crate) const AS_TEXT: &str = "text:";

/// A place in a file of templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which file, as `fr/last.j2`.
    pub file: String,
    /// Its line; none where it is about the whole file.
    pub line: Option<usize>,
    /// The sign of that line, from 1, where it is known.
    pub column: Option<usize>,
}

impl Place {
    /// A whole file.
    pub(crate) fn file(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            column: None,
        }
    }

    /// Where a byte of a file's text stands.
    pub(crate) fn of_byte(file: &str, text: &str, at: usize) -> Self {
        let (line, column) = line_and_column(text, at);
        Self {
            file: file.to_owned(),
            line: Some(line),
            column: Some(column),
        }
    }

    /// Where the innermost of an error's causes stands, which is the reason of the others. `read` gives a file's text.
    pub(crate) fn of_error(
        error: &minijinja::Error,
        read: impl Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let innermost = innermost(error);
        let name = innermost.name()?;
        // Which of its two readings failed says nothing to whoever wrote it.
        let file = name.strip_prefix(AS_TEXT).unwrap_or(name);
        let place = start(innermost)
            .and_then(|at| Some(Self::of_byte(file, &read(file)?, at)))
            .filter(|place| place.line == innermost.line());
        Some(place.unwrap_or_else(|| Self {
            line: innermost.line(),
            ..Self::file(file)
        }))
    }

    /// Whether it is in the same line.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        self.file == other.file && self.line == other.line
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// An error in an included file is the source of another.
pub(crate) fn innermost(error: &minijinja::Error) -> &minijinja::Error {
    let mut innermost = error;
    while let Some(inner) = innermost.source().and_then(|source| source.downcast_ref()) {
        innermost = inner;
    }
    innermost
}

#[cfg(feature = "columns")]
fn start(error: &minijinja::Error) -> Option<usize> {
    error.range().map(|range| range.start)
}

#[cfg(not(feature = "columns"))]
fn start(_: &minijinja::Error) -> Option<usize> {
    None
}
