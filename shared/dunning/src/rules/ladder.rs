//! The ladder of one debt: which step comes next, and when those above it may.
//!
//! It follows what the debtor heard, not the calendar alone. The next step is the lowest one above the
//! highest that was said, and each keeps its distance from the one before it: a debt that was held for
//! weeks, or that comes late, climbs from where it stands and never begins with the last reminder. What
//! lies below what was said is never sent. A question before the due date is dropped when that has come.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::choice::Choice;
use super::context::Context;
use super::holds::{Held, without_end};
use super::instalment::{oldest_unpaid, step_of};
use super::recipients::addressee;
use super::signals::is_warned;
use super::step_days::StepDays;
use crate::calendar::day_after;
use crate::file::{
    Attempt, Claim, Debtor, Hold, Invoice, Outlook, Refusal, Skip, Step, StepState, done, is_done,
};
use crate::journal::MoveReason;
use crate::limits::{GRACE_DAYS, WEEK};
use crate::policy::{Anchor, Deed, PolicyStep, Roll};
use crate::value::StepId;

/// The steps of a debt, and why each planned one stands where it stands.
pub(super) struct Climbed {
    pub(super) steps: Vec<Step>,
    pub(super) moves: Vec<(StepId, MoveReason)>,
}

/// What one debt's steps depend on.
pub(super) struct Ladder<'a> {
    ctx: Context<'a>,
    debtor: &'a Debtor,
    invoice: &'a Invoice,
    days: StepDays<'a>,
    holds: &'a [Held],
    choice: &'a Choice<'a>,
    /// Which part of the invoice it is the ladder of.
    part: usize,
}

/// A step that was said, as those after it see it.
#[derive(Debug, Clone)]
struct Rung {
    /// Its distance from the due date.
    days: i32,
    /// The day on which it left, or will.
    left_on: Date,
}

impl Rung {
    /// The first day on which a step of that distance may follow. Questions and reminders keep no distance
    /// from one another, but never leave together.
    fn first_day_for(&self, days: i32) -> Date {
        let distance = if self.days >= 0 && days >= 0 {
            (days - self.days - GRACE_DAYS).max(1)
        } else {
            1
        };
        self.left_on.saturating_add(distance.days())
    }
}

/// The highest step that was said.
struct Highest {
    /// What lies below speaks through it.
    id: StepId,
    /// How many of the policy's steps lie at it or below.
    reach: usize,
    rung: Rung,
}

impl<'a> Ladder<'a> {
    pub(super) fn new(
        ctx: Context<'a>,
        debtor: &'a Debtor,
        invoice: &'a Invoice,
        due_on: Date,
        holds: &'a [Held],
        choice: &'a Choice<'a>,
    ) -> Self {
        let balance = invoice.balance();
        let calendar = debtor.calendar(ctx.policy);
        // What nobody told of, was issued at the latest when it was first known as owed.
        let opened_at = invoice.opened_at.unwrap_or(ctx.now);
        let issued_on = balance.issued_on;
        Self {
            ctx,
            debtor,
            invoice,
            days: StepDays {
                issued_on: issued_on.unwrap_or_else(|| calendar.day_of(opened_at)),
                calendar,
                choice,
                due_on,
            },
            holds,
            choice,
            part: oldest_unpaid(&balance, ctx.policy).map_or(1, |oldest| oldest.number),
        }
    }

