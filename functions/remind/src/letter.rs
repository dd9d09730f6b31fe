//! From a decision to a mail.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use dunning::billing::{Lowered, Snapshot};
use dunning::file::{Attempt, File, Invoice, Outlook, StepState};
use dunning::limits::MOST_INVOICES;
use dunning::policy::PolicyStep;
use dunning::rules::{Change, Identity, Letter, asked_for, copies, due_on, holds};
use dunning::value::FileKey;
use jiff::ToSpan;
use jiff::civil::Date;
use mail::{Mail, Row, TemplateError};

use crate::look::Glances;
use crate::{Remind, RemindError};

/// Which try of its steps a mail is: the last one, if it is so for any of them.
pub(crate) fn attempt(letter: &Letter) -> Attempt {
    let mut steps = letter.invoices.iter().flat_map(|invoice| &invoice.steps);
    let last = StepState::Planned {
        attempt: Attempt::Last,
    };
    if steps.any(|step| step.state == last) {
        Attempt::Last
    } else {
        Attempt::First
    }
}

/// What could not be written. Thousands of mails may want one template: the log is told of each reason once, and
/// the journal of each debtor why it waits.
#[derive(Debug, Default)]
pub struct Failures(Mutex<BTreeSet<String>>);

impl Failures {
    /// Whether it is the first time.
    fn note(&self, reason: &str) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(reason.to_owned())
    }
}

impl Remind {
    /// Tells the log that a mail's template fails. Gives the template's name.
    pub(crate) fn note_failure(
        &self,
        file: &File,
        letter: &Letter,
        error: &TemplateError,
    ) -> String {
        let language = file
            .debtor
            .language(&self.policy, self.templates.languages());
        let step = self.policy.step(&letter.lead);
        let mail = step.and_then(PolicyStep::mail);
        let template = mail.map_or(letter.lead.as_str(), |mail| mail.template.as_str());
        let reason = error.to_string();
        if self.failures.note(&reason) {
            tracing::error!(error = reason, "template cannot be filled in");
        }
        format!("{language}/{template}")
    }

    /// What else is past due when a mail duns: on no hold, and known for as long as the debtor may expect before it is
    /// written to. The claim asks that none of it has changed; none is told where there are more than it can ask for.
    pub(crate) fn elsewhere<'a>(
        &self,
        file: &'a File,
        letter: &Letter,
        claim: &Change,
    ) -> Vec<&'a Invoice> {
        let (policy, debtor) = (&self.policy, &file.debtor);
        let calendar = debtor.calendar(policy);
        let today = calendar.day_of(self.clock.now());
        if !policy.step(&letter.lead).is_some_and(PolicyStep::duns) {
            return Vec::new();
        }
        let sequence = policy.sequence_of(&letter.lead);
        let first_contact =
            sequence.map_or(policy.first_contact, |sequence| sequence.first_contact);
        let patience = first_contact.patience.days();
        let is_told = |invoice: &&Invoice| {
            let opened_on = invoice.opened_at.map(|at| calendar.day_of(at));
            let is_named = letter
                .invoices
                .iter()
                .any(|named| named.id() == invoice.id());
            !is_named
                && matches!(invoice.outlook, Outlook::Next { .. } | Outlook::Finished)
                && holds(invoice, debtor, policy).is_empty()
                && due_on(invoice, debtor, policy).is_some_and(|due_on| due_on < today)
                && opened_on.is_some_and(|day| day.saturating_add(patience) <= today)
        };
        let elsewhere: Vec<&Invoice> = file.open.values().filter(is_told).collect();
        if claim.invoices.len() + elsewhere.len() > MOST_INVOICES {
            return Vec::new();
        }
        elsewhere
    }

    pub(crate) fn render(
        &self,
        file: &File,
        letter: &Letter,
        elsewhere: &[&Invoice],
        glances: &Glances,
    ) -> Result<Mail, RemindError> {
        let no_step = || RemindError::NoStep(letter.lead.to_string());
        let policy = &self.policy;
        let step = policy.step(&letter.lead).and_then(PolicyStep::mail);
        let step = step.ok_or_else(no_step)?;
        let identity = Identity::of(policy, &file.debtor);
        let debtor = &file.debtor;
        let lead = letter.invoices.first().ok_or_else(no_step)?;
        let sender = identity.signs(&step.sender, lead, debtor);
        let sender = sender.ok_or_else(no_step)?;
        let language = debtor.language(policy, self.templates.languages());
        let sender = sender.in_language(&language);
        let today = debtor.calendar(policy).day_of(self.clock.now());
        let owed = |invoices: &[Invoice]| {
            let dated = invoices.iter().filter_map(|invoice| {
                let due_on = due_on(invoice, debtor, policy)?;
                let mut balance = glances.freshened(invoice.balance().into_owned());
                balance.remaining = asked_for(&balance, policy);
                let mut lowered = invoice.debt.lowered();
                // What came for other parts says nothing of this one.
                if !balance.instalments.is_empty() {
                    lowered.received = None;
                }
                Some((balance, lowered, due_on))
            });
            dated.collect::<Vec<Owed>>()
        };
        let (leading, others) = letter.invoices.split_at(letter.leading);
        let (leading, others, coming) = (owed(leading), owed(others), owed(&letter.coming));
        let content = mail::Letter {
            template: &step.template,
            language: &language,
            country: debtor.profile.value.country.as_ref(),
            company: identity.company,
            sender: &sender,
            debtor_name: debtor.profile.value.name.as_deref(),
            today,
            rows: rows(&leading),
            others: rows(&others),
            coming: rows(&coming),
            elsewhere: elsewhere
                .iter()
                .map(|invoice| asked_for(&invoice.balance(), policy))
                .collect(),
        };
        let rendered = self.templates.render(&content)?;
        Ok(Mail {
            from: sender,
            to: letter.to.clone(),
            copies: copies(step, &letter.to, lead, debtor),
            rendered,
            attachments: glances.fetched.attachments(letter),
            follows: letter.invoices.first().map_or_else(Vec::new, said_in),
            file: FileKey::Debtor(debtor.key.clone()),
            claim: letter.claim.clone(),
        })
    }
}

/// SES's ids of the mails in which an invoice's ladder was said so far, oldest first.
fn said_in(invoice: &Invoice) -> Vec<String> {
    let heard = invoice.steps.iter().filter_map(|step| match &step.state {
        StepState::Heard { at, message_id, .. } => Some((*at, message_id.clone()?)),
        _ => None,
    });
    let heard: BTreeSet<_> = heard.collect();
    heard.into_iter().map(|(_, id)| id).collect()
}

/// An invoice as it is owed, with the day since when.
type Owed = (Snapshot, Lowered, Date);

fn rows(owed: &[Owed]) -> Vec<Row<'_>> {
    let rows = owed.iter();
    rows.map(|(balance, lowered, due_on)| Row::of(balance, *lowered, *due_on))
        .collect()
}
