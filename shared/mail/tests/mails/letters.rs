//! Letters to test with: the built-in templates, filled with facts that are made up.

use std::path::{Path, PathBuf};

use dunning::policy::Policy;
use dunning::value::{Country, Currency, Language, Link, Money};
use jiff::civil::{Date, date};
use mail::{Letter, Rendered, Row, Templates};

pub(crate) const DUE: Date = date(2027, 1, 15);

pub(crate) fn policy_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/policy")
}

pub(crate) fn policy() -> Policy {
    let text = std::fs::read_to_string(policy_folder().join("relance.toml"));
    Policy::parse(&text.expect("the default policy is there")).expect("the default policy is good")
}

/// The built-in ones: the default policy has none of its own.
pub(crate) fn templates() -> Templates {
    Templates::load(&policy_folder().join("templates")).expect("none is needed")
}

/// Renders a template of the default policy on a day, in the voice of the step that uses it.
pub(crate) fn render(
    template: &str,
    language: &str,
    debtor_name: Option<&str>,
    today: Date,
    rows: Vec<Row>,
) -> Rendered {
    let content = Content {
        rows,
        ..Content::default()
    };
    render_in(None, template, language, debtor_name, today, content)
}

/// What a letter is about.
#[derive(Default)]
pub(crate) struct Content<'a> {
    pub(crate) rows: Vec<Row<'a>>,
    pub(crate) others: Vec<Row<'a>>,
    pub(crate) coming: Vec<Row<'a>>,
    pub(crate) elsewhere: Vec<Money>,
}

/// The same for a debtor in a country, with what stands apart.
pub(crate) fn render_in(
    country: Option<&str>,
    template: &str,
    language: &str,
    debtor_name: Option<&str>,
    today: Date,
    content: Content,
) -> Rendered {
    render_under(
        &policy(),
        country,
        template,
        language,
        debtor_name,
        today,
        content,
    )
}

/// The same under a policy that is not the default one.
pub(crate) fn render_under(
    policy: &Policy,
    country: Option<&str>,
    template: &str,
    language: &str,
    debtor_name: Option<&str>,
    today: Date,
    content: Content,
) -> Rendered {
    let mail = policy.mails().find(|(_, mail)| mail.template == template);
    let (_, mail) = mail.expect("a step uses the template");
    let sender = &policy.senders[&mail.sender];
    let language = Language::parse(language).expect("a language code");
    let country = country.map(|code| Country::parse(code).expect("a country code"));
    let letter = Letter {
        template,
        language: &language,
        country: country.as_ref(),
        company: &policy.company,
        sender: &sender.in_language(&language),
        debtor_name,
        today,
        rows: content.rows,
        others: content.others,
        coming: content.coming,
        elsewhere: content.elsewhere,
    };
    templates()
        .render(&letter)
        .expect("the mail can be written")
}

pub(crate) fn euros(minor: i64) -> Money {
    money(minor, "EUR")
}

pub(crate) fn money(minor: i64, currency: &str) -> Money {
    let currency = Currency::parse(currency).expect("a currency code");
    Money { minor, currency }
}

/// A link, if it is one, for as long as the tests run.
pub(crate) fn link(url: &str) -> Option<&'static Link> {
    let link = Link::parse(url).ok()?;
    Some(Box::leak(Box::new(link)))
}

/// An invoice with all that an invoice can have, due on [`DUE`].
pub(crate) fn complete() -> Row<'static> {
    Row {
        number: "F-2027-0117",
        id: "in_117",
        total: euros(123_456),
        credited: None,
        received: None,
        remaining: euros(123_456),
        due_on: DUE,
        po_number: Some("4500012345"),
        pay_url: link("https://invoice.example.com/i/acct_1/live_9?s=ap"),
        pdf_url: link("https://pay.example.com/invoice/acct_1/live_9/pdf?s=ap"),
    }
}

/// An invoice with nothing that can be missing.
pub(crate) fn bare() -> Row<'static> {
    Row {
        number: "F-2027-0121",
        id: "in_121",
        total: euros(8_000),
        credited: None,
        received: None,
        remaining: euros(8_000),
        due_on: DUE,
        po_number: None,
        pay_url: None,
        pdf_url: None,
    }
}

/// Of which 500 euros were paid, as far as is known.
pub(crate) fn part_paid() -> Row<'static> {
    Row {
        received: Some(euros(50_000)),
        remaining: euros(73_456),
        ..complete()
    }
}

/// Of which 200 euros were credited.
pub(crate) fn credited() -> Row<'static> {
    Row {
        credited: Some(euros(20_000)),
        remaining: euros(103_456),
        ..complete()
    }
}

/// Of which less is left, and nobody knows why.
pub(crate) fn in_part() -> Row<'static> {
    Row {
        remaining: euros(73_456),
        ..complete()
    }
}

/// One that is due later.
pub(crate) fn later() -> Row<'static> {
    Row {
        number: "F-2027-0130",
        id: "in_130",
        due_on: date(2027, 2, 12),
        po_number: None,
        ..complete()
    }
}

/// Three invoices of one day: part paid, bare, and one of which part was credited and part was paid.
pub(crate) fn several() -> Vec<Row<'static>> {
    let both = Row {
        number: "F-2027-0119",
        id: "in_119",
        received: Some(euros(3_456)),
        remaining: euros(100_000),
        ..credited()
    };
    vec![part_paid(), bare(), both]
}
