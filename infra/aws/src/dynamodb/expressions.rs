//! Expressions: parsed and evaluated by the emulator, checked by us where it is laxer than AWS.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde_json::Value;
use winterbaume_dynamodb::expr::{self, CompOp, Expr, Operand};
use winterbaume_dynamodb::types::{AttributeValue, Item, PathSegment, UpdateAction, render_path};

use super::item::{PARTITION, SORT};
use super::request::member;
use crate::call::Refusal;

/// The words that AWS's developer guide reserves.
static RESERVED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("reserved_words.txt")
        .split_whitespace()
        .collect()
});

/// Words that an expression is made of.
const SYNTAX: [&str; 8] = ["AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD"];

/// The names and values of a request, with which its expressions are read.
pub(super) struct Expressions {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Expressions {
    /// Reads them, and refuses those that none of `members`' expressions uses, as AWS does.
    pub(super) fn of(request: &Value, members: &[&str]) -> Result<Self, Refusal> {
        let names: Option<HashMap<String, String>> = member(request, "ExpressionAttributeNames")?;
        let values: Option<Item> = member(request, "ExpressionAttributeValues")?;
        let texts: Vec<&str> = members
            .iter()
            .filter_map(|member| request[*member].as_str())
            .collect();
        let used = |alias: &str| {
            texts
                .iter()
                .any(|text| words(text).any(|(word, _)| word == alias))
        };
        for (what, aliases) in [
            (
                "Names",
                names.as_ref().map(|names| names.keys().collect::<Vec<_>>()),
            ),
            (
                "Values",
                values.as_ref().map(|values| values.keys().collect()),
            ),
        ] {
            let Some(mut aliases) = aliases else { continue };
            if aliases.is_empty() {
                return Err(Refusal::invalid(format!(
                    "ExpressionAttribute{what} must not be empty"
                )));
            }
            aliases.retain(|alias| !used(alias));
            if !aliases.is_empty() {
                return Err(Refusal::invalid(format!(
                    "Value provided in ExpressionAttribute{what} unused in expressions: keys: {aliases:?}"
                )));
            }
        }
        Ok(Self {
            names: names.unwrap_or_default(),
            values: values.unwrap_or_default(),
        })
    }

    /// A condition or a filter.
    pub(super) fn condition(&self, text: &str) -> Result<Expr, Refusal> {
        faithful(self.key_condition(text)?)
    }

    /// A key condition: parsed only, for the query looks at its shape itself.
    pub(super) fn key_condition(&self, text: &str) -> Result<Expr, Refusal> {
        refuse_reserved(text)?;
        expr::parse_expression(text, &self.names, &self.values).map_err(Refusal::invalid)
    }

    /// An update.
    pub(super) fn update(&self, text: &str) -> Result<Vec<UpdateAction>, Refusal> {
        refuse_reserved(text)?;
        expr::parse_update_expression(text, &self.names, &self.values).map_err(Refusal::invalid)
    }

    /// A projection; `None` keeps everything.
    pub(super) fn projection(&self, request: &Value) -> Result<Option<Vec<Vec<String>>>, Refusal> {
        let text = request["ProjectionExpression"].as_str();
        text.map_or(Ok(()), refuse_reserved)?;
        expr::parse_projection_expression(text, &self.names).map_err(Refusal::invalid)
    }
}

/// The words of an expression, aliases with their sign, each with what follows it.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let part = |c: char| c.is_alphanumeric() || "_#:".contains(c);
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| !part(c));
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        (!word.is_empty()).then_some((word, after))
    })
}

fn refuse_reserved(text: &str) -> Result<(), Refusal> {
    for (word, after) in words(text) {
        let upper = word.to_ascii_uppercase();
        // DELETE is a clause at its place, and a reserved word elsewhere; so is every function before its bracket.
        let syntax = SYNTAX.contains(&upper.as_str())
            || upper == "DELETE"
            || after.trim_start().starts_with('(');
        if !syntax && RESERVED.contains(upper.as_str()) {
            return Err(Refusal::invalid(format!(
                "Invalid expression: Attribute name is a reserved keyword; reserved keyword: {word}"
            )));
        }
    }
    Ok(())
}

