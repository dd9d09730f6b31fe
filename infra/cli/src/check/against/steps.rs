//! What is another of a step.

use dunning::policy::{
    Anchor, Condition, Copied, Deed, MailStep, PolicyStep, Required, Sequence, TaskStep,
};
use dunning::value::SignalName;

use super::difference::{Effect, OfStep, Turned};

/// A step, and what stands above it in its ladder.
#[derive(Clone, Copy)]
pub(super) struct Rung<'p> {
    pub(super) step: &'p PolicyStep,
    pub(super) sequence: &'p Sequence,
    above: Option<&'p PolicyStep>,
}

impl<'p> Rung<'p> {
    /// All of a ladder.
    pub(super) fn all(sequence: &'p Sequence) -> impl Iterator<Item = Self> {
        let above = sequence.steps.iter().map(Some);
        let above = std::iter::once(None).chain(above);
        sequence
            .steps
            .iter()
            .zip(above)
            .map(move |(step, above)| Self {
                step,
                sequence,
                above,
            })
    }
}

/// A key of a step with its value.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// Whether it is what counts where the policy does not say it.
    pub(super) is_usual: bool,
}

impl Key {
    fn of(name: &'static str, value: impl ToString, usual: &str) -> Self {
        let value = value.to_string();
        Self {
            is_usual: value == usual,
            name,
            value,
        }
    }
}

pub(super) const NONE: &str = "none";
const ALL: &str = "all debts";
const USUAL_TO: &str = "where invoices go";

/// What a step decides, key by key.
pub(super) fn keys(step: &PolicyStep) -> Vec<Key> {
    let least = step.chase_from.map(|least| least.to_string());
    let usual = "as the sequence says";
    let mut keys = vec![Key::of("on", step.on, "")];
    match &step.deed {
        Deed::Mail(mail) => keys.extend(mail_keys(step, mail)),
        Deed::Signal(signal) => {
            let undo = signal.undo.as_ref().map_or(NONE, SignalName::as_str);
            keys.push(Key::of("signal", &signal.name, NONE));
            keys.push(Key::of("undo", undo, NONE));
        }
        Deed::Task(TaskStep::Call) => keys.push(Key::of("task", "call", NONE)),
        Deed::Task(TaskStep::Complete(required)) => {
            let required = required.iter().map(|it| it.as_str());
            let all = "order_number, address, registration";
            debug_assert_eq!(all, Required::ALL.map(Required::as_str).join(", "));
            keys.push(Key::of("task", "complete", NONE));
            keys.push(Key::of("requires", list(required), all));
        }
    }
    let by_day = step.days.to_string();
    keys.extend([
        Key::of("approval", step.approval.as_str(), NONE),
        Key::of("roll", step.roll.as_str(), "later"),
        Key::of("chase_from", least.unwrap_or_else(|| usual.into()), usual),
        Key::of("when", whom(step.when.as_ref(), ALL), ALL),
        Key::of("severity", step.severity, &by_day),
    ]);
    keys
}

fn mail_keys(step: &PolicyStep, mail: &MailStep) -> [Key; 7] {
    let to = match mail.to.as_slice() {
        [] => USUAL_TO.to_owned(),
        to => list(to.iter().map(|role| role.as_str())),
    };
    let copied = |copied: &[Copied]| list(copied.iter().map(Copied::as_str));
    let attach = mail.attach.map_or(NONE, |attach| attach.as_str());
    // Where the policy does not say whether the tool is asked, that goes by the day.
    let looks = step.last_look().as_str();
    let usual = mail.last_look.map_or(looks, |_| "");
    [
        Key::of("template", &mail.template, NONE),
        Key::of("sender", &mail.sender, NONE),
        Key::of("to", to, USUAL_TO),
        Key::of("cc", copied(&mail.cc), NONE),
        Key::of("bcc", copied(&mail.bcc), NONE),
        Key::of("last_look", looks, usual),
        Key::of("attach", attach, NONE),
    ]
}

