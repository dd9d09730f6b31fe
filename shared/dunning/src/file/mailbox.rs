//! A mailbox: one reader, to whom several customers' reminders may go.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::hold::AddressTrouble;
use crate::limits::{MOST_HELD, WEEK};
use crate::value::{ClaimId, DebtorKey, MailboxId, StepId};

/// What is known of a mailbox, over all customers, accounts and sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The days of the last week's mails, oldest first.
    #[serde(default)]
    pub taken: Vec<Taken>,
    /// Why it must not be written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<AddressTrouble>,
    /// The customers in whose files that stands, and who are to be let go with it. Of very many, the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<DebtorKey>,
    /// Whose mails wait, the next one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Waiting>,
}

/// A day on which a mail left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The civil day, of whom it was for.
    pub day: Date,
    /// By which claim, and whose; not known of a mailbox that was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<TakenBy>,
}

/// Who took a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBy {
    /// The customer.
    pub debtor: DebtorKey,
    /// The mail.
    pub claim: ClaimId,
}

/// A customer whose mail waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Whose.
    pub debtor: DebtorKey,
    /// For what.
    #[serde(flatten)]
    pub turn: Turn,
}

/// A place in the queue of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The step that leads the mail.
    pub step: StepId,
    /// The day on which it is to be tried again. Whoever lets it pass has no place any more.
    pub on: Date,
    /// Since when it waits.
    pub since: Date,
}

/// What a customer's file knows of its mailbox, so that planning need not read that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownMailbox {
    /// Which one. Of any other address, nothing is known here.
    pub id: MailboxId,
    /// It waits there. A more severe step than the one named does not wait with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// What became of another customer's mail to it: nothing is sent there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<AddressTrouble>,
}

impl KnownMailbox {
    /// One that is known to be there, and no more.
    pub(crate) fn new(id: MailboxId) -> Self {
        Self {
            id,
            turn: None,
            trouble: None,
        }
    }
}

/// What changes in a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailboxChange {
    /// It is this now. Decided by whoever had read it.
    Is(Box<Mailbox>),
    /// Nothing left by that claim: its day is free again.
    Free(ClaimId),
    /// A mail left after all, on this day.
    Take(Date, TakenBy),
    /// A mail of this customer's met with trouble.
    Hold(AddressTrouble, DebtorKey),
    /// This customer is let go: the trouble does not stand in its file any more.
    Freed(DebtorKey),
    /// A person lets it go.
    LetGo,
}

impl Mailbox {
    /// Changes it. What was done already changes nothing.
    pub fn change(&mut self, change: MailboxChange) {
        match change {
            MailboxChange::Is(mailbox) => *self = *mailbox,
            MailboxChange::Free(claim) => self.taken.retain(|taken| !taken.is_by(&claim)),
            MailboxChange::Take(day, by) => self.take(day, by),
            MailboxChange::Hold(trouble, debtor) => {
                if self.held.len() < MOST_HELD && !self.held.contains(&debtor) {
                    self.held.push(debtor);
                }
                self.trouble = self.trouble.take().max(Some(trouble));
            }
            MailboxChange::Freed(debtor) => self.held.retain(|held| *held != debtor),
            MailboxChange::LetGo => (self.trouble, self.held) = (None, Vec::new()),
        }
    }

    /// Notes a mail, and forgets what is older than a week.
    pub(crate) fn take(&mut self, day: Date, by: TakenBy) {
        if !self.taken.iter().any(|taken| taken.is_by(&by.claim)) {
            self.taken.push(Taken { day, by: Some(by) });
            self.taken.sort_by_key(|taken| taken.day);
        }
        let last = self.taken.last().map_or(day, |taken| taken.day);
        let week = last.saturating_sub(WEEK.days());
        self.taken.retain(|taken| taken.day > week);
    }

    /// Forgets the mails of a rehearsal, which went elsewhere.
    pub(crate) fn forget_rehearsal(&mut self) {
        let is_rehearsed = |by: &TakenBy| by.claim.is_of_rehearsal();
        self.taken
            .retain(|taken| !taken.by.as_ref().is_some_and(is_rehearsed));
    }

    /// Whether nobody else is known to have it.
    pub fn is_only_of(&self, debtor: &DebtorKey) -> bool {
        let taken = self.taken.iter();
        let taken = taken.map(|taken| taken.by.as_ref().map(|by| &by.debtor));
        let waiting = self.waiting.iter().map(|waiting| Some(&waiting.debtor));
        let mut all = taken.chain(self.held.iter().map(Some)).chain(waiting);
        all.all(|whose| whose == Some(debtor))
    }

    /// Knows a customer no more; the days of its mails stay taken.
    pub fn forget(&mut self, debtor: &DebtorKey) {
        for taken in &mut self.taken {
            taken.by.take_if(|by| by.debtor == *debtor);
        }
        self.held.retain(|held| held != debtor);
        self.waiting.retain(|waiting| waiting.debtor != *debtor);
    }

    /// The days of mails to others.
    pub fn days_of_others<'a>(&'a self, debtor: &'a DebtorKey) -> impl Iterator<Item = Date> + 'a {
        let taken = self.taken.iter();
        let others =
            taken.filter(move |taken| taken.by.as_ref().is_none_or(|by| by.debtor != *debtor));
        others.map(|taken| taken.day)
    }
}

impl Taken {
    fn is_by(&self, claim: &ClaimId) -> bool {
        self.by.as_ref().is_some_and(|by| by.claim == *claim)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(claim: &str) -> TakenBy {
        TakenBy {
            debtor: DebtorKey::parse("stripe#default#live#cus_1").unwrap(),
            claim: ClaimId::parse(claim).unwrap(),
        }
    }

    fn day(day: i8) -> Date {
        Date::constant(2027, 1, day)
    }

    #[test]
    fn a_day_that_is_given_back_is_free_and_one_that_is_older_than_a_week_is_forgotten() {
        let mut mailbox = Mailbox::default();
        for (taken, claim) in [(12, "b"), (11, "a"), (12, "b"), (12, "c")] {
            mailbox.change(MailboxChange::Take(day(taken), by(claim)));
        }
        let days = |mailbox: &Mailbox| -> Vec<_> {
            mailbox.taken.iter().map(|taken| taken.day.day()).collect()
        };
        assert_eq!(days(&mailbox), [11, 12, 12]);
        mailbox.change(MailboxChange::Free(by("b").claim));
        mailbox.change(MailboxChange::Free(by("b").claim));
        assert_eq!(days(&mailbox), [11, 12]);
        mailbox.change(MailboxChange::Take(day(18), by("d")));
        assert_eq!(days(&mailbox), [12, 18]);
    }

    #[test]
    fn the_worse_trouble_counts_and_each_customer_that_is_held_is_named_once() {
        let mut mailbox = Mailbox::default();
        let hold = |trouble| MailboxChange::Hold(trouble, by("a").debtor);
        for trouble in [AddressTrouble::Complained, AddressTrouble::Bounced] {
            mailbox.change(hold(trouble));
        }
        assert_eq!(mailbox.trouble, Some(AddressTrouble::Complained));
        assert_eq!(mailbox.held, [by("a").debtor]);
        mailbox.change(MailboxChange::Freed(by("a").debtor));
        assert_eq!(mailbox.held, []);
        assert_eq!(mailbox.trouble, Some(AddressTrouble::Complained));
        mailbox.change(MailboxChange::LetGo);
        assert_eq!(mailbox, Mailbox::default());
    }
}
