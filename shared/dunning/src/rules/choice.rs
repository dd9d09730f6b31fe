//! Which ladder a debt climbs, and which of its steps are for it.

use crate::billing::DebtorKind;
use crate::file::{Debtor, Invoice};
use crate::policy::{
    BadCondition, Company, Condition, DebtorFacts, Facts, HistoryFacts, InvoiceFacts, Known,
    OtherCompany, Policy, PolicyStep, Sender, Sequence,
};

/// The ladder of a debt.
#[derive(Debug, Clone)]
pub(super) struct Choice<'p> {
    /// The first sequence that is for it; the usual one where nobody can say.
    pub(super) sequence: &'p Sequence,
    /// Of its steps, in their order, whether they are for it.
    pub(super) wanted: Vec<bool>,
    /// Why nobody can say. Nothing leaves then.
    pub(super) undecided: Option<String>,
}

/// Chooses by what is known of a debt now.
pub(super) fn choose<'p>(policy: &'p Policy, invoice: &Invoice, debtor: &Debtor) -> Choice<'p> {
    // Each policy that was read has one: that for everybody.
    let mut sequences = policy.sequences.iter();
    let usual = sequences.find(|sequence| sequence.when.is_none());
    let usual = usual.expect("a policy has a sequence for everybody");
    // What no condition asks for is not gathered.
    let asks = |step: &PolicyStep| step.when.is_some();
    let is_plain =
        policy.sequences.len() == 1 && policy.companies.is_empty() && !usual.steps.iter().any(asks);
    let known = if is_plain {
        Known::default()
    } else {
        facts(policy, invoice, debtor).known()
    };
    let mut undecided = None;
    let mut holds = |what: &str, name: &str, when: Option<&Condition>| {
        let judged = when.map_or(Ok(true), |when| when.holds(&known));
        judged.unwrap_or_else(|why: BadCondition| {
            undecided.get_or_insert_with(|| format!("{what} `{name}`: its condition {why}"));
            false
        })
    };
    // What somebody chose in the tool goes before all conditions.
    let balance = invoice.balance();
    let plan = balance.plan.as_ref().or(debtor.profile.value.plan.as_ref());
    let chosen = match plan {
        Some(plan) => policy
            .sequences
            .iter()
            .find(|sequence| sequence.name == *plan),
        None => policy
            .sequences
            .iter()
            .find(|sequence| holds("sequence", &sequence.name, sequence.when.as_ref())),
    };
    let unknown = plan.is_some() && chosen.is_none();
    let sequence = chosen.unwrap_or(usual);
    // Whose invoice it is must be known, too.
    let companies = policy.companies.iter();
    companies.for_each(|other| _ = holds("company", &other.id, Some(&other.when)));
    let steps = sequence.steps.iter();
    let wanted = steps.map(|step| {
        let least = step.chase_from;
        let too_little = least.is_some_and(|least| least.is_above(balance.remaining));
        !too_little && holds("step", step.id.as_str(), step.when.as_ref())
    });
    let wanted = wanted.collect();
    if unknown {
        let why = "the tool chose a plan for it, and no sequence has its name";
        undecided.get_or_insert_with(|| why.to_owned());
    }
    Choice {
        sequence,
        wanted,
        undecided,
    }
}

/// Whose invoices a debtor's are.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'p> {
    /// The company.
    pub company: &'p Company,
    other: Option<&'p OtherCompany>,
    policy: &'p Policy,
}

impl<'p> Identity<'p> {
    /// Of a debtor. Where nobody can say, of the first company; nothing leaves then.
    pub fn of(policy: &'p Policy, debtor: &Debtor) -> Self {
        let mut others = policy.companies.iter();
        let other = if policy.companies.is_empty() {
            None
        } else {
            let facts = Facts {
                debtor: debtor_facts(debtor),
                ..Facts::default()
            };
            let known = facts.known();
            others.find(|other| other.when.holds(&known) == Ok(true))
        };
        Self {
            company: other.map_or(&policy.company, |other| &other.company),
            other,
            policy,
        }
    }

    /// Of those for whom a ladder is: of the company that is theirs by the same condition, or else of the first.
    pub fn of_sequence(policy: &'p Policy, sequence: &Sequence) -> Self {
        let when = sequence.when.as_ref().map(Condition::as_str);
        let mut others = policy.companies.iter();
        let other = others.find(|other| Some(other.when.as_str()) == when);
        Self {
            company: other.map_or(&policy.company, |other| &other.company),
            other,
            policy,
        }
    }

    /// Who writes for it.
    pub fn sender(&self, name: &str) -> Option<&'p Sender> {
        let own = self.other.and_then(|other| other.senders.get(name));
        own.or_else(|| self.policy.senders.get(name))
    }
}

fn facts(policy: &Policy, invoice: &Invoice, debtor: &Debtor) -> Facts {
    let balance = invoice.balance();
    Facts {
        invoice: InvoiceFacts {
            total: Some(balance.total),
            remaining: Some(balance.remaining),
            po_number: balance.po_number.clone(),
            issued_on: balance.issued_on,
            due_on: balance.due_on,
            instalments: balance.instalments.len(),
            tags: balance.tags.clone(),
        },
        debtor: debtor_facts(debtor),
        history: HistoryFacts {
            paid: debtor.history.paid(),
            on_time: debtor.history.on_time(&debtor.calendar(policy)),
        },
    }
}

fn debtor_facts(debtor: &Debtor) -> DebtorFacts {
    let profile = &debtor.profile.value;
    let realm = &debtor.key.realm;
    DebtorFacts {
        id: debtor.key.customer.to_string(),
        name: profile.name.clone(),
        country: profile.country.as_ref().map(ToString::to_string),
        state: profile.state.clone(),
        vat_number: profile.vat_number.clone(),
        registration: profile.registration.clone(),
        language: profile.language.clone(),
        kind: profile.kind.and_then(|kind| match kind {
            DebtorKind::Business => Some("business"),
            DebtorKind::Consumer => Some("consumer"),
            DebtorKind::Newer => None,
        }),
        source: realm.source.to_string(),
        account: realm.account.to_string(),
        tags: profile.tags.clone(),
    }
}
