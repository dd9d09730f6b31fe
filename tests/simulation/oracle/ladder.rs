//! One rung at a time: what left for an invoice, one after the other, against the policy's distances.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Court, EDITED_STEP, SLACK, STEPS};
use jiff::ToSpan;

/// By the policy: a step may follow the one before it three days sooner than their distance, never on its day.
const GRACE: i64 = 3;
/// By the policy: the days that a debtor has had an invoice before anything is sent about it.
const PATIENCE: i64 = 3;

/// A step that left.
struct Left {
    rank: usize,
    step: String,
    on: Date,
    tick: u64,
}

impl Court<'_> {
    /// A mail that duns for what is late asks nothing about what is not.
    pub(super) fn one_side_of_the_due_date(&mut self) {
        for (_, claim, claimed) in self.letters() {
            let days = |step: &str| {
                STEPS
                    .iter()
                    .find(|(name, _)| *name == step)
                    .map(|(_, days)| *days)
            };
            let sides: BTreeSet<bool> = claimed
                .steps
                .iter()
                .filter_map(|(_, step)| days(step).map(|days| days > 0))
                .collect();
            if sides.len() > 1 {
                self.breaks(
                    "one-rung",
                    format!(
                        "the mail {claim} asks about what is to come, and duns for what is late"
                    ),
                );
            }
        }
    }

    pub(super) fn one_rung_at_a_time(&mut self) {
        for invoice in &self.story.invoices {
            let left = self.left(invoice);
            for (place, next) in left.iter().enumerate() {
                self.follows(invoice, &left[..place], next);
            }
        }
    }

    fn left(&self, invoice: &str) -> Vec<Left> {
        let mut left = Vec::new();
        for (mail, _, claimed) in self.letters() {
            let zone = self.customer(&claimed.debtor).zone();
            for (_, step) in claimed.steps.iter().filter(|(of, _)| of == invoice) {
                let rank = STEPS.iter().position(|(name, _)| name == step);
                left.push(Left {
                    rank: rank.expect("steps are the policy's"),
                    step: step.clone(),
                    on: mail.at.to_zoned(zone.clone()).date(),
                    tick: mail.tick,
                });
            }
        }
        left.sort_by_key(|left| left.tick);
        left
    }

    fn follows(&mut self, invoice: &str, before: &[Left], next: &Left) {
        let (step, on) = (&next.step, next.on);
        if let Some(milder) = before.iter().find(|left| left.rank > next.rank) {
            let harsher = &milder.step;
            self.breaks(
                "one-rung",
                format!("{step} of {invoice} left after {harsher}"),
            );
        }
        let is_reminder = |rank: usize| STEPS[rank].1 > 0;
        let below = next.rank.checked_sub(1).filter(|below| is_reminder(*below));
        if let Some(below) = below {
            let name = STEPS[below].0;
            let was_said = before.iter().any(|left| left.rank == below);
            if !was_said && !self.was_given_up(invoice, name) {
                self.breaks(
                    "one-rung",
                    format!("{step} of {invoice} left before {name}"),
                );
            }
        }
        let last = before.iter().rfind(|left| left.rank < next.rank);
        if let Some(last) = last.filter(|last| is_reminder(last.rank) && is_reminder(next.rank)) {
            let apart = i64::from((on - last.on).get_days());
            if apart < distance(last.rank, next.rank) {
                let name = &last.step;
                self.breaks(
                    "one-rung",
                    format!("{step} of {invoice} left {apart} days after {name}"),
                );
            }
        }
        let first = self.first_contact(invoice).map(|at| at - SLACK);
        let first = first.map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date());
        // A day less: it is counted where the debtor is.
        if first.is_some_and(|first| on < first.saturating_add((PATIENCE - 1).days())) {
            self.breaks(
                "one-rung",
                format!("{step} of {invoice} left on {on}, too soon"),
            );
        }
    }
}

/// The least number of days between two steps, by whichever policy counted.
fn distance(from: usize, to: usize) -> i64 {
    let days = |rank: usize| {
        let (name, days) = STEPS[rank];
        let edited = (name == EDITED_STEP.0).then_some(EDITED_STEP.1);
        (
            days.min(edited.unwrap_or(days)),
            days.max(edited.unwrap_or(days)),
        )
    };
    (days(to).0 - days(from).1 - GRACE).max(1)
}
