//! What templates name: variables, filters, tests, and the words of their language. Samples come along few
//! branches; what is named in the others is asked for here.

use std::collections::BTreeSet;

use dunning::policy::Policy;
use dunning::value::Language;
use minijinja::machinery::{Instruction, Instructions, get_compiled_template};
use minijinja::value::ValueKind;
use minijinja::{Environment, ErrorKind, Template, Value};

use crate::error::TemplateError;
use crate::place::Place;
use crate::templates::Templates;
use crate::{context, sample};

/// What a loop can be asked to do; nothing else that templates are given can.
const OF_LOOPS: [&str; 2] = ["cycle", "changed"];

impl Templates {
    /// Names that no template is given, wherever they stand.
    pub(crate) fn unknown_names(&self, policy: &Policy) -> Vec<TemplateError> {
        let files = self.files();
        let sources: Vec<Source<'_>> = files
            .keys()
            // One that cannot be read is told when it is filled in, if a step names it.
            .filter_map(|file| Source::read(file, &self.environment))
            .collect();
        let mut known = given_names(policy, self.languages());
        known.extend(self.environment.globals().map(|(name, _)| name.to_owned()));
        // What a mail's own file sets, its layout may ask for.
        known.extend(sources.iter().flat_map(Source::sets).map(str::to_owned));
        let mut wrong = Vec::new();
        for source in &sources {
            wrong.extend(source.unknown_variables(&known));
            wrong.extend(source.unknown_calls(&self.environment));
        }
        for language in self.languages() {
            let folder = format!("{language}/");
            let is_read = |source: &&Source<'_>| {
                source.file.starts_with(&folder) || !source.file.contains('/')
            };
            let read: Vec<&Source<'_>> = sources.iter().filter(is_read).collect();
            wrong.extend(unknown_words(&folder, &read));
        }
        let mut told = BTreeSet::new();
        wrong.retain(|error| told.insert(error.to_string()));
        wrong
    }
}

/// A template, as it was understood.
struct Source<'a> {
    file: &'a str,
    template: Template<'a, 'a>,
}

impl<'a> Source<'a> {
    fn read(file: &'a str, environment: &'a Environment<'static>) -> Option<Self> {
        let template = environment.get_template(file).ok()?;
        Some(Self { file, template })
    }

    /// What it does, step by step, each with its line and what comes after it: its own, and that of each block.
    fn instructions(&self) -> Vec<Told<'_>> {
        let compiled = get_compiled_template(&self.template);
        let blocks = compiled.blocks.values();
        let parts = std::iter::once(&compiled.instructions).chain(blocks);
        parts.flat_map(|part| in_order(self.file, part)).collect()
    }

    fn blocks(&self) -> impl Iterator<Item = &str> {
        get_compiled_template(&self.template).blocks.keys().copied()
    }

    /// The names that it sets, its macros among them.
    fn sets(&self) -> Vec<&str> {
        let names = self.instructions().into_iter();
        let names = names.filter_map(|told| match told.what {
            Instruction::StoreLocal(name) => Some(*name),
            _ => None,
        });
        names.collect()
    }

    fn unknown_variables(&self, known: &BTreeSet<String>) -> Vec<TemplateError> {
        let names = self.template.undeclared_variables(true).into_iter();
        let names: BTreeSet<String> = names.map(|name| two_of(&name).to_owned()).collect();
        // Of a name that is given, what is in it is known, too.
        let is_known = |name: &String| match name.split_once('.') {
            Some((whole, _)) if known.contains(whole) => {
                known.contains(name) || !known.iter().any(|known| is_in(known, whole))
            }
            Some((whole, _)) => known.contains(whole),
            None => known.contains(name),
        };
        let instructions = self.instructions();
        let unknown = names.into_iter().filter(|name| !is_known(name));
        let unknown = unknown.map(|name| {
            let places = instructions.iter().filter(|told| told.asks_for(&name));
            let first = places.min_by_key(|told| told.line);
            let place = first.map_or_else(|| Place::file(self.file), Told::place);
            TemplateError::name(place, format!("`{name}`"))
        });
        unknown.collect()
    }

    /// Filters and tests that do not exist. The environment does not list those it has, so each is tried.
    fn unknown_calls(&self, environment: &Environment<'_>) -> Vec<TemplateError> {
        let fails = |expression: String, kind: ErrorKind| {
            let tried = environment.compile_expression(&expression);
            let tried = tried.and_then(|tried| tried.eval(()));
            tried.is_err_and(|error| error.kind() == kind)
        };
        let instructions = self.instructions().into_iter();
        let unknown = instructions.filter_map(|told| {
            let what = match told.what {
                Instruction::ApplyFilter(name, ..)
                    if fails(format!("0|{name}"), ErrorKind::UnknownFilter) =>
                {
                    format!("filter `{name}`")
                }
                Instruction::PerformTest(name, ..)
                    if fails(format!("0 is {name}"), ErrorKind::UnknownTest) =>
                {
                    format!("test `{name}`")
                }
                _ => return None,
            };
            Some(TemplateError::name(told.place(), what))
        });
        unknown.collect()
    }
}

