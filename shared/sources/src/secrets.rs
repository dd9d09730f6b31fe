//! The secrets that a tool signs with.

use std::fmt;

/// The secrets of one source: one, or two while the tool's secret is rolled. Never empty.
#[derive(Clone)]
pub struct Secrets(Vec<String>);

/// A text without any secret in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no secret: one is expected on each line")]
pub struct NoSecret;

impl Secrets {
    /// Reads one secret from each line. Blank lines and blanks around a secret are dropped: they come
    /// from copying, and no tool's secret has any.
    pub fn parse(text: &str) -> Result<Self, NoSecret> {
        let secrets: Vec<String> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect();
        // An empty list would refuse everything and look like forged webhooks; an empty secret
        // would accept what anybody signs.
        if secrets.is_empty() {
            Err(NoSecret)
        } else {
            Ok(Self(secrets))
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// All lines as one, for a key that was pasted with its line breaks.
    pub(crate) fn joined(&self) -> String {
        self.0.concat()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Secrets stay out of logs: only their number shows.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} of them)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_secret_without_the_blanks_of_copying() {
        let secrets = Secrets::parse("  whsec_new \r\n\n\twhsec_old\n").unwrap();
        let all: Vec<&str> = secrets.iter().collect();
        assert_eq!(all, ["whsec_new", "whsec_old"]);
    }

    #[test]
    fn no_secret_is_an_error_and_not_an_empty_key() {
        assert_eq!(Secrets::parse(" \n\t\n").unwrap_err(), NoSecret);
        assert_eq!(Secrets::parse("").unwrap_err(), NoSecret);
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let secrets = Secrets::parse("whsec_a\nwhsec_b").unwrap();
        assert_eq!(format!("{secrets:?}"), "Secrets(2 of them)");
    }
}
