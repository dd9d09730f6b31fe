//! The page of the policy's language, `infra/policy/README.md`, says what the code knows.

use std::collections::BTreeSet;

use dunning::journal::{CallResult, What};
use dunning::policy::{BadCondition, Condition, Policy};
use jiff::civil::Date;

use crate::common::{Kept, event, invoice};

const PAGE: &str = include_str!("../../../../infra/policy/README.md");
const BASE: &str = include_str!("relance.toml");

/// The blocks of the page in a language, without their fences.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("\n```{language}\n");
    let blocks = PAGE.split(&fence).skip(1);
    blocks
        .map(|rest| rest.split_once("\n```").unwrap().0)
        .collect()
}

/// The rows of the table under that head, cell by cell.
fn rows(head: &str) -> Vec<Vec<&'static str>> {
    let (_, rest) = PAGE.split_once(head).expect(head);
    let rows = rest
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect()
}

fn in_backticks(cell: &str) -> &str {
    cell.trim_matches('`')
}

#[test]
fn the_page_names_all_that_a_condition_may_ask_and_nothing_else() {
    let refused = Condition::parse("nobody.knows");
    let Err(BadCondition::Name(_, known)) = refused else {
        panic!("{refused:?}")
    };
    let known: Vec<&str> = known.split(", ").collect();
    let rows = rows("| Name | What it is |");
    let named: Vec<&str> = rows.iter().map(|row| in_backticks(row[0])).collect();
    assert_eq!(named, known);
}

#[test]
fn the_conditions_of_the_page_can_be_read() {
    let (_, rest) = PAGE.split_once("It says yes or no.\n\n```\n").unwrap();
    let (conditions, _) = rest.split_once("\n```").unwrap();
    let more = ["debtor.tags[\"cost centre\"] == \"7\""];
    for condition in conditions.lines().chain(more) {
        Condition::parse(condition).unwrap_or_else(|why| panic!("{condition}: {why}"));
    }
}

/// What the tests' policy says, with a piece of the page in its place.
fn with(piece: &str) -> String {
    let (before, after) = BASE.split_once("[[steps]]").unwrap();
    if piece.contains("[[steps]]") {
        format!("{before}\n{piece}")
    } else {
        format!("{before}\n{piece}\n[[steps]]{after}")
    }
}

#[test]
fn each_piece_of_a_policy_on_the_page_is_one() {
    let pieces = blocks("toml");
    assert!(pieces.len() > 7, "{}", pieces.len());
    for piece in pieces {
        Policy::parse(&with(piece)).unwrap_or_else(|why| panic!("{piece}\n{why}"));
    }
}

#[test]
fn the_page_has_each_key_of_steps_sequences_companies_senders_and_accounts() {
    let wrong = with(
        r#"
[company.accounts.EUR]
nonsense = 1
[senders.other]
nonsense = 1
[companies.other]
nonsense = 1
[[sequences]]
nonsense = 1
[[sequences.steps]]
id = "mail"
nonsense = 1
[[sequences.steps]]
id = "task"
task = "complete"
requires = []
nonsense = 1
[[sequences.steps]]
id = "signal"
signal = "suspend"
undo = "resume"
nonsense = 1
"#,
    );
    let refused = Policy::parse(&wrong).unwrap_err();
    let mut keys = BTreeSet::new();
    let mut told = 0;
    for fault in refused.faults() {
        let known = fault.what.split_once("nonsense is unknown; there is ");
        let Some((_, known)) = known else { continue };
        told += 1;
        keys.extend(known.split(", ").map(str::to_owned));
    }
    assert_eq!(told, 7, "{refused}");
    for key in keys {
        let is_there = [
            format!("`{key}`"),
            format!("\n{key} = "),
            format!("`{key} = "),
            format!("companies.gmbh.{key}."),
            format!("[[sequences.{key}]]"),
        ];
        assert!(is_there.iter().any(|it| PAGE.contains(it)), "{key}");
    }
}

#[test]
fn complaint_15_the_days_of_the_page_are_those_of_the_rules() {
    let rows = rows("| `on` | Its day |");
    assert!(rows.len() > 5);
    let issued = "2027-03-10T07:00:00Z";
    for row in rows {
        let on = in_backticks(row[0]);
        let step = format!(
            "[[steps]]\nid = \"it\"\non = \"{on}\"\ntemplate = \"ask\"\nsender = \"friendly\"\n"
        );
        let mut kept = Kept::new();
        kept.policy = Policy::parse(&with(&step)).unwrap();
        let mut snapshot = invoice("in_1", "2027-04-30");
        snapshot.issued_on = Some(Date::constant(2027, 3, 10));
        kept.hear(issued, &event(issued, snapshot));
        let at = kept.only().steps[0].at;
        let day = kept.file.debtor.calendar(&kept.policy).day_of(at);
        assert_eq!(day.strftime("%a %-d %b %Y").to_string(), row[1], "{on}");
    }
}

#[test]
fn what_the_page_shows_of_the_command_line_is_what_the_journal_says() {
    let said = |what: What| PAGE.contains(&format!("\nin_1: {what}\n"));
    let promised = CallResult::Promised(Date::constant(2027, 3, 1));
    for result in [
        promised,
        CallResult::Disputed,
        CallResult::Voicemail,
        CallResult::Reached,
    ] {
        assert!(said(What::Called { result }), "{result:?}");
    }
    assert!(said(What::Approved));
    let unknown = Policy::parse(&with(
        "[[steps]]\nid = \"late\"\non = \"due\"\ntemplate = \"ask\"\nsender = \"friendly\"\nwhen = \"debtor.countri == 'FR'\"\n",
    ));
    let unknown = unknown.unwrap_err().faults()[0].what.clone();
    let (beginning, _) = unknown.split_once(", debtor.").unwrap();
    assert!(PAGE.contains(&format!("\n{beginning}, …\n")), "{beginning}");
}
