//! The secrets that a tool signs with.

use std::fmt;

/// The secrets of one source: one, or two while the tool's secret is rolled. Never empty.
#[derive(Clone)]
pub struct Secrets(Vec<String>);

/// A text without any secret in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no secret: one is expected on each line")]
pub struct NoSecret;

/// A secret that can be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret has fewer than {SHORTEST} characters, or only one of them: it can be guessed")]
pub struct WeakSecret;

/// The fewest characters of a secret: those that tools make up have more.
const SHORTEST: usize = 16;

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

    /// Whether nobody can guess them.
    pub fn check(&self) -> Result<(), WeakSecret> {
        let is_weak = |secret: &String| {
            let first = secret.chars().next();
            secret.len() < SHORTEST || secret.chars().all(|c| Some(c) == first)
        };
        if self.0.iter().any(is_weak) {
            Err(WeakSecret)
        } else {
            Ok(())
        }
    }

    /// Whether a line stands in both: what one of the two tools sends, the other could have sent.
    pub fn are_shared_with(&self, other: &Self) -> bool {
        self.0.iter().any(|secret| other.0.contains(secret))
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
    fn fault_39_a_secret_that_can_be_guessed_is_weak_and_one_of_two_sources_is_shared() {
        let secrets = |text: &str| Secrets::parse(text).unwrap();
        for weak in [
            "x",
            "opensesame",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "whsec_long_enough_for_it\nx",
        ] {
            assert_eq!(secrets(weak).check(), Err(WeakSecret), "{weak}");
        }
        let (one, other) = (
            secrets("whsec_one_of_the_tests"),
            secrets("whsec_another_of_the_tests"),
        );
        assert_eq!(one.check(), Ok(()));
        assert!(!one.are_shared_with(&other));
        assert!(other.are_shared_with(&secrets(
            "whsec_new_of_the_tests\nwhsec_another_of_the_tests"
        )));
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let secrets = Secrets::parse("whsec_a\nwhsec_b").unwrap();
        assert_eq!(format!("{secrets:?}"), "Secrets(2 of them)");
    }
}
