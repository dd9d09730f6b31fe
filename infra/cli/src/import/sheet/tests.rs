use super::*;

const AS_OF: &str = "2027-02-28T23:00:00Z";

fn sheet(text: &str) -> Result<Sheet, String> {
    let folder = std::env::temp_dir().join(format!("relance-sheet-{:x}", fastrand::u64(..)));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("open.csv");
    std::fs::write(&file, text).unwrap();
    let policy = Policy::parse(include_str!("../../../../../infra/policy/relance.toml")).unwrap();
    let source = SourceName::parse("stripe").unwrap();
    let reader = Reader {
        policy: &policy,
        tool: &Tool::builtin("stripe").unwrap(),
        source: &source,
        settings: &policy.sources[&source],
        as_of: AS_OF.parse().unwrap(),
        now: "2027-03-01T10:00:00Z".parse().unwrap(),
    };
    let sheet = reader.read(&file);
    std::fs::remove_dir_all(&folder).unwrap();
    let name = file.display().to_string();
    sheet.map_err(|why| why.to_string().replace(&name, "open.csv"))
}

fn bad(text: &str) -> Vec<String> {
    let sheet = sheet(text).unwrap();
    sheet.bad.iter().map(ToString::to_string).collect()
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
    let sent = (
        StepId::parse("late-10").unwrap(),
        "2027-02-20".parse().unwrap(),
    );
    assert_eq!(first.before.sent, Some(sent));
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
    let text = "id,customer,currency,remaining,due_on,email,country,already_sent,promise,leave_alone\n\
                in_1,cus_1,EUR,1.234,2027-02-01,,,,,\n\
                in_2,cus_1,EUR,10,01/02/2027,,,,,\n\
                in_3,cus_1,EURO,10,2027-02-01,,,,,\n\
                in_4,,EUR,10,2027-02-01,,,,,\n\
                in_5,cus_5,EUR,10,2027-02-01,,,late-99,,\n\
                in_6,cus_6,EUR,10,2027-02-01,,,late-10 2027-03-02,,\n\
                in_7,cus_7,EUR,10,2027-02-01,,,,soon,\n\
                in_8,cus_8,EUR,10,2027-02-01,,,,,perhaps\n\
                in_9,cus_9,EUR,10,2027-02-01,a@a.example.com,,,,\n\
                in_10,cus_9,EUR,10,2027-02-01,b@b.example.com,,,,\n\
                in_9,cus_9,EUR,10,2027-02-01,,,,,\n\
                in_11,cus_9,EUR,-5,2027-02-01,,,,,\n\
                in_12,cus_9,EUR,0,2027-02-01,,,,,\n";
    let said = bad(text);
    let expected = [
        "line 2, remaining: is \"1.234\", which may be 1234 or 1.234: write it with all its decimals",
        "line 3, due_on: is \"01/02/2027\", not a day like 2027-02-15",
        "line 4, currency: is \"EURO\"",
        "line 5, customer: is missing",
        "line 6, already_sent: the policy has no step `late-99`; it has ask-15, ask-7, call-6, complete",
        "line 7, already_sent: 2027-03-02 is after the file itself",
        "line 8, promise: is \"soon\", not a day",
        "line 9, leave_alone: is \"perhaps\", and neither `yes` nor `no`",
        "line 11, email: is not what line 10 says of the same customer",
        "line 12, id: is that of line 10, too",
        "line 13, ",
    ];
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.starts_with(expected), "{said}");
        assert!(!said.contains('@'), "an address: {said}");
    }
    let sheet = sheet(text).unwrap();
    let ids: Vec<&str> = sheet
        .rows
        .iter()
        .map(|row| row.event.invoice.id.as_str())
        .collect();
    assert_eq!(ids, ["in_9", "in_12"]);
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
    assert_eq!(
        why("id,customer,currency,remaining\nin_1,cus_1,EUR,10\nin_2,cus_1\n"),
        "open.csv, line 3: has 2 fields, where the header has 4"
    );
}
