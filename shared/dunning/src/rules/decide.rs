//! `decide`: somebody knocked; what is to be done for this debtor, now.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use sha2::{Digest, Sha256};

use super::change::Change;
use super::context::Context;
use super::plan::{Planned, plan};
use super::recipients::addressee;
use super::unheard::free_steps;
use super::{rehearsal, signals, tasks};
use crate::file::{
    Claim, File, Invoice, KnownMailbox, MailboxChange, StepOf, StepState, carries_newer,
};
use crate::journal::{Line, Notice, NoticeKind, What};
use crate::limits::{EARLY_KNOCK, LOOKS_ONE_BY_ONE, LOST_CLAIMS, MOST_INVOICES, WEEK};
use crate::policy::PolicyStep;
use crate::value::{ClaimId, EmailAddress, InvoiceId, MailboxId, StepId};

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Nothing: all is as it should be.
    Nothing,
    /// The knock came early: knock again after this time.
    KnockAgain(SignedDuration),
    /// Write this; nothing is to be sent.
    Write(Change),
    /// Write this, and the user's own automation hears of these invoices by these steps.
    Signal {
        /// What is to be written.
        change: Change,
        /// The invoices, as they were before it.
        invoices: Vec<Invoice>,
        /// A step of each.
        steps: Vec<StepOf>,
    },
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
    /// The invoices whose steps it says, the leading one first.
    pub invoices: Vec<Invoice>,
    /// So many of them are at the leading step. What it says of that step, it says of these.
    pub leading: usize,
    /// Invoices not due yet, about which a question was due that day, too: it is asked by itself, another day.
    pub coming: Vec<Invoice>,
    /// The steps that it says, of the same invoices.
    pub steps: Vec<StepOf>,
}

/// Decides from the file as it was just read. `version` is the file's own, which each claim moves on,
/// so that no two claims share a name; `window` is how long SES may leave us without a word of a mail
/// before its steps are decided anew.
pub fn decide(ctx: Context<'_>, file: &File, version: u64, window: SignedDuration) -> Decision {
    let mut draft = Draft::new(ctx, file);
    if !ctx.rehearses && draft.forget_rehearsal() {
        return Decision::Write(draft.change());
    }
    draft.forget_what_is_over();
    if draft.expire_a_claim() {
        return Decision::Write(draft.change());
    }
    draft.replan();
    draft.ask_the_team();
    let (invoices, steps) = draft.signal();
    if !steps.is_empty() {
        return Decision::Signal {
            change: draft.change(),
            invoices,
            steps,
        };
    }
    let Due { steps, put_off } = draft.due();
    let lead = steps.first().cloned();
    let to = lead.as_ref().and_then(|lead| draft.addressee(lead));
    let (Some(lead), Some(to)) = (lead, to) else {
        return draft.without_mail();
    };
    let carried: Vec<_> = steps.iter().take(ctx.carries).cloned().collect();
    let claim = claim_id(ctx, file, version);
    let invoices = carried
        .iter()
        .map(|step| draft.file.open[&step.invoice].clone())
        .collect();
    let is_leading = |step: &&StepOf| step.step.in_policy() == lead.step.in_policy();
    let leading = carried.iter().filter(is_leading).count();
    draft.claim(&claim, &to, &carried, steps.len() - carried.len(), window);
    // It names no more than is looked at.
    let room = ctx.carries.saturating_sub(carried.len());
    let mut coming = draft.changed(&put_off);
    coming.truncate(room);
    Decision::Send {
        claim: draft.change(),
        letter: Box::new(Letter {
            claim,
            to,
            lead: lead.step,
            invoices,
            leading,
            coming,
            steps: carried,
        }),
    }
}

fn claim_id(ctx: Context<'_>, file: &File, version: u64) -> ClaimId {
    let digest = Sha256::digest(format!("{}#{version}", file.debtor.key));
    let digits = hex::encode(&digest[..12]);
    let kind = if ctx.rehearses {
        ClaimId::REHEARSAL
    } else {
        ""
    };
    ClaimId::parse(format!("{kind}{digits}")).expect("a word and 24 hex digits are an id")
}

/// What is due for a debtor today.
#[derive(Default)]
struct Due {
    /// What the next mail says: highest step first, then the oldest debt.
    steps: Vec<StepOf>,
    /// What it does not: no mail that duns for what is late asks about what is not, and none asks two questions,
    /// or it would count as having asked. The day is taken, so it is planned anew.
    put_off: Vec<InvoiceId>,
}

