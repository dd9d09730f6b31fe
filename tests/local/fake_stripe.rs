//! Stripe's books behind its interface, as far as Relance asks: what is in them, nobody posts.
//!
//! Shapes and statuses: <https://docs.stripe.com/api/invoices/retrieve>, <https://docs.stripe.com/api/errors>.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::{Value, json};

pub(crate) const KEY: &str = "rk_live_of_the_tests";

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    Fine,
    Unreachable,
    Status(u16),
    /// 429, with or without the header.
    Busy(Option<u32>),
    /// Whoever stands in front of it answers a page for people.
    Html,
    /// Its JSON breaks off.
    Cut,
    /// It answers about the first invoice that it has.
    Another,
    /// Out of its test mode.
    TestMode,
}

#[derive(Clone)]
pub(crate) struct FakeStripe(Arc<Mutex<Books>>);

struct Books {
    /// By which its answers are dated, once it follows one.
    clock: Option<aws::Clock>,
    invoices: BTreeMap<String, Value>,
    cash: BTreeMap<String, Value>,
    /// Of those invoices that are of a connected account.
    accounts: BTreeMap<String, String>,
    weather: Weather,
    asked: Vec<String>,
}

impl fmt::Debug for FakeStripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FakeStripe")
    }
}

impl FakeStripe {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Books {
            clock: None,
            invoices: BTreeMap::new(),
            cash: BTreeMap::new(),
            accounts: BTreeMap::new(),
            weather: Weather::Fine,
            asked: Vec::new(),
        })))
    }

    pub(crate) fn connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }

    /// An invoice is as an event shows it, whether or not that is posted.
    pub(crate) fn book(&self, event: &Value) {
        let invoice = event["data"]["object"].clone();
        let id = invoice["id"].as_str().unwrap().to_owned();
        self.books().invoices.insert(id, invoice);
    }

    /// The same in the books of a connected account.
    pub(crate) fn book_of(&self, account: &str, event: &Value) {
        self.book(event);
        let id = event["data"]["object"]["id"].as_str().unwrap().to_owned();
        self.books().accounts.insert(id, account.to_owned());
    }

    /// It has no such invoice any more.
    pub(crate) fn forget(&self, invoice: &str) {
        self.books().invoices.remove(invoice);
    }

    /// Money of a customer that is on no invoice.
    pub(crate) fn hold_cash(&self, customer: &str, currency: &str, amount: i64) {
        let cash = json!({
            "object": "cash_balance",
            "customer": customer,
            "available": { currency: amount },
            "livemode": true,
            "settings": { "reconciliation_mode": "automatic", "using_merchant_default": true },
        });
        self.books().cash.insert(customer.to_owned(), cash);
    }

    pub(crate) fn answers(&self, weather: Weather) {
        self.books().weather = weather;
    }

    /// Its answers are dated by this clock.
    pub(crate) fn follows(&self, clock: &aws::Clock) {
        self.books().clock = Some(clock.clone());
    }

    /// What it was asked, path and query, since this was asked last.
    pub(crate) fn was_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.books().asked)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap()
    }
}

impl HttpConnector for FakeStripe {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.books().answer(&request))
    }
}

impl Books {
    fn answer(&mut self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let uri = request.uri().to_owned();
        if let Some(pdf) = self.behind(&uri, request) {
            return Ok(pdf);
        }
        let rest = uri.strip_prefix("https://api.stripe.com").unwrap();
        self.asked.push(rest.to_owned());
        let error = |status: u16, code: &str| {
            let body = json!({ "error": { "code": code, "type": "invalid_request_error" } });
            (status, body.to_string())
        };
        assert_eq!(request.method(), "GET");
        if request.headers().get("authorization") != Some(&format!("Bearer {KEY}")) {
            return Ok(self.response(error(401, "api_key_invalid"), None));
        }
        let (status, body) = match self.weather {
            Weather::Unreachable => {
                return Err(ConnectorError::io("the connection broke".into()));
            }
            Weather::Status(status) => error(status, "of_the_tests"),
            Weather::Busy(wait) => return Ok(self.response(error(429, "rate_limit"), wait)),
            Weather::Html => (200, "<html><body>Sign in</body></html>".to_owned()),
            Weather::Another => shown(self.invoices.values().next().cloned()),
            weather => {
                let account = request.headers().get("stripe-account");
                let found = self.find(rest, account).map(|mut found| {
                    if weather == Weather::TestMode {
                        found["livemode"] = json!(false);
                        let listed = found["data"].as_array_mut().into_iter().flatten();
                        listed.for_each(|invoice| invoice["livemode"] = json!(false));
                    }
                    found
                });
                let (status, mut body) = shown(found);
                if weather == Weather::Cut {
                    body.truncate(body.len() / 2);
                }
                (status, body)
            }
        };
        Ok(self.response((status, body), None))
    }