/// Puts right what the emulator would evaluate wrongly, and refuses aloud what we cannot put right.
fn faithful(expr: Expr) -> Result<Expr, Refusal> {
    Ok(match expr {
        Expr::And(left, right) => {
            Expr::And(Box::new(faithful(*left)?), Box::new(faithful(*right)?))
        }
        Expr::Or(left, right) => Expr::Or(Box::new(faithful(*left)?), Box::new(faithful(*right)?)),
        Expr::Not(inner) => Expr::Not(Box::new(faithful(*inner)?)),
        // `<>` holds for AWS where the attribute is absent or of another type.
        Expr::Comparison(left, CompOp::Ne, right) => Expr::Not(Box::new(Expr::Comparison(
            comparable(left)?,
            CompOp::Eq,
            comparable(right)?,
        ))),
        Expr::Comparison(left, op, right) => {
            Expr::Comparison(comparable(left)?, op, comparable(right)?)
        }
        Expr::Between(value, low, high) => {
            Expr::Between(comparable(value)?, comparable(low)?, comparable(high)?)
        }
        Expr::In(value, list) => Expr::In(
            comparable(value)?,
            list.into_iter().map(comparable).collect::<Result<_, _>>()?,
        ),
        Expr::Contains(..) => return Err(beyond("contains()")),
        other => other,
    })
}

/// The emulator compares numbers as floats, and neither binaries nor documents at all.
fn comparable(operand: Operand) -> Result<Operand, Refusal> {
    match &operand {
        Operand::Value(AttributeValue::N(number))
            if number.chars().filter(char::is_ascii_digit).count() > 15 =>
        {
            Err(beyond("comparing numbers of more than 15 digits"))
        }
        Operand::Path(_)
        | Operand::Size(_)
        | Operand::Value(
            AttributeValue::S(_)
            | AttributeValue::N(_)
            | AttributeValue::Bool(_)
            | AttributeValue::Null(_),
        ) => Ok(operand),
        Operand::Value(_) => Err(beyond("comparing binaries, sets, lists or maps")),
    }
}

fn beyond(what: &str) -> Refusal {
    Refusal::invalid(format!(
        "The embedded AWS would be wrong about {what}; AWS itself knows it"
    ))
}

/// The item after an update, or AWS's message why the update does not fit it.
pub(super) fn updated(item: &Item, actions: &[UpdateAction]) -> Result<Item, String> {
    for action in actions {
        if let UpdateAction::Set { path, .. } | UpdateAction::Remove(path) = action {
            check_parent(item, path)?;
        }
    }
    let mut updated = item.clone();
    expr::apply_update_actions(&mut updated, actions)?;
    Ok(updated)
}

/// The emulator invents the maps that a path runs through; AWS refuses.
fn check_parent(item: &Item, path: &[PathSegment]) -> Result<(), String> {
    let invalid = || {
        let path = render_path(path);
        format!(
            "The document path provided in the update expression is invalid for update; path: {path}"
        )
    };
    let Some((PathSegment::Attr(first), inner)) = path.split_first() else {
        return Err(invalid());
    };
    let mut parent = item.get(first);
    for (depth, segment) in inner.iter().enumerate() {
        let at_end = depth + 1 == inner.len();
        parent = match (parent, segment) {
            (Some(AttributeValue::M(_)), PathSegment::Attr(_))
            | (Some(AttributeValue::L(_)), PathSegment::Index(_))
                if at_end =>
            {
                return Ok(());
            }
            (Some(AttributeValue::M(map)), PathSegment::Attr(name)) => map.get(name),
            (Some(AttributeValue::L(list)), PathSegment::Index(index)) => list.get(*index),
            _ => return Err(invalid()),
        };
    }
    Ok(())
}

/// Refuses an update that touches a key, or one place twice.
pub(super) fn check_targets(actions: &[UpdateAction]) -> Result<(), Refusal> {
    let targets: Vec<Vec<PathSegment>> = actions
        .iter()
        .map(|action| match action {
            UpdateAction::Set { path, .. } | UpdateAction::Remove(path) => path.clone(),
            UpdateAction::Add(name, _) | UpdateAction::Delete(name, _) => {
                vec![PathSegment::Attr(name.clone())]
            }
        })
        .collect();
    for (position, path) in targets.iter().enumerate() {
        if let Some(key @ (PARTITION | SORT)) = path.first().and_then(PathSegment::as_attr) {
            return Err(Refusal::invalid(format!(
                "Cannot update attribute {key}. This attribute is part of the key"
            )));
        }
        if targets[position + 1..]
            .iter()
            .any(|other| path.starts_with(other) || other.starts_with(path))
        {
            return Err(Refusal::invalid(format!(
                "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of \
                 these paths; path: {}",
                render_path(path)
            )));
        }
    }
    Ok(())
}
