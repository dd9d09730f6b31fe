//! What imported invoices would be sent, if they were let go now.

use std::collections::BTreeMap;
use std::fmt::Write;

use ask::OnHold;
use dunning::file::{Debtor, Invoice, Outlook};
use dunning::policy::Policy;
use dunning::value::{SourceName, StepId};
use jiff::civil::Date;
use ledger::Import;
use serde_json::{Value, json};

use crate::let_in::Sums;

/// All of it.
pub(super) struct Report<'a> {
    pub(super) source: &'a SourceName,
    pub(super) stack: &'a str,
    pub(super) policy: &'a Policy,
    pub(super) so_far: &'a Import,
    pub(super) on_hold: &'a [OnHold],
}

/// What one step comes to, over all invoices.
#[derive(Default)]
struct OfStep {
    invoices: usize,
    first: Option<Date>,
    last: Option<Date>,
    sums: Sums,
}

impl Report<'_> {
    /// As a person reads it: no address is in it.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for OnHold { debtor, invoices } in self.on_hold {
            let name = debtor.profile.value.name.as_deref().unwrap_or_default();
            line(&mut text, format_args!("{}  {name}", debtor.key.customer));
            for invoice in invoices {
                self.write_invoice(&mut text, debtor, invoice);
            }
        }
        let Import {
            listed,
            new,
            nonsense,
            ..
        } = self.so_far;
        line(
            &mut text,
            format_args!(
                "{}: {listed} open invoices listed, {new} brought in or put right",
                self.source
            ),
        );
        if *nonsense > 0 {
            let what = format_args!(
                "{nonsense} things in the list make no sense: what they are about is on hold, or not in"
            );
            line(&mut text, what);
        }
        self.write_totals(&mut text);
        text
    }

    fn write_invoice(&self, text: &mut String, debtor: &Debtor, invoice: &Invoice) {
        let balance = invoice.balance();
        let due = balance.due_on.map(|due| format!(", due on {due}"));
        let name = invoice.name();
        let (left, due) = (balance.remaining, due.unwrap_or_default());
        line(text, format_args!("  {name}  {left}{due}"));
        let steps = self.steps(debtor, invoice);
        let steps: Vec<String> = steps.map(|(step, day)| format!("{step} {day}")).collect();
        if steps.is_empty() {
            line(text, format_args!("    nothing: {}", invoice.outlook));
        } else {
            line(text, format_args!("    {}", steps.join(", ")));
        }
    }

    fn write_totals(&self, text: &mut String) {
        let all = self.all();
        let on_hold = all.invoices;
        if on_hold == 0 {
            line(text, format_args!("None is on hold as imported"));
            return;
        }
        let (debtors, sums) = (self.on_hold.len(), all.sums.said());
        line(
            text,
            format_args!("{on_hold} invoices of {debtors} customers are on hold as imported{sums}"),
        );
        line(text, format_args!("If they were let go now:"));
        for (step, of) in self.by_step() {
            let (count, sums) = (of.invoices, of.sums.said());
            let days = match (of.first, of.last) {
                (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
                (first, _) => first.map_or_else(String::new, |first| first.to_string()),
            };
            line(
                text,
                format_args!("  {step:<12} {days}: {count} invoices{sums}"),
            );
        }
        let command = format_args!(
            "Nothing leaves before: relance release --imported --source {} --stack {}",
            self.source, self.stack
        );
        line(text, command);
    }

    /// The steps that an invoice would have, with their days.
    fn steps<'i>(
        &'i self,
        debtor: &'i Debtor,
        invoice: &'i Invoice,
    ) -> impl Iterator<Item = (&'i StepId, Date)> {
        let calendar = debtor.calendar(self.policy);
        let steps = invoice.scheduled();
        steps.map(move |(step, at)| (step, calendar.day_of(at)))
    }

    fn all(&self) -> OfStep {
        let mut all = OfStep::default();
        for invoice in self.on_hold.iter().flat_map(|held| &held.invoices) {
            all.invoices += 1;
            all.sums.add(invoice);
        }
        all
    }

    /// In the policy's order.
    fn by_step(&self) -> Vec<(&StepId, OfStep)> {
        let mut steps: BTreeMap<(Option<i32>, &str), (&StepId, OfStep)> = BTreeMap::new();
        for OnHold { debtor, invoices } in self.on_hold {
            for invoice in invoices {
                for (step, day) in self.steps(debtor, invoice) {
                    let rank = (self.policy.severity(step), step.in_policy());
                    let (_, of) = steps
                        .entry(rank)
                        .or_insert_with(|| (step, OfStep::default()));
                    of.invoices += 1;
                    of.first = of.first.into_iter().chain([day]).min();
                    of.last = of.last.max(Some(day));
                    of.sums.add(invoice);
                }
            }
        }
        steps.into_values().collect()
    }

    /// The same for programs.
    pub(super) fn json(&self) -> Value {
        let debtors = self.on_hold.iter().map(|OnHold { debtor, invoices }| {
            let invoices = invoices.iter();
            json!({
                "key": debtor.key.to_string(),
                "customer": debtor.key.customer,
                "name": debtor.profile.value.name,
                "invoices": invoices.map(|it| self.invoice_json(debtor, it)).collect::<Vec<_>>(),
            })
        });
        let all = self.all();
        let sums = |sums: &Sums| sums.each().map(|sum| sum.to_string()).collect::<Vec<_>>();
        let steps = self.by_step().into_iter().map(|(step, of)| {
            json!({
                "step": step, "invoices": of.invoices, "first": of.first, "last": of.last,
                "totals": sums(&of.sums),
            })
        });
        json!({
            "source": self.source,
            "listed": self.so_far.listed,
            "new": self.so_far.new,
            "nonsense": self.so_far.nonsense,
            "on_hold": all.invoices,
            "totals": sums(&all.sums),
            "steps": steps.collect::<Vec<_>>(),
            "debtors": debtors.collect::<Vec<_>>(),
        })
    }

    fn invoice_json(&self, debtor: &Debtor, invoice: &Invoice) -> Value {
        let balance = invoice.balance();
        let steps = self.steps(debtor, invoice);
        let is_next = matches!(invoice.outlook, Outlook::Next { .. });
        json!({
            "id": balance.id,
            "number": balance.number,
            "remaining": balance.remaining.to_string(),
            "due_on": balance.due_on,
            "steps": steps.map(|(step, on)| json!({ "step": step, "on": on })).collect::<Vec<_>>(),
            "nothing": (!is_next).then(|| invoice.outlook.to_string()),
        })
    }
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    writeln!(text, "{what}").expect("a string takes all");
}
