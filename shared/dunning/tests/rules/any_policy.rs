//! Any policy, any calendar, any zone, and any debtor's life under them: what is promised of each mail.
//!
//! What judges has rules of its own: it reads the policy as it was written here, and computes no date.

use std::collections::BTreeMap;

use dunning::billing::{Profile, Status};
use dunning::file::{File, Invoice, Pause, Skip, Step, StepState};
use dunning::policy::Policy;
use dunning::rules::{Decision, Delivery, Instruction, decide, instruct, record_delivery};
use dunning::value::{Country, Zone};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::any_life::{ALife, APolicy, Event, On, a_life, a_policy};
use crate::common::{Kept, debtor, euros, event, invoice};

const WINDOW: SignedDuration = SignedDuration::from_mins(45);

/// A mail, or a call, as it was seen.
struct Left {
    at: Timestamp,
    steps: Vec<(String, usize)>,
    is_mail: bool,
    is_heard: bool,
}

/// A debt's life: who is knocked for comes, a little late sometimes; then the next.
struct Living<'a> {
    kept: Kept,
    life: &'a ALife,
    left: Vec<Left>,
    knocks: usize,
    due: Date,
    remaining: i64,
}

impl Living<'_> {
    fn tell(&mut self, now: Timestamp, number: usize, due: Date, remaining: i64) {
        let text = now.to_string();
        let mut snapshot = invoice(&format!("in_{number}"), &due.to_string());
        snapshot.remaining = euros(remaining);
        if remaining == 0 {
            snapshot.status = Status::Paid;
        }
        let mut told = event(&text, snapshot);
        told.debtor = Some(Profile {
            country: Some(Country::parse("FR").unwrap()),
            time_zone: Zone::parse(self.life.zone).ok(),
            ..debtor()
        });
        self.kept.hear(&text, &told);
    }

    fn happen(&mut self, now: Timestamp, event: Event) {
        let text = now.to_string();
        match event {
            Event::PaidInPart => self.remaining = (self.remaining / 2).max(1_000),
            Event::Paid => self.remaining = 0,
            Event::DueLater(days) => {
                self.due = self.due.saturating_add(jiff::Span::new().days(days));
            }
            Event::Paused(days) => {
                let until = now.to_zoned(TimeZone::UTC).date();
                let until = until.saturating_add(jiff::Span::new().days(days));
                let pause = Instruction::Pause(Pause { until: Some(until) });
                let change = instruct(&self.kept.file, None, pause);
                self.kept.write(&text, &change);
                return self.kept.replan_all(&text);
            }
            Event::Resumed => {
                let change = instruct(&self.kept.file, None, Instruction::Resume);
                self.kept.write(&text, &change);
                return self.kept.replan_all(&text);
            }
        }
        self.tell(now, 1, self.due, self.remaining);
    }

    /// When somebody is to be knocked for next.
    fn next(&self) -> Option<Timestamp> {
        let open = self.kept.file.open.values();
        open.filter_map(Invoice::next_step_at).min()
    }

    /// Of a mail of which nothing was heard nobody knows whether it was one.
    fn mails(&self) -> impl Iterator<Item = &Left> {
        let left = self.left.iter();
        left.filter(|left| left.is_mail && left.is_heard)
    }

    /// The calls that the team was asked to make just now, and what the automation was told.
    fn note_calls(&mut self, before: &File, now: Timestamp) {
        let is_new = |step: &Step| match step.state {
            StepState::Asked { at, .. } | StepState::Signalled { at, .. } => at == now,
            _ => false,
        };
        let was_asked = |invoice: &Invoice, step: &Step| {
            let known = before.open.get(invoice.id());
            let mut known = known.into_iter().flat_map(|known| &known.steps);
            known.any(|known| known.id == step.id && is_new(known))
        };
        let mut steps = Vec::new();
        for invoice in self.kept.file.open.values() {
            let of_now = invoice.steps.iter().filter(|step| is_new(step));
            let new = of_now.filter(|step| !was_asked(invoice, step));
            steps.extend(new.map(|step| (invoice.id().to_string(), number(step.id.as_str()))));
        }
        if !steps.is_empty() {
            self.left.push(Left {
                at: now,
                steps,
                is_mail: false,
                is_heard: true,
            });
        }
    }

    fn knock(&mut self, now: Timestamp) {
        let text = now.to_string();
        for _ in 0..20 {
            let before = self.kept.file.clone();
            match decide(
                self.kept.context(&text),
                &self.kept.file,
                self.kept.version,
                WINDOW,
            ) {
                Decision::Write(change) | Decision::Signal { change, .. } => {
                    self.kept.write(&text, &change);
                    self.note_calls(&before, now);
                }
                Decision::Send { claim, letter } => {
                    self.kept.write(&text, &claim);
                    self.note_calls(&before, now);
                    let steps = letter.steps.iter();
                    let steps = steps.map(|it| (it.invoice.to_string(), number(it.step.as_str())));
                    let steps = steps.collect();
                    let is_heard = self.life.fates[self.left.len() % self.life.fates.len()];
                    self.left.push(Left {
                        at: now,
                        steps,
                        is_mail: true,
                        is_heard,
                    });
                    if is_heard {
                        let sent = Delivery::Sent {
                            message_id: "m".to_owned(),
                        };
                        let change = record_delivery(&self.kept.file, &letter.claim, &sent, now);
                        self.kept.write(&text, &change);
                        self.kept.replan_all(&text);
                    }
                }
                Decision::Nothing | Decision::KnockAgain(_) => return,
            }
        }
        panic!("never done at {now}");
    }

    fn live(&mut self) {
        let first = Timestamp::from_second(1_798_761_600).unwrap(); // 2027-01-01
        let day = SignedDuration::from_hours(24);
        let issued = first + day * i32::from(self.life.issued) + SignedDuration::from_hours(10);
        let issued_on = issued.to_zoned(TimeZone::UTC).date();
        self.due = issued_on.saturating_add(jiff::Span::new().days(self.life.term));
        self.tell(issued, 1, self.due, self.remaining);
        if self.life.second {
            self.tell(issued, 2, self.due, 10_000);
        }
        let mut events = self.life.events.iter().peekable();
        let mut now = issued;
        let end = issued + day * 200;
        while now < end && self.knocks < 400 {
            self.knocks += 1;
            let late = self.life.late[self.knocks % self.life.late.len()];
            let knock = self.next().unwrap_or(end).max(now);
            let knock = knock + SignedDuration::from_hours(i64::from(late));
            let told = events
                .peek()
                .map(|(after, _)| issued + day * i32::from(*after));
            if let Some(told) = told.filter(|told| *told <= knock) {
                now = told.max(now);
                let (_, event) = events.next().unwrap();
                self.happen(now, *event);
            } else {
                now = knock.max(now + SignedDuration::from_mins(1));
                self.knock(now);
            }
        }
        assert!(self.knocks < 400, "knocks without end");
    }
}

