//! What SES's answer to a mail, and its later events, change in the file.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::change::Change;
use super::context::Context;
use super::plan::plan;
use super::silence::{self, patience};
use crate::file::{
    AddressTrouble, Attempt, Debtor, File, Invoice, Refusal, Refused, Skip, StepOf, StepState,
    carries_newer,
};
use crate::journal::{Line, Notice, NoticeKind, What};
use crate::limits::{MOST_INVOICES, QUOTA_WAIT, SAME_DAY};
use crate::value::{ClaimId, EmailAddress};

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// SES took it.
    Sent {
        /// SES's id of it.
        message_id: String,
    },
    /// It was delivered.
    Delivered,
    /// It could not be delivered.
    Bounced {
        /// For good, to these addresses.
        permanent: Vec<EmailAddress>,
    },
    /// A recipient called it spam.
    Complained {
        /// These.
        by: Vec<EmailAddress>,
    },
    /// SES took it and then refused to send it on.
    Rejected,
}

/// What the news of a mail that SES took at `mailed_at` changes. Whatever it is, it proves that SES had
/// the mail, so its claim is over.
pub fn record_delivery(
    file: &File,
    claim: &ClaimId,
    delivery: &Delivery,
    mailed_at: Timestamp,
) -> Change {
    let mut debtor = file.debtor.clone();
    let open = debtor
        .claims
        .extract_if(.., |id, open| {
            id == claim && !carries_newer(&file.open, open)
        })
        .next()
        .map(|(_, open)| open);
    if open.is_some() {
        debtor.refused = None;
    }
    let mut change = Change::default();
    if let Some(open) = open.filter(|open| open.expired) {
        change.invoices = mailed_after_all(file, claim, open.steps);
        debtor.note_mailed_on(open.day);
    } else if *delivery != Delivery::Rejected && !file.debtor.claims.contains_key(claim) {
        change = proven(file, claim, mailed_at);
        if !change.invoices.is_empty() {
            let zone = debtor.profile.value.zone();
            debtor.note_mailed_on(mailed_at.to_zoned(zone.unwrap_or(TimeZone::UTC)).date());
        }
    }
    let claim = claim.clone();
    let what = match delivery {
        // The sender's own answer, or an event that comes in its stead.
        Delivery::Sent { message_id } if debtor != file.debtor => Some(What::Sent {
            claim,
            message_id: message_id.clone(),
        }),
        Delivery::Sent { .. } => None,
        Delivery::Delivered => Some(What::Delivered { claim }),
        Delivery::Rejected => {
            change
                .notices
                .push(notice(&debtor, NoticeKind::MailRefused));
            Some(What::Rejected { claim })
        }
        Delivery::Bounced { permanent } => {
            hold_addresses(&mut debtor, permanent, &AddressTrouble::Bounced);
            Some(What::Bounced {
                claim,
                permanent: !permanent.is_empty(),
            })
        }
        Delivery::Complained { by } => {
            hold_addresses(&mut debtor, by, &AddressTrouble::Complained);
            Some(What::Complained { claim })
        }
    };
    change.journal.extend(what.map(Line::of_debtor));
    change.debtor = (debtor != file.debtor).then_some(debtor);
    change
}

fn hold_addresses(debtor: &mut Debtor, addresses: &[EmailAddress], trouble: &AddressTrouble) {
    for address in addresses {
        let known = debtor.held_addresses.entry(address.clone());
        let known = known.or_insert_with(|| trouble.clone());
        if trouble > known {
            *known = trouble.clone();
        }
    }
}

fn notice(debtor: &Debtor, kind: NoticeKind) -> Notice {
    Notice {
        kind,
        subject: debtor.name(),
    }
}

/// A file from a backup does not know the mail's claim, and skips what may have been in it: the steps
/// of that day.
fn proven(file: &File, claim: &ClaimId, mailed_at: Timestamp) -> Change {
    let mut change = Change::default();
    for known in file.open.values() {
        // What does not fit in one transaction is proven by the mail's next event.
        if change.invoices.len() == MOST_INVOICES {
            break;
        }
        let mut invoice = known.clone();
        let unknown = invoice.steps.iter_mut().filter(|step| {
            step.state == StepState::Skipped(Skip::Unknown)
                && step.at.duration_since(mailed_at).abs() < SAME_DAY
        });
        for step in unknown {
            step.state = StepState::Mailed {
                claim: claim.clone(),
                attempt: Attempt::First,
            };
            let proven = What::Proven {
                step: step.id.clone(),
                claim: claim.clone(),
            };
            change.journal.push(Line::of(known.id(), proven));
        }
        if invoice != *known {
            change.invoices.push(invoice);
        }
    }
    change
}

