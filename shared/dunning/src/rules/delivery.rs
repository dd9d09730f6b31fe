//! What SES's answer to a mail, and its later events, change in the file.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::change::Change;
use super::context::Context;
use super::plan::plan;
use super::rehearsal;
use super::silence::{self, ask_later};
use crate::file::{
    AddressTrouble, Attempt, Claim, Debtor, File, MailboxChange, Refusal, Refused, Skip, StepOf,
    StepState, TakenBy, carries_newer,
};
use crate::journal::{Line, Notice, NoticeKind, What};
use crate::limits::{AN_HOUR, MOST_INVOICES, SAME_DAY};
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
    /// It did not reach somebody who was to get a copy, or he called it spam. Says nothing of whom it is for.
    CopyFailed {
        /// These.
        at: Vec<EmailAddress>,
        /// What became of it.
        trouble: AddressTrouble,
    },
}

/// What the news of a mail that SES took at `mailed_at` changes. Whatever it is, it proves that SES had
/// the mail, so its claim is over, and its steps were heard, or reached nobody.
pub fn record_delivery(
    file: &File,
    claim: &ClaimId,
    delivery: &Delivery,
    mailed_at: Timestamp,
) -> Change {
    // What became of a copy that went to the team says nothing of the debtor's address.
    if claim.is_of_rehearsal() && !is_taken(delivery) {
        return Change::default();
    }
    if let Delivery::CopyFailed { at, trouble } = delivery {
        return copy_failed(file, claim, at, trouble);
    }
    let mut debtor = file.debtor.clone();
    let open = debtor
        .claims
        .extract_if(.., |id, open| {
            id == claim && !carries_newer(&file.open, open)
        })
        .next()
        .map(|(_, open)| open);
    let mut change = Change::default();
    let mut unreached = None;
    if let Some(open) = open {
        debtor.refused = None;
        if open.expired {
            debtor.take_day(claim, open.day);
            change.mailboxes.extend(open.to.as_ref().map(|to| {
                let (debtor, claim) = (debtor.key.clone(), claim.clone());
                let left = MailboxChange::Take(open.day, TakenBy { debtor, claim });
                (to.mailbox(), left)
            }));
        }
        unreached = settle(file, claim, &open, delivery, &mut change);
        if claim.is_of_rehearsal() {
            change.notices.extend(rehearsal::notices(file, &open.steps));
        }
    } else if !file.debtor.claims.contains_key(claim) {
        unreached = tell_more(file, claim, delivery, &mut change);
        let is_proof = *delivery != Delivery::Rejected && !claim.is_of_rehearsal();
        if change.invoices.is_empty() && is_proof {
            change = proven(file, claim, mailed_at);
            if !change.invoices.is_empty() {
                let zone = debtor.zone();
                debtor.note_mailed_on(mailed_at.to_zoned(zone.unwrap_or(TimeZone::UTC)).date());
            }
        }
    }
    let mut hold = |addresses: &[EmailAddress], trouble| {
        hold_addresses(&mut debtor, addresses, &trouble, &mut change);
    };
    match delivery {
        Delivery::Bounced { permanent } => hold(permanent, AddressTrouble::Bounced),
        Delivery::Complained { by } => hold(by, AddressTrouble::Complained),
        Delivery::Sent { .. }
        | Delivery::Delivered
        | Delivery::Rejected
        | Delivery::CopyFailed { .. } => {}
    }
    hold(unreached.as_slice(), AddressTrouble::Bounced);
    // Of the debtor's own address the hold tells.
    if elsewhere(&file.debtor, &debtor) {
        let notice = Notice::new(NoticeKind::CopyFailed, debtor.name());
        change.notices.push(notice.of_debtor(&debtor));
    }
    // The same event by another way, or once more. That a mail waits somewhere changes nothing, and is said each time.
    let waits = matches!(delivery, Delivery::Bounced { permanent } if permanent.is_empty());
    if debtor == file.debtor && change.invoices.is_empty() && !waits {
        return Change::default();
    }
    if *delivery == Delivery::Rejected {
        change
            .notices
            .push(Notice::new(NoticeKind::MailRefused, debtor.name()).of_debtor(&debtor));
    }
    let settled = debtor != file.debtor;
    let what = words(claim.clone(), delivery, settled);
    change.journal.extend(what.map(Line::of_debtor));
    change.debtor = settled.then_some(debtor);
    change
}

