//! One invoice's life, from its draft to its end, and what comes after that.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::dice::Dice;
use crate::scheme::Scheme;
use crate::story::{DAY, Facts, HOUR, LEAST, Status, Telling, copies, whole_second};
use crate::weather::Silence;

/// One invoice's life.
pub(crate) struct Life<'a> {
    pub(crate) dice: &'a Dice,
    pub(crate) id: &'a str,
    /// How many there are.
    pub(crate) customers: usize,
    pub(crate) starts_at: Timestamp,
    pub(crate) silence: &'a Silence<'a>,
    pub(crate) scheme: &'a Scheme,
}

impl Life<'_> {
    fn name<'n>(&'n self, of: &'n str) -> (&'n str, &'n str) {
        (self.id, of)
    }

    fn happens(&self, what: &str, of_thousand: u64) -> bool {
        self.dice.happens(self.name(what), of_thousand)
    }

    fn span(&self, what: &str, end: SignedDuration) -> SignedDuration {
        self.dice.span(self.name(what), end)
    }

    /// What the tool tells of it.
    pub(crate) fn tellings(&self) -> Vec<Telling> {
        let mut issued_at = self.starts_at + HOUR * 2 + self.span("issued", DAY * 30);
        let terms = *self
            .dice
            .one_of(self.name("terms"), &[0, 7, 14, 30, 30, 45]);
        let mut told: Vec<(&'static str, Timestamp, Facts)> = Vec::new();
        let mut now = Facts {
            status: Status::Draft,
            total: 10_000
                + i64::try_from(self.dice.below(self.name("total"), 1_000_000)).expect("small"),
            remaining: 0,
            due_at: Some(self.due(issued_at, terms)).filter(|_| !self.happens("undated", 30)),
            charged: self.happens("charged", 60),
            debit_since: None,
            customer: usize::try_from(
                self.dice
                    .below(self.name("customer"), self.customers as u64),
            )
            .expect("small"),
        };
        now.remaining = now.total;
        if self.happens("first heard of late", 60) {
            // Issued long ago; the tool is connected only now.
            now.due_at = now.due_at.map(|due| due - self.span("age", DAY * 200));
        } else if self.happens("draft", 600) {
            let for_long = self.happens("draft for long", 200);
            let early = if for_long {
                self.span("draft since", DAY * 40)
            } else {
                HOUR
            };
            told.push(("created", issued_at - early, now.clone()));
        }
        if self.happens("deleted", 30) {
            now.status = Status::Void;
            told.push(("deleted", issued_at, now));
            return self.on_their_way(told);
        }
        now.status = Status::Open;
        told.push(("finalized", issued_at, now.clone()));
        if self.happens("sent", 500) {
            told.push((
                "sent",
                issued_at + SignedDuration::from_secs(1),
                now.clone(),
            ));
        }
        if let Some(due) = now.due_at.filter(|_| self.happens("due date moves", 150)) {
            issued_at += HOUR + self.span("moves at", DAY * 20);
            now.due_at = Some(due + DAY * 3 + self.span("moves by", DAY * 20) - DAY * 8);
            told.push(("updated", issued_at, now.clone()));
        }
        if self.happens("changes customer", 40) {
            issued_at += HOUR + self.span("changes at", DAY * 10);
            now.customer = (now.customer + 1) % self.customers;
            told.push(("updated", issued_at, now.clone()));
        }
        if let Some(due) = now.due_at.filter(|_| self.happens("is given time", 100)) {
            // After a reminder or two, as somebody asked for it.
            issued_at = issued_at.max(due + DAY * 2 + self.span("given time at", DAY * 26));
            now.due_at = Some(due + DAY * 15 + self.span("given time", DAY * 50));
            told.push(("updated", issued_at, now.clone()));
        }
        if self.happens("part paid", 150) {
            issued_at += HOUR + self.span("part paid at", DAY * 25);
            // Sometimes all but a rounding, or all of it, and the tool still calls it open.
            let parts = [now.total / 3, now.total / 3, LEAST - 1, 0];
            now.remaining = *self.dice.one_of(self.name("part"), &parts);
            told.push(("updated", issued_at, now.clone()));
        }
        if self.happens("shows a debit", 60) {
            issued_at += HOUR + self.span("debit at", DAY * 30);
            now.debit_since = Some(whole_second(issued_at));
            told.push(("updated", issued_at, now.clone()));
            now.debit_since = None;
            if self.happens("shows its end", 500) {
                issued_at += HOUR + self.span("debit lasts", DAY * 12);
                told.push(("updated", issued_at, now.clone()));
            }
        }
        if now.charged {
            told.push(("payment_failed", issued_at + HOUR, now.clone()));
        }
        self.ends(&mut told, issued_at, now);
        self.on_their_way(told)
    }

    /// The end of its day in Paris, or the middle of it.
    fn due(&self, issued_at: Timestamp, terms: i64) -> Timestamp {
        let paris = TimeZone::get("Europe/Paris").expect("a zone of the table");
        let day = issued_at
            .to_zoned(paris.clone())
            .date()
            .saturating_add(terms.days());
        let time = if self.happens("due at noon", 500) {
            day.at(12, 0, 0, 0)
        } else {
            day.at(23, 59, 59, 0)
        };
        time.to_zoned(paris)
            .expect("a time that is there")
            .timestamp()
    }

    fn ends(
        &self,
        told: &mut Vec<(&'static str, Timestamp, Facts)>,
        since: Timestamp,
        mut now: Facts,
    ) {
        let at = if self.happens("paid at once", 50) {
            since + SignedDuration::from_secs(1)
        } else {
            since + HOUR + self.end_after(since, now.due_at)
        };
        match self.dice.below(self.name("end"), 100) {
            0..30 => return,
            30..38 => (now.status, now.remaining) = (Status::Void, 0),
            38..42 => now.status = Status::Uncollectible,
            _ => (now.status, now.remaining) = (Status::Paid, 0),
        }
        match now.status {
            Status::Void => told.push(("voided", at, now.clone())),
            Status::Uncollectible => told.push(("marked_uncollectible", at, now.clone())),
            _ => {
                // Stripe tells it twice, in the same second.
                told.push(("paid", at, now.clone()));
                told.push(("payment_succeeded", at, now.clone()));
            }
        }
        if now.status == Status::Paid && self.happens("same second", 100) {
            let before = Facts {
                status: Status::Open,
                remaining: now.total,
                ..now.clone()
            };
            told.push(("updated", at, before));
        }
        let comes_back = match now.status {
            Status::Paid => self.happens("reopened", 150),
            Status::Uncollectible => self.happens("reopened", 500),
            _ => false,
        };
        if comes_back {
            self.comes_back(told, at, now);
        }
    }

    /// What was settled is owed again; sometimes it is settled once more, and owed once more.
    fn comes_back(
        &self,
        told: &mut Vec<(&'static str, Timestamp, Facts)>,
        settled_at: Timestamp,
        now: Facts,
    ) {
        let again = Facts {
            status: Status::Open,
            remaining: now.total,
            ..now.clone()
        };
        let mut at = settled_at + HOUR + self.span("reopened at", DAY * 5);
        told.push(("updated", at, again.clone()));
        if self.happens("settled again", 400) {
            at += HOUR + self.span("settled again at", DAY * 30);
            let settled = Facts {
                status: Status::Paid,
                remaining: 0,
                ..now
            };
            told.push(("paid", at, settled));
            if self.happens("reopened again", 700) {
                at += HOUR + self.span("reopened again at", DAY * 5);
                told.push(("updated", at, again));
            }
        }
    }

    /// Any time; or just when a reminder leaves.
    fn end_after(&self, since: Timestamp, due_at: Option<Timestamp>) -> SignedDuration {
        let any = self.span("ends", DAY * 70);
        let Some(due_at) = due_at.filter(|_| self.happens("ends in a race", 400)) else {
            return any;
        };
        let paris = TimeZone::get("Europe/Paris").expect("a zone of the table");
        let due = due_at.to_zoned(paris).date();
        let name = format!("{} races", self.id);
        let busy = self.scheme.a_busy_moment(self.dice, &name, due);
        let race =
            busy.duration_since(since) - HOUR + self.span("race by", SignedDuration::from_mins(12));
        if race.is_positive() { race } else { any }
    }

    fn on_their_way(&self, told: Vec<(&'static str, Timestamp, Facts)>) -> Vec<Telling> {
        let mut left = told.first().map(|(_, _, facts)| facts.remaining);
        let mut change = (None, false);
        let telling = |(n, (kind, at, facts)): (usize, (&'static str, Timestamp, Facts))| {
            let id = format!("evt_{}_{n}_{kind}", self.id);
            let at = whole_second(at);
            // What is told of one second is told of one change.
            if change.0 != Some(at) {
                let name = format!("change {n} of {}", self.id);
                let is_money = Some(facts.remaining) != left && facts.status != Status::Void;
                change = (Some(at), self.silence.swallows(&name, kind, is_money));
            }
            left = Some(facts.remaining);
            let sent = if change.1 {
                Vec::new()
            } else {
                copies(self.dice, &id, at)
            };
            Telling {
                id,
                kind,
                at,
                invoice: self.id.to_owned(),
                facts,
                sent,
            }
        };
        told.into_iter().enumerate().map(telling).collect()
    }
}
