//! Whether all that templates will have to say can be said: found out before they are deployed.

use std::collections::BTreeSet;

use dunning::policy::{Company, MailStep, Policy, Sequence};
use dunning::value::Language;

use crate::error::TemplateError;
use crate::letter::Letter;
use crate::place::Place;
use crate::sample;
use crate::templates::Templates;
use crate::writing::Writing;

impl Templates {
    /// Whether all mails of a policy can be written: the team's; and each template that a step names,
    /// in each language, for one invoice and for several, late and coming, with and without what may be missing;
    /// whether no two steps say the same; and whether each file of the policy's own is used. Tells all that is wrong,
    /// not only the first of it.
    pub fn check(&self, policy: &Policy) -> Result<(), Vec<TemplateError>> {
        let mut wrong: Vec<TemplateError> = Vec::new();
        let mut known = BTreeSet::new();
        let mut complain = |error: TemplateError| {
            let error = self.placed(error);
            if known.insert(gist(&error)) {
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
        let wanted = policy.company.languages.iter().flatten();
        let wanted: BTreeSet<&Language> = wanted.chain([&policy.company.language]).collect();
        for language in wanted {
            if !self.languages().contains(language) {
                complain(TemplateError::Language(language.to_string()));
            }
        }
        for name in self.not_languages() {
            complain(TemplateError::NotALanguage(name));
        }
        for error in self.unused(policy) {
            complain(error);
        }
        let names: BTreeSet<&str> = policy
            .mails()
            .map(|(_, mail)| mail.template.as_str())
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
        // What a name is that is not there says more than that it is not.
        let unknown = self.unknown_names(policy);
        wrong.retain(|error| !unknown.iter().any(|name| name.is_beside(error)));
        wrong.extend(unknown);
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Steps that say what an earlier one of their sequence says, in some language: of anything that one of them may be
    /// about, and but for figures and dates. Two sequences may say the same: a debt climbs one.
    fn repeated(&self, policy: &Policy) -> Vec<TemplateError> {
        let sequences = policy.sequences.iter();
        let repeated = sequences.flat_map(|sequence| self.repeated_in(sequence, policy));
        repeated.collect()
    }

    fn repeated_in(&self, sequence: &Sequence, policy: &Policy) -> Vec<TemplateError> {
        let steps = sequence.steps.iter();
        let steps: Vec<_> = steps
            .filter_map(|step| Some((step, step.mail()?)))
            .collect();
        let languages = self.languages().iter();
        let said: Vec<Vec<Vec<Said>>> = languages
            .map(|language| {
                let in_language = steps
                    .iter()
                    .map(|(_, mail)| self.said(policy, language, mail));
                in_language.collect()
            })
            .collect();
        let says_the_same = |one: usize, other: usize| {
            let duns = [steps[one].0.duns(), steps[other].0.duns()];
            let in_language = |said: &Vec<Vec<Said>>| {
                let mut both = said[one].iter().zip(&said[other]);
                both.any(|(one, other)| {
                    duns.contains(&one.is_late) && one.words.is_some() && one.words == other.words
                })
            };
            steps[one].1.template == steps[other].1.template || said.iter().any(in_language)
        };
        let repeated = (0..steps.len()).filter_map(|place| {
            let first = (0..place).find(|earlier| says_the_same(*earlier, place))?;
            let id = |place: usize| steps[place].0.id.clone();
            Some(TemplateError::SameWords(id(first), id(place)))
        });
        repeated.collect()
    }

    /// What a step says of each sample.
    fn said(&self, policy: &Policy, language: &Language, mail: &MailStep) -> Vec<Said> {
        // Whoever signs it.
        let Some(sender) = policy.senders.values().next() else {
            return Vec::new();
        };
        let letters = sample::letters(policy, language, &mail.template);
        let said = letters.map(|letter| {
            let is_late = letter.is_late();
            let words = self.text_of(&Letter { sender, ..letter }).ok();
            let words = words.map(|(subject, text)| [told_by(&subject), told_by(&text)]);
            Said { is_late, words }
        });
        said.collect()
    }

    /// Of a tag of MJML that is unknown: where it stands. Nobody sees the page that was filled in.
    fn placed(&self, mut error: TemplateError) -> TemplateError {
        if let TemplateError::Mjml { reason, place, .. } = &mut error {
            let tag = reason.split(['<', '>']).nth(1);
            let tag = tag.filter(|tag| tag.starts_with("mj-"));
            *place = tag.and_then(|tag| self.place_of_tag(&format!("<{tag}")));
        }
        error
    }

    fn place_of_tag(&self, tag: &str) -> Option<Place> {
        self.files().iter().find_map(|(file, text)| {
            let is_it = |(at, _): &(usize, &str)| {
                !text[at + tag.len()..].starts_with(|c| is_of_a_name(c) || c == '-')
            };
            let (at, _) = text.match_indices(tag).find(is_it)?;
            Some(Place::of_byte(file, text, at))
        })
    }
}

/// What is said of a sample.
struct Said {
    /// Whether it is about what is late.
    is_late: bool,
    /// Subject and text, as far as they are words; none of what cannot be written.
    words: Option<[Vec<String>; 2]>,
}

/// The words of a text. Figures and months are none: a mail that differs by them alone says the same again.
fn told_by(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let is_one = |word: &&str| {
        !word.is_empty() && !word.contains(|c: char| c.is_numeric()) && !Writing::is_month(word)
    };
    words.filter(is_one).map(str::to_owned).collect()
}

/// What an error is about. Other letters of a template repeat what the first one said, near other words; other
/// templates, what is wrong in the layout or in the words that all of them have.
fn gist(error: &TemplateError) -> String {
    if let Some(place) = error.place().filter(|place| place.line.is_some()) {
        return place.to_string();
    }
    let text = error.to_string();
    let gist = text.split(" at position").next();
    gist.unwrap_or_default().to_owned()
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
