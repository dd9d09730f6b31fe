//! The ladders of `relance.toml`: `[[sequences]]`, each with its steps, and `[[steps]]`, the one of all others.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::companies::Names;
use super::condition::Condition;
use super::rhythm::{ChaseFrom, FirstContact, Limits};
use super::sequence::{
    Approval, Attach, Copied, Deed, LastLook, MailStep, PolicyStep, Required, Roll, Sequence,
    SignalStep, TaskStep,
};
use super::step_date::{Anchor, StepDate};
use super::table::Table;
use crate::billing::Role;
use crate::limits;
use crate::value::{SignalName, StepId};

/// What holds where a sequence says nothing else.
pub(super) struct Usual {
    pub(super) limits: Limits,
    pub(super) first_contact: FirstContact,
}

/// All ladders, in the order in which they are looked through; one of them is for everybody.
pub(super) fn sequences(
    whole: &mut Table<'_, '_>,
    usual: &Usual,
    senders: &Names,
) -> Vec<Sequence> {
    let mut ids = BTreeSet::new();
    let mut sequences: Vec<Sequence> = Vec::new();
    let mut is_over = false;
    let mut conditions: Vec<Condition> = Vec::new();
    for mut table in whole.list("sequences") {
        let at = table.at();
        let name = name(&mut table, &sequences);
        let when = condition(&mut table, "sequence", name.as_deref().unwrap_or_default());
        if let Some(why) = unreached(&when, &conditions, is_over) {
            let name = name.as_deref().unwrap_or_default();
            table.warn(at, format!("sequence `{name}` is {NEVER_REACHED}: {why}"));
        }
        is_over |= when == When::Always;
        let per_week_at = table.place_of("mails_per_week");
        let limits = limits_in(&mut table, &usual.limits);
        if limits.mails_per_week > usual.limits.mails_per_week {
            let what = "mails_per_week is more than [limits] lets a mailbox have";
            let name = name.as_deref().unwrap_or_default();
            table.note(per_week_at, format!("sequence `{name}`: {what}"));
        }
        let first_contact = first_contact_in(&mut table, usual.first_contact);
        let tables = table.list("steps");
        let steps = steps(tables, senders, &mut ids);
        table.end();
        let when = when.into_condition();
        conditions.extend(when.clone());
        sequences.extend(name.map(|name| Sequence {
            name,
            when,
            limits,
            first_contact,
            steps,
        }));
    }
    let tables = whole.list("steps");
    if tables.is_empty() {
        if sequences.is_empty() {
            whole.note(whole.at(), "there is no [[steps]]");
        } else if !is_over {
            let what = "there is no [[steps]] for what no sequence's `when` holds of: write them, or a last [[sequences]] without `when`";
            whole.note(whole.at(), what);
        }
        return sequences;
    }
    if let Some(first) = tables.first().filter(|_| is_over) {
        let why = "a sequence without `when` is for everybody";
        first.warn(first.at(), format!("[[steps]] are {NEVER_REACHED}: {why}"));
    }
    sequences.push(Sequence {
        name: Sequence::USUAL.to_owned(),
        when: None,
        limits: usual.limits.clone(),
        first_contact: usual.first_contact,
        steps: steps(tables, senders, &mut ids),
    });
    sequences
}

/// But for what the billing tool itself puts into it.
const NEVER_REACHED: &str = "reached by `relance_plan` alone";

/// Why no condition leads to a sequence, as far as that is sure by those above it.
fn unreached(when: &When, above: &[Condition], is_over: bool) -> Option<&'static str> {
    if is_over {
        return Some("one above it has no `when` and is for everybody");
    }
    match when {
        When::Holds(when) if above.contains(when) => Some("one above it has the same `when`"),
        _ => None,
    }
}

fn name(table: &mut Table<'_, '_>, known: &[Sequence]) -> Option<String> {
    let name = table.required::<String>("name")?;
    let said = name.get_ref();
    let at = name.span().start;
    if said.trim().is_empty() || said.len() > limits::ID || said.trim() != said {
        let what = format!("sequence {said:?}: a name has 1 to {} letters", limits::ID);
        table.note(at, what);
        return None;
    }
    if said == Sequence::USUAL || known.iter().any(|known| known.name == *said) {
        table.note(
            at,
            format!("sequence `{said}` stands twice (`usual` are [[steps]])"),
        );
    }
    Some(name.into_inner())
}

