//! Money: integer minor units, with their currency.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An ISO 4217 currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// ISO 4217 list one, active codes of money that can be invoiced; those without two decimals stand below.
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP \
BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD \
GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP \
LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN \
PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS \
TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";
const NO_DECIMALS: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
const THREE_DECIMALS: &str = "BHD IQD JOD KWD LYD OMR TND";

/// Why an amount or a currency was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMoney {
    /// Not an ISO 4217 code.
    #[error("the currency is not an ISO 4217 code in use")]
    Currency,
    /// Not a plain decimal number, or too large.
    #[error("the amount is not a plain decimal number")]
    Amount,
    /// Smaller than the currency's smallest coin.
    #[error("the amount has more decimals than its currency")]
    Decimals,
}

impl Currency {
    /// Parses a three-letter code, in either case.
    pub fn parse(code: &str) -> Result<Self, BadMoney> {
        let upper = code.to_ascii_uppercase();
        let bytes: [u8; 3] = upper
            .as_bytes()
            .try_into()
            .map_err(|_| BadMoney::Currency)?;
        if CODES.split_whitespace().any(|known| known == upper) {
            Ok(Self(bytes))
        } else {
            Err(BadMoney::Currency)
        }
    }

    /// The code in capitals.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("parse only lets ASCII letters in")
    }

    /// How many decimals the minor unit has: 0, 2 or 3.
    pub fn decimals(&self) -> u32 {
        let listed = |list: &str| list.split_whitespace().any(|code| code == self.code());
        if listed(NO_DECIMALS) {
            0
        } else if listed(THREE_DECIMALS) {
            3
        } else {
            2
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = BadMoney;
    fn try_from(code: String) -> Result<Self, BadMoney> {
        Self::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in minor units (cents) of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: 123456 is 1,234.56 EUR, and 123,456 JPY.
    pub minor: i64,
    /// Of what.
    pub currency: Currency,
}

impl Money {
    /// Reads decimal text whose last digit counts units of `10^-shift` of the major unit: with
    /// `shift` 0, `1234.56` is as written; with `shift` 2, `123456` means the same. `1.23456E3` is 1234.56.
    pub fn parse(text: &str, shift: u32, currency: Currency) -> Result<Self, BadMoney> {
        let PlainNumber {
            negative,
            digits,
            scale,
        } = PlainNumber::parse(text).ok_or(BadMoney::Amount)?;
        let kept = digits.trim_end_matches('0');
        if kept.is_empty() {
            return Ok(Self::zero(currency));
        }
        let noughts = i64::try_from(digits.len() - kept.len()).map_err(|_| BadMoney::Amount)?;
        let number: i64 = kept.parse().map_err(|_| BadMoney::Amount)?;
        // What is smaller than the smallest coin ends in a nought, or is none of it: `10.00` JPY is 10 JPY.
        let power = i64::from(currency.decimals()) - i64::from(shift) - scale + noughts;
        if power < 0 {
            return Err(BadMoney::Decimals);
        }
        let factor = u32::try_from(power).ok();
        let factor = factor.and_then(|power| 10_i64.checked_pow(power));
        let minor = factor.and_then(|factor| number.checked_mul(factor));
        let minor = minor.ok_or(BadMoney::Amount)?;
        Ok(Self {
            minor: if negative { -minor } else { minor },
            currency,
        })
    }

    /// Reads decimal text of the major unit that came out of sums of floats: what is less than a
    /// thousandth of the smallest coin away from a whole number of them is that number.
    pub fn parse_float(text: &str, currency: Currency) -> Result<Self, BadMoney> {
        let PlainNumber {
            negative,
            digits,
            scale,
        } = PlainNumber::parse(text).ok_or(BadMoney::Amount)?;
        // How many of the last digits are less than the smallest coin.
        let less = scale - i64::from(currency.decimals());
        let Some(less) = usize::try_from(less).ok().filter(|less| *less > 3) else {
            return Self::parse(text, 0, currency);
        };
        // As many noughts before them as there must be digits: not more than there are, or none matters.
        let digits = if digits.len() < less {
            if less - digits.len() >= 3 {
                return Ok(Self::zero(currency)); // 1.1368683772162e-13
            }
            format!("{}{digits}", "0".repeat(less - digits.len()))
        } else {
            digits
        };
        let (coins, rest) = digits.split_at(digits.len() - less);
        let up = match &rest[..3] {
            "000" => 0,
            "999" => 1,
            _ => return Err(BadMoney::Decimals),
        };
        let minor = if coins.is_empty() {
            0
        } else {
            coins.parse::<i64>().map_err(|_| BadMoney::Amount)?
        };
        let minor = minor.checked_add(up).ok_or(BadMoney::Amount)?;
        Ok(Self {
            minor: if negative { -minor } else { minor },
            currency,
        })
    }

    /// Nothing, of a currency.
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }
}

/// A plain number: `digits` of `10^-scale`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainNumber {
    /// Whether it is less than nothing.
    pub negative: bool,
    /// Without noughts at the beginning: none of nothing.
    pub digits: String,
    /// Below nothing where noughts are left out.
    pub scale: i64,
}

