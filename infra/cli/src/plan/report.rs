//! The dates of one invoice, for people and for programs.

use std::fmt::{Arguments, Write};

use dunning::file::{Debtor, Invoice, Outlook, StepState};
use dunning::policy::{Deed, MailStep, Policy, Required, TaskStep};
use dunning::rules::{Context, Copies, Dates, Held, Identity, StepDay, copies, dates, missing};
use dunning::value::{EmailAddress, Language};
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};

use crate::ahead;

/// An invoice by a policy.
pub(super) struct Report<'a> {
    policy: &'a Policy,
    debtor: &'a Debtor,
    dates: Dates<'a>,
    language: Language,
}

/// Who writes a mail to whom.
struct Parties {
    signs: String,
    to: EmailAddress,
    copies: Copies,
}

impl<'a> Report<'a> {
    pub(super) fn of(
        policy: &'a Policy,
        debtor: &'a Debtor,
        invoice: &Invoice,
        languages: &[Language],
        now: Timestamp,
    ) -> Self {
        Self {
            policy,
            debtor,
            dates: dates(Context::new(policy, now), invoice, debtor),
            language: debtor.language(policy, languages),
        }
    }

    /// As a person reads it.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.write_head(&mut text);
        let ids = self.dates.steps.iter().map(|step| step.id.as_str().len());
        let width = ids.max().unwrap_or_default();
        for step in &self.dates.steps {
            self.write_step(&mut text, step, width);
        }
        text
    }

    fn write_head(&self, text: &mut String) {
        let Dates {
            sequence, invoice, ..
        } = &self.dates;
        let balance = invoice.balance();
        let (name, left) = (invoice.name(), balance.remaining);
        let due = self.dates.due_on.or(balance.due_on);
        let due = due.map_or_else(
            || "no due date".to_owned(),
            |due| format!("due on {}", ahead::day(due)),
        );
        line(
            text,
            format_args!("{name}: {left} of {}, {due}", self.debtor.name()),
        );
        let calendar = self.debtor.calendar(self.policy);
        let country = self.debtor.profile.value.country.as_ref();
        let country = country.map_or("country not known", |country| country.as_str());
        let zone = calendar.zone().iana_name().unwrap_or("UTC");
        line(
            text,
            format_args!(
                "  in {country}, by the clock of {zone}; mails in `{}`",
                self.language
            ),
        );
        line(
            text,
            format_args!(
                "  by the sequence `{}`: {}",
                sequence.name,
                ahead::chosen(&self.dates)
            ),
        );
        if let Outlook::NotChased(why) = invoice.outlook {
            line(text, format_args!("  nothing leaves: {why}"));
        }
        for Held { why, until } in &self.dates.holds {
            let until = until.map(|until| format!(", until {}", ahead::day(until)));
            line(
                text,
                format_args!("  ON HOLD: {why}{}", until.unwrap_or_default()),
            );
        }
        if !self.dates.steps.is_empty() {
            line(text, format_args!(""));
        }
        if self.dates.holds.iter().any(|held| held.until.is_none()) && !self.dates.steps.is_empty()
        {
            line(text, format_args!("  If that ended today:"));
        }
    }

    fn write_step(&self, text: &mut String, step: &StepDay<'_>, width: usize) {
        let at = self.local(step);
        let is_planned = matches!(step.state, StepState::Planned { .. });
        let when = if is_planned {
            at.strftime("%a %-d %b %Y %H:%M").to_string()
        } else {
            "not sent".to_owned()
        };
        let what = self.deed(step);
        let parties = step
            .policy
            .mail()
            .filter(|_| is_planned)
            .and_then(|mail| self.parties(mail, step));
        let parties = parties.map(|parties| format!(" {}", parties.text()));
        line(
            text,
            format_args!(
                "  {:<width$}  {when:<21}  {what}{}",
                step.id.as_str(),
                parties.unwrap_or_default()
            ),
        );
        let on = step.policy.on.to_string();
        let why = ahead::why(step, at.date());
        let reasons: Vec<String> = std::iter::once(on).chain(why).collect();
        line(
            text,
            format_args!("  {:width$}  {}", "", reasons.join("; ")),
        );
    }

    /// The same for programs.
    pub(super) fn json(&self) -> Value {
        let Dates {
            sequence,
            invoice,
            holds,
            ..
        } = &self.dates;
        let balance = invoice.balance();
        let holds = holds.iter();
        let holds =
            holds.map(|Held { why, until }| json!({ "why": why.to_string(), "until": until }));
        let calendar = self.debtor.calendar(self.policy);
        let steps = self.dates.steps.iter();
        json!({
            "invoice": balance.id,
            "number": balance.number,
            "remaining": balance.remaining.to_string(),
            "due_on": self.dates.due_on.or(balance.due_on),
            "customer": self.debtor.key.customer,
            "name": self.debtor.profile.value.name,
            "country": self.debtor.profile.value.country.as_ref().map(ToString::to_string),
            "time_zone": calendar.zone().iana_name(),
            "language": self.language,
            "sequence": { "name": sequence.name, "why": ahead::chosen(&self.dates) },
            "outlook": invoice.outlook.to_string(),
            "holds": holds.collect::<Vec<_>>(),
            "steps": steps.map(|step| self.step_json(step)).collect::<Vec<_>>(),
        })
    }

    fn step_json(&self, step: &StepDay<'_>) -> Value {
        let at = self.local(step);
        let is_planned = matches!(step.state, StepState::Planned { .. });
        let mail = step.policy.mail();
        let parties = mail.and_then(|mail| self.parties(mail, step));
        let parties = parties.map(|Parties { signs, to, copies }| {
            let words = |list: Vec<EmailAddress>| list.iter().map(|it| it.as_str().to_owned()).collect::<Vec<_>>();
            json!({ "from": signs, "to": to.as_str(), "cc": words(copies.cc), "bcc": words(copies.bcc) })
        });
        json!({
            "step": step.id,
            "does": self.deed(step),
            "template": mail.map(|mail| &mail.template),
            "mail": parties,
            "on": step.policy.on.to_string(),
            "meant_for": step.meant,
            "day": is_planned.then(|| at.date()),
            "at": is_planned.then_some(step.at),
            "asked_on": step.asked_on,
            "why": ahead::why(step, at.date()),
        })
    }

    /// What it does; of an invoice that is to be complete, what this one lacks.
    fn deed(&self, step: &StepDay<'_>) -> String {
        let Deed::Task(TaskStep::Complete(required)) = &step.policy.deed else {
            return ahead::deed(step.policy);
        };
        let missing = missing(required, &self.dates.invoice, self.debtor);
        let missing: Vec<&str> = missing.into_iter().map(Required::as_str).collect();
        if missing.is_empty() {
            "nobody is told anything: nothing is missing".to_owned()
        } else {
            format!("the team is told what is missing: {}", missing.join(", "))
        }
    }

    /// Its instant, where the debtor is.
    fn local(&self, step: &StepDay<'_>) -> Zoned {
        step.at
            .to_zoned(self.debtor.calendar(self.policy).zone().clone())
    }

    /// Who writes to whom; nobody where there is no address.
    fn parties(&self, mail: &MailStep, step: &StepDay<'_>) -> Option<Parties> {
        let (invoice, to) = (&self.dates.invoice, step.to.clone()?);
        let signs =
            Identity::of(self.policy, self.debtor).signs(&mail.sender, invoice, self.debtor)?;
        Some(Parties {
            signs: signs.in_language(&self.language).name,
            copies: copies(mail, &to, invoice, self.debtor),
            to,
        })
    }
}

impl Parties {
    fn text(&self) -> String {
        let Self { signs, to, copies } = self;
        let mut text = format!("by {signs} to {}", to.as_str());
        for (word, list) in [("cc", &copies.cc), ("bcc", &copies.bcc)] {
            let list = list
                .iter()
                .map(|email| format!(", {word} {}", email.as_str()));
            text.extend(list);
        }
        text
    }
}

fn line(text: &mut String, what: Arguments<'_>) {
    writeln!(text, "{what}").expect("a string takes all");
}
