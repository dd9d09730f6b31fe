//! The policy of a history: the tests' own, or one that chance wrote out of the language; and, for the oracle, what its
//! words mean. Nothing here asks the code that reads a policy.

use std::collections::BTreeSet;
use std::fmt::Write;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::calendar::Calendar;
use crate::dice::Dice;

/// From what a step's day is counted, and by how many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// Before it, if negative.
    Due(i64),
    /// Days on which mails may leave.
    DueBusiness(i64),
    /// From the step below.
    Previous(i64),
    PreviousBusiness(i64),
}

/// What happens on a step's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Mail(&'static str),
    Call,
    Signal,
}

/// What becomes of a step on a closed day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Roll {
    Later,
    Earlier,
    Drop,
}

/// A step, as both policies of a history have it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) id: String,
    pub(crate) on: On,
    pub(crate) deed: Deed,
    pub(crate) roll: Roll,
    /// It is of large debts alone.
    pub(crate) for_large: bool,
    /// Where it stands once the policy was edited, if that moves it.
    pub(crate) moved: Option<On>,
    /// The edited policy alone has it.
    pub(crate) is_added: bool,
}

impl Step {
    fn new(id: &str, on: On, deed: Deed) -> Self {
        Self {
            id: id.to_owned(),
            on,
            deed,
            roll: Roll::Later,
            for_large: false,
            moved: None,
            is_added: false,
        }
    }

    pub(crate) fn is_mail(&self) -> bool {
        matches!(self.deed, Deed::Mail(_))
    }

    /// Whether it asks, before the due date.
    pub(crate) fn is_question(&self) -> bool {
        matches!(self.on, On::Due(days) if days < 0)
    }

    /// Whether it is a mail about what is late.
    pub(crate) fn is_reminder(&self) -> bool {
        self.is_mail() && !self.is_question()
    }

    /// Whether a debt may climb past it without it.
    pub(crate) fn is_optional(&self) -> bool {
        self.for_large || self.is_added || self.roll == Roll::Drop
    }

    /// Where it stands, by either policy.
    fn places(&self) -> impl Iterator<Item = On> {
        [Some(self.on), self.moved].into_iter().flatten()
    }

    fn text(&self, is_edited: bool) -> String {
        let on = match self.moved.filter(|_| is_edited).unwrap_or(self.on) {
            On::Due(days) if days < 0 => format!("due - {} days", -days),
            On::Due(days) => format!("due + {days} days"),
            On::DueBusiness(days) => format!("due + {days} business days"),
            On::Previous(days) => format!("previous + {days} days"),
            On::PreviousBusiness(days) => format!("previous + {days} business days"),
        };
        let sender = if self.is_question() {
            "friendly"
        } else {
            "collecting"
        };
        let deed = match self.deed {
            Deed::Mail(template) => format!("template = \"{template}\"\nsender = \"{sender}\""),
            Deed::Call => "task = \"call\"".to_owned(),
            Deed::Signal => format!("signal = \"{SIGNAL}\"\nundo = \"{UNDO}\""),
        };
        let roll = match self.roll {
            Roll::Later => "later",
            Roll::Earlier => "earlier",
            Roll::Drop => "drop",
        };
        let when = if self.for_large {
            format!("when = \"invoice.remaining >= {LARGE}\"\n")
        } else {
            String::new()
        };
        let id = &self.id;
        format!("[[steps]]\nid = \"{id}\"\non = \"{on}\"\n{deed}\nroll = \"{roll}\"\n{when}\n")
    }
}

pub(crate) const SIGNAL: &str = "service.suspend";
pub(crate) const UNDO: &str = "service.resume";
/// In units of the currency: of less, some steps are not.
const LARGE: u32 = 3_000;

/// What a history's policies say.
#[derive(Debug, Clone)]
pub(crate) struct Scheme {
    /// In the order of the ladder. The edited policy has all of them.
    pub(crate) steps: Vec<Step>,
    pub(crate) calendar: Calendar,
    /// Mails leave from the first, and not at the second or after.
    pub(crate) hours: (i8, i8),
    pub(crate) mails_per_week: usize,
    /// Days for which a debtor has had an invoice before anything leaves.
    pub(crate) patience: i64,
    /// So many days late at its entry, an invoice is for a person.
    pub(crate) limit: i64,
    /// Whether chance wrote it.
    pub(crate) is_drawn: bool,
}

