//! Letters to test with: the default policy's templates, filled with facts that are made up.

use std::path::{Path, PathBuf};

use dunning::policy::Policy;
use dunning::value::{Currency, Language, Link, Money};
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

pub(crate) fn templates() -> Templates {
    Templates::load(&policy_folder().join("templates")).expect("the templates are there")
}

/// Renders a template of the default policy on a day, in the voice of the step that uses it.
pub(crate) fn render(
    template: &str,
    language: &str,
    debtor_name: Option<&str>,
    today: Date,
    rows: Vec<Row>,
) -> Rendered {
    let policy = policy();
    let step = policy.steps.iter().find(|step| step.template == template);
    let sender = &policy.senders[&step.expect("a step uses the template").sender];
    let letter = Letter {
        template,
        language: &Language::parse(language).expect("a language code"),
        company: &policy.company,
        sender,
        debtor_name,
        today,
        rows,
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
        total: euros(123_456),
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
        total: euros(8_000),
        remaining: euros(8_000),
        due_on: DUE,
        po_number: None,
        pay_url: None,
        pdf_url: None,
    }
}

pub(crate) fn part_paid() -> Row<'static> {
    Row {
        remaining: euros(73_456),
        ..complete()
    }
}

/// Three invoices: part paid, bare, and one that is due later.
pub(crate) fn several() -> Vec<Row<'static>> {
    let later = Row {
        number: "F-2027-0130",
        due_on: date(2027, 2, 12),
        po_number: None,
        ..complete()
    };
    vec![part_paid(), bare(), later]
}