/// Of what something is.
#[derive(PartialEq)]
enum When {
    Always,
    Holds(Condition),
    /// It was noted what is wrong with it.
    Wrong,
}

impl When {
    fn into_condition(self) -> Option<Condition> {
        match self {
            Self::Holds(condition) => Some(condition),
            Self::Always | Self::Wrong => None,
        }
    }
}

fn condition(table: &mut Table<'_, '_>, what: &str, name: &str) -> When {
    let is_said = table.has("when");
    let Some(when) = table.optional::<String>("when") else {
        return if is_said { When::Wrong } else { When::Always };
    };
    match Condition::parse(when.get_ref()) {
        Ok(condition) => {
            if condition.never_holds() {
                let said = when.get_ref();
                let what = format!("{what} `{name}`: when = {said:?} holds of nothing");
                table.warn(when.span().start, what);
            }
            When::Holds(condition)
        }
        Err(why) => {
            let said = when.get_ref();
            let at = table.place_within(when.span(), why.word());
            table.note(at, format!("{what} `{name}`: when = {said:?} {why}"));
            When::Wrong
        }
    }
}

pub(super) fn limits_in(table: &mut Table<'_, '_>, usual: &Limits) -> Limits {
    let mails_per_week = table.optional::<u8>("mails_per_week");
    let none = mails_per_week.as_ref().filter(|most| *most.get_ref() == 0);
    if let Some(none) = none {
        table.note(
            none.span().start,
            "limits: mails_per_week must be at least 1",
        );
    }
    let chase_from = table.optional::<ChaseFrom>("chase_from");
    Limits {
        mails_per_week: mails_per_week.map_or(usual.mails_per_week, Spanned::into_inner),
        chase_from: chase_from.map_or(usual.chase_from, Spanned::into_inner),
    }
}

pub(super) fn first_contact_in(table: &mut Table<'_, '_>, usual: FirstContact) -> FirstContact {
    let mut days = |name, usual| {
        let Some(text) = table.optional::<String>(name) else {
            return usual;
        };
        let days = parse_days(text.get_ref());
        if days.is_none() {
            let said = text.get_ref();
            let what = format!("first_contact: {name} = \"{said}\" is not like \"3 days\"");
            table.note(text.span().start, what);
        }
        days.unwrap_or(usual)
    };
    let patience = days("patience", usual.patience);
    let limit = days("limit", usual.limit);
    FirstContact { patience, limit }
}

/// `15 days`, `1 day`.
fn parse_days(text: &str) -> Option<i32> {
    let text = text.trim();
    let number = text
        .strip_suffix("days")
        .or_else(|| text.strip_suffix("day"))?;
    let days: u16 = number.trim().parse().ok().filter(|days| *days <= 3650)?;
    Some(i32::from(days))
}

fn steps(
    tables: Vec<Table<'_, '_>>,
    senders: &Names,
    ids: &mut BTreeSet<String>,
) -> Vec<PolicyStep> {
    let mut steps: Vec<PolicyStep> = Vec::new();
    for table in tables {
        let warned = steps
            .iter()
            .any(|step| step.duns() && step.mail().is_some());
        steps.extend(step(table, senders, ids, (steps.last(), warned)));
    }
    steps
}

fn step(
    mut table: Table<'_, '_>,
    senders: &Names,
    ids: &mut BTreeSet<String>,
    (above, warned): (Option<&PolicyStep>, bool),
) -> Option<PolicyStep> {
    let id = table.required::<String>("id");
    let name = id.as_ref().map_or("", |id| id.get_ref()).to_owned();
    let parsed = id.as_ref().and_then(|id| parse_id(id.get_ref()));
    if let (Some(id), None) = (&id, &parsed) {
        let what = ": an id has at most 32 small letters, digits and hyphens";
        table.note(id.span().start, format!("step `{name}`{what}"));
    }
    let stands_twice = !ids.insert(name.clone());
    if let Some(id) = id.as_ref().filter(|_| stands_twice) {
        table.note(id.span().start, format!("step `{name}` stands twice"));
    }
    let dated = date(&mut table, &name, above.filter(|_| !stands_twice));
    let severity = severity(&mut table, &name, above, dated.map(|(_, days)| days));
    let when = condition(&mut table, "step", &name);
    let deed = deed(&mut table, &name, senders);
    if matches!(deed, Some(Deed::Signal(_))) && !warned {
        let what = "no reminder stands above it: nobody would have warned of what it brings";
        table.note(table.at(), format!("step `{name}`: {what}"));
    }
    let roll = table.optional::<Roll>("roll");
    let chase_from = table.optional::<ChaseFrom>("chase_from");
    let approval = table.optional::<Approval>("approval");
    table.end();
    let (on, days) = dated?;
    Some(PolicyStep {
        id: parsed?,
        on,
        days,
        severity: severity.unwrap_or(days),
        roll: roll.map(Spanned::into_inner).unwrap_or_default(),
        when: when.into_condition(),
        chase_from: chase_from.map(Spanned::into_inner),
        approval: approval.map(Spanned::into_inner).unwrap_or_default(),
        deed: deed?,
    })
}

