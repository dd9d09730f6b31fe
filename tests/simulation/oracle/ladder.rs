//! One rung at a time: what left for an invoice, one after the other, against the policy's distances.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{ADDED_STEPS, Court, EDITED_STEP, SLACK, STEPS};
use jiff::{Timestamp, ToSpan};

/// By the policy: a step may follow the one before it three days sooner than their distance, never on its day.
const GRACE: i64 = 3;
/// By the policy: the days that a debtor has had an invoice before anything is sent about it.
const PATIENCE: i64 = 3;

/// So many days late is the step that is added after the last.
const ADDED_DAYS: i32 = 30;

/// A step that left.
struct Left {
    rank: usize,
    step: String,
    at: Timestamp,
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

    /// What is planned of a ladder at rest keeps its distances, too: nobody is shown dates that will not be.
    pub(super) fn planned_apart(&mut self) {
        let files = self
            .history
            .pictures
            .iter()
            .flat_map(|picture| &picture.files);
        for (debtor, file, _) in files {
            let zone = self.customer(debtor).zone();
            for invoice in file.open.values() {
                let planned = invoice.scheduled().filter_map(|(step, at)| {
                    let rank = STEPS.iter().position(|(name, _)| *name == step.as_str())?;
                    (STEPS[rank].1 > 0).then(|| (rank, at.to_zoned(zone.clone()).date()))
                });
                let planned: Vec<(usize, Date)> = planned.collect();
                for pair in planned.windows(2) {
                    let [(milder, first), (harsher, then)] = [pair[0], pair[1]];
                    let apart = i64::from((then - first).get_days());
                    if apart < distance(milder, harsher) {
                        let (id, name) = (invoice.id(), STEPS[harsher].0);
                        self.breaks(
                            "one-rung",
                            format!("{name} of {id} is planned {apart} days after the one below"),
                        );
                    }
                }
            }
        }
    }

    /// Who had heard the last step before another one was added, whose day had come by then, hears nothing of that.
    pub(super) fn added_late(&mut self) {
        let Some(edited_at) = self.story.policy_changes_at else {
            return;
        };
        for invoice in &self.story.invoices {
            let known = self.begun(invoice, u64::MAX);
            let left = self.left(invoice);
            let mut ended = left.iter().filter(|left| left.step == "late-21");
            let was_past = known.iter().all(|told| {
                let due_on = told.facts.due_on();
                let added = due_on.map(|due| due.saturating_add(ADDED_DAYS.days()));
                let edited_on = edited_at.to_zoned(jiff::tz::TimeZone::UTC).date();
                !told.facts.status.is_settled() && added.is_some_and(|day| day < edited_on)
            });
            let had_ended = ended.any(|left| left.at + SLACK < edited_at);
            if let Some(added) = left.iter().find(|left| left.step == "late-30")
                && had_ended
                && was_past
            {
                let on = added.on;
                self.breaks(
                    "one-rung",
                    format!("late-30 of {invoice} left on {on}, which was added too late"),
                );
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
                    at: mail.at,
                    on: mail.at.to_zoned(zone.clone()).date(),
                    tick: mail.tick,
                });
            }
        }
        left.sort_by_key(|left| left.tick);
        left
    }

    /// The highest step below that was given up by then, and the day of its last claim.
    fn given_up_before(&self, invoice: &str, next: &Left) -> Option<(usize, Date)> {
        let below = (0..next.rank).rev().map(|rank| {
            let claimed = self.given_up(invoice, STEPS[rank].0)?;
            let zone = self.customer(&claimed.debtor).zone();
            let on = claimed.at.to_zoned(zone).date();
            (claimed.tick < next.tick).then_some((rank, on))
        });
        below.flatten().next()
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
        let below = (0..next.rank).rfind(|rank| !ADDED_STEPS.contains(&STEPS[*rank].0));
        if let Some(below) = below.filter(|below| is_reminder(*below)) {
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
        let last = last.map(|last| (last.rank, last.on));
        // Of one that was given up nobody knows whether it left: it counts as if it had.
        let last = self.given_up_before(invoice, next).max(last);
        if let Some((rank, last_on)) =
            last.filter(|(rank, _)| is_reminder(*rank) && is_reminder(next.rank))
        {
            let apart = i64::from((on - last_on).get_days());
            if apart < distance(rank, next.rank) {
                let name = STEPS[rank].0;
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
