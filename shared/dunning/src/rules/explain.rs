//! What planning an invoice anew changed, for the journal and for the team.

use super::standing::Standing;
use crate::file::{Debtor, Hold, Invoice, Outlook, Step, StepState};
use crate::journal::{CancelReason, Line, MoveReason, Notice, NoticeKind, What};
use crate::policy::Policy;
use crate::value::{StepId, UnusableAddress};

/// A line for each step, and for the outlook, that is not as it was.
pub(super) fn explain(
    before: &Invoice,
    after: &Invoice,
    standing: &Standing,
    policy: &Policy,
    moves: &[(StepId, MoveReason)],
) -> Vec<Line> {
    let mut lines = Vec::new();
    for step in &after.steps {
        let known = before.steps.iter().find(|known| known.id == step.id);
        let moved_by = moves.iter().find(|(moved, _)| *moved == step.id);
        let moved_by = moved_by.map(|(_, why)| *why);
        lines.extend(explain_step(known, step, moved_by));
    }
    let why = match standing {
        Standing::Quiet(why) => Some(CancelReason::NotChased(*why)),
        Standing::Undated(_) => Some(CancelReason::NoDueDate),
        Standing::Owed { .. } => None,
    };
    for step in before.steps.iter().filter(|step| step.is_planned()) {
        if !after.steps.iter().any(|kept| kept.id == step.id) {
            let of_ladder = match policy.step(&step.id) {
                Some(_) => CancelReason::OtherLadder,
                None => CancelReason::NotInPolicy,
            };
            lines.push(What::Cancelled {
                step: step.id.clone(),
                why: why.unwrap_or(of_ladder),
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
        // The mail's own lines say it, or the newer version's.
        (
            StepState::Claimed { .. }
            | StepState::Heard { .. }
            | StepState::Unheard { .. }
            | StepState::Unknown { .. }
            | StepState::Asked { .. }
            | StepState::SentBefore { .. }
            | StepState::Signalled { .. }
            | StepState::Newer(_),
            _,
        ) => None,
    }
}

/// What a person must hear of: an invoice for which nothing more will be written by itself.
pub(super) fn tell(before: &Invoice, after: &Invoice, debtor: &Debtor) -> Vec<Notice> {
    if before.outlook == after.outlook {
        return Vec::new();
    }
    let unusable = &debtor.profile.value.unusable_emails;
    if after.outlook == Outlook::Held(Hold::NoAddress) && !unusable.is_empty() {
        let notices = tell_addresses(&after.name(), unusable).into_iter();
        return notices
            .map(|notice| notice.of_debtor(debtor).of_invoice(after))
            .collect();
    }
    let mut subject = after.name();
    let kind = match &after.outlook {
        // The money was told when it came; that it holds a debt that is new, nobody has heard.
        Outlook::Held(Hold::Unapplied) if before.steps.is_empty() => {
            let money = debtor.facts.held_money_in(after.balance().currency());
            subject.extend(money.map(|money| format!(" ({money})")));
            Some(NoticeKind::Unapplied)
        }
        Outlook::Held(hold) => NoticeKind::of(hold),
        Outlook::Finished => finished(after.last_said()),
        Outlook::Next { .. } | Outlook::NotChased(_) | Outlook::Newer(_) => None,
    };
    let notice = |kind| {
        Notice::new(kind, subject.as_str())
            .of_debtor(debtor)
            .of_invoice(after)
    };
    kind.map(notice).into_iter().collect()
}

/// What a person must hear where something was given, and none of it is an address: of a debt, or of a debtor.
pub(super) fn tell_addresses(whose: &str, unusable: &[UnusableAddress]) -> Vec<Notice> {
    let notice = |UnusableAddress { said, why }: &UnusableAddress| {
        Notice::new(NoticeKind::of_address(*why), format!("{whose}: {said}"))
    };
    unusable.iter().map(notice).collect()
}

/// What is told of a ladder at its end.
fn finished(last_said: Option<&Step>) -> Option<NoticeKind> {
    match last_said.map(|step| &step.state) {
        None
        | Some(
            StepState::Skipped(_)
            | StepState::Asked { .. }
            | StepState::SentBefore { .. }
            | StepState::Signalled { .. },
        ) => Some(NoticeKind::NoStepLeft),
        Some(StepState::Heard { .. }) => Some(NoticeKind::LastStepSent),
        // Told when it is heard, or was told when it was given up.
        Some(_) => None,
    }
}
