//! Queries: pages of at most 1 MB in a total order, so that no paging loses an item, not even over equal sort keys.

use serde_json::{Value, json};
use winterbaume_dynamodb::expr::{CompOp, Expr, Operand, evaluate};
use winterbaume_dynamodb::types::{AttributeValue, Item, PathSegment, SortKeyCondition};

use super::database::Database;
use super::expressions::Expressions;
use super::item::{LATE_PARTITION, LATE_SORT, PARTITION, SORT, key_text, owned, to_json};
use super::read::projected;
use super::request::{check_table, member};
use super::size;
use crate::call::{Answer, Refusal, text};
use crate::stack;

/// What is asked: the table itself or its index.
struct Source {
    index: Option<&'static str>,
    partition: &'static str,
    sort: &'static str,
}

impl Source {
    fn of(input: &Value) -> Result<Self, Refusal> {
        match input["IndexName"].as_str() {
            None => Ok(Self {
                index: None,
                partition: PARTITION,
                sort: SORT,
            }),
            Some(stack::LATE_INDEX) if input["ConsistentRead"] == true => Err(Refusal::invalid(
                "Consistent reads are not supported on global secondary indexes",
            )),
            Some(stack::LATE_INDEX) => Ok(Self {
                index: Some(stack::LATE_INDEX),
                partition: LATE_PARTITION,
                sort: LATE_SORT,
            }),
            Some(other) => Err(Refusal::invalid(format!(
                "The table does not have the specified index: {other}"
            ))),
        }
    }

    /// The attributes that say where an item stands among the source's.
    fn keys(&self) -> Vec<&'static str> {
        let index = [self.partition, self.sort]
            .into_iter()
            .filter(|_| self.index.is_some());
        [PARTITION, SORT].into_iter().chain(index).collect()
    }

    /// The table orders by its sort key; the index by its own, then by the table's key, which no two items share.
    fn position<'a>(&self, item: &'a Item) -> [&'a str; 3] {
        [
            key_text(item, self.sort),
            key_text(item, PARTITION),
            key_text(item, SORT),
        ]
    }

    fn key(&self, item: &Item) -> Item {
        self.keys()
            .iter()
            .filter_map(|name| item.get_key_value(*name))
            .map(owned)
            .collect()
    }

    fn start(&self, input: &Value) -> Result<Option<Item>, Refusal> {
        let start: Option<Item> = member(input, "ExclusiveStartKey")?;
        match start {
            Some(key) if key.len() != self.keys().len() || self.key(&key).len() != key.len() => {
                Err(Refusal::invalid("The provided starting key is invalid"))
            }
            start => Ok(start),
        }
    }
}

impl Database {
    pub(super) fn query(&self, input: &Value) -> Answer {
        check_table(input)?;
        let source = Source::of(input)?;
        let expressions = Expressions::of(
            input,
            &[
                "KeyConditionExpression",
                "FilterExpression",
                "ProjectionExpression",
            ],
        )?;
        let filter = input["FilterExpression"]
            .as_str()
            .map(|text| expressions.condition(text))
            .transpose()?;
        let projection = expressions.projection(input)?;
        let start = source.start(input)?;
        let items = self.matching(&source, &expressions, input)?;
        let page = Page::cut(&source, items, start.as_ref(), input)?;

        let scanned = page.items.len();
        let kept: Vec<&Item> = page
            .items
            .iter()
            .filter(|item| filter.as_ref().is_none_or(|filter| evaluate(filter, item)))
            .collect();
        let mut answer = json!({ "Count": kept.len(), "ScannedCount": scanned });
        if input["Select"] != "COUNT" {
            answer["Items"] = kept
                .into_iter()
                .map(|item| projected(item, projection.as_deref()))
                .collect();
        }
        if let Some(last) = page.last {
            answer["LastEvaluatedKey"] = to_json(&last);
        }
        Ok(answer)
    }

    /// Everything that the key condition selects, whole: the page is cut afterwards.
    fn matching(
        &self,
        source: &Source,
        expressions: &Expressions,
        input: &Value,
    ) -> Result<Vec<Item>, Refusal> {
        let text = text(input, "KeyConditionExpression")?;
        let condition = KeyCondition::of(source, expressions.key_condition(text)?)?;
        let found = self
            .state
            .query(
                stack::TABLE,
                &condition.equal,
                condition.sort.as_ref(),
                None,
                true,
                None,
                source.index,
            )
            .map_err(|error| Refusal::invalid(error.to_string()))?;
        let mut items: Vec<Item> = found
            .items
            .into_iter()
            .filter(|item| item.contains_key(source.sort))
            .collect();
        if source.index.is_some() {
            items = items.iter().map(|item| source.key(item)).collect();
        }
        items.sort_by(|left, right| source.position(left).cmp(&source.position(right)));
        Ok(items)
    }
}

