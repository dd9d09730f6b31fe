//! The life of a circle of customers under a policy: what is told comes in, and who is to be looked at next is looked
//! at, in the order of their instants. All is decided by the rules that are deployed; here it is only carried about.
//!
//! Every mail is taken as delivered, every approval as given at once, and nobody else does anything.

use std::collections::{BTreeMap, BTreeSet};

use dunning::billing::Status;
use dunning::file::{Invoice, Mailbox, Outlook, StepApproval, next_look};
use dunning::journal::What;
use dunning::limits::MOST_INVOICES;
use dunning::policy::{Approval, Policy, PolicyStep};
use dunning::rules::{
    Admission, Change, Context, Decision, Delivery, Instruction, Letter, ask_mailbox, decide,
    instruct, record_delivery, replan,
};
use dunning::value::{DebtorKey, InvoiceId, MailboxId, StepId};
use jiff::{SignedDuration, Timestamp};

use super::fate::{About, Deed, Fate, Mail, Task};
use super::files::{Files, Kept};
use super::told::Told;

/// More looks than one knock ever takes.
const MOST_LOOKS: usize = 50;
/// Whoever was looked at in vain is looked at once more by the next sweep.
const NEXT_SWEEP: SignedDuration = SignedDuration::from_hours(1);
/// What became of each mail is known at once.
const DELIVERY_WINDOW: SignedDuration = SignedDuration::from_mins(30);

/// The life of a circle.
pub(super) struct Life<'p> {
    policy: &'p Policy,
    files: Files,
    fates: BTreeMap<DebtorKey, Fate>,
    mailboxes: BTreeMap<MailboxId, Mailbox>,
    /// Who is to be looked at, and when.
    agenda: BTreeSet<(Timestamp, DebtorKey)>,
}

impl<'p> Life<'p> {
    /// Plays what was told of a circle, until then. Gives what came to each of its customers.
    pub(super) fn play(policy: &'p Policy, told: &[Told], until: Timestamp) -> Vec<Fate> {
        let mut life = Self {
            policy,
            files: Files::default(),
            fates: BTreeMap::new(),
            mailboxes: BTreeMap::new(),
            agenda: BTreeSet::new(),
        };
        for told in told {
            life.look_until(told.at, false);
            life.hear(told);
        }
        life.look_until(until, true);
        life.end()
    }

    /// Looks at whoever is to be looked at by then. What is told at the same instant goes before.
    fn look_until(&mut self, until: Timestamp, inclusive: bool) {
        while let Some((at, key)) = self.agenda.first().cloned() {
            if at > until || (at == until && !inclusive) {
                return;
            }
            self.agenda.pop_first();
            self.look(&key, at);
        }
    }

    fn hear(&mut self, told: &Told) {
        let ctx = Context::new(self.policy, told.at);
        if let Some((key, change)) = self.files.hear(ctx, &told.what) {
            self.write(&key, told.at, &change);
            let happened = told.happened();
            for invoice in &change.invoices {
                if invoice.balance().status == Status::Paid {
                    self.note_paid(&key, invoice, happened);
                }
            }
            self.enter(&key, told.at, SignedDuration::ZERO);
        }
    }

    fn note_paid(&mut self, key: &DebtorKey, invoice: &Invoice, at: Timestamp) {
        let (Some(kept), Some(fate)) = (self.files.get(key), self.fates.get_mut(key)) else {
            return;
        };
        let paid_on = kept.file.debtor.calendar(self.policy).day_of(at);
        fate.note_paid(invoice.id(), paid_on, invoice.balance().due_on);
    }

