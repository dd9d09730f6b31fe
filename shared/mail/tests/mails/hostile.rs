//! What strangers type must not become part of the mail's own words, markup or headers.

use jiff::civil::date;
use mail::{Rendered, Row};

use crate::letters::{complete, link, render};

const HOSTILE: [&str; 14] = [
    "<b>&amp;\"",
    "</p></mj-text><mj-raw><script>alert(1)</script></mj-raw>",
    "\"><img src=x onerror=alert(1)>",
    "'; --",
    "Compte bloqué : confirmez via evil.example/connexion",
    "evil.example",
    "{{ company.name }}{% raw %}{# gone #}",
    "<!-- gone --> <![CDATA[x]]> ]]>",
    "&lt;b&gt; &#60; &nbsp;",
    "ACME\r\nBcc: x@example.com\r\n\r\nPay here",
    "ACME\u{2028}--\u{2029}Total: 0\0\u{7}",
    "\u{202e}gpj.exe",
    "mj-button href=x",
    "$1 \\1 %s ${x}",
];

fn render_with(hostile: &str, rows: usize) -> Rendered {
    let row = Row {
        number: hostile,
        po_number: Some(hostile),
        ..complete()
    };
    let rows = vec![row; rows];
    render("firm", "en", Some(hostile), date(2027, 1, 25), rows)
}

/// A mail about invoices whose order and number are as harmless as they can be.
fn render_plain(rows: usize) -> Rendered {
    let row = Row {
        po_number: None,
        number: complete().id,
        ..complete()
    };
    let rows = vec![row; rows];
    render("firm", "en", None, date(2027, 1, 25), rows)
}

#[test]
fn fault_36_what_a_stranger_typed_says_nothing_in_our_mail() {
    for rows in [1, 3] {
        let plain = render_plain(rows);
        for hostile in HOSTILE {
            let mail = render_with(hostile, rows);
            // It does without a name and an order number, and the invoice goes by its id.
            assert_eq!(mail, plain, "{hostile:?} came through");
        }
    }
}

#[test]
fn a_hostile_company_adds_no_markup() {
    // What stands in the policy is the company's own word: it is escaped, and shown.
    for name in ["A & B \"Exemple\" <SAS>", "'; --"] {
        let mut policy = crate::letters::policy();
        policy.company.name = name.to_owned();
        let language = policy.company.language.clone();
        let letter = mail::Letter {
            template: "firm",
            language: &language,
            country: None,
            company: &policy.company,
            sender: &policy.senders["collecting"],
            debtor_name: Some("A & B 'Exemple' (SAS)"),
            today: date(2027, 1, 25),
            rows: vec![complete()],
            others: Vec::new(),
            coming: Vec::new(),
            elsewhere: Vec::new(),
        };
        let html = crate::letters::templates().render(&letter).unwrap().html;
        assert!(!html.contains("<SAS>"));
        // Whoever chose the name does not have it said.
        assert!(html.contains("Hello,"), "{html}");
    }
}

#[test]
fn a_link_arrives_as_it_was_given() {
    let mail = render("reminder", "en", None, date(2027, 1, 18), vec![complete()]);
    let url = complete().pay_url.unwrap().as_str();
    assert!(mail.html.contains(&format!("href=\"{url}\"")));
    assert!(mail.text.lines().any(|line| line == url));
    let two = Row {
        pay_url: link("https://pay.example.com/?a=1&b=2"),
        ..complete()
    };
    let mail = render("reminder", "en", None, date(2027, 1, 18), vec![two]);
    assert!(
        mail.html
            .contains("href=\"https://pay.example.com/?a=1&amp;b=2\"")
    );
    assert!(mail.text.contains("https://pay.example.com/?a=1&b=2"));
}

#[test]
fn a_mail_asks_nothing_of_any_server() {
    let mail = render("reminder", "en", None, date(2027, 1, 18), vec![complete()]);
    for fetched in ["<img", "<link", "@import", "url(", "src=", "@font-face"] {
        assert!(!mail.html.contains(fetched), "{fetched} is in the mail");
    }
}

#[test]
fn a_name_that_is_an_advertisement_is_not_greeted() {
    let name = Some("You won! https://example.com/prize");
    let mail = render("reminder", "en", name, date(2027, 1, 18), vec![complete()]);
    assert!(mail.text.starts_with("Hello,\n"), "{}", mail.text);
    assert!(!mail.html.contains("prize"));
}
