//! What a filter may use up. Nothing here is a clock: the same body always comes to the same end.

use std::cell::Cell;
use std::fmt;
use std::ptr::from_ref;

use jaq_core::data::HasLut;
use jaq_core::{DataT, Lut};
use jaq_json::{Num, Val};
use jiff::tz::TimeZone;

/// The steps of one run: what jq computes, and each value that it goes through. An event takes some
/// hundred, and a body of 1 MiB has at most some thousand events.
const STEPS: u64 = 2_000_000;
/// The bytes of all that one run makes, whether it is kept or not.
const MADE: u64 = 64 * 1024 * 1024;
/// What a value takes beside its text.
const VALUE: u64 = 32;
/// How deep lists and objects may stand in each other: as deep as a body's may.
const DEEPEST: usize = 128;
/// How often definitions that take filters may call themselves, and how many parts paths may have: both
/// are lists that are freed one end inside the other, on the stack.
const CALLS: u64 = 20_000;
const PARTS: u64 = 50_000;
/// How far the stack may grow.
const RECURSION: usize = 8 * 1024 * 1024;
/// The stack of the thread on which a filter runs. Only what is used of it is memory.
pub(super) const STACK: usize = 64 * 1024 * 1024;

/// Why a run was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exceeded {
    Steps,
    Made,
    Depth,
    Calls,
    Parts,
    Recursion,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps => write!(f, "takes more than {STEPS} steps"),
            Self::Made => write!(f, "makes more than {} MiB", MADE >> 20),
            Self::Depth => write!(f, "nests values more than {DEEPEST} deep"),
            Self::Calls => f.write_str("calls itself too often"),
            Self::Parts => f.write_str("makes too long paths"),
            Self::Recursion => f.write_str("calls itself too deep"),
        }
    }
}

/// Counts what one run uses up, and ends it.
pub(super) struct Meter {
    steps: Cell<u64>,
    made: Cell<u64>,
    calls: Cell<u64>,
    parts: Cell<u64>,
    /// Where the stack was when the run began.
    base: usize,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self {
            steps: Cell::new(0),
            made: Cell::new(0),
            calls: Cell::new(0),
            parts: Cell::new(0),
            base: stack(),
        }
    }

    /// One step more.
    pub(super) fn step(&self) {
        self.steps(1);
        if self.base.abs_diff(stack()) > RECURSION {
            end(Exceeded::Recursion);
        }
    }

    fn steps(&self, more: u64) {
        count(&self.steps, more, STEPS, Exceeded::Steps);
    }

    /// A definition that takes filters calls itself.
    pub(super) fn call(&self) {
        count(&self.calls, 1, CALLS, Exceeded::Calls);
    }

    /// A path has one part more.
    pub(super) fn part(&self) {
        count(&self.parts, 1, PARTS, Exceeded::Parts);
    }

    /// A value was made, or something is about to go through it.
    pub(super) fn weigh(&self, value: &Val) {
        self.weigh_at(value, 0);
    }

    /// Something is about to go through one value for each value in another.
    pub(super) fn weigh_product(&self, one: &Val, other: &Val) {
        self.weigh(one);
        self.steps(parts(one).saturating_mul(parts(other)));
    }

    /// A text, or a number, is about to be multiplied.
    pub(super) fn weigh_times(&self, one: &Val, other: &Val) {
        let (Some(one), Some(other)) = (factor(one), factor(other)) else {
            return;
        };
        let bytes = match (one, other) {
            (Factor::Text(bytes), Factor::Number { value, .. })
            | (Factor::Number { value, .. }, Factor::Text(bytes)) => bytes.saturating_mul(value),
            (Factor::Number { bits: one, .. }, Factor::Number { bits: other, .. }) => {
                one.saturating_mul(other) / 64
            }
            (Factor::Text(_), Factor::Text(_)) => 0,
        };
        count(&self.made, bytes, MADE, Exceeded::Made);
    }

    fn weigh_at(&self, value: &Val, depth: usize) {
        if depth > DEEPEST {
            end(Exceeded::Depth);
        }
        let text = match value {
            Val::TStr(text) | Val::BStr(text) => to_u64(text.len()),
            Val::Num(Num::Dec(digits)) => to_u64(digits.len()),
            Val::Num(Num::BigInt(number)) => number.bits() / 8,
            Val::Arr(_) | Val::Obj(_) | Val::Null | Val::Bool(_) | Val::Num(_) => 0,
        };
        count(&self.made, text + VALUE, MADE, Exceeded::Made);
        match value {
            Val::Arr(values) => {
                for value in values.iter() {
                    self.weigh_at(value, depth + 1);
                }
            }
            Val::Obj(values) => {
                for (key, value) in values.iter() {
                    self.weigh_at(key, depth + 1);
                    self.weigh_at(value, depth + 1);
                }
            }
            Val::TStr(_) | Val::BStr(_) | Val::Null | Val::Bool(_) | Val::Num(_) => {}
        }
    }
}

enum Factor {
    Text(u64),
    Number { value: u64, bits: u64 },
}

fn factor(value: &Val) -> Option<Factor> {
    match value {
        Val::TStr(text) | Val::BStr(text) => Some(Factor::Text(to_u64(text.len()))),
        Val::Num(Num::Int(number)) => Some(Factor::Number {
            value: u64::try_from(*number).unwrap_or(0),
            bits: 64,
        }),
        Val::Num(Num::BigInt(number)) => Some(Factor::Number {
            value: u64::MAX,
            bits: number.bits(),
        }),
        // Of these nothing grows.
        Val::Num(_) | Val::Null | Val::Bool(_) | Val::Arr(_) | Val::Obj(_) => None,
    }
}

/// How many there are to be gone through, of a text by the line.
fn parts(value: &Val) -> u64 {
    to_u64(match value {
        Val::Arr(values) => values.len(),
        Val::Obj(values) => values.len(),
        Val::TStr(text) | Val::BStr(text) => text.len() / 64,
        Val::Null | Val::Bool(_) | Val::Num(_) => 1,
    })
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn count(counter: &Cell<u64>, more: u64, most: u64, exceeded: Exceeded) {
    let counted = counter.get().saturating_add(more);
    counter.set(counted);
    if counted > most {
        end(exceeded);
    }
}

/// About where the stack is.
#[inline(never)]
fn stack() -> usize {
    let here = 0_u8;
    from_ref(std::hint::black_box(&here)).addr()
}

/// Unwinds the thread of the run: an error of jq's own could be caught by the filter.
fn end(exceeded: Exceeded) -> ! {
    std::panic::resume_unwind(Box::new(exceeded))
}

/// The data that runs through a filter, on the meter.
pub(super) struct Metered;

/// One run.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) lut: &'a Lut<Metered>,
    pub(super) meter: &'a Meter,
    /// Of the source, for the days of instants.
    pub(super) zone: &'a TimeZone,
}

impl DataT for Metered {
    type V<'a> = Val;
    type Data<'a> = Run<'a>;
}

impl<'a> HasLut<'a, Metered> for Run<'a> {
    /// `jaq` looks each term up before it computes it.
    fn lut(&self) -> &'a Lut<Metered> {
        self.meter.step();
        self.lut
    }
}