    /// As `remind` does it.
    fn look(&mut self, key: &DebtorKey, now: Timestamp) {
        let ctx = Context::new(self.policy, now);
        for _ in 0..MOST_LOOKS {
            let Some(Kept { file, version, .. }) = self.files.get(key) else {
                return;
            };
            match decide(ctx, file, *version, DELIVERY_WINDOW) {
                Decision::Write(change) | Decision::Signal { change, .. } => {
                    self.write(key, now, &change);
                    if self.is_done(key, now, &change) {
                        self.settle(key);
                        break;
                    }
                }
                Decision::Send { claim, letter } => {
                    let mailbox = self.mailboxes.get(&letter.to.mailbox());
                    match ask_mailbox(ctx, file, claim, &letter, mailbox) {
                        Admission::Waits(change) => self.write(key, now, &change),
                        Admission::Granted(claim) => {
                            self.write(key, now, &claim);
                            self.send(key, now, &letter);
                            break;
                        }
                    }
                }
                Decision::Nothing | Decision::KnockAgain(_) => {
                    self.settle(key);
                    break;
                }
            }
        }
        self.enter(key, now, NEXT_SWEEP);
    }

    /// It is taken and delivered.
    fn send(&mut self, key: &DebtorKey, now: Timestamp, letter: &Letter) {
        let Some(kept) = self.files.get(key) else {
            return;
        };
        let mail = Mail {
            on: kept.file.debtor.calendar(self.policy).day_of(now),
            step: letter.lead.clone(),
            about: about(self.policy, letter),
        };
        let sent = Delivery::Sent {
            message_id: String::new(),
        };
        let change = record_delivery(&kept.file, &letter.claim, &sent, now);
        self.fate(key).mails.push(mail);
        self.write(key, now, &change);
    }

    /// Writes a change, and what follows from it at once.
    fn write(&mut self, key: &DebtorKey, now: Timestamp, change: &Change) {
        self.note(key, now, change);
        for (id, mailbox) in &change.mailboxes {
            let known = self.mailboxes.entry(id.clone()).or_default();
            known.change(mailbox.clone());
        }
        let is_planned_anew = self.files.write(key, change);
        let ctx = Context::new(self.policy, now);
        if is_planned_anew {
            self.replan(ctx, key);
        }
        let Some(Kept { file, .. }) = self.files.get(key) else {
            return;
        };
        let mut open = file.open.values();
        let waits = |invoice: &Invoice| {
            let approval = invoice.holds.approval.as_ref();
            approval.is_some_and(StepApproval::holds)
        };
        if open.any(waits) {
            let approved = instruct(file, None, Instruction::Approve);
            self.fate(key).approvals += approved.invoices.len();
            self.files.write(key, &approved);
            self.replan(ctx, key);
        }
    }

    fn replan(&mut self, ctx: Context<'_>, key: &DebtorKey) {
        let ids: Vec<InvoiceId> = match self.files.get(key) {
            Some(kept) => kept.file.open.keys().cloned().collect(),
            None => return,
        };
        for id in ids {
            let Some(Kept { file, .. }) = self.files.get(key) else {
                return;
            };
            let change = replan(ctx, &file.debtor, &file.open[&id]);
            if !change.is_empty() {
                self.write(key, ctx.now, &change);
            }
        }
    }

    /// What the journal says that a person would have had to do.
    fn note(&mut self, key: &DebtorKey, now: Timestamp, change: &Change) {
        let deeds = change.journal.iter().filter_map(|line| {
            let deed = match &line.what {
                What::CallAsked { .. } => Some(Deed::Call),
                What::Completed { missing, .. } if !missing.is_empty() => {
                    Some(Deed::Complete(missing.clone()))
                }
                What::Signalled { .. } => None,
                _ => return None,
            };
            Some((line.invoice.clone()?, deed))
        });
        let deeds: Vec<_> = deeds.collect();
        if deeds.is_empty() {
            return;
        }
        let Some(kept) = self.files.get(key) else {
            return;
        };
        let on = kept.file.debtor.calendar(self.policy).day_of(now);
        let fate = self.fate(key);
        for (invoice, deed) in deeds {
            match deed {
                Some(what) => fate.tasks.push(Task { on, invoice, what }),
                None => fate.signals += 1,
            }
        }
    }

    fn fate(&mut self, key: &DebtorKey) -> &mut Fate {
        self.fates.entry(key.clone()).or_default()
    }

