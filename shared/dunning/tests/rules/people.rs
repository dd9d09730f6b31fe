//! Who writes, to whom, and who gets a copy.

use dunning::billing::{Contact, Profile, Role};
use dunning::file::{AddressTrouble, Hold, Outlook};
use dunning::policy::Policy;
use dunning::rules::{Change, Decision, Delivery, Identity, copies, decide, record_delivery};
use dunning::value::{Country, EmailAddress};
use jiff::SignedDuration;

use crate::common::{Kept, at, debtor, event, invoice};
use crate::ladders::{ISSUED, address, mail, policy, refused, told_of, under};

#[test]
fn complaint_22_a_step_goes_to_the_person_who_decides_and_falls_back_to_where_reminders_go() {
    let ladder = mail("late", "due + 3 days", "to = [\"approver\", \"payer\"]");
    let to = |contacts: Vec<Contact>| {
        let mut kept = under(policy(&ladder));
        let mut told = event(ISSUED, invoice("in_1", "2027-02-15"));
        told.debtor = Some(Profile {
            contacts,
            ..debtor()
        });
        kept.hear(ISSUED, &told);
        let window = SignedDuration::from_mins(30);
        let decision = decide(kept.context("2027-02-18T08:05:00Z"), &kept.file, 1, window);
        let Decision::Send { letter, claim } = decision else {
            panic!("no mail")
        };
        let debtor = claim.debtor.unwrap();
        assert_eq!(debtor.claims[&letter.claim].to.as_ref(), Some(&letter.to));
        letter.to.as_str().to_owned()
    };
    let contact = |role, email: Option<&str>| Contact {
        role,
        name: None,
        email: email.map(address),
        phone: None,
    };
    let payer = || contact(Role::Payer, Some("payer@client.example.com"));
    let approver = || contact(Role::Approver, Some("boss@client.example.com"));
    assert_eq!(to(vec![payer(), approver()]), "boss@client.example.com");
    assert_eq!(
        to(vec![payer(), contact(Role::Approver, None)]),
        "payer@client.example.com"
    );
    assert_eq!(
        to(vec![contact(
            Role::Escalation,
            Some("x@client.example.com")
        )]),
        "compta@client.example.com"
    );
}

#[test]
fn wish_2_copies_go_to_people_and_to_addresses_once_each_and_to_nobody_who_cannot_be_written_to() {
    let ladder = mail(
        "late",
        "due + 3 days",
        "cc = [\"payer\", \"escalation\"]\nbcc = [\"proof@example.com\", \"account_manager\", \"invoice\"]",
    );
    let policy = policy(&ladder);
    let contact = |role, email: &str| Contact {
        role,
        name: None,
        email: Some(address(email)),
        phone: None,
    };
    let mut kept = under(policy);
    let mut told = event(ISSUED, invoice("in_1", "2027-02-15"));
    told.debtor = Some(Profile {
        contacts: vec![
            contact(Role::Payer, "Payer@client.example.com"),
            contact(Role::Escalation, "boss@client.example.com"),
            contact(Role::AccountManager, "anna@example.com"),
        ],
        ..debtor()
    });
    kept.hear(ISSUED, &told);
    let copied = |kept: &Kept| {
        let mail = kept.policy.mails().next().unwrap().1;
        let open = kept.file.open.values().next().unwrap();
        let to = address("compta@client.example.com");
        let copies = copies(mail, &to, open, &kept.file.debtor);
        let texts = |list: Vec<EmailAddress>| -> Vec<String> {
            list.iter().map(|one| one.as_str().to_owned()).collect()
        };
        (texts(copies.cc), texts(copies.bcc))
    };
    let (cc, bcc) = copied(&kept);
    assert_eq!(cc, ["Payer@client.example.com", "boss@client.example.com"]);
    assert_eq!(bcc, ["proof@example.com", "anna@example.com"]);
    // A copy that bounces is told once, holds nobody else, and is made no more.
    let window = SignedDuration::from_mins(30);
    let Decision::Send { letter, claim } =
        decide(kept.context("2027-02-18T08:05:00Z"), &kept.file, 1, window)
    else {
        panic!("no mail")
    };
    kept.write("2027-02-18T08:05:00Z", &claim);
    let failed = Delivery::CopyFailed {
        at: vec![address("payer@client.example.com")],
        trouble: AddressTrouble::Bounced,
    };
    let when = at("2027-02-18T08:06:00Z");
    let change = record_delivery(&kept.file, &letter.claim, &failed, when);
    assert_eq!(told_of(&change), ["copy_failed"]);
    kept.write("2027-02-18T08:06:00Z", &change);
    assert_eq!(
        record_delivery(&kept.file, &letter.claim, &failed, when),
        Change::default()
    );
    assert_eq!(copied(&kept).0, ["boss@client.example.com"]);
    assert_ne!(*kept.outlook("in_1"), Outlook::Held(Hold::AddressBounced));
}

#[test]
fn who_reads_along_on_our_side_is_not_seen_by_the_debtor() {
    let seen = mail("late", "due + 3 days", "cc = [\"account_manager\"]");
    assert_eq!(
        refused(&seen),
        ["step `late`: cc = \"account_manager\" would be seen by the debtor: write it into bcc"]
    );
    let nobody = mail(
        "late",
        "due + 3 days",
        "to = [\"boss\"]\nbcc = [\"archive\"]",
    );
    assert_eq!(
        refused(&nobody),
        [
            "step `late`: to = \"boss\" is not one of `invoice`, `payer`, `approver`, `escalation`",
            "step `late`: bcc = \"archive\" is neither an address nor one of `invoice`, `payer`, `approver`, `escalation`, `account_manager`",
        ]
    );
}