/// Whether an address is held anew that is not the debtor's own.
fn elsewhere(before: &Debtor, after: &Debtor) -> bool {
    let own = after
        .profile
        .value
        .email
        .as_ref()
        .map(EmailAddress::mailbox);
    let mut held = after.held_addresses.keys();
    held.any(|held| !before.held_addresses.contains_key(held) && Some(held.mailbox()) != own)
}

/// Nobody at that address gets a copy any more. The team hears of it once.
fn copy_failed(
    file: &File,
    claim: &ClaimId,
    at: &[EmailAddress],
    trouble: &AddressTrouble,
) -> Change {
    let mut debtor = file.debtor.clone();
    let mut change = Change::default();
    hold_addresses(&mut debtor, at, trouble, &mut change);
    if debtor == file.debtor {
        return Change::default();
    }
    let what = What::CopyFailed {
        claim: claim.clone(),
    };
    change.journal.push(Line::of_debtor(what));
    let notice = Notice::new(NoticeKind::CopyFailed, debtor.name()).of_debtor(&debtor);
    change.notices.push(notice);
    change.debtor = Some(debtor);
    change
}

/// What the journal says of it: SES's taking of a mail once, by its answer or by an event in its stead.
fn words(claim: ClaimId, delivery: &Delivery, settled: bool) -> Option<What> {
    Some(match delivery {
        Delivery::Sent { .. } if !settled => return None,
        Delivery::Sent { message_id } => What::Sent {
            claim,
            message_id: message_id.clone(),
        },
        Delivery::Delivered => What::Delivered { claim },
        Delivery::Rejected => What::Rejected { claim },
        Delivery::Bounced { permanent } => What::Bounced {
            claim,
            permanent: !permanent.is_empty(),
        },
        Delivery::Complained { .. } => What::Complained { claim },
        Delivery::CopyFailed { .. } => What::CopyFailed { claim },
    })
}

/// The first that is heard of a mail: its steps, unless they were claimed again meanwhile, are said by it. Gives
/// the address at which they reached nobody.
fn settle(
    file: &File,
    id: &ClaimId,
    claim: &Claim,
    delivery: &Delivery,
    change: &mut Change,
) -> Option<EmailAddress> {
    let waits = StepState::Planned {
        attempt: Attempt::Last,
    };
    let is_unheard = reaches_nobody(delivery, claim.to.as_ref());
    let state = if is_unheard {
        StepState::Unheard { claim: id.clone() }
    } else {
        StepState::Heard {
            claim: id.clone(),
            at: claim.at,
            to: claim.to.clone(),
            delivered: shows_a_mailbox(delivery),
            message_id: match delivery {
                Delivery::Sent { message_id } => Some(message_id.clone()),
                _ => None,
            },
        }
    };
    for carried in &claim.steps {
        let Some(known) = file.open.get(&carried.invoice) else {
            continue;
        };
        let mut invoice = known.clone();
        let steps = invoice.steps.iter_mut();
        let mut steps = steps.filter(|step| step.id == carried.step);
        let Some(step) =
            steps.find(|step| step.is_in(id) || (claim.expired && step.state == waits))
        else {
            continue;
        };
        step.state = state.clone();
        change.take_settled(known, invoice, &file.debtor);
    }
    let changed = !change.invoices.is_empty();
    claim.to.clone().filter(|_| is_unheard && changed)
}

/// What comes after the first word of a mail. Gives the address at which it reached nobody after all.
fn tell_more(
    file: &File,
    id: &ClaimId,
    delivery: &Delivery,
    change: &mut Change,
) -> Option<EmailAddress> {
    let mut unreached = None;
    for known in file.open.values() {
        let mut invoice = known.clone();
        for step in invoice.steps.iter_mut().filter(|step| step.is_in(id)) {
            let StepState::Heard { to, delivered, .. } = &mut step.state else {
                continue;
            };
            // An automatic answer comes as a bounce for now, after the mail was delivered.
            let is_answer = *delivered
                && matches!(delivery, Delivery::Bounced { permanent } if permanent.is_empty());
            if is_answer {
                continue;
            }
            if reaches_nobody(delivery, to.as_ref()) {
                unreached = unreached.or(to.take());
                step.state = StepState::Unheard { claim: id.clone() };
            } else {
                *delivered |= shows_a_mailbox(delivery);
            }
        }
        if invoice != *known {
            change.invoices.push(invoice);
        }
    }
    unreached
}

