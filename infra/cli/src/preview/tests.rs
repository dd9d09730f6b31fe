//! What the pages say, of the policy that is shipped.

use super::*;

/// The text of a page as a person reads it: no tags, no style, no empty lines. What is folded is left out: other tests
/// keep the words of the mails.
fn read(page: &str) -> String {
    let body = page.split_once("<body>").unwrap().1;
    let folded = body.split("<details").enumerate();
    let unfolded = folded.map(|(index, part)| match part.split_once("</details>") {
        Some((_, after)) if index > 0 => after,
        _ => part,
    });
    let body: String = unfolded.collect();
    let mut text = String::new();
    for part in body.split('<') {
        let (tag, said) = part.split_once('>').unwrap_or(("", part));
        let is_new_line = ["tr", "li", "h1", "h2", "h3", "p", "dt", "div", "summary"]
            .iter()
            .any(|name| tag.split(' ').next() == Some(*name));
        text.push_str(if is_new_line { "\n" } else { " " });
        text.push_str(said);
    }
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x2f;", "/");
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn options(words: &[&str]) -> Options {
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }
    let words = ["preview"].iter().chain(words);
    <Line as clap::Parser>::try_parse_from(words)
        .unwrap()
        .options
}

fn written(policy: &str, words: &[&str]) -> Files {
    let policy = Policy::parse(policy).unwrap();
    let templates = Templates::load("templates-that-are-not-there".as_ref()).unwrap();
    let templates = templates.in_languages_of(&policy);
    let today = Date::constant(2027, 3, 16);
    pages(&options(words), &policy, &templates, today).unwrap()
}

const SHIPPED: &str = include_str!("../../../policy/relance.toml");

#[test]
fn the_first_page_shows_each_step_on_its_day_and_why() {
    let files = written(
        SHIPPED,
        &[
            "--due",
            "2027-04-30",
            "--country",
            "fr,DE",
            "--language",
            "de",
        ],
    );
    insta::assert_snapshot!(read(files.page("index.html")));
}

#[test]
fn a_page_shows_a_step_in_a_language_for_debts_of_all_kinds() {
    let files = written(SHIPPED, &["--due", "2027-04-30", "--language", "fr"]);
    insta::assert_snapshot!(read(files.page("late-4.fr.html")));
}

#[test]
fn if_nothing_is_said_an_invoice_is_due_in_45_days_where_the_company_is() {
    let files = written(SHIPPED, &["--language", "en"]);
    let page = read(files.page("index.html"));
    assert!(
        page.contains("issued on Tue 16 Mar 2027, due on Fri 30 Apr 2027"),
        "{page}"
    );
    assert!(
        page.contains("In FR by the clock of Europe/Paris"),
        "{page}"
    );
}

#[test]
fn a_ladder_is_in_the_voice_of_the_company_that_has_the_same_condition() {
    let policy = include_str!("../../../policy/examples/two-companies/relance.toml");
    let files = written(policy, &["--language", "de", "--due", "2027-04-30"]);
    let page = read(files.page("de-reminder.de.html"));
    assert!(page.contains("From Example GmbH"), "{page}");
}

#[test]
fn a_language_that_nobody_is_written_to_in_is_refused() {
    let policy = Policy::parse(SHIPPED).unwrap();
    let templates = Templates::load("templates-that-are-not-there".as_ref()).unwrap();
    let today = Date::constant(2027, 3, 16);
    let told = pages(&options(&["--language", "fi"]), &policy, &templates, today)
        .err()
        .unwrap();
    assert!(
        told.to_string()
            .starts_with("--language fi: nobody is written to in it; there is de, en")
    );
}
