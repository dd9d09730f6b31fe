//! Steps that a person must approve, or may stop: the team hears of them some days before.

use jiff::Timestamp;

use super::choice::Choice;
use super::context::Context;
use crate::file::{Debtor, Invoice, StepApproval};
use crate::journal::{Notice, NoticeKind};
use crate::limits::{APPROVAL_AHEAD, APPROVAL_OVERDUE};
use crate::policy::Approval;

/// What asking for it changes.
#[derive(Default)]
pub(super) struct Asked {
    /// What the team hears, beside what it hears of the hold.
    pub(super) notices: Vec<Notice>,
    /// When the debt must be looked at for it.
    pub(super) look_at: Option<Timestamp>,
}

/// Asks for the approval of the next step, if it is one that wants it and its time has come. What is on hold anyway, until
/// a person says otherwise, is not asked about.
pub(super) fn ask(
    ctx: Context<'_>,
    invoice: &mut Invoice,
    debtor: &Debtor,
    choice: &Choice<'_>,
    is_held: bool,
) -> Asked {
    let known = invoice.holds.approval.take();
    let mut steps = invoice.steps.iter();
    let next = steps.find(|step| step.is_planned()).cloned();
    let wants = next.and_then(|next| {
        let mut steps = choice.sequence.steps.iter();
        let step = steps.find(|step| step.id.as_str() == next.id.in_policy())?;
        (step.approval != Approval::None).then_some((next, step.approval))
    });
    let Some((next, approval)) = wants else {
        return Asked::default();
    };
    let calendar = debtor.calendar(ctx.policy);
    let day = calendar.day_of(next.at);
    let ahead = calendar.business_days_after(day, -APPROVAL_AHEAD);
    let ask_at = calendar.sending_time(ahead);
    let known = known.filter(|known| known.step == next.id && known.is_good_for(ctx.now, ask_at));
    if known.is_none() && (is_held || ctx.now < ask_at) {
        return Asked {
            notices: Vec::new(),
            look_at: (!is_held).then_some(ask_at),
        };
    }
    let is_new = known.is_none();
    let mut known = known.unwrap_or_else(|| StepApproval {
        step: next.id.clone(),
        since: ctx.now,
        required: false,
        approved: false,
        told_again: false,
    });
    known.required = approval == Approval::Required;
    let mut asked = Asked::default();
    let notice = |kind: NoticeKind| {
        let subject = format!("{} ({} {day})", invoice.name(), next.id);
        let notice = Notice::new(kind, subject);
        notice.of_debtor(debtor).of_invoice(invoice)
    };
    if is_new {
        asked.notices.push(notice(if known.required {
            NoticeKind::ApprovalWanted
        } else {
            NoticeKind::Announced
        }));
    }
    if known.holds() && !known.told_again {
        let since = calendar.day_of(known.since);
        let overdue = calendar.business_days_after(since, APPROVAL_OVERDUE);
        let overdue = calendar.sending_time(overdue);
        if ctx.now >= overdue {
            known.told_again = true;
            asked.notices.push(notice(NoticeKind::ApprovalOverdue));
        } else {
            asked.look_at = Some(overdue);
        }
    }
    invoice.holds.approval = Some(known);
    asked
}
