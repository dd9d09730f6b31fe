//! What the tool said when it was asked, against what left and what is stored. The tool's own log of its answers is
//! what counts, and its own books.

use std::collections::BTreeSet;

use dunning::file::Invoice;
use jiff::SignedDuration;

use super::Court;
use crate::history::{Claimed, Mailed, Picture};
use crate::story::{LEAST, Status, Telling, number};
use crate::tool::{Asked, Said};

/// For so long what the tool showed is good for a mail; and the time that a claim takes.
const GOOD_FOR: SignedDuration = SignedDuration::from_secs(31);

impl<'a> Court<'a> {
    /// Nothing leaves about what is late unless the tool, asked just before, said that it is owed.
    pub(super) fn looked_before(&mut self) {
        if !self.story.has_key {
            if !self.history.asked.is_empty() {
                self.breaks("last-look", "the tool was asked without a key".to_owned());
            }
            return;
        }
        for (mail, claim, claimed) in self.letters() {
            for invoice in self.named_in(mail) {
                if let Some(why) = self.unseen(claimed, invoice) {
                    let what = format!("the mail {claim} names {invoice}, {why}");
                    self.breaks("last-look", what);
                }
            }
            if self.has_idle_cash(claimed) {
                let what =
                    format!("the mail {claim} left in spite of the money that the tool shows");
                self.breaks("last-look", what);
            }
        }
    }

    /// The invoices that a mail is about or only names.
    fn named_in(&self, mail: &Mailed) -> Vec<&'a str> {
        let invoices = self.story.invoices.iter().map(String::as_str);
        invoices
            .filter(|id| mail.text.contains(&number(id)))
            .collect()
    }

    /// What the tool said to whoever claimed a mail, before that; the last is first.
    fn said_for(&self, claimed: &'a Claimed) -> impl Iterator<Item = &'a Asked> {
        let asked = self.history.asked.iter().rev();
        asked.filter(|asked| asked.by == claimed.by && asked.tick <= claimed.tick)
    }

    /// The last that it said of an invoice.
    fn seen(&self, claimed: &'a Claimed, invoice: &str) -> Option<&'a Asked> {
        self.said_for(claimed)
            .find(|asked| asked.said.invoice() == Some(invoice))
    }

    /// Why nothing should have left about an invoice.
    pub(super) fn unseen(&self, claimed: &'a Claimed, invoice: &str) -> Option<String> {
        let is_required = claimed.steps.iter().any(|(_, step)| self.is_reminder(step));
        let Some(seen) = self.seen(claimed, invoice) else {
            return is_required.then(|| "for which the tool was not asked".to_owned());
        };
        let age = claimed.at.duration_since(seen.began);
        if age > GOOD_FOR && is_required {
            return Some(format!("for which the tool was asked {age:#} before"));
        }
        match &seen.said {
            Said::Invoice { shown, pays, .. } => {
                // What is newer may have come in between.
                let mut newer = self.webhooks_begun(invoice, claimed.tick);
                let is_overtaken = newer.any(|told| told.age() > shown.age());
                let is_owed = shown.facts.status == Status::Open && shown.facts.remaining > 0;
                if !is_owed && !is_overtaken {
                    return Some(format!("which the tool showed as {:?}", shown.facts));
                }
                (*pays && !is_overtaken).then(|| "which the tool showed as being paid".to_owned())
            }
            Said::Missing(_) => {
                let mut said = self.said_of_release(invoice);
                let is_let_go = said.any(|(_, tick)| tick < claimed.tick);
                (!is_let_go).then(|| "which the tool does not have".to_owned())
            }
            Said::Cash { .. } | Said::Trouble(_) => None,
        }
    }

    /// About what is late; or what the user's own automation is told, which is the same.
    fn is_reminder(&self, step: &str) -> bool {
        let scheme = &self.story.scheme;
        let rank = scheme.rank(step);
        rank.is_some_and(|rank| !scheme.steps[rank].is_question())
    }

    fn webhooks_begun(&self, invoice: &str, before: u64) -> impl Iterator<Item = &'a Telling> {
        let begun = self.begun(invoice, before).into_iter();
        begun.filter(|told| told.kind != "answer")
    }

    /// The tool showed money of the customer that is on no invoice.
    fn has_idle_cash(&self, claimed: &'a Claimed) -> bool {
        let mut cash = self
            .said_for(claimed)
            .filter_map(|asked| match &asked.said {
                Said::Cash { minor, .. } => Some(*minor),
                _ => None,
            });
        cash.next().is_some_and(|minor| minor >= LEAST)
    }

    /// Each amount in a mail is what the tool showed as left at the last look, or else what was acknowledged last; or
    /// what is newer and may have come in before the claim.
    pub(super) fn right_amount(&mut self) {
        for (mail, claim, claimed) in self.letters() {
            for invoice in self.named_in(mail) {
                let printed = amounts(&mail.text, &number(invoice));
                let right = self.amounts_of(claimed, invoice);
                if printed.is_empty() || !printed.is_subset(&right) {
                    let what =
                        format!("the mail {claim} asks {printed:?} for {invoice}, not {right:?}");
                    self.breaks("right-amount", what);
                }
            }
        }
    }

    fn amounts_of(&self, claimed: &'a Claimed, invoice: &str) -> BTreeSet<i64> {
        let seen = match self.seen(claimed, invoice).map(|asked| &asked.said) {
            Some(Said::Invoice { shown, .. }) => Some(shown),
            _ => None,
        };
        let known = self.acknowledged(invoice, claimed.tick);
        let base = known.last().copied().into_iter().chain(seen);
        let base: Option<&Telling> = base.max_by_key(|told| told.age());
        let begun = self.begun(invoice, claimed.tick).into_iter();
        let newer = begun.filter(|told| base.is_none_or(|base| told.age() > base.age()));
        let all = base.into_iter().chain(newer);
        all.map(|told| told.facts.remaining).collect()
    }

    /// After the last comparison the open invoices of the files are the tool's.
    pub(super) fn files_are_the_tools(&mut self) {
        if !self.story.has_key {
            return;
        }
        for picture in &self.history.pictures {
            for id in &self.story.invoices {
                self.is_the_tools(picture, id);
            }
        }
    }

    fn is_the_tools(&mut self, picture: &'a Picture, id: &str) {
        let truth = self.story.truth(id, picture.at);
        let truth = truth.filter(|told| told.kind != "deleted" && !self.is_forgotten(id));
        let all = picture.files.iter();
        let mut open = all.flat_map(|(debtor, file, _)| {
            let open = file
                .open
                .values()
                .map(move |invoice| (debtor.as_str(), invoice));
            open.filter(|(_, invoice)| invoice.id().as_str() == id)
        });
        let (stored, heard) = (open.next(), self.acknowledged(id, u64::MAX));
        let right = match (truth, stored) {
            // A draft is open in the file, and waits.
            (Some(truth), Some((debtor, invoice))) => {
                let is_open = matches!(truth.facts.status, Status::Open | Status::Draft);
                let is_shown = !is_held_as_not_shown(invoice);
                is_open && is_shown && self.agree(&truth.facts, debtor, invoice, true)
            }
            (Some(truth), None) => truth.facts.status != Status::Open || heard.is_empty(),
            (None, Some((_, invoice))) => invoice.holds.not_shown.is_some(),
            (None, None) => true,
        };
        if !right {
            let stored = stored.map(|(_, invoice)| (invoice.balance(), invoice.holds.clone()));
            let what = format!(
                "{id} is {:?} by the tool, and at {:.0} open as {stored:?}",
                truth.map(|told| &told.facts),
                picture.at
            );
            self.breaks("as-the-tool-has-it", what);
        }
    }

    /// Whether the tool has lost it for good.
    pub(super) fn is_forgotten(&self, invoice: &str) -> bool {
        self.story.has_key && self.history.forgotten.contains(invoice)
    }

    /// Whether the tool has it no more: lost, or deleted as a draft.
    pub(super) fn is_not_shown(&self, invoice: &str) -> bool {
        let truth = self.story.truth(invoice, self.story.ends_at);
        let is_deleted = truth.is_some_and(|told| told.kind == "deleted");
        self.story.has_key && (is_deleted || self.is_forgotten(invoice))
    }
}

