//! The policies of `infra/policy/examples`, and the dates that their page shows.
//!
//! Each table of the page is made here: an invoice is told, and the debtor's life goes on hour by hour, as whoever is
//! knocked for decides. `UPDATE_EXAMPLES=1 cargo test -p dunning --test rules examples` writes the tables anew.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use dunning::billing::{Contact, DebtorKind, Profile, Role, Snapshot, Tags};
use dunning::file::Outlook;
use dunning::journal::{NoticeKind, What};
use dunning::policy::Policy;
use dunning::rules::{
    Change, Decision, Delivery, Identity, Instruction, Letter, copies, decide, record_delivery,
};
use dunning::value::{Country, EmailAddress, Language, SourceName, StepId};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::common::{Kept, at, debtor, euros, event, invoice};

const WINDOW: SignedDuration = SignedDuration::from_mins(45);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/policy/examples")
}

pub(crate) fn example(name: &str) -> Policy {
    let path = folder().join(name).join("relance.toml");
    let text = fs::read_to_string(&path).unwrap();
    Policy::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// An invoice that nobody pays, and whose it is.
pub(crate) struct Case {
    /// The folder of its policy.
    pub(crate) policy: &'static str,
    /// Which of that policy's tables it is.
    pub(crate) table: &'static str,
    pub(crate) country: &'static str,
    pub(crate) source: &'static str,
    pub(crate) kind: DebtorKind,
    pub(crate) issued_on: &'static str,
    pub(crate) due_on: &'static str,
    pub(crate) amount: i64,
    pub(crate) po_number: bool,
    pub(crate) tags: &'static [(&'static str, &'static str)],
    /// Beside whoever gets the invoices.
    pub(crate) contacts: &'static [Role],
}

/// What the cases have in common: a French company that is new.
pub(crate) const USUAL: Case = Case {
    policy: "",
    table: "",
    country: "FR",
    source: "stripe",
    kind: DebtorKind::Business,
    issued_on: "",
    due_on: "",
    amount: 240_000,
    po_number: true,
    tags: &[],
    contacts: &[],
};

pub(crate) const CASES: [Case; 10] = [
    Case {
        policy: "b2b-france",
        table: "new",
        issued_on: "2027-01-12",
        due_on: "2027-02-28",
        po_number: false,
        contacts: &[Role::Payer, Role::Approver, Role::Escalation],
        ..USUAL
    },
    Case {
        policy: "b2b-france",
        table: "may",
        issued_on: "2027-03-10",
        due_on: "2027-04-30",
        ..USUAL
    },
    Case {
        policy: "b2b-germany",
        table: "company",
        country: "DE",
        issued_on: "2027-01-12",
        due_on: "2027-02-11",
        amount: 750_000,
        ..USUAL
    },
    Case {
        policy: "b2b-germany",
        table: "public",
        country: "DE",
        issued_on: "2027-01-12",
        due_on: "2027-02-11",
        po_number: false,
        tags: &[("sector", "public")],
        ..USUAL
    },
    Case {
        policy: "consumers",
        table: "consumer",
        kind: DebtorKind::Consumer,
        issued_on: "2027-01-29",
        due_on: "2027-02-12",
        amount: 8_990,
        ..USUAL
    },
    Case {
        policy: "consumers",
        table: "marked",
        kind: DebtorKind::Consumer,
        issued_on: "2027-01-29",
        due_on: "2027-02-12",
        amount: 8_990,
        tags: &[("care", "vulnerable")],
        ..USUAL
    },
    Case {
        policy: "key-accounts",
        table: "key",
        issued_on: "2027-01-12",
        due_on: "2027-02-26",
        amount: 1_200_000,
        tags: &[("tier", "key")],
        contacts: &[
            Role::Payer,
            Role::Approver,
            Role::Escalation,
            Role::AccountManager,
        ],
        ..USUAL
    },
    Case {
        policy: "key-accounts",
        table: "other",
        issued_on: "2027-01-12",
        due_on: "2027-02-26",
        ..USUAL
    },
    Case {
        policy: "two-companies",
        table: "mother",
        source: "stripe-fr",
        issued_on: "2027-01-12",
        due_on: "2027-02-11",
        ..USUAL
    },
    Case {
        policy: "two-companies",
        table: "daughter",
        country: "DE",
        source: "stripe-de",
        issued_on: "2027-01-12",
        due_on: "2027-02-11",
        ..USUAL
    },
];

impl Case {
    fn mark(&self) -> String {
        format!("{}/{}", self.policy, self.table)
    }

    fn snapshot(&self) -> Snapshot {
        let mut snapshot = invoice("in_1", self.due_on);
        snapshot.number = Some("F-2027-001".to_owned());
        snapshot.issued_on = Some(self.issued_on.parse().unwrap());
        snapshot.total = euros(self.amount);
        snapshot.remaining = euros(self.amount);
        snapshot.po_number = self.po_number.then(|| "PO-4711".to_owned());
        snapshot
    }

    fn profile(&self) -> Profile {
        let contact = |role: &Role| {
            let (name, email) = person(*role);
            Contact {
                role: *role,
                name: Some(name.to_owned()),
                email: Some(EmailAddress::parse(email).unwrap()),
                phone: None,
            }
        };
        let tags = self.tags.iter();
        let tags = tags.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Profile {
            email: Some(EmailAddress::parse("invoices@client.example.com").unwrap()),
            country: Some(Country::parse(self.country).unwrap()),
            kind: Some(self.kind),
            postal_code: Some("10115".to_owned()),
            registration: Some("000 000 000".to_owned()),
            tags: Tags::of(tags),
            contacts: self.contacts.iter().map(contact).collect(),
            ..debtor()
        }
    }

    /// What the page says above its table.
    fn told(&self) -> String {
        let who = match self.kind {
            DebtorKind::Consumer => "a consumer",
            _ => "a company",
        };
        let country = match self.country {
            "DE" => "Berlin",
            _ => "France",
        };
        let (units, cents) = (self.amount / 100, self.amount % 100);
        let order = if self.po_number || self.kind == DebtorKind::Consumer {
            ""
        } else {
            ", without an order number"
        };
        let tags = self.tags.iter();
        let tags = tags.map(|(name, text)| format!(", `{name} = \"{text}\"`"));
        let source = match self.source {
            "stripe" => String::new(),
            source => format!(", from the source `{source}`"),
        };
        format!(
            "{units}.{cents:02} EUR{order}, issued on {}, due on {}. The first invoice of {who} in {country}{}{source}.",
            long(self.issued_on.parse().unwrap()),
            long(self.due_on.parse().unwrap()),
            tags.collect::<String>()
        )
    }

    /// The moment of its issue.
    pub(crate) fn issued_at(&self) -> String {
        format!("{}T07:00:00Z", self.issued_on)
    }

    /// Its file, once the tool has told of it; and what that changed.
    pub(crate) fn told_to(&self, policy: Policy) -> (Kept, Change) {
        let mut kept = Kept::new();
        kept.policy = policy;
        let source = SourceName::parse(self.source).unwrap();
        kept.file.debtor.key.realm.source = source.clone();
        let mut told = event(&self.issued_at(), self.snapshot());
        told.realm.source = source;
        told.debtor = Some(self.profile());
        let change = kept.hear(&self.issued_at(), &told);
        (kept, change)
    }

    /// Its life until nothing more comes: whoever is asked for approval gives it at once.
    pub(crate) fn rows(&self, policy: Policy) -> Vec<[String; 4]> {
        let (mut kept, first) = self.told_to(policy);
        let mut rows = Vec::new();
        let mut now = at(&self.issued_at());
        note(&mut rows, &kept, now, &first);
        while *kept.outlook("in_1") != Outlook::Finished && now < at("2028-01-01T00:00:00Z") {
            now += SignedDuration::from_hours(1);
            // Nothing happens at night.
            if !(6..20).contains(&now.to_zoned(TimeZone::UTC).hour()) {
                continue;
            }
            let text = now.to_string();
            // A knock, and whatever it leads to.
            for _ in 0..10 {
                match decide(kept.context(&text), &kept.file, kept.version, WINDOW) {
                    Decision::Write(change) | Decision::Signal { change, .. } => {
                        kept.write(&text, &change);
                        note(&mut rows, &kept, now, &change);
                    }
                    Decision::Send { claim, letter } => {
                        kept.write(&text, &claim);
                        rows.push(sent(&kept, now, &letter));
                        note(&mut rows, &kept, now, &claim);
                        for heard in [
                            Delivery::Sent {
                                message_id: "m".to_owned(),
                            },
                            Delivery::Delivered,
                        ] {
                            let change = record_delivery(&kept.file, &letter.claim, &heard, now);
                            kept.write(&text, &change);
                            note(&mut rows, &kept, now, &change);
                        }
                    }
                    Decision::Nothing | Decision::KnockAgain(_) => break,
                }
            }
            let asks = kept.only().holds.approval.as_ref();
            if asks.is_some_and(|asked| asked.required && !asked.approved) {
                kept.instruct(&text, Instruction::Approve);
            }
        }
        rows
    }
}

/// Who plays a part, in the examples.
fn person(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Payer => ("P. Payer", "payer@client.example.com"),
        Role::Approver => ("A. Approver", "approver@client.example.com"),
        Role::Escalation => ("E. Director", "director@client.example.com"),
        Role::AccountManager => ("Anna Example", "anna@example.com"),
        Role::Invoice | Role::Newer => ("Invoices", "invoices@client.example.com"),
    }
}

