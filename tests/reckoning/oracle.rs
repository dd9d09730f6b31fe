//! The judge: it knows what happened and what was heard of it, and reckons by itself.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::driver::{Outcome, Seen};
use crate::ledger::{Entry, Kind, Told};
use crate::personas::{Blind, Effect};
use crate::story::{Story, Word};

/// How far apart a tool may tell of a change and show it.
const A_MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// What was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    /// What a tool says is taken in.
    Heard,
    /// A mail asks for what is owed.
    Amount,
    /// At the end the file holds what is owed.
    Remainder,
    /// What was settled and comes back waits for a person.
    Held,
    /// What was never settled waits for nobody.
    NotHeld,
}

/// A promise that was broken.
pub(crate) struct Broken {
    pub(crate) promise: Promise,
    pub(crate) what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.promise, self.what)
    }
}

/// What became of one history.
#[derive(Default)]
pub(crate) struct Verdict {
    pub(crate) broken: Vec<Broken>,
    pub(crate) mails: usize,
    /// Mails whose amount had to be one and no other.
    pub(crate) exact: usize,
    /// Why the end is not the truth.
    pub(crate) blind: Vec<&'static str>,
}

/// From what to what is right. Cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Right {
    least: i64,
    most: i64,
}

/// Whether it must, may or must not wait for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    Must,
    May,
    MustNot,
}

struct Judge<'a> {
    story: &'a Story,
    heard: Vec<bool>,
    /// What was heard once left nothing to pay, for sure, since a person looked.
    was_settled: bool,
    /// It may have.
    may_have_settled: bool,
    verdict: Verdict,
}

/// Judges a history.
pub(crate) fn judge(story: &Story, outcome: &Outcome) -> Verdict {
    let mut judge = Judge {
        story,
        heard: vec![false; story.words.len()],
        was_settled: false,
        may_have_settled: false,
        verdict: Verdict::default(),
    };
    for (at, seen) in &outcome.seen {
        match seen {
            Seen::Heard(word) => judge.hear(*word),
            Seen::NotTakenIn(word, answer) => {
                let name = &story.words[*word].name;
                judge.find(Promise::Heard, format!("word {name} was answered {answer}"));
            }
            Seen::Mailed(cents) => judge.read(*cents, &format!("mail of {at:.0}")),
            Seen::Released => judge.was_settled = false,
        }
    }
    judge.end(outcome);
    judge.verdict
}

