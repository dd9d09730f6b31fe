//! What is to come, in words: which ladder, what a step does, and why it stands on its day.

use dunning::calendar::ClosedFor;
use dunning::file::{Skip, StepState};
use dunning::journal::MoveReason;
use dunning::policy::{Approval, Copied, Deed, MailStep, PolicyStep, TaskStep};
use dunning::rules::{Chosen, Dates, StepDay};
use jiff::ToSpan;
use jiff::civil::Date;

/// A day, with its weekday.
pub(crate) fn day(date: Date) -> String {
    date.strftime("%a %-d %b %Y").to_string()
}

/// The same beside others of its year.
fn short(date: Date) -> String {
    date.strftime("%a %-d %b").to_string()
}

/// Why a debt climbs the ladder that it climbs.
pub(crate) fn chosen(dates: &Dates<'_>) -> String {
    let when = dates.sequence.when.as_ref();
    match (&dates.undecided, dates.chosen, when) {
        (Some(why), ..) => format!("nobody can say which one: {why}"),
        (None, Chosen::Tool, _) => "chosen in the billing tool".to_owned(),
        (None, Chosen::Condition, Some(when)) => format!("since {}", when.as_str()),
        (None, Chosen::Condition | Chosen::Others, _) => "no other one is for it".to_owned(),
    }
}

/// What a step does that is no mail to the debtor; of a mail, which.
pub(crate) fn deed(step: &PolicyStep) -> String {
    match &step.deed {
        Deed::Mail(mail) => format!("“{}”", mail.template),
        Deed::Task(TaskStep::Call) => "the team is asked to call".to_owned(),
        Deed::Task(TaskStep::Complete(required)) => {
            let required: Vec<&str> = required.iter().map(|it| it.as_str()).collect();
            format!(
                "the team is told what is missing of: {}",
                required.join(", ")
            )
        }
        Deed::Signal(signal) => {
            let undo = signal.undo.as_ref();
            let undo = undo.map(|undo| format!(", and {undo} once nothing is owed"));
            format!(
                "your automation hears {}{}",
                signal.name,
                undo.unwrap_or_default()
            )
        }
    }
}

/// Whom a mail is for, by the parts that the policy names.
pub(crate) fn readers(mail: &MailStep) -> String {
    let to: Vec<&str> = mail.to.iter().map(|role| role.as_str()).collect();
    let to = match to.as_slice() {
        [] | ["invoice"] => "whoever gets the invoices".to_owned(),
        _ => format!("{}, or else whoever gets the invoices", to.join(", ")),
    };
    let copies = [("cc", &mail.cc), ("bcc", &mail.bcc)];
    let copies = copies.into_iter().filter(|(_, copied)| !copied.is_empty());
    let copies = copies.map(|(word, copied)| {
        let copied: Vec<&str> = copied.iter().map(Copied::as_str).collect();
        format!("; {word} {}", copied.join(", "))
    });
    format!("{to}{}", copies.collect::<String>())
}

/// Of which debts a step is, if not of all.
pub(crate) fn only(step: &PolicyStep) -> Option<String> {
    let when = step.when.as_ref();
    let when = when.map(|when| format!("only when {}", when.as_str()));
    let least = step.chase_from;
    let least = least.map(|least| format!("not of less than {least}"));
    let only: Vec<String> = when.into_iter().chain(least).collect();
    (!only.is_empty()).then(|| only.join("; "))
}

/// Why a step stands on its day, or does not happen. Nothing where the policy's words alone say it.
pub(crate) fn why(step: &StepDay<'_>, on: Date) -> Vec<String> {
    match &step.state {
        StepState::Planned { .. } => {}
        StepState::Merged { into } => return vec![format!("{into} speaks for it")],
        StepState::Skipped(why @ Skip::NotWanted) => {
            let only = only(step.policy).map(|only| format!(": {only}"));
            return vec![format!("{why}{}", only.unwrap_or_default())];
        }
        StepState::Skipped(why) => return vec![why.to_string()],
        _ => return Vec::new(),
    }
    let mut why = Vec::new();
    let counted_over = step.passed.iter().copied();
    let counted_over = counted_over.filter(|(_, why)| *why != ClosedFor::Weekend);
    why.extend(closed(counted_over).map(|closed| format!("{closed} and not counted")));
    let rolled: Vec<String> = closed(step.rolled.iter().copied()).collect();
    if !rolled.is_empty() {
        let to = if step.day < step.meant {
            "the last open day before"
        } else {
            "the next open day"
        };
        why.push(format!("{}: {to}", rolled.join(", ")));
    } else if step.day > step.meant {
        why.push("a reminder leaves after the due date".to_owned());
    } else if step.day < step.meant {
        why.push("a question leaves before the due date".to_owned());
    }
    if step.moved == Some(MoveReason::Missed) {
        why.push(format!("its day was {}", short(step.day)));
    } else if let Some(moved) = step.moved {
        why.push(format!("moved from {}: {moved}", short(step.day)));
    } else if on != step.day {
        why.push(format!("moved from {}", short(step.day)));
    }
    why.extend(step.asked_on.map(|asked_on| match step.policy.approval {
        Approval::Required => format!(
            "only once the team has approved it, which is asked on {}",
            short(asked_on)
        ),
        Approval::Announced | Approval::None => format!(
            "the team hears of it on {}, and may stop it",
            short(asked_on)
        ),
    }));
    why
}

/// Closed days, those that follow each other as one.
fn closed(days: impl Iterator<Item = (Date, ClosedFor)>) -> impl Iterator<Item = String> {
    let mut runs: Vec<(Date, Date, ClosedFor)> = Vec::new();
    for (day, why) in days {
        match runs.last_mut() {
            // A week-end among them was left out by whoever asks.
            Some((_, last, same)) if *same == why && day <= last.saturating_add(3.days()) => {
                *last = day;
            }
            _ => runs.push((day, day, why)),
        }
    }
    runs.into_iter().map(|(first, last, why)| {
        let days = match why {
            ClosedFor::Policy if first != last => format!("{} to {}", short(first), short(last)),
            ClosedFor::Holiday if first != last => format!("{} and {}", short(first), short(last)),
            _ => short(first),
        };
        let many = first != last && why != ClosedFor::Weekend;
        let is = if many { "are" } else { "is" };
        match why {
            ClosedFor::Weekend => format!("{days} is on the week-end"),
            ClosedFor::Holiday if many => format!("{days} are public holidays"),
            ClosedFor::Holiday => format!("{days} is a public holiday"),
            ClosedFor::Policy => format!("{days} {is} closed by the policy"),
        }
    })
}
