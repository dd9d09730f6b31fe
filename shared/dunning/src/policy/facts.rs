//! What a condition is given of a debt.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::Value;
use minijinja::value::ValueKind;

use jiff::civil::Date;

use crate::billing::Tags;
use crate::value::{Currency, Language, Money};

/// What is known of a debt, of who owes it and of what was before.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// `invoice`.
    pub invoice: InvoiceFacts,
    /// `debtor`.
    pub debtor: DebtorFacts,
    /// `history`.
    pub history: HistoryFacts,
}

/// The same, as conditions see it.
#[derive(Debug, Clone, Default)]
pub struct Known(pub(super) Value);

/// Of the invoice.
#[derive(Debug, Clone, Default)]
pub struct InvoiceFacts {
    /// Its full amount.
    pub total: Option<Money>,
    /// What is left to pay.
    pub remaining: Option<Money>,
    /// The debtor's purchase-order number.
    pub po_number: Option<String>,
    /// When it was issued.
    pub issued_on: Option<Date>,
    /// When it is to be paid.
    pub due_on: Option<Date>,
    /// In how many parts it is to be paid.
    pub instalments: usize,
    /// What the tool has it tagged with.
    pub tags: Tags,
}

/// Of the debtor.
#[derive(Debug, Clone, Default)]
pub struct DebtorFacts {
    /// The tool's id of it.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its country's code.
    pub country: Option<String>,
    /// Its state, canton or province.
    pub state: Option<String>,
    /// Its number for the value-added tax.
    pub vat_number: Option<String>,
    /// Its number with a register.
    pub registration: Option<String>,
    /// Its language.
    pub language: Option<Language>,
    /// `business` or `consumer`.
    pub kind: Option<&'static str>,
    /// The source that it comes from.
    pub source: String,
    /// The account at that source.
    pub account: String,
    /// What the tool has it tagged with.
    pub tags: Tags,
}

/// Of what it owed before.
#[derive(Debug, Clone, Copy, Default)]
pub struct HistoryFacts {
    /// Invoices that it has paid, of the last twelve.
    pub paid: usize,
    /// Of those, how many of the newest were paid on time, up to the first that was not.
    pub on_time: usize,
}

impl InvoiceFacts {
    /// The days from its issue to its due date, where both are known.
    fn term_days(&self) -> Option<i32> {
        let days = self.due_on? - self.issued_on?;
        Some(days.get_days())
    }
}

impl Facts {
    /// Of a debt of which everything is known.
    pub(super) fn example() -> Self {
        let text = || Some("1".to_owned());
        let day = Some(Date::constant(2027, 1, 15));
        let tags = || Tags::of([("1".to_owned(), "1".to_owned())]);
        let money = Currency::parse("EUR").ok().map(|currency| Money {
            minor: 100,
            currency,
        });
        Self {
            invoice: InvoiceFacts {
                total: money,
                remaining: money,
                po_number: text(),
                issued_on: day,
                due_on: day,
                instalments: 1,
                tags: tags(),
            },
            debtor: DebtorFacts {
                name: text(),
                country: text(),
                state: text(),
                vat_number: text(),
                registration: text(),
                language: Language::parse("en").ok(),
                kind: Some("business"),
                tags: tags(),
                ..DebtorFacts::default()
            },
            history: HistoryFacts {
                paid: 1,
                on_time: 1,
            },
        }
    }

    /// As conditions see it: made once for all of them.
    pub fn known(&self) -> Known {
        Known(self.to_value())
    }

    fn to_value(&self) -> Value {
        let Self {
            invoice,
            debtor,
            history,
        } = self;
        let currency = invoice.remaining.map(|money| money.currency.to_string());
        table([
            (
                "invoice",
                table([
                    ("total", invoice.total.map_or(Value::from(0), in_units)),
                    (
                        "remaining",
                        invoice.remaining.map_or(Value::from(0), in_units),
                    ),
                    ("currency", Value::from(currency)),
                    ("po_number", Value::from(invoice.po_number.clone())),
                    ("term_days", Value::from(invoice.term_days())),
                    ("instalments", Value::from(invoice.instalments)),
                    ("tags", tags(&invoice.tags)),
                ]),
            ),
            (
                "debtor",
                table([
                    ("id", Value::from(debtor.id.clone())),
                    ("name", Value::from(debtor.name.clone())),
                    ("country", Value::from(debtor.country.clone())),
                    ("state", Value::from(debtor.state.clone())),
                    (
                        "language",
                        Value::from(debtor.language.as_ref().map(ToString::to_string)),
                    ),
                    ("kind", Value::from(debtor.kind)),
                    ("source", Value::from(debtor.source.clone())),
                    ("account", Value::from(debtor.account.clone())),
                    ("vat_number", Value::from(debtor.vat_number.clone())),
                    ("registration", Value::from(debtor.registration.clone())),
                    ("tags", tags(&debtor.tags)),
                ]),
            ),
            (
                "history",
                table([
                    ("paid", Value::from(history.paid)),
                    ("on_time", Value::from(history.on_time)),
                ]),
            ),
        ])
    }
}

fn tags(tags: &Tags) -> Value {
    let tags = tags.iter();
    let tags = tags.map(|(name, text)| (name.to_owned(), Value::from(text)));
    Value::from(tags.collect::<BTreeMap<String, Value>>())
}

fn table<const N: usize>(entries: [(&'static str, Value); N]) -> Value {
    Value::from(BTreeMap::from(entries))
}

/// An amount in its currency's own units. A condition only compares it, and of two decimal texts that are the same the
/// nearest binary fractions are the same, too.
fn in_units(money: Money) -> Value {
    let unit = 10_i64.pow(money.currency.decimals());
    if money.minor % unit == 0 {
        Value::from(money.minor / unit)
    } else {
        let decimal = format!(
            "{}.{:0width$}",
            money.minor / unit,
            (money.minor % unit).abs(),
            width = money.currency.decimals() as usize
        );
        decimal
            .parse::<f64>()
            .map_or(Value::from(money.minor / unit), Value::from)
    }
}

/// Each name that a condition may use: `invoice.remaining`, and those above it.
pub(super) static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let facts = Facts::default().to_value();
    let inside = |value: &Value| -> Vec<String> {
        let names = value.try_iter().ok().into_iter().flatten();
        names.map(|name| name.to_string()).collect()
    };
    let mut all = Vec::new();
    for part in inside(&facts) {
        let value = facts.get_attr(&part).unwrap_or_default();
        if value.kind() == ValueKind::Map {
            all.extend(inside(&value).iter().map(|name| format!("{part}.{name}")));
        }
    }
    all.sort();
    all
});
