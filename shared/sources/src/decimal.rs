//! Decimal numbers, exactly: what a filter adds up comes out as a person would reckon it.

use std::cmp::Ordering;
use std::fmt;

use dunning::value::PlainNumber;

/// The most digits that are reckoned with, before the point and after it. No amount has as many.
const MOST: u32 = 36;

/// `digits` of 10^-`scale`, without noughts at its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    pub(crate) const ZERO: Self = Self {
        digits: 0,
        scale: 0,
    };

    /// Reads a plain number, also one with an exponent. What is too long or too large is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let PlainNumber {
            negative,
            digits,
            scale,
        } = PlainNumber::parse(text)?;
        let kept = digits.trim_end_matches('0');
        let noughts = digits.len() - kept.len();
        if kept.is_empty() {
            return Some(Self::ZERO);
        }
        if kept.len() > usize::try_from(MOST).ok()? {
            return None;
        }
        let scale = scale - i64::try_from(noughts).ok()?;
        let digits = kept.parse::<i128>().ok()?;
        let digits = if negative { -digits } else { digits };
        if scale >= 0 {
            let scale = u32::try_from(scale).ok().filter(|scale| *scale <= MOST)?;
            return Some(Self { digits, scale });
        }
        let factor = u32::try_from(-scale).ok().filter(|power| *power <= MOST)?;
        let digits = digits.checked_mul(10_i128.checked_pow(factor)?)?;
        Some(Self { digits, scale: 0 })
    }

    /// The digits of both, of the same scale.
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let digits = |of: Self| {
            of.digits
                .checked_mul(10_i128.checked_pow(scale - of.scale)?)
        };
        Some((digits(self)?, digits(other)?, scale))
    }

    /// Both together, unless that has too many digits.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let (one, other, scale) = self.aligned(other)?;
        Some(
            Self {
                digits: one.checked_add(other)?,
                scale,
            }
            .short(),
        )
    }

    /// Less another one.
    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self {
            digits: -other.digits,
            ..other
        })
    }

    /// Which of two is larger, unless they have too many digits together.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        let (one, other, _) = self.aligned(other)?;
        Some(one.cmp(&other))
    }

    /// -1, 0 or 1.
    pub(crate) fn sign(self) -> i128 {
        self.digits.signum()
    }

    fn short(mut self) -> Self {
        while self.scale > 0 && self.digits % 10 == 0 {
            self.digits /= 10;
            self.scale -= 1;
        }
        self
    }
}

/// Without an exponent.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let scale = self.scale as usize;
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        write!(f, "{sign}{whole}")?;
        if scale > 0 {
            write!(f, ".{fraction}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        Decimal::parse(text).map(|number| number.to_string())
    }

    #[test]
    fn fault_20_a_number_with_an_exponent_is_a_plain_one() {
        for (text, plain) in [
            ("1.2E7", "12000000"),
            ("1e-2", "0.01"),
            ("-0.0", "0"),
            ("1.50", "1.5"),
            ("-1.25e+1", "-12.5"),
            ("0e999999999", "0"),
            ("007", "7"),
            ("1.1368683772162e-13", "0.00000000000011368683772162"),
        ] {
            assert_eq!(read(text).as_deref(), Some(plain), "{text}");
        }
    }

    #[test]
    fn what_is_absurd_or_no_number_is_none() {
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1e",
            "e5",
            "1e999999999",
            "1e-999999999",
            "1e99999999999999999999",
            "1,5",
            "NaN",
            "+1",
            "1e5.0",
            &"9".repeat(40),
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn sums_are_exact() {
        let parse = |text: &str| Decimal::parse(text).unwrap();
        assert_eq!(parse("0.1").plus(parse("0.2")).unwrap().to_string(), "0.3");
        assert_eq!(
            parse("50.0").plus(parse("20.00")).unwrap().to_string(),
            "70"
        );
        assert_eq!(
            parse("99999999999999999.99")
                .minus(parse("0.99"))
                .unwrap()
                .to_string(),
            "99999999999999999"
        );
        assert_eq!(parse("1e3").compare(parse("1000.0")), Some(Ordering::Equal));
        assert_eq!(parse("-1").compare(parse("0.5")), Some(Ordering::Less));
    }
}
