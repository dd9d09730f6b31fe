//! What becomes of each call: now and then a fault, and for hours an outage.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use aws::{Call, Failure, Fault, Service};
use jiff::Timestamp;

use crate::dice::Dice;
use crate::engine::Engine;
use crate::story::{HOUR, Story};

impl Engine<'_> {
    /// What becomes of each call.
    pub(crate) fn make_faults(&mut self) {
        let (dice, clock, caller) = (
            self.dice.clone(),
            self.clock.clone(),
            Arc::clone(&self.caller),
        );
        let (changed, log, calm_from) = (
            Arc::clone(&self.schedules_changed),
            self.history.log.clone(),
            self.story.calm_from,
        );
        let mut outages = outages(&self.dice, self.story);
        let silences = silences(&self.dice, self.story);
        let spans = silences.iter().map(|silence| silence.from..silence.until);
        self.history.silences = spans.collect();
        outages.extend(silences);
        let mutes = mutes(&self.dice, self.story);
        let spans = mutes.iter().map(|mute| mute.from..mute.until);
        self.history.mutes = spans.collect();
        outages.extend(mutes);
        let intensity = self.intensity;
        self.aws.set_faults(move |call| {
            if call.service == Service::Scheduler {
                changed.store(true, Ordering::Relaxed);
            }
            let mut caller = caller.lock().expect("no call panics");
            caller.calls += 1;
            let now = clock.now();
            if now >= calm_from {
                return Fault::None;
            }
            let name = format!("{} call {} {}", caller.task, caller.calls, call.operation);
            let outage = outages.iter().find(|outage| outage.strikes(call, now));
            let fault = match outage {
                Some(outage) => outage.fault,
                None if dice.strikes(&name, 50 * intensity) => {
                    *dice.one_of((&name, "how"), &FAULTS)
                }
                None => Fault::None,
            };
            if fault != Fault::None {
                log.write(now, format!("    {name}: {fault:?}"));
            }
            fault
        });
    }
}

const FAULTS: [Fault; 9] = [
    Fault::Unreachable,
    Fault::Throttled,
    Fault::Conflict,
    Fault::Before(Failure::ServerError),
    Fault::Before(Failure::Timeout),
    Fault::Before(Failure::ConnectionReset),
    Fault::After(Failure::ServerError),
    Fault::After(Failure::Timeout),
    Fault::After(Failure::ConnectionReset),
];

/// A service, or all of them, out of order for hours.
struct Outage {
    from: Timestamp,
    until: Timestamp,
    service: Option<Service>,
    /// Only this is out of order.
    operation: Option<&'static str>,
    fault: Fault,
}

impl Outage {
    fn strikes(&self, call: &Call, now: Timestamp) -> bool {
        (self.from..self.until).contains(&now)
            && self.service.is_none_or(|service| service == call.service)
            && self.operation.is_none_or(|only| only == call.operation)
    }
}

/// In which manners SES says nothing: no connection is made; the mail is not taken; it is, without a word.
const SILENT: [Fault; 5] = [
    Fault::Unreachable,
    Fault::Before(Failure::Timeout),
    Fault::Before(Failure::ConnectionReset),
    Fault::Before(Failure::ServerError),
    Fault::After(Failure::Timeout),
];

/// Mornings on which SES is away, for hours or for the day.
fn silences(dice: &Dice, story: &Story) -> Vec<Outage> {
    let silence = |name: &str, from, until| Outage {
        from,
        until,
        service: Some(Service::Ses),
        operation: None,
        fault: *dice.one_of((name, "how"), &SILENT),
    };
    mornings(dice, story, "SES is away", 1_200, silence)
}

/// Mornings on which SES takes each mail without a word, and all its news are lost; whatever else it is asked, it
/// answers.
fn mutes(dice: &Dice, story: &Story) -> Vec<Outage> {
    let mute = |_: &str, from, until| Outage {
        from,
        until,
        service: Some(Service::Ses),
        operation: Some("SendEmail"),
        fault: Fault::After(Failure::Timeout),
    };
    mornings(dice, story, "nothing is heard of mails", 400, mute)
}

fn mornings(
    dice: &Dice,
    story: &Story,
    what: &str,
    of_ten_thousand: u64,
    outage: impl Fn(&str, Timestamp, Timestamp) -> Outage,
) -> Vec<Outage> {
    let span = story.calm_from.duration_since(story.starts_at);
    let midnight = story.starts_at.as_second().div_euclid(86_400) * 86_400;
    let midnight = Timestamp::from_second(midnight).expect("in range");
    let names = (0..span.as_hours() / 24).map(|day| (day, format!("{what} on day {day}")));
    names
        .filter(|(_, name)| dice.strikes(name, of_ten_thousand))
        .map(|(day, name)| {
            // Nine o'clock comes between seven and two of UTC, from Paris to New York.
            let seven = midnight + HOUR * 24 * i32::try_from(day).expect("weeks") + HOUR * 7;
            let from = seven + dice.span((&name, "from"), HOUR * 2);
            let longest = *dice.one_of((&name, "how long"), &[HOUR * 3, HOUR * 12]);
            outage(&name, from, from + dice.span((&name, "lasts"), longest))
        })
        .collect()
}

fn outages(dice: &Dice, story: &Story) -> Vec<Outage> {
    const SERVICES: [Option<Service>; 5] = [
        None,
        Some(Service::DynamoDb),
        Some(Service::Scheduler),
        Some(Service::Ses),
        Some(Service::Sqs),
    ];
    let names = (0..4).map(|n| format!("outage {n}"));
    names
        .filter(|name| dice.strikes(name, 2_500))
        .map(|name| {
            let span = story.calm_from.duration_since(story.starts_at);
            let from = story.starts_at + dice.span((&name, "from"), span);
            // Most are short. At nine in the morning they hurt.
            let nine = from.as_second().div_euclid(86_400) * 86_400 + 7 * 3600;
            let from = if dice.happens((&name, "at nine"), 500) {
                Timestamp::from_second(nine).expect("in range")
            } else {
                from
            };
            Outage {
                from,
                until: from
                    + dice.span(
                        (&name, "lasts"),
                        *dice.one_of((&name, "how long"), &[HOUR, HOUR * 30]),
                    ),
                service: *dice.one_of((&name, "service"), &SERVICES),
                operation: None,
                fault: *dice.one_of((&name, "how"), &FAULTS),
            }
        })
        .collect()
}
