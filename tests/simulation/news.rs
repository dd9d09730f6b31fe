//! What the tool tells of customers alone: debits that are under way, money on no invoice, and that one was
//! deleted.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tests::stripe::{self, Shape};

use crate::dice::Dice;
use crate::story::{Customer, DAY, Telling, copies};

/// For so long a debit is waited for whose end nobody tells.
const PATIENCE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    /// A debit is under way, for this invoice or for nobody knows which.
    Debit { invoice: Option<String> },
    /// It came, failed, or was given up.
    Ended,
    /// So much is on no invoice.
    Cash(i64),
    /// The tool has the customer no more.
    Deleted,
}

/// The day on which a debit that began then is waited for no more.
pub(crate) fn waited_for_until(since: Timestamp) -> Date {
    let paris = TimeZone::get("Europe/Paris").expect("a zone of the table");
    (since + PATIENCE).to_zoned(paris).date()
}

/// One event of the tool.
#[derive(Debug, Clone)]
pub(crate) struct News {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    /// In whole seconds, as the tool writes it.
    pub(crate) at: Timestamp,
    /// An index into the story's customers.
    pub(crate) customer: usize,
    pub(crate) word: Word,
    /// When each copy of it is on its way.
    pub(crate) sent: Vec<Timestamp>,
}

impl News {
    /// The day on which a debit is waited for no more.
    pub(crate) fn until(&self) -> Date {
        waited_for_until(self.at)
    }

    /// When it holds nothing any more by itself.
    pub(crate) fn over_at(&self) -> Timestamp {
        let last = self.sent.iter().max().copied().unwrap_or(self.at);
        match self.word {
            Word::Debit { .. } => last.max(self.at + PATIENCE + DAY),
            _ => last,
        }
    }

    /// The event as the tool writes it. A debit names its invoice in the API's older shape alone.
    pub(crate) fn body(&self, customers: &[Customer]) -> Vec<u8> {
        let customer = &customers[self.customer].id;
        let debit = format!("pi_{}", self.customer);
        let (fixture, object) = match &self.word {
            Word::Debit { invoice } => {
                let object = json!({ "id": debit, "customer": customer, "invoice": invoice });
                ("debit_begun", object)
            }
            Word::Ended => ("debit_came", json!({ "id": debit, "customer": customer })),
            Word::Cash(minor) => {
                let object = json!({ "customer": customer, "ending_balance": minor });
                ("cash_used_up", object)
            }
            Word::Deleted => ("customer_deleted", json!({ "id": customer })),
        };
        let mut event = stripe::event(Shape::SinceBasil, fixture);
        let differs: Value = json!({
            "id": self.id, "type": self.kind, "created": self.at.as_second(), "data": { "object": object },
        });
        stripe::overlay(&mut event, &differs);
        event.to_string().into_bytes()
    }
}

/// The news of a customer.
struct Days<'a> {
    dice: &'a Dice,
    customer: usize,
    starts_at: Timestamp,
    news: Vec<News>,
}

impl Days<'_> {
    fn name(&self, of: &str) -> String {
        format!("cus_{}/{of}", self.customer)
    }

    fn span(&self, what: &str, days: i32) -> SignedDuration {
        self.dice.span(self.name(what), DAY * days)
    }

    fn tell(&mut self, kind: &'static str, at: Timestamp, word: Word) {
        let at = Timestamp::from_second(at.as_second()).expect("in range");
        let id = format!("evt_cus_{}_{}_{kind}", self.customer, self.news.len());
        let sent = copies(self.dice, &id, at);
        self.news.push(News {
            id,
            kind,
            at,
            customer: self.customer,
            word,
            sent,
        });
    }

    fn debit(&mut self, invoices: &[String]) {
        let begun = self.starts_at + self.span("debit at", 70);
        let names_it = self.dice.happens(self.name("debit names"), 500);
        let invoice = (names_it && !invoices.is_empty())
            .then(|| self.dice.one_of(self.name("debit for"), invoices).clone());
        let debit = |invoice| Word::Debit { invoice };
        self.tell("payment_intent.processing", begun, debit(invoice.clone()));
        if self.dice.happens(self.name("debit is told to end"), 700) {
            let ended = begun + self.span("debit lasts", 12);
            self.tell("payment_intent.payment_failed", ended, Word::Ended);
            if self.dice.happens(self.name("debit again"), 300) {
                let again = ended + self.span("debit again after", 3);
                self.tell("payment_intent.processing", again, debit(invoice));
            }
        }
    }

    fn cash(&mut self) {
        let kind = "customer_cash_balance_transaction.created";
        let minor = |name: &str| i64::try_from(self.dice.below(name, 50_000)).expect("small");
        let (came, more) = (
            1 + minor(&self.name("cash")),
            1 + minor(&self.name("more cash")),
        );
        let at = self.starts_at + self.span("cash at", 70);
        self.tell(kind, at, Word::Cash(came));
        let later = at + self.span("cash later", 10);
        if self.dice.happens(self.name("more cash comes"), 300) {
            self.tell(kind, later, Word::Cash(came + more));
        }
        if self.dice.happens(self.name("cash is used"), 800) {
            self.tell(kind, later + self.span("cash used", 10), Word::Cash(0));
        }
    }
}

/// All the news of a history.
pub(crate) fn news(
    dice: &Dice,
    starts_at: Timestamp,
    customers: usize,
    tellings: &[Telling],
) -> Vec<News> {
    let mut all = Vec::new();
    for customer in 0..customers {
        let mut days = Days {
            dice,
            customer,
            starts_at,
            news: Vec::new(),
        };
        if dice.happens(days.name("has a debit"), 400) {
            days.debit(&staying_with(customer, tellings));
        }
        if dice.happens(days.name("has cash"), 250) {
            days.cash();
        }
        if dice.happens(days.name("is deleted"), 40) {
            let at = starts_at + days.span("deleted at", 80);
            days.tell("customer.deleted", at, Word::Deleted);
        }
        all.append(&mut days.news);
    }
    all.retain(|news| dice.is_heard(&news.id));
    all
}

/// The invoices that are a customer's from first to last.
fn staying_with(customer: usize, tellings: &[Telling]) -> Vec<String> {
    let mut invoices: Vec<String> = tellings.iter().map(|told| told.invoice.clone()).collect();
    invoices.dedup();
    let is_its = |told: &Telling| told.facts.customer == customer;
    invoices.retain(|invoice| {
        let mut of_it = tellings.iter().filter(|told| told.invoice == *invoice);
        of_it.all(is_its)
    });
    invoices
}
