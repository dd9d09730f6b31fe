//! Letters that are made up, to see whether a template can write each kind.

use std::sync::LazyLock;

use dunning::journal::{NoticeKind, Reader};
use dunning::policy::{Company, Policy, Sender};
use dunning::value::{Country, Currency, Language, Link, Money};
use jiff::civil::{Date, date};

use crate::letter::{Letter, MatterLine, NoticeLine, Row, TeamLetter};

const TODAY: Date = date(2027, 1, 15);
const LATE: Date = date(2027, 1, 1);
const EARLIER: Date = date(2026, 12, 18);
const COMING: Date = date(2027, 1, 30);

/// A letter that is made up.
#[derive(Debug, Clone)]
pub struct Sample<'a> {
    /// What it is about, in a few words.
    pub name: &'static str,
    /// It.
    pub letter: Letter<'a>,
}

/// What a letter is about.
#[derive(Default)]
struct Content {
    name: &'static str,
    rows: Vec<Row<'static>>,
    others: Vec<Row<'static>>,
    coming: Vec<Row<'static>>,
    elsewhere: Vec<Money>,
}

fn contents() -> Vec<Content> {
    let of = |name, rows| Content {
        name,
        rows,
        ..Content::default()
    };
    vec![
        Content {
            elsewhere: vec![money(123_456, "EUR")],
            ..of("One invoice; more is overdue", vec![complete(LATE)])
        },
        of(
            "One invoice, without order number and links",
            vec![bare(COMING)],
        ),
        of("One invoice, due today", vec![bare(TODAY)]),
        of(
            "One invoice, part paid and part credited",
            vec![lowered(LATE)],
        ),
        of("One part of an invoice in instalments", vec![part(LATE)]),
        of("Several invoices", vec![complete(COMING), lowered(COMING)]),
        of(
            "Several invoices",
            vec![complete(LATE), lowered(EARLIER), part(LATE)],
        ),
        of(
            "Several invoices, in two currencies",
            vec![complete(LATE), bare(LATE), bare(EARLIER)],
        ),
        Content {
            others: vec![bare(LATE), part(LATE), complete(LATE)],
            coming: vec![bare(COMING), lowered(COMING)],
            elsewhere: vec![money(123_456, "EUR"), money(5000, "USD")],
            ..of(
                "Mixed: late at several steps, and coming",
                vec![complete(EARLIER)],
            )
        },
        Content {
            others: vec![lowered(LATE), bare(COMING)],
            coming: vec![bare(COMING)],
            ..of(
                "Mixed, in two currencies",
                vec![complete(EARLIER), bare(EARLIER), complete(TODAY)],
            )
        },
        Content {
            others: vec![bare(COMING)],
            ..of("Mixed: coming at two steps", vec![complete(COMING)])
        },
        of(
            "One invoice, part paid and part credited",
            vec![lowered(COMING)],
        ),
        of("One part of an invoice in instalments", vec![part(COMING)]),
    ]
}

/// Where debtors are of whom something else may be said.
static PLACES: LazyLock<[Option<Country>; 3]> = LazyLock::new(|| {
    let country = |code| Some(Country::parse(code).expect("the samples' countries are ISO codes"));
    [country("FR"), country("US"), None]
});

/// One invoice that is complete and late, one with nothing that may be missing and not due yet, several of all
/// kinds in two currencies; each with a name and without, in each kind of place.
pub(crate) fn letters<'a>(
    policy: &'a Policy,
    language: &'a Language,
    template: &'a str,
) -> impl Iterator<Item = Letter<'a>> {
    let step = policy.mails().find(|(_, mail)| mail.template == template);
    let sender = step.and_then(|(_, mail)| policy.senders.get(&mail.sender));
    let company = &policy.company;
    PLACES.iter().enumerate().flat_map(move |(round, country)| {
        let country = country.as_ref();
        let all = sender.map(|sender| samples(company, sender, language, template, country));
        all.into_iter()
            .flatten()
            .enumerate()
            .map(move |(index, sample)| {
                let is_named = (round + index) % 2 == 0;
                Letter {
                    debtor_name: sample.letter.debtor_name.filter(|_| is_named),
                    ..sample.letter
                }
            })
    })
}

