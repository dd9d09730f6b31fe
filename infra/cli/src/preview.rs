//! `relance preview`: what a policy sends, as pages to be looked at.

mod debt;
mod files;
mod index;
mod mails;
mod picture;

use std::path::PathBuf;

use clap::Args;
use dunning::policy::Policy;
use dunning::value::{Country, Language};
use jiff::ToSpan;
use jiff::civil::Date;
use mail::{TemplateError, Templates};
use runtime::{Clock, PolicyError, load_policy};

use crate::folder::PolicyFolder;
use debt::Term;
use files::{Files, Unwritten};
use mails::{Gallery, Made};

/// What an invoice has if nothing else is said: as many days from its issue to its due date.
const USUAL_TERM: i32 = 45;

/// What `relance preview` may be told.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    folder: PolicyFolder,
    /// The folder to write the pages to
    #[arg(long, value_name = "FOLDER", default_value = "relance-preview")]
    out: PathBuf,
    /// The day by which the invoice is to be paid whose days are shown; 45 days from today, if nothing is said
    #[arg(long, value_name = "DAY")]
    due: Option<Date>,
    /// Where its debtor is, as FR; may stand several times. The company's own, if nothing is said
    #[arg(long = "country", value_name = "CODE", value_delimiter = ',', value_parser = country)]
    countries: Vec<Country>,
    /// Show the mails in this language alone, as de; may stand several times. In all that are written in, if nothing is said
    #[arg(long = "language", value_name = "CODE", value_delimiter = ',', value_parser = language)]
    languages: Vec<Language>,
}

/// Why there is nothing to look at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PreviewError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("{0}: `relance check` says all that is wrong")]
    Templates(#[from] TemplateError),
    #[error(transparent)]
    Unwritten(#[from] Unwritten),
    #[error("--language {wanted}: nobody is written to in it; there is {known}")]
    Language { wanted: Language, known: String },
    #[error("--due {0}: its debts have no such days")]
    Due(Date),
}

fn country(code: &str) -> Result<Country, String> {
    Country::parse(&code.to_ascii_uppercase()).map_err(|why| why.to_string())
}

fn language(code: &str) -> Result<Language, String> {
    Language::parse(code).map_err(|why| why.to_string())
}

pub(crate) fn run(options: &Options) -> Result<(), PreviewError> {
    let folder = &options.folder.policy;
    let policy = load_policy(folder)?;
    let templates = Templates::load(&folder.join("templates"))?.in_languages_of(&policy);
    let today = Clock::system()
        .now()
        .to_zoned(policy.company.time_zone.get().clone())
        .date();
    let files = pages(options, &policy, &templates, today)?;
    let index = files.write(&options.out)?;
    println!("{} mails, {} pages", files.mails(), files.pages());
    println!("open {}", index.display());
    Ok(())
}

/// All that is to be looked at.
fn pages(
    options: &Options,
    policy: &Policy,
    templates: &Templates,
    today: Date,
) -> Result<Files, PreviewError> {
    let due_on = options
        .due
        .unwrap_or(today.saturating_add(USUAL_TERM.days()));
    let term = Term {
        issued_on: due_on.saturating_sub(USUAL_TERM.days()),
        due_on,
    };
    let languages = wanted(&options.languages, templates)?;
    let own = policy.company.time_zone.country();
    let countries: Vec<Option<Country>> = if options.countries.is_empty() {
        vec![own]
    } else {
        options.countries.iter().cloned().map(Some).collect()
    };
    let gallery = Gallery {
        policy,
        templates,
        languages,
        country: countries.first().cloned().flatten(),
    };
    let mut files = Files::default();
    let Made { sheets, mails } = gallery.make()?;
    files.add_mails(mails);
    let index = index::of(policy, term, &countries, &sheets).ok_or(PreviewError::Due(due_on))?;
    files.add_page("index.html", "index.html", &index);
    for sheet in &sheets {
        files.add_page(&sheet.file, "sheet.html", sheet);
    }
    Ok(files)
}

/// The languages to show.
fn wanted(named: &[Language], templates: &Templates) -> Result<Vec<Language>, PreviewError> {
    let known = templates.languages();
    if named.is_empty() {
        return Ok(known.to_vec());
    }
    let find = |wanted: &Language| {
        let found = known.iter().find(|known| known.is_read_as(wanted));
        found.cloned().ok_or_else(|| PreviewError::Language {
            wanted: wanted.clone(),
            known: known
                .iter()
                .map(Language::as_str)
                .collect::<Vec<_>>()
                .join(", "),
        })
    };
    named.iter().map(find).collect()
}

#[cfg(test)]
mod tests;