fn long(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}

pub(crate) fn day(kept: &Kept, now: Timestamp) -> String {
    let here = kept.file.debtor.calendar(&kept.policy).day_of(now);
    here.strftime("%a %-d %b %Y").to_string()
}

/// What the team hears: by the journal of a task, by the notice of anything else.
fn note(rows: &mut Vec<[String; 4]>, kept: &Kept, now: Timestamp, change: &Change) {
    let mut row = |step: Option<&StepId>, what: String| {
        let step = step.map(|step| format!("`{step}`")).unwrap_or_default();
        rows.push([day(kept, now), step, what, "the team".to_owned()]);
    };
    for line in &change.journal {
        match &line.what {
            What::Completed { step, missing } if !missing.is_empty() => {
                row(Some(step), format!("asks to complete it: {missing}"));
            }
            What::CallAsked { step } => row(Some(step), "asks to call".to_owned()),
            _ => {}
        }
    }
    for notice in &change.notices {
        let asked = kept.only().holds.approval.as_ref();
        let step = asked.map(|asked| &asked.step);
        match notice.kind {
            NoticeKind::ApprovalWanted => row(step, "asks for approval, and gets it".to_owned()),
            NoticeKind::Announced => row(step, "announces it".to_owned()),
            NoticeKind::LastStepSent => row(None, "says that a person takes over".to_owned()),
            NoticeKind::NoStepLeft => row(None, "says that no step is left".to_owned()),
            NoticeKind::InvoiceIncomplete | NoticeKind::CallDue => {}
            other => panic!("{other:?}"),
        }
    }
}