    /// What stands behind the link of an invoice: nobody shows a key there.
    fn behind(&self, uri: &str, request: &HttpRequest) -> Option<HttpResponse> {
        let page = uri.strip_prefix("https://pay.stripe.com/")?;
        assert_eq!(request.headers().get("authorization"), None);
        let (status, body) = match page {
            _ if self.weather != Weather::Fine => (503, "of the tests"),
            "moved.pdf" => (302, ""),
            "invoice.pdf" => (200, "%PDF-1.7 of the tests"),
            _ => (200, "<html>expired</html>"),
        };
        let mut response = self.response((status, body.to_owned()), None);
        response
            .headers_mut()
            .insert("location", "https://pay.stripe.com/invoice.pdf");
        Some(response)
    }

    fn find(&self, rest: &str, account: Option<&str>) -> Option<Value> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if path == "/v1/invoices" {
            return Some(self.list(query, account));
        }
        if let Some(id) = path.strip_prefix("/v1/invoices/") {
            return self.invoices.get(id).cloned();
        }
        let customer = path
            .strip_prefix("/v1/customers/")
            .and_then(|rest| rest.strip_suffix("/cash_balance"))?;
        let none = json!({
            "object": "cash_balance", "customer": customer, "available": null, "livemode": true,
        });
        Some(self.cash.get(customer).cloned().unwrap_or(none))
    }

    /// The open ones, the newest first, as many as are wanted after the one that is named.
    fn list(&self, query: &str, account: Option<&str>) -> Value {
        let wanted = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value)
        };
        let is_wanted = |invoice: &&Value| {
            let customer = wanted("customer");
            let id = invoice["id"].as_str().unwrap();
            self.accounts.get(id).map(String::as_str) == account
                && invoice["status"] == "open"
                && customer.is_none_or(|it| invoice["customer"] == it)
        };
        let open = self.invoices.values().rev().filter(is_wanted);
        let after = wanted("starting_after");
        let rest: Vec<&Value> = open
            .skip_while(|invoice| after.is_some_and(|after| invoice["id"] != after))
            .skip(usize::from(after.is_some()))
            .collect();
        let limit = wanted("limit").unwrap().parse().unwrap();
        let page: Vec<&Value> = rest.iter().copied().take(limit).collect();
        json!({ "object": "list", "url": "/v1/invoices", "has_more": rest.len() > limit, "data": page })
    }

    fn response(&self, (status, body): (u16, String), retry_after: Option<u32>) -> HttpResponse {
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        let clock = self.clock.as_ref();
        let now = clock.map_or(Timestamp::UNIX_EPOCH, aws::Clock::now);
        let date = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
        let headers = response.headers_mut();
        headers.insert("date", date.unwrap());
        headers.insert("content-type", "application/json");
        if let Some(wait) = retry_after {
            headers.insert("retry-after", wait.to_string());
        }
        response
    }
}

fn shown(found: Option<Value>) -> (u16, String) {
    if let Some(found) = found {
        return (200, found.to_string());
    }
    let error = json!({ "error": {
        "code": "resource_missing", "type": "invalid_request_error",
        "message": "No such invoice", "param": "invoice",
    } });
    (404, error.to_string())
}
