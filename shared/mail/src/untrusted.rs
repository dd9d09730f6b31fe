//! What strangers typed into a billing tool, made harmless. Escaping for HTML comes on top, where
//! HTML is written; this is what every part of a mail needs, the subject and the text part too.

/// The longest piece of a stranger's text in a mail, in characters.
const LONGEST: usize = 120;

/// One line of plain text: no line breaks and other control characters, nothing that turns the
/// direction of writing around, blanks collapsed, cut to a decent length. `None` if nothing is left.
pub(crate) fn line(text: &str) -> Option<String> {
    let mut line = String::new();
    for character in text.chars() {
        match character {
            c if breaks(c) => {
                if !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            c if is_invisible_trick(c) => {}
            c => line.push(c),
        }
    }
    let line = line.trim();
    if line.chars().nth(LONGEST).is_some() {
        let cut: String = line.chars().take(LONGEST - 1).collect();
        return Some(format!("{}…", cut.trim_end()));
    }
    (!line.is_empty()).then(|| line.to_owned())
}

/// Text that its owner may have chosen freely, as a name. One that carries a link is left out:
/// else anyone could have an advertisement sent in our mails, to any address.
pub(crate) fn chosen(text: &str) -> Option<String> {
    let line = line(text)?;
    let lower = line.to_ascii_lowercase();
    let has_link = lower.contains("://") || lower.contains("www.");
    (!has_link).then_some(line)
}

/// Ordinary blanks, and whatever could end a line. No-break spaces stay: French names have them.
fn breaks(c: char) -> bool {
    c == ' ' || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Marks that overrule the direction of writing (they make `exe.fdp` of `pdf.exe`), and the byte
/// order mark.
fn is_invisible_trick(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_is_one_line_of_plain_text() {
        let hostile = "  ACME\r\nBcc: x@example.com\u{2028}\0\t Ltd \u{202e}fdp.exe";
        assert_eq!(
            line(hostile).unwrap(),
            "ACME Bcc: x@example.com Ltd fdp.exe"
        );
        assert_eq!(
            line("Société\u{a0}Générale").unwrap(),
            "Société\u{a0}Générale"
        );
        assert_eq!(line("\n\u{202e} \u{feff}"), None);
        assert_eq!(line(&"é".repeat(5000)).unwrap().chars().count(), LONGEST);
        assert_eq!(line(&"é".repeat(LONGEST)).unwrap(), "é".repeat(LONGEST));
    }

    #[test]
    fn a_name_that_carries_a_link_is_left_out() {
        assert_eq!(chosen("You have won! https://example.com"), None);
        assert_eq!(chosen("Visit WWW.example.com"), None);
        assert_eq!(chosen("Exemple.fr SARL").unwrap(), "Exemple.fr SARL");
    }
}
