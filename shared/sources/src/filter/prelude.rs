//! What every filter may call beside jq's own: what tools have in common. In Rust, so that no filter has to
//! compile it. A definition of the same name in a filter takes its place.

use std::cmp::Ordering;

use jaq_core::box_iter::box_once;
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Cv, Error, ValXs};
use jaq_json::{Num, Val};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::dates;
use super::meter::Metered;
use crate::country::country;
use crate::decimal::Decimal;
use crate::plain::plain;

/// Those that go through all of their input: that is weighed before.
pub(super) const THROUGH: [&str; 18] = [
    "above_zero",
    "among",
    "country",
    "day",
    "filled",
    "difference",
    "instant",
    "is_no",
    "is_yes",
    "is_zero",
    "largest",
    "names_an_order",
    "not_below_zero",
    "plus_days",
    "plus_months",
    "smallest",
    "sum",
    "text",
];

/// The most days or months that are added to a day.
const FARTHEST: i32 = 36_600;

type Values<'a> = ValXs<'a, Val>;

/// A native that makes something of its input alone.
macro_rules! of_value {
    ($name:expr, $make:expr) => {{
        const MAKE: fn(Val) -> Val = $make;
        run::<Metered>(($name, v(0), |cv| box_once(Ok(MAKE(cv.1)))))
    }};
}

pub(super) fn functions() -> Vec<Fun<Metered>> {
    vec![
        of_value!("filled", filled),
        of_value!("text", text),
        of_value!("is_yes", |value| is_one_of(&value, ["true", "yes", "1"])),
        of_value!("is_no", |value| is_one_of(&value, ["false", "no", "0"])),
        of_value!("names_an_order", |value| names_an_order(&value)),
        of_value!("sum", sum),
        of_value!("difference", difference),
        of_value!("smallest", |list| outermost(&list, Ordering::Less)),
        of_value!("largest", |list| outermost(&list, Ordering::Greater)),
        of_value!("not_below_zero", not_below_zero),
        of_value!("is_zero", |value| Val::Bool(sign(&value) == Some(0))),
        of_value!("above_zero", |value| Val::Bool(sign(&value) == Some(1))),
        of_value!("country", country_of),
        of_value!("instant", instant),
        run::<Metered>(("among", v(1), among)),
        run::<Metered>(("day", v(0), day)),
        run::<Metered>(("plus_days", v(1), plus_days)),
        run::<Metered>(("plus_months", v(1), plus_months)),
    ]
}

fn string(text: impl ToString) -> Val {
    Val::from(text.to_string())
}

