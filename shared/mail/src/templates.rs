//! The words of the mails: those that come with Relance, and those that a policy has in their place, read when they are
//! first needed.

use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};

use dunning::policy::Policy;
use dunning::value::Language;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value, context};

use crate::built_in::{built_in_template, built_in_templates};
use crate::error::TemplateError;
use crate::letter::{Letter, Rendered, TeamLetter};
use crate::place::{AS_TEXT, Place, innermost};
use crate::{context, folder, markup};

/// The template of the mails to the team.
pub(crate) const TEAM: &str = "team";

/// The words of a language that all its mails have.
pub(crate) const WORDS: &str = "words";

/// All templates of a policy. To make one reads the names of its folders, nothing else; a file is
/// read and compiled when the first mail needs it, and kept.
#[derive(Debug)]
pub struct Templates {
    pub(crate) folder: PathBuf,
    languages: Vec<Language>,
    pub(crate) environment: Environment<'static>,
}

impl Templates {
    /// The built-in templates, and in their place those of a folder (`templates` of the policy), as far as it is there
    /// and has them. It has one folder a language.
    pub fn load(folder: &Path) -> Result<Self, TemplateError> {
        let own = folder::languages_of(folder).map_err(|source| TemplateError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let built_in = built_in_templates().filter_map(|(name, _)| name.split_once('/'));
        let built_in = built_in.filter_map(|(language, _)| Language::parse(language).ok());
        let mut languages: Vec<Language> = built_in.chain(own).collect();
        languages.sort();
        languages.dedup();
        Ok(Self {
            folder: folder.to_owned(),
            languages,
            environment: environment(folder.to_owned()),
        })
    }

    /// Writes in a policy's languages alone: those that it names, or else those in which there are words for all of its
    /// mails. A debtor is not written to now in one language and now in another.
    #[must_use]
    pub fn in_languages_of(mut self, policy: &Policy) -> Self {
        let company = &policy.company;
        let written = |language: &Language| match &company.languages {
            Some(wanted) => wanted.contains(language),
            None => *language == company.language || self.lacks(language, policy).is_none(),
        };
        let languages = self.languages.iter();
        self.languages = languages.filter(|it| written(it)).cloned().collect();
        self
    }

    /// The languages in which nobody is written to since a mail of the policy has no words there: each with its file.
    pub fn left_out(&self, policy: &Policy) -> Vec<(Language, String)> {
        if policy.company.languages.is_some() {
            return Vec::new();
        }
        let others = self.languages.iter();
        let others = others.filter(|language| **language != policy.company.language);
        others
            .filter_map(|language| Some((language.clone(), self.lacks(language, policy)?)))
            .collect()
    }

    /// The first file that a policy's mails need in a language, and that is not there.
    fn lacks(&self, language: &Language, policy: &Policy) -> Option<String> {
        let mails = policy.mails().map(|(_, mail)| mail.template.as_str());
        let mut files = mails
            .chain([WORDS])
            .map(|name| format!("{language}/{name}.j2"));
        files.find(|file| built_in_template(file).is_none() && !self.folder.join(file).is_file())
    }

    /// The languages that are written in, by their codes' order.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// Reads and compiles what the mails of a policy's steps are made of, in the languages that it names, the company's
    /// first of all, and nothing else: most debtors read those, and each language takes its time. What is wrong with one
    /// is said when it is needed.
    pub fn read_ahead(&self, policy: &Policy) {
        let company = &policy.company;
        let named = company.languages.as_deref().unwrap_or_default().iter();
        let mut languages: Vec<&Language> = [&company.language].into_iter().chain(named).collect();
        languages.sort();
        languages.dedup();
        let mails = languages.iter().flat_map(|language| {
            let steps = policy.mails().map(|(_, mail)| mail.template.as_str());
            let mail = move |name: &str| format!("{language}/{name}.j2");
            steps.map(mail).collect::<Vec<_>>()
        });
        let words = languages.iter();
        let words = words.map(|language| format!("{language}/{WORDS}.j2"));
        let parts = [
            "letter.mjml.j2",
            "letter.txt.j2",
            "frame.mjml.j2",
            "countries.j2",
        ];
        let twice = mails.flat_map(|mail| [format!("{AS_TEXT}{mail}"), mail]);
        for name in twice.chain(words).chain(parts.map(str::to_owned)) {
            let _ = self.environment.get_template(&name);
        }
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

    /// What an inbox shows of a mail after its subject.
    pub fn preheader(&self, letter: &Letter) -> Result<String, TemplateError> {
        let said = context::of_letter(letter)?;
        let name = format!("{}/{}", letter.language, letter.template);
        let shown = self.block_of("preheader", "letter", &name, &said);
        let (shown, _) = shown.map_err(|error| self.failed(&name, &error))?;
        Ok(shown)
    }

    /// Subject and text of a mail to a debtor.
    pub(crate) fn text_of(&self, letter: &Letter) -> Result<(String, String), TemplateError> {
        let said = context::of_letter(letter)?;
        let name = format!("{}/{}", letter.language, letter.template);
        self.plain("letter", &name, &said)
            .map_err(|error| self.failed(&name, &error))
    }

    fn failed(&self, template: &str, error: &minijinja::Error) -> TemplateError {
        let text = |file: &str| read(&self.folder, file).ok().flatten();
        TemplateError::Template {
            template: template.to_owned(),
            reason: reason(error),
            place: Place::of_error(error, text),
        }
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
        let failed = |error| self.failed(&name, &error);
        let (subject, text) = self.plain(kind, &name, said).map_err(failed)?;
        if subject.is_empty() {
            return Err(TemplateError::NoSubject(name));
        }
        let mjml = self.mjml(kind, &name, &subject, said).map_err(failed)?;
        let html = markup::to_html(&mjml).map_err(|reason| TemplateError::Mjml {
            reason,
            template: name.clone(),
            place: None,
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
        let (subject, text) = self.block_of("subject", kind, name, said)?;
        Ok((subject, markup::tidy(&text)))
    }

    /// A block of a template as text, in one line, and all of it.
    fn block_of(
        &self,
        block: &str,
        kind: &str,
        name: &str,
        said: &Value,
    ) -> Result<(String, String), minijinja::Error> {
        let template = self
            .environment
            .get_template(&format!("{AS_TEXT}{name}.j2"))?;
        let layout = format!("{kind}.txt.j2");
        let mut rendered = template.render_captured(context! { layout, ..said.clone() })?;
        let shown = rendered.with_state_mut(|state| state.render_block(block))?;
        Ok((markup::one_line(&shown), rendered.output().to_owned()))
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

/// Reads `language/mail.j2` or `layout.mjml.j2`: the policy's own, never a file outside its folder, or else the built-in
/// one.
fn read(folder: &Path, name: &str) -> Result<Option<String>, minijinja::Error> {
    let name = name.strip_prefix(AS_TEXT).unwrap_or(name);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let stays_inside =
        |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(plain);
    if !name.split('/').all(stays_inside) {
        return Ok(None);
    }
    match folder::none_if_missing(fs::read_to_string(folder.join(name))) {
        Ok(Some(source)) => Ok(Some(source)),
        Ok(None) => Ok(built_in_template(name).map(str::to_owned)),
        Err(error) => {
            let what = format!("{name} cannot be read");
            Err(minijinja::Error::new(ErrorKind::InvalidOperation, what).with_source(error))
        }
    }
}

/// Why a template failed: the innermost cause, and what the system says of it. Its place is told apart.
fn reason(error: &minijinja::Error) -> String {
    let error = innermost(error);
    let kind = error.kind();
    let mut text = match error.detail() {
        Some(detail) => format!("{kind}: {detail}"),
        None => kind.to_string(),
    };
    if let Some(source) = error.source() {
        text = format!("{text}: {source}");
    }
    text.replace(AS_TEXT, "")
}
