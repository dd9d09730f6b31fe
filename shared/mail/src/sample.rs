//! Letters that are made up, to see whether a template can write each kind.

use std::sync::LazyLock;

use dunning::journal::NoticeKind;
use dunning::policy::{Company, Policy};
use dunning::value::{Currency, Language, Link, Money};
use jiff::civil::{Date, date};

use crate::letter::{Letter, NoticeLine, Row, TeamLetter};

const TODAY: Date = date(2027, 1, 15);

/// One invoice that is complete and late, one with nothing that may be missing and not due yet, and
/// several of all kinds in two currencies.
pub(crate) fn letters<'a>(
    policy: &'a Policy,
    language: &'a Language,
    template: &'a str,
) -> impl Iterator<Item = Letter<'a>> {
    let sender = policy.steps.iter().find(|step| step.template == template);
    let sender = sender.and_then(|step| policy.senders.get(&step.sender));
    let rows = [
        vec![complete()],
        vec![bare(date(2027, 1, 30))],
        vec![bare(TODAY)],
        vec![complete(), bare(date(2027, 1, 14)), bare(date(2027, 1, 30))],
        vec![complete(), complete()],
    ];
    let letter = move |(index, rows): (usize, Vec<Row<'a>>)| {
        Some(Letter {
            template,
            language,
            company: &policy.company,
            sender: sender?,
            debtor_name: (index % 2 == 0).then_some("Example & Sons"),
            today: TODAY,
            rows,
        })
    };
    rows.into_iter().enumerate().filter_map(letter)
}

/// A letter to the team with something that happened once, today, and something that lasts.
pub(crate) fn team<'a>(company: &'a Company, subjects: &'a [String]) -> TeamLetter<'a> {
    let notice = |kind, count, since| NoticeLine {
        kind,
        count,
        subjects,
        since,
    };
    TeamLetter {
        company,
        today: TODAY,
        notices: vec![
            notice(NoticeKind::NoDueDate, 1, TODAY),
            notice(NoticeKind::Nonsense, 5000, date(2027, 1, 1)),
        ],
    }
}

static LINK: LazyLock<Link> = LazyLock::new(|| {
    Link::parse("https://pay.example.com/2027-0001").expect("the sample is a link")
});

fn complete() -> Row<'static> {
    Row {
        number: "2027-0001",
        total: money(123_456, "EUR"),
        remaining: money(23_456, "EUR"),
        due_on: date(2027, 1, 1),
        po_number: Some("PO-4500012345"),
        pay_url: Some(&LINK),
        pdf_url: Some(&LINK),
    }
}

fn bare(due_on: Date) -> Row<'static> {
    Row {
        number: "2027-0002",
        total: money(5000, "USD"),
        remaining: money(5000, "USD"),
        due_on,
        po_number: None,
        pay_url: None,
        pdf_url: None,
    }
}

fn money(minor: i64, currency: &str) -> Money {
    Money {
        minor,
        currency: Currency::parse(currency).expect("the samples' currencies are ISO codes"),
    }
}