/// What a value says as text, without the blanks around it; nothing where it says nothing.
fn said(value: &Val) -> Option<String> {
    let text = match value {
        Val::Null | Val::Bool(false) => return None,
        Val::TStr(bytes) => String::from_utf8_lossy(bytes).trim().to_owned(),
        other => other.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

/// Nothing for what is not set, however a tool writes that; a text without the blanks around it.
fn filled(value: Val) -> Val {
    match said(&value) {
        None => Val::Null,
        Some(text) if matches!(value, Val::TStr(_)) => string(text),
        Some(_) => value,
    }
}

/// A number keeps the text that it came in, but for an exponent.
fn text(value: Val) -> Val {
    let Some(text) = said(&value) else {
        return Val::Null;
    };
    let has_exponent = matches!(value, Val::Num(_)) && text.contains(['e', 'E']);
    match Decimal::parse(&text).filter(|_| has_exponent) {
        Some(plain) => string(plain),
        None => string(text),
    }
}

fn is_one_of(value: &Val, words: [&str; 3]) -> Val {
    let text = value.to_string();
    let word = text.trim_matches('"').trim();
    Val::Bool(words.iter().any(|known| known.eq_ignore_ascii_case(word)))
}

/// Whether a word stands in a list of words between bars.
fn among(mut cv: Cv<'_, Metered>) -> Values<'_> {
    let list = cv.0.pop_var();
    cv.0.data().meter.weigh(&list);
    let word = said(&cv.1).unwrap_or_default();
    let list = said(&list).unwrap_or_default();
    box_once(Ok(Val::Bool(
        !word.is_empty() && list.contains(&format!("|{word}|")),
    )))
}

/// Whether a label that a sender chose at will is one for the debtor's purchase order: "P.O. #", "N° de commande".
fn names_an_order(label: &Val) -> Val {
    const NAMES: [&str; 31] = [
        "po",
        "pono",
        "ponr",
        "ponum",
        "ponumber",
        "poref",
        "poreference",
        "yourpo",
        "customerpo",
        "purchaseorder",
        "purchaseorderno",
        "purchaseordernum",
        "purchaseordernumber",
        "yourpurchaseorder",
        "ordernumber",
        "bondecommande",
        "nbondecommande",
        "ndebondecommande",
        "nobondecommande",
        "numerodebondecommande",
        "bondecommanden",
        "commande",
        "ndecommande",
        "nodecommande",
        "numerodecommande",
        "numerocommande",
        "referencecommande",
        "referencedecommande",
        "refcommande",
        "votrecommande",
        "votrereferencedecommande",
    ];
    let label = said(label).map(|label| plain(&label));
    let label = label.unwrap_or_default().replace(' ', "");
    Val::Bool(NAMES.contains(&label.as_str()))
}

/// The two letters of a country; nothing where it is not known.
fn country_of(told: Val) -> Val {
    let known = said(&told).and_then(|told| country(&told));
    known.map_or(Val::Null, string)
}

/// An amount, as a number or as text.
fn decimal(value: &Val) -> Option<Decimal> {
    Decimal::parse(&said(value)?)
}

fn sign(value: &Val) -> Option<i128> {
    decimal(value).map(Decimal::sign)
}

/// What is reckoned out of the amounts of a list; nothing where one is missing, and what is no number as it
/// stands, for the reader to refuse.
fn reckoned(list: &Val, with: fn(Decimal, Decimal) -> Option<Decimal>) -> Val {
    let Val::Arr(amounts) = list else {
        return text(list.clone());
    };
    let mut reckoned: Option<Decimal> = None;
    for amount in amounts.iter() {
        let both = decimal(amount).and_then(|amount| match reckoned {
            Some(before) => with(before, amount),
            None => Some(amount),
        });
        if both.is_none() {
            return text(amount.clone());
        }
        reckoned = both;
    }
    string(reckoned.unwrap_or(Decimal::ZERO))
}

fn sum(list: Val) -> Val {
    reckoned(&list, Decimal::plus)
}

/// The first amount less the others.
fn difference(list: Val) -> Val {
    reckoned(&list, Decimal::minus)
}

/// That amount of those that there are which no other one beats.
fn outermost(list: &Val, beats: Ordering) -> Val {
    let Val::Arr(amounts) = list else {
        return text(list.clone());
    };
    let mut best: Option<Decimal> = None;
    for amount in amounts.iter().filter(|amount| said(amount).is_some()) {
        let Some(read) = decimal(amount) else {
            return text(amount.clone());
        };
        if best.is_none_or(|best| read.compare(best) == Some(beats)) {
            best = Some(read);
        }
    }
    best.map_or(Val::Null, string)
}

fn not_below_zero(value: Val) -> Val {
    if sign(&value) == Some(-1) {
        string(0)
    } else {
        text(value)
    }
}

/// Unix seconds as they are, and a text in RFC 3339; what is neither as it stands.
fn instant(value: Val) -> Val {
    let Some(text) = said(&value) else {
        return Val::Null;
    };
    let seconds = |text: &str| {
        let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
        whole.parse().ok().map(Num::Int)
    };
    match value {
        Val::Num(_) => {
            match Decimal::parse(&text).and_then(|number| seconds(&number.to_string())) {
                Some(seconds) => Val::Num(seconds),
                None => value,
            }
        }
        _ => dates::instant(&text).map_or(string(text), string),
    }
}

/// The civil day that a value means in the source's zone.
fn day_of(value: &Val, zone: &TimeZone) -> Option<Date> {
    match value {
        Val::Num(_) => {
            let number = decimal(value)?.to_string();
            let whole = number.split_once('.').map_or(&*number, |(whole, _)| whole);
            let at = Timestamp::from_second(whole.parse().ok()?).ok()?;
            Some(dates::day_of(at, zone))
        }
        _ => dates::day(&said(value)?, zone),
    }
}

/// A day as 2027-02-15; what is none as it stands.
fn day(cv: Cv<'_, Metered>) -> Values<'_> {
    let day = day_of(&cv.1, cv.0.data().zone);
    box_once(Ok(day.map_or_else(|| text(cv.1), string)))
}

fn plus_days(cv: Cv<'_, Metered>) -> Values<'_> {
    plus(cv, |day, count| dates::later(day, count, 0))
}

fn plus_months(cv: Cv<'_, Metered>) -> Values<'_> {
    plus(cv, |day, count| dates::later(day, 0, count))
}

/// A day after another one. What is no day, or no count, is an error, which a filter may catch.
fn plus(mut cv: Cv<'_, Metered>, later: fn(Date, i32) -> Option<Date>) -> Values<'_> {
    let count = cv.0.pop_var();
    let whole = decimal(&count).and_then(|count| count.to_string().parse().ok());
    let whole = whole.filter(|count| (0..=FARTHEST).contains(count));
    let day = day_of(&cv.1, cv.0.data().zone);
    bome(
        match day.zip(whole).and_then(|(day, count)| later(day, count)) {
            Some(day) => Ok(string(day)),
            None => Err(Error::str("no day, or no number of days to add to it")),
        },
    )
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use jaq_json::read;
    use jiff::tz::TimeZone;

    use crate::filter::{Filter, apart};

    /// What a filter makes of an input, in Paris.
    fn run(code: &str, input: &str) -> String {
        let filter = Filter::compile(code).unwrap();
        apart(|| {
            let input = read::parse_single(input.as_bytes()).unwrap();
            let mut said = String::new();
            filter.run(input, &TimeZone::get("Europe/Paris").unwrap(), |output| {
                said = output.map_or_else(|why| why, |value| value.to_string());
                ControlFlow::Break(())
            });
            said
        })
    }

    #[test]
    fn what_is_not_set_is_nothing_however_a_tool_writes_it() {
        let input = r#"[null, false, "", "  ", " a b ", 0, true, []]"#;
        assert_eq!(
            run("map(filled)", input),
            r#"[null,null,null,null,"a b",0,true,[]]"#
        );
        assert_eq!(
            run("map(text)", input),
            r#"[null,null,null,null,"a b","0","true","[]"]"#
        );
    }

    #[test]
    fn fault_20_numbers_with_exponents_are_plain_in_a_filter() {
        let input =
            r#"[1.2E7, 1e-2, -0.0, 120000.10, 12345678901234567890123, 1e999999999, "1e3 "]"#;
        let plain = r#"["12000000","0.01","-0.0","120000.10","12345678901234567890123","1e999999999","1e3"]"#;
        assert_eq!(run("map(text)", input), plain);
        assert_eq!(run("[.[0], .[1]] | sum", input), r#""12000000.01""#);
    }

    #[test]
    fn amounts_are_added_exactly_whether_they_are_numbers_or_texts() {
        let sum = |list: &str| run("sum", list);
        assert_eq!(sum(r#"["50.0 ", 20, 0.1, 0.2]"#), r#""70.3""#);
        assert_eq!(sum("[]"), r#""0""#);
        assert_eq!(sum("[1, null]"), "null");
        assert_eq!(sum(r#"[1, ""]"#), "null");
        assert_eq!(sum(r#"[1, "12 cents", 2]"#), r#""12 cents""#);
        assert_eq!(sum("[1, [2]]"), r#""[2]""#);
        assert_eq!(run("difference", r#"[10, "2.5", 1e0]"#), r#""6.5""#);
        assert_eq!(run("difference", "[10, null]"), "null");
        assert_eq!(run("largest", r#"[null, "3.0", -1, ""]"#), r#""3""#);
        assert_eq!(run("smallest", r#"[null, "3.0", 1e0, "", 2]"#), r#""1""#);
        assert_eq!(run("smallest", "[null]"), "null");
        assert_eq!(
            run("map(not_below_zero)", r#"[-5, "-0.01", 3, null, "x"]"#),
            r#"["0","0","3",null,"x"]"#
        );
        assert_eq!(
            run(
                "map([is_zero, above_zero])",
                r#"["0.00", -1, 2, null, "x"]"#
            ),
            "[[true,false],[false,false],[false,true],[false,false],[false,false]]"
        );
    }

    #[test]
    fn a_day_is_the_sources_own() {
        let day = |input: &str| run("day", input);
        assert_eq!(
            day("1805065200"),
            r#""2027-03-15""#,
            "23:00 of the day before in UTC"
        );
        assert_eq!(day("1.8050652E9"), r#""2027-03-15""#);
        assert_eq!(day(r#""2027-03-15 ""#), r#""2027-03-15""#);
        assert_eq!(day(r#""soon""#), r#""soon""#);
        assert_eq!(day("\"\""), "null");
        assert_eq!(run("plus_days(14)", r#""2027-02-20""#), r#""2027-03-06""#);
        assert_eq!(
            run(r#"plus_months("1")"#, r#""2027-01-31""#),
            r#""2027-02-28""#
        );
        assert_eq!(
            run(r#"try plus_days(-1) catch "no""#, r#""2027-01-31""#),
            r#""no""#
        );
        assert_eq!(run(r#"try plus_days(1) catch "no""#, "null"), r#""no""#);
    }

    #[test]
    fn an_instant_is_seconds_or_rfc_3339() {
        assert_eq!(run("instant", "1801000000"), "1801000000");
        assert_eq!(run("instant", "1.801E9"), "1801000000");
        assert_eq!(
            run("instant", r#""2027-02-05T10:00:00+0100""#),
            r#""2027-02-05T09:00:00Z""#
        );
        assert_eq!(run("instant", r#""yesterday""#), r#""yesterday""#);
        assert_eq!(run("instant", "false"), "null");
    }

    #[test]
    fn a_label_that_means_a_purchase_order_is_known() {
        let input = r#"["P.O. #", "po number", "N° de commande", "Numéro de commande", "Référence commande", "Bon de commande n°", "Post", "", null]"#;
        assert_eq!(
            run("map(names_an_order)", input),
            "[true,true,true,true,true,true,false,false,false]"
        );
    }

    #[test]
    fn fault_14_a_country_is_known_by_its_name() {
        let input = r#"["Saudi Arabia", "BRA", "fr", "Atlantis", "", null, 4]"#;
        let codes = r#"["SA","BR","FR",null,null,null,null]"#;
        assert_eq!(run("map(country)", input), codes);
    }

    #[test]
    fn words_stand_among_others_or_not() {
        let input = r#"["open", " open", "ope", "", null, 4]"#;
        assert_eq!(
            run(r#"map(among("|open|4|"))"#, input),
            "[true,true,false,false,false,true]"
        );
        assert_eq!(
            run("map([is_yes, is_no])", r#"[true, "1", "No", null]"#),
            "[[true,false],[true,false],[false,true],[false,false]]"
        );
    }

    #[test]
    fn a_filters_own_definition_takes_the_place_of_one_that_all_may_call() {
        assert_eq!(run(r#"def text: "mine"; text"#, "1"), r#""mine""#);
    }
}
