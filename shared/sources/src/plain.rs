//! Words as they are compared: without case, accents and signs.

/// The letters and digits of a character: its own without an accent, or none.
fn letters(c: char) -> &'static str {
    const PLAIN: [(&str, &str); 26] = [
        ("àáâãäåāăąǎ", "a"),
        ("æ", "ae"),
        ("çćĉċč", "c"),
        ("ďđð", "d"),
        ("èéêëēĕėęě", "e"),
        ("ĝğġģ", "g"),
        ("ĥħ", "h"),
        ("ìíîïĩīĭįı", "i"),
        ("ĵ", "j"),
        ("ķ", "k"),
        ("ĺļľŀł", "l"),
        ("ñńņňŉ", "n"),
        ("òóôõöøōŏőǒ", "o"),
        ("œ", "oe"),
        ("ŕŗř", "r"),
        ("śŝşšș", "s"),
        ("ß", "ss"),
        ("ţťŧț", "t"),
        ("ùúûüũūŭůűų", "u"),
        ("ŵ", "w"),
        ("ýÿŷ", "y"),
        ("źżž", "z"),
        ("ﬁ", "fi"),
        ("ﬂ", "fl"),
        ("þ", "th"),
        ("ĳ", "ij"),
    ];
    let plain = PLAIN.iter().find(|(accented, _)| accented.contains(c));
    plain.map_or("", |(_, plain)| plain)
}

/// A text in ASCII letters and digits; all else is a blank, but for the marks that stand above or beside a
/// letter, which are nothing.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => plain.push(c),
            // Apostrophes, and accents that are characters of their own.
            '\'' | '`' | '´' | '‘' | '’' | 'ʻ' | 'ʼ' | '\u{300}'..='\u{36f}' => {}
            other => match letters(other) {
                "" => plain.push(' '),
                letters => plain.push_str(letters),
            },
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_signs_make_no_difference() {
        assert_eq!(plain("Türkiye"), "turkiye");
        assert_eq!(plain("TU\u{308}RKI\u{307}YE"), "turkiye");
        assert_eq!(plain("TÜRKİYE"), "turkiye");
        assert_eq!(plain("Côte d’Ivoire"), "cote divoire");
        assert_eq!(plain("N° 12-b"), "n  12 b");
    }
}
