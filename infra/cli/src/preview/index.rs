//! The first page: on which days a ladder takes place, and what can be looked at.

use dunning::policy::{Deed, Policy, PolicyStep, Sequence};
use dunning::rules::{Context, Identity, StepDay, dates};
use dunning::value::Country;
use serde::Serialize;

use super::debt::{Debt, Term, with_all_steps};
use super::mails::Sheet;
use super::picture::{self, Rung};
use crate::ahead;

/// What the page shows.
#[derive(Serialize)]
pub(super) struct Index {
    company: String,
    issued_on: String,
    due_on: String,
    ladders: Vec<Ladder>,
}

/// A ladder of the policy.
#[derive(Serialize)]
struct Ladder {
    name: String,
    when: Option<String>,
    /// Whether a debt comes to it by its condition.
    is_reached: bool,
    places: Vec<Place>,
    mails: Vec<Mails>,
}

/// Its days in a country.
#[derive(Serialize)]
struct Place {
    country: Option<String>,
    zone: String,
    picture: String,
    rows: Vec<Row>,
}

/// A step on its day.
#[derive(Serialize)]
struct Row {
    id: String,
    tone: &'static str,
    day: String,
    time: String,
    does: String,
    on: String,
    only: Option<String>,
    why: Vec<String>,
}

/// What a step writes, to be looked at in each language.
#[derive(Serialize)]
struct Mails {
    id: String,
    does: String,
    voice: Option<String>,
    readers: Option<String>,
    sheets: Vec<Link>,
}

/// A page, and what it is called here.
#[derive(Serialize)]
struct Link {
    file: String,
    name: String,
}

/// None where the days of the term are at the calendar's end.
pub(super) fn of(
    policy: &Policy,
    term: Term,
    countries: &[Option<Country>],
    sheets: &[Sheet],
) -> Option<Index> {
    let all = with_all_steps(policy);
    let mut is_reached = true;
    let ladders = policy.sequences.iter().zip(&all.sequences);
    let ladders = ladders.map(|(said, sequence)| {
        let places = countries.iter();
        let places = places.map(|country| place(&all, sequence, said, term, country.as_ref()));
        // What stands below a ladder that is for everybody is reached by no condition.
        let reached = is_reached;
        is_reached &= said.when.is_some();
        Some(Ladder {
            name: said.name.clone(),
            is_reached: reached,
            when: said.when.as_ref().map(|when| when.as_str().to_owned()),
            places: if said.steps.is_empty() {
                Vec::new()
            } else {
                places.collect::<Option<Vec<_>>>()?
            },
            mails: said
                .steps
                .iter()
                .map(|step| mails(policy, said, step, sheets))
                .collect(),
        })
    });
    Some(Index {
        company: policy.company.name.clone(),
        issued_on: ahead::day(term.issued_on),
        due_on: ahead::day(term.due_on),
        ladders: ladders.collect::<Option<Vec<_>>>()?,
    })
}

fn place(
    policy: &Policy,
    sequence: &Sequence,
    said: &Sequence,
    term: Term,
    country: Option<&Country>,
) -> Option<Place> {
    let Debt {
        debtor,
        invoice,
        now,
    } = Debt::of(policy, sequence, term, country)?;
    let dates = dates(Context::new(policy, now), &invoice, &debtor);
    let calendar = debtor.calendar(policy);
    let zone = calendar.zone();
    let mut rungs = Vec::new();
    let rows = dates.steps.iter().zip(&said.steps).map(|(step, said)| {
        let at = step.at.to_zoned(zone.clone());
        let is_planned = matches!(step.state, dunning::file::StepState::Planned { .. });
        if is_planned {
            rungs.push(Rung {
                day: at.date(),
                name: step.id.to_string(),
                tone: tone(step.policy),
            });
        }
        row(step, said, is_planned, &at)
    });
    let rows = rows.collect();
    Some(Place {
        country: country.map(ToString::to_string),
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        picture: picture::draw(term.due_on, &rungs, &calendar),
        rows,
    })
}

fn row(step: &StepDay<'_>, said: &PolicyStep, is_planned: bool, at: &jiff::Zoned) -> Row {
    Row {
        id: step.id.to_string(),
        tone: tone(said),
        day: if is_planned {
            ahead::day(at.date())
        } else {
            "not sent".to_owned()
        },
        time: if is_planned {
            at.strftime("%H:%M").to_string()
        } else {
            String::new()
        },
        does: ahead::deed(said),
        on: said.on.to_string(),
        only: ahead::only(said),
        why: ahead::why(step, at.date()),
    }
}

/// How it sounds: the pages have a colour for each.
fn tone(step: &PolicyStep) -> &'static str {
    match step.deed {
        Deed::Mail(_) if step.duns() => "late",
        Deed::Mail(_) => "asks",
        Deed::Task(_) | Deed::Signal(_) => "inside",
    }
}

fn mails(policy: &Policy, sequence: &Sequence, step: &PolicyStep, sheets: &[Sheet]) -> Mails {
    let identity = Identity::of_sequence(policy, sequence);
    let sender = step.mail().and_then(|mail| identity.sender(&mail.sender));
    let sheets = sheets.iter().filter(|sheet| sheet.step == step.id.as_str());
    Mails {
        id: step.id.to_string(),
        does: ahead::deed(step),
        voice: sender.map(|sender| {
            let name = sender.in_language(&identity.company.language).name;
            format!("{name} <{}>", sender.email.as_str())
        }),
        readers: step.mail().map(ahead::readers),
        sheets: sheets
            .map(|sheet| Link {
                file: sheet.file.clone(),
                name: sheet.link.clone(),
            })
            .collect(),
    }
}
