//! What others than the debtor were told of a debt: the team, to call; the user's own automation, to act on it, and that
//! there is nothing to act on any more.

use std::collections::{BTreeMap, BTreeSet};

use aws::BusEvent;

use super::Court;
use crate::history::{Claimed, ToldWhat};
use crate::scheme::{SIGNAL, UNDO};
use crate::story::Status;

/// What was told of one step of one invoice.
#[derive(Default)]
struct OfStep<'a> {
    signalled: usize,
    undone: usize,
    /// In the order in which the bus got them.
    heard: Vec<&'a BusEvent>,
}

impl OfStep<'_> {
    /// How many there are of a kind, each counted once.
    fn heard_as(&self, kind: &str) -> usize {
        let heard = self.heard.iter();
        let heard = heard.filter(|event| event.detail_type == kind);
        let ids: BTreeSet<&str> = heard
            .filter_map(|event| event.detail["id"].as_str())
            .collect();
        ids.len()
    }
}

impl<'a> Court<'a> {
    /// By the rules of a mail: on its day and not before, in civil hours, of what is owed and not paused; and a signal
    /// after a reminder, and after a look at the tool's books.
    pub(super) fn others_are_told_of_debts_only(&mut self) {
        let history = self.history;
        for told in history
            .told
            .iter()
            .filter(|told| told.what != ToldWhat::Over)
        {
            let claimed = &told.as_claimed;
            let (invoice, step) = &claimed.steps[0];
            if !self.may_be_owed(invoice, claimed.tick) {
                let what = format!("{step} of {invoice} was told, and is not owed");
                self.breaks("paid-is-quiet", what);
            }
            if let Some(there) = self.uncivil(&claimed.debtor, claimed.at) {
                self.breaks(
                    "civil-hours",
                    format!("{step} of {invoice} was told at {there}"),
                );
            }
            if let Some(why) = self.too_early(claimed, claimed.at) {
                self.breaks("sent-when-due", why);
            }
            if let Some(instructed) = self.pause_of(claimed.at, claimed) {
                let why = &instructed.name;
                self.breaks(
                    "held-is-held",
                    format!("{step} of {invoice} was told although {why}"),
                );
            }
            if told.what == ToldWhat::Signal {
                self.may_be_signalled(claimed);
            }
        }
    }

    fn may_be_signalled(&mut self, claimed: &'a Claimed) {
        let (invoice, step) = &claimed.steps[0];
        if !self.is_warned(invoice, claimed.tick) {
            self.breaks(
                "one-rung",
                format!("{step} of {invoice} was told, and no reminder was sent"),
            );
        }
        if self.story.has_key
            && let Some(why) = self.unseen(claimed, invoice)
        {
            self.breaks("last-look", format!("{step} was told of {invoice}, {why}"));
        }
    }

    /// A reminder of it had left.
    fn is_warned(&self, invoice: &str, before: u64) -> bool {
        let scheme = &self.story.scheme;
        let is_reminder = |step: &str| {
            let rank = scheme.rank(step);
            rank.is_some_and(|rank| scheme.steps[rank].is_reminder())
        };
        self.letters().iter().any(|(_, _, claimed)| {
            let mut steps = claimed.steps.iter();
            claimed.tick < before && steps.any(|(of, step)| of == invoice && is_reminder(step))
        })
    }

    /// The automation hears what the journal says it is told, each once under one id; not of a debt that was over when
    /// the bus was back. In the end nobody is left suspended for a debt that is settled.
    pub(super) fn the_bus_has_what_was_told(&mut self) {
        let mut steps: BTreeMap<(String, String), OfStep<'a>> = BTreeMap::new();
        for told in &self.history.told {
            let of = steps.entry(told.as_claimed.steps[0].clone()).or_default();
            match told.what {
                ToldWhat::Call => {}
                ToldWhat::Signal => of.signalled += 1,
                ToldWhat::Over => of.undone += 1,
            }
        }
        for event in &self.history.bus {
            let data = |name: &str| {
                event.detail["data"][name]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            };
            let of = steps.entry((data("invoice"), data("step"))).or_default();
            of.heard.push(event);
        }
        for ((invoice, step), of) in steps {
            let (told, over) = (of.heard_as(SIGNAL), of.heard_as(UNDO));
            let is_whole = over == of.undone && told <= of.signalled && of.signalled - told <= over;
            if !is_whole {
                let OfStep {
                    signalled, undone, ..
                } = of;
                let what = format!(
                    "{step} of {invoice} was to be told {signalled} times and undone {undone}; {told} and {over} were heard"
                );
                self.breaks("told-once", what);
            }
            if of.signalled > of.undone && self.is_settled_for_good(&invoice) {
                self.breaks(
                    "told-once",
                    format!("{step} of {invoice} stands, and it is settled"),
                );
            }
            let last = of.heard.last().map(|event| event.detail_type.as_str());
            if of.signalled == of.undone && last == Some(SIGNAL) {
                self.breaks(
                    "told-once",
                    format!("{step} of {invoice} is over, and was told last"),
                );
            }
        }
    }

    /// Paid or void, by what is stored at the end.
    fn is_settled_for_good(&self, invoice: &str) -> bool {
        let known = self.acknowledged(invoice, u64::MAX);
        let is_settled = known
            .last()
            .is_some_and(|told| matches!(told.facts.status, Status::Paid | Status::Void));
        let last = self.history.pictures.last();
        let mut closed = last
            .into_iter()
            .flat_map(|picture| &picture.files)
            .flat_map(|(_, _, closed)| closed);
        is_settled && closed.any(|closed| closed.id().as_str() == invoice)
    }
}
