//! What `relance check` looked at, and what it found, for a person or for a program.

use std::path::Path;

use dunning::policy::Fault;
use mail::TemplateError;
use serde::Serialize;

/// Something that is wrong, or most likely not meant.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// What was looked at.
    what: String,
    /// The file that it is in, where it is one; a built-in template by its name.
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    message: String,
}

impl Finding {
    /// In `relance.toml`.
    pub(super) fn of_policy(folder: &Path, fault: Fault) -> Self {
        let file = folder.join("relance.toml");
        Self {
            file: Some(file.display().to_string()),
            line: Some(fault.line),
            column: Some(fault.column),
            ..Self::without_place(fault.what)
        }
    }

    /// In a template, or in none.
    pub(super) fn of_template(folder: &Path, error: &TemplateError) -> Self {
        let Some(place) = error.place() else {
            return Self::without_place(error.what());
        };
        let own = folder.join("templates").join(&place.file);
        let file = if own.exists() {
            own.display().to_string()
        } else {
            place.file
        };
        Self {
            file: Some(file),
            line: place.line,
            column: place.column,
            ..Self::without_place(error.what())
        }
    }

    /// In a template of the policy's own, as a whole.
    pub(super) fn of_own(folder: &Path, file: &str, what: &str) -> Self {
        let own = folder.join("templates").join(file);
        Self {
            file: Some(own.display().to_string()),
            ..Self::without_place(what.to_owned())
        }
    }

    pub(super) fn without_place(message: String) -> Self {
        Self {
            what: String::new(),
            file: None,
            line: None,
            column: None,
            message,
        }
    }

    /// `relance.toml:12:8`, as editors and terminals find a place; what was looked at, where there is none.
    fn place(&self) -> String {
        let numbers = [self.line, self.column];
        let numbers = numbers.iter().map_while(|number| *number);
        let place = self.file.as_ref().unwrap_or(&self.what).clone();
        numbers.fold(place, |place, number| format!("{place}:{number}"))
    }
}

/// All that was found. A person reads it as it comes, a program whole at the end.
#[derive(Serialize)]
pub(super) struct Report {
    #[serde(skip)]
    is_json: bool,
    looked_at: Vec<String>,
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<String>,
}

impl Report {
    pub(super) fn new(is_json: bool) -> Self {
        Self {
            is_json,
            looked_at: Vec::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
            notes: Vec::new(),
            changes: None,
        }
    }

    /// What was looked at: that it is ready, or all that is wrong with it.
    pub(super) fn look(&mut self, what: &str, mut errors: Vec<Finding>) {
        self.looked_at.push(what.to_owned());
        if errors.is_empty() {
            self.say(&format!("{what}: ready to deploy"));
        }
        for error in &mut errors {
            what.clone_into(&mut error.what);
            self.say(&format!("{}: {}", error.place(), error.message));
        }
        self.errors.extend(errors);
    }

    /// What is most likely not meant, and stops nothing.
    pub(super) fn warn(&mut self, what: &str, mut warning: Finding) {
        what.clone_into(&mut warning.what);
        let place = warning.place();
        self.say(&format!("{place}: warning: {}", warning.message));
        self.warnings.push(warning);
    }

    /// What is to be known.
    pub(super) fn note(&mut self, note: String) {
        self.say(&note);
        self.notes.push(note);
    }

    /// What another policy changes.
    pub(super) fn changes(&mut self, changes: String) {
        if !self.is_json {
            print!("{changes}");
        }
        self.changes = Some(changes);
    }

    /// What could not be looked at. A person reads it as that of any command.
    pub(super) fn stop(mut self, why: &dyn std::error::Error) {
        if self.is_json {
            let what = "check".to_owned();
            self.errors.push(Finding {
                what,
                ..Finding::without_place(why.to_string())
            });
            self.end();
        }
    }

    /// Each error, as a person reads it.
    #[cfg(test)]
    pub(super) fn errors_told(&self) -> Vec<String> {
        let errors = self.errors.iter();
        errors
            .map(|error| format!("{}: {}", error.place(), error.message))
            .collect()
    }

    /// How many things are wrong; for a program, all is said now.
    pub(super) fn end(&self) -> usize {
        if self.is_json {
            println!("{:#}", serde_json::json!(self));
        }
        self.errors.len()
    }

    fn say(&self, line: &str) {
        if !self.is_json {
            println!("{line}");
        }
    }
}
