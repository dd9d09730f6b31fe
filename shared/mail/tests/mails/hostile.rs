//! What strangers type must not become part of the mail's own words, markup or headers.

use jiff::civil::date;
use mail::{Rendered, Row};

use crate::letters::{complete, link, render};

const HOSTILE: [&str; 12] = [
    "<b>&amp;\"",
    "</p></mj-text><mj-raw><script>alert(1)</script></mj-raw>",
    "\"><img src=x onerror=alert(1)>",
    "'; --",
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

/// As HTML shows it: what a browser reads back must be what was typed.
fn unescaped(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

fn tags(html: &str) -> Vec<String> {
    let name = |tag: &str| {
        tag.split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or("")
            .to_owned()
    };
    html.split('<').skip(1).map(name).collect()
}

#[test]
fn a_hostile_text_shows_as_it_was_typed_and_adds_no_markup() {
    let plain = [1, 3].map(|rows| tags(&render_with("plain", rows).html));
    for hostile in HOSTILE {
        for (rows, plain) in [1, 3].into_iter().zip(&plain) {
            let mail = render_with(hostile, rows);
            assert_eq!(tags(&mail.html), *plain, "{hostile:?} changed the page");
            if hostile.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
                assert!(
                    unescaped(&mail.html).contains(hostile),
                    "{hostile:?} was lost"
                );
                assert!(mail.text.contains(hostile), "{hostile:?} was lost");
            }
        }
    }
}

#[test]
fn a_hostile_text_stays_on_its_line() {
    let plain = [1, 3].map(|rows| render_with("plain", rows).text.lines().count());
    for hostile in HOSTILE {
        for (rows, plain) in [1, 3].into_iter().zip(plain) {
            let mail = render_with(hostile, rows);
            assert_eq!(mail.text.lines().count(), plain, "{hostile:?} made lines");
            let odd =
                |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{2028}'..='\u{202e}');
            assert!(!mail.text.contains(odd), "{hostile:?} came through");
            assert!(
                !mail.subject.contains(|c| odd(c) || c == '\n'),
                "{hostile:?} came through"
            );
        }
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