/// A key condition in the form that the store takes.
#[derive(Default)]
struct KeyCondition {
    equal: Item,
    sort: Option<SortKeyCondition>,
}

impl KeyCondition {
    fn of(source: &Source, expr: Expr) -> Result<Self, Refusal> {
        let mut condition = Self::default();
        condition.add(source, expr)?;
        match condition.equal.get(source.partition) {
            Some(_) if condition.sort.is_some() && condition.equal.len() > 1 => Err(
                Refusal::invalid("KeyConditionExpressions must only contain one condition per key"),
            ),
            Some(value) => {
                size::check_key(source.partition, Some(value))?;
                Ok(condition)
            }
            None => Err(Refusal::invalid(format!(
                "Query condition missed key schema element: {}",
                source.partition
            ))),
        }
    }

    fn add(&mut self, source: &Source, expr: Expr) -> Result<(), Refusal> {
        let unsupported = || Err(Refusal::invalid("Query key condition not supported"));
        let (name, condition) = match expr {
            Expr::And(left, right) => {
                self.add(source, *left)?;
                return self.add(source, *right);
            }
            Expr::Comparison(Operand::Path(path), CompOp::Eq, Operand::Value(value)) => {
                return match attribute(path) {
                    Some(name) if name == source.partition || name == source.sort => {
                        self.equal.insert(name, value);
                        Ok(())
                    }
                    _ => unsupported(),
                };
            }
            Expr::Comparison(Operand::Path(path), op, Operand::Value(value)) => {
                (attribute(path), compared(op, value))
            }
            Expr::Between(Operand::Path(path), Operand::Value(low), Operand::Value(high)) => {
                (attribute(path), Some(SortKeyCondition::Between(low, high)))
            }
            Expr::BeginsWith(path, Operand::Value(prefix)) => {
                (attribute(path), Some(SortKeyCondition::BeginsWith(prefix)))
            }
            _ => return unsupported(),
        };
        if name.as_deref() != Some(source.sort) || condition.is_none() || self.sort.is_some() {
            return unsupported();
        }
        self.sort = condition;
        Ok(())
    }
}

fn attribute(path: Vec<PathSegment>) -> Option<String> {
    match <[PathSegment; 1]>::try_from(path) {
        Ok([PathSegment::Attr(name)]) => Some(name),
        _ => None,
    }
}

fn compared(op: CompOp, value: AttributeValue) -> Option<SortKeyCondition> {
    match op {
        CompOp::Lt => Some(SortKeyCondition::LessThan(value)),
        CompOp::Le => Some(SortKeyCondition::LessThanOrEqual(value)),
        CompOp::Gt => Some(SortKeyCondition::GreaterThan(value)),
        CompOp::Ge => Some(SortKeyCondition::GreaterThanOrEqual(value)),
        CompOp::Eq | CompOp::Ne => None,
    }
}

/// One page, and where the next one starts.
struct Page {
    items: Vec<Item>,
    last: Option<Item>,
}

impl Page {
    fn cut(
        source: &Source,
        mut items: Vec<Item>,
        start: Option<&Item>,
        input: &Value,
    ) -> Result<Self, Refusal> {
        let forward = input["ScanIndexForward"] != false;
        let limit = match &input["Limit"] {
            Value::Null => usize::MAX,
            limit => limit
                .as_u64()
                .filter(|limit| *limit > 0)
                .and_then(|limit| usize::try_from(limit).ok())
                .ok_or_else(|| Refusal::invalid("Limit must be at least 1"))?,
        };
        if !forward {
            items.reverse();
        }
        if let Some(start) = start {
            let start = source.position(start);
            items.retain(|item| {
                if forward {
                    source.position(item) > start
                } else {
                    source.position(item) < start
                }
            });
        }
        let mut weight = 0;
        let fits = items.iter().take_while(|item| {
            weight += size::of_item(item);
            weight <= size::PAGE
        });
        let whole = items.len();
        let kept = fits.count().min(limit);
        items.truncate(kept);
        // A page that ends at its limit names a next one even where that will turn out empty, as AWS does.
        let last = if kept < whole || kept == limit {
            items.last().map(|item| source.key(item))
        } else {
            None
        };
        Ok(Self { items, last })
    }
}