/// The day that it is for, and about how many days after the due date that is: later than the step above it.
fn date(
    table: &mut Table<'_, '_>,
    name: &str,
    above: Option<&PolicyStep>,
) -> Option<(StepDate, i32)> {
    let on = table.required::<String>("on")?;
    let at = on.span().start;
    let Some(date) = StepDate::parse(on.get_ref()) else {
        let said = on.get_ref();
        let like = "is not like \"due - 15 days\", \"due + 3 business days\", \"issue + 2 days\", \"previous + 7 days\" or \"due, end of month\"";
        table.note(at, format!("step `{name}`: on = \"{said}\" {like}"));
        return None;
    };
    if date.from == Anchor::Previous && above.is_none() {
        let what = "there is no step above it to be counted from";
        table.note(at, format!("step `{name}`: {what}"));
    }
    let days = date.days_after_due(above.map(|above| above.days));
    if above.is_some_and(|above| above.days >= days) {
        let order = "comes before the one above it: write the steps in the order of their dates";
        table.note(at, format!("step `{name}` {order}"));
    }
    Some((date, days))
}

/// How harsh it is: harsher than the step above it.
fn severity(
    table: &mut Table<'_, '_>,
    name: &str,
    above: Option<&PolicyStep>,
    days: Option<i32>,
) -> Option<i32> {
    let said = table.optional::<i32>("severity");
    let severity = said.as_ref().map(|said| *said.get_ref()).or(days)?;
    let at = said.map_or(table.at(), |said| said.span().start);
    // Where the dates are in disorder, that was noted.
    let is_later = |above: &&PolicyStep| days.is_none_or(|days| above.days < days);
    if let Some(above) = above
        .filter(is_later)
        .filter(|above| above.severity >= severity)
    {
        let what = format!(
            "severity = {severity} is not more than {}, that of the step above it",
            above.severity
        );
        table.note(at, format!("step `{name}`: {what}"));
    }
    Some(severity)
}

/// What it does: a mail has a template and a sender, a task and a signal have neither.
fn deed(table: &mut Table<'_, '_>, name: &str, senders: &Names) -> Option<Deed> {
    if table.has("signal") {
        return signal(table, name);
    }
    if table.has("task") {
        let task = table.optional::<Task>("task");
        let requires = table.optional::<Vec<Required>>("requires");
        has_no_mail(table, name, "a task");
        let is_call = task
            .as_ref()
            .is_some_and(|task| *task.get_ref() == Task::Call);
        if let Some(requires) = requires.as_ref().filter(|_| is_call) {
            let what = format!("step `{name}`: a call requires nothing");
            table.note(requires.span().start, what);
        }
        let requires = requires.map_or_else(|| Required::ALL.to_vec(), Spanned::into_inner);
        return task.map(|task| {
            Deed::Task(match task.into_inner() {
                Task::Call => TaskStep::Call,
                Task::Complete => TaskStep::Complete(requires),
            })
        });
    }
    let template = table.required::<String>("template");
    let sender = table.required::<String>("sender");
    let to = roles(table, name);
    let cc = copied(table, name, "cc");
    let bcc = copied(table, name, "bcc");
    let last_look = table.optional::<LastLook>("last_look");
    let attach = table.optional::<Attach>("attach");
    if let Some(sender) = sender
        .as_ref()
        .filter(|it| !senders.contains_key(it.get_ref()))
    {
        let what = format!("step `{name}`: there is no [senders.{}]", sender.get_ref());
        table.note(sender.span().start, what);
    }
    Some(Deed::Mail(MailStep {
        template: template?.into_inner(),
        sender: sender?.into_inner(),
        to,
        cc,
        bcc,
        last_look: last_look.map(Spanned::into_inner),
        attach: attach.map(Spanned::into_inner),
    }))
}

