//! How the tool answers, whom it forgets, and what it never tells.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use crate::dice::Dice;
use crate::story::{DAY, HOUR, Story};

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weather {
    Fine,
    Unreachable,
    Status(u16),
    /// 429, with or without the header.
    Busy(Option<u32>),
    /// Whoever stands in front of it answers a page for people.
    Html,
    /// Its JSON breaks off.
    Cut,
    /// It answers about another invoice.
    Another,
    /// Out of its test mode.
    TestMode,
    /// In some seconds.
    Slow,
}

const BAD: [Weather; 16] = [
    Weather::Unreachable,
    Weather::Unreachable,
    Weather::Status(500),
    Weather::Status(503),
    Weather::Busy(None),
    Weather::Busy(Some(30)),
    Weather::Busy(Some(5400)),
    Weather::Status(401),
    Weather::Status(403),
    Weather::Html,
    Weather::Cut,
    Weather::Another,
    Weather::TestMode,
    Weather::Slow,
    Weather::Slow,
    Weather::Slow,
];

/// What becomes of the questions of one history.
#[derive(Clone)]
pub(crate) struct Forecast {
    dice: Dice,
    calm_from: Timestamp,
    intensity: u64,
    spells: Vec<(Range<Timestamp>, Weather)>,
    forgotten: BTreeMap<String, Range<Timestamp>>,
}

impl Forecast {
    pub(crate) fn new(dice: &Dice, story: &Story, intensity: u64) -> Self {
        Self {
            dice: dice.clone(),
            calm_from: story.calm_from,
            intensity,
            spells: mornings(dice, story)
                .chain(long_spells(dice, story))
                .collect(),
            forgotten: forgotten(dice, story),
        }
    }

    /// How a question of this name is answered.
    pub(crate) fn at(&self, name: &str, now: Timestamp) -> Weather {
        if now >= self.calm_from {
            return Weather::Fine;
        }
        let mut spells = self.spells.iter();
        match spells.find(|(span, _)| span.contains(&now)) {
            Some((_, weather)) => *weather,
            None if self.dice.strikes(name, 100 * self.intensity) => {
                *self.dice.one_of((name, "how"), &BAD)
            }
            None => Weather::Fine,
        }
    }

    /// Whether it has lost an invoice.
    pub(crate) fn has_forgotten(&self, invoice: &str, now: Timestamp) -> bool {
        let span = self.forgotten.get(invoice);
        span.is_some_and(|span| span.contains(&now))
    }
}

/// Just when reminders leave.
fn mornings(dice: &Dice, story: &Story) -> impl Iterator<Item = (Range<Timestamp>, Weather)> {
    let days = story.calm_from.duration_since(story.starts_at).as_hours() / 24;
    let midnight = story.starts_at.as_second().div_euclid(86_400) * 86_400;
    let midnight = Timestamp::from_second(midnight).expect("in range");
    (0..days).filter_map(move |day| {
        let name = format!("the tool is away on the morning of day {day}");
        let from = midnight + DAY * i32::try_from(day).expect("weeks") + HOUR * 6;
        let from = from + dice.span((&name, "from"), HOUR * 2);
        let longest = *dice.one_of((&name, "how long"), &[HOUR * 3, HOUR * 12]);
        let until = from + dice.span((&name, "lasts"), longest);
        let is_away = dice.strikes(&name, 1_000);
        is_away.then(|| (from..until, *dice.one_of((&name, "how"), &BAD)))
    })
}

/// For days.
fn long_spells(dice: &Dice, story: &Story) -> impl Iterator<Item = (Range<Timestamp>, Weather)> {
    let span = story.calm_from.duration_since(story.starts_at);
    (0..3).filter_map(move |n| {
        let name = format!("the tool is away for long {n}");
        let from = story.starts_at + dice.span((&name, "from"), span);
        let until = from + HOUR * 12 + dice.span((&name, "lasts"), DAY * 6);
        let is_away = dice.strikes(&name, 2_500);
        is_away.then(|| (from..until, *dice.one_of((&name, "how"), &BAD)))
    })
}

/// For some days, or for good.
fn forgotten(dice: &Dice, story: &Story) -> BTreeMap<String, Range<Timestamp>> {
    let ever = |name: &str| {
        let from = story.starts_at + DAY * 3 + dice.span((name, "from"), DAY * 60);
        let lasts = SignedDuration::from_hours(1) + dice.span((name, "lasts"), DAY * 10);
        let is_for_good = dice.happens((name, "for good"), 500);
        let until = if is_for_good {
            Timestamp::MAX
        } else {
            (from + lasts).min(story.calm_from)
        };
        from..until
    };
    let named = story
        .invoices
        .iter()
        .map(|id| (id, format!("{id} is forgotten")));
    named
        .filter(|(_, name)| dice.strikes(name, 1_000))
        .map(|(id, name)| (id.clone(), ever(&name)))
        .collect()
}

/// Which changes nobody is told of.
pub(crate) struct Silence<'a> {
    dice: &'a Dice,
    never: Option<&'static str>,
    loses: bool,
}

impl<'a> Silence<'a> {
    pub(crate) fn new(dice: &'a Dice) -> Self {
        const KINDS: [Option<&str>; 7] = [
            None,
            None,
            None,
            Some("updated"),
            Some("paid"),
            Some("voided"),
            Some("marked_uncollectible"),
        ];
        Self {
            dice,
            never: *dice.one_of("never told", &KINDS),
            loses: dice.happens("webhooks get lost", 600),
        }
    }

    /// Whether a change is never told: by its name, its kind, and whether money came by it.
    pub(crate) fn swallows(&self, change: &str, kind: &str, is_money: bool) -> bool {
        if !self.loses {
            return false;
        }
        let by_hand = format!("{change} is typed in by hand");
        (is_money && self.dice.strikes(&by_hand, 3_000))
            || (Some(kind) == self.never && self.dice.is_heard(&format!("{change} is never told")))
            || self.dice.strikes(&format!("{change} is lost"), 800)
    }
}
