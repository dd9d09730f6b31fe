//! A world behind HTTP, for `relance dev`: webhooks as deployed, a page for people, and a few
//! addresses for scripts.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::Html;
use axum::routing::{get, post};
use dunning::file::Invoice;
use dunning::value::{CustomerId, DebtorKey};
use jiff::{Span, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use timetable::Knock;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::answer::{Problem, Shared, bad_request, internal, realm};
use crate::instructions;
use crate::names::{Names, own_only};
use crate::page;
use crate::world::{Mail, World};

/// API Gateway refuses larger requests before any function sees them.
const LARGEST_REQUEST: usize = 10 * 1024 * 1024;

/// Serves a world until the process ends, to whoever calls it by its own name.
pub async fn serve(world: World, listener: TcpListener) -> std::io::Result<()> {
    let names = Names::of(listener.local_addr()?);
    let routes = Router::new()
        .route("/", get(outbox_page))
        .route("/webhooks/{source}", post(webhook))
        .route("/_local/mails", get(mails))
        .route("/_local/mails/{index}", get(mail_page))
        .route("/_local/schedules", get(schedules))
        .route("/_local/files/{source}/{customer}", get(file))
        .route("/_local/clock", get(clock).post(turn_clock))
        .route("/_local/pause", post(instructions::pause))
        .route("/_local/resume", post(instructions::resume))
        .route("/_local/release", post(instructions::release))
        .route("/_local/approve", post(instructions::approve))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .layer(from_fn_with_state(names, own_only))
        .with_state(Arc::new(Mutex::new(world)));
    axum::serve(listener, routes).await
}

async fn webhook(
    State(world): Shared,
    Path(source): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let source = query.map_or(source.clone(), |query| format!("{source}?{query}"));
    let headers: Vec<_> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let (status, text) = world.lock().await.post(&source, &headers, &body).await;
    (
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        text,
    )
}

async fn outbox_page(State(world): Shared) -> Result<Html<String>, Problem> {
    let world = world.lock().await;
    page::render(&world).await.map(Html).map_err(internal)
}

async fn mail_page(
    State(world): Shared,
    Path(index): Path<usize>,
) -> Result<Html<String>, Problem> {
    let world = world.lock().await;
    let mail = world
        .mails()
        .get(index)
        .ok_or((StatusCode::NOT_FOUND, "no such mail\n".to_owned()))?;
    Ok(Html(mail.sent.html.clone().unwrap_or_default()))
}

async fn mails(State(world): Shared) -> Json<Vec<Value>> {
    Json(world.lock().await.mails().iter().map(mail_json).collect())
}

fn mail_json(mail: &Mail) -> Value {
    let sent = &mail.sent;
    json!({
        "to": sent.to,
        "cc": sent.cc,
        "from": sent.from,
        "reply_to": sent.reply_to,
        "subject": sent.subject,
        "text": sent.text,
        "html": sent.html,
        "headers": sent.headers,
        "sent_at": sent.at,
        "debtor": mail.file.as_ref().map(ToString::to_string),
        "invoices": mail.invoices,
        "step": mail.step,
    })
}

async fn schedules(State(world): Shared) -> Json<Vec<Value>> {
    let schedules = world.lock().await.aws.schedules();
    let entry = |schedule: &aws::Schedule| {
        let knock: Option<Knock> = serde_json::from_str(&schedule.input).ok();
        json!({
            "name": schedule.name,
            "at": schedule.at,
            "debtor": knock.as_ref().map(|knock| knock.file.to_string()),
            "invoice": knock.and_then(|knock| knock.invoice),
        })
    };
    Json(schedules.iter().map(entry).collect())
}

async fn file(
    State(world): Shared,
    Path((source, customer)): Path<(String, String)>,
    Query(account): Query<Account>,
) -> Result<Json<Value>, Problem> {
    let world = world.lock().await;
    let debtor = debtor_key(&world, &source, &account, &customer)?;
    let Some(stored) = world.ledger.file(&debtor).await.map_err(internal)? else {
        return Err((StatusCode::NOT_FOUND, "no such file\n".to_owned()));
    };
    let closed = world.ledger.closed(&debtor).await.map_err(internal)?;
    let journal = world.ledger.journal(&debtor).await.map_err(internal)?;
    let entry = |entry: &ledger::Entry| {
        entry
            .lines
            .iter()
            .map(|line| {
                json!({
                    "at": entry.at,
                    "invoice": line.invoice,
                    "what": line.what,
                    "text": line.what.to_string(),
                })
            })
            .collect::<Vec<_>>()
    };
    // With where the debt stands by all that was told, which is nowhere stored.
    let shown = |invoice: &Invoice| {
        let mut shown = json!(invoice);
        shown["facts"] = json!(invoice.balance());
        shown
    };
    let open = stored.file.open.iter();
    let open: BTreeMap<_, _> = open.map(|(id, invoice)| (id, shown(invoice))).collect();
    Ok(Json(json!({
        "debtor": stored.file.debtor,
        "open": open,
        "closed": closed.iter().map(shown).collect::<Vec<_>>(),
        "journal": journal.iter().flat_map(entry).collect::<Vec<_>>(),
    })))
}

/// In which of the source's accounts a customer is.
#[derive(Deserialize)]
struct Account {
    /// The account, where there are several.
    #[serde(default = "no_account")]
    account: String,
}

fn no_account() -> String {
    "default".to_owned()
}

fn debtor_key(
    world: &World,
    source: &str,
    account: &Account,
    customer: &str,
) -> Result<DebtorKey, Problem> {
    let realm = realm(world, source, &account.account)?;
    let customer = CustomerId::parse(customer).map_err(|error| bad_request(&error.to_string()))?;
    Ok(DebtorKey { realm, customer })
}

async fn clock(State(world): Shared) -> Json<Value> {
    Json(json!({ "now": world.lock().await.clock.now() }))
}

/// How far to turn the clock.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Turn {
    Advance(Span),
    To(Timestamp),
}

async fn turn_clock(State(world): Shared, Json(turn): Json<Turn>) -> Result<Json<Value>, Problem> {
    let mut world = world.lock().await;
    let now = world.clock.now();
    let zone = world.policy.company.time_zone.get().clone();
    let to = match turn {
        Turn::To(to) => to,
        // Days are civil days of the company: an hour longer or shorter when the clocks change.
        Turn::Advance(by) => now
            .to_zoned(zone)
            .checked_add(by)
            .map_err(bad_turn)?
            .timestamp(),
    };
    if to < now {
        return Err((
            StatusCode::BAD_REQUEST,
            "the clock cannot be turned back\n".to_owned(),
        ));
    }
    world.advance_to(to).await;
    Ok(Json(json!({ "now": world.clock.now() })))
}

fn bad_turn(error: jiff::Error) -> Problem {
    (StatusCode::BAD_REQUEST, format!("{error}\n"))
}