/// What it tells the user's own automation.
fn signal(table: &mut Table<'_, '_>, name: &str) -> Option<Deed> {
    let signal = signal_name(table, name, "signal");
    let undo_at = table.place_of("undo");
    let undo = signal_name(table, name, "undo");
    has_no_mail(table, name, "a signal");
    if table.has("task") {
        let what = format!("step `{name}`: it is a signal or a task, and not both");
        table.note(table.place_of("task"), what);
        _ = table.optional::<Anything>("task");
    }
    if signal.is_some() && signal == undo {
        let what = format!("step `{name}`: `undo` is the signal itself");
        table.note(undo_at, what);
    }
    let name = signal?;
    Some(Deed::Signal(SignalStep { name, undo }))
}

/// As EventBridge's rules match it, and people read it.
fn signal_name(table: &mut Table<'_, '_>, step: &str, key: &'static str) -> Option<SignalName> {
    let said = table.optional::<String>(key)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let name = SignalName::parse(said.get_ref().as_str()).ok();
    let name = name.filter(|name| name.as_str().bytes().all(plain));
    if name.is_none() {
        let like = "is not a name like \"service.suspend\": letters, digits, points, hyphens, 128 at the most";
        let what = format!("step `{step}`: {key} = {:?} {like}", said.get_ref());
        table.note(said.span().start, what);
    }
    name
}

/// Notes what only a mail has.
fn has_no_mail(table: &mut Table<'_, '_>, name: &str, what: &str) {
    for key in [
        "template",
        "sender",
        "to",
        "cc",
        "bcc",
        "last_look",
        "attach",
    ] {
        if table.has(key) {
            let what = format!("step `{name}`: {what} sends nothing and has no {key}");
            table.note(table.place_of(key), what);
            _ = table.optional::<Anything>(key);
        }
    }
}

/// To whom: debtors' parts alone.
fn roles(table: &mut Table<'_, '_>, name: &str) -> Vec<Role> {
    let Some(said) = table.optional::<Vec<Spanned<String>>>("to") else {
        return Vec::new();
    };
    let read = said.into_inner().into_iter().filter_map(|text| {
        let (at, text) = (text.span().start, text.into_inner());
        let role = Role::parse(&text).filter(|role| *role != Role::AccountManager);
        if role.is_none() {
            let what = "is not one of `invoice`, `payer`, `approver`, `escalation`";
            table.note(at, format!("step `{name}`: to = {text:?} {what}"));
        }
        role
    });
    read.collect()
}

/// Who gets a copy. The debtor is not to see who among us reads along.
fn copied(table: &mut Table<'_, '_>, name: &str, key: &'static str) -> Vec<Copied> {
    let Some(said) = table.optional::<Vec<Spanned<String>>>(key) else {
        return Vec::new();
    };
    if said.get_ref().len() > limits::MOST_COPIES {
        let what = format!("{key} has more than {} recipients", limits::MOST_COPIES);
        table.note(said.span().start, format!("step `{name}`: {what}"));
    }
    let read = said.into_inner().into_iter().filter_map(|text| {
        let (at, text) = (text.span().start, text.into_inner());
        let copied = Copied::parse(&text);
        let is_seen = key == "cc" && copied == Some(Copied::Role(Role::AccountManager));
        if copied.is_none() {
            let what = "is neither an address nor one of `invoice`, `payer`, `approver`, `escalation`, `account_manager`";
            table.note(at, format!("step `{name}`: {key} = {text:?} {what}"));
        } else if is_seen {
            let what = "would be seen by the debtor: write it into bcc";
            table.note(at, format!("step `{name}`: cc = {text:?} {what}"));
        }
        copied
    });
    read.collect()
}

/// As a policy names it.
#[derive(PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Task {
    Call,
    Complete,
}

/// Whatever stands where nothing may.
#[derive(Deserialize)]
struct Anything(#[allow(dead_code, reason = "only read to be passed over")] serde::de::IgnoredAny);

fn parse_id(text: &str) -> Option<StepId> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let id = StepId::parse(text).ok()?;
    (text.len() <= limits::STEP_NAME && text.bytes().all(plain)).then_some(id)
}
