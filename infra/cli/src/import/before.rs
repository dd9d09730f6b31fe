//! The open invoices of a source, as a person has them in a file, with what was done about each before Relance.

use std::collections::BTreeSet;
use std::path::Path;

use ask::Row;
use dunning::policy::Policy;
use dunning::rules::{Before, Sent};
use dunning::value::StepId;
use jiff::civil::Date;

use crate::sheet::{self, BadRow, Fields, NoSheet, Reader, Sheet, day_of, quoted};

/// What may be said of an invoice beside what the tool knows.
pub(super) const COLUMNS: [&str; 3] = ["already_sent", "promise", "leave_alone"];

/// Reads a file, with the lines that make no sense apart.
pub(super) fn read(
    policy: &Policy,
    reader: &Reader<'_>,
    file: &Path,
) -> Result<(Vec<Row>, Vec<BadRow>), NoSheet> {
    let zone = reader.settings.time_zone.get().clone();
    let today = reader.as_of.to_zoned(zone).date();
    let text = sheet::text(file)?;
    let Sheet { rows, bad } = reader.read((file, &text), |fields, columns| {
        before(policy, today, fields, columns.contains(&"already_sent"))
    })?;
    let rows = rows.into_iter().map(|row| Row {
        event: row.event,
        before: row.besides,
    });
    Ok((rows.collect(), bad))
}

/// What was done about it before Relance.
fn before(
    policy: &Policy,
    today: Date,
    fields: &Fields,
    says_sent: bool,
) -> Result<Before, BadRow> {
    let promised = fields.day("promise")?;
    let left_alone = match fields.get("leave_alone").map(str::to_lowercase).as_deref() {
        None | Some("no" | "false" | "0") => false,
        Some("yes" | "true" | "1" | "x") => true,
        Some(other) => {
            let why = format!("is {}, and neither `yes` nor `no`", quoted(other));
            return Err(fields.bad("leave_alone", why));
        }
    };
    let sent = match fields.get("already_sent") {
        Some(said) => already_sent(policy, today, fields, said)?,
        None if says_sent => Sent::Nothing,
        None => Sent::Unsaid,
    };
    Ok(Before {
        sent,
        promised,
        left_alone,
    })
}

/// As `late-10`, or `late-10 2027-02-25`.
fn already_sent(policy: &Policy, today: Date, fields: &Fields, said: &str) -> Result<Sent, BadRow> {
    let bad = |why: String| fields.bad("already_sent", why);
    let (step, day) = said
        .split_once(char::is_whitespace)
        .map_or((said, None), |(step, day)| (step, Some(day.trim())));
    let id = StepId::parse(step).map_err(|why| bad(why.to_string()))?;
    if policy.step(&id).is_none() {
        let sequences = policy.sequences.iter();
        let steps = sequences.flat_map(|sequence| &sequence.steps);
        let steps: BTreeSet<&str> = steps.map(|step| step.id.as_str()).collect();
        let steps: Vec<&str> = steps.into_iter().collect();
        let steps = steps.join(", ");
        return Err(bad(format!(
            "the policy has no step `{step}`; it has {steps}"
        )));
    }
    let is_dated = day.is_some();
    let on = day.map_or(Ok(today), |day| day_of(day).map_err(bad))?;
    if on > today {
        return Err(bad(format!("{on} is after the file itself")));
    }
    Ok(Sent::Step {
        step: id,
        on,
        is_dated,
    })
}

#[cfg(test)]
mod tests;
