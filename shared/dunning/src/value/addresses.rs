//! Addresses as people write them into a billing tool: several in one field, with names around them, with what
//! came along when they were copied.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::contact::{AddressFault, BadAddress, EmailAddress};

/// What stood in a field for addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Those that can be written to, in their order, each mailbox once.
    pub usable: Vec<EmailAddress>,
    /// What else stood there.
    pub unusable: Vec<UnusableAddress>,
}

/// What was given as an address and is none that can be written to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnusableAddress {
    /// As it was given.
    pub said: String,
    /// The rule that it breaks.
    pub why: AddressFault,
}

impl fmt::Display for UnusableAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" cannot be written to: {}", self.said, self.why)
    }
}

/// It may be nearly an address, and stays out of logs like one.
impl fmt::Debug for UnusableAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "… ({:?})", self.why)
    }
}

/// The longest field that is read, in bytes.
const FIELD: usize = 2048;
/// The longest that is kept of what is no address, in characters.
const SAID: usize = 100;

/// How many of what is no address are named: more would fill a file with one field.
const MOST_UNUSABLE: usize = 10;

const SEPARATORS: [char; 3] = [',', ';', '\n'];

impl Addresses {
    /// Reads a field. A word that stands beside an address without brackets around that is not guessed at:
    /// `jean dupont@exemple.fr` is no address of Dupont's.
    pub fn read(text: &str) -> Self {
        let mut read = Self::default();
        for candidate in candidates(&without_names(&plain(whole(text)))) {
            match EmailAddress::parse(bare(&candidate)) {
                Ok(address) => read.take(address),
                Err(_) if read.unusable.len() == MOST_UNUSABLE => {}
                Err(BadAddress(why)) => read.unusable.push(UnusableAddress {
                    said: candidate.trim().chars().take(SAID).collect(),
                    why,
                }),
            }
        }
        read
    }

    fn take(&mut self, address: EmailAddress) {
        let mailbox = address.mailbox();
        if self.usable.iter().all(|known| known.mailbox() != mailbox) {
            self.usable.push(address);
        }
    }
}

/// What is too long is cut between two addresses, and never within one.
fn whole(text: &str) -> &str {
    if text.len() <= FIELD {
        return text;
    }
    let cut = &text[..text.floor_char_boundary(FIELD)];
    let end = cut.rfind(|c: char| SEPARATORS.contains(&c) || c.is_whitespace());
    &cut[..end.unwrap_or_default()]
}

/// Without what nobody sees, and with plain blanks, line breaks and signs.
fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        c if is_invisible(c) => None,
        '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => None,
        '＠' | '﹫' => Some('@'),
        '，' | '、' => Some(','),
        '；' => Some(';'),
        '＜' => Some('<'),
        '＞' => Some('>'),
        c => Some(c),
    };
    text.chars().filter_map(plain).collect()
}

/// Soft hyphens, zero-width blanks and joiners, marks of direction and of order, variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Without names in quotes and remarks in parentheses. What is in there and is itself an address stays.
fn without_names(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['"', '(']) {
        let (before, opened) = rest.split_at(start);
        kept.push_str(before);
        let (open, close) = if opened.starts_with('(') {
            ('(', ')')
        } else {
            ('"', '"')
        };
        let inside = &opened[1..];
        let Some((inside, after)) = inside.split_once(close) else {
            rest = inside;
            continue;
        };
        rest = after;
        let next = after.trim_start().chars().next();
        match (open, next) {
            // A local part in quotes: SES takes none.
            ('"', Some('@')) => kept.extend(["\"", inside, "\""]),
            ('"', Some('<')) => kept.push(' '),
            ('(', _) if inside.contains('@') => kept.push_str(&in_parentheses(&kept, inside)),
            ('"', _) if inside.contains('@') => kept.push_str(inside),
            _ => kept.push(' '),
        }
    }
    kept + rest
}

/// Addresses in a remark: further ones, where another stands before it; else those that are meant.
fn in_parentheses(before: &str, inside: &str) -> String {
    let piece = before.rsplit(SEPARATORS).next().unwrap_or_default();
    if !piece.contains('@') {
        return format!("<{inside}>");
    }
    let words = inside.split(|c: char| c.is_whitespace() || SEPARATORS.contains(&c));
    let addresses = words.filter(|word| word.contains('@'));
    addresses.fold(String::from(";"), |all, address| all + address + ";")
}

