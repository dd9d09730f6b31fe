//! How far long work has come, for whoever watches.

use std::io::{IsTerminal, Write, stderr};

/// A line at the foot of a terminal; elsewhere, nothing.
pub(crate) struct Line {
    is_watched: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            is_watched: stderr().is_terminal(),
        }
    }
}

impl Line {
    pub(crate) fn show(&mut self, text: &str) {
        if self.is_watched {
            eprint!("\r\x1b[K{text}");
            let _ = stderr().flush();
        }
    }

    /// Leaves the terminal as it was.
    pub(crate) fn end(&mut self) {
        if self.is_watched {
            eprint!("\r\x1b[K");
        }
    }
}
