//! The recipes of `infra/policy/examples/recipes.md`: each is read from the page, put into the policy that is shipped, and lived
//! through by an invoice that nobody pays.
//!
//! `UPDATE_EXAMPLES=1 cargo test -p dunning --test rules recipes` writes the tables anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use dunning::billing::{DebtorKind, Role};
use dunning::policy::Policy;

use crate::examples::{Case, USUAL, assert_written, table};

/// What each recipe is tried with.
const CASES: [Case; 10] = [
    Case {
        table: "rhythm",
        ..INVOICE
    },
    Case {
        table: "august",
        issued_on: "2027-06-10",
        due_on: "2027-07-26",
        ..INVOICE
    },
    Case {
        table: "large",
        amount: 1_200_000,
        ..INVOICE
    },
    Case {
        table: "small",
        amount: 2_999,
        ..INVOICE
    },
    Case {
        table: "germany",
        country: "DE",
        ..INVOICE
    },
    Case {
        table: "manager",
        contacts: &[Role::AccountManager],
        ..INVOICE
    },
    Case {
        table: "language",
        ..INVOICE
    },
    Case {
        table: "key",
        tags: &[("tier", "key")],
        ..INVOICE
    },
    Case {
        table: "consumers",
        kind: DebtorKind::Consumer,
        ..INVOICE
    },
    Case {
        table: "company",
        tags: &[("company", "studio")],
        ..INVOICE
    },
];

const INVOICE: Case = Case {
    issued_on: "2027-01-12",
    due_on: "2027-02-26",
    ..USUAL
};

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/policy/examples/recipes.md")
}

const SHIPPED: &str = include_str!("../../../../infra/policy/relance.toml");

/// The recipe above a table of the page.
fn recipe(mark: &str) -> String {
    let page = fs::read_to_string(page()).unwrap();
    let mark = format!("<!-- recipe/{mark}: written by a test -->");
    let (before, _) = page.split_once(&mark).expect(&mark);
    let (_, recipe) = before.rsplit_once("```toml\n").unwrap();
    let (recipe, _) = recipe.split_once("```").unwrap();
    recipe.to_owned()
}

/// The shipped policy with a recipe in it, as the page says how: what stands under a heading that is there goes under
/// it, in the place of what had its name; a step's goes to the step of that id; the rest goes to the end.
fn with(recipe: &str) -> Policy {
    let mut text = SHIPPED.to_owned();
    for section in sections(recipe) {
        let (heading, keys) = section.split_once('\n').unwrap();
        let place = match keys.split_once('\n') {
            Some((id, _)) if heading == "[[steps]]" => format!("{heading}\n{id}\n"),
            _ => format!("{heading}\n"),
        };
        let is_there = heading == "[[steps]]" || !heading.starts_with("[[");
        match text.split_once(&place).filter(|_| is_there) {
            Some((before, rest)) => {
                let (known, after) = rest.split_at(rest.find("\n[").unwrap_or(rest.len()));
                let is_kept = |line: &&str| !keys.lines().any(|new| sets_the_same(line, new));
                let known: Vec<&str> = known.lines().filter(is_kept).collect();
                let new = keys.lines().filter(|line| !place.contains(*line));
                let new: Vec<&str> = new.collect();
                let (known, new) = (known.join("\n"), new.join("\n"));
                text = format!("{before}{place}{new}\n{known}\n{after}");
            }
            None => text.extend(["\n", &section]),
        }
    }
    Policy::parse(&text).unwrap_or_else(|why| panic!("{recipe}: {why}"))
}

/// A recipe's headings, each with what stands under it.
fn sections(recipe: &str) -> Vec<String> {
    let mut sections: Vec<String> = Vec::new();
    for line in recipe.lines().filter(|line| !line.is_empty()) {
        if line.starts_with('[') {
            sections.push(String::new());
        }
        let section = sections.last_mut().unwrap();
        section.push_str(line);
        section.push('\n');
    }
    sections
}

fn sets_the_same(line: &str, new: &str) -> bool {
    let key = |line: &str| Some(line.split_once(" = ")?.0.to_owned());
    key(line).is_some() && key(line) == key(new)
}

type Rows = Vec<[String; 4]>;

/// What becomes of each recipe's invoice: by the policy that is shipped, and with the recipe in it.
static LIVES: LazyLock<BTreeMap<&str, (Rows, Rows)>> = LazyLock::new(|| {
    let lives = CASES.iter().map(|case| {
        let with = case.rows(with(&recipe(case.table)));
        (case.table, (by_the_shipped(case), with))
    });
    lives.collect()
});

fn by_the_shipped(case: &Case) -> Rows {
    case.rows(Policy::parse(SHIPPED).unwrap())
}

/// Day, step, what, to whom.
fn lived(mark: &str) -> &'static Rows {
    &LIVES[mark].1
}

/// The same without the recipe.
fn before(mark: &str) -> &'static Rows {
    &LIVES[mark].0
}

/// The days on which mails leave.
fn mails(rows: &[[String; 4]]) -> Vec<&str> {
    let mails = rows.iter().filter(|[.., to]| to != "the team");
    mails.map(|[day, ..]| day.as_str()).collect()
}

