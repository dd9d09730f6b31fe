//! What the billing tool tells, and what is true: customers, their invoices, and each invoice's life.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};
use tests::stripe::{self, Shape};

use crate::dice::Dice;
use crate::instructions::{Instructed, instructions};
use crate::news::{News, news};

pub(crate) const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How an invoice stands, as the tool says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Draft,
    Open,
    Uncollectible,
    Paid,
    Void,
}

/// Somebody who owes.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    pub(crate) country: Option<&'static str>,
}

impl Customer {
    /// Where its day is counted.
    pub(crate) fn zone(&self) -> TimeZone {
        let name = match self.country {
            Some("GB") => "Europe/London",
            Some("JP") => "Asia/Tokyo",
            Some("IN") => "Asia/Kolkata",
            _ => "Europe/Paris",
        };
        TimeZone::get(name).expect("a zone of the table")
    }
}

/// What one event says of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) status: Status,
    pub(crate) total: i64,
    pub(crate) remaining: i64,
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) charged: bool,
    /// An index into the story's customers.
    pub(crate) customer: usize,
}

impl Facts {
    /// The civil day, in the tool's zone, by which it is to be paid.
    pub(crate) fn due_on(&self) -> Option<Date> {
        let paris = TimeZone::get("Europe/Paris").expect("a zone of the table");
        self.due_at.map(|at| at.to_zoned(paris).date())
    }
}

/// One event of the tool.
#[derive(Debug, Clone)]
pub(crate) struct Telling {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    /// In whole seconds, as the tool writes it.
    pub(crate) at: Timestamp,
    pub(crate) invoice: String,
    pub(crate) facts: Facts,
    /// When each copy of it is on its way.
    pub(crate) sent: Vec<Timestamp>,
}

/// A whole story.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) starts_at: Timestamp,
    pub(crate) customers: Vec<Customer>,
    pub(crate) invoices: Vec<String>,
    pub(crate) tellings: Vec<Telling>,
    pub(crate) news: Vec<News>,
    pub(crate) instructions: Vec<Instructed>,
    /// From when on the user's policy is another one.
    pub(crate) policy_changes_at: Option<Timestamp>,
    /// From when on nothing goes wrong any more.
    pub(crate) calm_from: Timestamp,
    pub(crate) ends_at: Timestamp,
}

impl Story {
    /// The story of a seed.
    pub(crate) fn of(dice: &Dice) -> Self {
        let starts_at: Timestamp = "2027-01-04T06:00:00Z".parse().expect("an instant");
        let starts_at = starts_at + dice.span("start", DAY * 300);
        let mut customers: Vec<Customer> = (0..=dice.below("customers", 3))
            .map(|n| customer(dice, n))
            .collect();
        share_mailboxes(dice, &mut customers);
        let invoices: Vec<String> = (0..=dice.below("invoices", 16))
            .map(|n| format!("in_{n}"))
            .collect();
        let mut tellings = Vec::new();
        for id in invoices
            .iter()
            .filter(|id| dice.is_heard(&format!("invoice/{id}")))
        {
            let life = Life {
                dice,
                id,
                customers: customers.len(),
                starts_at,
            };
            tellings.extend(
                life.tellings()
                    .into_iter()
                    .filter(|telling| dice.is_heard(&telling.id)),
            );
        }
        let last = tellings
            .iter()
            .filter_map(|telling| telling.sent.iter().copied().max())
            .max();
        let instructions = instructions(
            dice,
            starts_at,
            customers.len() as u64,
            invoices.len() as u64,
        );
        let news = news(dice, starts_at, customers.len(), &tellings);
        let over = instructions.iter().map(|instructed| instructed.over_at);
        let over = over.chain(news.iter().map(News::over_at));
        let last = over.chain(last).max();
        let calm_from = last.unwrap_or(starts_at).max(starts_at + DAY * 30) + DAY;
        let due = tellings
            .iter()
            .filter_map(|telling| telling.facts.due_at)
            .max();
        Self {
            starts_at,
            customers,
            invoices,
            policy_changes_at: dice
                .strikes("policy/changes", 2_000)
                .then(|| starts_at + dice.span("policy/at", DAY * 60)),
            calm_from,
            ends_at: due.unwrap_or(calm_from).max(calm_from) + DAY * 75,
            tellings,
            news,
            instructions,
        }
    }

    /// The id, the kind and the body of an event: of the tellings, and then of the news.
    pub(crate) fn event(&self, index: usize) -> (&str, &'static str, Vec<u8>) {
        match index.checked_sub(self.tellings.len()) {
            None => {
                let told = &self.tellings[index];
                (&told.id, told.kind, self.body(told))
            }
            Some(index) => {
                let news = &self.news[index];
                (&news.id, news.kind, news.body(&self.customers))
            }
        }
    }

    /// When the copies of each event are on their way, in the same order.
    pub(crate) fn sent(&self) -> impl Iterator<Item = &[Timestamp]> {
        let tellings = self.tellings.iter().map(|told| told.sent.as_slice());
        tellings.chain(self.news.iter().map(|news| news.sent.as_slice()))
    }