/// The file as it is being changed, beside what it was.
struct Draft<'a> {
    ctx: Context<'a>,
    before: &'a File,
    file: File,
    journal: Vec<Line>,
    notices: Vec<Notice>,
    /// By the invoice, which may have to wait for another transaction.
    notices_of: BTreeMap<InvoiceId, Vec<Notice>>,
    mailboxes: Vec<(MailboxId, MailboxChange)>,
}

impl<'a> Draft<'a> {
    fn new(ctx: Context<'a>, before: &'a File) -> Self {
        Self {
            ctx,
            before,
            file: before.clone(),
            journal: Vec::new(),
            notices: Vec::new(),
            notices_of: BTreeMap::new(),
            mailboxes: Vec::new(),
        }
    }

    /// Claims that no event can come for any more, and a place that was kept for long enough.
    fn forget_what_is_over(&mut self) {
        let now = self.ctx.now;
        let debtor = &mut self.file.debtor;
        debtor.kept_place.take_if(|kept| kept.until <= now);
        debtor
            .claims
            .retain(|_, claim| !claim.expired || now.duration_since(claim.at) < LOST_CLAIMS);
    }

    /// What was heard in a rehearsal, no debtor has heard: each ladder begins where it belongs.
    /// As many as one transaction holds: whoever looks next forgets the rest. What is decided then knows of none.
    fn forget_rehearsal(&mut self) -> bool {
        let lines = rehearsal::forget(self.ctx, &mut self.file);
        if lines.is_empty() && self.file.debtor == self.before.debtor {
            return false;
        }
        self.journal.extend(lines);
        self.replan();
        self.keep_what_one_transaction_holds(&[], MOST_INVOICES);
        true
    }

    /// A claim of which nothing was heard in time: its steps are free again, once, and so is the day. One at
    /// a time, with its invoices and no others, which are what one transaction holds.
    fn expire_a_claim(&mut self) -> bool {
        let now = self.ctx.now;
        let File { debtor, open } = &mut self.file;
        // What a debtor may have heard is not decided anew by a rehearsal.
        let rehearses = self.ctx.rehearses;
        let is_silent = |id: &ClaimId, claim: &Claim| {
            !claim.expired
                && claim.unknown_after <= now
                && id.is_of_rehearsal() == rehearses
                && !carries_newer(open, claim)
        };
        let silent = debtor.claims.iter_mut();
        let silent = silent
            .filter(|(id, claim)| is_silent(id, claim))
            .min_by_key(|(_, claim)| claim.at);
        let Some((id, claim)) = silent else {
            return false;
        };
        claim.expired = true;
        let (id, claim) = (id.clone(), claim.clone());
        let tries = free_steps(open, &id, &claim);
        if tries.last {
            let carried = claim
                .steps
                .iter()
                .filter_map(|step| open.get(&step.invoice));
            let notice = Notice::new(NoticeKind::MailUnknown, debtor.name()).of_debtor(debtor);
            self.notices.push(notice.worth(carried));
            let given_up = What::GivenUp { claim: id.clone() };
            self.journal.push(Line::of_debtor(given_up));
        }
        if tries.first || !tries.last {
            debtor.free_day(&id, claim.day);
            self.mailboxes.extend(claim.gives_back(&id));
            let unheard = What::Unheard { claim: id };
            self.journal.push(Line::of_debtor(unheard));
        }
        for StepOf { invoice, .. } in &claim.steps {
            self.replan_one(invoice);
        }
        true
    }

    fn replan(&mut self) {
        let ids: Vec<InvoiceId> = self.file.open.keys().cloned().collect();
        for id in &ids {
            self.replan_one(id);
        }
    }

    fn replan_one(&mut self, id: &InvoiceId) {
        let File { debtor, open } = &mut self.file;
        let Some(invoice) = open.get_mut(id) else {
            return;
        };
        let Planned {
            invoice: planned,
            journal,
            notices,
        } = plan(self.ctx, invoice, debtor);
        *invoice = planned;
        self.journal.extend(journal);
        self.notices_of
            .entry(id.clone())
            .or_default()
            .extend(notices);
    }

