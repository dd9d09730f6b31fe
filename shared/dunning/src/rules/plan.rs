//! `plan`: which steps an invoice still has, and at which instants.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::context::Context;
use crate::billing::{Collection, Status};
use crate::calendar::{DebtorCalendar, day_after};
use crate::file::{
    Attempt, Debtor, Hold, Invoice, NotChased, Outlook, Pause, Refusal, Skip, Step, StepState,
};
use crate::journal::{CancelReason, Line, MoveReason, Notice, NoticeKind, What};
use crate::limits::WEEK;
use crate::policy::{Policy, PolicyStep};
use crate::value::{Newer, StepId};

/// An invoice planned anew, with what that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The invoice with its steps and its outlook.
    pub invoice: Invoice,
    /// A line for each step and outlook that changed.
    pub journal: Vec<Line>,
    /// What a person must hear of the change.
    pub notices: Vec<Notice>,
}

/// Plans an invoice by the file as it is now. Called by whoever changes the file; the same file on the
/// same day gives the same plan, so calling it again changes nothing.
pub fn plan(ctx: Context<'_>, invoice: &Invoice, debtor: &Debtor) -> Planned {
    let mut planned = invoice.clone();
    planned.policy = ctx.policy.version.clone();
    if invoice.balance().status != Status::Draft && planned.opened_at.is_none() {
        planned.opened_at = Some(ctx.now);
    }
    let mut moves = BTreeMap::new();
    let standing = standing(invoice, debtor, ctx.policy);
    planned.steps = match standing {
        Standing::Owed { due_on, .. } => {
            let opened_at = planned.opened_at.unwrap_or(ctx.now);
            let rhythm = Rhythm {
                ctx,
                debtor,
                opened_at,
                due_on,
                paused_until: paused_until(invoice, debtor),
                restored_at: invoice.restored_at,
                calendar: debtor.calendar(ctx.policy),
            };
            rhythm.steps(&invoice.steps, &mut moves)
        }
        Standing::Undated | Standing::Quiet(_) => done(&invoice.steps),
    };
    planned.outlook = outlook(&invoice.outlook, &standing, &planned.steps);
    let journal = explain(invoice, &planned, &standing, &moves);
    let notices = tell(invoice, &planned);
    Planned {
        invoice: planned,
        journal,
        notices,
    }
}

/// The civil day on which a debt that is chased is, or was, due.
pub fn due_on(invoice: &Invoice, debtor: &Debtor, policy: &Policy) -> Option<Date> {
    match standing(invoice, debtor, policy) {
        Standing::Owed { due_on, .. } => Some(due_on),
        Standing::Undated | Standing::Quiet(_) => None,
    }
}

/// Whether a debt is to be chased at all.
#[derive(Debug, Clone)]
enum Standing {
    Owed { due_on: Date, held: Option<Hold> },
    Undated,
    Quiet(NotChased),
}

fn standing(invoice: &Invoice, debtor: &Debtor, policy: &Policy) -> Standing {
    let balance = invoice.balance();
    match balance.status {
        Status::Draft => return Standing::Quiet(NotChased::Draft),
        Status::Paid => return Standing::Quiet(NotChased::Paid),
        Status::Void => return Standing::Quiet(NotChased::Void),
        Status::Uncollectible => return Standing::Quiet(NotChased::Uncollectible),
        Status::Open if balance.remaining.minor == 0 => return Standing::Quiet(NotChased::Paid),
        Status::Open => {}
    }
    let due_on = match balance.collection {
        Collection::SendInvoice => balance.due_on,
        Collection::ChargeAutomatically => {
            let source = policy.sources.get(&debtor.key.realm.source);
            let chased = source.filter(|source| source.chase_failed_charges);
            // Due since the day on which the first charge failed.
            let failed_on = chased
                .zip(invoice.debt.charge_failed_at)
                .map(|(source, at)| at.to_zoned(source.time_zone.get().clone()).date());
            match failed_on {
                None => return Standing::Quiet(NotChased::ChargedAutomatically),
                due => due,
            }
        }
    };
    due_on.map_or(Standing::Undated, |due_on| Standing::Owed {
        due_on,
        held: hold(invoice, debtor),
    })
}

