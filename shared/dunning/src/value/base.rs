//! Addresses that are asked, and not shown to anybody.

use std::fmt;

use serde::Deserialize;

/// The longest in bytes: every tool's are far shorter.
const LONGEST: usize = 200;

/// The address behind which a billing tool answers: `https://api.example.com`, with a path where it has one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseAddress(String);

/// Why a text is not an address to ask at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address like \"https://api.example.com\"")]
pub struct BadBase(String);

impl BaseAddress {
    /// Reads `https://host`, `https://host:port` or one with a path; over plain HTTP only this machine itself.
    /// No name and password, no `?` and `#`, and nothing in the path that leads out of it.
    pub fn parse(text: &str) -> Result<Self, BadBase> {
        let trimmed = text.trim_end_matches('/');
        if trimmed.len() <= LONGEST && is_base(trimmed) {
            Ok(Self(trimmed.to_owned()))
        } else {
            Err(BadBase(text.chars().take(LONGEST).collect()))
        }
    }

    /// The address, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port: what stands before the path.
    pub fn origin(&self) -> &str {
        let host = self.0.find("://").map_or(0, |at| at + 3);
        let path = self.0[host..]
            .find('/')
            .map_or(self.0.len(), |at| host + at);
        &self.0[..path]
    }

    /// Whether it is this machine's own.
    pub fn is_of_this_machine(&self) -> bool {
        let origin = self.origin();
        let host = origin.split("://").nth(1).unwrap_or_default();
        is_this_machine(host.split(':').next().unwrap_or_default())
    }
}

fn is_this_machine(name: &str) -> bool {
    matches!(name, "127.0.0.1" | "localhost")
}

fn is_base(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| is_word(c) && c != '_')
        && (name.contains(|c: char| c.is_ascii_alphabetic()) || is_this_machine(name));
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(is_word) && !part.chars().all(|c| c == '.')
    };
    let is_open = scheme == "https" || scheme == "http" && is_this_machine(name);
    is_open
        && is_name
        && port.parse::<u16>().is_ok()
        && (path.is_empty() || path.split('/').all(is_part))
}

impl TryFrom<String> for BaseAddress {
    type Error = BadBase;
    fn try_from(text: String) -> Result<Self, BadBase> {
        Self::parse(&text)
    }
}

impl fmt::Display for BaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_to_ask_at_is_over_https_and_leads_nowhere_else() {
        for good in [
            "https://api.stripe.com",
            "https://acme.chargebee.com/api/v2",
            "https://lago.example.com:8443",
            "http://127.0.0.1:4711",
            "http://localhost:4711/v1",
        ] {
            assert_eq!(BaseAddress::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "api.stripe.com",
            "http://api.stripe.com",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "ftp://api.stripe.com",
            "https://",
            "https:///v1",
            "https://user:pass@api.stripe.com",
            "https://api.stripe.com@evil.example",
            "https://api.stripe.com:",
            "https://api.stripe.com:99999",
            "https://api.stripe.com?x=1",
            "https://api.stripe.com#x",
            "https://api.stripe.com/v1/../v2",
            "https://api.stripe.com//v1",
            "https://api.stripe.com/%2e%2e",
            "https://api.stripe.com\\evil",
            "https://10.0.0.1",
            "https://[::1]",
            "https://api.stripe.com/a b",
            "https://api.stripe.com/\r\nX: y",
            " https://api.stripe.com",
        ] {
            assert!(BaseAddress::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn its_origin_is_what_stands_before_the_path() {
        let base = |text: &str| BaseAddress::parse(text).unwrap();
        assert_eq!(
            base("https://a.example:81/v1/").as_str(),
            "https://a.example:81/v1"
        );
        assert_eq!(
            base("https://a.example:81/v1").origin(),
            "https://a.example:81"
        );
        assert_eq!(base("https://a.example").origin(), "https://a.example");
        assert!(base("http://localhost:1").is_of_this_machine());
        assert!(!base("https://localhost.example").is_of_this_machine());
    }
}
