//! Amounts as a source writes them.

use dunning::limits;
use dunning::value::{Currency, Money};

use crate::bad_field::{BadField, required};
use crate::manifest::{Amounts, Unit};

/// An amount in the source's unit.
pub(crate) struct Amount<'a> {
    amounts: &'a Amounts,
    pub(crate) currency: Currency,
}

impl<'a> Amount<'a> {
    pub(crate) fn of(
        field: &str,
        currency: Option<String>,
        amounts: &'a Amounts,
    ) -> Result<Self, BadField> {
        let code = required(field, currency)?;
        let currency = Currency::parse(&code)
            .map_err(|why| BadField::new(field, format!("is {code:?}: {why}")))?;
        Ok(Self { amounts, currency })
    }

    pub(crate) fn read(&self, field: &str, text: Option<String>) -> Result<Money, BadField> {
        let text = required(field, text)?;
        match self.amounts.unit {
            Unit::Float => Money::parse_float(&text, self.currency),
            Unit::Minor | Unit::Major => {
                Money::parse(&text, self.amounts.shift(self.currency), self.currency)
            }
        }
        .map_err(|why| BadField::new(field, why.to_string()))
        .and_then(|money| match money.minor.unsigned_abs() {
            0..=limits::AMOUNT => Ok(money),
            _ => Err(BadField::new(field, "is more than any invoice comes to")),
        })
    }
}

/// Refuses what is owed by the wrong side.
pub(crate) fn not_negative(field: &str, amount: Money) -> Result<(), BadField> {
    if amount < Money::zero(amount.currency) {
        return Err(BadField::new(field, format!("is negative: {amount}")));
    }
    Ok(())
}
