//! Stripe, from the bytes of a request to an event of ours.

#[path = "../../../../tests/fixtures/stripe/mod.rs"]
mod fixtures;
mod life;
mod properties;
mod refusals;
mod signature;

use dunning::facts::Event;
use dunning::ids::{Mode, SourceName};
use dunning::policy::{self, Zone};
use jiff::Timestamp;
use serde_json::Value;
use sources::{Secrets, Source, Translation, Untranslatable};

fn name() -> SourceName {
    SourceName::parse("stripe").unwrap()
}

fn stripe() -> &'static Source {
    Source::builtin(&name()).unwrap()
}

fn secrets(text: &str) -> Secrets {
    Secrets::parse(text).unwrap()
}

fn config(mode: Mode, time_zone: &str) -> policy::Source {
    policy::Source {
        mode,
        time_zone: Zone::try_from(time_zone.to_owned()).unwrap(),
        chase_failed_charges: true,
    }
}

/// Signs, verifies and translates.
fn read_bytes(body: &[u8], config: &policy::Source) -> Result<Translation, Untranslatable> {
    let secrets = secrets("whsec_test");
    let now: Timestamp = "2027-01-15T12:00:00Z".parse().unwrap();
    let (header, value) = stripe().sign(&secrets, now, body);
    let verified = stripe()
        .verify([(header, value.as_str())], body, &secrets, now)
        .unwrap();
    stripe().translate(verified, config, &name())
}

/// As a live source in Paris reads it.
fn read(event: &Value) -> Result<Translation, Untranslatable> {
    read_bytes(
        event.to_string().as_bytes(),
        &config(Mode::Live, "Europe/Paris"),
    )
}

/// As [`read`], for what must come out as an event.
fn event_of(event: &Value) -> Event {
    match read(event) {
        Ok(Translation::Event(event)) => *event,
        other => panic!("not an event: {other:?}"),
    }
}
