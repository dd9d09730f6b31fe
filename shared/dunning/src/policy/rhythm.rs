//! How often a debtor is written to, of how little, and how soon.

use std::fmt;

use serde::Deserialize;

use crate::value::Money;

/// How often one mailbox may hear from us, and of how little.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Mails in any seven days; one a day is the most in any case.
    pub mails_per_week: u8,
    /// Debts of which less is left are not chased.
    pub chase_from: ChaseFrom,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mails_per_week: 3,
            chase_from: ChaseFrom::default(),
        }
    }
}

/// The least that is chased, in units of whichever currency: one is 1.00 EUR, 1 JPY, 1.000 KWD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ChaseFrom {
    thousandths: i64,
}

/// Why it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the least that is chased is written like \"1.00\": at most nine digits, and three decimals"
)]
pub struct BadChaseFrom;

impl ChaseFrom {
    /// Reads decimal text.
    pub fn parse(text: &str) -> Result<Self, BadChaseFrom> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole, 9) || !is_number(fraction, 3) {
            return Err(BadChaseFrom);
        }
        let thousandths = format!("{whole}{fraction:0<3}").parse();
        let thousandths = thousandths.map_err(|_| BadChaseFrom)?;
        Ok(Self { thousandths })
    }

    /// Whether so little is not chased.
    pub fn is_above(self, money: Money) -> bool {
        let factor = 10_i128.pow(3 - money.currency.decimals());
        i128::from(money.minor) * factor < i128::from(self.thousandths)
    }
}

impl fmt::Display for ChaseFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.thousandths / 1000, self.thousandths % 1000);
        if fraction % 10 == 0 {
            write!(f, "{whole}.{:02}", fraction / 10)
        } else {
            write!(f, "{whole}.{fraction:03}")
        }
    }
}

impl Default for ChaseFrom {
    fn default() -> Self {
        Self { thousandths: 1000 }
    }
}

impl TryFrom<String> for ChaseFrom {
    type Error = BadChaseFrom;
    fn try_from(text: String) -> Result<Self, BadChaseFrom> {
        Self::parse(&text)
    }
}

/// What an invoice that is new to us may expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstContact {
    /// Days that the debtor has had the invoice before anything is sent about it, counted from when it first
    /// came into the file as owed.
    pub patience: i32,
    /// Days after the due date beyond which an invoice that first comes into the file is held for a person.
    pub limit: i32,
}

impl Default for FirstContact {
    fn default() -> Self {
        Self {
            patience: 3,
            limit: 30,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_that_is_chased_is_written_with_cents_and_with_thousandths_where_it_has_any() {
        for (text, written) in [
            ("0", "0.00"),
            ("0.5", "0.50"),
            ("30.00", "30.00"),
            ("1.234", "1.234"),
            ("999999999.01", "999999999.01"),
        ] {
            let least = ChaseFrom::parse(text).unwrap();
            assert_eq!(least.to_string(), written);
            assert_eq!(ChaseFrom::parse(written), Ok(least));
        }
    }
}
