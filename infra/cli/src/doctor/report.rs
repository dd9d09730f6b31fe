//! What was found: ticks, crosses with what mends them, what is not known, and what is to be known.

use serde::Serialize;

use crate::aws::AwsError;

/// How it stands with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// It holds.
    Ok,
    /// It does not.
    Wrong,
    /// It is needed, and could not be looked at.
    Unknown,
    /// It is nothing that holds or does not.
    Note,
}

#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// What was looked at: a word that stays the same for whoever reads the JSON.
    check: &'static str,
    state: State,
    /// In words.
    says: String,
    /// The command that mends it, or what to do where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

/// All findings, said as they come or together at the end.
pub(super) struct Report {
    findings: Vec<Finding>,
    is_json: bool,
}

/// As a program reads it.
#[derive(Serialize)]
struct Whole<'a> {
    stack: &'a str,
    healthy: bool,
    findings: &'a [Finding],
}

impl Report {
    pub(super) fn new(is_json: bool) -> Self {
        Self {
            findings: Vec::new(),
            is_json,
        }
    }

    pub(super) fn ok(&mut self, check: &'static str, says: impl Into<String>) {
        self.add(check, State::Ok, says.into(), None);
    }

    pub(super) fn note(&mut self, check: &'static str, says: impl Into<String>) {
        self.add(check, State::Note, says.into(), None);
    }

    pub(super) fn wrong(
        &mut self,
        check: &'static str,
        says: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.add(check, State::Wrong, says.into(), Some(mend.into()));
    }

    pub(super) fn unknown(&mut self, check: &'static str, why: impl Into<String>) {
        self.add(check, State::Unknown, why.into(), None);
    }

    /// What AWS did not let be seen.
    pub(super) fn unseen(&mut self, check: &'static str, why: &AwsError) {
        let mend = match why {
            AwsError::Denied { action, .. } => Some(format!("allow {action} to whoever runs it")),
            _ => None,
        };
        self.add(check, State::Unknown, why.to_string(), mend);
    }

    fn add(&mut self, check: &'static str, state: State, says: String, mend: Option<String>) {
        let finding = Finding {
            check,
            state,
            says,
            mend,
        };
        if !self.is_json {
            print!("{}", finding.lines());
        }
        self.findings.push(finding);
    }

    /// How many of the things that are needed do not hold, or are not known.
    pub(super) fn wanting(&self) -> usize {
        let wants = |finding: &&Finding| matches!(finding.state, State::Wrong | State::Unknown);
        self.findings.iter().filter(wants).count()
    }

    #[cfg(test)]
    pub(super) fn said(&self) -> Vec<&str> {
        let findings = self.findings.iter();
        findings.map(|finding| finding.says.as_str()).collect()
    }

    pub(super) fn end(&self, stack: &str) {
        let healthy = self.wanting() == 0;
        if self.is_json {
            let whole = Whole {
                stack,
                healthy,
                findings: &self.findings,
            };
            println!("{:#}", serde_json::json!(whole));
        } else if healthy {
            println!("\nAll that {stack} needs is there");
        }
    }
}

impl Finding {
    fn lines(&self) -> String {
        let mark = match self.state {
            State::Ok => "✓",
            State::Wrong => "✗",
            State::Unknown => "?",
            State::Note => "-",
        };
        let not_known = match self.state {
            State::Unknown => "not known: ",
            _ => "",
        };
        let mut lines = format!("{mark} {:<12} {not_known}{}\n", self.check, self.says);
        if let Some(mend) = &self.mend {
            lines.push_str("               ");
            lines.push_str(mend);
            lines.push('\n');
        }
        lines
    }
}
