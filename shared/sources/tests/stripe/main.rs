//! Stripe, from the bytes of a request to an event of ours.

#[path = "../../../../tests/fixtures/stripe/mod.rs"]
mod fixtures;

mod facts;
mod life;
mod properties;
mod refusals;
mod signature;

use dunning::billing::InvoiceEvent;
use dunning::policy;
use dunning::value::{Mode, SourceName, Zone};
use jiff::Timestamp;
use serde_json::Value;
use sources::{Nonsense, Request, Secrets, Tool, Translation};

fn name() -> SourceName {
    SourceName::parse("stripe").unwrap()
}

fn stripe() -> Tool {
    Tool::builtin("stripe").unwrap()
}

fn secrets(text: &str) -> Secrets {
    Secrets::parse(text).unwrap()
}

fn config(mode: Mode, time_zone: &str) -> policy::Source {
    policy::Source {
        mode,
        chase_failed_charges: true,
        ..policy::Source::usual(Zone::parse(time_zone).unwrap())
    }
}

fn paris() -> policy::Source {
    config(Mode::Live, "Europe/Paris")
}

/// The value of the one header with which Stripe signs.
fn sign(secrets: &Secrets, now: Timestamp, body: &[u8]) -> String {
    let headers = stripe()
        .sign(secrets, None, now, Request::new(&[], body))
        .unwrap();
    let [(header, value)] = headers.pairs()[..] else {
        panic!("Stripe signs in one header");
    };
    assert_eq!(header, "Stripe-Signature");
    value.to_owned()
}

/// Why something is not understood.
#[derive(Debug, PartialEq)]
enum Bad {
    Nonsense(Nonsense),
    Unreadable(String),
}

/// Signs, verifies and translates: all that is said.
fn read_all(body: &[u8], config: &policy::Source) -> Result<Vec<Result<Translation, Bad>>, Bad> {
    let secrets = secrets("whsec_test");
    let now: Timestamp = "2027-01-15T12:00:00Z".parse().unwrap();
    let signature = sign(&secrets, now, body);
    let headers = [("Stripe-Signature", signature.as_str())];
    let request = Request::new(&headers, body);
    let verified = stripe().verify(request, &secrets, config, now).unwrap();
    let said = stripe().translate(verified, config, &name());
    let said = said.map_err(|unreadable| Bad::Unreadable(unreadable.to_string()))?;
    let nonsense = |nonsense: Box<Nonsense>| Bad::Nonsense(*nonsense);
    Ok(said
        .into_iter()
        .map(|said| said.map_err(nonsense))
        .collect())
}

/// The first thing that is said.
fn read_bytes(body: &[u8], config: &policy::Source) -> Result<Translation, Bad> {
    read_all(body, config)?.swap_remove(0)
}

/// As a live source in Paris reads it.
fn read(event: &Value) -> Result<Translation, Bad> {
    read_bytes(event.to_string().as_bytes(), &paris())
}

/// As [`read`], for what must come out as an event.
fn event_of(event: &Value) -> InvoiceEvent {
    match read(event) {
        Ok(Translation::Invoice(event)) => *event,
        other => panic!("not an invoice: {other:?}"),
    }
}
