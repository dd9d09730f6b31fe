//! The page: one file that asks nobody for anything.

use std::collections::BTreeSet;

use jiff::civil::Date;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use super::figures::{Customer, Figures};
use super::report::Report;

/// So many customers are on the page, those with the most mails: with all of a large year, no browser would open it. The
/// JSON has all.
const CUSTOMERS: usize = 1000;
/// So many invoices of a kind are named on it.
const NAMED: usize = 200;

/// So many are shown at once; more are folded up.
const FEW: usize = 20;

/// A chart of bars, in its own units.
#[derive(Serialize)]
struct Chart {
    width: usize,
    most: usize,
    bars: Vec<Bar>,
    labels: Vec<Label>,
}

/// A bar: by which policy, where and how high of a hundred.
#[derive(Serialize)]
struct Bar {
    policy: usize,
    x: usize,
    width: usize,
    height: usize,
    on: Date,
    mails: usize,
}

/// A month below the bars.
#[derive(Serialize)]
struct Label {
    x: usize,
    month: String,
}

/// How wide a week is, in the chart's units.
const WEEK: usize = 14;

/// A customer by both policies.
#[derive(Serialize)]
struct Both<'r> {
    customer: &'r str,
    name: &'r str,
    invoices: usize,
    /// By each policy.
    by: Vec<&'r Customer>,
}

/// Renders the page. Everything in it may come from strangers, and is escaped.
pub(super) fn render(report: &Report) -> String {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("day", day);
    let customers = customers(report);
    let steps = report.by_step();
    let most = steps.iter().flat_map(|(_, mails)| mails).copied().max();
    let page = environment.render_str(
        include_str!("page.html.j2"),
        context! {
            report => Serde(report),
            numbers => Serde(report.numbers()),
            weeks => Serde(weeks(&report.policies)),
            left_out => report.customers - customers.len(),
            customers => Serde(customers),
            named => NAMED,
            few => FEW,
            steps => Serde(&steps),
            most_of_a_step => most.unwrap_or_default().max(1),
        },
    );
    page.expect("the page's template is tested")
}

/// As people read it.
fn day(iso: &str) -> String {
    let day: Result<Date, _> = iso.parse();
    day.map_or_else(
        |_| iso.to_owned(),
        |day| day.strftime("%a %-d %b %Y").to_string(),
    )
}

fn customers(report: &Report) -> Vec<Both<'_>> {
    let Some(first) = report.policies.first() else {
        return Vec::new();
    };
    let both = first.customers.iter().enumerate().map(|(place, customer)| {
        let by = report.policies.iter().map(|it| &it.customers[place]);
        Both {
            customer: &customer.id,
            name: &customer.name,
            invoices: customer.invoices,
            by: by.collect(),
        }
    });
    let mut both: Vec<Both<'_>> = both.collect();
    both.sort_by_key(|both| {
        let mails: usize = both.by.iter().map(|by| by.mails.len()).sum();
        std::cmp::Reverse(mails)
    });
    both.truncate(CUSTOMERS);
    both
}

fn weeks(policies: &[Figures]) -> Chart {
    let all = policies.iter().flat_map(|it| &it.by_week);
    let most = all.clone().map(|week| week.mails).max().unwrap_or_default();
    let first = all.clone().map(|week| week.on).min();
    let weeks: BTreeSet<Date> = all.map(|week| week.on).collect();
    let place = |on: Date| {
        let days = first.map_or(0, |first| (on - first).get_days());
        usize::try_from(days / 7).unwrap_or_default()
    };
    let width = (WEEK - 2) / policies.len().max(1);
    let bars = policies.iter().enumerate().flat_map(|(policy, it)| {
        it.by_week.iter().map(move |week| Bar {
            policy,
            x: place(week.on) * WEEK + policy * width,
            width,
            height: (week.mails * 100).div_ceil(most.max(1)),
            on: week.on,
            mails: week.mails,
        })
    });
    let mut months = BTreeSet::new();
    let begins = |on: &&Date| months.insert((on.year(), on.month()));
    let labels = weeks.iter().filter(begins).map(|on| Label {
        x: place(*on) * WEEK,
        month: on.strftime("%b").to_string(),
    });
    Chart {
        width: weeks.last().map_or(0, |last| (place(*last) + 1) * WEEK),
        most,
        labels: labels.collect(),
        bars: bars.collect(),
    }
}
