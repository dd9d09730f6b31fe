//! Bytes as JSON, and nothing in it so deep or so long that to go on with it could exhaust us.

use std::fmt;

use jaq_json::Val;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::text;

/// No amount has more digits; whoever reckons with a million of them takes seconds for it.
const LONGEST_NUMBER: usize = 400;

/// A body, as filters take it.
pub(crate) fn read(body: &[u8]) -> Result<Val, String> {
    let single = |body: &[u8]| jaq_json::read::parse_single(body).map_err(|why| why.to_string());
    if check(body).is_ok() {
        return single(body);
    }
    let mended = text::mended(body);
    check(&mended)?;
    single(&mended)
}

/// Reads bytes as JSON and keeps nothing of it. `jaq`'s own reader, which comes next, takes more than
/// JSON (comments, `NaN`, keys that are no strings) and any depth; `serde_json` takes 128 levels.
pub(crate) fn check(body: &[u8]) -> Result<(), String> {
    serde_json::from_slice::<Sound>(body).map_err(|why| why.to_string())?;
    if has_long_number(body) {
        return Err(format!("a number has more than {LONGEST_NUMBER} digits"));
    }
    Ok(())
}

/// Of what is JSON.
fn has_long_number(body: &[u8]) -> bool {
    let (mut inside, mut escaped, mut digits) = (false, false, 0_usize);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'0'..=b'9' if !inside => digits += 1,
            _ => digits = 0,
        }
        if digits > LONGEST_NUMBER {
            return true;
        }
    }
    false
}

struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyJson)
    }
}

struct AnyJson;

impl<'de> Visitor<'de> for AnyJson {
    type Value = Sound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_str<E>(self, _: &str) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Sound, A::Error> {
        while let Some(Sound) = seq.next_element()? {}
        Ok(Sound)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sound, A::Error> {
        while let Some((Sound, Sound)) = map.next_entry()? {}
        Ok(Sound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_sound_and_what_only_looks_like_it_is_not() {
        for good in [
            "null",
            " [1, -2.5e3, \"\\u00e9\", {\"a\": [true]}] ",
            "\"\"",
            "99999999999999999999",
        ] {
            assert!(check(good.as_bytes()).is_ok(), "{good} was refused");
        }
        for bad in [
            "",
            "{",
            "[1,]",
            "{a: 1}",
            "{1: 1}",
            "NaN",
            "+1",
            "# x\n1",
            "b\"x\"",
            "1 2",
            "\"\u{1}\"",
        ] {
            assert!(check(bad.as_bytes()).is_err(), "{bad} was taken");
        }
        assert!(check(b"\"\xff\"").is_err());
        assert!(check(b"{\"\xff\": 1}").is_err());
    }

    #[test]
    fn a_number_that_takes_seconds_is_refused_and_a_long_text_is_not() {
        let digits = "7".repeat(1000);
        assert!(check(format!("[{digits}]").as_bytes()).is_err());
        assert!(check(format!("[0.{digits}]").as_bytes()).is_err());
        assert!(check(format!("[\"\\\"{digits}\", \"{digits}\", 12]").as_bytes()).is_ok());
    }

    #[test]
    fn a_tower_of_brackets_is_refused_before_it_falls() {
        assert!(check("[".repeat(1 << 20).as_bytes()).is_err());
        assert!(check(format!("{}1{}", "[".repeat(100), "]".repeat(100)).as_bytes()).is_ok());
    }
}