/// A mail that left.
fn sent(kept: &Kept, now: Timestamp, letter: &Letter) -> [String; 4] {
    let step = kept.policy.step(&letter.lead).unwrap();
    let mail = step.mail().unwrap();
    let debtor = &kept.file.debtor;
    let signs = Identity::of(&kept.policy, debtor).signs(&mail.sender, kept.only(), debtor);
    let copied = copies(mail, &letter.to, kept.only(), debtor);
    let mut to = letter.to.as_str().to_owned();
    for (word, list) in [("cc", copied.cc), ("bcc", copied.bcc)] {
        for email in list {
            write!(to, ", {word} {}", email.as_str()).unwrap();
        }
    }
    let signs = signs.unwrap();
    let built_in = ["de", "en", "es", "fr", "it", "nl", "pl", "pt"];
    let built_in = built_in.map(|code| Language::parse(code).unwrap());
    let written_in = kept.policy.company.languages.clone();
    let written_in = written_in.unwrap_or(built_in.to_vec());
    let language = debtor.language(&kept.policy, &written_in);
    let signs = signs.in_language(&language).name;
    [
        day(kept, now),
        format!("`{}`", letter.lead),
        format!("“{}” by {signs}", mail.template),
        to,
    ]
}

/// The table of a case, as the page has it.
pub(crate) fn table(case: &Case, rows: &[[String; 4]]) -> String {
    let mut text = format!("{}\n\n", case.told());
    if rows.is_empty() {
        text.push_str("Nothing leaves, and nobody is told.\n");
        return text;
    }
    text.push_str("| Day | Step | What | To |\n| --- | --- | --- | --- |\n");
    for row in rows {
        writeln!(text, "| {} |", row.join(" | ")).unwrap();
    }
    text
}

fn marks(mark: &str) -> (String, String) {
    (
        format!("<!-- {mark}: written by a test -->\n"),
        format!("<!-- {mark}: end -->"),
    )
}

/// Whether a page has these tables, each between its marks.
pub(crate) fn assert_written(path: &Path, tables: impl Iterator<Item = (String, String)>) {
    let mut written = fs::read_to_string(path).unwrap();
    for (mark, table) in tables {
        let (begin, end) = marks(&mark);
        let (before, rest) = written.split_once(&begin).expect(&begin);
        let (_, after) = rest.split_once(&end).expect(&end);
        written = format!("{before}{begin}\n{table}\n{end}{after}");
    }
    if std::env::var_os("UPDATE_EXAMPLES").is_some() {
        fs::write(path, &written).unwrap();
    }
    let page = fs::read_to_string(path).unwrap();
    let differs = page.lines().zip(written.lines());
    let differs = differs.enumerate().find(|(_, (is, says))| is != says);
    assert!(
        page == written,
        "write it anew with UPDATE_EXAMPLES=1: {differs:?}"
    );
}

#[test]
fn complaint_15_the_examples_are_shown_as_dates_and_the_page_says_what_the_rules_say() {
    let tables = CASES.iter();
    let tables = tables.map(|case| (case.mark(), table(case, &case.rows(example(case.policy)))));
    assert_written(&folder().join("README.md"), tables);
}

#[test]
fn each_example_is_a_policy_and_stands_on_the_page() {
    let page = fs::read_to_string(folder().join("README.md")).unwrap();
    let mut there = BTreeSet::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            example(&name);
            assert!(page.contains(&format!("({name}/relance.toml)")), "{name}");
            there.insert(name);
        }
    }
    let shown: BTreeSet<String> = CASES.iter().map(|case| case.policy.to_owned()).collect();
    assert_eq!(there, shown);
}
