//! Whether a mail may leave to its mailbox, or waits there: a mailbox is one reader, however many customers have
//! its address. It gets one mail a day and the week's number, from all of them together.
//!
//! Asked right before a claim, and of no plan. Whoever finds the day taken gets a turn: the day of its place among
//! those who wait, so that it knocks again on that day and not before. The more severe step goes first, and who
//! has waited for long before all. A turn is no promise: who comes on that day and finds somebody before it gets
//! another one. So nobody needs to be told when somebody leaves the queue, by a payment, another address, or for
//! good: a turn that passes unused costs that day, and is forgotten.

use std::cmp::Reverse;

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};

use super::change::Change;
use super::context::Context;
use super::decide::Letter;
use super::plan::plan;
use crate::calendar::{DebtorCalendar, day_after};
use crate::file::{
    AddressTrouble, Debtor, File, KnownMailbox, Mailbox, MailboxChange, Taken, TakenBy, Turn,
    Waiting,
};
use crate::journal::{Line, What};
use crate::limits::{LONGEST_BEHIND, LONGEST_LATE, MOST_INVOICES, MOST_WAITING, WEEK};
use crate::value::{DebtorKey, EmailAddress, MailboxId};

/// What a mailbox says to a mail.
#[derive(Debug, Clone, PartialEq)]
pub enum Admission {
    /// It may be claimed, by this.
    Granted(Change),
    /// It waits; this is to be written.
    Waits(Change),
}

/// Asks the mailbox of a mail that was decided, as it was just read; none if it is not there. `claim` is what
/// claims the mail.
pub fn ask_mailbox(
    ctx: Context<'_>,
    file: &File,
    mut claim: Change,
    letter: &Letter,
    mailbox: Option<&Mailbox>,
) -> Admission {
    let id = letter.to.mailbox();
    let today = file.debtor.calendar(ctx.policy).day_of(ctx.now);
    let mut mailbox = match mailbox {
        Some(mailbox) => mailbox.clone(),
        None => found_missing(&file.debtor, &id, today),
    };
    if let Some(trouble) = mailbox.trouble.clone() {
        return Admission::Waits(hold(ctx, file, &letter.to, &id, trouble));
    }
    if !ctx.rehearses {
        mailbox.forget_rehearsal();
    }
    let mine = Mine {
        ctx,
        debtor: &file.debtor,
        today,
        turn: turn(&file.debtor, letter, today),
    };
    mailbox
        .waiting
        .retain(|other| other.turn.on >= today && other.debtor != file.debtor.key);
    if mine.comes(&mailbox) {
        let by = TakenBy {
            debtor: file.debtor.key.clone(),
            claim: letter.claim.clone(),
        };
        mailbox.take(today, by);
        let taken = MailboxChange::Is(Box::new(mailbox));
        claim.mailboxes.push((id, taken));
        return Admission::Granted(claim);
    }
    Admission::Waits(mine.wait(file, id, mailbox))
}

/// A mailbox that nobody has written to, as far as is known. Where the file knows of one, it was lost: somebody may
/// have been written to today.
fn found_missing(debtor: &Debtor, id: &MailboxId, today: Date) -> Mailbox {
    let lost = debtor.known_mailbox(id).map(|_| Taken {
        day: today,
        by: None,
    });
    Mailbox {
        taken: lost.into_iter().collect(),
        ..Mailbox::default()
    }
}

/// The turn that a mail asks for: as long as it waited already.
fn turn(debtor: &Debtor, letter: &Letter, today: Date) -> Turn {
    let known = debtor.known_mailbox(&letter.to.mailbox());
    let known = known.and_then(|known| known.turn.as_ref());
    Turn {
        step: letter.lead.clone(),
        on: today,
        since: known
            .filter(|turn| (today - turn.on).get_days() <= LONGEST_LATE)
            .map_or(today, |turn| turn.since),
    }
}

/// A place in the queue: the least comes first.
type Place<'t> = (
    Reverse<Option<i32>>,
    Reverse<Option<i32>>,
    Date,
    &'t DebtorKey,
);

/// The mail that asks.
struct Mine<'a> {
    ctx: Context<'a>,
    debtor: &'a Debtor,
    today: Date,
    turn: Turn,
}

