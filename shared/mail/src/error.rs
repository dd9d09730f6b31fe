//! What is wrong with a template.

use std::path::PathBuf;
use std::{fmt, io};

use dunning::value::StepId;

use crate::place::Place;

/// Why there is no mail.
#[derive(Debug)]
pub enum TemplateError {
    /// The folder of templates cannot be read.
    Folder {
        /// Which folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no folder for the language.
    Language(String),
    /// A folder among the templates that is read by nobody.
    NotALanguage(String),
    /// A file among the templates that nobody asks for.
    Unused {
        /// Which file.
        file: String,
        /// A name that is nearly the same.
        meant: Option<String>,
    },
    /// A template is missing, not understood, or uses a name that is not there.
    Template {
        /// Which one, as `fr/reminder`.
        template: String,
        /// Why.
        reason: String,
        /// Where.
        place: Option<Place>,
    },
    /// What a template made is not MJML.
    Mjml {
        /// Which one.
        template: String,
        /// What is wrong, and near what.
        reason: String,
        /// Where it is written, as far as that is known.
        place: Option<Place>,
    },
    /// A template uses a name that is never there.
    Name {
        /// Where.
        place: Place,
        /// Which name, and of what kind.
        name: String,
    },
    /// Two steps that cannot be told apart.
    SameWords(StepId, StepId),
    /// A template without words for the subject.
    NoSubject(String),
    /// A letter without invoices, or one to the team without notices.
    NothingToSay,
    /// A total that no computer of ours can hold.
    TooMuchMoney,
}

impl TemplateError {
    pub(crate) fn name(place: Place, name: String) -> Self {
        Self::Name { place, name }
    }

    /// Where it is wrong, in a file of the templates.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Template { place, .. } | Self::Mjml { place, .. } => place.clone(),
            Self::Name { place, .. } => Some(place.clone()),
            Self::NotALanguage(file) | Self::Unused { file, .. } => Some(Place::file(file)),
            Self::NoSubject(template) => Some(Place::file(format!("{template}.j2"))),
            Self::Folder { .. }
            | Self::Language(_)
            | Self::SameWords(..)
            | Self::NothingToSay
            | Self::TooMuchMoney => None,
        }
    }

    /// What is wrong, without its place.
    pub fn what(&self) -> String {
        match self {
            Self::Folder { path, .. } => {
                format!("the templates in {} cannot be read", path.display())
            }
            Self::Language(language) => {
                format!("there are no templates for the language `{language}`")
            }
            Self::NotALanguage(_) => {
                "no language is called so. A folder of templates has the two letters of its language for a name, as fr".to_owned()
            }
            Self::Unused { meant, .. } => {
                let what = "nobody uses it: it has the name of no built-in template and of no step's mail, and no other file asks for it";
                let meant = meant.as_ref().map(|name| format!(". Did you mean {name}?"));
                format!("{what}{}", meant.unwrap_or_default())
            }
            Self::Template {
                template, reason, ..
            } => format!("template `{template}`: {reason}"),
            Self::Mjml {
                template, reason, ..
            } => format!("template `{template}` does not make good MJML: {reason}"),
            Self::Name { name, .. } => format!("there is no {name}"),
            Self::SameWords(one, other) => format!(
                "steps `{one}` and `{other}` have one subject and one text: whoever gets the second takes it for the first. Give one of them a template of its own"
            ),
            Self::NoSubject(template) => format!("template `{template}` has no subject"),
            Self::NothingToSay => "there is nothing to write about".to_owned(),
            Self::TooMuchMoney => "the invoices add up to more than can be counted".to_owned(),
        }
    }

    /// Whether another one is about the same line.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        let places = self.place().zip(other.place());
        places.is_some_and(|(one, other)| one.is_beside(&other))
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place() {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.what())
    }
}

impl std::error::Error for TemplateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Folder { source, .. } => Some(source),
            _ => None,
        }
    }
}
