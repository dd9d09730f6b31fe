//! On which days a debt is reminded of if nobody pays, and why on those: for whoever asks before it happens.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::choice::{Choice, choose};
use super::context::Context;
use super::holds::Held;
use super::ladder::Ladder;
use super::plan::{awaits, plan};
use super::recipients::addressee;
use super::standing::{Standing, standing};
use crate::calendar::{ClosedFor, DebtorCalendar};
use crate::file::{Debtor, Invoice, StepState};
use crate::journal::MoveReason;
use crate::limits::APPROVAL_AHEAD;
use crate::policy::{Approval, Offset, PolicyStep, Sequence};
use crate::value::{EmailAddress, StepId};

/// What a debt comes to by a policy.
#[derive(Debug, Clone)]
pub struct Dates<'p> {
    /// Its ladder.
    pub sequence: &'p Sequence,
    /// Why it is that one.
    pub chosen: Chosen,
    /// Why nobody can say which ladder or steps are for it, where nobody can.
    pub undecided: Option<String>,
    /// The day by which it is to be paid, if it is owed and that is known.
    pub due_on: Option<Date>,
    /// What holds it, the strongest first.
    pub holds: Vec<Held>,
    /// It, planned.
    pub invoice: Invoice,
    /// The steps of its ladder, as if nothing held it that somebody must end, and each approval came in time. None of what
    /// is not owed or has no due date.
    pub steps: Vec<StepDay<'p>>,
}

/// Why a debt climbs the ladder that it climbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// Somebody chose it in the billing tool.
    Tool,
    /// It is the first whose condition holds.
    Condition,
    /// No other one is for it.
    Others,
}

/// A step of a debt, with its day.
#[derive(Debug, Clone)]
pub struct StepDay<'p> {
    /// As the policy has it.
    pub policy: &'p PolicyStep,
    /// Its name, with that of the part it is for.
    pub id: StepId,
    /// The day from which its own is counted.
    pub from: Date,
    /// The closed days that counting in business days passed over.
    pub passed: Vec<(Date, ClosedFor)>,
    /// The day that one comes to.
    pub meant: Date,
    /// The closed days between that one and its own.
    pub rolled: Vec<(Date, ClosedFor)>,
    /// Its own day, by the policy alone.
    pub day: Date,
    /// When it leaves.
    pub at: Timestamp,
    /// What becomes of it.
    pub state: StepState,
    /// Why it does not leave on its own day, if it does not.
    pub moved: Option<MoveReason>,
    /// The day on which the team hears of it, where a person must approve it or may stop it.
    pub asked_on: Option<Date>,
    /// Whom its mail goes to.
    pub to: Option<EmailAddress>,
}

/// The days of a debt, by the file as it is.
pub fn dates<'p>(ctx: Context<'p>, invoice: &Invoice, debtor: &Debtor) -> Dates<'p> {
    let invoice = plan(ctx, invoice, debtor).invoice;
    let choice = choose(ctx.policy, &invoice, debtor);
    let balance = invoice.balance();
    let by_tool = balance.plan.is_some() || debtor.profile.value.plan.is_some();
    let chosen = match choice.sequence.when {
        _ if by_tool => Chosen::Tool,
        Some(_) => Chosen::Condition,
        None => Chosen::Others,
    };
    let (due_on, holds) = match standing(&invoice, debtor, ctx.policy, &choice) {
        Standing::Owed { due_on, holds } => (Some(due_on), holds),
        Standing::Undated(why) => (None, vec![Held { why, until: None }]),
        Standing::Quiet(_) => (None, Vec::new()),
    };
    let steps = due_on.map(|due_on| steps(ctx, &invoice, debtor, due_on, &holds, &choice));
    let steps = steps.unwrap_or_default();
    Dates {
        sequence: choice.sequence,
        chosen,
        due_on,
        holds,
        steps,
        undecided: choice.undecided,
        invoice,
    }
}

fn steps<'p>(
    ctx: Context<'p>,
    invoice: &Invoice,
    debtor: &Debtor,
    due_on: Date,
    holds: &[Held],
    choice: &Choice<'p>,
) -> Vec<StepDay<'p>> {
    let others = holds.iter().filter(|held| !awaits(held));
    let others: Vec<Held> = others.cloned().collect();
    // While it is held, a step that is planned keeps its instant, and nothing would say why.
    let mut anew = invoice.clone();
    anew.steps
        .retain(|step| !step.is_planned() || step.may_have_left());
    let sequence = choice.sequence;
    let ladder = Ladder::new(ctx, debtor, &anew, due_on, &others, choice);
    let climbed = ladder.climb();
    let days = ladder.days();
    let placed = sequence.steps.iter().enumerate().zip(climbed.steps);
    let dated = placed.map(|((rank, policy), step)| {
        let (from, meant, day) = (days.from(rank), days.meant(rank), days.of(rank));
        let mut moves = climbed.moves.iter();
        let moved = moves.find(|(moved, _)| *moved == step.id);
        let moved = moved.filter(|(_, why)| *why != MoveReason::Replanned);
        let asks = policy.approval != Approval::None && step.is_planned();
        StepDay {
            policy,
            from,
            passed: passed(policy, from, &days.calendar),
            meant,
            rolled: closed_between(meant, day, &days.calendar),
            day,
            moved: moved.map(|(_, why)| *why),
            asked_on: asks.then(|| asked_on(ctx, step.at, &days.calendar)),
            to: addressee(policy.mail(), invoice, debtor).filter(|_| policy.mail().is_some()),
            id: step.id,
            at: step.at,
            state: step.state,
        }
    });
    dated.collect()
}

/// The day on which the team hears of a step that a person must approve, or may stop.
fn asked_on(ctx: Context<'_>, at: Timestamp, calendar: &DebtorCalendar<'_>) -> Date {
    let ahead = calendar.business_days_after(calendar.day_of(at), -APPROVAL_AHEAD);
    ahead.max(calendar.day_of(ctx.now))
}

fn passed(
    policy: &PolicyStep,
    from: Date,
    calendar: &DebtorCalendar<'_>,
) -> Vec<(Date, ClosedFor)> {
    let Offset::BusinessDays(days) = policy.on.offset else {
        return Vec::new();
    };
    let to = calendar.business_days_after(from, days);
    let mut passed = closed_between(from, to, calendar);
    // What is counted from is no day that is counted.
    passed.retain(|(day, _)| *day != from);
    passed
}

/// The closed days from one day, which may be one of them, on or back to another.
fn closed_between(from: Date, to: Date, calendar: &DebtorCalendar<'_>) -> Vec<(Date, ClosedFor)> {
    let step = if from <= to { 1.day() } else { (-1).day() };
    let days = from.series(step).take_while(|day| *day != to);
    days.filter_map(|day| Some((day, calendar.closed_for(day)?)))
        .collect()
}