    /// Whether one more look would find nothing: all was planned anew, and nothing is due.
    fn is_done(&self, key: &DebtorKey, now: Timestamp, change: &Change) -> bool {
        let mut open = self
            .files
            .get(key)
            .into_iter()
            .flat_map(|kept| kept.file.open.values());
        let is_due = |invoice: &Invoice| invoice.next_step_at().is_some_and(|at| at <= now);
        change.invoices.len() < MOST_INVOICES && !open.any(is_due)
    }

    /// Nothing in a file is to be changed by whoever looks at it: a look of the week need not.
    fn settle(&mut self, key: &DebtorKey) {
        if let Some(kept) = self.files.get_mut(key) {
            kept.settled = Some(kept.version);
        }
    }

    /// Notes when somebody is to be looked at next: for what is due by now, after a while.
    fn enter(&mut self, key: &DebtorKey, now: Timestamp, after: SignedDuration) {
        let policy = self.policy;
        let Some(kept) = self.files.get_mut(key) else {
            return;
        };
        // By a look of the week it is seen that it is time to ask.
        let is_to_be_asked = |invoice: &Invoice| {
            let next = invoice.steps.iter().find(|step| step.is_planned());
            let next = next.and_then(|next| policy.step(&next.id));
            next.is_some_and(|next| next.approval != Approval::None)
        };
        let open = kept.file.open.values();
        let is_settled = kept.settled == Some(kept.version) && !open.clone().any(is_to_be_asked);
        let is_settled = is_settled || kept.file.open.is_empty();
        let next = open.flat_map(|invoice| {
            let step = invoice.next_step_at();
            step.into_iter().chain(invoice.look_for_approval(key))
        });
        let weekly = (!is_settled).then(|| next_look(key, now));
        let next = next.chain(kept.file.debtor.next_action_at()).chain(weekly);
        let next = next.map(|at| if at > now { at } else { now + after });
        let next = next.min();
        if let Some(before) = std::mem::replace(&mut kept.next, next) {
            self.agenda.remove(&(before, key.clone()));
        }
        self.agenda.extend(next.map(|at| (at, key.clone())));
    }

    fn end(mut self) -> Vec<Fate> {
        let fates = self.files.into_all().map(|(key, kept)| {
            let mut fate = self.fates.remove(&key).unwrap_or_default();
            fate.key = key.to_string();
            fate.customer = key.customer.to_string();
            fate.name = kept.file.debtor.name();
            for invoice in kept.file.open.values() {
                if let Outlook::Held(why) = &invoice.outlook {
                    fate.held.insert(invoice.id().clone(), why.to_string());
                }
            }
            let all = kept.file.open.values().chain(kept.closed.values());
            fate.invoices = all
                .map(|invoice| (invoice.id().clone(), invoice.name()))
                .collect();
            fate
        });
        fates.collect()
    }
}

/// What a mail says of each invoice, beside what that has heard before.
fn about(policy: &Policy, letter: &Letter) -> Vec<About> {
    let said = letter.steps.iter().zip(&letter.invoices);
    let about = said.map(|(of, invoice)| {
        let duns = |step: &StepId| policy.step(step).is_some_and(PolicyStep::duns);
        let mut said = invoice.steps.iter().filter(|step| step.is_said());
        About {
            invoice: of.invoice.clone(),
            step: of.step.clone(),
            last_comes_first: is_last(policy, &of.step)
                && !said.any(|step| step.id.part() == of.step.part() && duns(&step.id)),
            paid_on: None,
        }
    });
    about.collect()
}

/// Whether no mail of its ladder comes after it.
fn is_last(policy: &Policy, step: &StepId) -> bool {
    let sequence = policy.sequence_of(step);
    let mails = sequence.map(|sequence| sequence.steps.iter().filter(|step| step.mail().is_some()));
    let last = mails.and_then(Iterator::last);
    last.is_some_and(|last| last.duns() && last.id.as_str() == step.in_policy())
}