fn number(step: &str) -> usize {
    step.trim_start_matches("s-").parse().unwrap()
}

/// The holidays of France that stand on one day of the year.
fn is_fixed_holiday(day: Date) -> bool {
    let days = [
        (1, 1),
        (5, 1),
        (5, 8),
        (7, 14),
        (8, 15),
        (11, 1),
        (11, 11),
        (12, 25),
    ];
    days.contains(&(day.month(), day.day()))
}

fn judge(policy: &APolicy, life: &ALife, living: &Living<'_>) -> Result<(), TestCaseError> {
    let zone = TimeZone::get(life.zone).unwrap();
    // Civil hours.
    for left in &living.left {
        let here = left.at.to_zoned(zone.clone());
        let (opens, closes) = policy.hours;
        let hour = here.hour().unsigned_abs();
        prop_assert!((opens..closes).contains(&hour), "{here}");
        prop_assert!(!policy.weekend.1.contains(&here.weekday()), "{here}");
        prop_assert!(
            !(policy.holidays && is_fixed_holiday(here.date())),
            "{here}"
        );
    }
    // No flood.
    let days: Vec<Date> = living
        .mails()
        .map(|left| left.at.to_zoned(zone.clone()).date())
        .collect();
    for (place, day) in days.iter().enumerate() {
        let week = days[..=place]
            .iter()
            .filter(|other| (*day - **other).get_days() < 7);
        prop_assert!(week.count() <= usize::from(policy.cap), "{days:?}");
        prop_assert!(place == 0 || days[place - 1] < *day, "{days:?}");
    }
    // Once, upwards, and as far apart as the policy says.
    let mut said: BTreeMap<&str, Vec<(usize, Date)>> = BTreeMap::new();
    for left in &living.left {
        let day = left.at.to_zoned(zone.clone()).date();
        for (invoice, step) in &left.steps {
            said.entry(invoice).or_default().push((*step, day));
        }
    }
    for (invoice, said) in &said {
        for pair in said.windows(2) {
            let [(lower, before), (higher, after)] = pair else {
                unreachable!()
            };
            if lower == higher {
                // Nothing was heard of it: it went a second and last time.
                continue;
            }
            prop_assert!(lower < higher, "{invoice}: {said:?}");
            let gap = (*after - *before).get_days();
            let at_least = match (policy.steps[*higher].on, policy.steps[*lower].on) {
                (On::Previous(days), _) if *higher == lower + 1 => days,
                (On::Due(high), On::Due(low)) if low >= 0 && high >= 0 => (high - low - 3).max(1),
                _ => 1,
            };
            prop_assert!(gap >= at_least, "{invoice}: {said:?}, {gap} < {at_least}");
        }
        for step in 0..policy.steps.len() {
            let times = said.iter().filter(|(said, _)| *said == step).count();
            prop_assert!(times <= 2, "{invoice}: {said:?}");
        }
    }
    one_rung_at_a_time(policy, living)?;
    signals_are_undone(living)?;
    explained(&living.kept.log)
}

