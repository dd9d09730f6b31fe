//! What is wrong with a template.

use std::io;
use std::path::PathBuf;

use dunning::value::StepId;

/// Why there is no mail.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The folder of templates cannot be read.
    #[error("the templates in {path} cannot be read")]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// There is no folder for the language.
    #[error("there are no templates for the language `{0}`")]
    Language(String),
    /// A folder among the templates that is read by nobody.
    #[error(
        "{0}: no language is called so. A folder of templates has the two letters of its language for a name, as fr"
    )]
    NotALanguage(String),
    /// A file among the templates that nobody asks for.
    #[error(
        "{file}: nobody uses it: it has the name of no built-in template and of no step's mail, and no other file asks for it{}",
        meant.as_ref().map(|name| format!(". Did you mean {name}?")).unwrap_or_default()
    )]
    Unused {
        /// Which file.
        file: String,
        /// A name that is nearly the same.
        meant: Option<String>,
    },
    /// A template is missing, not understood, or uses a name that is not there.
    #[error("template `{template}`: {reason}")]
    Template {
        /// Which one, as `fr/reminder`.
        template: String,
        /// File, line and reason.
        reason: String,
    },
    /// What a template made is not MJML.
    #[error("template `{template}` does not make good MJML: {reason}")]
    Mjml {
        /// Which one.
        template: String,
        /// What is wrong, and near what.
        reason: String,
    },
    /// A template uses a name that is never there.
    #[error("{place}: there is no {name}")]
    Name {
        /// Where in the folder, as `fr/last.j2:12`.
        place: String,
        /// Which name, and of what kind.
        name: String,
    },
    /// Two steps that cannot be told apart.
    #[error(
        "steps `{0}` and `{1}` have one subject and one text: whoever gets the second takes it for the first. Give one of them a template of its own"
    )]
    SameWords(StepId, StepId),
    /// A template without words for the subject.
    #[error("template `{0}` has no subject")]
    NoSubject(String),
    /// A letter without invoices, or one to the team without notices.
    #[error("there is nothing to write about")]
    NothingToSay,
    /// A total that no computer of ours can hold.
    #[error("the invoices add up to more than can be counted")]
    TooMuchMoney,
}

impl TemplateError {
    pub(crate) fn name(place: String, name: String) -> Self {
        Self::Name { place, name }
    }

    /// Where the name is used that is never there.
    pub(crate) fn place(&self) -> Option<&str> {
        match self {
            Self::Name { place, .. } => Some(place),
            _ => None,
        }
    }
}
