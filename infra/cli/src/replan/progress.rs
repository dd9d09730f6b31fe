//! How far it has come, for whoever watches.

use super::State;
use crate::progress::Line;

const WIDTH: usize = 30;

/// A line at the foot of a terminal; elsewhere, nothing but what is said.
pub(super) struct Progress {
    /// About as many items as the table has, if it tells.
    total: Option<usize>,
    line: Line,
    before: usize,
}

impl Progress {
    pub(super) fn new(total: Option<usize>, state: &State) -> Self {
        Self {
            total: total.filter(|total| *total > 0),
            line: Line::default(),
            before: state.items(),
        }
    }

    pub(super) fn show(&mut self, state: &State) {
        let replanned = state.replanned();
        let bar = self.bar(state.items());
        let (invoices, changed) = (replanned.invoices, replanned.changed);
        let resumed = if self.before > 0 { ", resumed" } else { "" };
        let text = format!("{bar}{invoices} open invoices, {changed} planned anew{resumed}");
        self.line.show(&text);
    }

    /// DynamoDB counts its items every six hours, so the end may come early or late.
    fn bar(&self, items: usize) -> String {
        let Some(total) = self.total else {
            return format!("{items} items, ");
        };
        let done = items.min(total);
        let full = "#".repeat(done * WIDTH / total);
        format!("[{full:<WIDTH$}] {:>3} %, ", done * 100 / total)
    }

    /// A line of its own.
    pub(super) fn say(&mut self, what: &str) {
        self.end();
        eprintln!("{what}");
    }

    pub(super) fn end(&mut self) {
        self.line.end();
    }
}
