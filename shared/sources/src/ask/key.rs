//! The key by which a tool is asked.

use std::fmt;

use dunning::value::Mode;

use super::manifest::{AskManifest, Proof};

/// The fewest characters of a key: those that tools make have more.
const SHORTEST: usize = 8;
/// The most: those that tools make have far fewer.
const LONGEST: usize = 4096;

/// One tool's key, as the user put it; or a token that was bought with one.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Nothing, or next to nothing.
    #[error("a key has at least {SHORTEST} characters")]
    TooShort,
    /// More than any.
    #[error("a key has at most {LONGEST} characters")]
    TooLong,
    /// What cannot stand in a header.
    #[error("a key is one word of letters, digits and signs, without blanks and line breaks")]
    Odd,
}

impl Key {
    /// Reads a key. Blanks around it come from copying.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let text = text.trim();
        if text.len() < SHORTEST {
            Err(BadKey::TooShort)
        } else if text.len() > LONGEST {
            Err(BadKey::TooLong)
        } else if text.chars().all(|c| c.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadKey::Odd)
        }
    }

    /// The key itself. A secret: for where keys are kept, and for the request.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The parts of one that buys tokens.
    pub(super) fn parts(&self, parts: usize) -> Option<Vec<&str>> {
        let parts_of_it: Vec<&str> = self.0.splitn(parts, ':').collect();
        let is_whole = parts_of_it.len() == parts && parts_of_it.iter().all(|it| !it.is_empty());
        is_whole.then_some(parts_of_it)
    }
}

/// Keys stay out of logs.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// A key that is not to be used. Says which one to make.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// It may do more than to read, or less.
    #[error("this is {what}: make {make}")]
    Refused {
        /// What it is.
        what: String,
        /// Which one to make.
        make: String,
    },
    /// It is for the other mode.
    #[error("this key is not for {} mode: make {make}", mode.as_str())]
    OtherMode {
        /// The mode of the source.
        mode: Mode,
        /// Which one to make.
        make: String,
    },
    /// It is none of the tool's.
    #[error("this is no key of the tool: make {make}")]
    NotOfTheTool {
        /// Which one to make.
        make: String,
    },
}

/// Whether a key is one that may be used, as far as that can be told from it.
pub(super) fn check(ask: &AskManifest, key: &Key, mode: Mode) -> Result<(), KeyFault> {
    let make = ask.key.make.clone();
    let text = key.reveal();
    let begins = |prefixes: &[String]| prefixes.iter().any(|it| text.starts_with(it.as_str()));
    let mut refused = ask.key.refused.iter();
    if let Some((_, what)) = refused.find(|(prefix, _)| text.starts_with(prefix.as_str())) {
        let what = what.clone();
        return Err(KeyFault::Refused { what, make });
    }
    let other = match mode {
        Mode::Live => Mode::Test,
        Mode::Test => Mode::Live,
    };
    let own = ask.key.prefixes(mode);
    if begins(own) {
        return Ok(());
    }
    if begins(ask.key.prefixes(other)) {
        return Err(KeyFault::OtherMode { mode, make });
    }
    let has_its_parts = match &ask.proof {
        Proof::Oauth(oauth) => key.parts(oauth.grant.parts()).is_some(),
        _ => true,
    };
    if own.is_empty() && has_its_parts {
        Ok(())
    } else {
        Err(KeyFault::NotOfTheTool { make })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_word_that_shows_nowhere() {
        let key = Key::parse(" rk_test_123456\r\n").unwrap();
        assert_eq!(key.reveal(), "rk_test_123456");
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert_eq!(Key::parse(" \n"), Err(BadKey::TooShort));
        assert_eq!(Key::parse("short"), Err(BadKey::TooShort));
        for odd in ["rk_test\r\nX: y", "rk_test 1", "rk_test_é", "rk_test\u{0}"] {
            assert_eq!(Key::parse(odd), Err(BadKey::Odd), "{odd:?}");
        }
        assert_eq!(Key::parse(&"x".repeat(4097)), Err(BadKey::TooLong));
    }
}
