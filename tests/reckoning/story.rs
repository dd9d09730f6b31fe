//! One history: a ledger, and what its tool says of it, on its way late, doubled, or never to arrive.

use jiff::{SignedDuration, Timestamp};

use crate::dice::Dice;
use crate::ledger::{Kind, Ledger};
use crate::personas::{PERSONAS, Persona, Said, Style, Telling};
use crate::plot::{self, Theme};

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// How often a person looks, and lets go what waits.
const RELEASES: usize = 3;

/// What a tool said, and when each copy of it arrives.
pub(crate) struct Word {
    pub(crate) name: String,
    pub(crate) about: usize,
    pub(crate) said: Said,
    pub(crate) sent: Vec<Timestamp>,
}

/// A whole history.
pub(crate) struct Story {
    pub(crate) seed: u64,
    pub(crate) persona: &'static Persona,
    pub(crate) ledger: Ledger,
    pub(crate) words: Vec<Word>,
    pub(crate) releases: Vec<Timestamp>,
    /// All that can be left out of it.
    pub(crate) names: Vec<String>,
}

impl Story {
    /// The history of a seed.
    pub(crate) fn of(seed: u64, dice: &Dice, starts_at: Timestamp) -> Self {
        let personas = PERSONAS.len() as u64;
        let persona = &PERSONAS[usize::try_from(seed % personas).expect("small")];
        let theme = Theme::of(seed / personas, persona);
        let ledger = plot::ledger(dice, persona, theme, starts_at);
        let styles = [Style::Both, Style::Snapshots, Style::Movements];
        // As where one payment is typed in by hand, and the next one comes through the tool.
        let is_mixed = dice.happens("mixed", 600);
        let mut words = Vec::new();
        for n in 0..ledger.entries.len() {
            let telling = Telling {
                ledger: &ledger,
                n,
                id: seed,
                style: *dice.one_of(("style", n * usize::from(is_mixed)), &styles),
                persona,
            };
            for (which, said) in telling.said().into_iter().enumerate() {
                words.push(word(dice, persona, &ledger, n, which, said));
            }
        }
        let releases = (0..RELEASES).map(|n| format!("release/{n}"));
        let releases = releases.filter(|name| dice.strikes(name, 5_000));
        let releases = releases
            .map(|name| starts_at + DAY * 10 + dice.span(name, DAY * 55))
            .collect();
        Self {
            seed,
            persona,
            ledger,
            words,
            releases,
            names: plot::names().chain(dice.struck()).collect(),
        }
    }
}

fn word(
    dice: &Dice,
    persona: &Persona,
    ledger: &Ledger,
    n: usize,
    which: usize,
    said: Said,
) -> Word {
    let name = format!("{n}/{which}");
    let named = |what: &str| format!("word/{name}/{what}");
    // What happens in the first days is told in the first days: else there is nothing to remind of.
    let is_first = ledger.entries[n].kind == Kind::Issued;
    let mut delay = dice.span(named("delay"), SignedDuration::from_secs(4));
    if dice.strikes(&named("late"), 2_000) {
        delay += dice.span(named("late by"), DAY * if is_first { 2 } else { 7 });
    }
    let at = ledger.entries[n].at;
    let mut sent = vec![at + SignedDuration::from_millis(10) + delay];
    // Odoo waits for a second, and never tries again.
    let often = if persona.tool == "odoo" { 2_000 } else { 700 };
    if !is_first && dice.strikes(&named("never"), often) {
        sent.clear();
    } else if dice.strikes(&named("again"), 1_500) {
        sent.push(sent[0] + dice.span(named("again by"), DAY * 9));
    }
    Word {
        name,
        about: n,
        said,
        sent,
    }
}