impl Mine<'_> {
    /// Whether it may leave today.
    fn comes(&self, mailbox: &Mailbox) -> bool {
        let mut waiting = mailbox.waiting.iter();
        self.days(mailbox).is_free(self.today)
            && !waiting.any(|other| other.turn.on == self.today && self.comes_after(other))
    }

    fn comes_after(&self, other: &Waiting) -> bool {
        self.place_of(other) < self.place(&self.turn, &self.debtor.key)
    }

    fn place_of<'t>(&self, other: &'t Waiting) -> Place<'t> {
        self.place(&other.turn, &other.debtor)
    }

    /// The place in the queue: who waits for long first, by how long; then the more severe, by the policy of the
    /// day; then by how long.
    fn place<'t>(&self, turn: &Turn, debtor: &'t DebtorKey) -> Place<'t> {
        let severity = self.ctx.policy.severity(&turn.step);
        let waited = (self.today - turn.since).get_days();
        let long = (waited >= LONGEST_BEHIND).then_some(waited);
        (Reverse(long), Reverse(severity), turn.since, debtor)
    }

    fn days(&self, mailbox: &Mailbox) -> Days {
        let others = mailbox.days_of_others(&self.debtor.key);
        let own = self.debtor.days_of_mails();
        Days {
            taken: others.chain(own).collect(),
            cap: usize::from(self.ctx.policy.limits.mails_per_week),
        }
    }

    /// It gets the day of its place among those who wait.
    fn wait(mut self, file: &File, id: MailboxId, mut mailbox: Mailbox) -> Change {
        let calendar = self.debtor.calendar(self.ctx.policy);
        let before = mailbox.waiting.iter();
        let before = before.filter(|other| self.comes_after(other)).count();
        let day = self.days(&mailbox).after(&calendar, self.today, before);
        // Of those before it, some will have paid: within a week it asks again.
        let in_a_week = self.today.saturating_add(WEEK.days());
        self.turn.on = day.min(calendar.sending_day_on_or_after(in_a_week));
        mailbox.waiting.push(Waiting {
            debtor: self.debtor.key.clone(),
            turn: self.turn.clone(),
        });
        mailbox
            .waiting
            .sort_by(|one, other| self.place_of(one).cmp(&self.place_of(other)));
        mailbox.waiting.truncate(MOST_WAITING);
        let mut debtor = self.debtor.clone();
        debtor.mailbox = Some(KnownMailbox {
            turn: Some(self.turn.clone()),
            ..KnownMailbox::new(id.clone())
        });
        let mut change = planned_anew(self.ctx, file, debtor);
        let becomes = MailboxChange::Is(Box::new(mailbox));
        change.mailboxes.push((id, becomes));
        change
    }
}

/// The days on which a mailbox has mails, or will have.
struct Days {
    taken: Vec<Date>,
    cap: usize,
}

impl Days {
    fn is_free(&self, day: Date) -> bool {
        let week = SignedDuration::from_hours(WEEK * 24);
        let in_week = |taken: &&Date| **taken <= day && day.duration_since(**taken) < week;
        !self.taken.contains(&day) && self.taken.iter().filter(in_week).count() < self.cap
    }

    /// The first free day from this one on, once so many others have had theirs.
    fn after(mut self, calendar: &DebtorCalendar<'_>, mut day: Date, others: usize) -> Date {
        for _ in 0..others {
            day = self.first_free(calendar, day);
            self.taken.push(day);
        }
        self.first_free(calendar, day)
    }

    fn first_free(&self, calendar: &DebtorCalendar<'_>, mut day: Date) -> Date {
        while !self.is_free(day) {
            day = calendar.sending_day_on_or_after(day_after(day));
        }
        day
    }
}

/// A mail of another customer's met with trouble there: this one is held, too.
fn hold(
    ctx: Context<'_>,
    file: &File,
    to: &EmailAddress,
    id: &MailboxId,
    trouble: AddressTrouble,
) -> Change {
    let mut debtor = file.debtor.clone();
    let held = MailboxChange::Hold(trouble.clone(), debtor.key.clone());
    // There is room for what is known of one mailbox; of all others the address is held.
    let own = debtor.profile.value.email.as_ref();
    if own.is_none_or(|own| own.mailbox() != *id) {
        debtor.held_addresses.insert(to.clone(), trouble.clone());
    }
    debtor.mailbox = Some(KnownMailbox {
        trouble: Some(trouble.clone()),
        ..KnownMailbox::new(id.clone())
    });
    let mut change = planned_anew(ctx, file, debtor);
    let line = Line::of_debtor(What::MailboxHeld { trouble });
    change.journal.insert(0, line);
    change.mailboxes.push((id.clone(), held));
    change
}

/// The debtor, and as many of its invoices as one transaction holds: the rest is planned anew by whoever looks
/// next.
fn planned_anew(ctx: Context<'_>, file: &File, debtor: Debtor) -> Change {
    let mut change = Change::default();
    for invoice in file.open.values() {
        if change.invoices.len() < MOST_INVOICES {
            change.take(invoice, plan(ctx, invoice, &debtor));
        }
    }
    change.debtor = Some(debtor);
    change
}

/// What a file is to know of its mailbox before a person lets that go: another customer's trouble is its own.
pub fn note_trouble(file: &mut File, mailbox: &Mailbox) {
    let File { debtor, .. } = file;
    let Some(email) = &debtor.profile.value.email else {
        return;
    };
    if mailbox.trouble.is_some() && debtor.trouble_at(email).is_none() {
        debtor.mailbox = Some(KnownMailbox {
            trouble: mailbox.trouble.clone(),
            ..KnownMailbox::new(email.mailbox())
        });
    }
}

/// What changes in a mailbox once a customer is on hold for it no more, or is no more.
pub fn freed(debtor: &DebtorKey, mailbox: &MailboxId) -> Change {
    let freed = MailboxChange::Freed(debtor.clone());
    Change {
        mailboxes: vec![(mailbox.clone(), freed)],
        ..Change::default()
    }
}

/// What changes in the file of one customer of a mailbox that a person lets go, for another one; and in the
/// mailbox, which has one less to let go.
pub fn let_go(file: &File, mailbox: &MailboxId) -> Change {
    let mut change = freed(&file.debtor.key, mailbox);
    let mut debtor = file.debtor.clone();
    debtor
        .held_addresses
        .retain(|address, _| address.mailbox() != *mailbox);
    if let Some(known) = debtor.mailbox.as_mut().filter(|known| known.id == *mailbox) {
        known.trouble = None;
    }
    if debtor != file.debtor {
        change.journal.push(Line::of_debtor(What::Released));
        change.debtor = Some(debtor);
    }
    change
}
