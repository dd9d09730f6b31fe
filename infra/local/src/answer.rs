//! What the addresses of `relance dev` have in common: the world that they ask, and how they say no.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use dunning::value::{AccountId, Realm, SourceName};
use tokio::sync::Mutex;

use crate::world::{World, WorldError};

pub(crate) type Shared = State<Arc<Mutex<World>>>;

/// Answered in place of a result: a status, and what was wrong.
pub(crate) type Problem = (StatusCode, String);

/// Where a source's ids are from.
pub(crate) fn realm(world: &World, source: &str, account: &str) -> Result<Realm, Problem> {
    let bad = |error: dunning::value::BadId| bad_request(&error.to_string());
    let source = SourceName::parse(source).map_err(bad)?;
    let settings = world.policy.sources.get(&source);
    let mode = settings.map(|settings| settings.mode);
    let mode = mode.ok_or((StatusCode::NOT_FOUND, "no such source\n".to_owned()))?;
    let account = AccountId::parse(account).map_err(bad)?;
    Ok(Realm {
        source,
        account,
        mode,
    })
}

pub(crate) fn bad_request(why: &str) -> Problem {
    (StatusCode::BAD_REQUEST, format!("{why}\n"))
}

pub(crate) fn internal(error: impl Into<WorldError>) -> Problem {
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        format!("{}\n", error.into()),
    )
}