impl Scheme {
    /// The one of a seed.
    pub(crate) fn of(dice: &Dice, is_edited: bool) -> Self {
        let mut scheme = if dice.strikes("the policy is another one", 6_000) {
            drawn(dice)
        } else {
            usual()
        };
        if is_edited {
            scheme.edit(dice);
        }
        scheme
    }

    /// How the user edits it: one reminder comes later, or there are more, between others and after the last.
    fn edit(&mut self, dice: &Dice) {
        let dated: Vec<usize> = (0..self.steps.len())
            .filter(|rank| {
                let next = self.steps.get(rank + 1).map(|next| next.on);
                let has_room = match (self.steps[*rank].on, next) {
                    (On::Due(days), Some(On::Due(next))) => days > 0 && next - days > 4,
                    _ => false,
                };
                has_room && self.steps[*rank].is_reminder()
            })
            .collect();
        if dated.is_empty() || dice.happens("policy/longer", 500) {
            if let Some(rank) = dated.last() {
                let On::Due(days) = self.steps[*rank].on else {
                    unreachable!("it is dated")
                };
                self.add(rank + 1, On::Due(days + 4), "between");
            }
            let last = self.steps[self.last_mail()].on;
            let on = match last {
                On::Due(days) => On::Due(days + 9),
                _ => On::Previous(9),
            };
            let end = self.steps.len();
            if end == self.last_mail() + 1 {
                self.add(end, on, "after");
            }
        } else {
            let rank = *dice.one_of("policy/which is later", &dated);
            if let On::Due(days) = self.steps[rank].on {
                self.steps[rank].moved = Some(On::Due(days + 2));
            }
        }
    }

    fn add(&mut self, place: usize, on: On, id: &str) {
        let step = Step::new(id, on, Deed::Mail("firm"));
        self.steps.insert(
            place,
            Step {
                is_added: true,
                ..step
            },
        );
    }

    /// The policy as it is deployed: the tests' own, with the ladder, the calendar and the limits of this one.
    pub(crate) fn text(&self, tests_own: &str, is_edited: bool) -> String {
        let (head, rest) = tests_own.split_once("[calendar]").expect("it has one");
        let (_, rest) = rest.split_once("[sources.stripe]").expect("it has one");
        let (source, _) = rest.split_once("[[steps]]").expect("it has steps");
        let (opens, closes) = self.hours;
        let Self {
            mails_per_week,
            patience,
            limit,
            ..
        } = self;
        let calendar = self.calendar.text();
        let mut text = format!(
            "{head}[calendar]\nsend_at = \"{opens:02}:00\"\nwindow = [\"{opens:02}:00\", \"{closes:02}:00\"]\n{calendar}\
             [limits]\nmails_per_week = {mails_per_week}\nchase_from = \"1.00\"\n\
             [first_contact]\npatience = \"{patience} days\"\nlimit = \"{limit} days\"\n\
             [sources.stripe]{source}"
        );
        let there = self.steps.iter().filter(|step| is_edited || !step.is_added);
        for step in there {
            text.write_str(&step.text(is_edited))
                .expect("a string takes all");
        }
        text
    }

    /// In a few lines, for whoever reads what went wrong.
    pub(crate) fn told(&self) -> String {
        let steps = self.steps.iter().map(|step| {
            let text = step.text(!step.is_added && step.moved.is_some());
            let added = if step.is_added { " (added)" } else { "" };
            format!("{}{added}\n", text.trim_end().replace('\n', ", "))
        });
        let Self {
            calendar,
            hours,
            mails_per_week,
            patience,
            limit,
            ..
        } = self;
        format!(
            "{}{calendar:?}, from {} to {}, {mails_per_week} mails a week, patience {patience}, limit {limit}",
            steps.collect::<String>(),
            hours.0,
            hours.1
        )
    }