impl PlainNumber {
    /// Reads one as JSON writes it, an exponent included: that is a shift of the point, and costs nothing
    /// however large it is.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let plain = mantissa.strip_prefix('-');
        let (negative, plain) = (plain.is_some(), plain.unwrap_or(mantissa));
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) || plain.ends_with('.') {
            return None;
        }
        let digits = format!("{whole}{fraction}");
        Some(Self {
            negative,
            digits: digits.trim_start_matches('0').to_owned(),
            scale: i64::try_from(fraction.len()).ok()? - i64::from(exponent),
        })
    }
}

/// As decimal text with the code: `1234.56 EUR`. For people, the mail room writes it their way.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals();
        let factor = 10_u64.pow(decimals);
        let magnitude = self.minor.unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        write!(f, "{sign}{}", magnitude / factor)?;
        if decimals > 0 {
            write!(
                f,
                ".{:0width$}",
                magnitude % factor,
                width = decimals as usize
            )?;
        }
        write!(f, " {}", self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, shift: u32, code: &str) -> Result<String, BadMoney> {
        Money::parse(text, shift, Currency::parse(code)?).map(|money| money.to_string())
    }

    #[test]
    fn amounts_are_read_in_each_currencys_own_unit() {
        assert_eq!(read("123456", 2, "eur").unwrap(), "1234.56 EUR");
        assert_eq!(read("5000", 0, "jpy").unwrap(), "5000 JPY");
        assert_eq!(read("500000", 2, "isk").unwrap(), "5000 ISK");
        assert_eq!(read("1234", 0, "mga").unwrap(), "1234.00 MGA");
        assert_eq!(read("1500", 3, "kwd").unwrap(), "1.500 KWD");
        assert_eq!(read("1234.5", 2, "kwd").unwrap(), "12.345 KWD");
        assert_eq!(read("120000.10", 0, "EUR").unwrap(), "120000.10 EUR");
        assert_eq!(read("-0.05", 0, "USD").unwrap(), "-0.05 USD");
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for bad in [
            "",
            "-",
            ".5",
            "5.",
            "1e",
            "e3",
            "1e3.0",
            "1e999999999",
            "1e99999999999999999999",
            "1,000",
            "NaN",
            "+5",
            "99999999999999999999",
        ] {
            assert_eq!(read(bad, 0, "EUR"), Err(BadMoney::Amount), "{bad:?}");
        }
        assert_eq!(read("1.005", 0, "EUR"), Err(BadMoney::Decimals));
        assert_eq!(read("1e-3", 0, "EUR"), Err(BadMoney::Decimals));
        assert_eq!(read("1e-999999999", 0, "EUR"), Err(BadMoney::Decimals));
        assert_eq!(read("123", 2, "isk"), Err(BadMoney::Decimals));
        assert_eq!(read("1", 0, "XXX"), Err(BadMoney::Currency));
    }

    #[test]
    fn fault_20_an_amount_with_an_exponent_is_a_plain_one() {
        assert_eq!(read("1.2E7", 0, "EUR").unwrap(), "12000000.00 EUR");
        assert_eq!(read("1.2e+7", 2, "EUR").unwrap(), "120000.00 EUR");
        assert_eq!(read("1e-2", 0, "EUR").unwrap(), "0.01 EUR");
        assert_eq!(read("12345e-2", 0, "EUR").unwrap(), "123.45 EUR");
        assert_eq!(read("-0.0", 0, "EUR").unwrap(), "0.00 EUR");
        assert_eq!(read("0e999999999", 0, "EUR").unwrap(), "0.00 EUR");
        assert_eq!(read("1000e-3", 0, "JPY").unwrap(), "1 JPY");
        assert_eq!(
            read("10.00000000000000000000", 0, "EUR").unwrap(),
            "10.00 EUR"
        );
    }

    #[test]
    fn the_noise_of_floats_is_not_money() {
        let read = |text: &str, code: &str| {
            Money::parse_float(text, Currency::parse(code)?).map(|money| money.to_string())
        };
        assert_eq!(read("1234.5600000000002", "EUR").unwrap(), "1234.56 EUR");
        assert_eq!(read("1234.5599999999999", "EUR").unwrap(), "1234.56 EUR");
        assert_eq!(read("0.9999999999", "EUR").unwrap(), "1.00 EUR");
        assert_eq!(read("-0.30000000000000004", "EUR").unwrap(), "-0.30 EUR");
        assert_eq!(read("-0.2999999999999", "EUR").unwrap(), "-0.30 EUR");
        assert_eq!(read("1200.0", "JPY").unwrap(), "1200 JPY");
        assert_eq!(read("1200.00000001", "JPY").unwrap(), "1200 JPY");
        assert_eq!(read("10.5", "EUR").unwrap(), "10.50 EUR");
        assert_eq!(read("10.505", "EUR"), Err(BadMoney::Decimals));
        assert_eq!(read("10.505000001", "EUR"), Err(BadMoney::Decimals));
        assert_eq!(read("-1.1368683772162e-13", "EUR").unwrap(), "0.00 EUR");
        assert_eq!(read("1.5e-2", "EUR"), Err(BadMoney::Decimals));
        assert_eq!(read("1.2E7", "EUR").unwrap(), "12000000.00 EUR");
        assert_eq!(read("1.5e-1", "EUR").unwrap(), "0.15 EUR");
        let noisy = "1.0000000000000000000000001e3";
        assert_eq!(read(noisy, "EUR").unwrap(), "1000.00 EUR");
        assert_eq!(read("1e999999999", "EUR"), Err(BadMoney::Amount));
        assert_eq!(read("1e-999999999", "EUR").unwrap(), "0.00 EUR");
    }

    #[test]
    fn noise_is_less_than_a_thousandth_of_the_smallest_coin() {
        let read = |text: &str, code: &str| {
            Money::parse_float(text, Currency::parse(code)?).map(|money| money.to_string())
        };
        assert_eq!(read("0.999999", "EUR").unwrap(), "1.00 EUR");
        assert_eq!(read("0.99999", "EUR"), Err(BadMoney::Decimals));
        assert_eq!(read("0.9999999", "KWD").unwrap(), "1.000 KWD");
        assert_eq!(read("0.999999", "KWD"), Err(BadMoney::Decimals));
        assert_eq!(read("9.9e-7", "EUR").unwrap(), "0.00 EUR");
        assert_eq!(read("1e-6", "EUR").unwrap(), "0.00 EUR");
        assert_eq!(read("1e-5", "EUR"), Err(BadMoney::Decimals));
        assert_eq!(read("9e-5", "JPY").unwrap(), "0 JPY");
        assert_eq!(read("1e-4", "JPY").unwrap(), "0 JPY");
        assert_eq!(read("1e-3", "JPY"), Err(BadMoney::Decimals));
    }

    #[test]
    fn a_currency_is_stored_as_its_code_and_checked_when_it_is_read_back() {
        let euro = Currency::parse("eur").unwrap();
        assert_eq!(serde_json::to_string(&euro).unwrap(), "\"EUR\"");
        assert_eq!(serde_json::from_str::<Currency>("\"eur\"").unwrap(), euro);
        assert!(serde_json::from_str::<Currency>("\"XXX\"").is_err());
    }

    proptest! {
        #[test]
        fn an_amount_reads_back_what_it_writes(minor in -10_i64.pow(15)..10_i64.pow(15), code in "EUR|JPY|KWD|USD") {
            let money = Money { minor, currency: Currency::parse(&code).unwrap() };
            let text = money.to_string();
            let amount = text.split(' ').next().unwrap();
            prop_assert_eq!(Money::parse(amount, 0, money.currency).unwrap(), money);
        }
    }
}
