//! What a filter may call: jq's own as far as it is pure, and what puts it on the meter.

use jaq_core::box_iter::box_once;
use jaq_core::load::parse::Def;
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Bind, Cv, Error, Native, ValXs};
use jaq_json::{Val, read};

use super::meter::{Meter, Metered};
use super::prelude;
use crate::json;

/// `[f]`: each value is weighed.
pub(super) const ARRAY: &str = "!array";
/// The input, counted.
pub(super) const COUNT: &str = "!count";
/// The input, weighed.
pub(super) const WEIGH: &str = "!weigh";
/// The input, where it stands behind one more part of a path.
pub(super) const PART: &str = "!part";
/// The input, for a definition that calls itself.
pub(super) const CALL: &str = "!call";
/// `l * r`, weighed before.
pub(super) const TIMES: &str = "!times";
/// The input, weighed as often as there is something in the argument.
pub(super) const PRODUCT: &str = "!product";
/// The input, unless it cannot stand in brackets behind a value.
pub(super) const KEY: &str = "!key";

/// What looks for each part of its argument in each part of its input.
pub(super) const PRODUCTS: [&str; 2] = ["contains", "indices"];

/// What goes through all of its input at once: that is weighed before.
pub(super) const THROUGH: [&str; 26] = [
    "ascii_downcase",
    "ascii_upcase",
    "endswith",
    "error_empty",
    "escape_sh",
    "explode",
    "fromjson",
    "group_by",
    "has",
    "implode",
    "key_values",
    "keys_unsorted",
    "length",
    "ltrim",
    "ltrimstr",
    "max_by_or_empty",
    "min_by_or_empty",
    "reverse",
    "rtrim",
    "rtrimstr",
    "sort",
    "sort_by",
    "startswith",
    "tojson",
    "tobytes",
    "trim",
];

/// jq's library as far as it is pure and needs no regular expressions, floats or formats.
pub(super) fn definitions() -> impl Iterator<Item = Def<&'static str>> {
    const STANDARD: &str = "null isboolean isnumber isstring isarray isobject type values nulls booleans \
        numbers strings arrays objects iterables scalars add min_by max_by min max unique_by unique \
        pick keys flatten";
    let pure = |def: &Def<&str>| STANDARD.split_whitespace().any(|name| name == def.name);
    jaq_core::defs()
        .chain(jaq_std::defs().filter(pure))
        .chain(jaq_json::defs())
}

/// All but `halt`, which would end the process, and those of ours in place of jq's.
pub(super) fn functions() -> impl Iterator<Item = Fun<Metered>> {
    let mut ours = ours();
    ours.extend(prelude::functions());
    let replaced: Vec<&str> = ours.iter().map(|(name, ..)| *name).collect();
    let theirs = jaq_core::funs()
        .chain(jaq_std::base_funs().filter(|(name, ..)| *name != "halt"))
        .chain(jaq_json::funs())
        .filter(move |(name, ..)| !replaced.contains(name));
    theirs.chain(ours)
}

/// A native that notes a value and lets it pass, wherever that stands.
macro_rules! passing {
    ($name:expr, $note:expr) => {{
        const NOTE: fn(&Meter, &Val) = $note;
        let native = Native::<Metered>::new(|cv| {
            NOTE(cv.0.data().meter, &cv.1);
            box_once(Ok(cv.1))
        })
        .with_paths(|(context, at)| {
            let meter = context.data().meter;
            NOTE(meter, &at.0);
            meter.part();
            box_once(Ok(at))
        })
        .with_update(|cv, update| {
            NOTE(cv.0.data().meter, &cv.1);
            update(cv.1)
        });
        ($name, v(0), native)
    }};
}

fn ours() -> Vec<Fun<Metered>> {
    let filter = || [Bind::Fun(())].into();
    vec![
        run::<Metered>((ARRAY, filter(), array)),
        passing!(COUNT, |meter, _value| meter.step()),
        passing!(WEIGH, |meter, value| meter.weigh(value)),
        passing!(PART, |_meter, _value| ()),
        passing!(CALL, |meter, _value| meter.call()),
        run::<Metered>((PRODUCT, v(1), product)),
        run::<Metered>((TIMES, v(2), times)),
        run::<Metered>((KEY, v(0), key)),
        run::<Metered>(("fromjson", v(0), from_json)),
    ]
}

type Values<'a> = ValXs<'a, Val>;

fn array(mut cv: Cv<'_, Metered>) -> Values<'_> {
    let meter = cv.0.data().meter;
    let (filter, context) = cv.0.pop_fun();
    let values = filter.run((context, cv.1)).inspect(|value| {
        meter.step();
        if let Ok(value) = value {
            meter.weigh(value);
        }
    });
    box_once(values.collect())
}

fn product(mut cv: Cv<'_, Metered>) -> Values<'_> {
    let other = cv.0.pop_var();
    cv.0.data().meter.weigh_product(&cv.1, &other);
    box_once(Ok(cv.1))
}

fn times(mut cv: Cv<'_, Metered>) -> Values<'_> {
    let (right, left) = (cv.0.pop_var(), cv.0.pop_var());
    cv.0.data().meter.weigh_times(&left, &right);
    bome(left * right)
}

/// jq looks for a list in a list, wherever a list stands in brackets.
fn key(cv: Cv<'_, Metered>) -> Values<'_> {
    bome(match cv.1 {
        list @ Val::Arr(_) => Err(Error::typ(list, "a name or a place")),
        key => Ok(key),
    })
}

/// One text, one value: as `jaq` reads a body, and no deeper.
fn from_json(cv: Cv<'_, Metered>) -> Values<'_> {
    let meter = cv.0.data().meter;
    let refused = |why: String| Error::str(format_args!("cannot parse as JSON: {why}"));
    bome(cv.1.try_as_utf8_bytes_owned().and_then(|text| {
        let text = without_leading_zeros(&text);
        json::check(text).map_err(refused)?;
        let value = read::parse_single(text).map_err(|why| refused(why.to_string()))?;
        meter.weigh(&value);
        Ok(value)
    }))
}

/// The month of a date is a number to jq, and `06` is none to JSON.
fn without_leading_zeros(mut text: &[u8]) -> &[u8] {
    while let [b'0', rest @ ..] = text
        && rest.first().is_some_and(u8::is_ascii_digit)
    {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_date_are_numbers() {
        let read = [
            &b"06"[..],
            b"007",
            b"00",
            b"0",
            b"10",
            b"0.5",
            b"\"06\"",
            b"",
        ];
        let wanted = [&b"6"[..], b"7", b"0", b"0", b"10", b"0.5", b"\"06\"", b""];
        assert_eq!(read.map(without_leading_zeros), wanted);
    }
}
