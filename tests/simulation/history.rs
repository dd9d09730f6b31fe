//! What was seen of one run, from outside, in the order in which it took effect.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use aws::{BusEvent, Schedule};
use dunning::file::{File, Invoice, StepOf};
use dunning::journal::{Line, What};
use jiff::Timestamp;

use crate::tool::Asked;

/// What a person reads when a history went wrong.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<(Timestamp, String)>>>);

impl Log {
    pub(crate) fn write(&self, at: Timestamp, what: impl Into<String>) {
        self.0
            .lock()
            .expect("no line panics")
            .push((at, what.into()));
    }

    /// The timeline.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (at, what) in self.0.lock().expect("no line panics").iter() {
            writeln!(text, "{at:.3}  {what}").expect("a string takes all");
        }
        text
    }
}

/// A mail was claimed in a debtor's file.
pub(crate) struct Claimed {
    pub(crate) tick: u64,
    pub(crate) at: Timestamp,
    pub(crate) debtor: String,
    /// Which invocation of a function did it.
    pub(crate) by: u64,
    pub(crate) steps: Vec<(String, String)>,
}

/// Somebody other than the debtor is told of a debt: the team, to call; or the user's own automation.
pub(crate) struct Told {
    pub(crate) what: ToldWhat,
    /// As of a mail: when, by whom, of what.
    pub(crate) as_claimed: Claimed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ToldWhat {
    Call,
    Signal,
    /// That there is nothing to act on any more.
    Over,
}

/// SES took a mail.
pub(crate) struct Mailed {
    pub(crate) tick: u64,
    pub(crate) at: Timestamp,
    pub(crate) to: String,
    pub(crate) text: String,
    /// None for the team's.
    pub(crate) claim: Option<String>,
}

/// A line of a journal.
pub(crate) struct Journaled {
    pub(crate) tick: u64,
    pub(crate) line: Line,
}

/// The files and the schedules, at some moment.
#[derive(Default)]
pub(crate) struct Picture {
    pub(crate) at: Timestamp,
    pub(crate) files: Vec<(String, File, Vec<Invoice>)>,
    pub(crate) schedules: Vec<Schedule>,
}

/// All of it. A tick is one turn of the machine: of two things, the one of the lower tick was first.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) log: Log,
    pub(crate) tick: u64,
    /// Which invocation of a function it was that made the last turn.
    pub(crate) by: u64,
    /// What the tool said to whoever asked it.
    pub(crate) asked: Vec<Asked>,
    /// Invoices that the tool lost for good.
    pub(crate) forgotten: BTreeSet<String>,
    /// How often the files were compared with the tool, from first to last.
    pub(crate) compared: usize,
    /// When SES said nothing to anybody.
    pub(crate) silences: Vec<Range<Timestamp>>,
    /// When mails were taken and nobody heard of it.
    pub(crate) mutes: Vec<Range<Timestamp>>,
    /// By index into the story's tellings, and then its news: the first delivery that began, and the first that was acknowledged.
    pub(crate) begun: BTreeMap<usize, u64>,
    pub(crate) acknowledged: BTreeMap<usize, (u64, Timestamp)>,
    /// By index into the story's instructions: when somebody began to say it; when that was answered, and whether it
    /// was obeyed; and when somebody began to take it back.
    pub(crate) said: BTreeMap<usize, u64>,
    pub(crate) answered: BTreeMap<usize, (u64, bool)>,
    pub(crate) lifted: BTreeMap<usize, u64>,
    pub(crate) journal: Vec<Journaled>,
    pub(crate) claims: BTreeMap<String, Claimed>,
    pub(crate) told: Vec<Told>,
    /// What was put on the bus of the user's own automation, in that order.
    pub(crate) bus: Vec<BusEvent>,
    pub(crate) mails: Vec<Mailed>,
    /// SES's events that `track` took in, by claim.
    pub(crate) news: BTreeMap<String, Vec<(u64, String)>>,
    /// When the trouble was over and things had settled, and at the end.
    pub(crate) pictures: Vec<Picture>,
}

impl History {
    pub(crate) fn journaled(&mut self, at: Timestamp, debtor: &str, line: Line) {
        let about = line.invoice.as_ref().map(ToString::to_string);
        let about = about.unwrap_or_default();
        self.log
            .write(at, format!("    {debtor} {about}: {}", line.what));
        if let What::Claimed { claim, steps } = &line.what {
            let steps = steps
                .iter()
                .map(|StepOf { invoice, step }| (invoice.to_string(), step.to_string()));
            let claimed = Claimed {
                tick: self.tick,
                at,
                debtor: debtor.to_owned(),
                by: self.by,
                steps: steps.collect(),
            };
            self.claims.insert(claim.as_str().to_owned(), claimed);
        }
        let told = match &line.what {
            What::CallAsked { step, .. } => Some((ToldWhat::Call, step)),
            What::Signalled { step, .. } => Some((ToldWhat::Signal, step)),
            What::SignalUndone { step, .. } => Some((ToldWhat::Over, step)),
            _ => None,
        };
        self.told.extend(told.map(|(what, step)| Told {
            what,
            as_claimed: Claimed {
                tick: self.tick,
                at,
                debtor: debtor.to_owned(),
                by: self.by,
                steps: vec![(about.clone(), step.to_string())],
            },
        }));
        self.journal.push(Journaled {
            tick: self.tick,
            line,
        });
    }

    /// Lines that say something of a claim, with their ticks.
    pub(crate) fn said_of<'a>(&'a self, claim: &'a str) -> impl Iterator<Item = (u64, &'a What)> {
        self.journal.iter().filter_map(move |entry| {
            let about = match &entry.line.what {
                What::Sent { claim, .. }
                | What::Refused { claim, .. }
                | What::Unheard { claim }
                | What::GivenUp { claim }
                | What::Delivered { claim }
                | What::Bounced { claim, .. }
                | What::Complained { claim }
                | What::Rejected { claim } => claim.as_str(),
                _ => return None,
            };
            (about == claim).then_some((entry.tick, &entry.line.what))
        })
    }
}
