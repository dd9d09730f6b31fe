//! On which day a step is, by the policy alone.

use jiff::ToSpan;
use jiff::civil::Date;

use super::choice::Choice;
use crate::calendar::{DebtorCalendar, day_after};
use crate::policy::{Anchor, PolicyStep, Roll};

/// What the days of a debt's steps are counted from.
pub(super) struct StepDays<'a> {
    pub(super) calendar: DebtorCalendar<'a>,
    pub(super) choice: &'a Choice<'a>,
    pub(super) due_on: Date,
    pub(super) issued_on: Date,
}

impl StepDays<'_> {
    fn step(&self, rank: usize) -> &PolicyStep {
        &self.choice.sequence.steps[rank]
    }

    /// The day that a step is for, whether mails leave on it or not.
    pub(super) fn meant(&self, rank: usize) -> Date {
        self.step(rank).on.after(self.from(rank), &self.calendar)
    }

    /// The day from which a step's is counted. What is counted from the step before it counts from the last one that
    /// this debt has.
    pub(super) fn from(&self, rank: usize) -> Date {
        match self.step(rank).on.from {
            Anchor::Due => self.due_on,
            Anchor::Issue => self.issued_on,
            Anchor::Previous => {
                let below = (0..rank).rev().find(|below| self.choice.wanted[*below]);
                below.map_or(self.due_on, |below| self.of(below))
            }
        }
    }

    /// The working day that a step is for; for a step before the due date, one that is still before it.
    pub(super) fn of(&self, rank: usize) -> Date {
        let step = self.step(rank);
        let date = self.meant(rank);
        let day = match step.roll {
            Roll::Later | Roll::Drop => self.calendar.sending_day_on_or_after(date),
            Roll::Earlier => self.calendar.sending_day_on_or_before(date),
        };
        if step.is_question() && day >= self.due_on {
            let before = self.due_on.saturating_sub(1.day()).min(date);
            self.calendar.sending_day_on_or_before(before)
        } else if step.mail().is_some() && step.duns() && day <= self.due_on {
            // However its day is counted and rolled: what is not late is not called so.
            let late = day_after(self.due_on);
            self.calendar.sending_day_on_or_after(late)
        } else {
            day
        }
    }
}