/// The mail had been given up for lost, and it was not: its steps are not sent again.
fn mailed_after_all(file: &File, claim: &ClaimId, steps: Vec<StepOf>) -> Vec<Invoice> {
    let waits = StepState::Planned {
        attempt: Attempt::Last,
    };
    let mut changed: Vec<Invoice> = Vec::new();
    for StepOf { invoice, step } in steps {
        let Some(mut invoice) = file.open.get(&invoice).cloned() else {
            continue;
        };
        let mut steps = invoice.steps.iter_mut();
        if let Some(step) = steps.find(|known| known.id == step && known.state == waits) {
            step.state = StepState::Mailed {
                claim: claim.clone(),
                attempt: Attempt::Last,
            };
            changed.push(invoice);
        }
    }
    changed
}

/// When a mail that SES refused is to be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// After a while: SES only asked for patience.
    Soon,
    /// After a while: no connection to SES could be made.
    NotReached,
    /// On the next working day.
    NextWorkingDay,
}

/// What a refusal changes: nothing was sent, so the steps are free again, and so is the day.
pub fn refused(ctx: Context<'_>, file: &File, claim: &ClaimId, code: &str, retry: Retry) -> Change {
    let mut change = Change::default();
    let mut debtor = file.debtor.clone();
    let Some(open) = debtor.claims.remove(claim) else {
        return change;
    };
    debtor.mailed_on.retain(|mailed| *mailed != open.day);
    let times = debtor.refused.map_or(0, |refused| refused.times);
    let until = match retry {
        Retry::Soon | Retry::NotReached => {
            ctx.now.saturating_add(patience(times)).unwrap_or(ctx.now)
        }
        Retry::NextWorkingDay => debtor.calendar(ctx.policy).sending_time_after(open.day),
    };
    debtor.refused = Some(Refused {
        times: times.saturating_add(1),
        until,
        why: match retry {
            Retry::NotReached => Refusal::NoAnswer,
            Retry::Soon | Retry::NextWorkingDay => Refusal::Refused,
        },
    });
    let what = What::Refused {
        claim: claim.clone(),
        code: code.to_owned(),
    };
    change.journal.push(Line::of_debtor(what));
    for StepOf { invoice, step } in &open.steps {
        let Some(before) = file.open.get(invoice) else {
            continue;
        };
        let mut free = before.clone();
        for known in free.steps.iter_mut().filter(|known| known.id == *step) {
            if let StepState::Mailed { claim: of, attempt } = &known.state
                && of == claim
            {
                known.state = StepState::Planned { attempt: *attempt };
            }
        }
        let planned = plan(ctx, &free, &debtor);
        change.take(before, planned);
    }
    match retry {
        Retry::NextWorkingDay => change
            .notices
            .push(notice(&debtor, NoticeKind::MailRefused)),
        Retry::NotReached => change.notices.extend(silence::notice(times)),
        Retry::Soon => {}
    }
    change.debtor = Some(debtor);
    change
}

/// What a spent quota changes. It counts the last 24 hours, so some of it is free again every hour:
/// what is due waits for one, or if the window closes before, for the next working day.
pub fn wait_for_quota(ctx: Context<'_>, file: &File) -> Change {
    let Context { policy, now } = ctx;
    let mut change = Change::default();
    let mut debtor = file.debtor.clone();
    let calendar = file.debtor.calendar(policy);
    let soon = now.saturating_add(QUOTA_WAIT).unwrap_or(now);
    debtor.refused = Some(Refused {
        times: debtor.refused.map_or(0, |refused| refused.times),
        until: if calendar.is_open_at(soon) {
            soon
        } else {
            calendar.sending_time_after(calendar.day_of(now))
        },
        why: Refusal::QuotaSpent,
    });
    for invoice in file.open.values() {
        // What does not fit in one transaction is planned anew by whoever looks next.
        if change.invoices.len() < MOST_INVOICES {
            change.take(invoice, plan(ctx, invoice, &debtor));
        }
    }
    change.notices.push(Notice {
        kind: NoticeKind::QuotaSpent,
        subject: "SES".to_owned(),
    });
    change.debtor = Some(debtor);
    change
}
