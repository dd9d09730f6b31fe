//! Amounts and dates, as each language writes them.

use dunning::value::{Country, Currency, Language, Money};
use jiff::civil::Date;

/// How a language writes amounts and dates. The blanks of an amount are no-break spaces: it never
/// wraps. Those of a date are ordinary ones, so that a search in the mailbox finds it.
///
/// A language that is not known here gets what nobody misreads: `1234.56 EUR` and `2027-01-15`.
/// So new templates need no new code; they only read better with it.
#[derive(Debug)]
pub struct Writing {
    code: &'static str,
    thousands: &'static str,
    decimal: char,
    symbol_first: bool,
    symbols: &'static [(&'static str, &'static str)],
    /// What the first day of a month is called, where it is not plainly `1`.
    first_day: &'static str,
    /// `January 15, 2027`, and not `15 January 2027`.
    month_first: bool,
    /// Empty where months are not known by name.
    months: &'static [&'static str],
}

const NO_BREAK: char = '\u{a0}';

static ENGLISH: Writing = Writing {
    code: "en",
    thousands: ",",
    decimal: '.',
    symbol_first: true,
    symbols: &[("EUR", "€"), ("GBP", "£"), ("USD", "$"), ("JPY", "¥")],
    first_day: "1",
    month_first: false,
    months: &[
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

static AMERICAN: Writing = Writing {
    month_first: true,
    ..ENGLISH
};

static FRENCH: Writing = Writing {
    code: "fr",
    // The narrow no-break space, as the Imprimerie nationale and Unicode's CLDR have it.
    thousands: "\u{202f}",
    decimal: ',',
    symbol_first: false,
    symbols: &[("EUR", "€"), ("GBP", "£"), ("USD", "$US"), ("JPY", "¥")],
    first_day: "1er",
    month_first: false,
    months: &[
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
};

static NEUTRAL: Writing = Writing {
    code: "",
    thousands: "",
    decimal: '.',
    symbol_first: false,
    symbols: &[],
    first_day: "1",
    month_first: false,
    months: &[],
};

impl Writing {
    /// The way of a language, as it is read in a country.
    pub fn of(language: &Language, country: Option<&Country>) -> &'static Self {
        if language.as_str() == "en" && country.is_some_and(|country| country.as_str() == "US") {
            return &AMERICAN;
        }
        [&ENGLISH, &FRENCH]
            .into_iter()
            .find(|known| known.code == language.as_str())
            .unwrap_or(&NEUTRAL)
    }

    /// Whether a word is the name of a month, in a language that is known here.
    pub(crate) fn is_month(word: &str) -> bool {
        let mut months = ENGLISH.months.iter().chain(FRENCH.months);
        months.any(|month| *month == word)
    }

    /// `€1,234.56`, `1 234,56 €`; with the currency's code where it has no sign that all know.
    pub fn money(&self, money: Money) -> String {
        let sign = if money.minor < 0 { "-" } else { "" };
        let number = self.number(money);
        let code = money.currency.code();
        let symbol = self.symbols.iter().find(|(known, _)| *known == code);
        match (symbol, self.symbol_first) {
            (Some((_, symbol)), true) => format!("{sign}{symbol}{number}"),
            (None, true) => format!("{sign}{code}{NO_BREAK}{number}"),
            (Some((_, after)), false) => format!("{sign}{number}{NO_BREAK}{after}"),
            (None, false) => format!("{sign}{number}{NO_BREAK}{code}"),
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

    /// `15 January 2027`, `1er janvier 2027`, `January 15, 2027`: the month by name, for all to read alike.
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
        if self.month_first {
            format!("{month} {day}, {year}")
        } else {
            format!("{day} {month} {year}")
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
        let currency = Currency::parse(currency).unwrap();
        let money = Money::parse(text, 0, currency).unwrap();
        Writing::of(&Language::parse(language).unwrap(), None).money(money)
    }

    fn day(language: &str, date: Date) -> String {
        day_in(language, None, date)
    }

    fn day_in(language: &str, country: Option<&str>, date: Date) -> String {
        let country = country.map(|code| Country::parse(code).unwrap());
        Writing::of(&Language::parse(language).unwrap(), country.as_ref()).date(date)
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
        assert_eq!(money("de", "1234.56", "EUR"), "1234.56\u{a0}EUR");
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
