//! From a decision to a mail.

use dunning::decide::Letter;
use dunning::file::File;
use dunning::plan::due_on;
use mail::{Mail, Row};
use timetable::Door;

use crate::{Remind, RemindError};

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
            .filter_map(|invoice| Some((invoice.facts(), due_on(invoice, debtor, policy)?)));
        let facts: Vec<_> = dated.collect();
        let rows = facts.iter().map(|(facts, due_on)| Row::of(facts, *due_on));
        let content = mail::Letter {
            template: &step.template,
            language: &language,
            company: &policy.company,
            sender,
            debtor_name: debtor.told.facts.name.as_deref(),
            today,
            rows: rows.collect(),
        };
        Ok(Mail {
            from: sender.clone(),
            to: letter.to.clone(),
            rendered: self.templates.render(&content)?,
            door: Door::Debtor(debtor.key.clone()).to_string(),
            claim: letter.claim.clone(),
        })
    }
}
