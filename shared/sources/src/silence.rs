//! What an event that makes no sense says all the same: what silences a debt is not to be lost for a field that
//! does not matter.
//!
//! A leaner event, of those fields alone that make sense, is understood again. Of each thing that it says, what
//! asks for less is taken in.

use dunning::billing::{CustomerEvent, Happened, MovementKind, Status};
use dunning::value::Mode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::around::Around;
use crate::canonical::Said;
use crate::meaning::{BadEvent, Translation, silenced};

/// What may stand alone in an event, with the fields by which it silences.
const ALONE: [(&str, &[&str]); 3] = [
    (
        "invoice",
        &[
            "id",
            "status",
            "currency",
            "total",
            "remaining",
            "collection",
            "left_alone",
            "not_before",
            "payment_pending_until",
            "metadata",
        ],
    ),
    (
        "movement",
        &["kind", "id", "invoice", "payment", "amount", "currency"],
    ),
    ("ended", &["invoice", "status"]),
];

/// What may stand together, of a customer. What it is like is taken in whole, but for what makes no sense.
const OF_CUSTOMER: [(&str, &[&str]); 4] = [
    ("payment_pending", &["payment", "invoice", "until", "ended"]),
    ("unapplied", &["amount", "currency"]),
    ("customer_deleted", &[]),
    (
        "debtor",
        &[
            "name",
            "email",
            "language",
            "country",
            "time_zone",
            "kind",
            "left_alone",
            "not_before",
            "postal_code",
            "state",
            "registration",
            "vat_number",
            "contacts",
            "tags",
            "metadata",
        ],
    ),
];

/// More currencies than there are.
const MOST_AMOUNTS: usize = 200;

/// What such an event tells: that a debt is at its end or left alone, that money came or is on its way.
pub(crate) fn silences(output: &Value, bad: &BadEvent, around: &Around<'_>) -> Vec<Translation> {
    let Some(lean) = lean(output, bad, around) else {
        return Vec::new();
    };
    let understood = |event: &Value| silenced(event, around).ok();
    let silencing = |event: &Value| understood(event).filter(silences_something);
    let mut told: Vec<Translation> = ALONE
        .iter()
        .filter_map(|(fact, fields)| silencing(&with(&lean, fact, sound(output, fact, fields))))
        .collect();
    let mut of_customer = lean.clone();
    for (fact, fields) in OF_CUSTOMER {
        let sound = if fact == "unapplied" {
            amounts(&output[fact], |amounts| {
                silencing(&with(&lean, fact, amounts)).is_some()
            })
        } else {
            sound(output, fact, fields)
        };
        let together = with(&of_customer, fact, sound.clone());
        if silencing(&with(&lean, fact, sound)).is_some() && understood(&together).is_some() {
            of_customer = together;
        }
    }
    told.extend(silencing(&of_customer));
    told
}

/// What says whose it is and when it happened. Where that makes no sense, nothing is known.
fn lean(output: &Value, bad: &BadEvent, around: &Around<'_>) -> Option<Value> {
    let mut lean = json!({ "id": bad.id.as_ref()?, "kind": bad.kind });
    let makes_sense = |name: &str| is_read(&json!({ name: output[name] }));
    for name in ["mode", "account"] {
        makes_sense(name).then_some(())?;
        lean[name] = output[name].clone();
    }
    let mode = Option::<Mode>::deserialize(&output["mode"]).ok()?;
    if mode.is_some_and(|mode| mode != around.mode) {
        return None;
    }
    for name in ["at", "version", "customer", "debtor_as_of"] {
        if makes_sense(name) {
            lean[name] = output[name].clone();
        }
    }
    if lean["at"].is_null() {
        lean["at"] = around.came_at?.to_string().into();
    }
    Some(lean)
}

/// A fact, with those of its fields that make sense by themselves.
fn sound(output: &Value, fact: &str, fields: &[&str]) -> Value {
    let told = &output[fact];
    let Some(object) = told.as_object() else {
        let makes_sense = is_read(&json!({ fact: told }));
        return if makes_sense {
            told.clone()
        } else {
            Value::Null
        };
    };
    let mut sound = json!({});
    for field in fields {
        let Some(value) = object.get(*field) else {
            continue;
        };
        let value = match value {
            // Not as it is asked for; but less can be read from it all the same.
            Value::Number(number) if matches!(*field, "remaining" | "total") => {
                number.to_string().into()
            }
            value => value.clone(),
        };
        if is_read(&json!({ fact: { *field: value } })) {
            sound[*field] = value;
        }
    }
    sound
}

/// Those amounts of a list that make sense, each by itself and all together.
fn amounts(told: &Value, make_sense: impl Fn(Value) -> bool) -> Value {
    let mut sound = Vec::new();
    for amount in told.as_array().into_iter().flatten().take(MOST_AMOUNTS) {
        let amount = json!({ "amount": amount["amount"], "currency": amount["currency"] });
        if make_sense(json!([amount])) {
            sound.push(amount);
            if !make_sense(json!(sound)) {
                sound.pop();
            }
        }
    }
    sound.into()
}

fn with(lean: &Value, fact: &str, told: Value) -> Value {
    let mut event = lean.clone();
    event[fact] = told;
    event
}

fn is_read(event: &Value) -> bool {
    Said::deserialize(event).is_ok()
}

/// Whether less is asked for after it.
fn silences_something(told: &Translation) -> bool {
    match told {
        Translation::Movement(event) => match &event.what {
            Happened::Moved { movement, .. } => {
                matches!(movement.kind, MovementKind::Payment | MovementKind::Credit)
            }
            Happened::Ended(status) => {
                matches!(status, Status::Paid | Status::Void | Status::Uncollectible)
            }
            Happened::Silenced(silence) => silence.is_something(),
            Happened::Pending { pending, .. } => pending.until.is_some(),
        },
        Translation::Customer(event) => silences_customer(event),
        _ => false,
    }
}

fn silences_customer(event: &CustomerEvent) -> bool {
    let facts = &event.facts;
    let profile = event.debtor.as_ref().map(|debtor| &debtor.value);
    facts.is_deleted()
        || facts.is_pending()
        || facts.held_money().next().is_some()
        || profile.is_some_and(|profile| profile.left_alone || profile.not_before.is_some())
}
