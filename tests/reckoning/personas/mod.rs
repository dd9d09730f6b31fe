//! Ten tools tell one truth, each in its own way, and none of them all of it.

mod chargebee;
mod invoice_ninja;
mod lago;
mod maxio;
mod odoo;
mod paddle;
mod square;
mod standard_webhooks;
mod stripe;
mod zoho_books;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::ledger::{Entry, Kind, Ledger, Stand, Told};

/// One tool, as it tells what happened.
pub(crate) struct Persona {
    pub(crate) tool: &'static str,
    /// What its users can do to an invoice.
    pub(crate) kinds: &'static [Kind],
    /// Whether a payment that was taken back makes the invoice one that can be paid again.
    pub(crate) reopens: bool,
    pub(crate) clock: Clock,
    /// How its snapshots leave out what it tells only by itself.
    pub(crate) never_shown: &'static [Kind],
    pub(crate) blind: &'static [Blind],
    tell: fn(&Telling<'_>) -> Vec<Said>,
}

/// How finely a tool tells which of two things was first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    Seconds,
    Finer,
}

/// Something that a tool cannot tell, as its page in `shared/sources/docs` says.
pub(crate) struct Blind {
    pub(crate) kind: Kind,
    pub(crate) effect: Effect,
    pub(crate) reason: &'static str,
}

/// What becomes of what a tool cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It is as if it had never happened.
    Silent,
    /// What was given back is shown as owed.
    IsOwed,
    /// All that was ever paid is shown as taken back.
    TakesAll,
    /// It counts until the tool next shows the invoice as paid.
    IsSettledAgain,
    /// It may count twice until the invoice is next shown.
    CountsTwice,
}

/// Which words a tool was told to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Style {
    Both,
    Snapshots,
    Movements,
}

/// What a tool says at once: one request.
pub(crate) struct Said {
    pub(crate) step: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) patch: Value,
    /// Which entries whoever hears it knows.
    pub(crate) shows: Told,
    /// The payment of which the invoice must have been told for this to be understood.
    pub(crate) needs: Option<usize>,
    /// Whether it is a snapshot.
    pub(crate) whole: bool,
    /// When the tool says it happened.
    pub(crate) at: Timestamp,
}

/// An entry that is to be told.
pub(crate) struct Telling<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) n: usize,
    /// The number of the history: no two invoices of a world are the same.
    pub(crate) id: u64,
    pub(crate) style: Style,
    pub(crate) persona: &'a Persona,
}

impl Telling<'_> {
    /// All that the tool says of it.
    pub(crate) fn said(&self) -> Vec<Said> {
        (self.persona.tell)(self)
    }

    fn entry(&self) -> &Entry {
        &self.ledger.entries[self.n]
    }

    fn name(&self, what: &str) -> String {
        format!("{what}-{}-{}", self.id, self.n)
    }

    fn customer(&self) -> String {
        customer(self.persona.tool, self.id)
    }

    fn invoice(&self) -> String {
        format!("inv-{}", self.id)
    }

    fn number(&self) -> String {
        number(self.id)
    }

    fn email(&self) -> String {
        format!("accounts@customer-{}.example", self.id)
    }

    fn due_on(&self) -> Date {
        due_on(self.ledger)
    }

    /// What a snapshot shows now.
    fn shown(&self) -> Told {
        let mut told = self.ledger.until(self.n);
        for (told, entry) in told.iter_mut().zip(&self.ledger.entries) {
            *told &= !self.persona.never_shown.contains(&entry.kind);
            *told &= !self.persona.is_silent(entry.kind);
        }
        told
    }

    /// Where the invoice stands by what a snapshot shows.
    fn stand(&self, shown: &[bool]) -> Stand {
        self.ledger
            .stand(shown)
            .expect("it was issued before anything else")
    }

    fn only_this(&self) -> Told {
        (0..self.ledger.entries.len())
            .map(|n| n == self.n)
            .collect()
    }

    fn snapshot(&self, step: &'static str, patch: Value) -> Said {
        Said {
            step,
            headers: Vec::new(),
            patch,
            shows: self.shown(),
            needs: None,
            whole: true,
            at: self.entry().at,
        }
    }

    fn movement(&self, step: &'static str, patch: Value) -> Said {
        Said {
            shows: self.only_this(),
            whole: false,
            ..self.snapshot(step, patch)
        }
    }

    /// Says who the customer is, and nothing of an invoice.
    fn of_the_customer(&self, step: &'static str, patch: Value) -> Said {
        Said {
            shows: vec![false; self.ledger.entries.len()],
            whole: false,
            ..self.snapshot(step, patch)
        }
    }
}

impl Persona {
    /// Whether the tool never tells of it.
    pub(crate) fn is_silent(&self, kind: Kind) -> bool {
        let mut blind = self.blind.iter();
        blind.any(|blind| blind.kind == kind && blind.effect == Effect::Silent)
    }

    /// When something happened, as finely as the tool says it.
    pub(crate) fn clock(&self, at: Timestamp) -> Timestamp {
        match self.clock {
            Clock::Seconds => Timestamp::from_second(at.as_second()).expect("in range"),
            Clock::Finer => at,
        }
    }
}

/// The number that is printed on an invoice.
pub(crate) fn number(id: u64) -> String {
    format!("R-{id}-Z")
}

/// By which the tool knows a history's customer.
pub(crate) fn customer(tool: &str, id: u64) -> String {
    match tool {
        "odoo" => (1_000_000 + id).to_string(),
        _ => format!("cus-{id}"),
    }
}

fn due_on(ledger: &Ledger) -> Date {
    let issued = ledger.entries[0].at.to_zoned(TimeZone::UTC).date();
    issued.saturating_add(TERMS.days())
}

/// The days that a debtor has to pay.
pub(crate) const TERMS: i64 = 8;

fn seconds(at: Timestamp) -> String {
    format!("{at:.0}")
}

fn fine(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// Cents as decimal text.
fn decimal(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The same as a number of JSON.
fn float(cents: i64) -> Value {
    let text = decimal(cents);
    serde_json::from_str(&text).unwrap_or_else(|_| json!(text))
}

fn midnight(at: Timestamp) -> Timestamp {
    let day = SignedDuration::from_hours(24).as_secs();
    Timestamp::from_second(at.as_second() / day * day).expect("in range")
}

/// All ten.
pub(crate) const PERSONAS: [Persona; 10] = [
    chargebee::PERSONA,
    invoice_ninja::PERSONA,
    lago::PERSONA,
    maxio::PERSONA,
    odoo::PERSONA,
    paddle::PERSONA,
    square::PERSONA,
    standard_webhooks::PERSONA,
    stripe::PERSONA,
    zoho_books::PERSONA,
];