impl Judge<'_> {
    fn find(&mut self, promise: Promise, what: String) {
        self.verdict.broken.push(Broken { promise, what });
    }

    fn hear(&mut self, word: usize) {
        self.heard[word] = true;
        if let Some(right) = self.right(&self.told()) {
            self.was_settled |= right.most == 0;
            self.may_have_settled |= right.least == 0;
        }
    }

    fn read(&mut self, cents: i64, mail: &str) {
        self.verdict.mails += 1;
        let Some(right) = self.right(&self.told()) else {
            return self.find(
                Promise::Amount,
                format!("{mail}: nothing was heard of an invoice"),
            );
        };
        self.verdict.exact += usize::from(right.least == right.most);
        if cents < right.least || cents > right.most {
            self.find(
                Promise::Amount,
                format!("{mail}: asks for {cents}, not {right:?}"),
            );
        }
        if self.wait() == Wait::Must {
            self.find(Promise::Held, format!("{mail}: it was to wait"));
        }
    }

    fn end(&mut self, outcome: &Outcome) {
        let right = self.right(&self.told());
        let (Some(right), Some(remaining)) = (right, outcome.remaining) else {
            return self.find(
                Promise::Remainder,
                format!("{:?}, not {right:?}", outcome.remaining),
            );
        };
        if remaining < right.least || remaining > right.most {
            self.find(Promise::Remainder, format!("{remaining}, not {right:?}"));
        }
        match (self.wait(), outcome.waits) {
            (Wait::Must, false) if remaining > 0 => {
                self.find(Promise::Held, "it does not wait at the end".to_owned());
            }
            (Wait::MustNot, true) => {
                self.find(
                    Promise::NotHeld,
                    "it waits, and was never settled".to_owned(),
                );
            }
            _ => {}
        }
        let truth = self.story.ledger.owed(&self.story.ledger.all());
        if truth != Some(remaining) {
            self.explain();
        }
    }

    /// What of all that happened a file cannot know.
    fn explain(&mut self) {
        let told = self.told();
        let entries = self.story.ledger.entries.iter();
        for (entry, told) in entries.zip(&told) {
            let blind = self.story.persona.blind.iter();
            let mut blind = blind.filter(|blind| blind.kind == entry.kind);
            match blind.next() {
                Some(Blind { reason, .. }) => self.verdict.blind.push(reason),
                None if !told => self.verdict.blind.push("it was never heard"),
                None => {}
            }
        }
    }

    /// Which entries were heard of.
    fn told(&self) -> Told {
        let mut told = vec![false; self.story.ledger.entries.len()];
        for word in self.heard() {
            let is_placed = word.said.needs.is_none_or(|payment| {
                let mut heard = self.heard();
                heard.any(|other| !other.said.whole && other.about == payment)
            });
            for (told, shows) in told.iter_mut().zip(&word.said.shows) {
                *told |= *shows && is_placed;
            }
        }
        told
    }

    fn heard(&self) -> impl Iterator<Item = &Word> {
        let words = self.story.words.iter().zip(&self.heard);
        words.filter(|(_, heard)| **heard).map(|(word, _)| word)
    }

    /// What is owed by what was heard, as the tool tells it.
    fn right(&self, told: &[bool]) -> Option<Right> {
        let ledger = &self.story.ledger;
        let (least, most) = ledger.between(told, &self.uncertain(told))?;
        let stand = ledger.stand(told)?;
        let mut right = Right { least, most };
        for (n, entry) in ledger.entries.iter().enumerate() {
            let blind = self.story.persona.blind.iter();
            for blind in blind.filter(|blind| blind.kind == entry.kind && told[n]) {
                match blind.effect {
                    Effect::IsOwed => right.most += entry.amount,
                    Effect::TakesAll => right.most = right.most.max(stand.paid),
                    Effect::CountsTwice if self.is_shown_as_older(n) => {
                        right.least = (right.least - entry.amount).max(0);
                    }
                    Effect::IsSettledAgain if self.is_shown_after(n) => right.least = 0,
                    Effect::Silent | Effect::CountsTwice | Effect::IsSettledAgain => {}
                }
            }
        }
        right.most += self.may_come_back(told);
        right.least = (right.least - self.may_stay_away(told)).max(0);
        if stand.ended.is_some() && self.uncertain(told).is_empty() {
            right.most = 0;
        }
        Some(right)
    }

    /// Entries that happened in one second with others, so that nobody can tell what was first, until the
    /// invoice is shown once more. And chargebacks of payments that nobody told of: whether one takes back more than
    /// what was owed all along, nobody can tell either.
    fn uncertain(&self, told: &[bool]) -> Vec<usize> {
        let entries = &self.story.ledger.entries;
        let clock = |n: usize| self.story.persona.clock(entries[n].at);
        let ties = |n: usize| {
            (0..entries.len()).any(|other| other != n && told[other] && clock(other) == clock(n))
        };
        let is_tied = |n: usize| entries[n].kind != Kind::Issued && ties(n);
        let is_of_the_unheard = |n: usize| {
            let of = entries[n]
                .of
                .filter(|_| entries[n].kind == Kind::ChargedBack);
            of.is_some_and(|of| !told[of])
        };
        let is_uncertain =
            |n: usize| told[n] && (is_of_the_unheard(n) || is_tied(n) && !self.is_shown_later(n));
        // Where a chargeback is told only when it is lost, that is when it is known.
        let is_silent = self.story.persona.is_silent(Kind::ChargedBack);
        let is_its_loss =
            |entry: &Entry, n| entry.kind == Kind::ChargebackLost && entry.of == Some(n);
        let lost = |n: usize| {
            let mut all = 0..entries.len();
            all.find(|lost| is_silent && told[n] && is_its_loss(&entries[*lost], n))
        };
        let all = 0..entries.len();
        all.filter(|n| is_uncertain(*n) || lost(*n).is_some_and(is_uncertain))
            .collect()
    }

    /// Credits that were undone. If the newest snapshot is of such a credit's own second, for the sake of
    /// something else, nobody knows whether it ever had it, and it comes back as if it had.
    fn may_come_back(&self, told: &[bool]) -> i64 {
        let (entries, persona) = (&self.story.ledger.entries, self.story.persona);
        let clock = |n: usize| persona.clock(entries[n].at);
        let newest = self.heard().filter(|word| word.said.whole);
        let newest = newest.map(|word| persona.clock(word.said.at)).max();
        let is_in_doubt = |n: usize| {
            let has_it = |word: &Word| word.said.whole && word.said.shows[n];
            Some(clock(n)) == newest && !self.heard().any(has_it)
        };
        let undone = entries.iter().zip(told).filter(|(entry, told)| {
            **told && entry.kind == Kind::CreditUndone && entry.of.is_some_and(is_in_doubt)
        });
        undone.map(|(entry, _)| entry.amount).sum()
    }

    /// Credits that were undone a moment after the newest snapshot: it may have that already.
    fn may_stay_away(&self, told: &[bool]) -> i64 {
        let newest = self.heard().filter(|word| word.said.whole);
        let newest = newest.map(|word| word.said.at).max();
        let is_near = |at: Timestamp| {
            newest.is_some_and(|newest| newest <= at && at.duration_since(newest) < A_MOMENT)
        };
        let entries = self.story.ledger.entries.iter().zip(told);
        let undone = entries.filter(|(entry, told)| {
            **told && entry.kind == Kind::CreditUndone && is_near(entry.at)
        });
        undone.map(|(entry, _)| entry.amount).sum()
    }

    /// Whether the invoice was shown with it, as of a later moment.
    fn is_shown_later(&self, n: usize) -> bool {
        let persona = self.story.persona;
        let at = persona.clock(self.story.ledger.entries[n].at);
        self.heard()
            .any(|word| word.said.whole && word.said.shows[n] && persona.clock(word.said.at) > at)
    }

    /// Whether the invoice was shown as of a later moment, with it or without it.
    fn is_shown_after(&self, n: usize) -> bool {
        let at = self.story.ledger.entries[n].at;
        let mut heard = self.heard();
        heard.any(|word| word.said.whole && word.said.at > at)
    }

    /// Whether the invoice was shown with it, but as of an earlier moment only.
    fn is_shown_as_older(&self, n: usize) -> bool {
        let persona = self.story.persona;
        let at = persona.clock(self.story.ledger.entries[n].at);
        let is_older = |word: &Word| {
            word.said.whole && word.said.shows[n] && persona.clock(word.said.at) <= at
        };
        !self.is_shown_later(n) && self.heard().any(is_older)
    }

    fn wait(&self) -> Wait {
        let told = self.told();
        let owed = self.right(&told);
        let is_owed = owed.is_some_and(|right| right.least > 0);
        let before = self.by_the_tools_clock(&told);
        let was_settled = before.iter().any(|right| right.most == 0);
        let may_have = before.iter().any(|right| right.least == 0);
        let taken_back = [Kind::ChargedBack, Kind::ChargebackLost, Kind::PaymentUndone];
        let entries = self.story.ledger.entries.iter().zip(&told);
        let is_taken_back = |kinds: &[Kind]| {
            entries
                .clone()
                .any(|(entry, told)| *told && kinds.contains(&entry.kind))
        };
        if is_owed && was_settled && self.was_settled {
            Wait::Must
        } else if may_have || self.may_have_settled || is_taken_back(&taken_back[..2]) {
            Wait::May
        } else {
            Wait::MustNot
        }
    }

    /// What was right after each second in which something happened that was heard of.
    fn by_the_tools_clock(&self, told: &[bool]) -> Vec<Right> {
        let entries = &self.story.ledger.entries;
        let clock = |n: usize| self.story.persona.clock(entries[n].at);
        let until = |last: usize| -> Told {
            (0..entries.len())
                .map(|n| told[n] && clock(n) <= clock(last))
                .collect()
        };
        (0..entries.len())
            .filter(|n| told[*n])
            .filter_map(|last| self.right(&until(last)))
            .collect()
    }
}
