use dunning::policy::Policy;
use dunning::value::SourceName;
use serde_json::json;
use sources::Tool;

use super::super::figures::Figures;
use super::super::report::Report;
use super::super::told::Year;
use super::super::{by_lines, by_sheet, page};
use super::fates;
use crate::sheet::Reader;

const UNTIL: &str = "2026-12-31T11:00:00Z";
const HEADER: &str = "id,customer,number,name,email,country,postal_code,vat_number,currency,total,remaining,issued_on,due_on,po_number,paid_on,booked_on\n";

fn policy() -> Policy {
    Policy::parse(include_str!("../../../../policy/relance.toml")).unwrap()
}

/// A file as it is read, with the lines that make no sense.
fn sheet(lines: &str) -> Year {
    let (policy, source) = (policy(), SourceName::parse("stripe").unwrap());
    let now = "2027-01-04T10:00:00Z".parse().unwrap();
    let reader = Reader {
        tool: &Tool::builtin("stripe").unwrap(),
        source: &source,
        settings: &policy.sources[&source],
        as_of: now,
        now,
        besides: &by_sheet::COLUMNS,
    };
    let text = format!("{HEADER}{lines}");
    by_sheet::read(&reader, (std::path::Path::new("2026.csv"), &text)).unwrap()
}

fn figures(folder: &str, policy: &Policy, lines: &str) -> Figures {
    let fates = fates(policy, sheet(lines), UNTIL);
    Figures::of(folder.to_owned(), policy, &fates)
}

/// By the shipped policy, and by one that reminds a day after the due date.
fn report(lines: &str) -> Report {
    let shipped = include_str!("../../../../policy/relance.toml");
    let sooner = shipped.replace("due + 4 business days", "due + 1 business days");
    assert_ne!(shipped, sooner);
    let sooner = Policy::parse(&sooner).unwrap();
    let (from, until) = (
        ("2026-01-02").parse().unwrap(),
        ("2026-12-31").parse().unwrap(),
    );
    let report = Report {
        from,
        until,
        customers: 3,
        invoices: 4,
        bad: vec!["line 7, due_on: is \"soon\", not a day like 2027-02-15".to_owned()],
        hear_otherwise: None,
        policies: vec![
            figures("infra/policy", &policy(), lines),
            figures("sooner", &sooner, lines),
        ],
    };
    report.compared()
}

/// One that pays early, one whose payment is booked three days after it came, one that never pays.
const LIVES: &str = "\
    in_1,cus_1,F-1,Early SAS,ap@early.test,FR,75001,FR1,EUR,1200,0,2026-01-05,2026-02-04,PO-1,2026-01-12,\n\
    in_2,cus_1,F-2,,,,,,EUR,1200,0,2026-03-02,2026-04-01,PO-2,2026-03-10,\n\
    in_3,cus_2,F-3,Booked & <Late> SAS,ap@booked.test,FR,,FR2,EUR,4800,0,2026-05-04,2026-06-03,,2026-06-08,2026-06-11\n\
    in_4,cus_3,F-4,Never SAS,ap@never.test,FR,75002,,EUR,15000,15000,2026-06-01,2026-07-01,PO-4,,\n";

#[test]
fn a_year_says_who_hears_what_on_which_days() {
    insta::assert_snapshot!(report(LIVES).text());
    insta::assert_json_snapshot!(figures("infra/policy", &policy(), LIVES));
}

#[test]
fn a_page_asks_nobody_for_anything_and_escapes_what_strangers_wrote() {
    let page = page::render(&report(LIVES));
    assert!(page.contains("Booked &amp; &lt;Late&gt; SAS"), "{page}");
    for asks in ["<script", "src=", "@import", "url(", "<link"] {
        assert!(!page.contains(asks), "{asks}");
    }
    insta::assert_snapshot!(page);
}

#[test]
fn whoever_paid_before_a_mail_that_did_not_know_it_yet_was_written_to_after_paying() {
    let figures = figures("", &policy(), LIVES);
    let after: Vec<String> = figures
        .after_paying
        .iter()
        .map(|it| format!("{} {} {:?}", it.invoice, it.on, it.paid_on))
        .collect();
    assert_eq!(after, ["F-3 2026-06-09 Some(2026-06-08)"]);
}

