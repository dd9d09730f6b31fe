//! How often each kind of trouble with the tool occurred: what never occurs shows nothing.

use std::collections::BTreeMap;
use std::fmt;

use jiff::SignedDuration;

use crate::history::{History, ToldWhat};
use crate::story::{Status, Story};
use crate::tool::Said;
use crate::weather::Weather;

const KINDS: [&str; 22] = [
    "policies of their own",
    "policies edited",
    "calls asked for",
    "signals told",
    "signals undone",
    "worlds with a key",
    "changes lost for ever",
    "payments typed in by hand",
    "changes told days late",
    "looks that were answered",
    "looks that found it settled",
    "invoices forgotten",
    "comparisons",
    "tool down",
    "tool slow",
    "429",
    "429 with Retry-After",
    "401 or 403",
    "html",
    "broken JSON",
    "another invoice",
    "test mode",
];

/// Counts by kind.
pub(crate) struct Tally(BTreeMap<&'static str, usize>);

impl Tally {
    pub(crate) fn new() -> Self {
        Self(KINDS.into_iter().map(|kind| (kind, 0)).collect())
    }

    fn add(&mut self, kind: &'static str, count: usize) {
        *self.0.get_mut(kind).expect("it is one of the kinds") += count;
    }

    /// Counts what occurred in a history.
    pub(crate) fn count(&mut self, story: &Story, history: &History) {
        let untold = story.tellings.iter().filter(|told| told.sent.is_empty());
        let is_paid = |kind| matches!(kind, "paid" | "payment_succeeded");
        let (paid, lost): (Vec<_>, Vec<_>) = untold.partition(|told| is_paid(told.kind));
        let is_late = |at: jiff::Timestamp, sent: &[jiff::Timestamp]| {
            let first = sent.iter().min();
            first.is_some_and(|first| first.duration_since(at) > SignedDuration::from_hours(24))
        };
        let late = story.tellings.iter();
        let late = late.filter(|told| is_late(told.at, &told.sent)).count();
        self.add("policies of their own", usize::from(story.scheme.is_drawn));
        self.add(
            "policies edited",
            usize::from(story.policy_changes_at.is_some()),
        );
        for told in &history.told {
            let kind = match told.what {
                ToldWhat::Call => "calls asked for",
                ToldWhat::Signal => "signals told",
                ToldWhat::Over => "signals undone",
            };
            self.add(kind, 1);
        }
        self.add("worlds with a key", usize::from(story.has_key));
        self.add("payments typed in by hand", paid.len());
        self.add("changes lost for ever", lost.len());
        self.add("changes told days late", late);
        self.add("comparisons", history.compared);
        for asked in &history.asked {
            let took = asked.at.duration_since(asked.began);
            self.add(
                "tool slow",
                usize::from(took > SignedDuration::from_secs(4)),
            );
            match &asked.said {
                Said::Invoice {
                    listed: false,
                    shown,
                    ..
                } => {
                    self.add("looks that were answered", 1);
                    if shown.facts.status != Status::Open {
                        self.add("looks that found it settled", 1);
                    }
                }
                Said::Invoice { .. } | Said::Cash { .. } => {}
                Said::Missing(_) => self.add("invoices forgotten", 1),
                Said::Trouble(weather) => self.add(name(*weather), 1),
            }
        }
    }

    /// Kinds that never occurred.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let counts = self.0.iter();
        let never = counts.filter(|(_, count)| **count == 0);
        never.map(|(kind, _)| *kind).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, count) in &self.0 {
            writeln!(f, "{count:8} {kind}")?;
        }
        Ok(())
    }
}

fn name(weather: Weather) -> &'static str {
    match weather {
        Weather::Status(401 | 403) => "401 or 403",
        Weather::Fine | Weather::Slow | Weather::Unreachable | Weather::Status(_) => "tool down",
        Weather::Busy(None) => "429",
        Weather::Busy(Some(_)) => "429 with Retry-After",
        Weather::Html => "html",
        Weather::Cut => "broken JSON",
        Weather::Another => "another invoice",
        Weather::TestMode => "test mode",
    }
}
