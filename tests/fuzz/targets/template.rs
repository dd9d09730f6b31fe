//! Mails with names, numbers and links that a stranger wrote: they render, and nothing of them becomes markup.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use dunning::policy::Policy;
use dunning::value::{Currency, Link, Money};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;
use mail::{Letter, Row, Templates};

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    Policy::parse(include_str!("../../../infra/policy/relance.toml")).expect("it is sound")
});
static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| {
    let none_of_its_own = Path::new("/nowhere");
    Templates::load(none_of_its_own).expect("they are built in")
});

#[derive(Debug, arbitrary::Arbitrary)]
struct Strange {
    name: Option<String>,
    number: String,
    po_number: Option<String>,
    pay_url: Option<String>,
    pdf_url: Option<String>,
    remaining: u32,
    template: u8,
    language: u8,
}

fuzz_target!(|strange: Strange| {
    let money = Money {
        minor: i64::from(strange.remaining),
        currency: Currency::parse("EUR").expect("a currency"),
    };
    let link = |url: &Option<String>| url.as_deref().and_then(|url| Link::parse(url).ok());
    let (pay_url, pdf_url) = (link(&strange.pay_url), link(&strange.pdf_url));
    let languages = TEMPLATES.languages();
    let mails: Vec<_> = POLICY.mails().map(|(_, mail)| mail).collect();
    let step = mails[usize::from(strange.template) % mails.len()];
    let letter = Letter {
        template: &step.template,
        language: &languages[usize::from(strange.language) % languages.len()],
        country: None,
        company: &POLICY.company,
        sender: &POLICY.senders[&step.sender],
        debtor_name: strange.name.as_deref(),
        today: date(2027, 2, 1),
        rows: vec![Row {
            number: &strange.number,
            id: "in_1",
            total: money,
            credited: None,
            received: None,
            remaining: money,
            due_on: date(2027, 2, 15),
            po_number: strange.po_number.as_deref(),
            pay_url: pay_url.as_ref(),
            pdf_url: pdf_url.as_ref(),
        }],
        others: Vec::new(),
        coming: Vec::new(),
        elsewhere: Vec::new(),
    };
    let rendered = TEMPLATES.render(&letter).expect("strange words are no reason not to write");
    assert!(!rendered.subject.contains(['\r', '\n']), "a subject is one line");
    assert!(!rendered.html.to_lowercase().contains("<script"), "nothing becomes markup");
    assert!(!rendered.html.to_lowercase().contains("href=\"javascript:"), "no link runs anything");
});