/// Whether nobody read it. SES tells of a bounce for now when it has tried for the last time; so the address
/// is held, or it would be written to again and again. That of a mail of an earlier version is not known.
fn reaches_nobody(delivery: &Delivery, to: Option<&EmailAddress>) -> bool {
    match delivery {
        Delivery::Bounced { permanent } if permanent.is_empty() => to.is_some(),
        Delivery::Bounced { .. } => true,
        Delivery::Rejected => to.is_some(),
        Delivery::Sent { .. }
        | Delivery::Delivered
        | Delivery::Complained { .. }
        | Delivery::CopyFailed { .. } => false,
    }
}

fn is_taken(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Sent { .. } | Delivery::Delivered)
}

fn shows_a_mailbox(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Delivered | Delivery::Complained { .. })
}

/// Holds the addresses of this debtor, and their mailboxes for all others.
fn hold_addresses(
    debtor: &mut Debtor,
    addresses: &[EmailAddress],
    trouble: &AddressTrouble,
    change: &mut Change,
) {
    for address in addresses {
        let held = MailboxChange::Hold(trouble.clone(), debtor.key.clone());
        change.mailboxes.push((address.mailbox(), held));
        let known = debtor.held_addresses.entry(address.clone());
        let known = known.or_insert_with(|| trouble.clone());
        if trouble > known {
            *known = trouble.clone();
        }
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
            step.state = StepState::Heard {
                claim: claim.clone(),
                at: mailed_at,
                to: None,
                delivered: false,
                message_id: None,
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
    debtor.free_day(claim, open.day);
    change.mailboxes.extend(open.gives_back(claim));
    let times = debtor.refused.map_or(0, |refused| refused.times);
    let why = match retry {
        Retry::NotReached => Refusal::NoAnswer,
        Retry::Soon | Retry::NextWorkingDay => Refusal::Refused,
    };
    let mut refused = ask_later(ctx.now, times, why);
    if retry == Retry::NextWorkingDay {
        refused.until = debtor.calendar(ctx.policy).sending_time_after(open.day);
    }
    debtor.refused = Some(refused);
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
            if let StepState::Claimed { claim: of, attempt } = &known.state
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
            .push(Notice::new(NoticeKind::MailRefused, debtor.name()).of_debtor(&debtor)),
        Retry::NotReached => change.notices.extend(silence::notice(times)),
        Retry::Soon => {}
    }
    change.debtor = Some(debtor);
    change
}

/// What a spent quota changes. It counts the last 24 hours, so some of it is free again every hour.
pub fn wait_for_quota(ctx: Context<'_>, file: &File) -> Change {
    let mut change = wait(ctx, file, AN_HOUR, Refusal::QuotaSpent);
    change
        .notices
        .push(Notice::new(NoticeKind::QuotaSpent, "SES"));
    change
}

/// What a template that cannot be filled in changes. Nothing but another deployment mends it.
pub fn wait_for_template(ctx: Context<'_>, file: &File, template: &str) -> Change {
    let mut change = wait(ctx, file, AN_HOUR, Refusal::Template);
    change
        .notices
        .push(Notice::new(NoticeKind::TemplateFails, template));
    change
}

/// What is due waits for so long, or if the window closes before, for the next working day.
pub(super) fn wait(ctx: Context<'_>, file: &File, span: SignedDuration, why: Refusal) -> Change {
    let Context { policy, now, .. } = ctx;
    let mut change = Change::default();
    let mut debtor = file.debtor.clone();
    let calendar = file.debtor.calendar(policy);
    let soon = now.saturating_add(span).unwrap_or(now);
    debtor.refused = Some(Refused {
        times: debtor.refused.map_or(0, |refused| refused.times),
        until: if calendar.is_open_at(soon) {
            soon
        } else {
            calendar.sending_time_after(calendar.day_of(now))
        },
        why,
    });
    for invoice in file.open.values() {
        // What does not fit in one transaction is planned anew by whoever looks next.
        if change.invoices.len() < MOST_INVOICES {
            change.take(invoice, plan(ctx, invoice, &debtor));
        }
    }
    change.debtor = Some(debtor);
    change
}