fn hold(invoice: &Invoice, debtor: &Debtor) -> Option<Hold> {
    if let Some(newer) = held_by_newer(invoice, debtor) {
        return Some(Hold::Newer(newer));
    }
    if invoice.debt.reopened() > invoice.released {
        return Some(Hold::Reopened);
    }
    let Some(address) = &debtor.profile.value.email else {
        return Some(Hold::NoAddress);
    };
    if let Some(trouble) = debtor.held_addresses.get(address) {
        return Some(Hold::from(trouble));
    }
    let open_ended = |pause: &Pause| pause.until.is_none();
    pauses(invoice, debtor)
        .any(open_ended)
        .then_some(Hold::Paused)
}

/// What a newer version holds an invoice or its debtor for, as that one would show it.
fn held_by_newer(invoice: &Invoice, debtor: &Debtor) -> Option<Newer> {
    let mut holds = invoice.holds.keys().chain(debtor.holds.keys());
    holds.next().map(|name| Newer::named(name))
}

fn pauses<'a>(invoice: &'a Invoice, debtor: &'a Debtor) -> impl Iterator<Item = &'a Pause> {
    [&invoice.paused, &debtor.paused].into_iter().flatten()
}

fn paused_until(invoice: &Invoice, debtor: &Debtor) -> Option<Date> {
    pauses(invoice, debtor)
        .filter_map(|pause| pause.until)
        .max()
}

fn outlook(before: &Outlook, standing: &Standing, steps: &[Step]) -> Outlook {
    use NotChased::{Paid, Uncollectible, Void};
    match standing {
        // The debt's end ends every hold.
        Standing::Quiet(why @ (Paid | Void | Uncollectible)) => Outlook::NotChased(*why),
        // What a newer version holds, this one does not let go.
        _ if before.is_newer() => before.clone(),
        Standing::Quiet(why) => Outlook::NotChased(*why),
        Standing::Undated => Outlook::Held(Hold::NoDueDate),
        Standing::Owed {
            held: Some(hold), ..
        } => Outlook::Held(hold.clone()),
        Standing::Owed { held: None, .. } => {
            let planned = steps.iter().filter(|step| step.is_planned());
            let next = planned.map(|step| step.at).min();
            next.map_or(Outlook::Finished, |at| Outlook::Next { at })
        }
    }
}

/// What is done stays done, whatever the policy says now.
fn done(steps: &[Step]) -> Vec<Step> {
    steps
        .iter()
        .filter(|step| is_done(step, steps))
        .cloned()
        .collect()
}

/// Mailed, or perhaps; or merged into a later step that was; or a newer version's affair.
pub(crate) fn is_done(step: &Step, steps: &[Step]) -> bool {
    match &step.state {
        StepState::Mailed { .. } | StepState::Skipped(Skip::Unknown) | StepState::Newer(_) => true,
        // A step only ever merges into a later one, so this ends.
        StepState::Merged { into } => {
            let later = steps.iter().skip_while(|known| known.id != step.id).skip(1);
            later
                .filter(|later| later.id == *into)
                .any(|later| is_done(later, steps))
        }
        StepState::Planned { .. } | StepState::Skipped(_) => false,
    }
}

/// One debt's way through the calendar.
struct Rhythm<'a> {
    ctx: Context<'a>,
    debtor: &'a Debtor,
    opened_at: Timestamp,
    due_on: Date,
    /// A person wants nothing sent before.
    paused_until: Option<Date>,
    /// What was dated before may have been sent.
    restored_at: Option<Timestamp>,
    calendar: DebtorCalendar<'a>,
}

