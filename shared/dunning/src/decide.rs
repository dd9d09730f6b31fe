//! `decide`: somebody knocked; what is to be done for this debtor, now.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ToSpan};
use sha2::{Digest, Sha256};

use crate::change::Change;
use crate::file::{Claim, File, Invoice, Step, StepState};
use crate::ids::{ClaimId, InvoiceId, StepId};
use crate::journal::{Line, Notice, NoticeKind, What};
use crate::people::EmailAddress;
use crate::plan::plan;
use crate::policy::Policy;

/// The most invoices that one mail carries: with the file and the journal they fit in one
/// transaction of 100 actions.
pub const MOST_INVOICES: usize = 90;

/// A knock that comes this much before its instant is put back; an SQS message waits no longer.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// How long a claim of which nothing was heard is kept for a late event of SES.
const LATE_EVENTS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Nothing: all is as it should be.
    Nothing,
    /// The knock came early: knock again after this time.
    KnockAgain(SignedDuration),
    /// Write this; nothing is to be sent.
    Write(Change),
    /// Write this, and if it is written, send that.
    Send {
        /// The claim.
        claim: Change,
        /// The mail.
        letter: Box<Letter>,
    },
}

/// A mail to be: who gets it, and about what.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// Its claim.
    pub claim: ClaimId,
    /// Where it goes.
    pub to: EmailAddress,
    /// The step that leads it: the highest.
    pub lead: StepId,
    /// The invoices in it, the leading one first.
    pub invoices: Vec<Invoice>,
}

/// Decides from the file as it was just read. `settle` is how long the fate of a mail may stay
/// unknown before its steps are decided anew; `version` is the file's own, which each claim
/// moves on, so that no two claims share a name.
pub fn decide(
    file: &File,
    version: u64,
    policy: &Policy,
    now: Timestamp,
    settle: SignedDuration,
) -> Decision {
    let mut draft = Draft::new(file);
    draft.expire_claims(now);
    draft.replan(policy, now);
    let due = draft.due(policy, now);
    let (Some(lead), Some(to)) = (due.first().cloned(), file.debtor.told.facts.email.clone())
    else {
        return draft.without_mail(now);
    };
    let carried: Vec<_> = due.iter().take(MOST_INVOICES).cloned().collect();
    let claim = claim_id(file, version);
    let invoices = carried
        .iter()
        .map(|(id, _)| draft.file.open[id].clone())
        .collect();
    draft.claim(
        &claim,
        &carried,
        due.len() - carried.len(),
        policy,
        now,
        settle,
    );
    Decision::Send {
        claim: draft.change(),
        letter: Box::new(Letter {
            claim,
            to,
            lead: lead.1,
            invoices,
        }),
    }
}

fn claim_id(file: &File, version: u64) -> ClaimId {
    let digest = Sha256::digest(format!("{}#{version}", file.debtor.key));
    ClaimId::parse(hex::encode(&digest[..12])).expect("24 hex digits are an id")
}

/// Which of its tries the steps of a mail had with it.
#[derive(Default)]
struct Tries {
    first: bool,
    second: bool,
}

/// Frees the steps of a claim that were claimed for the first time.
fn free_steps(
    open: &mut BTreeMap<InvoiceId, Invoice>,
    id: &ClaimId,
    steps: &[(InvoiceId, StepId)],
) -> Tries {
    let mut tries = Tries::default();
    for (invoice, step) in steps {
        let known = open
            .get_mut(invoice)
            .into_iter()
            .flat_map(|invoice| &mut invoice.steps);
        for step in known.filter(|known| known.id == *step) {
            match &step.state {
                StepState::Mailed {
                    claim,
                    again: false,
                } if claim == id => {
                    step.state = StepState::Planned { again: true };
                    tries.first = true;
                }
                StepState::Mailed { claim, again: true } if claim == id => tries.second = true,
                _ => {}
            }
        }
    }
    tries
}

/// The file as it is being changed, beside what it was.
struct Draft<'a> {
    before: &'a File,
    file: File,
    journal: Vec<Line>,
    notices: Vec<Notice>,
}

