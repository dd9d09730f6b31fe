//! Links.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest link in bytes; what is longer is no link that a mail program follows.
const LONGEST: usize = 2048;

/// A link to an invoice, over HTTPS, that may stand in an `href` as it is. A secret: whoever has it
/// sees the invoice, so no log shows it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Link(String);

/// Why a text is not a link that may stand in a mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a link to a page over HTTPS")]
pub struct BadLink;

impl Link {
    /// Parses `https://host…`: no blank, no control character, nothing that ends an attribute of HTML or
    /// turns the direction of writing around.
    pub fn parse(text: &str) -> Result<Self, BadLink> {
        let rest = text.strip_prefix("https://").ok_or(BadLink)?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // Nobody's page is at a bare number, nor behind a name and a password.
        let is_a_name = host.starts_with(char::is_alphanumeric)
            && !host.contains('@')
            && host
                .split(':')
                .next()
                .is_some_and(|host| host.contains(char::is_alphabetic));
        if is_a_name && text.len() <= LONGEST && text.chars().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadLink)
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_plain(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let quotes = matches!(c, '"' | '<' | '>' | '`' | '\\');
    !(c.is_whitespace() || c.is_control() || turns || quotes)
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_the_web_over_https_are_links() {
        for good in [
            "https://pay.example.com/i/1?a=b&c=%20#top",
            "https://exämple.com/",
        ] {
            assert_eq!(Link::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "http://example.com",
            "javascript:alert(1)",
            "javascript://example.com/%0aalert(1)",
            "data:text/html,x",
            "//example.com",
            "https://",
            "https://[2001:db8::1]/",
            "https://127.0.0.1/x",
            "https://127.0.0.1:8443/x",
            "https://pay.example.com:secret@evil.example/",
            "https:///etc",
            "https://example.com/\" onclick=\"x",
            "https://example.com/a b",
            "https://example.com/\r\nX: y",
            "https://example.com/\u{7}",
            "https://example.com/<b>",
            "https://example.com/`",
            "https://example.com\\@evil.example",
            "https://example.com/\u{202e}",
            " https://example.com",
            "",
        ] {
            assert_eq!(Link::parse(bad), Err(BadLink), "{bad:?}");
        }
    }

    #[test]
    fn a_link_is_as_long_as_a_mail_program_follows_and_no_longer() {
        let of = |length: usize| format!("https://e.example/{}", "x".repeat(length - 18));
        assert!(Link::parse(&of(LONGEST)).is_ok());
        assert!(Link::parse(&of(LONGEST + 1)).is_err());
    }

    #[test]
    fn a_link_does_not_show_in_debug_output() {
        let link = Link::parse("https://pay.example.com/secret").unwrap();
        assert_eq!(format!("{link:?}"), "Link(…)");
    }
}
