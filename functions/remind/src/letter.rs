//! From a decision to a mail.

use dunning::file::{Attempt, File, StepState};
use dunning::rules::{Letter, due_on};
use dunning::value::FileKey;
use mail::{Mail, Row};

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

impl Remind {
    pub(crate) fn render(&self, file: &File, letter: &Letter) -> Result<Mail, RemindError> {
        let no_step = || RemindError::NoStep(letter.lead.to_string());
        let policy = &self.policy;
        let step = policy
            .steps
            .iter()
            .find(|step| step.id == letter.lead)
            .ok_or_else(no_step)?;
        let sender = policy.senders.get(&step.sender).ok_or_else(no_step)?;
        let debtor = &file.debtor;
        let language = debtor.language(policy, self.templates.languages());
        let today = debtor.calendar(policy).day_of(self.clock.now());
        let dated = letter
            .invoices
            .iter()
            .filter_map(|invoice| Some((invoice.balance(), due_on(invoice, debtor, policy)?)));
        let owed: Vec<_> = dated.collect();
        let rows = owed
            .iter()
            .map(|(balance, due_on)| Row::of(balance, *due_on));
        let content = mail::Letter {
            template: &step.template,
            language: &language,
            company: &policy.company,
            sender,
            debtor_name: debtor.profile.value.name.as_deref(),
            today,
            rows: rows.collect(),
        };
        Ok(Mail {
            from: sender.clone(),
            to: letter.to.clone(),
            rendered: self.templates.render(&content)?,
            file: FileKey::Debtor(debtor.key.clone()),
            claim: letter.claim.clone(),
        })
    }
}
