//! The billing tool, when it is asked: it knows what is true, and answers in Stripe's JSON, when it answers.
//!
//! What it says, in [`crate::shapes`]; whether it does, in [`crate::weather`].

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use aws::Clock;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::engine::Caller;
use crate::history::Log;
use crate::news::Word;
use crate::shapes::{debit_of, response, shown, spoilt};
use crate::story::{Status, Story, Telling, whole_second};
use crate::weather::{Forecast, Weather};

pub(crate) const KEY: &str = "rk_live_of_the_simulation";

/// One thing that it said.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) tick: u64,
    /// When it was asked, and when that was answered.
    pub(crate) began: Timestamp,
    pub(crate) at: Timestamp,
    /// Which invocation of a function asked.
    pub(crate) by: u64,
    pub(crate) said: Said,
}

/// What it said.
#[derive(Debug, Clone)]
pub(crate) enum Said {
    /// So an invoice stands.
    Invoice {
        shown: Telling,
        /// By which of the story's events.
        truth: String,
        /// A payment is under way.
        pays: bool,
        /// Only as one of a list.
        listed: bool,
    },
    /// It has no such invoice.
    Missing(String),
    /// So much of a customer's money is on no invoice.
    Cash { customer: String, minor: i64 },
    /// Nothing that is an answer.
    Trouble(Weather),
}

impl Said {
    /// The invoice that it is about.
    pub(crate) fn invoice(&self) -> Option<&str> {
        match self {
            Self::Invoice { shown, .. } => Some(&shown.invoice),
            Self::Missing(invoice) => Some(invoice),
            Self::Cash { .. } | Self::Trouble(_) => None,
        }
    }
}

/// The tool. Cloning it gives another hand on the same one.
#[derive(Clone)]
pub(crate) struct Tool(Arc<Books>);

struct Books {
    story: Story,
    dice: Dice,
    clock: Clock,
    caller: Arc<Mutex<Caller>>,
    forecast: Forecast,
    log: Log,
    asked: Mutex<Vec<Asked>>,
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tool")
    }
}

/// Who asks, and when.
struct Question {
    name: String,
    by: u64,
    began: Timestamp,
}

impl Tool {
    pub(crate) fn new(
        story: &Story,
        dice: &Dice,
        clock: &Clock,
        caller: &Arc<Mutex<Caller>>,
        log: &Log,
        intensity: u64,
    ) -> Self {
        Self(Arc::new(Books {
            story: story.clone(),
            dice: dice.clone(),
            clock: clock.clone(),
            caller: Arc::clone(caller),
            forecast: Forecast::new(dice, story, intensity),
            log: log.clone(),
            asked: Mutex::default(),
        }))
    }

    pub(crate) fn connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }

    /// All that it said.
    pub(crate) fn said(&self) -> Vec<Asked> {
        self.0.asked.lock().expect("no answer panics").clone()
    }

    /// Whether it has an invoice no more.
    pub(crate) fn has_lost(&self, invoice: &str, at: Timestamp) -> bool {
        self.0.forecast.has_forgotten(invoice, at)
    }
}

impl HttpConnector for Tool {
    /// It gives way once before it answers and once after that, as AWS does.
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let books = Arc::clone(&self.0);
        let question = books.question();
        HttpConnectorFuture::new(async move {
            tokio::task::yield_now().await;
            let (answer, said) = books.answer(&request, &question);
            let dated = whole_second(books.clock.now());
            tokio::task::yield_now().await;
            books.note(&question, dated, said);
            answer
        })
    }
}

