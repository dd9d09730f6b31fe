//! What a person wants of a world: `pause`, `resume`, `release` and `approve`, as the command line says them to a
//! deployed table.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dunning::file::Pause;
use dunning::rules::Instruction;
use dunning::value::{CustomerId, InvoiceId};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Problem, Shared, bad_request, internal, realm};
use crate::world::World;

/// Of what somebody wants it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// The invoice's or the customer's id, as the billing tool has it.
    id: Option<String>,
    /// All debtors.
    #[serde(default)]
    everything: bool,
    /// Of a pause, the day on which reminders go on by themselves.
    until: Option<Date>,
    /// Where the id is from.
    #[serde(default = "stripe")]
    source: String,
    /// In which of the source's accounts, where there are several.
    #[serde(default = "default")]
    account: String,
}

fn stripe() -> String {
    "stripe".to_owned()
}

fn default() -> String {
    "default".to_owned()
}

pub(crate) async fn pause(
    State(world): Shared,
    Json(wish): Json<Wish>,
) -> Result<Json<Value>, Problem> {
    let mut world = world.lock().await;
    let zone = world.policy.company.time_zone.get().clone();
    let today = world.clock.now().to_zoned(zone).date();
    if wish.until.is_some_and(|until| until <= today) {
        return Err(bad_request("`until` is not in the future"));
    }
    let pause = Pause { until: wish.until };
    if wish.everything && wish.id.is_none() {
        return stand_still(&mut world, Some(pause)).await;
    }
    obey(&mut world, wish, Instruction::Pause(pause)).await
}

pub(crate) async fn resume(
    State(world): Shared,
    Json(wish): Json<Wish>,
) -> Result<Json<Value>, Problem> {
    let mut world = world.lock().await;
    if wish.everything && wish.id.is_none() {
        return stand_still(&mut world, None).await;
    }
    obey(&mut world, wish, Instruction::Resume).await
}

pub(crate) async fn release(
    State(world): Shared,
    Json(wish): Json<Wish>,
) -> Result<Json<Value>, Problem> {
    obey(&mut *world.lock().await, wish, Instruction::Release(None)).await
}

pub(crate) async fn approve(
    State(world): Shared,
    Json(wish): Json<Wish>,
) -> Result<Json<Value>, Problem> {
    obey(&mut *world.lock().await, wish, Instruction::Approve).await
}

/// Answers with what the journal says of it, which is nothing where it was so already.
async fn obey(
    world: &mut World,
    wish: Wish,
    instruction: Instruction,
) -> Result<Json<Value>, Problem> {
    let id = match wish.id {
        Some(id) if !wish.everything => id,
        _ => return Err(bad_request("say `id`, or to pause and resume `everything`")),
    };
    let realm = realm(world, &wish.source, &wish.account)?;
    let bad = |error: dunning::value::BadId| bad_request(&error.to_string());
    let (invoice, customer) = (
        InvoiceId::parse(&*id).map_err(bad)?,
        CustomerId::parse(&*id).map_err(bad)?,
    );
    let (ledger, now) = (world.ledger.clone(), world.clock.now());
    let target = ledger.find(&realm, invoice, customer).await;
    let target = target.map_err(internal)?;
    let said = ledger
        .instruct(&target.debtor, target.only.as_ref(), instruction, now)
        .await;
    let Some(said) = said.map_err(internal)? else {
        let unknown = "no such open invoice, and no such customer\n";
        return Err((StatusCode::NOT_FOUND, unknown.to_owned()));
    };
    world.carry().await;
    let said: Vec<String> = said.iter().map(|line| line.what.to_string()).collect();
    Ok(Json(json!({ "said": said })))
}

async fn stand_still(world: &mut World, pause: Option<Pause>) -> Result<Json<Value>, Problem> {
    let now = world.clock.now();
    world
        .ledger
        .put_standstill(pause, now)
        .await
        .map_err(internal)?;
    let said = match pause {
        None => "everything goes on; what is late is looked at within the hour".to_owned(),
        Some(Pause { until: None }) => "nothing is sent to any debtor".to_owned(),
        Some(Pause { until: Some(day) }) => format!("nothing is sent to any debtor before {day}"),
    };
    Ok(Json(json!({ "said": [said] })))
}