impl Rhythm<'_> {
    /// The steps, and why the planned ones stand where they stand.
    fn steps(&self, before: &[Step], moves: &mut BTreeMap<StepId, MoveReason>) -> Vec<Step> {
        let mut steps: Vec<Step> = self
            .ctx
            .policy
            .steps
            .iter()
            .map(
                |step| match before.iter().find(|known| known.id == step.id) {
                    Some(known) if is_done(known, before) => known.clone(),
                    known => self.on_its_own_day(step, known),
                },
            )
            .collect();
        self.merge_missed(&mut steps);
        for step in steps.iter_mut().filter(|step| step.is_planned()) {
            let (at, why) = self.first_free_time(self.calendar.day_of(step.at));
            step.at = at;
            moves.insert(step.id.clone(), why);
        }
        // Mailed under a policy that had more steps: once said stays said.
        let forgotten = done(before)
            .into_iter()
            .filter(|step| self.ctx.policy.rank(&step.id).is_none());
        steps.extend(forgotten);
        steps
    }

    /// The step where the due date and the calendar alone would put it.
    fn on_its_own_day(&self, step: &PolicyStep, known: Option<&Step>) -> Step {
        let attempt = match known.map(|known| &known.state) {
            Some(StepState::Planned { attempt }) => *attempt,
            _ => Attempt::First,
        };
        let day = self.nominal_day(step.days);
        let at = self.calendar.sending_time(day);
        let today = self.calendar.day_of(self.ctx.now);
        let state = if at < self.opened_at {
            StepState::Skipped(Skip::PastAtFirstContact)
        } else if self.restored_at.is_some_and(|restored| at <= restored) {
            StepState::Skipped(Skip::Unknown)
        } else if step.days < 0 && at <= self.ctx.now && today >= self.due_on {
            StepState::Skipped(Skip::DueDateCame)
        } else {
            StepState::Planned { attempt }
        };
        Step {
            id: step.id.clone(),
            at,
            state,
        }
    }

    /// The first working day from the step's date; for a step before the due date, one that is
    /// still before it.
    fn nominal_day(&self, days: i32) -> Date {
        let date = self.due_on.saturating_add(days.days());
        let day = self.calendar.sending_day_on_or_after(date);
        if days < 0 && day >= self.due_on {
            self.calendar.sending_day_on_or_before(date)
        } else {
            day
        }
    }

    /// Of the steps whose time has come, only the last one speaks.
    fn merge_missed(&self, steps: &mut [Step]) {
        let has_come = |step: &Step| step.is_planned() && step.at <= self.ctx.now;
        let Some(last) = steps.iter().rposition(has_come) else {
            return;
        };
        let into = steps[last].id.clone();
        for step in &mut steps[..last] {
            if has_come(step) {
                step.state = StepState::Merged { into: into.clone() };
            }
        }
    }

    /// When from `day` on the debtor may hear from us first, and what put it off.
    fn first_free_time(&self, day: Date) -> (Timestamp, MoveReason) {
        let mut why = MoveReason::Replanned;
        let mut free = day;
        let refused_until = self.debtor.refused.map(|refused| refused.until);
        let refusal = match self.debtor.refused.map(|refused| refused.why) {
            Some(Refusal::QuotaSpent) => MoveReason::QuotaSpent,
            Some(Refusal::NoAnswer) => MoveReason::NoAnswer,
            Some(Refusal::Refused | Refusal::Newer) | None => MoveReason::Refused,
        };
        let first_day_from = |instant| self.calendar.first_day_from(instant);
        let paused_until = self.paused_until;
        let bounds = [
            (Some(first_day_from(self.ctx.now)), MoveReason::Missed),
            (refused_until.map(first_day_from), refusal),
            (
                paused_until.map(|day| self.calendar.sending_day_on_or_after(day)),
                MoveReason::Paused,
            ),
        ];
        for (bound, reason) in bounds {
            if let Some(soonest) = bound.filter(|soonest| *soonest > free) {
                (free, why) = (soonest, reason);
            }
        }
        loop {
            if self.debtor.mailed_on.contains(&free) {
                why = MoveReason::OneMailADay;
            } else if self.mails_in_week_until(free)
                >= usize::from(self.ctx.policy.limits.mails_per_week)
            {
                why = MoveReason::WeeklyCap;
            } else {
                break;
            }
            free = self.calendar.sending_day_on_or_after(day_after(free));
        }
        // On the day of a refusal, not before SES may be asked again.
        let at = self.calendar.sending_time(free);
        match refused_until.filter(|until| self.calendar.day_of(*until) == free && *until > at) {
            Some(until) => (until, refusal),
            None => (at, why),
        }
    }

    fn mails_in_week_until(&self, day: Date) -> usize {
        let week = SignedDuration::from_hours(WEEK * 24);
        let in_week = |mailed: &&Date| **mailed <= day && day.duration_since(**mailed) < week;
        self.debtor.mailed_on.iter().filter(in_week).count()
    }
}

