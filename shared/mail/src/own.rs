//! The templates in a policy's own folder: which stand in the place of a built-in one, and which are used at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use dunning::policy::Policy;
use dunning::value::{Language, nearest};

use crate::built_in::{built_in_template, built_in_templates};
use crate::error::TemplateError;
use crate::folder::{files_of, language};
use crate::templates::{TEAM, Templates, WORDS};

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
                meant: nearest(&file, known.iter().copied()).map(str::to_owned),
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
