//! What is stored at rest, against what was acknowledged and against itself.

use std::collections::{BTreeMap, BTreeSet};

use dunning::file::{Hold, Invoice, NotChased, Outlook, StepState};
use jiff::{SignedDuration, Timestamp};

use super::{Court, last_settled};
use crate::history::Picture;
use crate::story::{Facts, LEAST, Status};

impl Court<'_> {
    pub(super) fn nothing_lost(&mut self) {
        let told = self.story.tellings.iter();
        let told = told.map(|told| (&told.id, !told.sent.is_empty()));
        let news = self.story.news.iter().map(|news| (&news.id, true));
        for (index, (id, is_sent)) in told.chain(news).enumerate() {
            if is_sent && !self.history.acknowledged.contains_key(&index) {
                self.breaks("nothing-lost", format!("{id} was never acknowledged"));
            }
        }
        for picture in &self.history.pictures {
            let mut stored: BTreeMap<&str, Vec<(&str, &Invoice, bool)>> = BTreeMap::new();
            for (debtor, file, closed) in &picture.files {
                for (invoice, open) in file
                    .open
                    .values()
                    .map(|i| (i, true))
                    .chain(closed.iter().map(|i| (i, false)))
                {
                    stored
                        .entry(invoice.id().as_str())
                        .or_default()
                        .push((debtor, invoice, open));
                }
            }
            for id in &self.story.invoices {
                let known = self.acknowledged(id, u64::MAX);
                let stored = stored
                    .get(id.as_str())
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                match (known.last(), stored) {
                    (None, []) => {}
                    (Some(told), [(debtor, invoice, open)]) => {
                        let facts = &told.facts;
                        // What the tool answered since may be in the file, too.
                        let answers = self.answers(id, u64::MAX);
                        let newer = answers.filter(|answer| answer.age() > told.age());
                        let mut known = newer.chain([*told]);
                        let is_right =
                            known.any(|told| self.agree(&told.facts, debtor, invoice, *open));
                        drop(known);
                        if !is_right {
                            self.breaks(
                                "nothing-lost",
                                format!(
                                    "{id} is {:?}, and stored as {:?} of {debtor}",
                                    facts,
                                    invoice.balance()
                                ),
                            );
                        }
                    }
                    (known, stored) => {
                        self.breaks(
                            "nothing-lost",
                            format!("{id} is {known:?}, and stored {} times", stored.len()),
                        );
                    }
                }
            }
        }
    }

    pub(super) fn agree(&self, facts: &Facts, debtor: &str, invoice: &Invoice, open: bool) -> bool {
        use dunning::billing::Status as Stored;
        let stored = invoice.balance();
        let status = match facts.status {
            Status::Draft => Stored::Draft,
            Status::Open => Stored::Open,
            Status::Uncollectible => Stored::Uncollectible,
            Status::Paid => Stored::Paid,
            Status::Void => Stored::Void,
        };
        let closed = matches!(
            facts.status,
            Status::Paid | Status::Void | Status::Uncollectible
        );
        let remaining = if matches!(facts.status, Status::Paid | Status::Void) {
            0
        } else {
            facts.remaining
        };
        stored.status == status
            && stored.remaining.minor == remaining
            && stored.due_on == facts.due_on()
            && open != closed
            && self.customer(debtor).id == self.story.customers[facts.customer].id
    }

    /// The registered schedules are exactly the plan, and whatever is owed has a next action or a stated hold.
    pub(super) fn converges(&mut self) {
        for picture in &self.history.pictures {
            let registered: BTreeSet<_> = picture
                .schedules
                .iter()
                .map(|schedule| (schedule.name.clone(), schedule.at))
                .collect();
            let planned = planned(picture);
            if registered != planned {
                let (only_registered, only_planned) = (
                    registered.difference(&planned),
                    planned.difference(&registered),
                );
                let (a, b): (Vec<_>, Vec<_>) = (only_registered.collect(), only_planned.collect());
                self.breaks(
                    "converges",
                    format!(
                        "at {:.0}, only registered: {a:?}, only planned: {b:?}",
                        picture.at
                    ),
                );
            }
            for (debtor, file, _) in &picture.files {
                for invoice in file.open.values() {
                    self.has_an_outlook(debtor, invoice, picture.at);
                }
            }
        }
    }

    fn has_an_outlook(&mut self, debtor: &str, invoice: &Invoice, at: Timestamp) {
        let planned = invoice.steps.iter().any(dunning::file::Step::is_planned);
        let facts = invoice.balance();
        let right = match invoice.outlook {
            Outlook::Next { at: next } => planned && next + SignedDuration::from_hours(3) > at,
            Outlook::Held(Hold::NoDueDate) => facts.due_on.is_none(),
            Outlook::Held(Hold::NoAddress) => self.customer(debtor).email.is_none(),
            Outlook::Held(Hold::Paused) => self.is_paused_for_good(debtor, invoice.id().as_str()),
            Outlook::Held(Hold::TooLittle) => facts.remaining.minor < LEAST,
            Outlook::Held(Hold::Reopened) => {
                let id = invoice.id().as_str();
                let known = self.begun(id, u64::MAX);
                last_settled(&known).is_some() && !self.is_let_go(id)
            }
            Outlook::Held(Hold::NotShown) => self.is_not_shown(invoice.id().as_str()),
            Outlook::Held(Hold::TooLateAtEntry) => {
                self.may_be_too_late(invoice.id().as_str(), self.customer(debtor))
            }
            Outlook::Held(Hold::CustomerDeleted | Hold::Unapplied) => self.is_held_for_good(debtor),
            Outlook::Held(Hold::AddressBounced | Hold::AddressComplained) => {
                let email = self.customer(debtor).email.as_deref();
                email.is_some_and(|email| email.contains("simulator"))
            }
            Outlook::Finished => !planned,
            Outlook::NotChased(NotChased::Draft) => facts.status == dunning::billing::Status::Draft,
            Outlook::NotChased(NotChased::ChargedAutomatically) => {
                facts.collection == dunning::billing::Collection::ChargeAutomatically
            }
            Outlook::NotChased(_) => facts.remaining.minor == 0,
            // The tool says nothing else, or says until when.
            Outlook::Held(_) | Outlook::Newer(_) => false,
        };
        let look = invoice.look_at;
        let is_looked_at = look.is_some_and(|look| look + SignedDuration::from_hours(3) > at);
        let settled = invoice.steps.iter().all(|step| match &step.state {
            StepState::Claimed { claim, .. } => {
                self.history.said_of(claim.as_str()).next().is_some()
                    || self.is_young(claim.as_str(), at)
            }
            _ => true,
        });
        if !right || !settled || !is_looked_at {
            self.breaks(
                "converges",
                format!(
                    "{} of {debtor} stands at {at:.0} as {:?}",
                    invoice.id(),
                    invoice
                ),
            );
        }
    }

    fn is_young(&self, claim: &str, at: Timestamp) -> bool {
        let mail = self
            .history
            .mails
            .iter()
            .find(|mail| mail.claim.as_deref() == Some(claim));
        mail.is_some_and(|mail| mail.at + SignedDuration::from_hours(3) > at)
    }
}

fn planned(picture: &Picture) -> BTreeSet<(String, Timestamp)> {
    let invoices = picture.files.iter().flat_map(|(_, file, _)| {
        file.open
            .values()
            .map(|invoice| (&file.debtor.key, invoice))
    });
    let schedules = invoices.flat_map(|(debtor, invoice)| {
        let name = |step| timetable::schedule_name(debtor, invoice.id(), step);
        invoice.scheduled().map(move |(step, at)| (name(step), at))
    });
    schedules.collect()
}
