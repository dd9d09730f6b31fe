//! Whether all that templates will have to say can be said: found out before they are deployed.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

use dunning::policy::{Company, Policy, PolicyStep};
use dunning::value::Language;
use minijinja::Value;
use minijinja::value::ValueKind;

use crate::error::TemplateError;
use crate::letter::Letter;
use crate::templates::Templates;
use crate::{context, sample};

impl Templates {
    /// Whether all mails of a policy can be written: the team's; and each template that a step names,
    /// in each language, for one invoice and for several, late and coming, with and without what may be missing;
    /// and whether no two steps say the same. Tells all that is wrong, not only the first of it.
    pub fn check(&self, policy: &Policy) -> Result<(), Vec<TemplateError>> {
        let mut wrong: Vec<TemplateError> = Vec::new();
        let mut known = BTreeSet::new();
        let mut complain = |error: TemplateError| {
            let error = self.placed(error);
            // The other letters of a template mostly repeat what the first one said, near other words.
            let text = error.to_string();
            let said = text.split(" at position").next().unwrap_or(&text);
            if known.insert(said.to_owned()) {
                wrong.push(error);
            }
        };
        for language in self.languages() {
            let company = Company {
                language: language.clone(),
                ..policy.company.clone()
            };
            sample::team_letters(&company)
                .filter_map(|letter| self.render_team(&letter).err())
                .for_each(&mut complain);
        }
        if !self.languages().contains(&policy.company.language) {
            complain(TemplateError::Language(policy.company.language.to_string()));
        }
        for name in self.not_languages() {
            complain(TemplateError::NotALanguage(name));
        }
        let names: BTreeSet<&str> = policy
            .steps
            .iter()
            .map(|step| step.template.as_str())
            .collect();
        for language in self.languages() {
            for name in &names {
                sample::letters(policy, language, name)
                    .filter_map(|letter| self.render(&letter).err())
                    .for_each(&mut complain);
            }
        }
        for error in self.repeated(policy) {
            complain(error);
        }
        let told = wrong.iter().map(ToString::to_string).collect::<Vec<_>>();
        for (place, error) in self.unknown_names(policy) {
            if !told.iter().any(|told| told.contains(&place)) {
                wrong.push(error);
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Folders that nobody reads, since no language is called so.
    fn not_languages(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.path().is_dir());
        let names = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let is_one = |name: &String| self.languages().iter().any(|known| known.as_str() == name);
        names.filter(|name| !is_one(name)).collect()
    }

    /// Steps that say what an earlier one says, in some language.
    fn repeated(&self, policy: &Policy) -> Vec<TemplateError> {
        let says_the_same = |one: &PolicyStep, other: &PolicyStep| {
            let in_language = |language: &Language| {
                let words = |step: &PolicyStep| {
                    let letter = sample::letters(policy, language, &step.template).next()?;
                    // Whoever signs it.
                    let sender = policy.senders.get(&one.sender)?;
                    let mail = self.render(&Letter { sender, ..letter }).ok()?;
                    Some((mail.subject, mail.text))
                };
                words(one).is_some_and(|said| Some(said) == words(other))
            };
            one.template == other.template || self.languages().iter().any(in_language)
        };
        let steps = policy.steps.iter().enumerate();
        let repeated = steps.filter_map(|(place, step)| {
            let mut earlier = policy.steps[..place].iter();
            let first = earlier.find(|earlier| says_the_same(earlier, step))?;
            Some(TemplateError::SameWords(first.id.clone(), step.id.clone()))
        });
        repeated.collect()
    }

    /// Names that no template is given, wherever they stand, since no sample comes along everywhere; with
    /// the place of each.
    fn unknown_names(&self, policy: &Policy) -> Vec<(String, TemplateError)> {
        let files = self.files();
        let mut known = given_names(policy, self.languages());
        known.extend(self.environment.globals().map(|(name, _)| name.to_owned()));
        for (_, text) in &files {
            // What a mail's own file sets, its layout may ask for.
            let set = text.split("set ").skip(1);
            let names = set.filter_map(|rest| rest.split(|c: char| !is_of_a_name(c)).next());
            known.extend(names.map(str::to_owned));
        }
        let mut wrong = Vec::new();
        for (file, text) in &files {
            // One that cannot be read is told when it is filled in, if a step names it.
            let Ok(template) = self.environment.get_template(file) else {
                continue;
            };
            let names = template.undeclared_variables(true).into_iter();
            let names: BTreeSet<String> = names.map(|name| two_of(&name).to_owned()).collect();
            // Of a name that is given, what is in it is known, too.
            let is_known = |name: &String| match name.split_once('.') {
                Some((whole, _)) if known.contains(whole) => {
                    known.contains(name) || !known.iter().any(|known| is_in(known, whole))
                }
                Some((whole, _)) => known.contains(whole),
                None => known.contains(name),
            };
            for name in names.into_iter().filter(|name| !is_known(name)) {
                let line = text.lines().position(|line| line.contains(&name));
                let file = at_line(file, line);
                wrong.push((file.clone(), TemplateError::Name { file, name }));
            }
        }
        wrong
    }

    /// Of a tag of MJML that is unknown: where it stands. Nobody sees the page that was filled in.
    fn placed(&self, error: TemplateError) -> TemplateError {
        let TemplateError::Mjml { template, reason } = &error else {
            return error;
        };
        let tag = reason
            .split(['<', '>'])
            .nth(1)
            .filter(|tag| tag.starts_with("mj-"));
        let Some(tag) = tag.map(|tag| format!("<{tag}")) else {
            return error;
        };
        let files = self.files();
        let mut places = files.iter().filter_map(|(file, text)| {
            let is_it =
                |(_, after): (&str, &str)| !after.starts_with(|c| is_of_a_name(c) || c == '-');
            let line = text
                .lines()
                .position(|line| line.split_once(&tag).is_some_and(is_it))?;
            Some(at_line(file, Some(line)))
        });
        match places.next() {
            None => error,
            Some(place) => TemplateError::Mjml {
                template: template.clone(),
                reason: format!("{reason} (in {place})"),
            },
        }
    }

    /// All files of the folder with their texts, as templates are called.
    fn files(&self) -> Vec<(String, String)> {
        let names = files_of(&self.folder).unwrap_or_default().into_iter();
        names
            .filter_map(|name| {
                Some((
                    name.clone(),
                    fs::read_to_string(self.folder.join(name)).ok()?,
                ))
            })
            .collect()
    }
}

/// All names that a template is given, and as `invoice.number`, what is in them.
fn given_names(policy: &Policy, languages: &[Language]) -> BTreeSet<String> {
    let letters = policy.steps.first().zip(languages.first());
    let letters = letters.into_iter().filter_map(|(step, language)| {
        let letter = sample::letters(policy, language, &step.template).next()?;
        context::of_letter(&letter).ok()
    });
    let team = sample::team_letters(&policy.company).next();
    let team = team.and_then(|letter| context::of_team(&letter).ok());
    let mut known = BTreeSet::from(["layout", "subject", "words"].map(str::to_owned));
    for given in letters.chain(team) {
        for name in names_in(&given) {
            let inside = given.get_attr(&name).ok();
            let inside = inside.filter(|inside| inside.kind() == ValueKind::Map);
            let inside = inside.iter().flat_map(names_in);
            known.extend(inside.map(|inside| format!("{name}.{inside}")));
            known.insert(name);
        }
    }
    known
}

fn names_in(given: &Value) -> Vec<String> {
    let names = given.try_iter().ok().into_iter().flatten();
    names.map(|name| name.to_string()).collect()
}

/// `invoice.number` of `invoice.number.0`.
fn two_of(name: &str) -> &str {
    let mut dots = name.match_indices('.').map(|(at, _)| at);
    dots.nth(1).map_or(name, |at| &name[..at])
}

/// Whether a name is one of those inside another.
fn is_in(name: &str, whole: &str) -> bool {
    name.split_once('.')
        .is_some_and(|(before, _)| before == whole)
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn at_line(file: &str, line: Option<usize>) -> String {
    line.map_or_else(|| file.to_owned(), |line| format!("{file}:{}", line + 1))
}

/// The names of all templates of a folder, as `fr/ask.j2`.
fn files_of(folder: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            let inside = files_of(&entry.path())?;
            files.extend(inside.into_iter().map(|file| format!("{name}/{file}")));
        } else if Path::new(&name)
            .extension()
            .is_some_and(|kind| kind == "j2")
        {
            files.push(name);
        }
    }
    files.sort();
    Ok(files)
}
