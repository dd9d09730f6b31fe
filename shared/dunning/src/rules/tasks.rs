//! What the policy has people do: what the team is asked, and with what it must know for it.

use crate::billing::{DebtorKind, Role};
use crate::file::{Debtor, Invoice, StepState};
use crate::journal::{Notice, NoticeKind, What};
use crate::policy::{Policy, Required, TaskStep};
use crate::value::{Country, StepId};

use super::recipients::contacts;

/// What the journal says of a task that is due, and what the team is asked, if there is something to ask.
pub(super) fn ask(
    task: &TaskStep,
    step: StepId,
    invoice: &Invoice,
    debtor: &Debtor,
    policy: &Policy,
) -> (What, Option<Notice>) {
    let notice = |kind, subject: String| {
        let notice = Notice::new(kind, subject);
        notice.of_debtor(debtor).of_invoice(invoice)
    };
    match task {
        TaskStep::Call => {
            let subject = said_so_far(invoice, debtor, policy);
            let notice = notice(NoticeKind::CallDue, subject);
            (What::CallAsked { step }, Some(notice))
        }
        TaskStep::Complete(required) => {
            let missing = missing(required, invoice, debtor);
            let names: Vec<&str> = missing.iter().map(|what| what.as_str()).collect();
            let names = names.join(", ");
            let subject = format!("{}: {names}", invoice.name());
            let notice = notice(NoticeKind::InvoiceIncomplete, subject);
            let notice = (!missing.is_empty()).then_some(notice);
            let missing = names;
            (What::Completed { step, missing }, notice)
        }
    }
}

/// What an invoice lacks of what it must have. A consumer is registered nowhere.
pub fn missing(required: &[Required], invoice: &Invoice, debtor: &Debtor) -> Vec<Required> {
    let balance = invoice.balance();
    let profile = &debtor.profile.value;
    let is_missing = |what: &Required| match what {
        Required::OrderNumber => balance.po_number.is_none(),
        Required::Address => {
            let country = profile.country.as_ref();
            let has_codes = country.is_some_and(Country::has_postal_codes);
            country.is_none() || (has_codes && profile.postal_code.is_none())
        }
        Required::Registration => {
            let is_consumer = profile.kind == Some(DebtorKind::Consumer);
            !is_consumer && profile.registration.is_none() && profile.vat_number.is_none()
        }
    };
    let required = required.iter().copied();
    required.filter(is_missing).collect()
}

/// What is to be known of an invoice before one calls: its number, whom to call, and when the debtor heard which step.
fn said_so_far(invoice: &Invoice, debtor: &Debtor, policy: &Policy) -> String {
    let calendar = debtor.calendar(policy);
    let heard = invoice.steps.iter().filter_map(|step| match step.state {
        StepState::Heard { at, .. } | StepState::SentBefore { at } => {
            Some(format!("{} {}", step.id, calendar.day_of(at)))
        }
        _ => None,
    });
    let heard: Vec<String> = heard.collect();
    // Whoever pays, before whoever gets the invoices.
    let roles = [Role::Payer, Role::Approver, Role::Invoice];
    let people = roles
        .iter()
        .flat_map(|role| contacts(*role, invoice, debtor));
    let mut people = people.filter_map(|person| {
        let phone = person.phone?;
        Some(match person.name {
            Some(name) => format!("{name}, {phone}"),
            None => phone,
        })
    });
    let mut said = invoice.name();
    said.extend(people.next().map(|person| format!(", {person}")));
    if !heard.is_empty() {
        said = format!("{said}; {}", heard.join(", "));
    }
    said
}
