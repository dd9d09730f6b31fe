use dunning::billing::Status;
use dunning::value::SourceName;
use sources::Tool;

use super::*;

const AS_OF: &str = "2027-02-28T23:00:00Z";

/// A file as it is read.
#[derive(Debug)]
struct Open {
    rows: Vec<Row>,
    bad: Vec<BadRow>,
}

fn sheet(text: &str) -> Result<Open, String> {
    sheet_of(text, "stripe")
}

fn sheet_of(text: &str, tool: &str) -> Result<Open, String> {
    let folder = std::env::temp_dir().join(format!("relance-sheet-{:x}", fastrand::u64(..)));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("open.csv");
    std::fs::write(&file, text).unwrap();
    let policy = Policy::parse(include_str!("../../../../../infra/policy/relance.toml")).unwrap();
    let source = SourceName::parse("stripe").unwrap();
    let reader = Reader {
        tool: &Tool::builtin(tool).unwrap(),
        source: &source,
        settings: &policy.sources[&source],
        as_of: AS_OF.parse().unwrap(),
        now: "2027-03-01T10:00:00Z".parse().unwrap(),
        besides: &COLUMNS,
    };
    let sheet = read(&policy, &reader, &file);
    std::fs::remove_dir_all(&folder).unwrap();
    let name = file.display().to_string();
    let sheet = sheet.map(|(rows, bad)| Open { rows, bad });
    sheet.map_err(|why| why.to_string().replace(&name, "open.csv"))
}

#[test]
fn a_line_is_an_open_invoice_with_what_was_done_about_it() {
    let text = "\u{feff}ID;customer;number;currency;total;remaining;due_on;name;email;country;already_sent;promise;leave_alone\n\
                in_1;cus_1;N-1;eur;1 200,00;1 000,50;2027-02-01;Client;compta@client.example.com;FR;late-10 2027-02-20;2027-03-05;\n\
                in_2;cus_1;N-2;EUR;;90,00;2027-02-10;;;;;;yes\n\
                ;;;;;;;;;;;;\n";
    let sheet = sheet(text).unwrap();
    assert_eq!(sheet.bad, []);
    let [first, second] = sheet.rows.as_slice() else {
        panic!("{:?}", sheet.rows)
    };
    assert_eq!(first.event.invoice.remaining.to_string(), "1000.50 EUR");
    assert_eq!(first.event.invoice.total.to_string(), "1200.00 EUR");
    assert_eq!(first.event.order.at.to_string(), AS_OF);
    let late_10 = Sent::Step {
        step: StepId::parse("late-10").unwrap(),
        on: "2027-02-20".parse().unwrap(),
        is_dated: true,
    };
    assert_eq!(first.before.sent, late_10);
    assert_eq!(second.before.sent, Sent::Nothing);
    assert_eq!(first.before.promised, Some("2027-03-05".parse().unwrap()));
    assert!(!first.before.left_alone && second.before.left_alone);
    assert_eq!(second.event.invoice.total, second.event.invoice.remaining);
    let described = second.event.debtor.as_ref().unwrap();
    assert_eq!(
        described.name.as_deref(),
        Some("Client"),
        "by the other line"
    );
}

