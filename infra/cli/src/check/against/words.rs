//! What two policies decide otherwise, in sentences.

use std::fmt;

use dunning::policy::{PolicyStep, Sequence};

use super::difference::{
    Became, Difference, Effect, Everywhere, OfSequence, OfStep, Table, Turned,
};
use super::steps::{keys, whom};

const TAKES_EFFECT: &str = "\
After the deployment nothing is to be done for it: an invoice is planned by this policy the next time that anything happens to it, and within seven days in any case.
`relance replan --everything` does it at once.";

/// Of whoever gets another ladder.
const FROM_WHERE: &str =
    "from where the invoice stands: nothing as harsh as what was said, or milder, is said again";

impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.everywhere.is_empty() {
            writeln!(f, "\nFor everybody")?;
        }
        for everywhere in &self.everywhere {
            write!(f, "{everywhere}")?;
        }
        if let Some(Turned { before, after, .. }) = &self.order {
            writeln!(f, "\nThe order of the sequences: {before} -> {after}")?;
            let what =
                "where the conditions of two hold, the first counts: these climb another ladder";
            writeln!(f, "  {what}, from where they stand")?;
        }
        for sequence in &self.sequences {
            write!(f, "\n{sequence}")?;
        }
        writeln!(f, "\n{TAKES_EFFECT}")
    }
}

impl fmt::Display for Everywhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Table::{Company, Sender, Source};
        match self {
            Self::Turned(turned) => write_turned(f, "  ", turned),
            Self::New(Source(name)) => writeln!(
                f,
                "  sources.{name} is new: it needs a secret, `relance secret set {name}`"
            ),
            Self::Gone(Source(name)) => writeln!(
                f,
                "  sources.{name} is gone: what it tells is not heard, and its reminders are held"
            ),
            Self::New(Sender(place)) => writeln!(f, "  {place} is new"),
            Self::Gone(Sender(place)) => writeln!(f, "  {place} is gone"),
            Self::New(Company(place, whom)) => {
                writeln!(f, "  {place} is new: it writes where {whom}")
            }
            Self::Gone(Company(place, whom)) => {
                writeln!(f, "  {place} is gone: where {whom}, another company writes")
            }
        }
    }
}

fn write_all(f: &mut fmt::Formatter<'_>, indent: &str, turned: &[Turned]) -> fmt::Result {
    let mut turned = turned.iter();
    turned.try_for_each(|turned| write_turned(f, indent, turned))
}

/// A key with both its values, and what must be known of it.
fn write_turned(f: &mut fmt::Formatter<'_>, indent: &str, turned: &Turned) -> fmt::Result {
    let Turned {
        key,
        before,
        after,
        effect,
    } = turned;
    if let Some(Effect::CountedFrom(date)) = effect {
        return if before == after {
            writeln!(f, "{indent}{key}: {date}, and the day of `{after}` changed")
        } else {
            writeln!(
                f,
                "{indent}{key}: {date}, counted from `{before}` -> `{after}`"
            )
        };
    }
    writeln!(f, "{indent}{key}: {before} -> {after}")?;
    match effect {
        Some(Effect::AnotherLadder) => writeln!(
            f,
            "{indent}  who comes in or goes out by that climbs another ladder, {FROM_WHERE}"
        ),
        Some(Effect::AnotherCompany) => writeln!(
            f,
            "{indent}  who comes in or goes out by that is written to by another company"
        ),
        Some(Effect::OnlyWhatComesIn) => {
            writeln!(f, "{indent}  it judges only what comes in from then on")
        }
        Some(Effect::OtherModeIsHeld) => writeln!(
            f,
            "{indent}  reminders of what came in as {before} are held"
        ),
        Some(Effect::CountedFrom(_)) | None => Ok(()),
    }
}

impl fmt::Display for OfSequence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_head(f)?;
        for step in &self.steps {
            write_step(f, step)?;
        }
        let is_new = |step: &OfStep<'_>| matches!(step, OfStep::New { .. });
        // Of a whole ladder that is new, it was said from where that is climbed.
        let stood = !matches!(self.became, Became::New(_));
        if stood && self.steps.iter().any(is_new) {
            let what = "an invoice that stands above a new step does not go down to it";
            writeln!(f, "  {what}")?;
        }
        self.write_gone(f)
    }
}