    /// An event as the tool writes it.
    fn body(&self, telling: &Telling) -> Vec<u8> {
        static FINALIZED: LazyLock<Value> =
            LazyLock::new(|| stripe::event(Shape::SinceBasil, "finalized"));
        let (facts, customer) = (&telling.facts, &self.customers[telling.facts.customer]);
        let mut event = FINALIZED.clone();
        let status = match facts.status {
            Status::Draft => "draft",
            Status::Open => "open",
            Status::Uncollectible => "uncollectible",
            Status::Paid => "paid",
            Status::Void => "void",
        };
        let differs = json!({
            "id": telling.id,
            "type": format!("invoice.{}", telling.kind),
            "created": telling.at.as_second(),
            "data": { "object": {
                "id": telling.invoice,
                "number": number(&telling.invoice),
                "status": status,
                "customer": customer.id,
                "customer_email": customer.email,
                "customer_address": { "country": customer.country },
                "amount_due": facts.total,
                "amount_paid": facts.total - facts.remaining,
                "amount_remaining": facts.remaining,
                "due_date": facts.due_at.map(Timestamp::as_second),
                "collection_method": if facts.charged { "charge_automatically" } else { "send_invoice" },
            } },
        });
        stripe::overlay(&mut event, &differs);
        event.to_string().into_bytes()
    }
}

/// The number that is printed on an invoice.
pub(crate) fn number(invoice: &str) -> String {
    format!("N-{}-Z", invoice.trim_start_matches("in_"))
}

fn customer(dice: &Dice, n: u64) -> Customer {
    let email = match dice.below(("email", n), 20) {
        0 => Some("bounce@simulator.amazonses.com".to_owned()),
        1 => Some("complaint@simulator.amazonses.com".to_owned()),
        2 => None,
        _ => Some(format!("accounts@customer-{n}.example")),
    };
    Customer {
        id: format!("cus_{n}"),
        email,
        country: *dice.one_of(
            ("country", n),
            &[
                Some("FR"),
                Some("FR"),
                Some("GB"),
                Some("JP"),
                Some("IN"),
                None,
            ],
        ),
    }
}

/// Some have the same accountant, and spell its address as they like. SES's simulator knows one spelling.
fn share_mailboxes(dice: &Dice, customers: &mut [Customer]) {
    let Some((first, others)) = customers.split_first_mut() else {
        return;
    };
    // That of an address with trouble is what shows most.
    let is_simulated = |email: &String| email.contains("simulator");
    let of_thousand = if first.email.as_ref().is_some_and(is_simulated) {
        700
    } else {
        250
    };
    for other in others {
        if dice.happens(("shares", &other.id), of_thousand) {
            other.email = first.email.clone().map(|email| {
                if is_simulated(&email) || dice.happens(("spells", &other.id), 500) {
                    email
                } else {
                    email.replace("accounts", "Accounts")
                }
            });
        }
    }
}

/// One invoice's life.
struct Life<'a> {
    dice: &'a Dice,
    id: &'a str,
    customers: usize,
    starts_at: Timestamp,
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

    fn tellings(&self) -> Vec<Telling> {
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
            told.push(("created", issued_at - HOUR, now.clone()));
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
        if self.happens("part paid", 150) {
            issued_at += HOUR + self.span("part paid at", DAY * 25);
            now.remaining = now.total / 3;
            told.push(("updated", issued_at, now.clone()));
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
        if now.status == Status::Paid && self.happens("reopened", 60) {
            let again = Facts {
                status: Status::Open,
                remaining: now.total,
                ..now
            };
            told.push((
                "updated",
                at + HOUR + self.span("reopened at", DAY * 5),
                again,
            ));
        }
    }

    /// Any time; or just when a reminder leaves.
    fn end_after(&self, since: Timestamp, due_at: Option<Timestamp>) -> SignedDuration {
        let any = self.span("ends", DAY * 70);
        let Some(due_at) = due_at.filter(|_| self.happens("ends in a race", 400)) else {
            return any;
        };
        let paris = TimeZone::get("Europe/Paris").expect("a zone of the table");
        let days = *self
            .dice
            .one_of(self.name("race"), &[-15_i64, -7, 3, 10, 21]);
        let day = due_at
            .to_zoned(paris.clone())
            .date()
            .saturating_add(days.days());
        let nine = day
            .at(9, 0, 0, 0)
            .to_zoned(paris)
            .expect("a time that is there")
            .timestamp();
        let race =
            nine.duration_since(since) - HOUR + self.span("race by", SignedDuration::from_mins(12));
        if race.is_positive() { race } else { any }
    }

    fn on_their_way(&self, told: Vec<(&'static str, Timestamp, Facts)>) -> Vec<Telling> {
        let telling = |(n, (kind, at, facts)): (usize, (&'static str, Timestamp, Facts))| {
            let id = format!("evt_{}_{n}_{kind}", self.id);
            let at = Timestamp::from_second(at.as_second()).expect("in range");
            let sent = copies(self.dice, &id, at);
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

/// At once, as a rule; late, doubled and in any order too often.
pub(crate) fn copies(dice: &Dice, id: &str, at: Timestamp) -> Vec<Timestamp> {
    let named = |what: &str| format!("{id}/{what}");
    let mut delay = dice.span(named("delay"), SignedDuration::from_secs(4));
    if dice.strikes(&named("minutes late"), 1_500) {
        delay += dice.span(named("minutes"), SignedDuration::from_mins(20));
    }
    if dice.strikes(&named("days late"), 400) {
        delay += dice.span(named("days"), DAY * 3);
    }
    let mut sent = vec![at + delay];
    for copy in ["second copy", "third copy"] {
        if dice.strikes(&named(copy), 1_200) {
            sent.push(
                at + dice.span(
                    named(&format!("{copy} at")),
                    *dice.one_of(named(&format!("{copy} within")), &[HOUR, DAY * 4]),
                ),
            );
        }
    }
    sent
}