/// What may be an address, each by itself.
fn candidates(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once('<') {
        // What stands right before a bracket is a name, with or without commas in it.
        let others = before
            .rsplit_once(SEPARATORS)
            .map_or("", |(others, _)| others);
        let others = others.split(SEPARATORS).filter(|piece| piece.contains('@'));
        found.extend(others.flat_map(words));
        let end = opened.find('>').or_else(|| opened.find(SEPARATORS));
        let (inside, after) = opened.split_at(end.unwrap_or(opened.len()));
        found.push(inside.to_owned());
        rest = after.strip_prefix('>').unwrap_or(after);
    }
    found.extend(rest.split(SEPARATORS).flat_map(words));
    found
}

/// The addresses of a piece without brackets and separators; or all of it, where it has other words.
fn words(piece: &str) -> Vec<String> {
    let piece = around_the_at(piece);
    let words = || piece.split(' ').filter(|word| !is_between(word));
    if words().all(|word| word.contains('@')) {
        return words().flat_map(joined).collect();
    }
    vec![words().collect::<Vec<_>>().join(" ")]
}

/// `compta @ exemple.fr`
fn around_the_at(piece: &str) -> String {
    match piece.split_once('@') {
        Some((local, domain)) if !domain.contains('@') => {
            format!("{}@{}", local.trim_end(), domain.trim_start())
        }
        _ => piece.to_owned(),
    }
}

/// What stands between two addresses.
fn is_between(word: &str) -> bool {
    let words = ["et", "and", "und", "ou", "or", "mailto:"];
    let is_sign = |c: char| !c.is_alphanumeric() && c != '@';
    word.chars().all(is_sign) || words.contains(&word.to_ascii_lowercase().as_str())
}

/// `a@x.fr/b@x.fr`
fn joined(word: &str) -> Vec<String> {
    let parts: Vec<&str> = word.split(['/', '|', '&']).collect();
    let parts = if parts.iter().all(|part| part.matches('@').count() == 1) {
        parts
    } else {
        vec![word]
    };
    parts.into_iter().map(str::to_owned).collect()
}

