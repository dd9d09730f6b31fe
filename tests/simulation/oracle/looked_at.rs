//! What was settled and is owed again, and what was late for long when it came: it waits for a person, and goes on when
//! that one has looked.

use jiff::{Timestamp, ToSpan};

use super::{Court, last_settled};
use crate::instructions::{About, Want};
use crate::story::{Customer, Status};

impl Court<'_> {
    /// Nothing leaves for what was late for long when it came in, by all that was told by then.
    pub(super) fn too_late_is_held(&mut self) {
        for (_, claim, claimed) in self.letters() {
            let customer = self.customer(&claimed.debtor);
            for (invoice, step) in &claimed.steps {
                let is_released = self
                    .said_of_release(invoice)
                    .any(|(_, tick)| tick < claimed.tick);
                if !is_released && self.is_too_late(invoice, customer) {
                    self.breaks(
                        "held-is-held",
                        format!("{step} of {invoice} left ({claim}), which came too late"),
                    );
                }
            }
        }
    }

    /// Its entry lies between the first word of it that began to come in and the first that was taken in.
    fn is_too_late(&self, invoice: &str, customer: &Customer) -> bool {
        let taken_in = self.history.acknowledged.iter();
        let taken_in = taken_in.filter_map(|(index, (tick, _))| {
            let told = self.story.tellings.get(*index)?;
            let is_entry = told.invoice == invoice && told.facts.status != Status::Draft;
            is_entry.then_some(*tick)
        });
        let Some(entered) = taken_in.min() else {
            return false;
        };
        // By the policy: later than that at its entry, an invoice is for a person.
        let limit = self.story.scheme.limit;
        let begun = self.begun(invoice, entered).into_iter();
        let mut begun = begun.filter(|told| told.facts.status != Status::Draft);
        begun.all(|told| {
            let came = told.sent.iter().min().copied().unwrap_or(told.at);
            let today = came.to_zoned(customer.zone()).date();
            // A day more: it is counted where the debtor was.
            let is_late = |due: jiff::civil::Date| today > due.saturating_add((limit + 1).days());
            told.facts.status == Status::Open
                && told.facts.remaining > 0
                && told.facts.due_on().is_some_and(is_late)
        })
    }

    /// Late for long when it came in, by any due date that it had.
    pub(super) fn may_be_too_late(&self, invoice: &str, customer: &Customer) -> bool {
        let first = self.first_contact(invoice);
        let mut due_dates = self.due_dates(invoice, u64::MAX).into_iter();
        due_dates.any(|due| {
            let limit = due.saturating_add((self.story.scheme.limit - 1).days());
            first.is_none_or(|first| first.to_zoned(customer.zone()).date() > limit)
        })
    }

    /// The releases of an invoice that somebody began to say, and when.
    pub(super) fn said_of_release(&self, invoice: &str) -> impl Iterator<Item = (usize, u64)> {
        let said = self.history.said.iter();
        let said = said.filter(move |(instruction, _)| {
            let instructed = &self.story.instructions[**instruction];
            instructed.want == Want::Release
                && matches!(&instructed.about, About::Invoice(id) if id == invoice)
        });
        said.map(|(instruction, tick)| (*instruction, *tick))
    }

    /// Whether a person may have let an invoice go before a turn, though it was settled at that moment: it was said
    /// when that, or a later end, may have been in the file.
    pub(super) fn may_be_let_go(&self, invoice: &str, settled: Timestamp, before: u64) -> bool {
        let mut said = self.said_of_release(invoice);
        said.any(|(instruction, tick)| {
            let answered = self.history.answered.get(&instruction);
            let until = answered.map_or(u64::MAX, |(tick, _)| *tick);
            let known = self.begun(invoice, until);
            tick < before && last_settled(&known).is_some_and(|known| known >= settled)
        })
    }

    /// Whether a person surely let it go, and nothing was told of it since.
    pub(super) fn is_let_go(&self, invoice: &str) -> bool {
        let mut said = self.said_of_release(invoice);
        said.any(|(instruction, tick)| {
            let answered = self.history.answered.get(&instruction);
            let is_obeyed = answered.is_some_and(|(_, obeyed)| *obeyed);
            let all = self.acknowledged(invoice, u64::MAX).len();
            is_obeyed
                && self.acknowledged(invoice, tick).len() == all
                && !self.is_shown_settled_after(invoice, tick)
        })
    }

    /// The tool answered after a turn that it is settled.
    fn is_shown_settled_after(&self, invoice: &str, after: u64) -> bool {
        let answers = self.answers(invoice, u64::MAX);
        let before = self.answers(invoice, after).count();
        answers
            .skip(before)
            .any(|told| told.facts.status.is_settled())
    }
}
