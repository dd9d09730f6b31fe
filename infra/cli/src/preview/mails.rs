//! Each mail of a policy in each language, filled in with debts of all kinds.

use std::collections::BTreeMap;

use dunning::journal::NoticeKind;
use dunning::policy::{Approval, Deed, MailStep, Policy, PolicyStep, TaskStep};
use dunning::rules::Identity;
use dunning::value::{Country, Language};
use mail::{Rendered, TemplateError, Templates, samples, team_sample};
use serde::Serialize;

use super::files::MAILS;
use crate::ahead;

/// What is filled in, and how.
pub(super) struct Gallery<'a> {
    pub(super) policy: &'a Policy,
    pub(super) templates: &'a Templates,
    pub(super) languages: Vec<Language>,
    pub(super) country: Option<Country>,
}

/// The pages, and the mails that they show.
#[derive(Default)]
pub(super) struct Made {
    pub(super) sheets: Vec<Sheet>,
    pub(super) mails: BTreeMap<String, String>,
}

/// A page with all that a step writes in a language.
#[derive(Serialize)]
pub(super) struct Sheet {
    pub(super) file: String,
    /// What it is called beside the others of its step.
    pub(super) link: String,
    pub(super) step: String,
    does: String,
    language: String,
    /// The pages of the same step.
    others: Vec<(String, String)>,
    voice: Option<String>,
    readers: String,
    shown: Vec<Shown>,
}

/// A mail.
#[derive(Serialize)]
struct Shown {
    name: String,
    file: String,
    subject: String,
    preheader: Option<String>,
    text: String,
    /// About how high it is on a telephone and on a desk, in pixels: a page without a script cannot ask.
    tall: usize,
    wide: usize,
}

impl Gallery<'_> {
    /// Fills in all of it.
    pub(super) fn make(&self) -> Result<Made, TemplateError> {
        let mut made = Made::default();
        for sequence in &self.policy.sequences {
            let identity = Identity::of_sequence(self.policy, sequence);
            for step in &sequence.steps {
                let first = made.sheets.len();
                if let Some(mail) = step.mail() {
                    for language in &self.languages {
                        self.to_debtor(&mut made, identity, step, mail, language)?;
                    }
                }
                self.to_team(&mut made, step)?;
                let sheets = &mut made.sheets[first..];
                let all = sheets
                    .iter()
                    .map(|sheet| (sheet.file.clone(), sheet.link.clone()));
                let all: Vec<_> = all.collect();
                for sheet in sheets {
                    sheet.others.clone_from(&all);
                }
            }
        }
        Ok(made)
    }

    fn to_debtor(
        &self,
        made: &mut Made,
        identity: Identity<'_>,
        step: &PolicyStep,
        mail: &MailStep,
        language: &Language,
    ) -> Result<(), TemplateError> {
        // Each policy that was read has the senders that it names.
        let Some(sender) = identity.sender(&mail.sender) else {
            return Ok(());
        };
        let sender = sender.in_language(language);
        let country = self.country.as_ref();
        let all = samples(identity.company, &sender, language, &mail.template, country);
        // A question is asked of what is coming, a reminder sent of what is late.
        let of_step = all.filter(|sample| sample.letter.is_late() == step.duns());
        let mut shown = Vec::new();
        for (index, sample) in of_step.enumerate() {
            let file = format!("{}.{language}.{}.html", step.id, index + 1);
            let rendered = self.templates.render(&sample.letter)?;
            let preheader = self.templates.preheader(&sample.letter)?;
            shown.push(made.show(sample.name, file, rendered, Some(preheader)));
        }
        made.sheets.push(Sheet {
            file: format!("{}.{language}.html", step.id),
            link: language.to_string(),
            step: step.id.to_string(),
            does: ahead::deed(step),
            language: language.to_string(),
            others: Vec::new(),
            voice: Some(format!("{} <{}>", sender.name, sender.email.as_str())),
            readers: ahead::readers(mail),
            shown,
        });
        Ok(())
    }

    /// What the team reads of a step.
    fn to_team(&self, made: &mut Made, step: &PolicyStep) -> Result<(), TemplateError> {
        let kind = match (&step.deed, step.approval) {
            (Deed::Task(TaskStep::Call), _) => NoticeKind::CallDue,
            (Deed::Task(TaskStep::Complete(_)), _) => NoticeKind::InvoiceIncomplete,
            (_, Approval::Required) => NoticeKind::ApprovalWanted,
            (_, Approval::Announced) => NoticeKind::Announced,
            (_, Approval::None) => return Ok(()),
        };
        let company = &self.policy.company;
        let rendered = self.templates.render_team(&team_sample(company, kind))?;
        let file = format!("{}.team.1.html", step.id);
        let shown = made.show("The team’s mail", file, rendered, None);
        made.sheets.push(Sheet {
            file: format!("{}.team.html", step.id),
            link: "the team".to_owned(),
            step: step.id.to_string(),
            does: ahead::deed(step),
            language: company.language.to_string(),
            others: Vec::new(),
            voice: None,
            readers: company.team.as_str().to_owned(),
            shown: vec![shown],
        });
        Ok(())
    }
}

impl Made {
    /// Keeps a mail, and says how it is shown.
    fn show(
        &mut self,
        name: &str,
        file: String,
        rendered: Rendered,
        preheader: Option<String>,
    ) -> Shown {
        let Rendered {
            subject,
            html,
            text,
        } = rendered;
        let lines = |columns: usize| {
            let lines = text.lines().map(|line| line.chars().count() / columns + 1);
            lines.sum::<usize>()
        };
        let shown = Shown {
            name: name.to_owned(),
            file: format!("{MAILS}/{file}"),
            subject,
            preheader: preheader.filter(|preheader| !preheader.is_empty()),
            tall: 160 + lines(42) * 25,
            wide: 180 + lines(90) * 25,
            text,
        };
        self.mails.insert(file, html);
        shown
    }
}
