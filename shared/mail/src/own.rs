//! The templates in a policy's own folder: which stand in the place of a built-in one, and which are used at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use dunning::policy::Policy;
use dunning::value::Language;

use crate::built_in::{built_in_template, built_in_templates};
use crate::error::TemplateError;
use crate::folder::{files_of, language};
use crate::templates::{TEAM, Templates, WORDS};

/// How far from a name one may be that was meant.
const NEAR: usize = 3;

impl Templates {
    /// The files of the policy's own that stand in the place of a built-in one, and whether each says another thing.
    pub fn overrides(&self) -> BTreeMap<String, bool> {
        let own = files_of(&self.folder).unwrap_or_default().into_iter();
        let overrides = own.filter_map(|name| {
            let built_in = built_in_template(&name)?;
            let text = fs::read_to_string(self.folder.join(&name));
            Some((name, text.is_ok_and(|text| text != built_in)))
        });
        overrides.collect()
    }

    /// All files, as templates are called, with their texts: the policy's own, and the built-in ones whose place they
    /// do not take.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let built_in = built_in_templates();
        let mut files: BTreeMap<String, String> = built_in
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect();
        let own = files_of(&self.folder).unwrap_or_default().into_iter();
        files.extend(own.filter_map(|name| {
            let text = fs::read_to_string(self.folder.join(&name)).ok()?;
            Some((name, text))
        }));
        files
    }

    /// Files of the policy's own that stand in no built-in one's place, are no mail of a step's, and are asked for by
    /// no other file.
    pub(crate) fn unused(&self, policy: &Policy) -> Vec<TemplateError> {
        let all = self.files();
        let mails = mails(policy, self.languages());
        let is_asked_for = |name: &String| {
            let short = name.rsplit('/').next().unwrap_or(name);
            let mut others = all.iter().filter(|(other, _)| *other != name);
            others.any(|(_, text)| text.contains(short))
        };
        let own = files_of(&self.folder).unwrap_or_default().into_iter();
        let unused = own.filter(|name| {
            built_in_template(name).is_none() && !mails.contains(name) && !is_asked_for(name)
        });
        let known: BTreeSet<&str> = built_in_templates()
            .map(|(name, _)| name)
            .chain(mails.iter().map(String::as_str))
            .collect();
        unused
            .map(|file| TemplateError::Unused {
                meant: nearest(&file, &known),
                file,
            })
            .collect()
    }

    /// Folders that nobody reads, since no language is called so.
    pub(crate) fn not_languages(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.path().is_dir());
        let names = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| language(name).is_none()).collect()
    }
}

/// What the steps of a policy, and the mails to its team, are made of in each language.
fn mails(policy: &Policy, languages: &[Language]) -> BTreeSet<String> {
    let steps = policy.mails().map(|(_, mail)| mail.template.as_str());
    let names = steps.chain([TEAM, WORDS]);
    let in_languages = names.flat_map(|name| {
        let file = move |language: &Language| format!("{language}/{name}.j2");
        languages.iter().map(file)
    });
    in_languages.collect()
}

/// The known name that is nearest to another, if one is near.
fn nearest(name: &str, known: &BTreeSet<&str>) -> Option<String> {
    let known = known.iter().map(|known| (distance(name, known), known));
    let (far, nearest) = known.min()?;
    (far <= NEAR).then(|| (*nearest).to_owned())
}

/// How many letters must be added, left out or changed to make one text of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, known) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *known);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