/// What lies below what was said, and is for such a debt, was said or is told of.
fn one_rung_at_a_time(policy: &APolicy, living: &Living<'_>) -> Result<(), TestCaseError> {
    let all = living
        .kept
        .file
        .open
        .values()
        .chain(living.kept.closed.values());
    for invoice in all {
        let highest = invoice.steps.iter().filter(|step| step.is_said());
        let highest = highest.map(|step| number(step.id.as_str())).max();
        for step in &invoice.steps {
            let place = number(step.id.as_str());
            let is_below = highest.is_some_and(|highest| place < highest);
            let is_question = matches!(policy.steps[place].on, On::Due(days) if days < 0);
            if !is_below || is_question || step.is_said() {
                continue;
            }
            if policy.is_signal(place) && signal_is_accounted_for(policy, living, invoice, step)? {
                continue;
            }
            let may_be_left_out =
                policy.steps[place].for_large || policy.steps[place].roll == "drop";
            let is_left_out = matches!(
                step.state,
                StepState::Skipped(Skip::NotWanted | Skip::ClosedDay) | StepState::Merged { .. }
            );
            prop_assert!(
                may_be_left_out && is_left_out,
                "{}: {:?}",
                step.id,
                step.state
            );
        }
    }
    Ok(())
}

/// A signal was said, and taken back when the debt was settled, come back or not; or nobody had been warned by then.
fn signal_is_accounted_for(
    policy: &APolicy,
    living: &Living<'_>,
    invoice: &Invoice,
    step: &Step,
) -> Result<bool, TestCaseError> {
    let (id, place) = (invoice.id(), number(step.id.as_str()));
    if step.state == StepState::Skipped(Skip::Unwarned) {
        let heard = living.mails().flat_map(|left| &left.steps);
        let heard = heard.filter(|(of, _)| of == id.as_str());
        let mut below = heard.filter(|(_, heard)| *heard < place);
        let warns = |place: usize| !matches!(policy.steps[place].on, On::Due(days) if days <= 0);
        prop_assert!(!below.any(|(_, heard)| warns(*heard)));
        return Ok(true);
    }
    let told = [
        format!("  {id}: {}: suspend is told", step.id),
        format!("  {id}: {} skipped: nobody was warned", step.id),
    ];
    Ok(told.iter().any(|told| living.kept.log.contains(told)))
}

/// What the automation was told of a debt that is settled, it is told once that it is over; of another, never.
fn signals_are_undone(living: &Living<'_>) -> Result<(), TestCaseError> {
    let told = |invoice: &Invoice, signal: &str| {
        let line = format!(": {signal} is told to your automation");
        let lines = living.kept.log.lines();
        let of_it = format!("  {}: ", invoice.id());
        lines
            .filter(|it| it.starts_with(&of_it) && it.contains(&line))
            .count()
    };
    for invoice in living.kept.closed.values() {
        let over = told(invoice, "resume");
        match invoice.balance().status {
            Status::Paid | Status::Void => prop_assert_eq!(told(invoice, "suspend"), over),
            _ => {}
        }
    }
    for invoice in living.kept.file.open.values() {
        prop_assert!(told(invoice, "resume") <= told(invoice, "suspend"));
    }
    Ok(())
}

/// Each step that was planned ends as something else, where the debt has ended.
fn explained(log: &str) -> Result<(), TestCaseError> {
    let mut planned: BTreeMap<String, usize> = BTreeMap::new();
    for line in log.lines() {
        let Some((invoice, what)) = line.trim().split_once(": ") else {
            continue;
        };
        let mut words = what.split(' ');
        let (Some(step), Some(verb)) = (words.next(), words.next()) else {
            continue;
        };
        let key = format!("{invoice} {step}");
        match verb {
            "planned" => _ = planned.insert(key, 1),
            "moved" => prop_assert!(planned.contains_key(&key), "{line}"),
            "skipped:" | "cancelled:" | "not" => _ = planned.remove(&key),
            _ => {}
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn under_any_policy_every_promise_holds(policy in a_policy(), life in a_life()) {
        let text = policy.text();
        let read = Policy::parse(&text);
        let read = read.map_err(|why| TestCaseError::fail(format!("{why}\n{text}")))?;
        let mut kept = Kept::new();
        kept.policy = read;
        let mut living = Living {
            kept,
            life: &life,
            left: Vec::new(),
            knocks: 0,
            due: Date::MIN,
            remaining: 10_000,
        };
        living.live();
        judge(&policy, &life, &living)?;
    }
}
