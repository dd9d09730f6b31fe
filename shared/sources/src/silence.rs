//! What an event that makes no sense says all the same: what silences a debt is not to be lost for a field that
//! does not matter.

use dunning::billing::{Happened, MovementEvent, MovementKind, Order, Status, Subject};
use dunning::value::{AccountId, InvoiceId, Mode, Realm};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::canonical::{Instant, SaidEnd, SaidMovement};
use crate::meaning::{Around, BadEvent, Translation, no_account, translate};

/// The fields without which nothing silences. What is wrong with the others is passed over.
#[derive(Deserialize)]
struct Said {
    mode: Option<Mode>,
    account: Option<AccountId>,
    #[serde(default)]
    at: Value,
    #[serde(default)]
    version: Value,
    invoice: Option<SaidInvoice>,
    movement: Option<Value>,
    ended: Option<Value>,
}

#[derive(Deserialize)]
struct SaidInvoice {
    id: InvoiceId,
    status: Status,
}

/// What such an event tells: that a debt is paid, void or written off, or that money came for it.
pub(crate) fn silence(output: &Value, bad: &BadEvent, around: &Around<'_>) -> Option<Translation> {
    let said: Said = serde_json::from_value(output.clone()).ok()?;
    if said.mode.is_some_and(|mode| mode != around.mode) {
        return None;
    }
    let (subject, what) = match (said.invoice, said.movement, said.ended) {
        (Some(SaidInvoice { id, status }), None, None) => {
            (Subject::Invoice(id), Happened::Ended(status))
        }
        (None, Some(movement), None) => {
            let known = ["kind", "id", "invoice", "payment", "amount", "currency"];
            let movement: SaidMovement = only(movement, &known)?;
            movement.into_movement(around.amounts).ok()?
        }
        (None, None, Some(ended)) => {
            let ended: SaidEnd = only(ended, &["invoice", "status"])?;
            ended.into_end().ok()?
        }
        (None, None, None) => return of_customer(output, bad, around),
        _ => return None,
    };
    silences(&what).then_some(())?;
    let said_at = serde_json::from_value(said.at).ok();
    let at = said_at.map(|Instant(at)| at).or(around.came_at)?;
    Some(Translation::Movement(Box::new(MovementEvent {
        id: bad.id.clone()?,
        kind: bad.kind.clone(),
        realm: Realm {
            source: around.source.clone(),
            account: said.account.unwrap_or_else(no_account),
            mode: around.mode,
        },
        order: Order {
            version: said.version.as_i64(),
            at,
        },
        subject,
        what,
        by: around.by,
    })))
}

/// Whether less is asked for after it.
fn silences(what: &Happened) -> bool {
    match what {
        Happened::Moved { movement, .. } => {
            matches!(movement.kind, MovementKind::Payment | MovementKind::Credit)
        }
        Happened::Ended(status) => {
            matches!(status, Status::Paid | Status::Void | Status::Uncollectible)
        }
        Happened::Pending { pending, .. } => pending.until.is_some(),
    }
}

/// What of a customer alone makes sense by itself: that a payment is under way, that money is on no invoice,
/// that it was deleted.
fn of_customer(output: &Value, bad: &BadEvent, around: &Around<'_>) -> Option<Translation> {
    const PAYMENT: [&str; 4] = ["payment", "invoice", "until", "ended"];
    let mut lean = json!({ "id": bad.id, "kind": bad.kind });
    for name in ["mode", "account", "at", "customer"] {
        lean[name] = output[name].clone();
    }
    lean["version"] = output["version"].as_i64().into();
    let payment = only(output["payment_pending"].clone(), &PAYMENT);
    let facts = [
        ("payment_pending", payment.unwrap_or_default()),
        ("unapplied", output["unapplied"].clone()),
        ("customer_deleted", output["customer_deleted"].clone()),
    ];
    for (name, fact) in facts {
        let mut more = lean.clone();
        more[name] = fact;
        if translate(&more, around).is_ok_and(|told| silences_customer(&told)) {
            lean = more;
        }
    }
    let told = translate(&lean, around).ok();
    told.filter(silences_customer)
}

/// Whether less is asked of a customer after it.
fn silences_customer(told: &Translation) -> bool {
    match told {
        Translation::Customer(event) => {
            let facts = &event.facts;
            facts.is_deleted()
                || facts.pending().next().is_some()
                || facts.held_money().next().is_some()
        }
        Translation::Movement(event) => silences(&event.what),
        _ => false,
    }
}

/// Those fields of an object, and no others.
fn only<T: DeserializeOwned>(mut object: Value, fields: &[&str]) -> Option<T> {
    let known = object.as_object_mut()?;
    known.retain(|name, _| fields.contains(&name.as_str()));
    serde_json::from_value(object).ok()
}