/// A mail about debts of all kinds: one invoice and several, late and coming, in part paid, credited or asked for.
pub fn samples<'a>(
    company: &'a Company,
    sender: &'a Sender,
    language: &'a Language,
    template: &'a str,
    country: Option<&'a Country>,
) -> impl Iterator<Item = Sample<'a>> {
    contents().into_iter().map(move |content| Sample {
        name: content.name,
        letter: Letter {
            template,
            language,
            country,
            company,
            sender,
            debtor_name: Some("Example & Sons"),
            today: TODAY,
            rows: content.rows,
            others: content.others,
            coming: content.coming,
            elsewhere: content.elsewhere,
        },
    })
}

/// Letters to the team and to the engineer, with every kind of notice: what happened once, today, and what lasts.
pub(crate) fn team_letters(company: &Company) -> impl Iterator<Item = TeamLetter<'_>> {
    let letter = move |reader, notices| TeamLetter {
        company,
        reader,
        today: TODAY,
        notices,
    };
    let every = [1, 5, 50].map(|count| {
        let kinds = NoticeKind::ALL.into_iter();
        letter(
            Reader::Finance,
            kinds.map(|kind| notice(kind, count)).collect(),
        )
    });
    let one = [
        (Reader::Finance, NoticeKind::NoDueDate),
        (Reader::Engineer, NoticeKind::Nonsense),
    ]
    .map(|(reader, kind)| letter(reader, vec![notice(kind, 1)]));
    every.into_iter().chain(one)
}

/// What the team reads of one thing that happened.
pub fn team_sample(company: &Company, kind: NoticeKind) -> TeamLetter<'_> {
    TeamLetter {
        company,
        reader: Reader::Finance,
        today: TODAY,
        notices: vec![notice(kind, 1)],
    }
}

fn notice(kind: NoticeKind, count: usize) -> NoticeLine<'static> {
    let about = |number: usize| MatterLine {
        subject: "2027-0001",
        debtor: number
            .is_multiple_of(2)
            .then_some(("Example & Sons", "cus_1")),
        amount: number.is_multiple_of(3).then(|| money(123_456, "EUR")),
        since: LATE,
        command: number
            .is_multiple_of(2)
            .then(|| "relance show in_1".to_owned()),
    };
    NoticeLine {
        kind,
        count,
        matters: (0..count).map(about).collect(),
        since: if count == 1 { TODAY } else { LATE },
    }
}

static LINK: LazyLock<Link> = LazyLock::new(|| {
    Link::parse("https://pay.example.com/2027-0001").expect("the sample is a link")
});

fn complete(due_on: Date) -> Row<'static> {
    Row {
        number: "2027-0001",
        id: "in_1",
        total: money(123_456, "EUR"),
        credited: None,
        received: None,
        remaining: money(123_456, "EUR"),
        due_on,
        po_number: Some("PO-4500012345"),
        pay_url: Some(&LINK),
        pdf_url: Some(&LINK),
    }
}

/// Of which something was credited and something paid.
fn lowered(due_on: Date) -> Row<'static> {
    Row {
        credited: Some(money(20_000, "EUR")),
        received: Some(money(80_000, "EUR")),
        remaining: money(23_456, "EUR"),
        ..complete(due_on)
    }
}

/// Of which less is left, and nobody knows why.
fn part(due_on: Date) -> Row<'static> {
    Row {
        remaining: money(23_456, "EUR"),
        ..complete(due_on)
    }
}

fn bare(due_on: Date) -> Row<'static> {
    Row {
        number: "2027-0002",
        id: "in_2",
        total: money(5000, "USD"),
        credited: None,
        received: None,
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