    /// When mails leave in Paris, so many days after a due date: one of the days on which steps are.
    pub(crate) fn a_busy_moment(&self, dice: &Dice, name: &str, due: Date) -> Timestamp {
        let days = self.steps.iter().filter_map(|step| match step.on {
            On::Due(days) => Some(days),
            _ => None,
        });
        let days: Vec<i64> = days.collect();
        let days = if days.is_empty() {
            3
        } else {
            *dice.one_of((name, "day"), &days)
        };
        let paris = TimeZone::get("Europe/Paris").expect("a zone of the table");
        let at = due.saturating_add(days.days()).at(self.hours.0, 0, 0, 0);
        at.to_zoned(paris).expect("in range").timestamp()
    }

    /// Its place in the ladder.
    pub(crate) fn rank(&self, step: &str) -> Option<usize> {
        self.steps.iter().position(|known| known.id == step)
    }

    /// The last mail of the policy as it was first.
    pub(crate) fn last_mail(&self) -> usize {
        let last = self
            .steps
            .iter()
            .rposition(|step| step.is_mail() && !step.is_added);
        last.expect("there is a mail")
    }

    /// The days on which a step may stand for a debt due on a day: by either policy, with or without what is below.
    pub(crate) fn days(&self, rank: usize, due: Date, country: Option<&str>) -> BTreeSet<Date> {
        let (step, calendar) = (&self.steps[rank], &self.calendar);
        let below = || {
            let mut days = BTreeSet::new();
            for rank in (0..rank).rev() {
                days.extend(self.days(rank, due, country));
                if !self.steps[rank].is_optional() {
                    return days;
                }
            }
            days.insert(due);
            days
        };
        let meant: BTreeSet<Date> = step
            .places()
            .flat_map(|on| match on {
                On::Due(days) => vec![due.saturating_add(days.days())],
                On::DueBusiness(days) => vec![calendar.business_days_after(due, days, country)],
                On::Previous(days) => {
                    let below = below().into_iter();
                    below.map(|day| day.saturating_add(days.days())).collect()
                }
                On::PreviousBusiness(days) => {
                    let below = below().into_iter();
                    below
                        .map(|day| calendar.business_days_after(day, days, country))
                        .collect()
                }
            })
            .collect();
        let stands = |day: Date| {
            let open = match step.roll {
                Roll::Later | Roll::Drop => calendar.open_from(day, country),
                Roll::Earlier => calendar.open_until(day, country),
            };
            if step.is_question() && open >= due {
                calendar.open_until(day.min(due.yesterday().expect("in range")), country)
            } else if step.is_reminder() && open <= due {
                calendar.open_from(due.tomorrow().expect("in range"), country)
            } else {
                open
            }
        };
        meant.into_iter().map(stands).collect()
    }

    /// The least number of days between two mails, by whichever policy counted: three days less than their distance,
    /// never the same day.
    pub(crate) fn distance(&self, from: usize, to: usize) -> i64 {
        let days = |rank: usize| -> Option<Vec<i64>> {
            let places = self.steps[rank].places();
            places
                .map(|on| match on {
                    On::Due(days) => Some(days),
                    _ => None,
                })
                .collect()
        };
        let (Some(lower), Some(higher)) = (days(from), days(to)) else {
            return match self.steps[to].on {
                // That distance stays whole.
                On::Previous(days) if to == from + 1 && self.steps[to].moved.is_none() => days,
                _ => 1,
            };
        };
        let apart = higher.iter().min().copied().unwrap_or_default()
            - lower.iter().max().copied().unwrap_or_default();
        // Where a call stands between them, each keeps its distance to that: as many days less as its own day was moved.
        let is_dated = |step: &Step| step.is_mail() || matches!(step.on, On::Due(_));
        let moved = if self.steps[from + 1..to].iter().all(is_dated) {
            0
        } else {
            LONGEST_REST + self.calendar.longest_closure()
        };
        (apart - GRACE - moved).max(1)
    }

