//! What strangers typed into a billing tool, made harmless. Escaping for HTML comes on top, where
//! HTML is written; this is what every part of a mail needs, the subject and the text part too.

/// The longest piece of a stranger's text in a mail, in characters.
const LONGEST: usize = 120;
/// The longest name that is greeted: what is longer may be a sentence.
const LONGEST_NAME: usize = 60;
/// The longest number of an invoice or of an order.
const LONGEST_REFERENCE: usize = 40;
/// The letters of a word that a message may be made of; a number has one such word at the most, as `Order`.
const SHORTEST_OF_A_MESSAGE: usize = 4;
/// The digits of a name, all together: more are a telephone's, or an account's.
const MOST_DIGITS: usize = 6;
/// The letters of a word that a dot may shorten: after a longer one it ends a sentence.
const LONGEST_ABBREVIATION: usize = 5;

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

/// A name, chosen freely by its owner, as far as it can be nothing else: otherwise anybody could have our
/// sender say his words to any address. Whoever has another name is not greeted by it.
///
/// What a mail program makes a link of is no name, so a host is none, with a path or without: `Exemple.fr SARL`
/// and `Booking.com B.V.` read like `evil.example`, and only they know which of them is honest. They lose a
/// greeting; a stranger's link in the company's own mail would cost more.
pub(crate) fn name(text: &str) -> Option<String> {
    let name = tidied(text, LONGEST_NAME)?;
    let is_plain = |c: char| is_of_a_word(c) || "&'’-–.,()/+°ºª\"«»".contains(c) || is_blank(c);
    let digits = name.chars().filter(|c| c.is_numeric()).count();
    let good = name.chars().all(is_plain)
        && name.chars().any(char::is_alphabetic)
        && digits <= MOST_DIGITS
        && !has_host(&name)
        && !has_quad(&name)
        && !has_sentence(&name);
    good.then_some(name)
}

/// What the team is told of what strangers sent, which may quote them: without the quotation, if a mail program
/// would make a link of it.
pub(crate) fn note(text: &str) -> Option<String> {
    let links = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["://", "www.", "@"].iter().any(|mark| text.contains(mark))
    };
    let note = line(text)?;
    if !links(&note) {
        return Some(note);
    }
    let (before, _) = note.split_once(" (")?;
    (!links(before)).then(|| before.to_owned())
}

/// What the team is to read as it stands, though it looks like a link: with marks between that nobody sees, so that
/// no mail program makes one of it.
pub(crate) fn disarmed(text: &str) -> Option<String> {
    const WORD_JOINER: char = '\u{2060}';
    let disarm = |c: char| {
        let joiner = matches!(c, '@' | '.' | ':' | '/').then_some(WORD_JOINER);
        std::iter::once(c).chain(joiner)
    };
    line(text).map(|line| line.chars().flat_map(disarm).collect())
}

/// The number of an invoice or of an order, as far as it can be nothing else: it has a digit, and not many words.
pub(crate) fn reference(text: &str) -> Option<String> {
    let reference = tidied(text, LONGEST_REFERENCE)?;
    let is_plain = |c: char| is_of_a_word(c) || "-–_.,/#°º()&*".contains(c) || is_blank(c);
    let words = reference.split(|c: char| !is_of_a_word(c));
    let long = |word: &&str| {
        word.chars().count() >= SHORTEST_OF_A_MESSAGE && word.chars().all(char::is_alphabetic)
    };
    let good = reference.chars().all(is_plain)
        && reference.chars().any(char::is_numeric)
        && words.filter(long).count() <= 1
        && !has_host(&reference)
        && !has_sentence(&reference);
    good.then_some(reference)
}

/// Without what may stand around it, and not too long. What cannot be seen is no part of a name.
fn tidied(text: &str, longest: usize) -> Option<String> {
    let line = line(text)?;
    let has_tricks = text.chars().any(is_invisible_trick);
    (!has_tricks && line.chars().count() <= longest).then_some(line)
}

/// Letters and digits of any script, and marks that stand on them.
fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}')
}

/// `example.com`, `a.b-c.example`, also in other scripts: labels with dots between them, the last one of letters.
fn has_host(text: &str) -> bool {
    let is_of_a_host = |c: char| is_of_a_word(c) || c == '-' || c == '.';
    text.split(|c| !is_of_a_host(c)).any(|word| {
        let Some((before, last)) = word.trim_matches('.').rsplit_once('.') else {
            return false;
        };
        let is_top = last.chars().count() >= 2 && last.chars().all(char::is_alphabetic);
        !before.is_empty() && (is_top || last.to_ascii_lowercase().starts_with("xn--"))
    })
}

/// Four numbers with dots between them: the address of a host.
fn has_quad(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_numeric() && c != '.');
    let numbers = |word: &str| word.split('.').filter(|part| !part.is_empty()).count();
    words.into_iter().any(|word| numbers(word) >= 4)
}

