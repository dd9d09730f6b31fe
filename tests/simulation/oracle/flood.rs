//! What a mailbox got, over all customers who have it; and who waits for it.

use std::collections::BTreeMap;

use dunning::journal::What;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::Court;
use crate::story::Customer;

/// The longest that a mailbox gets nothing while somebody waits for it: three mails on the first days of a week,
/// the turns of up to three customers who do not use them, and the days on which nothing may leave.
fn idle(mails_per_week: usize) -> SignedDuration {
    let weeks = if mails_per_week < 3 { 4 } else { 2 };
    SignedDuration::from_hours(weeks * 7 * 24)
}

impl Court<'_> {
    /// By the mailbox, over all customers who have it.
    pub(super) fn no_flood(&mut self) {
        let mut days: BTreeMap<String, Vec<Date>> = BTreeMap::new();
        for (mail, claim, claimed) in self.letters() {
            // The second and last time of a mail that was lost takes the place of the first.
            let was_lost = |what: &What| matches!(what, What::Unheard { .. });
            if !self.history.said_of(claim).any(|(_, what)| was_lost(what)) {
                let day = mail
                    .at
                    .to_zoned(self.customer(&claimed.debtor).zone())
                    .date();
                days.entry(mailbox(&mail.to)).or_default().push(day);
            }
        }
        for (mailbox, days) in days {
            let per_day = days
                .iter()
                .map(|day| days.iter().filter(|other| *other == day).count())
                .max();
            let within_a_week = |day: &Date, other: &Date| {
                other <= day && day.since(*other).is_ok_and(|span| span.get_days() < 7)
            };
            let per_week = days
                .iter()
                .map(|day| {
                    days.iter()
                        .filter(|other| within_a_week(day, other))
                        .count()
                })
                .max();
            if per_day > Some(1) || per_week > Some(self.story.scheme.mails_per_week) {
                self.breaks("no-flood", format!("{mailbox} was written to on {days:?}"));
            }
        }
    }

    /// Others have the same mailbox, and it never stood idle from then until then.
    pub(super) fn waits_for_others(
        &self,
        customer: &Customer,
        from: Timestamp,
        until: Timestamp,
    ) -> bool {
        let theirs = |other: &Customer| other.email.as_deref().map(mailbox);
        let shares =
            |other: &Customer| other.id != customer.id && theirs(other) == theirs(customer);
        let own = theirs(customer);
        let Some(own) = own.filter(|_| self.story.customers.iter().any(shares)) else {
            return false;
        };
        let letters = self.letters().into_iter();
        let theirs = letters.filter(|(mail, _, _)| mailbox(&mail.to) == own);
        let mut busy: Vec<Timestamp> = theirs.map(|(mail, _, _)| mail.at).collect();
        busy.retain(|at| (from..until).contains(at));
        let scheme = &self.story.scheme;
        let longest = idle(scheme.mails_per_week)
            + SignedDuration::from_hours(24 * scheme.calendar.longest_closure());
        let mut since = from;
        busy.into_iter().chain([until]).all(|at| {
            let idle = at.duration_since(since);
            since = at;
            idle <= longest
        })
    }
}

/// One reader, however its address is spelled.
pub(super) fn mailbox(address: &str) -> String {
    address.to_lowercase()
}
