//! What the tool tells of customers alone, against what left and what is stored.

use jiff::Timestamp;

use super::{Court, SLACK};
use crate::history::{Claimed, Mailed};
use crate::news::{News, Word, waited_for_until};
use crate::story::LEAST;
use crate::tool::Said;

impl<'a> Court<'a> {
    /// Nothing leaves for what a debit that was told may pay, nor to whom money or a deletion holds.
    pub(super) fn money_on_its_way_is_waited_for(&mut self) {
        for (mail, claim, claimed) in self.letters() {
            for (invoice, step) in &claimed.steps {
                if let Some(news) = self.silencing(mail, claimed, invoice) {
                    self.breaks(
                        "paid-is-quiet",
                        format!(
                            "{step} of {invoice} was mailed ({claim}) in spite of {}",
                            news.id
                        ),
                    );
                }
                if self.shows_a_debit(mail, claimed, invoice) {
                    self.breaks(
                        "paid-is-quiet",
                        format!("{step} of {invoice} was mailed ({claim}), which shows a debit"),
                    );
                }
            }
        }
    }

    /// What should have stopped a mail: the newest word on a matter that was acknowledged before the claim,
    /// unless a newer one may have been in the file.
    fn silencing(&self, mail: &Mailed, claimed: &Claimed, invoice: &str) -> Option<&'a News> {
        let today = (mail.at - SLACK)
            .to_zoned(self.customer(&claimed.debtor).zone())
            .date();
        let acknowledged = self.history.acknowledged.iter();
        let acknowledged = acknowledged.map(|(index, (tick, _))| (*index, *tick));
        let known = self.news_of(&claimed.debtor, acknowledged, claimed.tick);
        let begun = self
            .history
            .begun
            .iter()
            .map(|(index, tick)| (*index, *tick));
        let maybe = self.news_of(&claimed.debtor, begun, claimed.tick);
        MATTERS.into_iter().find_map(|matter| {
            let latest = newest(&known, matter)?;
            let is_overtaken = newest(&maybe, matter).is_some_and(|other| age(other) > age(latest));
            let silences = match &latest.word {
                Word::Debit { invoice: its } => {
                    its.as_deref().is_none_or(|its| its == invoice) && today < latest.until()
                }
                Word::Cash(minor) => *minor >= LEAST,
                Word::Deleted => true,
                Word::Ended => false,
            };
            let is_used_up = matches!(latest.word, Word::Cash(_))
                && self.is_used_up(&claimed.debtor, latest.at, claimed.tick);
            (silences && !is_overtaken && !is_used_up).then_some(latest)
        })
    }

    /// The tool, asked later and before a turn, showed no such money any more.
    fn is_used_up(&self, debtor: &str, since: Timestamp, before: u64) -> bool {
        let id = &self.customer(debtor).id;
        let mut asked = self.history.asked.iter();
        asked.any(|asked| {
            let is_none = matches!(&asked.said,
                Said::Cash { customer, minor } if customer == id && *minor < LEAST);
            is_none && asked.at >= since && asked.tick < before
        })
    }

    /// The newest word on the invoice that was acknowledged shows a debit, and no newer one may have been in the file.
    fn shows_a_debit(&self, mail: &Mailed, claimed: &Claimed, invoice: &str) -> bool {
        let zone = self.customer(&claimed.debtor).zone();
        let today = (mail.at - SLACK).to_zoned(zone).date();
        let known = self.acknowledged(invoice, claimed.tick);
        let maybe = self.begun(invoice, claimed.tick);
        let Some(latest) = known.last() else {
            return false;
        };
        let is_overtaken = maybe.iter().any(|told| told.age() > latest.age());
        let since = latest.facts.debit_since;
        since.is_some_and(|since| today < waited_for_until(since)) && !is_overtaken
    }

    fn news_of(
        &self,
        debtor: &str,
        ticks: impl Iterator<Item = (usize, u64)>,
        before: u64,
    ) -> Vec<&'a News> {
        let first = self.story.tellings.len();
        let heard = ticks.filter(|(_, tick)| *tick < before);
        let news = heard.filter_map(|(index, _)| self.story.news.get(index.checked_sub(first)?));
        let id = &self.customer(debtor).id;
        let is_its = |news: &&News| self.story.customers[news.customer].id == *id;
        news.filter(is_its).collect()
    }

    /// All that was ever told of a debtor.
    fn all_news(&self, debtor: &str) -> Vec<&'a News> {
        let all = self.story.news.iter();
        let id = &self.customer(debtor).id;
        all.filter(|news| self.story.customers[news.customer].id == *id)
            .collect()
    }

    /// Money that nobody used, or a deletion.
    pub(super) fn is_held_for_good(&self, debtor: &str) -> bool {
        let all = self.all_news(debtor);
        let cash = newest(&all, Matter::Cash)
            .is_some_and(|news| matches!(news.word, Word::Cash(minor) if minor >= LEAST));
        cash || newest(&all, Matter::Deletion).is_some()
    }

    /// What is stored of a customer is the newest word on each matter.
    pub(super) fn no_news_is_lost(&mut self) {
        let Some(picture) = self.history.pictures.last() else {
            return;
        };
        for (debtor, file, _) in &picture.files {
            let all = self.all_news(debtor);
            let facts = &file.debtor.facts;
            let stored: i64 = facts.held_money().map(|money| money.minor).sum();
            let money = newest(&all, Matter::Cash).map_or(0, |news| match news.word {
                Word::Cash(minor) => minor,
                _ => 0,
            });
            let is_deleted = newest(&all, Matter::Deletion).is_some();
            if stored != money || facts.is_deleted() != is_deleted {
                self.breaks(
                    "nothing-lost",
                    format!(
                        "{debtor} has {money}, deleted: {is_deleted}, and is stored as {facts:?}"
                    ),
                );
            }
        }
    }
}

/// What a word is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Matter {
    Debit,
    Cash,
    Deletion,
}

const MATTERS: [Matter; 3] = [Matter::Debit, Matter::Cash, Matter::Deletion];

fn matter(word: &Word) -> Matter {
    match word {
        Word::Debit { .. } | Word::Ended => Matter::Debit,
        Word::Cash(_) => Matter::Cash,
        Word::Deleted => Matter::Deletion,
    }
}

fn newest<'a>(news: &[&'a News], about: Matter) -> Option<&'a News> {
    let of_it = news.iter().filter(|news| matter(&news.word) == about);
    of_it.max_by_key(|news| age(news)).copied()
}

/// Of one second an end counts, and the more of money.
fn age(news: &News) -> (Timestamp, bool, i64) {
    let minor = match news.word {
        Word::Cash(minor) => minor,
        _ => 0,
    };
    (news.at, news.word == Word::Ended, minor)
}