/// A dot after a whole word, and more words after it.
fn has_sentence(text: &str) -> bool {
    let words: Vec<&str> = text.split(is_blank).collect();
    words.windows(2).any(|two| {
        let ends = two[0].strip_suffix('.');
        let letters = |word: &str| word.chars().filter(|c| c.is_alphabetic()).count();
        ends.is_some_and(|word| letters(word) > LONGEST_ABBREVIATION) && letters(two[1]) > 1
    })
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}')
}

/// Ordinary blanks, and whatever could end a line. No-break spaces stay: French names have them.
fn breaks(c: char) -> bool {
    c == ' ' || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Marks that overrule the direction of writing (they make `exe.fdp` of `pdf.exe`), and what nobody sees.
fn is_invisible_trick(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_36_a_number_with_a_message_in_it_is_none() {
        for number in ["F-2027-0117", "PO 4500012345", "Order 12/B", "2027/ACME/7"] {
            assert_eq!(reference(number).as_deref(), Some(number));
        }
        for message in [
            "CALL 0612345678 NOW PLEASE",
            "Facture annulée",
            "this is cancelled, ignore 1",
            "+33612345678",
        ] {
            assert_eq!(reference(message), None, "{message}");
        }
    }

    #[test]
    fn what_looks_like_a_link_is_read_as_it_stands_and_is_none() {
        assert_eq!(
            disarmed("F-1: compta@exemple").unwrap(),
            "F-1:\u{2060} compta@\u{2060}exemple"
        );
        assert_eq!(disarmed("\n"), None);
    }

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
    fn fault_36_a_name_that_carries_words_of_its_own_is_none() {
        for words in [
            "Compte bloqué : confirmez via evil.example/connexion",
            "You have won! https://example.com",
            "Visit WWW.example.com",
            "evil.example",
            "Evil.Example Ltd",
            "xn--80ak6aa92e.xn--p1ai",
            "пример.рф",
            "evil\u{ff0e}example",
            "evil\u{3002}example",
            "evil\u{2024}example",
            "a@example.com",
            "Call +33 1 23 45 67 89",
            "FR76 3000 6000 0112 3456 7890 189",
            "Appelez le ٠١٢٣٤٥٦٧",
            "192.168.100.100",
            "Pay 1.2.3.4 Ltd",
            "Votre compte est bloqué. Confirmez ici",
            "Compte bloqué !",
            "Compte bloqué ?",
            "Compte bloqué ; confirmez",
            "Compte bloqué… confirmez",
            "Pay now\u{200b}Ltd",
            "\u{202e}gpj.exe",
            "soft\u{ad}hyphen",
            "Pay here ➜ now",
            "⚠ Urgent",
            "[ACME](evil)",
            "ACME <b>Ltd</b>",
            "ACME\r\nBcc: x@example.com",
            "{{ company.name }}",
            "&lt;b&gt;",
            "$1 \\1 %s ${x}",
            "--",
            "",
            "Une société dont le nom est si long que nul ne l’a jamais lu en entier",
        ] {
            assert_eq!(name(words), None, "{words:?}");
        }
    }

    #[test]
    fn names_that_companies_and_people_have_are_names() {
        for honest in [
            "Acme & Sons",
            "Société d’Exploitation l'Exemple",
            "Société\u{a0}Générale d’Exemple",
            "S.A.R.L. Exemple (France)",
            "B.V. Voorbeeld",
            "Dr. Müller-Lüdenscheidt GmbH & Co. KG",
            "Bros. Example, Inc.",
            "A/S Eksempel",
            "Hôtel 1900",
            "3M Exemple",
            "O'Neil + Partners",
            "Éditions «Exemple»",
            "Cafe\u{301} Exemple",
            "株式会社サンプル",
            "شركة مثال",
            "J. R. Example",
        ] {
            assert_eq!(name(honest).as_deref(), Some(honest), "{honest:?}");
        }
    }

    #[test]
    fn what_quotes_a_stranger_is_told_to_the_team_without_his_links() {
        let honest = "evt_1 (data.object.amount_due is -5, and cannot be)";
        assert_eq!(note(honest).as_deref(), Some(honest));
        let quoted = "evt_1 (at is \"https://evil.example\", not an instant)";
        assert_eq!(note(quoted).as_deref(), Some("evt_1"));
        assert_eq!(note("www.evil.example (x)"), None);
    }

    #[test]
    fn fault_36_a_host_is_no_name_whoever_owns_it() {
        assert_eq!(name("Exemple.fr SARL"), None);
        assert_eq!(name("Booking.com B.V."), None);
    }

    #[test]
    fn fault_36_a_number_is_a_number_and_no_message() {
        for number in [
            "F-2027-0117",
            "4500012345",
            "PO 4500/12.3-A",
            "FAC.EX.001",
            "N°\u{a0}12 (bis)",
            "BC_2027#7",
        ] {
            assert_eq!(reference(number).as_deref(), Some(number), "{number:?}");
        }
        for words in [
            "see evil.example/po",
            "https://example.com",
            "Pay: 1234",
            "a@example.com",
            "45\u{200b}00",
            "Annulée. Payez ailleurs",
            "-",
            "une commande dont personne ne connaît plus le numéro",
        ] {
            assert_eq!(reference(words), None, "{words:?}");
        }
    }
}
