//! What a person is told of a year, and a program.

use std::fmt::Write;

use jiff::civil::Date;
use serde::Serialize;

use super::figures::{Figures, Named};

/// A year, under one policy or two.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The first day of what was told.
    pub(super) from: Date,
    /// The last one, up to which it is played.
    pub(super) until: Date,
    /// How many customers there are.
    pub(super) customers: usize,
    /// How many invoices.
    pub(super) invoices: usize,
    /// What makes no sense, and is in none of the numbers.
    pub(super) bad: Vec<String>,
    /// How many customers hear otherwise under the second policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hear_otherwise: Option<usize>,
    /// The policy, and the one that it is compared with.
    pub(super) policies: Vec<Figures>,
}

/// So many invoices are named on a terminal; the page has all.
const NAMED: usize = 5;
/// Where the numbers of a policy begin, and how wide they are.
const WIDTHS: (usize, usize) = (36, 8);
/// What two policies are called.
const LETTERS: [char; 2] = ['A', 'B'];

impl Report {
    /// With how many customers hear otherwise.
    pub(super) fn compared(mut self) -> Self {
        if let [one, other] = self.policies.as_slice() {
            let both = one.customers.iter().zip(&other.customers);
            let otherwise = both.filter(|(one, other)| one.mails != other.mails);
            self.hear_otherwise = Some(otherwise.count());
        }
        self
    }

    /// As a person reads it: no address is in it.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let Self {
            from,
            until,
            customers,
            invoices,
            ..
        } = self;
        line(
            &mut text,
            format_args!("{invoices} invoices of {customers} customers, {from} to {until}\n"),
        );
        if self.policies.len() > 1 {
            for (letter, figures) in LETTERS.iter().zip(&self.policies) {
                line(&mut text, format_args!("{letter}: {}", figures.policy));
            }
            let letters = LETTERS.iter().map(ToString::to_string);
            row(&mut text, "", letters);
        }
        for (name, number) in self.numbers() {
            row(&mut text, name, number.iter().map(ToString::to_string));
        }
        for (step, mails) in self.by_step() {
            let mails = mails.iter().map(ToString::to_string);
            row(&mut text, &format!("mails of {step}"), mails);
        }
        if let Some(otherwise) = self.hear_otherwise {
            line(
                &mut text,
                format_args!("\n{otherwise} of {customers} customers hear otherwise"),
            );
        }
        for (letter, figures) in LETTERS.iter().zip(&self.policies) {
            let of = if self.policies.len() > 1 {
                format!(", by {letter}")
            } else {
                String::new()
            };
            write_named(&mut text, figures, &of);
        }
        text
    }

    /// The numbers by what they count, one for each policy.
    pub(super) fn numbers(&self) -> Vec<(&str, Vec<usize>)> {
        let of = |number: &dyn Fn(&Figures) -> usize| self.policies.iter().map(number).collect();
        let mut rows = vec![
            ("mails", of(&|it| it.mails)),
            ("customers written to", of(&|it| it.customers_written_to)),
            ("invoices reminded of", of(&|it| it.invoices_reminded)),
            (
                "most mails on one day",
                of(&|it| it.busiest.map_or(0, |day| day.mails)),
            ),
            (
                "reminded of after they were paid",
                of(&|it| it.after_paying.len()),
            ),
            (
                "heard the last reminder first",
                of(&|it| it.last_first.len()),
            ),
            (
                "incomplete on the day of issue",
                of(&|it| it.incomplete_invoices.len()),
            ),
            ("calls for the team", of(&|it| it.calls)),
            ("approvals for a person", of(&|it| it.approvals)),
        ];
        if self.policies.iter().any(|it| it.signals > 0) {
            rows.push(("signals to your automation", of(&|it| it.signals)));
        }
        rows
    }

    /// The mails that each step led, one number for each policy.
    pub(super) fn by_step(&self) -> Vec<(&str, Vec<usize>)> {
        let mut steps: Vec<&str> = Vec::new();
        for by in self.policies.iter().flat_map(|it| &it.by_step) {
            if !steps.contains(&by.step.as_str()) {
                steps.push(&by.step);
            }
        }
        let led = |figures: &Figures, step| {
            let mut steps = figures.by_step.iter();
            steps.find(|by| by.step == step).map_or(0, |by| by.mails)
        };
        let all = steps.into_iter().map(|step| {
            let by = self.policies.iter().map(|it| led(it, step));
            (step, by.collect())
        });
        all.collect()
    }
}

/// What there is to name, a few of each.
fn write_named(text: &mut String, figures: &Figures, of: &str) {
    let said = |it: &Named| {
        let step = it.step.as_ref().map(|step| format!("{step} on "));
        let paid = it.paid_on.map(|day| format!(", paid on {day}"));
        let (step, paid) = (step.unwrap_or_default(), paid.unwrap_or_default());
        format!("{}  {}: {step}{}{paid}", it.name, it.invoice, it.on)
    };
    for (what, named) in [
        ("Reminded of after they were paid", &figures.after_paying),
        ("Heard the last reminder first", &figures.last_first),
    ] {
        if named.is_empty() {
            continue;
        }
        line(text, format_args!("\n{what}{of}:"));
        for named in named.iter().take(NAMED) {
            line(text, format_args!("  {}", said(named)));
        }
        if named.len() > NAMED {
            line(text, format_args!("  and {} more", named.len() - NAMED));
        }
    }
    write_counts(text, figures, of);
}

fn write_counts(text: &mut String, figures: &Figures, of: &str) {
    if !figures.incomplete.is_empty() {
        line(text, format_args!("\nLacking on the day of issue{of}:"));
    }
    for lack in &figures.incomplete {
        let (invoices, late) = (lack.invoices, lack.paid_late);
        let lacks = &lack.lacks;
        line(
            text,
            format_args!("  {lacks:<14} {invoices} invoices, {late} of them paid late"),
        );
    }
    if !figures.held.is_empty() {
        line(text, format_args!("\nOpen at the end, and on hold{of}:"));
    }
    for held in &figures.held {
        line(
            text,
            format_args!("  {} invoices: {}", held.invoices, held.why),
        );
    }
}

fn row(text: &mut String, name: &str, numbers: impl Iterator<Item = String>) {
    let (name_width, width) = WIDTHS;
    let mut row = format!("{name:<name_width$}");
    for number in numbers {
        write!(row, "  {number:>width$}").expect("a string takes all");
    }
    line(text, format_args!("{row}"));
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    writeln!(text, "{what}").expect("a string takes all");
}
