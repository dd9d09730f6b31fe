//! Writes: one item alone, or up to 100 in a transaction. All is judged first and written then: nothing is half done.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use winterbaume_dynamodb::types::Item;

use super::action::{Action, Kind, Misfit, Outcome};
use super::database::Database;
use super::item::{PARTITION, SORT, key_text, to_json};
use super::size;
use crate::call::{Answer, Refusal, cancelled};
use crate::stack;

/// How long AWS knows a transaction by its token.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(10);
const MOST_ACTIONS: usize = 100;

impl Database {
    pub(super) fn write_one(&mut self, kind: Kind, input: &Value) -> Answer {
        let action = Action::read(kind, input)?;
        let old = self.item(&action.key).cloned();
        let new = match action.outcome(old.as_ref()) {
            Ok(new) => new,
            Err(Misfit::Invalid(message)) => return Err(Refusal::invalid(message)),
            Err(Misfit::Condition(item)) => {
                let refusal = Refusal::new(
                    400,
                    "ConditionalCheckFailedException",
                    "The conditional request failed",
                );
                return Err(match item {
                    Some(item) => refusal.with("Item", to_json(&item)),
                    None => refusal,
                });
            }
        };
        let returned = match input["ReturnValues"].as_str() {
            None | Some("NONE") => None,
            Some("ALL_OLD") => old,
            Some("ALL_NEW") if matches!(kind, Kind::Update) => new.item().cloned(),
            Some(other) => {
                return Err(Refusal::invalid(format!(
                    "The embedded DynamoDB does not offer ReturnValues {other}"
                )));
            }
        };
        self.store(&action.key, new);
        Ok(returned.map_or_else(|| json!({}), |item| json!({ "Attributes": to_json(&item) })))
    }

    pub(super) fn transact(&mut self, input: &Value, now: Timestamp) -> Answer {
        self.transactions
            .retain(|_, (at, _)| now.duration_since(*at) < TOKEN_LIFE);
        let token = input["ClientRequestToken"].as_str().map(str::to_owned);
        if let Some((_, known)) = token
            .as_ref()
            .and_then(|token| self.transactions.get(token))
        {
            let message =
                "The request uses the same client token as a previous, but non-identical request";
            return if known == input {
                Ok(json!({}))
            } else {
                Err(Refusal::new(
                    400,
                    "IdempotentParameterMismatchException",
                    message,
                ))
            };
        }
        let actions = read_actions(input)?;
        let outcomes: Vec<_> = actions
            .iter()
            .map(|action| action.outcome(self.item(&action.key)))
            .collect();
        if outcomes.iter().any(Result::is_err) {
            let reasons: Vec<Value> = outcomes.into_iter().map(reason).collect();
            return Err(cancelled(&reasons));
        }
        let outcomes: Vec<_> = outcomes.into_iter().filter_map(Result::ok).collect();
        self.check_weight(&actions, &outcomes)?;
        for (action, outcome) in actions.iter().zip(outcomes) {
            self.store(&action.key, outcome);
        }
        if let Some(token) = token {
            self.transactions.insert(token, (now, input.clone()));
        }
        Ok(json!({}))
    }

    /// 4 MB of items at the most, each counted as the larger of before and after.
    fn check_weight(&self, actions: &[Action], outcomes: &[Outcome]) -> Result<(), Refusal> {
        let weights = actions.iter().zip(outcomes).map(|(action, outcome)| {
            let old = self.item(&action.key).map_or(0, size::of_item);
            let new = outcome.item().map_or(0, size::of_item);
            old.max(new)
        });
        if weights.sum::<usize>() > size::TRANSACTION {
            return Err(Refusal::invalid(
                "The aggregate size of the items in the transaction exceeds 4 MB",
            ));
        }
        Ok(())
    }

    fn store(&mut self, key: &Item, outcome: Outcome) {
        let stored = match outcome {
            Outcome::Untouched => return,
            Outcome::Deleted => self.state.delete_item(stack::TABLE, key),
            Outcome::Stored(item) => self.state.put_item(stack::TABLE, item),
        };
        stored.expect("the table is there and the key was checked");
    }
}

fn read_actions(input: &Value) -> Result<Vec<Action>, Refusal> {
    let requests = input["TransactItems"]
        .as_array()
        .ok_or_else(|| Refusal::invalid("Missing TransactItems"))?;
    if requests.is_empty() || requests.len() > MOST_ACTIONS {
        return Err(Refusal::invalid(format!(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have \
             length between 1 and {MOST_ACTIONS}"
        )));
    }
    let actions: Vec<Action> = requests.iter().map(read_action).collect::<Result<_, _>>()?;
    let keys: HashSet<_> = actions
        .iter()
        .map(|action| {
            (
                key_text(&action.key, PARTITION),
                key_text(&action.key, SORT),
            )
        })
        .collect();
    if keys.len() < actions.len() {
        return Err(Refusal::invalid(
            "Transaction request cannot include multiple operations on one item",
        ));
    }
    Ok(actions)
}

fn read_action(request: &Value) -> Result<Action, Refusal> {
    let kinds = [
        ("Put", Kind::Put),
        ("Update", Kind::Update),
        ("Delete", Kind::Delete),
        ("ConditionCheck", Kind::ConditionCheck),
    ];
    let mut named = kinds
        .into_iter()
        .filter(|(name, _)| request[*name].is_object());
    match (named.next(), named.next()) {
        (Some((name, kind)), None) => Action::read(kind, &request[name]),
        _ => Err(Refusal::invalid(
            "TransactItems can only contain one of Check, Put, Update or Delete",
        )),
    }
}

fn reason(outcome: Result<Outcome, Misfit>) -> Value {
    match outcome {
        Ok(_) => json!({ "Code": "None" }),
        Err(Misfit::Invalid(message)) => json!({ "Code": "ValidationError", "Message": message }),
        Err(Misfit::Condition(item)) => {
            let mut reason = json!({
                "Code": "ConditionalCheckFailed", "Message": "The conditional request failed",
            });
            if let Some(item) = item {
                reason["Item"] = to_json(&item);
            }
            reason
        }
    }
}