    /// What the days of its steps are counted from.
    pub(super) fn days(&self) -> &StepDays<'a> {
        &self.days
    }

    fn policy_steps(&self) -> &'a [PolicyStep] {
        &self.choice.sequence.steps
    }

    /// All of the debt's steps.
    pub(super) fn climb(&self) -> Climbed {
        let highest = self.highest();
        let tried = self.tried();
        let mut steps: Vec<Step> = Vec::new();
        for rank in 0..self.policy_steps().len() {
            let said = highest.as_ref().filter(|highest| rank < highest.reach);
            let said = said.map(|highest| highest.id.clone());
            let tried = tried.filter(|tried| rank < *tried);
            let above = said.or_else(|| tried.map(|tried| self.id(tried)));
            steps.push(self.place(rank, above));
        }
        self.doubt(&mut steps, highest.as_ref());
        let moves = self.date(&mut steps, highest.as_ref());
        // Said in another sequence, or under a policy that had more steps: once said stays said.
        let mut forgotten = done(&self.invoice.steps);
        forgotten.extend(self.all_tried().map(|step| Step {
            state: StepState::Skipped(Skip::MayHaveLeft),
            ..step.clone()
        }));
        forgotten.retain(|step| self.rank(&step.id).is_none());
        steps.extend(forgotten);
        Climbed { steps, moves }
    }

    /// Those that were on their way once, and of which nothing was heard.
    fn all_tried(&self) -> impl Iterator<Item = &'a Step> {
        let steps = self.invoice.steps.iter();
        steps.filter(|step| step.may_have_left())
    }

    /// The highest of them.
    fn tried(&self) -> Option<usize> {
        self.all_tried()
            .filter_map(|step| self.rank(&step.id))
            .max()
    }

    fn known(&self, step: &StepId) -> Option<&'a Step> {
        self.invoice.steps.iter().find(|known| known.id == *step)
    }

    /// The name of a step of the policy, for this part.
    fn id(&self, rank: usize) -> StepId {
        step_of(&self.policy_steps()[rank].id, self.part)
    }

    fn rank(&self, step: &StepId) -> Option<usize> {
        let mut steps = self.policy_steps().iter();
        let rank = steps.position(|known| known.id.as_str() == step.in_policy());
        rank.filter(|_| step.part() == self.part)
    }

    /// The highest step that was said. What only a newer version knows was not said before its date. One of another
    /// sequence stands where its severity lies among those of this one; one that the policy no longer has, where its
    /// date does.
    fn highest(&self) -> Option<Highest> {
        let is_said = |step: &&Step| match step.state {
            StepState::Newer(_) => step.at <= self.ctx.now,
            StepState::Planned { .. } => step.may_have_left() && self.rank(&step.id).is_none(),
            _ => step.is_said(),
        };
        // What was said of a later part, whose turn it was before this one was owed again, counts, too.
        let of_part = self.invoice.steps.iter();
        let of_part = of_part.filter(|step| step.id.part() >= self.part);
        let highest = of_part.filter(is_said).map(|step| {
            let left_on = self.days.calendar.day_of(self.departure(step));
            let known = self.ctx.policy.step(&step.id);
            let (reach, days) = match (self.rank(&step.id), known) {
                (Some(rank), _) => (rank + 1, self.policy_steps()[rank].days),
                (None, Some(said)) => (self.reach_by_severity(said.severity), said.days),
                (None, None) => self.reach_by_date(self.days.calendar.day_of(step.at)),
            };
            let id = step.id.clone();
            let rung = Rung { days, left_on };
            Highest { id, reach, rung }
        });
        highest.max_by_key(|highest| (highest.reach, highest.rung.left_on))
    }

    fn reach_by_date(&self, day: Date) -> (usize, i32) {
        let ranks = 0..self.policy_steps().len();
        let reached = ranks.filter(|rank| self.days.of(*rank) <= day);
        (reached.count(), (day - self.days.due_on).get_days())
    }

    fn reach_by_severity(&self, severity: i32) -> usize {
        let steps = self.policy_steps().iter();
        steps.filter(|step| step.severity <= severity).count()
    }

    /// When a step that was said left, or may have.
    fn departure(&self, step: &Step) -> Timestamp {
        match &step.state {
            StepState::Heard { at, .. }
            | StepState::Unknown { at, .. }
            | StepState::Asked { at, .. }
            | StepState::SentBefore { at }
            | StepState::Signalled { at, .. } => *at,
            StepState::Claimed { claim, .. } => {
                let claim = self.debtor.claims.get(claim);
                claim.map_or(step.at, |Claim { at, .. }| *at)
            }
            StepState::Skipped(Skip::Unknown) => {
                step.at.max(self.invoice.restored_at.unwrap_or(step.at))
            }
            _ => step.at,
        }
    }

    /// What becomes of a step, were it not for its day. `above` speaks for it, where it lies below what was said.
    fn place(&self, rank: usize, above: Option<StepId>) -> Step {
        let id = self.id(rank);
        let known = self.known(&id);
        if let Some(known) = known.filter(|known| is_done(known, &self.invoice.steps)) {
            return known.clone();
        }
        let at = self.days.calendar.sending_time(self.days.of(rank));
        let state = match (known, above) {
            (Some(known), Some(_)) if matches!(known.state, StepState::Skipped(_)) => {
                known.state.clone()
            }
            (_, Some(into)) => StepState::Merged { into },
            (known, None) => self.state(rank, at, known),
        };
        Step { id, at, state }
    }

    /// The state of a step that lies above all that was said.
    fn state(&self, rank: usize, at: Timestamp, known: Option<&Step>) -> StepState {
        let step = &self.policy_steps()[rank];
        let Context { now, .. } = self.ctx;
        let is_question = step.is_question();
        let opened_at = self.invoice.opened_at.unwrap_or(now);
        let was_tried = known.is_some_and(Step::may_have_left);
        let known = known.map(|known| &known.state);
        let was_skipped = |why| known == Some(&StepState::Skipped(why));
        // Of this ladder, and of this part: another one begins where it begins.
        let mut climbed = self.invoice.steps.iter();
        let mut has_climbed = || climbed.any(|step| self.rank(&step.id).is_some());
        let ended = self.invoice.outlook == Outlook::Finished && has_climbed();
        // An earlier version skipped reminders, too; what it skipped stays so.
        if at < opened_at && (is_question || was_skipped(Skip::PastAtFirstContact)) {
            return StepState::Skipped(Skip::PastAtFirstContact);
        }
        if at <= now && (was_skipped(Skip::AddedLate) || (ended && known.is_none())) {
            return StepState::Skipped(Skip::AddedLate);
        }
        let left_out = |why| StepState::Skipped(if was_tried { Skip::MayHaveLeft } else { why });
        if is_question && at <= now && self.days.calendar.day_of(now) >= self.days.due_on {
            return left_out(Skip::DueDateCame);
        }
        if was_skipped(Skip::Unwarned) && !is_warned(self.ctx.policy, self.invoice, self.part) {
            return StepState::Skipped(Skip::Unwarned);
        }
        if !self.choice.wanted[rank] {
            return left_out(Skip::NotWanted);
        }
        if step.roll == Roll::Drop && !self.days.calendar.is_sending_day(self.days.meant(rank)) {
            return left_out(Skip::ClosedDay);
        }
        match known {
            // The address is no longer one that it could not reach.
            Some(unheard @ StepState::Unheard { .. }) if self.is_held() => unheard.clone(),
            Some(StepState::Planned { attempt }) => StepState::Planned { attempt: *attempt },
            _ => StepState::Planned {
                attempt: Attempt::First,
            },
        }
    }

    /// Whether nothing leaves until somebody says so.
    fn is_held(&self) -> bool {
        without_end(self.holds).is_some()
    }

    /// What may have left in a time of which a recovered table knows nothing is not sent again: each step
    /// that could have, had nothing held it since the backup.
    fn doubt(&self, steps: &mut [Step], highest: Option<&Highest>) {
        let Some(restored_at) = self.invoice.restored_at else {
            return;
        };
        let known_until = self.invoice.restored_from;
        let known_until = known_until.map(|from| self.days.calendar.day_of(from));
        let mut before = highest.map(|highest| highest.rung.clone());
        // Of what is in doubt itself, the earliest day on which it may have left.
        let doubted = highest.and_then(|highest| self.known(&highest.id));
        if doubted.is_some_and(|step| step.state == StepState::Skipped(Skip::Unknown)) {
            before = before.map(|rung| Rung {
                left_on: known_until.unwrap_or(rung.left_on),
                ..rung
            });
        }
        for (rank, step) in steps.iter_mut().enumerate() {
            let policy = &self.policy_steps()[rank];
            let is_open = matches!(
                step.state,
                StepState::Planned { .. } | StepState::Unheard { .. }
            );
            // To ask the team twice harms nobody.
            if !is_open || policy.task().is_some() {
                continue;
            }
            let mut day = self.days.of(rank);
            if let (Some(before), Some(_)) = (&before, known_until) {
                day = day.max(before.first_day_for(policy.days));
            }
            let day = day.max(known_until.unwrap_or(day));
            let day = self.days.calendar.sending_day_on_or_after(day);
            if self.days.calendar.sending_time(day) > restored_at {
                return;
            }
            // What the automation may have been told is at least taken back in the end.
            step.state = match &policy.deed {
                Deed::Signal(signal) => StepState::Signalled {
                    at: step.at.min(restored_at),
                    undo: signal.undo.clone(),
                    rehearsed: false,
                },
                Deed::Mail(_) | Deed::Task(_) => StepState::Skipped(Skip::Unknown),
            };
            before = Some(Rung {
                days: policy.days,
                left_on: day,
            });
        }
    }

    /// Gives each planned step its instant, and says why it stands there.
    fn date(&self, steps: &mut [Step], highest: Option<&Highest>) -> Vec<(StepId, MoveReason)> {
        let mut moves = Vec::new();
        let mut before = highest.map(|highest| highest.rung.clone());
        let reach = highest.map_or(0, |highest| highest.reach);
        for rank in 0..steps.len() {
            let policy = &self.policy_steps()[rank];
            // What came into doubt just now; what was before lies below the highest, or is it.
            if rank >= reach && steps[rank].state == StepState::Skipped(Skip::Unknown) {
                before = Some(Rung {
                    days: policy.days,
                    left_on: self.days.calendar.day_of(self.departure(&steps[rank])),
                });
            }
            if !steps[rank].is_planned() {
                continue;
            }
            let known = self
                .known(&self.id(rank))
                .filter(|known| known.is_planned() && self.is_held());
            let (at, why) = match known {
                // While it is held its date means nothing, and does not move on with the days.
                Some(known) => (known.at, MoveReason::Replanned),
                None => self.free_or_known(rank, before.as_ref()),
            };
            if let Some(later) = self.later_question(&steps[rank + 1..], rank + 1, at) {
                steps[rank].state = StepState::Merged { into: later };
                continue;
            }
            if policy.is_question() && self.days.calendar.day_of(at) >= self.days.due_on {
                steps[rank].state = StepState::Skipped(Skip::DueDateCame);
                continue;
            }
            steps[rank].at = at;
            moves.push((self.id(rank), why));
            before = Some(Rung {
                days: policy.days,
                left_on: self.days.calendar.day_of(at),
            });
        }
        moves
    }

    /// A question that has come by then, too: asked once is enough.
    fn later_question(&self, above: &[Step], rank: usize, at: Timestamp) -> Option<StepId> {
        let policy = &self.policy_steps()[rank..];
        let mut questions = above
            .iter()
            .zip(policy)
            .filter(|(step, policy)| policy.is_question() && step.is_planned() && step.at <= at);
        questions.next_back().map(|(step, _)| step.id.clone())
    }

    /// When the debtor may hear a step first. One that waits for a person's approval does not move on with the days.
    fn free_or_known(&self, rank: usize, before: Option<&Rung>) -> (Timestamp, MoveReason) {
        let free = self.first_free_time(rank, before);
        let asked = self.invoice.holds.approval.as_ref();
        let waits = asked.filter(|asked| asked.holds() && asked.step == self.id(rank));
        let known = waits.and_then(|asked| self.known(&asked.step));
        match known.filter(|known| known.is_planned() && free.1 == MoveReason::Missed) {
            Some(known) => (known.at, MoveReason::Replanned),
            None => free,
        }
    }

    /// When the debtor may hear a step first, and what put it off.
    fn first_free_time(&self, rank: usize, before: Option<&Rung>) -> (Timestamp, MoveReason) {
        let mut why = MoveReason::Replanned;
        let mut free = self.days.of(rank);
        for (bound, reason) in self.bounds(rank, before) {
            let soonest = self.days.calendar.sending_day_on_or_after(bound);
            if soonest > free {
                (free, why) = (soonest, reason);
            }
        }
        // What is for the team takes none of the debtor's days.
        let step = &self.policy_steps()[rank];
        while step.mail().is_some() {
            if self.debtor.days_of_mails().any(|day| day == free) {
                why = MoveReason::OneMailADay;
            } else if self.mails_in_week_until(free)
                >= usize::from(self.choice.sequence.limits.mails_per_week)
            {
                why = MoveReason::WeeklyCap;
            } else {
                break;
            }
            free = self.days.calendar.sending_day_on_or_after(day_after(free));
        }
        // On the day of a refusal, not before SES may be asked again.
        let at = self.days.calendar.sending_time(free);
        let refused = self.refused_until(step);
        let same_day = |until: Timestamp| self.days.calendar.day_of(until) == free && until > at;
        match refused.filter(|(until, _)| same_day(*until)) {
            Some(refused) => refused,
            None => (at, why),
        }
    }

    /// The days before which it may not leave, and why.
    fn bounds(&self, rank: usize, before: Option<&Rung>) -> Vec<(Date, MoveReason)> {
        let step = &self.policy_steps()[rank];
        let first_day_from = |instant| self.days.calendar.first_day_from(instant);
        let mut bounds = Vec::new();
        let opened_at = self.invoice.opened_at.unwrap_or(self.ctx.now);
        let patience = self.choice.sequence.first_contact.patience.days();
        let patient = self
            .days
            .calendar
            .day_of(opened_at)
            .saturating_add(patience);
        // The team need not be patient.
        if step.mail().is_some() {
            bounds.push((patient, MoveReason::Patience));
        }
        if let Some(before) = before {
            let distance = match step.on.from {
                // As far as the policy says, from wherever that one came to stand.
                Anchor::Previous => step.on.after(before.left_on, &self.days.calendar),
                Anchor::Due | Anchor::Issue => before.first_day_for(step.days),
            };
            bounds.push((distance, MoveReason::Distance));
        }
        bounds.push((first_day_from(self.ctx.now), MoveReason::Missed));
        let refused = self.refused_until(step);
        bounds.extend(refused.map(|(until, why)| (first_day_from(until), why)));
        if step.mail().is_some() {
            let turn = self.mailbox_turn(step);
            bounds.extend(turn.map(|on| (on, MoveReason::Mailbox)));
        }
        for Held { why, until } in self.holds {
            bounds.extend(until.map(|until| (until, reason(why))));
        }
        bounds
    }

    /// The day on which it may try its mailbox, where a step as severe or more waits for that.
    fn mailbox_turn(&self, step: &PolicyStep) -> Option<Date> {
        let to = addressee(step.mail(), self.invoice, self.debtor)?;
        let known = self.debtor.known_mailbox(&to.mailbox())?;
        let turn = known.turn.as_ref()?;
        let waits = self.ctx.policy.severity(&turn.step);
        waits
            .is_none_or(|waits| step.severity <= waits)
            .then_some(turn.on)
    }

    /// Before that a mail is not tried again, nor the tool asked for a signal.
    fn refused_until(&self, step: &PolicyStep) -> Option<(Timestamp, MoveReason)> {
        let refused = self.debtor.refused?;
        let waits = match step.deed {
            Deed::Mail(_) => true,
            Deed::Signal(_) => refused.why == Refusal::NoLook,
            Deed::Task(_) => false,
        };
        if !waits {
            return None;
        }
        let why = match refused.why {
            Refusal::QuotaSpent => MoveReason::QuotaSpent,
            Refusal::NoAnswer => MoveReason::NoAnswer,
            Refusal::Template => MoveReason::Template,
            Refusal::NoLook => MoveReason::NoLook,
            Refusal::Refused | Refusal::Newer => MoveReason::Refused,
        };
        Some((refused.until, why))
    }

    fn mails_in_week_until(&self, day: Date) -> usize {
        let week = SignedDuration::from_hours(WEEK * 24);
        let in_week = |mailed: &Date| *mailed <= day && day.duration_since(*mailed) < week;
        self.debtor.days_of_mails().filter(in_week).count()
    }
}

/// Why a hold that ends on a day moved a step.
fn reason(hold: &Hold) -> MoveReason {
    match hold {
        Hold::NotBefore => MoveReason::NotBefore,
        Hold::PaymentOnItsWay => MoveReason::PaymentOnItsWay,
        Hold::SourceRefused => MoveReason::SourceRefused,
        _ => MoveReason::Paused,
    }
}