pub(super) fn list(words: impl Iterator<Item = impl Into<String>>) -> String {
    let words: Vec<String> = words.map(Into::into).collect();
    if words.is_empty() {
        NONE.to_owned()
    } else {
        words.join(", ")
    }
}

/// A condition on one line.
pub(super) fn whom(when: Option<&Condition>, everybody: &str) -> String {
    when.map_or(everybody.to_owned(), |when| {
        let lines = when.as_str().lines().map(str::trim);
        lines.collect::<Vec<_>>().join(" ").trim().to_owned()
    })
}

/// What is another of a step that both policies have.
fn turned(before: Rung<'_>, after: Rung<'_>) -> Vec<Turned> {
    let (was, is) = (keys(before.step), keys(after.step));
    let find = |keys: &[Key], name: &str| keys.iter().position(|key| key.name == name);
    let both = is.iter().filter_map(|key| {
        let was = &was[find(&was, key.name)?];
        // That only follows the day, which is said.
        let follows = key.name == "severity" && key.is_usual && was.is_usual;
        Turned::of(key.name, &was.value, &key.value).filter(|_| !follows)
    });
    // Where a mail became a task, or a task a mail, that says it all.
    let kind = |key: &&Key| ["template", "task"].contains(&key.name);
    let lost = was.iter().filter(kind);
    let lost = lost.filter(|key| find(&is, key.name).is_none());
    let lost = lost.filter_map(|key| Turned::of(key.name, &key.value, NONE));
    let won = is.iter().filter(kind);
    let won = won.filter(|key| find(&was, key.name).is_none());
    let won = won.filter_map(|key| Turned::of(key.name, NONE, &key.value));
    let counted = counted_from(before, after).into_iter();
    counted.chain(lost).chain(won).chain(both).collect()
}

/// The same words count from another step, or from another day of that.
fn counted_from(before: Rung<'_>, after: Rung<'_>) -> Option<Turned> {
    let is_same = before.step.on == after.step.on && after.step.on.from == Anchor::Previous;
    let (was, is) = (before.above?, after.above?);
    let from_other = was.id != is.id || was.on != is.on || was.days != is.days;
    (is_same && from_other).then(|| Turned {
        key: "on".to_owned(),
        before: was.id.to_string(),
        after: is.id.to_string(),
        effect: Some(Effect::CountedFrom(after.step.on.to_string())),
    })
}

/// What became of a step, where it stands now. A new one may be one of those that are gone, under another name.
pub(super) fn arrived<'p>(
    after: Rung<'p>,
    before: Option<Rung<'p>>,
    candidates: &[Rung<'p>],
) -> Option<OfStep<'p>> {
    let step = after.step;
    let Some(before) = before else {
        let mut gone = candidates.iter();
        let renamed = gone.find(|gone| looks_renamed(**gone, after));
        let renamed = renamed.map(|gone| gone.step);
        return Some(OfStep::New { step, renamed });
    };
    let turned = turned(before, after);
    if before.sequence.name != after.sequence.name {
        let from = &before.sequence.name;
        return Some(OfStep::Came { step, from, turned });
    }
    (!turned.is_empty()).then_some(OfStep::Changed { step, turned })
}

/// Whether it does what a step did that is gone. No two mails of a ladder have the same template; those of two ladders
/// mostly have, and must be for the same day.
fn looks_renamed(before: Rung<'_>, after: Rung<'_>) -> bool {
    let same_day = before.step.on == after.step.on;
    let same_ladder = before.sequence.name == after.sequence.name;
    match (&before.step.deed, &after.step.deed) {
        (Deed::Mail(was), Deed::Mail(is)) => {
            was.template == is.template && (same_day || same_ladder)
        }
        (Deed::Task(was), Deed::Task(is)) => {
            same_day && std::mem::discriminant(was) == std::mem::discriminant(is)
        }
        _ => false,
    }
}
