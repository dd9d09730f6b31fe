//! The ways in which a request proves whom it comes from: published vectors, each as a fact, and what
//! must not pass. The heads stand in `sources/`, as a user's own would.

mod credentials;
mod jwt;
mod vectors;

use std::path::Path;

use dunning::policy;
use dunning::value::Zone;
use jiff::Timestamp;
use sources::{Distrust, Request, Secrets, SignatureError, Tool};

fn tool(name: &str) -> Tool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemes");
    Tool::find(name, &folder).unwrap()
}

fn config(url: Option<&str>) -> policy::Source {
    policy::Source {
        url: url.map(str::to_owned),
        ..policy::Source::usual(Zone::parse("Europe/Paris").unwrap())
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Whether a request passes, now being any time.
fn verify(
    name: &str,
    request: Request<'_>,
    secret: &str,
    now: Timestamp,
) -> Result<(), SignatureError> {
    verify_at(name, None, request, secret, now)
}

fn verify_at(
    name: &str,
    url: Option<&str>,
    request: Request<'_>,
    secret: &str,
    now: Timestamp,
) -> Result<(), SignatureError> {
    let secrets = Secrets::parse(secret).unwrap();
    match tool(name).verify(request, &secrets, &config(url), now) {
        Ok(_) => Ok(()),
        Err(Distrust::Signature(why)) => Err(why),
        Err(Distrust::Misconfigured(why)) => panic!("{why}"),
    }
}
