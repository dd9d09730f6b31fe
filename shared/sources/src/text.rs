//! Bodies as they come: what many senders write though JSON does not allow it is read as it was meant.
//! Only for reading; a proof is always of the bytes as they were sent.

/// U+FFFD, for what nobody can read any more.
const LOST: &str = "\\ufffd";

/// The body with what is wrong in its texts put right: a byte order mark is left out; a byte that is not
/// UTF-8 is taken for Latin-1; half of a surrogate pair (a text that was cut inside an emoji) is replaced;
/// a control character inside a text becomes a blank.
pub(crate) fn mended(body: &[u8]) -> Vec<u8> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    escapes_mended(&as_text(body)).into_bytes()
}

fn as_text(body: &[u8]) -> String {
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| char::from(*byte)));
    }
    text
}

fn escapes_mended(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let (mut rest, mut inside) = (text, false);
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '\\' if inside => {
                let (escape, replaced) = escape(rest);
                mended.push_str(replaced.unwrap_or(escape));
                escape.len()
            }
            control if inside && control.is_control() => {
                mended.push(' ');
                control.len_utf8()
            }
            other => {
                inside ^= other == '"';
                mended.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    mended
}

/// The escape that a text begins with, and what is to stand in its place, if it is not one.
fn escape(text: &str) -> (&str, Option<&'static str>) {
    let Some(unit) = code_unit(text) else {
        let second = text[1..].chars().next().map_or(0, char::len_utf8);
        return (&text[..=second], None);
    };
    let low = |text: &str| code_unit(text).is_some_and(|unit| (0xdc00..0xe000).contains(&unit));
    match unit {
        0xd800..0xdc00 if low(&text[6..]) => (&text[..12], None),
        0xd800..0xe000 => (&text[..6], Some(LOST)),
        _ => (&text[..6], None),
    }
}

/// The code unit of `\uXXXX`.
fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8]) -> serde_json::Value {
        serde_json::from_slice(&mended(body)).unwrap()
    }

    #[test]
    fn fault_10_a_name_that_was_cut_inside_an_emoji_is_read() {
        assert_eq!(
            read(br#"{"name":"Ren\u00e9 \ud83d"}"#)["name"],
            "René \u{fffd}"
        );
        assert_eq!(
            read(br#"["\ude00 x","\ud83d\ud83d\ude00"]"#)[0],
            "\u{fffd} x"
        );
        assert_eq!(read(br#"["\ud83d\ud83d\ude00"]"#)[0], "\u{fffd}\u{1f600}");
        assert_eq!(read(br#"["\ud83d\u0041"]"#)[0], "\u{fffd}A");
    }

    #[test]
    fn fault_10_a_byte_order_mark_latin_1_and_raw_line_breaks_are_read() {
        assert_eq!(read(b"\xef\xbb\xbf{\"a\":1}")["a"], 1);
        assert_eq!(read(b"{\"name\":\"Ren\xe9\"}")["name"], "René");
        assert_eq!(read("{\"name\":\"René\"}".as_bytes())["name"], "René");
        assert_eq!(read(b"{\n\"name\":\"two\nlines\"\n}")["name"], "two lines");
    }

    #[test]
    fn what_is_right_stays_as_it_is() {
        for right in [
            r#"{"a":"\\","b":"\"}","c":"\ud83d\ude00","d":"\\ud83d"}"#,
            "[\"\u{1f600}\", \"\\n\"]",
        ] {
            assert_eq!(mended(right.as_bytes()), right.as_bytes());
        }
    }

    #[test]
    fn an_end_in_the_middle_of_an_escape_is_no_end_of_the_reader() {
        for cut in [
            r#"["\"#,
            r#"["\u"#,
            r#"["\ud83"#,
            r#"["\ud83d\"#,
            r#"["\ud83d\ude0"#,
            "[\"\\\u{e9}",
        ] {
            assert!(serde_json::from_slice::<serde_json::Value>(&mended(cut.as_bytes())).is_err());
        }
    }
}