/// A line for each step, and for the outlook, that is not as it was.
fn explain(
    before: &Invoice,
    after: &Invoice,
    standing: &Standing,
    moves: &BTreeMap<StepId, MoveReason>,
) -> Vec<Line> {
    let mut lines = Vec::new();
    for step in &after.steps {
        let known = before.steps.iter().find(|known| known.id == step.id);
        let moved_by = moves.get(&step.id).copied();
        lines.extend(explain_step(known, step, moved_by));
    }
    let why = match standing {
        Standing::Quiet(why) => CancelReason::NotChased(*why),
        Standing::Undated => CancelReason::NoDueDate,
        Standing::Owed { .. } => CancelReason::NotInPolicy,
    };
    for step in before.steps.iter().filter(|step| step.is_planned()) {
        if !after.steps.iter().any(|kept| kept.id == step.id) {
            lines.push(What::Cancelled {
                step: step.id.clone(),
                why,
            });
        }
    }
    let outlook_changed = match (&before.outlook, &after.outlook) {
        (Outlook::Next { .. }, Outlook::Next { .. }) => false,
        (before, after) => before != after,
    };
    if outlook_changed {
        lines.push(What::Outlook(after.outlook.clone()));
    }
    let invoice = after.id();
    lines
        .into_iter()
        .map(|what| Line::of(invoice, what))
        .collect()
}

fn explain_step(before: Option<&Step>, after: &Step, moved_by: Option<MoveReason>) -> Option<What> {
    let step = after.id.clone();
    match (&after.state, before) {
        (StepState::Planned { .. }, Some(before)) if before.is_planned() => {
            let why = moved_by.unwrap_or(MoveReason::Replanned);
            (before.at != after.at).then_some(What::Moved {
                step,
                from: before.at,
                to: after.at,
                why,
            })
        }
        (StepState::Planned { .. }, _) => Some(What::Planned { step, at: after.at }),
        (state, Some(before)) if before.state == *state => None,
        (StepState::Merged { into }, _) => Some(What::Merged {
            step,
            into: into.clone(),
        }),
        (StepState::Skipped(why), _) => Some(What::Skipped { step, why: *why }),
        // The claim's own line says it, or the newer version's.
        (StepState::Mailed { .. } | StepState::Newer(_), _) => None,
    }
}

/// What a person must hear of: an invoice for which nothing more will be written by itself.
fn tell(before: &Invoice, after: &Invoice) -> Vec<Notice> {
    if before.outlook == after.outlook {
        return Vec::new();
    }
    let kind = match &after.outlook {
        Outlook::Held(hold) => match NoticeKind::of(hold) {
            Some(kind) => kind,
            None => return Vec::new(),
        },
        Outlook::Finished
            if after
                .steps
                .iter()
                .any(|step| matches!(step.state, StepState::Mailed { .. })) =>
        {
            NoticeKind::LastStepSent
        }
        Outlook::Finished => NoticeKind::NoStepLeft,
        Outlook::Next { .. } | Outlook::NotChased(_) | Outlook::Newer(_) => return Vec::new(),
    };
    vec![Notice {
        kind,
        subject: after.name(),
    }]
}
