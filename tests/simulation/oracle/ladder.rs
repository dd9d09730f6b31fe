//! One rung at a time: what left for an invoice, one after the other, against the policy's distances.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::{Court, SLACK};

/// A step that left.
struct Left {
    rank: usize,
    at: Timestamp,
    on: Date,
    tick: u64,
}

impl Court<'_> {
    /// A mail that duns for what is late asks nothing about what is not.
    pub(super) fn one_side_of_the_due_date(&mut self) {
        for (_, claim, claimed) in self.letters() {
            let steps = claimed.steps.iter();
            let sides: BTreeSet<bool> = steps.map(|(_, step)| self.is_question(step)).collect();
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

    fn is_question(&self, step: &str) -> bool {
        let scheme = &self.story.scheme;
        let rank = scheme.rank(step).expect("steps are the policy's");
        scheme.steps[rank].is_question()
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
        let scheme = &self.story.scheme;
        let files = self
            .history
            .pictures
            .iter()
            .flat_map(|picture| &picture.files);
        for (debtor, file, _) in files {
            let zone = self.customer(debtor).zone();
            for invoice in file.open.values() {
                let planned = invoice.scheduled().filter_map(|(step, at)| {
                    let rank = scheme.rank(step.as_str())?;
                    let is_reminder = scheme.steps[rank].is_reminder();
                    is_reminder.then(|| (rank, at.to_zoned(zone.clone()).date()))
                });
                let planned: Vec<(usize, Date)> = planned.collect();
                for pair in planned.windows(2) {
                    let [(milder, first), (harsher, then)] = [pair[0], pair[1]];
                    let apart = i64::from((then - first).get_days());
                    if apart < scheme.distance(milder, harsher) {
                        let (id, name) = (invoice.id(), &scheme.steps[harsher].id);
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
        let scheme = &self.story.scheme;
        let last = scheme.last_mail();
        let added = scheme.steps.iter().rposition(|step| step.is_added);
        let (Some(edited_at), Some(added)) = (
            self.story.policy_changes_at,
            added.filter(|added| *added > last),
        ) else {
            return;
        };
        for invoice in &self.story.invoices {
            let known = self.begun(invoice, u64::MAX);
            let left = self.left(invoice);
            let mut ended = left.iter().filter(|left| left.rank == last);
            let was_past = known.iter().all(|told| {
                let country = self.story.customers[told.facts.customer].country;
                let days = told.facts.due_on();
                let days = days.map(|due| scheme.days(added, due, country));
                let edited_on = edited_at.to_zoned(jiff::tz::TimeZone::UTC).date();
                // What is counted from the step before it comes later where that one did.
                let is_due = |days: BTreeSet<Date>| days.iter().all(|day| *day < edited_on);
                !told.facts.status.is_settled() && days.is_some_and(is_due)
            });
            let had_ended = ended.any(|left| left.at + SLACK < edited_at);
            let is_dated = matches!(scheme.steps[added].on, crate::scheme::On::Due(_));
            if let Some(left) = left.iter().find(|left| left.rank == added)
                && had_ended
                && was_past
                && is_dated
            {
                let (name, on) = (&scheme.steps[added].id, left.on);
                self.breaks(
                    "one-rung",
                    format!("{name} of {invoice} left on {on}, which was added too late"),
                );
            }
        }
    }

    fn left(&self, invoice: &str) -> Vec<Left> {
        let mut left = Vec::new();
        for (mail, _, claimed) in self.letters() {
            let zone = self.customer(&claimed.debtor).zone();
            for (_, step) in claimed.steps.iter().filter(|(of, _)| of == invoice) {
                let rank = self.story.scheme.rank(step);
                left.push(Left {
                    rank: rank.expect("steps are the policy's"),
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
            let claimed = self.given_up(invoice, &self.story.scheme.steps[rank].id)?;
            let zone = self.customer(&claimed.debtor).zone();
            let on = claimed.at.to_zoned(zone).date();
            (claimed.tick < next.tick).then_some((rank, on))
        });
        below.flatten().next()
    }

    fn follows(&mut self, invoice: &str, before: &[Left], next: &Left) {
        let scheme = &self.story.scheme;
        let (step, on) = (&scheme.steps[next.rank].id, next.on);
        if let Some(harsher) = before.iter().find(|left| left.rank > next.rank) {
            let harsher = &scheme.steps[harsher.rank].id;
            self.breaks(
                "one-rung",
                format!("{step} of {invoice} left after {harsher}"),
            );
        }
        let is_reminder = |rank: usize| scheme.steps[rank].is_reminder();
        let is_needed = |rank: &usize| is_reminder(*rank) && !scheme.steps[*rank].is_optional();
        if let Some(below) = (0..next.rank).rfind(is_needed) {
            let name = &scheme.steps[below].id;
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
            if apart < scheme.distance(rank, next.rank) {
                let name = &scheme.steps[rank].id;
                self.breaks(
                    "one-rung",
                    format!("{step} of {invoice} left {apart} days after {name}"),
                );
            }
        }
        let first = self.first_contact(invoice).map(|at| at - SLACK);
        let first = first.map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date());
        // By the policy, and a day less: it is counted where the debtor is.
        let patience = scheme.patience - 1;
        if first.is_some_and(|first| on < first.saturating_add(patience.days())) {
            self.breaks(
                "one-rung",
                format!("{step} of {invoice} left on {on}, too soon"),
            );
        }
    }
}
