//! One action on one item: whether its request makes sense, and what it makes of the item.

use serde_json::Value;
use winterbaume_dynamodb::expr::{Expr, evaluate};
use winterbaume_dynamodb::types::{Item, UpdateAction};

use super::expressions::{Expressions, check_targets, updated};
use super::item::{LATE_PARTITION, LATE_SORT, PARTITION, SORT, key_of};
use super::request::{check_table, check_whole_key, member};
use super::size;
use crate::call::Refusal;

/// The four actions.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Put,
    Update,
    Delete,
    ConditionCheck,
}

/// An action whose request makes sense; whether it suits the item is not known yet.
pub(super) struct Action {
    pub(super) key: Item,
    condition: Option<Expr>,
    change: Change,
    shows_old: bool,
}

enum Change {
    Put(Item),
    Update(Vec<UpdateAction>),
    Delete,
    None,
}

/// What an action makes of the item.
pub(super) enum Outcome {
    Untouched,
    Deleted,
    Stored(Item),
}

impl Outcome {
    pub(super) fn item(&self) -> Option<&Item> {
        match self {
            Self::Stored(item) => Some(item),
            Self::Untouched | Self::Deleted => None,
        }
    }
}

/// Why an action does not suit the item.
pub(super) enum Misfit {
    Condition(Option<Item>),
    Invalid(String),
}

impl Action {
    pub(super) fn read(kind: Kind, request: &Value) -> Result<Self, Refusal> {
        check_table(request)?;
        let expressions = Expressions::of(request, &["ConditionExpression", "UpdateExpression"])?;
        let condition = request["ConditionExpression"]
            .as_str()
            .map(|text| expressions.condition(text))
            .transpose()?;
        let change = match kind {
            Kind::Put => Change::Put(whole_item(request)?),
            Kind::Update => Change::Update(update(request, &expressions)?),
            Kind::Delete => Change::Delete,
            Kind::ConditionCheck if condition.is_none() => {
                return Err(Refusal::invalid(
                    "The ConditionCheck needs a ConditionExpression",
                ));
            }
            Kind::ConditionCheck => Change::None,
        };
        let key = match &change {
            Change::Put(item) => key_of(item),
            _ => member(request, "Key")?.ok_or_else(|| Refusal::invalid("Missing Key"))?,
        };
        check_whole_key(&key)?;
        let shows_old = request["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD";
        Ok(Self {
            key,
            condition,
            change,
            shows_old,
        })
    }

    pub(super) fn outcome(&self, old: Option<&Item>) -> Result<Outcome, Misfit> {
        let absent = Item::new();
        let holds = self
            .condition
            .as_ref()
            .is_none_or(|condition| evaluate(condition, old.unwrap_or(&absent)));
        if !holds {
            return Err(Misfit::Condition(old.filter(|_| self.shows_old).cloned()));
        }
        match &self.change {
            Change::None => Ok(Outcome::Untouched),
            Change::Delete => Ok(Outcome::Deleted),
            Change::Put(item) => Ok(Outcome::Stored(item.clone())),
            Change::Update(actions) => {
                let item = updated(old.unwrap_or(&self.key), actions).map_err(Misfit::Invalid)?;
                check_index(&item)
                    .and_then(|()| size::check_values(&item))
                    .map_err(|refusal| Misfit::Invalid(refusal.message().to_owned()))?;
                if size::of_item(&item) > size::ITEM {
                    return Err(Misfit::Invalid(
                        "Item size to update has exceeded the maximum allowed size".into(),
                    ));
                }
                Ok(Outcome::Stored(item))
            }
        }
    }
}

fn whole_item(request: &Value) -> Result<Item, Refusal> {
    let item: Item = member(request, "Item")?.ok_or_else(|| Refusal::invalid("Missing Item"))?;
    size::check_key(PARTITION, item.get(PARTITION))?;
    size::check_key(SORT, item.get(SORT))?;
    check_index(&item)?;
    size::check_values(&item)?;
    if size::of_item(&item) > size::ITEM {
        return Err(Refusal::invalid(
            "Item size has exceeded the maximum allowed size",
        ));
    }
    Ok(item)
}

/// An index key may be absent, but not empty nor of another type.
fn check_index(item: &Item) -> Result<(), Refusal> {
    for name in [LATE_PARTITION, LATE_SORT] {
        if let Some(value) = item.get(name) {
            size::check_key(name, Some(value))?;
        }
    }
    Ok(())
}

fn update(request: &Value, expressions: &Expressions) -> Result<Vec<UpdateAction>, Refusal> {
    let actions = match request["UpdateExpression"].as_str() {
        Some(text) => expressions.update(text)?,
        None => Vec::new(),
    };
    check_targets(&actions)?;
    Ok(actions)
}