impl<'a> Draft<'a> {
    fn new(before: &'a File) -> Self {
        Self {
            before,
            file: before.clone(),
            journal: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Claims of which nothing was heard in time: their steps are free again, once, and so is the day.
    fn expire_claims(&mut self, now: Timestamp) {
        let File { debtor, open } = &mut self.file;
        debtor
            .claims
            .retain(|_, claim| !claim.expired || now.duration_since(claim.at) < LATE_EVENTS);
        let silent = debtor
            .claims
            .iter_mut()
            .filter(|(_, claim)| !claim.expired && claim.settle_by <= now);
        for (id, claim) in silent {
            claim.expired = true;
            let tries = free_steps(open, id, &claim.steps);
            if tries.second {
                let name = debtor.told.facts.name.clone();
                let subject = name.unwrap_or_else(|| debtor.key.customer.to_string());
                self.notices.push(Notice {
                    kind: NoticeKind::MailUnknown,
                    subject,
                });
                self.journal.push(Line {
                    invoice: None,
                    what: What::GivenUp { claim: id.clone() },
                });
            }
            if tries.first || !tries.second {
                debtor.mailed_on.retain(|day| *day != claim.day);
                self.journal.push(Line {
                    invoice: None,
                    what: What::Unsettled { claim: id.clone() },
                });
            }
        }
    }

    fn replan(&mut self, policy: &Policy, now: Timestamp) {
        for invoice in self.file.open.values_mut() {
            let planned = plan(invoice, &self.file.debtor, policy, now);
            *invoice = planned.invoice;
            self.journal.extend(planned.journal);
            self.notices.extend(planned.notices);
        }
    }

    /// What the next mail carries, if something is due: all that is for today, highest step
    /// first, then the oldest debt.
    fn due(&self, policy: &Policy, now: Timestamp) -> Vec<(InvoiceId, StepId)> {
        let calendar = self.file.debtor.calendar(policy);
        let today = calendar.day_of(now);
        if !calendar.is_open_at(now) {
            return Vec::new();
        }
        let mut due = Vec::new();
        let mut has_come = false;
        for invoice in self.file.open.values() {
            let mut todays = invoice
                .scheduled()
                .filter(|(_, at)| calendar.day_of(*at) == today);
            if let Some((step, at)) = todays.next() {
                has_come |= at <= now;
                let rank = policy.rank(step);
                due.push((
                    std::cmp::Reverse(rank),
                    invoice.facts().due_on,
                    invoice.id().clone(),
                    step.clone(),
                ));
            }
        }
        if !has_come {
            return Vec::new();
        }
        due.sort();
        due.into_iter()
            .map(|(_, _, invoice, step)| (invoice, step))
            .collect()
    }

    fn claim(
        &mut self,
        id: &ClaimId,
        carried: &[(InvoiceId, StepId)],
        waiting: usize,
        policy: &Policy,
        now: Timestamp,
        settle: SignedDuration,
    ) {
        let today = self.file.debtor.calendar(policy).day_of(now);
        for (invoice, step) in carried {
            let steps = self
                .file
                .open
                .get_mut(invoice)
                .map(|invoice| &mut invoice.steps);
            let step = steps.into_iter().flatten().find(|known| known.id == *step);
            if let Some(Step { state, .. }) = step {
                let again = matches!(state, StepState::Planned { again: true });
                *state = StepState::Mailed {
                    claim: id.clone(),
                    again,
                };
            }
        }
        let debtor = &mut self.file.debtor;
        debtor
            .mailed_on
            .retain(|day| *day > today.saturating_sub(7.days()));
        debtor.mailed_on.push(today);
        let settle_by = now.saturating_add(settle).unwrap_or(Timestamp::MAX);
        let steps = carried.to_vec();
        debtor.claims.insert(
            id.clone(),
            Claim {
                at: now,
                day: today,
                settle_by,
                steps: steps.clone(),
                expired: false,
            },
        );
        self.journal.push(Line {
            invoice: None,
            what: What::Claimed {
                claim: id.clone(),
                steps,
            },
        });
        if waiting > 0 {
            self.journal.push(Line {
                invoice: None,
                what: What::TooMany { waiting },
            });
        }
        self.replan(policy, now);
        self.keep_what_one_transaction_holds(carried);
    }

    /// What was planned anew besides the mail's own invoices goes along as far as it fits; the
    /// rest is planned anew at the next knock, with the same result.
    fn keep_what_one_transaction_holds(&mut self, carried: &[(InvoiceId, StepId)]) {
        let mut room = MOST_INVOICES.saturating_sub(carried.len());
        for (id, before) in &self.before.open {
            let in_mail = carried.iter().any(|(carried, _)| carried == id);
            if in_mail || self.file.open.get(id) == Some(before) {
                continue;
            }
            if room == 0 {
                self.file.open.insert(id.clone(), before.clone());
                self.journal
                    .retain(|line| line.invoice.as_ref() != Some(id));
            } else {
                room -= 1;
            }
        }
    }

    fn without_mail(mut self, now: Timestamp) -> Decision {
        self.keep_what_one_transaction_holds(&[]);
        let next = self
            .file
            .open
            .values()
            .filter_map(Invoice::next_action_at)
            .min();
        let change = self.change();
        if !change.is_empty() {
            return Decision::Write(change);
        }
        match next.map(|at| at.duration_since(now)) {
            Some(left) if left > SignedDuration::ZERO && left <= LONGEST_WAIT => {
                Decision::KnockAgain(left)
            }
            _ => Decision::Nothing,
        }
    }

    fn change(self) -> Change {
        let before = &self.before.open;
        let changed = |invoice: &Invoice| before.get(invoice.id()) != Some(invoice);
        Change {
            debtor: (self.file.debtor != self.before.debtor).then_some(self.file.debtor),
            invoices: self.file.open.into_values().filter(changed).collect(),
            journal: self.journal,
            notices: self.notices,
        }
    }
}
