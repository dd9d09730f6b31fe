//! The words of the mails: files that the user of Relance edits, read when they are first needed.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use dunning::value::Language;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value, context};

use crate::error::TemplateError;
use crate::letter::{Letter, Rendered, TeamLetter};
use crate::{context, markup};

/// The template of the mails to the team.
pub(crate) const TEAM: &str = "team";

/// A mail's file is read twice: under its own name, with every value escaped for MJML, and under
/// this prefix, as plain text.
const AS_TEXT: &str = "text:";

/// All templates of a policy. To make one reads the names of its folders, nothing else; a file is
/// read and compiled when the first mail needs it, and kept.
#[derive(Debug)]
pub struct Templates {
    pub(crate) folder: PathBuf,
    languages: Vec<Language>,
    pub(crate) environment: Environment<'static>,
}

impl Templates {
    /// The templates of a folder (`templates` of the policy), which has one folder a language.
    pub fn load(folder: &Path) -> Result<Self, TemplateError> {
        let languages = languages_of(folder).map_err(|source| TemplateError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            languages,
            environment: environment(folder.to_owned()),
        })
    }

    /// The languages that there are templates for, by their codes' order.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// Writes a mail to a debtor.
    pub fn render(&self, letter: &Letter) -> Result<Rendered, TemplateError> {
        let said = context::of_letter(letter)?;
        self.write("letter", letter.language, letter.template, &said)
    }

    /// Writes a mail to the team, in the company's language.
    pub fn render_team(&self, letter: &TeamLetter) -> Result<Rendered, TemplateError> {
        let said = context::of_team(letter)?;
        self.write("digest", &letter.company.language, TEAM, &said)
    }

    /// Subject and text of a mail to a debtor.
    pub(crate) fn text_of(&self, letter: &Letter) -> Result<(String, String), TemplateError> {
        let said = context::of_letter(letter)?;
        let name = format!("{}/{}", letter.language, letter.template);
        self.plain("letter", &name, &said)
            .map_err(|error| TemplateError::Template {
                template: name,
                reason: with_causes(&error),
            })
    }

    /// Fills in a template, once as text and once as MJML; the layouts of a kind do the rest.
    fn write(
        &self,
        kind: &str,
        language: &Language,
        template: &str,
        said: &Value,
    ) -> Result<Rendered, TemplateError> {
        if !self.languages.contains(language) {
            return Err(TemplateError::Language(language.to_string()));
        }
        let name = format!("{language}/{template}");
        let failed = |error: minijinja::Error| TemplateError::Template {
            template: name.clone(),
            reason: with_causes(&error),
        };
        let (subject, text) = self.plain(kind, &name, said).map_err(failed)?;
        if subject.is_empty() {
            return Err(TemplateError::NoSubject(name));
        }
        let mjml = self.mjml(kind, &name, &subject, said).map_err(failed)?;
        let html = markup::to_html(&mjml).map_err(|reason| TemplateError::Mjml {
            template: name,
            reason,
        })?;
        Ok(Rendered {
            subject,
            html,
            text,
        })
    }

    /// Subject and text part.
    fn plain(
        &self,
        kind: &str,
        name: &str,
        said: &Value,
    ) -> Result<(String, String), minijinja::Error> {
        let template = self
            .environment
            .get_template(&format!("{AS_TEXT}{name}.j2"))?;
        let layout = format!("{kind}.txt.j2");
        let mut rendered = template.render_captured(context! { layout, ..said.clone() })?;
        let subject = rendered.with_state_mut(|state| state.render_block("subject"))?;
        Ok((markup::one_line(&subject), markup::tidy(rendered.output())))
    }

    fn mjml(
        &self,
        kind: &str,
        name: &str,
        subject: &str,
        said: &Value,
    ) -> Result<String, minijinja::Error> {
        let template = self.environment.get_template(&format!("{name}.j2"))?;
        let layout = format!("{kind}.mjml.j2");
        template.render(context! { layout, subject, ..said.clone() })
    }
}

/// Folders with the two letters of a language for a name; there may be others.
fn languages_of(folder: &Path) -> io::Result<Vec<Language>> {
    let mut languages = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let language = name.to_str().filter(|name| name.len() == 2);
        languages.extend(language.and_then(|name| Language::parse(name).ok()));
    }
    languages.sort();
    Ok(languages)
}

fn environment(folder: PathBuf) -> Environment<'static> {
    let mut environment = Environment::new();
    let blocks_on_their_own_lines = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
        .expect("these delimiters are the default ones");
    environment.set_syntax(blocks_on_their_own_lines);
    // A name that is not there is an error in `check`, not a gap in a mail.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| {
        if name.starts_with(AS_TEXT) {
            AutoEscape::None
        } else {
            AutoEscape::Html
        }
    });
    environment.set_formatter(markup::write_value);
    environment.add_filter("prose", markup::prose);
    environment.set_loader(move |name| read(&folder, name));
    environment
}

/// Reads `language/mail.j2` or `layout.mjml.j2`, never a file outside the folder.
fn read(folder: &Path, name: &str) -> Result<Option<String>, minijinja::Error> {
    let name = name.strip_prefix(AS_TEXT).unwrap_or(name);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let stays_inside =
        |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(plain);
    if !name.split('/').all(stays_inside) {
        return Ok(None);
    }
    match fs::read_to_string(folder.join(name)) {
        Ok(source) => Ok(Some(source)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let what = format!("{name} cannot be read");
            Err(minijinja::Error::new(ErrorKind::InvalidOperation, what).with_source(error))
        }
    }
}

/// An error in an included file is the source of another: the reason is at the end of the chain.
fn with_causes(error: &minijinja::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    // Which of its two readings failed says nothing to whoever wrote it.
    text.replace(AS_TEXT, "")
}