fn is_held_as_not_shown(invoice: &Invoice) -> bool {
    let not_shown = invoice.holds.not_shown;
    not_shown.is_some_and(dunning::file::NotShown::holds)
}

/// What a mail asks for an invoice: on the line that names it, or on the next one.
fn amounts(text: &str, number: &str) -> BTreeSet<i64> {
    let lines: Vec<&str> = text.lines().collect();
    let mentions = lines.iter().enumerate().filter_map(|(n, line)| {
        let (_, rest) = line.split_once(number)?;
        let next = lines.get(n + 1).copied().unwrap_or_default();
        cents(rest).or_else(|| cents(next))
    });
    mentions.collect()
}

/// The first amount, whichever side its sign is on.
fn cents(text: &str) -> Option<i64> {
    let (before, after) = text.split_once('€')?;
    let is_of_it = |char: &char| char.is_ascii_digit() || ",.\u{a0}\u{202f}".contains(*char);
    let first: String = after.chars().take_while(is_of_it).collect();
    let mut last: Vec<char> = before.chars().rev().take_while(is_of_it).collect();
    last.reverse();
    let amount = if first.starts_with(|char: char| char.is_ascii_digit()) {
        first
    } else {
        String::from_iter(last)
    };
    let digits: String = amount.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[test]
fn amounts_are_read_where_they_stand() {
    let one = "Invoice N-1-Z, due on 15 January 2027, is outstanding.\n\nInvoice: N-1-Z\nAmount due: €1,234.56\n";
    assert_eq!(amounts(one, "N-1-Z"), BTreeSet::from([123_456]));
    let list =
        "* Invoice N-2-Z: €734.56 (of €1,234.56; received: €500.00)\n  Due on 26 January 2027\n";
    assert_eq!(amounts(list, "N-2-Z"), BTreeSet::from([73_456]));
    assert_eq!(amounts(list, "N-1-Z"), BTreeSet::new());
    let prose =
        "La facture N-3-Z, échue le 6 avril 2027, demeure impayée : 9\u{202f}841,79\u{a0}€.";
    assert_eq!(amounts(prose, "N-3-Z"), BTreeSet::from([984_179]));
}
