//! What is another of the ladders: which there are, for whom each is, and their steps.

use std::collections::{BTreeMap, BTreeSet};

use dunning::policy::{FirstContact, Limits, Policy, Sequence};

use super::difference::{Became, Effect, OfSequence, OfStep, Turned};
use super::steps::{Rung, arrived, whom};

type Rungs<'p> = BTreeMap<&'p str, Rung<'p>>;

/// In which order those are looked through that both have: where two conditions hold, the first counts.
pub(super) fn order(before: &Policy, after: &Policy) -> Option<Turned> {
    let names = |policy: &Policy, other: &Policy| {
        let names = policy.sequences.iter().map(|sequence| &sequence.name);
        let both = names.filter(|name| named(other, name).is_some());
        both.map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    Turned::of("order", names(before, after), names(after, before))
}

/// All that changed, in the order of the new policy; at the end what is gone.
pub(super) fn compare<'p>(before: &'p Policy, after: &'p Policy) -> Vec<OfSequence<'p>> {
    let (old, new) = (rungs(before), rungs(after));
    let gone = old.iter().filter(|(id, _)| !new.contains_key(*id));
    let gone: Vec<Rung<'_>> = gone.map(|(_, rung)| *rung).collect();
    let now = after.sequences.iter().enumerate();
    let now = now.filter_map(|(place, sequence)| {
        let next = after.sequences.get(place + 1);
        let was = named(before, &sequence.name);
        let became = match was {
            None => Became::New(next.map(|next| next.name.as_str())),
            Some(was) => Became::Changed(terms((before, was), (after, sequence))),
        };
        // Of the same sequence, or of one that may have had another name.
        let candidates = gone.iter().filter(|gone| match was {
            Some(_) => gone.sequence.name == sequence.name,
            None => named(after, &gone.sequence.name).is_none(),
        });
        let candidates: Vec<Rung<'_>> = candidates.copied().collect();
        let arrived = Rung::all(sequence).filter_map(|rung| {
            let was = old.get(rung.step.id.as_str()).copied();
            arrived(rung, was, &candidates)
        });
        let mut steps: Vec<OfStep<'_>> = arrived.collect();
        steps.extend(was.into_iter().flat_map(|was| departed(was, &new)));
        let is_same = matches!(&became, Became::Changed(terms) if terms.is_empty());
        (!is_same || !steps.is_empty()).then_some(OfSequence {
            sequence,
            became,
            steps,
        })
    });
    let known: BTreeSet<&str> = after.sequences.iter().map(|it| it.name.as_str()).collect();
    let left = before.sequences.iter();
    let left = left.filter(|sequence| !known.contains(sequence.name.as_str()));
    let left = left.map(|sequence| OfSequence {
        sequence,
        became: Became::Gone,
        steps: departed(sequence, &new),
    });
    now.chain(left).collect()
}

fn named<'p>(policy: &'p Policy, name: &str) -> Option<&'p Sequence> {
    let mut sequences = policy.sequences.iter();
    sequences.find(|sequence| sequence.name == name)
}

/// The steps of all ladders, by their ids: there is one of each.
fn rungs(policy: &Policy) -> Rungs<'_> {
    let rungs = policy.sequences.iter().flat_map(Rung::all);
    rungs.map(|rung| (rung.step.id.as_str(), rung)).collect()
}

/// Those steps of an old ladder that are in it no more.
fn departed<'p>(was: &'p Sequence, new: &Rungs<'p>) -> Vec<OfStep<'p>> {
    let departed = was.steps.iter().filter_map(|step| {
        let Some(rung) = new.get(step.id.as_str()) else {
            return Some(OfStep::Gone(step));
        };
        let to = &rung.sequence.name;
        (*to != was.name).then_some(OfStep::Went { step, to })
    });
    departed.collect()
}

/// What is another of a sequence beside its steps. What it has from all others is said of these.
fn terms(before: (&Policy, &Sequence), after: (&Policy, &Sequence)) -> Vec<Turned> {
    let ((old, was), (new, is)) = (before, after);
    let when = Turned::of(
        "when",
        whom(was.when.as_ref(), "everybody"),
        whom(is.when.as_ref(), "everybody"),
    );
    let when = when.map(|when| when.with(Effect::AnotherLadder));
    let everybodys = rhythm(
        (&old.limits, old.first_contact),
        (&new.limits, new.first_contact),
    );
    let own = rhythm(
        (&was.limits, was.first_contact),
        (&is.limits, is.first_contact),
    );
    let own = own.into_iter().filter(|own| !everybodys.contains(own));
    let own = own.map(|(_, turned)| turned);
    when.into_iter().chain(own).collect()
}

/// How often, of how little, and how soon: with the tables that say it of all sequences.
pub(super) fn rhythm(
    before: (&Limits, FirstContact),
    after: (&Limits, FirstContact),
) -> Vec<(&'static str, Turned)> {
    let days = |days: i32| format!("{days} day{}", if days == 1 { "" } else { "s" });
    let ((was, first), (is, now)) = (before, after);
    let mails = Turned::of("mails_per_week", was.mails_per_week, is.mails_per_week);
    let least = Turned::of("chase_from", was.chase_from, is.chase_from);
    let patience = Turned::of("patience", days(first.patience), days(now.patience));
    let limit = Turned::of("limit", days(first.limit), days(now.limit));
    let limit = limit.map(|limit| limit.with(Effect::OnlyWhatComesIn));
    let limits = [mails, least].into_iter().flatten();
    let contact = [patience, limit].into_iter().flatten();
    let limits = limits.map(|turned| ("limits", turned));
    let contact = contact.map(|turned| ("first_contact", turned));
    limits.chain(contact).collect()
}
