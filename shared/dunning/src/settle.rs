//! What SES's answer to a mail, and its later events, change in the file.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::change::Change;
use crate::decide::MOST_INVOICES;
use crate::file::{AddressTrouble, Debtor, File, Invoice, Refusal, Refused, Skip, StepState};
use crate::ids::ClaimId;
use crate::journal::{Line, Notice, NoticeKind, What};
use crate::people::EmailAddress;
use crate::plan::plan;
use crate::policy::Policy;

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
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

/// How long a mail waits for a spent quota.
const QUOTA_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// The mails of one day differ from the next day's by more.
const SAME_DAY: SignedDuration = SignedDuration::from_hours(12);

/// What the fate of a mail that SES took at `mailed_at` changes. All but a refusal prove that SES had
/// it, so its claim is settled.
pub fn settle(file: &File, claim: &ClaimId, fate: &Fate, mailed_at: Timestamp) -> Change {
    let mut debtor = file.debtor.clone();
    let open = debtor.claims.remove(claim);
    if open.is_some() {
        debtor.refused = None;
    }
    let mut change = Change::default();
    if let Some(open) = open.filter(|open| open.expired) {
        change.invoices = mailed_after_all(file, claim, open.steps);
        debtor.note_mailed_on(open.day);
    } else if *fate != Fate::Rejected && !file.debtor.claims.contains_key(claim) {
        change = proven(file, claim, mailed_at);
        if !change.invoices.is_empty() {
            let zone = debtor.told.facts.zone();
            debtor.note_mailed_on(mailed_at.to_zoned(zone.unwrap_or(TimeZone::UTC)).date());
        }
    }
    let claim = claim.clone();
    let what = match fate {
        // The sender's own answer, or an event that comes in its stead.
        Fate::Sent { message_id } if debtor != file.debtor => Some(What::Sent {
            claim,
            message_id: message_id.clone(),
        }),
        Fate::Sent { .. } => None,
        Fate::Delivered => Some(What::Delivered { claim }),
        Fate::Rejected => {
            change
                .notices
                .push(notice(&debtor, NoticeKind::MailRefused));
            Some(What::Rejected { claim })
        }
        Fate::Bounced { permanent } => {
            hold_addresses(&mut debtor, permanent, AddressTrouble::Bounced);
            Some(What::Bounced {
                claim,
                permanent: !permanent.is_empty(),
            })
        }
        Fate::Complained { by } => {
            hold_addresses(&mut debtor, by, AddressTrouble::Complained);
            Some(What::Complained { claim })
        }
    };
    change.journal.extend(what.map(|what| Line {
        invoice: None,
        what,
    }));
    change.debtor = (debtor != file.debtor).then_some(debtor);
    change
}

fn hold_addresses(debtor: &mut Debtor, addresses: &[EmailAddress], trouble: AddressTrouble) {
    for address in addresses {
        let known = debtor
            .held_addresses
            .entry(address.clone())
            .or_insert(trouble);
        *known = trouble.max(*known);
    }
}

fn notice(debtor: &Debtor, kind: NoticeKind) -> Notice {
    let subject = debtor.told.facts.name.clone();
    Notice {
        kind,
        subject: subject.unwrap_or_else(|| debtor.key.customer.to_string()),
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
                again: false,
            };
            change.journal.push(Line {
                invoice: Some(known.id().clone()),
                what: What::Proven {
                    step: step.id.clone(),
                    claim: claim.clone(),
                },
            });
        }
        if invoice != *known {
            change.invoices.push(invoice);
        }
    }
    change
}

/// The mail had been given up for lost, and it was not: its steps are not sent again.
fn mailed_after_all(
    file: &File,
    claim: &ClaimId,
    steps: Vec<(crate::ids::InvoiceId, crate::ids::StepId)>,
) -> Vec<Invoice> {
    let mut changed: Vec<Invoice> = Vec::new();
    for (id, step) in steps {
        let Some(mut invoice) = file.open.get(&id).cloned() else {
            continue;
        };
        let waiting = |known: &&mut crate::file::Step| {
            known.id == step && matches!(known.state, StepState::Planned { again: true })
        };
        if let Some(step) = invoice.steps.iter_mut().find(waiting) {
            step.state = StepState::Mailed {
                claim: claim.clone(),
                again: true,
            };
            changed.push(invoice);
        }
    }
    changed
}

/// What a refusal changes: nothing was sent, so the steps are free again, and so is the day. They
/// are tried again after a while if SES only asked for patience, else on the next working day.
pub fn release(
    file: &File,
    claim: &ClaimId,
    code: &str,
    throttled: bool,
    policy: &Policy,
    now: Timestamp,
) -> Change {
    let mut change = Change::default();
    let mut debtor = file.debtor.clone();
    let Some(open) = debtor.claims.remove(claim) else {
        return change;
    };
    debtor.mailed_on.retain(|mailed| *mailed != open.day);
    let times = debtor.refused.map_or(0, |refused| refused.times);
    let until = if throttled {
        now.saturating_add(patience(times)).unwrap_or(now)
    } else {
        let calendar = debtor.calendar(policy);
        calendar.sending_time_after(open.day)
    };
    debtor.refused = Some(Refused {
        times: times.saturating_add(1),
        until,
        why: Refusal::Refused,
    });
    let what = What::Refused {
        claim: claim.clone(),
        code: code.to_owned(),
    };
    change.journal.push(Line {
        invoice: None,
        what,
    });
    for (id, step) in &open.steps {
        let Some(before) = file.open.get(id) else {
            continue;
        };
        let mut free = before.clone();
        for known in free.steps.iter_mut().filter(|known| known.id == *step) {
            if let StepState::Mailed { claim: of, again } = &known.state
                && of == claim
            {
                known.state = StepState::Planned { again: *again };
            }
        }
        let planned = plan(&free, &debtor, policy, now);
        change.take(before, planned);
    }
    if !throttled {
        change
            .notices
            .push(notice(&debtor, NoticeKind::MailRefused));
    }
    change.debtor = Some(debtor);
    change
}

/// What a spent quota changes. It counts the last 24 hours, so some of it is free again every hour:
/// what is due waits for one, or if the window closes before, for the next working day.
pub fn wait_for_quota(file: &File, policy: &Policy, now: Timestamp) -> Change {
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
            change.take(invoice, plan(invoice, &debtor, policy, now));
        }
    }
    change.notices.push(Notice {
        kind: NoticeKind::QuotaSpent,
        subject: "SES".to_owned(),
    });
    change.debtor = Some(debtor);
    change
}

/// How long a throttled mail waits: a minute, then twice as long each time, a quarter of an hour at
/// the most.
fn patience(times: u32) -> SignedDuration {
    SignedDuration::from_mins(1 << times.min(4)).min(SignedDuration::from_mins(15))
}