#[test]
fn each_wrong_line_is_named_and_stops_none_of_the_others() {
    let header =
        "id,customer,currency,remaining,due_on,email,country,already_sent,promise,leave_alone\n";
    let cases = [
        (
            "in_1,cus_1,EUR,1.234,2027-02-01,,,,,",
            "remaining: is \"1.234\", which may be 1234 or 1.234: write it with all its decimals",
        ),
        (
            "in_2,cus_1,EUR,10,01/02/2027,,,,,",
            "due_on: is \"01/02/2027\", not a day like 2027-02-15",
        ),
        (
            "in_2,cus_1,EUR,10,2027-02-01 09:00,,,,,",
            "due_on: is \"2027-02-01 09:00\", not a day like 2027-02-15",
        ),
        (
            "in_3,cus_1,EURO,10,2027-02-01,,,,,",
            "currency: is \"EURO\"",
        ),
        ("in_4,,EUR,10,2027-02-01,,,,,", "customer: is missing"),
        (
            "in_5,cus_5,EUR,10,2027-02-01,,,late-99,,",
            "already_sent: the policy has no step `late-99`; it has ask-15, ask-7, call-6, complete",
        ),
        (
            "in_6,cus_6,EUR,10,2027-02-01,,,late-10 2027-03-02,,",
            "already_sent: 2027-03-02 is after the file itself",
        ),
        (
            "in_7,cus_7,EUR,10,2027-02-01,,,,soon,",
            "promise: is \"soon\", not a day",
        ),
        (
            "in_8,cus_8,EUR,10,2027-02-01,,,,ap@client.example.com,",
            "promise: is something with an @, not a day",
        ),
        (
            "in_9,cus_9,EUR,10,2027-02-01,,,,,perhaps",
            "leave_alone: is \"perhaps\", and neither `yes` nor `no`",
        ),
        (
            "in_10,cus_10,EUR,-5,2027-02-01,,,,,",
            "remaining: is negative",
        ),
        (
            "in_11,cus_11,EUR,5,2027-02-01,,Frankreich,,,",
            "country: cannot be used",
        ),
        (
            "in_12,cus_12,EUR,5,2027-02-01,no address,,,,",
            "email: cannot be used",
        ),
        (
            "\"4,71E+17\",cus_13,EUR,5,2027-02-01,,,,,",
            "id: was made a number by a spreadsheet",
        ),
        (
            "in_14,cus_14,EUR,5,2027-02-01",
            "the line: has 5 fields, where the header has 10",
        ),
        (
            "in_15,cus_15,EUR,5,2027-02-01,,,,,\"yes\nin_16,cus_16,EUR,5,2027-02-01,,,,,\"",
            "leave_alone: has a line break in it: is a quotation mark not closed?",
        ),
    ];
    for (line, expected) in cases {
        let sheet = sheet(&format!("{header}{line}\nin_0,cus_0,EUR,7,,,,,,\n")).unwrap();
        let said: Vec<String> = sheet.bad.iter().map(ToString::to_string).collect();
        let [said] = said.as_slice() else {
            panic!("{line}: {said:?}")
        };
        assert!(said.starts_with(&format!("line 2, {expected}")), "{said}");
        assert!(!said.contains("client.example"), "an address: {said}");
        let ids: Vec<&str> = ids(&sheet);
        assert_eq!(ids, ["in_0"], "{line}");
    }
}

fn ids(sheet: &Open) -> Vec<&str> {
    let rows = sheet.rows.iter();
    rows.map(|row| row.event.invoice.id.as_str()).collect()
}

#[test]
fn lines_that_contradict_each_other_are_named() {
    let text = "id,customer,currency,remaining,email,,\n\
                in_1,cus_1,EUR,10,a@a.example.com,,\n\
                in_2,cus_1,EUR,10,b@b.example.com,,\n\
                in_1,cus_1,EUR,10,,,\n\
                in_3,cus_1,EUR,10,,,left over\n\
                in_4,cus_1,EUR,0,,,\n";
    let sheet = sheet(text).unwrap();
    let said: Vec<String> = sheet.bad.iter().map(ToString::to_string).collect();
    let expected = [
        "line 3, email: is not what line 2 says of the same customer",
        "line 4, id: is that of line 2, too",
        "line 5, a column without a name: has something in it",
    ];
    assert_eq!(said, expected);
    assert_eq!(ids(&sheet), ["in_1", "in_4"]);
    assert_eq!(sheet.rows[1].event.invoice.status, Status::Paid);
    assert_eq!(sheet.rows[1].before.sent, Sent::Unsaid);
}

#[test]
fn a_tool_that_names_an_account_with_each_invoice_wants_it() {
    let text = "id,customer,account,currency,remaining\n\
                inv_1,c_1,,EUR,10\n\
                inv_2,c_1,ML1,EUR,10\n";
    let sheet = sheet_of(text, "square").unwrap();
    assert!(
        sheet.bad[0]
            .to_string()
            .starts_with("line 2, account: is missing")
    );
    assert_eq!(ids(&sheet), ["inv_2"]);
}

#[test]
fn a_file_that_is_none_says_what_it_lacks() {
    let why = |text: &str| sheet(text).unwrap_err();
    assert_eq!(
        why("id,customer,currency\n"),
        "open.csv: there is no column `remaining`; there must be [\"id\", \"customer\", \"currency\", \"remaining\"]"
    );
    assert!(
        why("id,customer,currency,remaining,already_send\n").starts_with(
            "open.csv: the column `already_send` is not known; known are id, customer,"
        )
    );
    assert!(why("id,ID,customer,currency,remaining\n").contains("stands there twice"));
}