/// Without a link's scheme, and without signs that close a sentence or a quotation.
fn bare(candidate: &str) -> &str {
    let around = |c: char| " <>()[]{}\"'`«»“”„‘’".contains(c);
    let mut bare = candidate.trim_matches(around);
    let scheme = bare
        .get(..7)
        .filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    if let Some(scheme) = scheme {
        let address = &bare[scheme.len()..];
        bare = address
            .split_once('?')
            .map_or(address, |(address, _)| address);
    }
    bare.trim_end_matches(|c: char| around(c) || ".:!".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, Vec<String>) {
        let Addresses { usable, unusable } = Addresses::read(text);
        let usable = usable.iter().map(|address| address.as_str().to_owned());
        let unusable = unusable.iter().map(|given| given.said.clone());
        (usable.collect(), unusable.collect())
    }

    #[test]
    fn fault_23_wish_17_several_addresses_in_one_field_are_all_read() {
        for text in [
            "a@x.example, b@x.example",
            "a@x.example;b@x.example",
            "a@x.example ;  b@x.example ;",
            "a@x.example b@x.example",
            "a@x.example\r\nb@x.example\r\n",
            "a@x.example\tb@x.example",
            "a@x.example / b@x.example",
            "a@x.example/b@x.example",
            "a@x.example | b@x.example",
            "a@x.example et b@x.example",
            "a@x.example,, b@x.example,",
            "A <a@x.example>, B <b@x.example>",
            "A <a@x.example>; b@x.example",
            "a@x.example, B <b@x.example>",
            "A <a@x.example> B <b@x.example>",
            "\"a@x.example, b@x.example\"",
            "a@x.example, b@x.example, A@X.example",
        ] {
            let both = ["a@x.example", "b@x.example"].map(str::to_owned).to_vec();
            assert_eq!(read(text), (both, vec![]), "{text:?}");
        }
    }

    #[test]
    fn fault_23_an_address_in_a_remark_comes_after_the_one_that_it_remarks_on() {
        for remark in [
            "jean@perso.example",
            "ancien: jean@perso.example",
            "cc jean@perso.example",
        ] {
            let read = Addresses::read(&format!("compta@client.example ({remark})"));
            let usable: Vec<&str> = read.usable.iter().map(EmailAddress::as_str).collect();
            assert_eq!(
                usable,
                ["compta@client.example", "jean@perso.example"],
                "{remark}"
            );
        }
        let only = Addresses::read("Compta (compta@client.example)");
        assert_eq!(only.usable.len(), 1);
        assert_eq!(only.unusable, []);
    }

    #[test]
    fn of_a_field_of_nonsense_a_few_pieces_are_named() {
        let read = Addresses::read(&format!("{}compta@client.example", "y, ".repeat(500)));
        assert_eq!((read.unusable.len(), read.usable.len()), (MOST_UNUSABLE, 1));
    }

    #[test]
    fn fault_23_what_stands_around_an_address_is_not_a_part_of_it() {
        for text in [
            "a@x.example",
            " a@x.example ",
            "a@x.example.",
            "a@x.example,",
            "Compta <a@x.example>",
            "\"Compta, SARL\" <a@x.example>",
            "Compta, SARL <a@x.example>",
            "Compta <a@x.example",
            "<a@x.example>",
            "Compta SARL (a@x.example)",
            "a@x.example (service compta)",
            "\"a@x.example\" <a@x.example>",
            "\"Compta\" a@x.example",
            "'a@x.example'",
            "« a@x.example »",
            "mailto:a@x.example",
            "MAILTO:a@x.example?subject=Facture",
            "mailto: a@x.example",
            "<mailto:a@x.example>",
            "a @ x.example",
            "a@\u{200b}x.example\u{ad}",
            "\u{feff}a@x.example",
            "\u{a0}a@x.example\u{202f}",
            "\u{202a}a@x.example\u{202c}",
            "a＠x.example",
            "a@X.EXAMPLE\u{0}",
        ] {
            let one = vec!["a@x.example".to_owned()];
            assert_eq!(read(text), (one, vec![]), "{text:?}");
        }
    }

    #[test]
    fn fault_23_what_is_no_address_is_named_as_it_stands_with_the_rule_that_it_breaks() {
        for (text, why) in [
            ("compta@exemple", AddressFault::NoDot),
            ("compta.exemple.fr", AddressFault::NoAt),
            ("compta@", AddressFault::NothingAfter),
            ("@exemple.fr", AddressFault::NothingBefore),
            ("héloïse@exemple.fr", AddressFault::NotAscii),
            ("jean dupont@exemple.fr", AddressFault::SignBefore),
            ("a@b@exemple.fr", AddressFault::SignBefore),
            ("compta..paris@exemple.fr", AddressFault::Dots),
            ("compta@exemple_sarl.fr", AddressFault::SignAfter),
            ("compta@exemple..fr", AddressFault::SignAfter),
        ] {
            let said = text.to_owned();
            assert_eq!(
                Addresses::read(text),
                Addresses {
                    usable: vec![],
                    unusable: vec![UnusableAddress { said, why }],
                },
            );
        }
        let quoted = Addresses::read("\"jean dupont\"@exemple.fr").unusable;
        assert_eq!(quoted[0].why, AddressFault::SignBefore);
    }

    #[test]
    fn fault_23_what_is_wrong_beside_an_address_stops_no_other() {
        let (usable, unusable) = read("compta@exemple; Jean Dupont <jean@exemple.fr>, siège");
        assert_eq!(usable, ["jean@exemple.fr"]);
        assert_eq!(unusable, ["compta@exemple", "siège"]);
    }

    #[test]
    fn a_field_without_anything_in_it_says_nothing() {
        for text in ["", " ", "-", ",;\n", "\u{feff}", "\"\"", "()"] {
            assert_eq!(Addresses::read(text), Addresses::default(), "{text:?}");
        }
    }

    #[test]
    fn a_field_that_is_too_long_is_cut_between_two_addresses() {
        let many: Vec<String> = (0..200).map(|n| format!("a{n}@exemple.example")).collect();
        let (usable, unusable) = read(&many.join(", "));
        assert!(usable.len() > 50 && usable == many[..usable.len()]);
        assert!(unusable.is_empty());
        assert_eq!(read(&"x".repeat(5000)), (vec![], vec![]));
    }

    #[test]
    fn what_is_nearly_an_address_does_not_show_in_debug_output() {
        let given = Addresses::read("compta@exemple");
        assert!(!format!("{given:?}").contains("compta"));
    }
}