impl OfSequence<'_> {
    /// For whom it is, and what becomes of these.
    fn write_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.sequence.name.as_str() {
            Sequence::USUAL => "The usual sequence".to_owned(),
            name => format!("The sequence `{name}`"),
        };
        let when = whom(self.sequence.when.as_ref(), "everybody else");
        match &self.became {
            Became::New(next) => {
                let place = next.map(|next| format!(", looked at before `{next}`"));
                writeln!(f, "{name} is new{}", place.unwrap_or_default())?;
                writeln!(f, "  when: {when}")?;
                if self.sequence.is_silent() {
                    writeln!(f, "  it has no steps: nothing is sent to these")
                } else {
                    writeln!(f, "  these climb it {FROM_WHERE}")
                }
            }
            Became::Gone => {
                writeln!(f, "{name} is gone")?;
                writeln!(f, "  when: {when}")?;
                let what = "these climb the first one that is for them";
                writeln!(f, "  {what}, {FROM_WHERE}")?;
                let tool = "where the billing tool chose it by `relance_plan`";
                writeln!(f, "  {tool}, the invoice is held until it chooses another")
            }
            Became::Changed(turned) => {
                writeln!(f, "{name}")?;
                write_all(f, "  ", turned)
            }
        }
    }

    fn write_gone(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gone = self.steps.iter().filter_map(|step| match step {
            OfStep::Gone(step) => Some(step.id.as_str()),
            _ => None,
        });
        let gone: Vec<&str> = gone.collect();
        let (are, them) = match gone.as_slice() {
            [] => return Ok(()),
            [_] => ("is", "it"),
            _ => ("are", "them"),
        };
        let what = format!("what was sent of {them} stays sent; what is planned is cancelled");
        writeln!(f, "  {} {are} gone: {what}", gone.join(", "))
    }
}

/// What became of a step. Those that are gone stand together, at the end.
fn write_step(f: &mut fmt::Formatter<'_>, step: &OfStep<'_>) -> fmt::Result {
    match step {
        OfStep::New { step, renamed } => {
            writeln!(f, "  {} is new: {}", step.id, described(step))?;
            renamed.map_or(Ok(()), |was| write_renamed(f, was, step))
        }
        OfStep::Came { step, from, turned } => {
            let what = "what was sent of it stays sent";
            writeln!(f, "  {} comes from `{from}`: {what}", step.id)?;
            write_all(f, "    ", turned)
        }
        OfStep::Changed { step, turned } => {
            writeln!(f, "  {} changes", step.id)?;
            write_all(f, "    ", turned)
        }
        OfStep::Went { step, to } => writeln!(f, "  {} goes to `{to}`", step.id),
        OfStep::Gone(_) => Ok(()),
    }
}

/// What the policy says of a step.
fn described(step: &PolicyStep) -> String {
    let keys = keys(step).into_iter().filter(|key| !key.is_usual);
    let keys = keys.map(|key| format!("{} {}", key.name, key.value));
    keys.collect::<Vec<_>>().join("; ")
}

/// Of a step that the policy no longer has, the rules know nothing but for which day it was.
fn write_renamed(f: &mut fmt::Formatter<'_>, was: &PolicyStep, is: &PolicyStep) -> fmt::Result {
    let (old, new) = (&was.id, &is.id);
    let id = "an id is how Relance knows what was sent";
    writeln!(
        f,
        "    WARNING: it looks like {old} under another name, and {id}: let it keep its id"
    )?;
    let again = match is.mail() {
        Some(_) => "debtors get it",
        None => "the team is asked",
    };
    if is.days > was.days {
        let whom = "where nothing harsher was sent since";
        writeln!(
            f,
            "    its day is later, too: {whom}, {again} again as {new}"
        )
    } else {
        let day = "what was sent as that counts by its day alone";
        writeln!(
            f,
            "    {day}: where the due date moves, {again} again as {new}"
        )
    }
}