#[test]
fn the_page_shows_what_each_recipe_does() {
    let tables = CASES.iter();
    let tables = tables.map(|case| {
        let mark = format!("recipe/{}", case.table);
        (mark, table(case, lived(case.table)))
    });
    assert_written(&page(), tables);
}

#[test]
fn each_recipe_changes_what_becomes_of_its_invoice() {
    for case in &CASES {
        assert_ne!(lived(case.table), before(case.table), "{}", case.table);
    }
}

#[test]
fn one_customer_has_a_rhythm_of_its_own_and_the_others_keep_theirs() {
    assert_eq!(
        mails(lived("rhythm")),
        ["Mon 15 Mar 2027", "Tue 30 Mar 2027"]
    );
    let policy = with(&recipe("rhythm").replace("cus_1", "cus_2"));
    assert_eq!(&INVOICE.rows(policy), before("rhythm"));
}

#[test]
fn nothing_leaves_in_august_and_the_ladder_goes_on_in_september() {
    let leaves = lived("august");
    let in_august = |rows: &[[String; 4]]| {
        mails(rows)
            .iter()
            .filter(|day| day.contains(" Aug "))
            .count()
    };
    assert_ne!(in_august(before("august")), 0);
    assert_eq!(in_august(leaves), 0);
    assert_eq!(mails(leaves)[3..], ["Fri 3 Sep 2027", "Mon 13 Sep 2027"]);
}

#[test]
fn from_10_000_on_a_person_approves_what_is_firm() {
    let asked = |rows: &[[String; 4]]| {
        let asked = rows
            .iter()
            .filter(|[.., what, _]| what.contains("approval"));
        asked.map(|[_, step, ..]| step.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        asked(lived("large")),
        ["`large-late-10`", "`large-late-21`"]
    );
    let small = Case {
        amount: 999_999,
        ..INVOICE
    };
    assert_eq!(asked(&small.rows(with(&recipe("large")))), ["`late-21`"]);
}

#[test]
fn nobody_is_reminded_of_less_than_30_euros() {
    assert_eq!(mails(lived("small")), [""; 0]);
    let enough = Case {
        amount: 3_000,
        ..INVOICE
    };
    assert_eq!(
        enough.rows(with(&recipe("small"))),
        enough.rows(Policy::parse(SHIPPED).unwrap())
    );
}

#[test]
fn nobody_in_germany_is_reminded_in_the_first_seven_days() {
    // Due on 26 February.
    assert_eq!(mails(lived("germany"))[0], "Fri 5 Mar 2027");
    let policy = with(&recipe("germany"));
    assert_eq!(&INVOICE.rows(policy), before("rhythm"));
}

#[test]
fn the_account_manager_gets_a_copy_that_nobody_sees() {
    let rows = lived("manager");
    let copied = rows
        .iter()
        .filter(|[.., to]| to.ends_with(", bcc anna@example.com"));
    assert_eq!(
        copied
            .map(|[_, step, ..]| step.as_str())
            .collect::<Vec<_>>(),
        ["`late-10`"]
    );
    assert_eq!(mails(rows), mails(before("manager")));
}

#[test]
fn where_one_language_is_written_a_french_debtor_reads_it() {
    let signs =
        |rows: &[[String; 4]], name: &str| rows.iter().any(|[.., what, _]| what.ends_with(name));
    assert!(signs(
        before("language"),
        "by Example SAS, service comptabilité"
    ));
    assert!(signs(lived("language"), "by Example SAS, Accounts"));
    assert!(!signs(lived("language"), "service comptabilité"));
}

#[test]
fn a_key_account_gets_one_mail_a_week() {
    let rows = lived("key");
    let days = mails(rows)
        .into_iter()
        .map(|day| jiff::civil::Date::strptime("%a %d %b %Y", day).unwrap());
    let days: Vec<_> = days.collect();
    assert!(days.len() > 2, "{rows:?}");
    for two in days.windows(2) {
        assert!((two[1] - two[0]).get_days() >= 7, "{rows:?}");
    }
}

#[test]
fn nobody_is_asked_to_call_a_consumer() {
    let calls = |rows: &[[String; 4]]| {
        rows.iter()
            .filter(|[.., what, _]| what == "asks to call")
            .count()
    };
    assert_eq!(
        (calls(before("consumers")), calls(lived("consumers"))),
        (1, 0)
    );
    let company = Case {
        kind: DebtorKind::Business,
        ..INVOICE
    };
    assert_eq!(calls(&company.rows(with(&recipe("consumers")))), 1);
}

#[test]
fn whoever_has_the_tag_is_written_to_by_the_second_company() {
    let rows = lived("company");
    let signs =
        |[.., what, to]: &&[String; 4]| to != "the team" && !what.contains("Example Studio");
    assert_eq!(rows.iter().filter(signs).count(), 0, "{rows:?}");
    let untagged = Case {
        tags: &[],
        ..INVOICE
    };
    assert_eq!(
        untagged.rows(with(&recipe("company"))),
        untagged.rows(Policy::parse(SHIPPED).unwrap())
    );
}