impl Books {
    fn caller(&self) -> MutexGuard<'_, Caller> {
        self.caller.lock().expect("no call panics")
    }

    fn question(&self) -> Question {
        let mut caller = self.caller();
        caller.calls += 1;
        Question {
            name: format!("{} call {} of the tool", caller.task, caller.calls),
            by: caller.serial,
            began: self.clock.now(),
        }
    }

    /// As of when an answer is: when it was written, less all the time that it was on its way.
    fn note(&self, question: &Question, dated: Timestamp, said: Vec<Said>) {
        let (tick, at) = (self.caller().tick, self.clock.now());
        let as_of = whole_second(dated - at.duration_since(question.began));
        let mut asked = self.asked.lock().expect("no answer panics");
        for mut said in said {
            if let Said::Invoice { shown, .. } = &mut said {
                shown.at = as_of;
                shown.sent = vec![at];
            }
            let truth = |said: &Said| match said {
                Said::Invoice { truth, .. } => Some(truth.clone()),
                _ => None,
            };
            let is_listed = matches!(said, Said::Invoice { listed: true, .. });
            let mut before = asked.iter().rev();
            let before = before.find(|asked| asked.said.invoice() == said.invoice());
            // A list says the same each night.
            if !is_listed || before.and_then(|asked| truth(&asked.said)) != truth(&said) {
                asked.push(Asked {
                    tick,
                    began: question.began,
                    at,
                    by: question.by,
                    said,
                });
            }
        }
    }

    fn shows(&self, invoice: &str, at: Timestamp) -> Option<&Telling> {
        let truth = self.story.truth(invoice, at)?;
        let is_gone = truth.kind == "deleted" || self.forecast.has_forgotten(invoice, at);
        (!is_gone).then_some(truth)
    }

    fn answer(
        &self,
        request: &HttpRequest,
        question: &Question,
    ) -> (Result<HttpResponse, ConnectorError>, Vec<Said>) {
        let now = self.clock.now();
        assert_eq!(request.method(), "GET");
        let proof = request.headers().get("authorization");
        assert_eq!(proof, Some(format!("Bearer {KEY}").as_str()));
        let uri = request.uri();
        let rest = uri
            .strip_prefix("https://api.stripe.com")
            .expect("it is Stripe's");
        let weather = self.forecast.at(&question.name, now);
        self.log.write(now, format!("    asks {rest}: {weather:?}"));
        let trouble = vec![Said::Trouble(weather)];
        let error = |status| {
            let error = json!({ "error": { "code": "of_the_simulation", "type": "api_error" } });
            (status, error.to_string())
        };
        let (answer, wait, said) = match weather {
            Weather::Unreachable => {
                let broken = ConnectorError::io("the connection broke".into());
                return (Err(broken), trouble);
            }
            Weather::Status(status) => (error(status), None, trouble),
            Weather::Busy(wait) => (error(429), wait, trouble),
            Weather::Html => (
                (200, "<html><body>Sign in</body></html>".to_owned()),
                None,
                trouble,
            ),
            Weather::Fine | Weather::Slow => {
                let (found, said) = self.find(rest, now);
                (shown(found), None, said)
            }
            Weather::Cut | Weather::Another | Weather::TestMode => {
                let (found, _) = self.find(rest, now);
                (spoilt(found, weather), None, trouble)
            }
        };
        if weather == Weather::Slow && self.caller().is_alone {
            let more = (&question.name, "takes");
            let more = self.dice.span(more, SignedDuration::from_secs(15));
            let takes = SignedDuration::from_secs(5) + more;
            self.clock.set(now + takes);
        }
        (Ok(response(self.clock.now(), answer, wait)), said)
    }

    fn find(&self, rest: &str, now: Timestamp) -> (Option<Value>, Vec<Said>) {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let said = |truth: &Telling, listed: bool| Said::Invoice {
            shown: Telling {
                kind: "answer",
                ..truth.clone()
            },
            truth: truth.id.clone(),
            pays: !listed && debit_of(truth, now).is_some(),
            listed,
        };
        if path == "/v1/invoices" {
            let (page, shown) = self.list(query, now);
            let shown = shown.iter().map(|truth| said(truth, true));
            return (Some(page), shown.collect());
        }
        if let Some(id) = path.strip_prefix("/v1/invoices/") {
            return match self.shows(id, now) {
                Some(truth) => {
                    let mut invoice = self.invoice(truth);
                    let payments: Vec<Value> = debit_of(truth, now).into_iter().collect();
                    invoice["payments"] =
                        json!({ "object": "list", "has_more": false, "data": payments });
                    (Some(invoice), vec![said(truth, false)])
                }
                None => (None, vec![Said::Missing(id.to_owned())]),
            };
        }
        let customer = path
            .strip_prefix("/v1/customers/")
            .and_then(|rest| rest.strip_suffix("/cash_balance"))
            .expect("it is asked for what it has");
        self.cash(customer, now)
    }

    /// As a list shows it: without its payments.
    fn invoice(&self, truth: &Telling) -> Value {
        let event: Value = serde_json::from_slice(&self.story.body(truth)).expect("it is JSON");
        let mut invoice = event["data"]["object"].clone();
        invoice
            .as_object_mut()
            .expect("an object")
            .remove("payments");
        invoice
    }

    fn cash(&self, customer: &str, now: Timestamp) -> (Option<Value>, Vec<Said>) {
        let news =
            self.story.news.iter().filter(|news| {
                self.story.customers[news.customer].id == customer && news.at <= now
            });
        if news.clone().any(|news| news.word == Word::Deleted) {
            return (None, Vec::new());
        }
        let cash = news.filter_map(|news| match news.word {
            Word::Cash(minor) => Some((news.at, minor)),
            _ => None,
        });
        let minor = cash.max().map(|(_, minor)| minor);
        let available = minor.map(|minor| json!({ "eur": minor }));
        let found = json!({
            "object": "cash_balance", "customer": customer, "available": available, "livemode": true,
        });
        let said = Said::Cash {
            customer: customer.to_owned(),
            minor: minor.unwrap_or(0),
        };
        (Some(found), vec![said])
    }

    /// The open ones, the newest first, as many as are wanted after the one that is named, or fewer.
    fn list(&self, query: &str, now: Timestamp) -> (Value, Vec<&Telling>) {
        let wanted = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value)
        };
        assert_eq!(wanted("customer"), None);
        let invoices = self.story.invoices.iter().rev();
        let open: Vec<&Telling> = invoices
            .filter_map(|id| self.shows(id, now))
            .filter(|truth| truth.facts.status == Status::Open)
            .collect();
        let place = |id: &str| {
            let mut all = self.story.invoices.iter();
            all.position(|known| known == id)
        };
        // The one that is named may be open no more.
        let after = wanted("starting_after").and_then(place);
        let is_after =
            |truth: &&&Telling| after.is_none_or(|after| place(&truth.invoice) < Some(after));
        let rest: Vec<&Telling> = open.iter().filter(is_after).copied().collect();
        let limit: usize = wanted("limit")
            .expect("it is bounded")
            .parse()
            .expect("a number");
        let limit = limit.min(*self.dice.one_of("the tool's pages", &[25, 3]));
        let page: Vec<&Telling> = rest.iter().copied().take(limit).collect();
        let data: Vec<Value> = page.iter().map(|truth| self.invoice(truth)).collect();
        let has_more = rest.len() > limit;
        let list =
            json!({ "object": "list", "url": "/v1/invoices", "has_more": has_more, "data": data });
        (list, page)
    }
}