#[test]
fn two_customers_of_one_mailbox_are_never_written_to_on_one_day() {
    let line = |n: usize| {
        format!(
            "in_{n},cus_{n},,,books@accountant.test,FR,,,EUR,1200,1200,2026-03-02,2026-04-01,,,\n"
        )
    };
    let lines: String = (1..=3).map(line).collect();
    let fates = fates(&policy(), sheet(&lines), UNTIL);
    let mails = fates.iter().flat_map(|fate| &fate.mails);
    let mut days: Vec<_> = mails.map(|mail| mail.on).collect();
    let all = days.len();
    days.sort();
    days.dedup();
    assert!(all > 9);
    assert_eq!(days.len(), all);
}

#[test]
fn a_last_reminder_that_comes_first_is_named() {
    let text = include_str!("../../../../policy/relance.toml");
    let begin = text.find("[[steps]]").unwrap();
    let last = text.rfind("[[steps]]").unwrap();
    let only_last = format!("{}{}", &text[..begin], &text[last..]);
    let policy = Policy::parse(&only_last).unwrap();
    let figures = figures("", &policy, LIVES);
    let first: Vec<&str> = figures
        .last_first
        .iter()
        .map(|it| it.invoice.as_str())
        .collect();
    assert_eq!(first, ["F-4"]);
    assert_eq!((figures.mails, figures.approvals), (1, 1));
}

#[test]
fn each_line_without_a_life_is_named_and_stops_none_of_the_others() {
    let line = |rest: &str| {
        format!("in_1,cus_1,,,,,,,EUR,{rest}\nin_0,cus_0,,,,,,,EUR,7,7,2026-03-02,,,,\n")
    };
    let cases = [
        (
            "10,0,,,,2026-03-01,",
            "issued_on: is missing: a life begins with its issue",
        ),
        (
            "10,0,2026-02-01,,,,",
            "paid_on: is missing: of 10.00 EUR, 0.00 EUR is left",
        ),
        (
            ",0,2026-02-01,,,2026-03-01,",
            "total: is missing: nothing is left, and nobody knows of how much",
        ),
        (
            "10,10,2026-02-01,,,2026-03-01,",
            "paid_on: is 2026-03-01, and of 10.00 EUR all is left",
        ),
        (
            "10,0,2026-02-01,,,2026-03-05,2026-03-04",
            "booked_on: is before 2026-03-05, when it was paid",
        ),
        (
            "10,0,2026-02-01,,,,2026-03-04",
            "paid_on: is missing, where `booked_on` is not",
        ),
        (
            "10,0,2026-02-01,,,03/05/2026,",
            "paid_on: is \"03/05/2026\", not a day like 2027-02-15",
        ),
    ];
    for (rest, why) in cases {
        let year = sheet(&line(rest));
        assert_eq!(year.bad, [format!("line 2, {why}")], "{rest}");
        assert_eq!(year.told.len(), 1, "{rest}");
    }
}

#[test]
fn each_event_without_sense_is_named_by_its_line_and_stops_none_of_the_others() {
    let (policy, source) = (policy(), SourceName::parse("stripe").unwrap());
    let invoice = json!({ "id": "in_1", "status": "open", "currency": "EUR", "total": "10", "remaining": "10",
        "due_on": "2026-03-01", "collection": "send_invoice" });
    let event = |at: &str, data| json!({ "type": "x", "timestamp": at, "data": data });
    let at = "2026-02-01T09:00:00Z";
    let good = event(at, json!({ "customer": "C-1", "invoice": invoice }));
    let mut late = good.clone();
    late["told_at"] = json!("2026-01-01T09:00:00Z");
    let mut test = good.clone();
    test["data"]["mode"] = json!("test");
    let nobodys = event(at, json!({ "invoice": invoice }));
    let lines = [
        good.to_string(),
        "{".to_owned(),
        String::new(),
        late.to_string(),
        test.to_string(),
        nobodys.to_string(),
        event(at, json!({ "of": "no concern" })).to_string(),
    ];
    let year = by_lines::read(&lines.join("\n"), &source, &policy.sources[&source]);
    assert_eq!(year.told.len(), 1);
    let expected = [
        "line 2: EOF while parsing an object at line 1 column 1",
        "line 4: told_at is 2026-01-01T09:00:00Z, before it happened",
        "line 5: is of the test mode",
        "line 6: x: customer is missing",
    ];
    assert_eq!(year.bad, expected);
}

#[test]
fn an_empty_year_is_none() {
    assert_eq!(sheet("").span(), None);
}
