//! What is held or paused, against what left.

use super::flood::mailbox;
use super::{Court, SLACK};
use jiff::Timestamp;

use crate::history::Claimed;
use crate::instructions::{About, Instructed};

impl<'a> Court<'a> {
    /// Nothing leaves to a mailbox after a bounce or a complaint of it was taken in, for whomever; nor for what came
    /// back.
    pub(super) fn held_is_held(&mut self) {
        let mut held: Vec<(u64, String)> = Vec::new();
        for (mail, claim, _) in self.letters() {
            let news = self.history.news.get(claim).into_iter().flatten();
            for (tick, _) in news.filter(|(_, kind)| kind == "Bounce" || kind == "Complaint") {
                held.push((*tick, mailbox(&mail.to)));
            }
        }
        for (mail, claim, claimed) in self.letters() {
            let to = mailbox(&mail.to);
            if held
                .iter()
                .any(|(tick, held)| *tick < claimed.tick && *held == to)
            {
                self.breaks(
                    "held-is-held",
                    format!("the mail {claim} went to an address that is held"),
                );
            }
            if let Some(instructed) = self.pause_of(mail.at, claimed) {
                self.breaks(
                    "held-is-held",
                    format!("the mail {claim} left although {}", instructed.name),
                );
            }
        }
    }

    /// Why a mail should not have been claimed: somebody wanted nothing sent, and had not taken it back.
    pub(super) fn pause_of(&self, at: Timestamp, claimed: &Claimed) -> Option<&'a Instructed> {
        let zone = self.customer(&claimed.debtor).zone();
        let today = (at - SLACK).to_zoned(zone).date();
        let mut answered = self.history.answered.iter();
        let (instruction, _) = answered.find(|(instruction, (tick, obeyed))| {
            let instructed = &self.story.instructions[**instruction];
            let lifted = self.history.lifted.get(instruction);
            *obeyed
                && claimed.tick > *tick
                && lifted.is_none_or(|lifted| claimed.tick < *lifted)
                && instructed.stops(today)
                && is_about(instructed, claimed)
        })?;
        Some(&self.story.instructions[*instruction])
    }

    /// Somebody wants nothing sent about an invoice, for good.
    pub(super) fn is_paused_for_good(&self, debtor: &str, invoice: &str) -> bool {
        let mut answered = self.history.answered.iter();
        answered.any(|(instruction, (_, obeyed))| {
            let instructed = &self.story.instructions[*instruction];
            *obeyed
                && instructed.is_for_good()
                && match &instructed.about {
                    About::Invoice(id) => id == invoice,
                    About::Customer(id) => *id == self.customer(debtor).id,
                    About::Everything => false,
                }
        })
    }
}

fn is_about(instructed: &Instructed, claimed: &Claimed) -> bool {
    match &instructed.about {
        About::Invoice(id) => claimed.steps.iter().any(|(invoice, _)| invoice == id),
        About::Customer(id) => claimed.debtor.rsplit('#').next() == Some(id),
        About::Everything => true,
    }
}
