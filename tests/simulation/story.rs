//! What the billing tool tells, and what is true: customers, their invoices, and each invoice's life.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tests::stripe::{self, Shape};

use crate::dice::Dice;
use crate::instructions::{Instructed, instructions};
use crate::life::Life;
use crate::news::{News, news};
use crate::scheme::Scheme;
use crate::weather::Silence;

pub(crate) const HOUR: SignedDuration = SignedDuration::from_hours(1);
pub(crate) const DAY: SignedDuration = SignedDuration::from_hours(24);
/// One unit of the currency: nobody is reminded of less, and less holds nothing.
pub(crate) const LEAST: i64 = 100;

/// How an invoice stands, as the tool says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Draft,
    Open,
    Uncollectible,
    Paid,
    Void,
}

impl Status {
    /// Whether nothing is to be paid any more.
    pub(crate) fn is_settled(self) -> bool {
        matches!(self, Self::Uncollectible | Self::Paid | Self::Void)
    }
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
            Some("SA") => "Asia/Riyadh",
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
    /// The invoice shows a debit that is under way since then.
    pub(crate) debit_since: Option<Timestamp>,
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
    /// When each copy of it is on its way; none, if nobody is ever told.
    pub(crate) sent: Vec<Timestamp>,
}

impl Telling {
    /// The newer telling counts; of the same second, the quieter one; then the smaller debt.
    pub(crate) fn age(&self) -> (Timestamp, u8, i64) {
        let facts = &self.facts;
        let quietness = match facts.status {
            Status::Draft => 0,
            Status::Open if facts.remaining == facts.total => 1,
            Status::Open => 2,
            Status::Uncollectible => 3,
            Status::Paid => 4,
            Status::Void => 5,
        };
        (self.at, quietness, -facts.remaining)
    }
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
    /// Whether there is a key by which the tool can be asked.
    pub(crate) has_key: bool,
    /// From when on the user's policy is another one.
    pub(crate) policy_changes_at: Option<Timestamp>,
    pub(crate) scheme: Scheme,
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
        let policy_changes_at = dice
            .strikes("policy/changes", 3_000)
            .then(|| starts_at + dice.span("policy/at", DAY * 75));
        let scheme = Scheme::of(dice, policy_changes_at.is_some());
        let mut tellings = Vec::new();
        let silence = Silence::new(dice);
        for id in invoices
            .iter()
            .filter(|id| dice.is_heard(&format!("invoice/{id}")))
        {
            let life = Life {
                dice,
                id,
                customers: customers.len(),
                starts_at,
                silence: &silence,
                scheme: &scheme,
            };
            tellings.extend(
                life.tellings()
                    .into_iter()
                    .filter(|telling| dice.is_heard(&telling.id)),
            );
        }
        let last = tellings
            .iter()
            .map(|telling| telling.sent.iter().copied().max().unwrap_or(telling.at))
            .max();
        let instructions = instructions(
            dice,
            starts_at,
            customers.len() as u64,
            invoices.len() as u64,
            &tellings,
            &scheme,
        );
        let news = news(dice, starts_at, customers.len(), &tellings);
        let over = instructions.iter().map(|instructed| instructed.over_at);
        let over = over.chain(news.iter().map(News::over_at));
        let debits = tellings.iter().filter_map(|told| told.facts.debit_since);
        let over = over.chain(debits.map(|since| since + DAY * 15));
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
            policy_changes_at,
            has_key: dice.strikes("the tool can be asked", 6_500),
            calm_from,
            ends_at: due.unwrap_or(calm_from).max(calm_from) + DAY * 45 + scheme.catches_up_in(),
            scheme,
            tellings,
            news,
            instructions,
        }
    }

    /// The last that happened to an invoice, told or not.
    pub(crate) fn truth(&self, invoice: &str, at: Timestamp) -> Option<&Telling> {
        let happened = self.tellings.iter();
        let happened = happened.filter(|told| told.invoice == invoice && told.at <= at);
        happened.max_by_key(|told| told.age())
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
    pub(crate) fn body(&self, telling: &Telling) -> Vec<u8> {
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
        let payments: Vec<Value> = facts.debit_since.map(debit).into_iter().collect();
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
                "payments": { "data": payments },
                "collection_method": if facts.charged { "charge_automatically" } else { "send_invoice" },
            } },
        });
        stripe::overlay(&mut event, &differs);
        event.to_string().into_bytes()
    }
}

/// An entry of an invoice's payments that is under way.
fn debit(since: Timestamp) -> Value {
    json!({
        "object": "invoice_payment",
        "amount_paid": null,
        "created": since.as_second(),
        "payment": { "payment_intent": "pi_under_way", "type": "payment_intent" },
        "status": "open",
    })
}

/// As the tool writes it.
pub(crate) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).expect("in range")
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
                Some("SA"),
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
