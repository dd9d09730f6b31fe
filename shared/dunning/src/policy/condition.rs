//! A condition of the policy: for whom a sequence is, of which debts a step.

use std::fmt;
use std::sync::{Arc, LazyLock};

use minijinja::value::ValueKind;
use minijinja::{Environment, Expression, UndefinedBehavior, Value};

use super::facts::{Facts, Known, NAMES};
use crate::value::did_you_mean;

/// An expression over what is known of a debt, as `debtor.country == "DE" and invoice.remaining >= 5000`: of MiniJinja,
/// with its filters and tests.
#[derive(Clone)]
pub struct Condition {
    text: String,
    compiled: Arc<Expression<'static, 'static>>,
}

/// Why a condition is none, or could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCondition {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Syntax(String),
    /// It names what there is not.
    #[error("{0} is unknown{meant}; there is {1}", meant = did_you_mean(.0, .1.split(", ")))]
    Name(String, String),
    /// It asks whether what may be a text, or missing, is more or less.
    #[error("asks whether {0} is more or less, which may be a text or missing: write {0}|int")]
    Order(String),
    /// Of this debt it says neither yes nor no.
    #[error("fails: {0}")]
    Fails(String),
}

impl BadCondition {
    /// The word of it that is wrong; nothing where it is the whole.
    pub(super) fn word(&self) -> &str {
        match self {
            Self::Name(name, _) | Self::Order(name) => name,
            Self::Syntax(_) | Self::Fails(_) => "",
        }
    }
}

/// What conditions may use. A stranger's text is only ever a value in it.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    // A tag that a debtor does not have is none: no text is equal to it.
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment
});

impl Condition {
    /// Reads one. Each name in it must be one of those that are given.
    pub fn parse(text: &str) -> Result<Self, BadCondition> {
        let compiled = ENVIRONMENT.compile_expression_owned(text.to_owned());
        let compiled = compiled.map_err(|error| BadCondition::Syntax(said(&error)))?;
        let known = &*NAMES;
        let mut used: Vec<String> = compiled.undeclared_variables(true).into_iter().collect();
        used.sort();
        for name in used {
            // What is below a tag, or a text, is none of ours.
            let tag = name
                .split_once(".tags.")
                .map(|(part, _)| format!("{part}.tags"));
            let is_known = known.contains(&name) || tag.is_some_and(|tags| known.contains(&tags));
            if !is_known {
                return Err(BadCondition::Name(name, known.join(", ")));
            }
        }
        if let Some(name) = ordered_text(text) {
            return Err(BadCondition::Order(name));
        }
        let condition = Self {
            text: text.to_owned(),
            compiled: Arc::new(compiled),
        };
        // Where all that may be missing is, and where nothing is.
        condition.holds(&Facts::default().known())?;
        condition.holds(&Facts::example().known())?;
        Ok(condition)
    }

    /// Whether it holds of a debt.
    pub fn holds(&self, known: &Known) -> Result<bool, BadCondition> {
        let value = self.compiled.eval(known.0.clone());
        let value: Value = value.map_err(|error| BadCondition::Fails(said(&error)))?;
        // A text or a number that was meant to be compared is neither yes nor no.
        match value.kind() {
            ValueKind::Bool | ValueKind::Undefined | ValueKind::None => Ok(value.is_true()),
            // Not which: that is the debtor's own.
            other => Err(BadCondition::Fails(format!(
                "it is a {other}, and must be true or false"
            ))),
        }
    }

    /// Whether it can hold of no debt: it asks about none, and says no.
    pub(super) fn never_holds(&self) -> bool {
        let asks = self.compiled.undeclared_variables(true);
        asks.is_empty() && self.holds(&Known::default()) == Ok(false)
    }

    /// The same, if it asks about nothing else than that part of what is known.
    pub(super) fn only(self, part: &str) -> Result<Self, BadCondition> {
        let used = self.compiled.undeclared_variables(true);
        let mut others = used.into_iter().filter(|name| !name.starts_with(part));
        match others.next() {
            Some(other) => Err(BadCondition::Name(other, format!("`{part}`, here"))),
            None => Ok(self),
        }
    }

    /// As the policy has it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.text).finish()
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Condition {}

/// Without the place, which is that of the expression alone.
fn said(error: &minijinja::Error) -> String {
    let detail = error.detail().map(str::to_owned);
    detail.unwrap_or_else(|| error.kind().to_string())
}

/// What is always there, and a number.
const NUMBERS: [&str; 5] = [
    "invoice.total",
    "invoice.remaining",
    "invoice.instalments",
    "history.paid",
    "history.on_time",
];

/// A name beside `<` or `>` that may be a text, or missing: MiniJinja puts those in an order of their own, and the condition
/// would hold of whom it is not for.
fn ordered_text(text: &str) -> Option<String> {
    let is_of_name = |sign: char| sign.is_ascii_alphanumeric() || "._".contains(sign);
    let signs: Vec<char> = text.chars().collect();
    let mut names = Vec::new();
    for (place, _) in signs
        .iter()
        .enumerate()
        .filter(|(_, sign)| "<>".contains(**sign))
    {
        let before = signs[..place]
            .iter()
            .rev()
            .skip_while(|sign| sign.is_whitespace());
        let name: Vec<char> = before
            .take_while(|sign| is_of_name(**sign))
            .copied()
            .collect();
        names.push(name.into_iter().rev().collect::<String>());
        let after = signs[place + 1..].iter();
        let after = after.skip_while(|sign| sign.is_whitespace() || **sign == '=');
        let after: String = after.collect();
        let name: String = after.chars().take_while(|sign| is_of_name(*sign)).collect();
        let is_converted = after[name.len()..].trim_start().starts_with('|');
        names.extend((!is_converted).then_some(name));
    }
    let parts = ["invoice.", "debtor.", "history."];
    let is_text = |name: &String| {
        parts.iter().any(|part| name.starts_with(part)) && !NUMBERS.contains(&name.as_str())
    };
    names.into_iter().find(is_text)
}
