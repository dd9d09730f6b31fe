//! Any policy, any calendar, any zone, and what happens to a debt under them: made by chance.

use std::fmt::Write;

use jiff::civil::Weekday;
use proptest::prelude::*;

/// A step as it is written.
#[derive(Debug, Clone)]
pub(crate) struct AStep {
    pub(crate) on: On,
    pub(crate) is_call: bool,
    pub(crate) roll: &'static str,
    /// Whether it is for large debts alone.
    pub(crate) for_large: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum On {
    /// After the due date, or before it.
    Due(i32),
    Business(i32),
    /// After the step before it.
    Previous(i32),
}

#[derive(Debug, Clone)]
pub(crate) struct APolicy {
    pub(crate) steps: Vec<AStep>,
    pub(crate) weekend: (&'static str, [Weekday; 2]),
    pub(crate) hours: (u8, u8),
    pub(crate) holidays: bool,
    pub(crate) cap: u8,
    pub(crate) patience: u8,
}

impl APolicy {
    pub(crate) fn text(&self) -> String {
        let ours = include_str!("relance.toml");
        let (before, _) = ours.split_once("[calendar]").unwrap();
        let (_, after) = ours.split_once("[sources.stripe]").unwrap();
        let (source, _) = after.split_once("[[steps]]").unwrap();
        let Self {
            weekend: (weekend, _),
            hours: (opens, closes),
            holidays,
            cap,
            patience,
            ..
        } = self;
        let mut text = format!(
            "{before}\n[calendar]\nsend_at = \"{opens:02}:00\"\nwindow = [\"{opens:02}:00\", \"{closes:02}:00\"]\n\
             weekend = [{weekend}]\nholidays = {holidays}\n[limits]\nmails_per_week = {cap}\n\
             [first_contact]\npatience = \"{patience} days\"\n[sources.stripe]{source}\n"
        );
        for (place, step) in self.steps.iter().enumerate() {
            let on = match step.on {
                On::Due(days) if days < 0 => format!("due - {} days", -days),
                On::Due(days) => format!("due + {days} days"),
                On::Business(days) => format!("due + {days} business days"),
                On::Previous(days) => format!("previous + {days} days"),
            };
            let deed = if self.is_signal(place) {
                "signal = \"suspend\"\nundo = \"resume\"".to_owned()
            } else if step.is_call {
                "task = \"call\"".to_owned()
            } else {
                format!("template = \"t{place}\"\nsender = \"friendly\"")
            };
            let when = if step.for_large {
                "when = \"invoice.remaining >= 60\""
            } else {
                ""
            };
            let roll = step.roll;
            write!(
                text,
                "[[steps]]\nid = \"s-{place}\"\non = \"{on}\"\n{deed}\nroll = \"{roll}\"\n{when}\n"
            )
            .unwrap();
        }
        text
    }

    /// Whether a step tells the user's own automation.
    pub(crate) fn is_signal(&self, place: usize) -> bool {
        self.steps[place].is_call && place.is_multiple_of(2) && self.has_warned_before(place)
    }

    /// Whether a reminder stands above a step.
    fn has_warned_before(&self, place: usize) -> bool {
        let mut above = self.steps[..place].iter();
        above.any(|step| match step.on {
            On::Due(days) => !step.is_call && days > 0,
            On::Business(_) | On::Previous(_) => false,
        })
    }
}

pub(crate) fn a_policy() -> impl Strategy<Value = APolicy> {
    let weekends = prop_oneof![
        Just((
            "\"saturday\", \"sunday\"",
            [Weekday::Saturday, Weekday::Sunday]
        )),
        Just((
            "\"friday\", \"saturday\"",
            [Weekday::Friday, Weekday::Saturday]
        )),
    ];
    let step = (1..12_i32, 0..4_u8, any::<bool>(), 0..3_usize, 0..4_u8);
    let steps = prop::collection::vec(step, 1..7);
    let questions = prop::collection::vec(1..20_i32, 0..3);
    let hours = prop_oneof![Just((9, 17)), Just((0, 6)), Just((2, 4)), Just((20, 23))];
    (
        questions,
        steps,
        weekends,
        hours,
        any::<bool>(),
        1..4_u8,
        0..6_u8,
    )
        .prop_map(
            |(mut questions, raw, weekend, hours, holidays, cap, patience)| {
                questions.sort_unstable();
                questions.dedup();
                let rolls = ["later", "earlier", "drop"];
                let mut steps: Vec<AStep> = questions
                    .iter()
                    .rev()
                    .map(|days| AStep {
                        on: On::Due(-days),
                        is_call: false,
                        roll: "later",
                        for_large: false,
                    })
                    .collect();
                let mut day = 0;
                for (gap, kind, is_call, roll, large) in raw {
                    day += gap;
                    let is_first = steps.is_empty();
                    // Days of business are more days: they come first, or the dates would be in disorder.
                    let on = match kind {
                        0 if !is_first && day > gap => On::Previous(gap),
                        1 if day == gap => {
                            day = (gap * 7 + 4) / 5;
                            On::Business(gap)
                        }
                        _ => On::Due(day),
                    };
                    steps.push(AStep {
                        on,
                        is_call,
                        roll: rolls[roll],
                        for_large: large == 0,
                    });
                }
                APolicy {
                    steps,
                    weekend,
                    hours,
                    holidays,
                    cap,
                    patience,
                }
            },
        )
}

/// Something that happens to a debt, some days after it was issued.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    /// Half of it is paid.
    PaidInPart,
    Paid,
    DueLater(u8),
    Paused(u8),
    Resumed,
}

#[derive(Debug, Clone)]
pub(crate) struct ALife {
    pub(crate) zone: &'static str,
    pub(crate) issued: u16,
    pub(crate) term: u8,
    pub(crate) events: Vec<(u8, Event)>,
    /// Whether each mail is heard, in turn.
    pub(crate) fates: Vec<bool>,
    /// Hours by which knocks are late, in turn.
    pub(crate) late: Vec<u8>,
    pub(crate) second: bool,
}

pub(crate) fn a_life() -> impl Strategy<Value = ALife> {
    let zones = prop_oneof![
        Just("Europe/Paris"),
        Just("America/New_York"),
        Just("Australia/Sydney"),
        Just("Asia/Tokyo"),
        Just("America/Santiago"),
        Just("Pacific/Auckland"),
    ];
    let event = prop_oneof![
        Just(Event::PaidInPart),
        Just(Event::Paid),
        (1..40_u8).prop_map(Event::DueLater),
        (1..30_u8).prop_map(Event::Paused),
        Just(Event::Resumed),
    ];
    let events = prop::collection::vec((1..120_u8, event), 0..4);
    let fates = prop::collection::vec(prop::bool::weighted(0.9), 1..8);
    let late = prop::collection::vec(prop_oneof![3 => Just(0_u8), 1 => 1..60_u8], 1..8);
    (
        zones,
        0..730_u16,
        0..45_u8,
        events,
        fates,
        late,
        any::<bool>(),
    )
        .prop_map(|(zone, issued, term, mut events, fates, late, second)| {
            events.sort_by_key(|(day, _)| *day);
            ALife {
                zone,
                issued,
                term,
                events,
                fates,
                late,
                second,
            }
        })
}