    /// The steps of one kind that are due, where something may leave now.
    fn due_now<T>(&self, kind: impl Fn(&'a PolicyStep) -> Option<&'a T>) -> Vec<(StepOf, &'a T)> {
        let Context { policy, now, .. } = self.ctx;
        if !self.file.debtor.calendar(policy).is_open_at(now) {
            return Vec::new();
        }
        let due = self.file.open.values().filter_map(|invoice| {
            let (step, at) = invoice.scheduled().next()?;
            let of = StepOf {
                invoice: invoice.id().clone(),
                step: step.clone(),
            };
            (at <= now).then_some((of, kind(policy.step(step)?)?))
        });
        due.collect()
    }

    /// Of what is due and is for a person to do, the team hears. It takes no day of the debtor's.
    fn ask_the_team(&mut self) {
        let Context { policy, now, .. } = self.ctx;
        for (of, task) in self.due_now(PolicyStep::task) {
            let StepOf { invoice: id, step } = of;
            let File { debtor, open } = &mut self.file;
            let Some(invoice) = open.get_mut(&id) else {
                continue;
            };
            for known in invoice.steps.iter_mut().filter(|known| known.id == step) {
                known.state = StepState::Asked {
                    at: now,
                    rehearsed: self.ctx.rehearses,
                };
            }
            let (what, notice) = tasks::ask(task, step, invoice, debtor, policy);
            let notices = self.notices_of.entry(id.clone()).or_default();
            notices.extend(notice);
            self.journal.push(Line::of(&id, what));
            self.replan_one(&id);
        }
    }

    /// Tells the user's own automation of each debt of which it is to hear now, as many as are looked at together. Gives
    /// them as they were before.
    fn signal(&mut self) -> (Vec<Invoice>, Vec<StepOf>) {
        let mut due = self.due_now(PolicyStep::signal);
        due.truncate(LOOKS_ONE_BY_ONE.min(self.ctx.carries));
        let mut before = Vec::new();
        for (of, signal) in &due {
            let Some(invoice) = self.file.open.get_mut(&of.invoice) else {
                continue;
            };
            before.push(invoice.clone());
            let told = signals::tell(self.ctx, invoice, &of.step, signal);
            self.journal.push(told);
            self.replan_one(&of.invoice);
        }
        let steps: Vec<StepOf> = due.into_iter().map(|(of, _)| of).collect();
        if !steps.is_empty() {
            // Each is an item of its own beside its invoice.
            self.keep_what_one_transaction_holds(&steps, MOST_INVOICES - steps.len());
        }
        (before, steps)
    }

    /// What the next mail carries, if something is due: all that is for today.
    fn due(&self) -> Due {
        let Context { policy, now, .. } = self.ctx;
        let calendar = self.file.debtor.calendar(policy);
        let today = calendar.day_of(now);
        if !calendar.is_open_at(now) {
            return Due::default();
        }
        let is_mail = |step: &StepId| policy.step(step).is_none_or(|step| step.mail().is_some());
        let mut due = Vec::new();
        let mut has_come = false;
        for invoice in self.file.open.values() {
            let mut todays = invoice
                .scheduled()
                .filter(|(_, at)| calendar.day_of(*at) == today);
            // What is for somebody else to do is in no mail, and what comes after it waits for it.
            let next = todays.next();
            if let Some((step, at)) = next.filter(|(step, _)| is_mail(step)) {
                has_come |= at <= now;
                due.push((
                    std::cmp::Reverse(policy.severity(step)),
                    invoice.balance().due_on,
                    invoice.id().clone(),
                    step.clone(),
                ));
            }
        }
        due.sort();
        let due = due.into_iter();
        let due = due.map(|(_, _, invoice, step)| StepOf { invoice, step });
        let due: Vec<StepOf> = due.collect();
        let Some(lead) = due.first().cloned().filter(|_| has_come) else {
            return Due::default();
        };
        // A mail asks one question; a reminder may name what is at a milder step. And nobody reads what is for
        // somebody else.
        let duns = |step: &StepId| policy.step(step).is_some_and(PolicyStep::duns);
        let reader = |due: &StepOf| self.addressee(due).map(|to| to.mailbox());
        let first_reader = reader(&lead);
        let goes_along = |due: &StepOf| {
            let fits = due.step == lead.step || (duns(&lead.step) && duns(&due.step));
            fits && reader(due) == first_reader
        };
        let (mut steps, put_off): (Vec<_>, Vec<_>) = due.into_iter().partition(goes_along);
        // What is at the leading step stands first, of several as severe as it.
        steps.sort_by_key(|due| due.step.in_policy() != lead.step.in_policy());
        Due {
            steps,
            put_off: put_off.into_iter().map(|due| due.invoice).collect(),
        }
    }

    /// Of these, the invoices that are written along: nobody changes them unseen.
    fn changed(&self, invoices: &[InvoiceId]) -> Vec<Invoice> {
        let changed = |id: &&InvoiceId| self.file.open.get(*id) != self.before.open.get(*id);
        let changed = invoices.iter().filter(changed);
        changed
            .filter_map(|id| self.file.open.get(id).cloned())
            .collect()
    }

    /// Whom a mail goes to that is led by a step.
    fn addressee(&self, lead: &StepOf) -> Option<EmailAddress> {
        let step = self.ctx.policy.step(&lead.step);
        let mail = step.and_then(PolicyStep::mail);
        let invoice = self.file.open.get(&lead.invoice)?;
        addressee(mail, invoice, &self.file.debtor)
    }

    fn claim(
        &mut self,
        id: &ClaimId,
        to: &EmailAddress,
        carried: &[StepOf],
        waiting: usize,
        window: SignedDuration,
    ) {
        let Context { policy, now, .. } = self.ctx;
        let today = self.file.debtor.calendar(policy).day_of(now);
        for StepOf { invoice, step } in carried {
            let invoice = self.file.open.get_mut(invoice);
            let mut steps = invoice.into_iter().flat_map(|invoice| &mut invoice.steps);
            if let Some(step) = steps.find(|known| known.id == *step)
                && let StepState::Planned { attempt } = step.state
            {
                let claim = id.clone();
                step.state = StepState::Claimed { claim, attempt };
            }
        }
        let debtor = &mut self.file.debtor;
        let is_recent = |day: &Date| *day > today.saturating_sub(WEEK.days());
        debtor.mailed_on.retain(is_recent);
        debtor.rehearsed_on.retain(is_recent);
        debtor.take_day(id, today);
        // Its turn has come, if it waited.
        debtor.mailbox = Some(KnownMailbox::new(to.mailbox()));
        let unknown_after = now.saturating_add(window).unwrap_or(Timestamp::MAX);
        let steps = carried.to_vec();
        debtor.claims.insert(
            id.clone(),
            Claim {
                at: now,
                day: today,
                to: Some(to.clone()),
                unknown_after,
                steps: steps.clone(),
                expired: false,
            },
        );
        let claimed = What::Claimed {
            claim: id.clone(),
            steps,
        };
        self.journal.push(Line::of_debtor(claimed));
        if waiting > 0 {
            let too_many = What::TooMany { waiting };
            self.journal.push(Line::of_debtor(too_many));
        }
        self.replan();
        self.keep_what_one_transaction_holds(carried, MOST_INVOICES);
    }

    /// What was planned anew besides the mail's own invoices goes along as far as it fits; the
    /// rest is planned anew at the next knock, with the same result.
    fn keep_what_one_transaction_holds(&mut self, carried: &[StepOf], most: usize) {
        let mut room = most.saturating_sub(carried.len());
        for (id, before) in &self.before.open {
            let in_mail = carried.iter().any(|carried| carried.invoice == *id);
            if in_mail || self.file.open.get(id) == Some(before) {
                continue;
            }
            if room == 0 {
                self.file.open.insert(id.clone(), before.clone());
                self.journal
                    .retain(|line| line.invoice.as_ref() != Some(id));
                self.notices_of.remove(id);
            } else {
                room -= 1;
            }
        }
    }

    fn without_mail(mut self) -> Decision {
        self.keep_what_one_transaction_holds(&[], MOST_INVOICES);
        let next = self
            .file
            .open
            .values()
            .filter_map(Invoice::next_step_at)
            .min();
        let now = self.ctx.now;
        let change = self.change();
        if !change.is_empty() {
            return Decision::Write(change);
        }
        match next.map(|at| at.duration_since(now)) {
            Some(left) if left > SignedDuration::ZERO && left <= EARLY_KNOCK => {
                Decision::KnockAgain(left)
            }
            _ => Decision::Nothing,
        }
    }

    fn change(self) -> Change {
        let of_invoices = self.notices_of.into_values().flatten();
        let notices = self.notices.into_iter().chain(of_invoices).collect();
        let before = &self.before.open;
        let changed = |invoice: &Invoice| before.get(invoice.id()) != Some(invoice);
        Change {
            debtor: (self.file.debtor != self.before.debtor).then_some(self.file.debtor),
            invoices: self.file.open.into_values().filter(changed).collect(),
            journal: self.journal,
            notices,
            mailboxes: self.mailboxes,
        }
    }
}