/// Words of a language that its files or the layouts ask for and nobody has written.
fn unknown_words(folder: &str, read: &[&Source<'_>]) -> Vec<TemplateError> {
    let words = format!("{folder}words.j2");
    let Some(words) = read.iter().find(|source| source.file == words) else {
        return Vec::new();
    };
    let words: BTreeSet<&str> = words.sets().into_iter().collect();
    // What can be called: macros, of whichever file, and blocks.
    let mut callable: BTreeSet<&str> = read.iter().flat_map(|source| source.sets()).collect();
    callable.extend(read.iter().flat_map(|source| source.blocks()));
    callable.extend(OF_LOOPS);
    let mut wrong = Vec::new();
    for source in read {
        for told in source.instructions() {
            let name = match (told.what, told.next) {
                (Instruction::CallMethod(name, _), _) if !callable.contains(*name) => {
                    format!("`{name}()`")
                }
                (Instruction::Lookup("words"), Some(Instruction::GetAttr(name)))
                    if !words.contains(*name) =>
                {
                    format!("`words.{name}`")
                }
                _ => continue,
            };
            // A layout has the words of each language.
            let is_layout = !source.file.contains('/');
            let which = is_layout.then(|| format!(" in {folder}words.j2"));
            let name = format!("{name}{}", which.unwrap_or_default());
            wrong.push(TemplateError::name(told.place(), name));
        }
    }
    wrong
}

/// An instruction, where it stands, and the next one.
struct Told<'a> {
    file: &'a str,
    text: &'a str,
    line: Option<usize>,
    /// Its first byte; only with MiniJinja's feature `debug`.
    at: Option<usize>,
    what: &'a Instruction<'a>,
    next: Option<&'a Instruction<'a>>,
}

impl Told<'_> {
    fn place(&self) -> Place {
        let text = self.text;
        let place = self.at.map(|at| Place::of_byte(self.file, text, at));
        let place = place.filter(|place| place.line == self.line);
        place.unwrap_or_else(|| Place {
            line: self.line,
            ..Place::file(self.file)
        })
    }

    /// Whether it looks up a name, as `today`; or what is in it, as `invoice.number`.
    fn asks_for(&self, name: &str) -> bool {
        let (Instruction::Lookup(whole) | Instruction::CallFunction(whole, _)) = self.what else {
            return false;
        };
        match (name.split_once('.'), self.next) {
            (None, _) => *whole == name,
            (Some((before, inside)), Some(Instruction::GetAttr(attribute))) => {
                *whole == before && *attribute == inside
            }
            (Some(_), _) => false,
        }
    }
}

fn in_order<'a>(file: &'a str, part: &'a Instructions<'a>) -> impl Iterator<Item = Told<'a>> {
    let all = (0..).map_while(|index| Some((index, part.get(index)?)));
    all.map(move |(index, what)| Told {
        file,
        text: part.source(),
        at: part.get_span(index).map(|span| span.start_offset as usize),
        line: part.get_line(index),
        what,
        next: part.get(index + 1),
    })
}

/// All names that a template is given, and as `invoice.number`, what is in them.
fn given_names(policy: &Policy, languages: &[Language]) -> BTreeSet<String> {
    let letters = policy.mails().next().zip(languages.first());
    let letters = letters.into_iter().filter_map(|((_, mail), language)| {
        let letter = sample::letters(policy, language, &mail.template).next()?;
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