    /// From the first reminder to the last one, for a debt that was held up: the distances, with the days on which
    /// nothing may leave and those that other mails take.
    pub(crate) fn catches_up_in(&self) -> SignedDuration {
        let reminders = self.steps.iter().filter(|step| !step.is_question());
        let (mut days, mut at) = (0, None);
        // The fewer mails a week, the longer each waits for its turn.
        let turn = 7 / i64::try_from(self.mails_per_week).expect("few") + 1;
        for step in reminders {
            let gap = match (step.moved.unwrap_or(step.on), at) {
                (On::Due(day), Some(at)) => day - at,
                (On::Due(_), None) => 0,
                (On::Previous(days), _) => days,
                (On::DueBusiness(days) | On::PreviousBusiness(days), _) => days * 7 / 5 + 2,
            };
            if let On::Due(day) = step.on {
                at = Some(day);
            }
            days += gap.max(if self.mails_per_week < 3 { turn } else { 1 });
        }
        let days = days + 12 + self.calendar.longest_closure() + 2 * turn;
        SignedDuration::from_hours(24 * days)
    }
}

/// By the policy: a step may follow the one before it three days sooner than their distance.
const GRACE: i64 = 3;
/// So many days in a row nothing leaves, at the most, where nobody is closed: holidays beside a week-end.
const LONGEST_REST: i64 = 6;

/// The tests' policy.
fn usual() -> Scheme {
    let steps = [
        ("ask-15", -15, "ask"),
        ("ask-7", -7, "soon"),
        ("late-3", 3, "reminder"),
        ("late-10", 10, "firm"),
        ("late-21", 21, "last"),
    ];
    let step = |(id, days, template)| Step::new(id, On::Due(days), Deed::Mail(template));
    Scheme {
        steps: steps.into_iter().map(step).collect(),
        calendar: Calendar::usual(),
        hours: (9, 17),
        mails_per_week: 3,
        patience: 3,
        limit: 30,
        is_drawn: false,
    }
}

fn drawn(dice: &Dice) -> Scheme {
    let number = |name: &str, from: i64, end: i64| {
        let span = u64::try_from(end - from).expect("an end after its beginning");
        from + i64::try_from(dice.below(("policy", name), span)).expect("small")
    };
    let mut steps = Vec::new();
    for (name, days, template) in [
        ("q-1", number("q-1", 9, 21), "ask"),
        ("q-2", number("q-2", 2, 8), "soon"),
    ] {
        if dice.happens(("policy", name, "is there"), 600) {
            steps.push(Step::new(name, On::Due(-days), Deed::Mail(template)));
        }
    }
    let reminders = number("reminders", 1, 6);
    let mut day = 0;
    for place in 1..=reminders {
        let id = format!("r-{place}");
        let is_last = place == reminders;
        let template = match place {
            _ if is_last => "last",
            1 => "reminder",
            _ => "firm",
        };
        let gap = if place == 1 {
            number(&id, 1, 8)
        } else {
            number(&id, 3, 11)
        };
        let on = match number(&format!("{id} counts"), 0, 5) {
            0 if place == 1 => On::DueBusiness(gap),
            0 if place > 1 => On::Previous(gap),
            _ => On::Due(day + gap),
        };
        // What is counted otherwise may come later than its days say.
        day += gap + if matches!(on, On::Due(_)) { 0 } else { 6 };
        let mut step = Step::new(&id, on, Deed::Mail(template));
        if place > 1 && !is_last {
            step.for_large = dice.happens(("policy", &id, "for large"), 200);
            step.roll = *dice.one_of(
                ("policy", &id, "roll"),
                &[Roll::Later, Roll::Later, Roll::Earlier, Roll::Drop],
            );
        }
        steps.push(step);
        if dice.happens(("policy", &id, "call"), 300) {
            let call = Step::new(
                &format!("call-{place}"),
                On::PreviousBusiness(2),
                Deed::Call,
            );
            steps.push(call);
            day += 6;
        }
    }
    if dice.happens("policy/signal", 400) {
        let on = On::Previous(number("signal", 3, 10));
        steps.push(Step::new("suspend", on, Deed::Signal));
    }
    Scheme {
        steps,
        calendar: Calendar::drawn(dice),
        hours: *dice.one_of("policy/hours", &[(9, 17), (7, 10), (13, 20), (2, 5)]),
        mails_per_week: usize::try_from(number("mails per week", 1, 4)).expect("small"),
        patience: number("patience", 0, 6),
        limit: number("limit", 15, 60),
        is_drawn: true,
    }
}
