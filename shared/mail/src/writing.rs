//! Amounts and dates, as each language writes them.

mod form;
mod languages;

use dunning::value::{Country, Currency, Language, Money};
use jiff::civil::Date;

use self::form::{Order, Place};
use self::languages::{
    AMERICAN, AUSTRIAN, BRAZILIAN, KNOWN, NEUTRAL, SPANISH_WITH_POINTS, SPANISH_WITH_SIGN_BEFORE,
    SWISS, SWISS_FRENCH, SWISS_ITALIAN,
};

pub use self::form::Writing;

const NO_BREAK: char = '\u{a0}';

impl Writing {
    /// The way of a language, as it is read in a country.
    pub fn of(language: &Language, country: Option<&Country>) -> &'static Self {
        match (language.as_str(), country.map_or("", Country::as_str)) {
            ("en", "US") => &AMERICAN,
            ("de", "AT") => &AUSTRIAN,
            ("de", "CH" | "LI") => &SWISS,
            ("fr", "CH") => &SWISS_FRENCH,
            ("it", "CH") => &SWISS_ITALIAN,
            ("es", "AR" | "BO" | "CL" | "CO" | "EC" | "PY" | "UY" | "VE") => {
                &SPANISH_WITH_SIGN_BEFORE
            }
            ("es", "CU" | "DO" | "GT" | "HN" | "MX" | "NI" | "PA" | "PE" | "PR" | "SV" | "US") => {
                &SPANISH_WITH_POINTS
            }
            ("pt", "BR") => &BRAZILIAN,
            (code, _) => {
                let known = KNOWN.into_iter().find(|known| known.code == code);
                known.unwrap_or(&NEUTRAL)
            }
        }
    }

    /// Whether a word is the name of a month, in a language that is known here.
    pub(crate) fn is_month(word: &str) -> bool {
        let mut months = KNOWN.iter().flat_map(|known| known.months);
        months.any(|month| *month == word)
    }

    /// `€1,234.56`, `1 234,56 €`; with the currency's code where it has no sign that all know.
    pub fn money(&self, money: Money) -> String {
        let minus = if money.minor < 0 { "-" } else { "" };
        let number = self.number(money);
        let code = money.currency.code();
        let sign = self.signs.iter().find(|(known, _)| *known == code);
        match (self.currency, sign) {
            (Place::Touching, Some((_, sign))) => format!("{minus}{sign}{number}"),
            (Place::Touching, None) => format!("{minus}{code}{NO_BREAK}{number}"),
            (Place::Before, sign) => {
                let sign = sign.map_or(code, |(_, sign)| sign);
                format!("{sign}{NO_BREAK}{minus}{number}")
            }
            (Place::After, sign) => {
                let sign = sign.map_or(code, |(_, sign)| sign);
                format!("{minus}{number}{NO_BREAK}{sign}")
            }
        }
    }

    /// The digits of an amount, without its sign and currency.
    fn number(&self, money: Money) -> String {
        let decimals = places(money.currency);
        let digits = format!(
            "{:0>width$}",
            money.minor.unsigned_abs(),
            width = decimals + 1
        );
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        let mut number = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                number.push_str(self.thousands);
            }
            number.push(digit);
        }
        if decimals > 0 {
            number.push(self.decimal);
            number.push_str(fraction);
        }
        number
    }

    /// `15 January 2027`, `1er janvier 2027`, `15. Januar 2027`, `January 15, 2027`: the month by name, for all to read
    /// alike.
    pub fn date(&self, date: Date) -> String {
        let month = usize::from(date.month().unsigned_abs()) - 1;
        let Some(month) = self.months.get(month) else {
            return date.to_string();
        };
        let day = match date.day() {
            1 => self.first_day.to_owned(),
            day => day.to_string(),
        };
        let year = date.year();
        match self.date {
            Order::DayFirst(after_day, before_year) => {
                format!("{day}{after_day}{month}{before_year}{year}")
            }
            Order::MonthFirst => format!("{month} {day}, {year}"),
        }
    }
}