#[test]
fn another_company_writes_to_its_own_debtors() {
    let text = include_str!("relance.toml");
    let other = "[companies.gmbh]\nwhen = \"debtor.country == 'DE'\"\nname = \"Example GmbH\"\n[companies.gmbh.senders.friendly]\nname = \"Example GmbH, Buchhaltung\"\nemail = \"buchhaltung@example.de\"\n[companies.gmbh.accounts.EUR]\niban = \"DE89 3704 0044 0532 0130 00\"\n";
    let policy = Policy::parse(&format!("{other}{text}")).unwrap_or_else(|why| panic!("{why}"));
    let in_country = |code: &str| {
        let profile = Profile {
            country: Some(Country::parse(code).unwrap()),
            ..debtor()
        };
        let mut kept = Kept::new();
        kept.file.debtor.profile.value = profile;
        kept.file.debtor
    };
    let german = in_country("DE");
    let identity = Identity::of(&policy, &german);
    assert_eq!(identity.company.name, "Example GmbH");
    assert_eq!(identity.company.team.as_str(), "finance@example.com");
    let signs = |voice: &str| identity.sender(voice).unwrap().email.as_str().to_owned();
    assert_eq!(signs("friendly"), "buchhaltung@example.de");
    assert_eq!(signs("collecting"), "collections@example.com");
    let account = identity.company.accounts.values().next().unwrap();
    assert_eq!(account.number.shown(), "DE89 3704 0044 0532 0130 00");
    let french = in_country("FR");
    assert_eq!(Identity::of(&policy, &french).company.name, "Example");
    let wrong = other
        .replace("130 00", "130 01")
        .replace("debtor.country", "invoice.currency");
    let refusal = Policy::parse(&format!("{wrong}{text}")).unwrap_err();
    let faults: Vec<&str> = refusal
        .faults()
        .iter()
        .map(|fault| fault.what.as_str())
        .collect();
    assert_eq!(
        faults,
        [
            "companies.gmbh: when = \"invoice.currency == 'DE'\" invoice.currency is unknown; there is `debtor`, here",
            "accounts.EUR: iban = \"DE89 3704 0044 0532 0130 01\" is no IBAN: its check digits do not fit, or it has letters or signs that do not belong there",
        ]
    );
}

#[test]
fn the_account_manager_signs_where_the_voice_is_his_and_the_address_stays_verified() {
    let text = include_str!("relance.toml");
    let text = text.replace(
        "email = \"accounts@example.com\"",
        "email = \"accounts@example.com\"\naccount_manager = true",
    );
    let policy = Policy::parse(&text).unwrap();
    let mut kept = Kept::new();
    let mut told = event(ISSUED, invoice("in_1", "2027-02-15"));
    told.debtor = Some(Profile {
        contacts: vec![Contact {
            role: Role::AccountManager,
            name: Some("Anna Example".to_owned()),
            email: Some(address("anna@example.com")),
            phone: None,
        }],
        ..debtor()
    });
    kept.hear(ISSUED, &told);
    let open = kept.file.open.values().next().unwrap();
    let signs = |voice: &str| {
        let identity = Identity::of(&policy, &kept.file.debtor);
        let sender = identity.signs(voice, open, &kept.file.debtor).unwrap();
        let reply_to = sender.reply_to.map(|email| email.as_str().to_owned());
        (sender.name, sender.email.as_str().to_owned(), reply_to)
    };
    assert_eq!(
        signs("friendly"),
        (
            "Anna Example".to_owned(),
            "accounts@example.com".to_owned(),
            Some("anna@example.com".to_owned())
        )
    );
    assert_eq!(signs("collecting").0, "Example, collections");
}

#[test]
fn what_is_for_another_reader_is_not_in_the_mail() {
    let ladder = [
        mail("late-3", "due + 3 days", ""),
        mail("last", "due + 10 days", "to = [\"escalation\"]"),
    ];
    let mut kept = under(policy(&ladder.concat()));
    let boss = Contact {
        role: Role::Escalation,
        name: None,
        email: Some(address("boss@client.example.com")),
        phone: None,
    };
    for (id, due) in [("in_1", "2027-02-08"), ("in_2", "2027-02-15")] {
        let mut told = event(ISSUED, invoice(id, due));
        told.debtor = Some(Profile {
            contacts: vec![boss.clone()],
            ..debtor()
        });
        kept.hear(ISSUED, &told);
    }
    assert_eq!(
        kept.left(ISSUED, "2027-02-26T10:00:00Z"),
        [
            "late-3 2027-02-11",
            "last 2027-02-18",
            "late-3 2027-02-19",
            "last 2027-02-25"
        ]
    );
}

#[test]
fn reminders_of_an_invoice_go_where_it_says_itself() {
    let mut kept = under(policy(&mail("late-3", "due + 3 days", "")));
    let mut snapshot = invoice("in_1", "2027-02-15");
    snapshot.contacts = vec![Contact {
        role: Role::Invoice,
        name: None,
        email: Some(address("alice@client.example.com")),
        phone: None,
    }];
    let mut told = event(ISSUED, snapshot);
    told.debtor = Some(Profile {
        email: None,
        ..debtor()
    });
    kept.hear(ISSUED, &told);
    let window = SignedDuration::from_mins(30);
    let Decision::Send { letter, .. } =
        decide(kept.context("2027-02-18T08:05:00Z"), &kept.file, 1, window)
    else {
        panic!("no mail")
    };
    assert_eq!(letter.to.as_str(), "alice@client.example.com");
}
