//! Texts as they are kept.

/// The longest text that is kept, in bytes. A file holds many invoices, and a tool's texts are shorter.
const LONGEST: usize = 2048;
/// Text on one line: blanks, line breaks and control characters become single blanks.
pub(crate) fn text(value: Option<String>) -> Option<String> {
    let mut value = value?;
    value.truncate(value.floor_char_boundary(LONGEST));
    let words: Vec<&str> = value
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_out_on_one_line_and_not_too_long() {
        let one_line = |value: &str| text(Some(value.to_owned()));
        assert_eq!(
            one_line(" ACME\r\nBcc: x\u{0}y\t Ltd "),
            Some("ACME Bcc: x y Ltd".to_owned())
        );
        assert_eq!(one_line(" \n "), None);
        let cut = one_line(&"é".repeat(2000)).unwrap();
        assert_eq!(cut, "é".repeat(1024));
    }
}