fn places(currency: Currency) -> usize {
    match currency.decimals() {
        0 => 0,
        3 => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn money(language: &str, text: &str, currency: &str) -> String {
        money_in(language, None, text, currency)
    }

    fn money_in(language: &str, country: Option<&str>, text: &str, currency: &str) -> String {
        let currency = Currency::parse(currency).unwrap();
        let money = Money::parse(text, 0, currency).unwrap();
        written(language, country).money(money)
    }

    fn written(language: &str, country: Option<&str>) -> &'static Writing {
        let country = country.map(|code| Country::parse(code).unwrap());
        Writing::of(&Language::parse(language).unwrap(), country.as_ref())
    }

    fn day(language: &str, date: Date) -> String {
        day_in(language, None, date)
    }

    fn day_in(language: &str, country: Option<&str>, date: Date) -> String {
        written(language, country).date(date)
    }

    #[test]
    fn amounts_are_written_as_the_language_writes_them() {
        assert_eq!(money("en", "1234.56", "EUR"), "€1,234.56");
        assert_eq!(money("en", "1234567.8", "USD"), "$1,234,567.80");
        assert_eq!(money("en", "-0.05", "GBP"), "-£0.05");
        assert_eq!(money("fr", "1234.56", "EUR"), "1\u{202f}234,56\u{a0}€");
        assert_eq!(money("fr", "999", "EUR"), "999,00\u{a0}€");
        assert_eq!(
            money("fr", "1000000", "USD"),
            "1\u{202f}000\u{202f}000,00\u{a0}$US"
        );
        assert_eq!(money("de", "1234.56", "EUR"), "1.234,56\u{a0}€");
        assert_eq!(money("es", "-1234.56", "USD"), "-1.234,56\u{a0}US$");
        assert_eq!(money("it", "1234.56", "USD"), "1.234,56\u{a0}USD");
        assert_eq!(money("nl", "-1234.56", "EUR"), "€\u{a0}-1.234,56");
        assert_eq!(money("nl", "1234.56", "CHF"), "CHF\u{a0}1.234,56");
        assert_eq!(money("pl", "1234.56", "PLN"), "1\u{a0}234,56\u{a0}zł");
        assert_eq!(money("pt", "1234.56", "GBP"), "1.234,56\u{a0}£");
        assert_eq!(money("sv", "1234.56", "EUR"), "1234.56\u{a0}EUR");
    }

    #[test]
    fn an_amount_is_read_as_it_is_written_in_the_debtors_country() {
        let read =
            |language, country, currency| money_in(language, Some(country), "1234.56", currency);
        assert_eq!(read("de", "CH", "CHF"), "CHF\u{a0}1’234.56");
        assert_eq!(read("de", "AT", "EUR"), "€\u{a0}1.234,56");
        assert_eq!(read("es", "MX", "MXN"), "MXN\u{a0}1,234.56");
        assert_eq!(read("es", "AR", "USD"), "US$\u{a0}1.234,56");
        assert_eq!(read("it", "CH", "CHF"), "CHF\u{a0}1’234.56");
        assert_eq!(read("fr", "CH", "CHF"), "1\u{202f}234.56\u{a0}CHF");
        assert_eq!(read("pt", "BR", "BRL"), "R$\u{a0}1.234,56");
        assert_eq!(read("en", "DE", "EUR"), "€1,234.56");
    }

    #[test]
    fn a_currency_has_its_own_decimals_and_its_code_where_it_has_no_sign() {
        assert_eq!(money("en", "123456", "JPY"), "¥123,456");
        assert_eq!(money("fr", "0", "XOF"), "0\u{a0}XOF");
        assert_eq!(money("en", "1234.5", "KWD"), "KWD\u{a0}1,234.500");
        assert_eq!(money("fr", "0.007", "TND"), "0,007\u{a0}TND");
        assert_eq!(money("en", "1234.56", "CHF"), "CHF\u{a0}1,234.56");
    }

    #[test]
    fn dates_are_written_as_the_language_writes_them() {
        assert_eq!(day("en", date(2027, 1, 15)), "15 January 2027");
        assert_eq!(day("fr", date(2027, 1, 15)), "15 janvier 2027");
        assert_eq!(day("fr", date(2027, 8, 1)), "1er août 2027");
        assert_eq!(day("fr", date(2027, 12, 31)), "31 décembre 2027");
        assert_eq!(day("de", date(2027, 1, 1)), "1. Januar 2027");
        assert_eq!(day_in("de", Some("AT"), date(2027, 1, 1)), "1. Jänner 2027");
        assert_eq!(day("es", date(2027, 1, 1)), "1 de enero de 2027");
        assert_eq!(day("it", date(2027, 1, 1)), "1° gennaio 2027");
        assert_eq!(day("it", date(2027, 1, 8)), "8 gennaio 2027");
        assert_eq!(day("nl", date(2027, 3, 31)), "31 maart 2027");
        assert_eq!(day("pl", date(2027, 9, 2)), "2 września 2027");
        assert_eq!(day("pt", date(2027, 1, 1)), "1 de janeiro de 2027");
        assert_eq!(
            day_in("pt", Some("BR"), date(2027, 1, 1)),
            "1º de janeiro de 2027"
        );
        assert_eq!(day("sv", date(2027, 1, 5)), "2027-01-05");
    }

    #[test]
    fn americans_read_the_month_first() {
        let first_of_february = date(2027, 2, 1);
        let read = |language, country| day_in(language, Some(country), first_of_february);
        assert_eq!(read("en", "US"), "February 1, 2027");
        assert_eq!(read("en", "GB"), "1 February 2027");
        assert_eq!(read("fr", "US"), "1er février 2027");
    }
}
