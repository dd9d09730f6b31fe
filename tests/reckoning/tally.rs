//! What occurred, so that nobody takes for tested what never happened.

use std::collections::BTreeMap;
use std::fmt;

use crate::ledger::Kind;
use crate::oracle::Verdict;
use crate::personas::PERSONAS;
use crate::story::Story;

/// How something was told, of all that makes it hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum How {
    Apart,
    SameSecond,
    BothWays,
    Late,
    Twice,
    Never,
}

/// Counts of a run.
#[derive(Default)]
pub(crate) struct Tally {
    occurred: BTreeMap<(&'static str, Kind), BTreeMap<How, usize>>,
    blind: BTreeMap<(&'static str, &'static str), usize>,
    histories: usize,
    failed: usize,
    mails: usize,
    exact: usize,
}

impl Tally {
    /// Names whatever never occurred.
    pub(crate) fn missing(&self) -> Vec<(&'static str, Kind, How)> {
        missing(self)
    }

    pub(crate) fn count(&mut self, story: &Story, verdict: &Verdict) {
        self.histories += 1;
        self.failed += usize::from(!verdict.broken.is_empty());
        self.mails += verdict.mails;
        self.exact += verdict.exact;
        let tool = story.persona.tool;
        for reason in &verdict.blind {
            *self.blind.entry((tool, reason)).or_default() += 1;
        }
        for (n, entry) in story.ledger.entries.iter().enumerate() {
            let counts = self.occurred.entry((tool, entry.kind)).or_default();
            for how in hows(story, n) {
                *counts.entry(how).or_default() += 1;
            }
        }
    }
}

/// What never occurred of all that can: each kind of each tool, by itself and in the second of another.
fn missing(tally: &Tally) -> Vec<(&'static str, Kind, How)> {
    let kinds = PERSONAS.iter().flat_map(|persona| {
        let kinds = persona.kinds.iter().chain([&Kind::Issued]);
        kinds.map(|kind| (persona.tool, *kind))
    });
    let all = kinds
        .flat_map(|(tool, kind)| [How::Apart, How::SameSecond].map(move |how| (tool, kind, how)));
    let occurs = |(tool, kind, how): &(&'static str, Kind, How)| {
        let counts = tally.occurred.get(&(*tool, *kind));
        counts.is_some_and(|counts| counts.contains_key(how))
    };
    all.filter(|what| !occurs(what)).collect()
}

fn hows(story: &Story, n: usize) -> Vec<How> {
    let entries = &story.ledger.entries;
    let second = |n: usize| entries[n].at.as_second();
    let is_tied = (0..entries.len()).any(|other| other != n && second(other) == second(n));
    let mut hows = vec![if is_tied { How::SameSecond } else { How::Apart }];
    let words = || story.words.iter().filter(|word| word.about == n);
    if words().any(|word| word.said.whole) && words().any(|word| !word.said.whole) {
        hows.push(How::BothWays);
    }
    if words().any(|word| {
        word.sent
            .first()
            .is_some_and(|at| at.as_second() > second(n) + 60)
    }) {
        hows.push(How::Late);
    }
    if words().any(|word| word.sent.len() > 1) {
        hows.push(How::Twice);
    }
    if words().all(|word| word.sent.is_empty()) {
        hows.push(How::Never);
    }
    hows
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (histories, failed) = (self.histories, self.failed);
        let (mails, exact) = (self.mails, self.exact);
        writeln!(
            formatter,
            "{histories} histories, {failed} failed; {mails} mails, {exact} of an exact amount"
        )?;
        for ((tool, kind), hows) in &self.occurred {
            write!(formatter, "{tool:18} {:15}", format!("{kind:?}"))?;
            for (how, count) in hows {
                write!(formatter, "  {how:?} {count}")?;
            }
            writeln!(formatter)?;
        }
        for ((tool, reason), count) in &self.blind {
            writeln!(formatter, "{tool:18} {count:4}  {reason}")?;
        }
        Ok(())
    }
}
