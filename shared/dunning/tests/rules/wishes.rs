//! Whom the tool wants left alone, the languages that a debtor reads, and how little is not worth a mail.

use dunning::billing::{CustomerFacts, Profile};
use dunning::file::{Debtor, Hold, Outlook};
use dunning::policy::Policy;
use dunning::value::{Country, Currency, Language, Money};

use crate::common::{Kept, debtor, euros, event, invoice, policy};
use crate::facts::{ISSUED, dated, held, of_customer, two_invoices};
use crate::living::{Fate, told};

#[test]
fn wish_19_a_customer_that_the_tool_wants_left_alone_is_left_alone_until_it_says_otherwise() {
    let mut kept = two_invoices();
    let with = |left_alone, not_before: Option<&str>| Profile {
        left_alone,
        not_before: not_before.map(|day| day.parse().unwrap()),
        ..debtor()
    };
    let when = "2027-02-16T10:00:00Z";
    kept.hear_customer(
        when,
        &of_customer(when, Some(with(true, None)), CustomerFacts::default()),
    );
    assert_eq!(*kept.outlook("in_1"), held(Hold::LeftAlone));
    assert_eq!(*kept.outlook("in_2"), held(Hold::LeftAlone));
    let later = "2027-02-22T10:00:00Z";
    assert_eq!(kept.left(when, later), Vec::<String>::new());
    kept.hear_customer(
        later,
        &of_customer(
            later,
            Some(with(false, Some("2027-03-03"))),
            CustomerFacts::default(),
        ),
    );
    assert_eq!(
        kept.left(later, "2027-03-04T10:00:00Z"),
        ["late-3 2027-03-03", "late-3 2027-03-03"]
    );
}

fn debtor_that_reads(when: &str, codes: &[&str], country: Option<&str>) -> Debtor {
    let mut languages = codes.iter().map(|code| Language::parse(code).unwrap());
    let profile = Profile {
        language: languages.next(),
        more_languages: languages.collect(),
        country: country.map(|code| Country::parse(code).unwrap()),
        ..debtor()
    };
    Debtor::new(Kept::new().file.debtor.key, dated(when, profile))
}

fn written_to_in(debtor: &Debtor, templates: &[&str]) -> String {
    let templates = templates.iter().map(|code| Language::parse(code).unwrap());
    let templates: Vec<_> = templates.collect();
    debtor.language(&policy(), &templates).to_string()
}

#[test]
fn fault_21_the_first_language_counts_for_which_there_are_templates() {
    let reads = |codes: &[&str], country| debtor_that_reads(ISSUED, codes, country);
    let templates = ["en", "fr"];
    let in_spain = Some("ES");
    assert_eq!(
        written_to_in(&reads(&["de", "fr", "en"], in_spain), &templates),
        "fr"
    );
    assert_eq!(
        written_to_in(&reads(&["en", "fr"], Some("FR")), &templates),
        "en"
    );
    // None of them: its country's; and if that is none either, the company's.
    assert_eq!(
        written_to_in(&reads(&["de", "it"], Some("FR")), &templates),
        "fr"
    );
    assert_eq!(
        written_to_in(&reads(&["de", "it"], in_spain), &templates),
        "en"
    );
    assert_eq!(written_to_in(&reads(&[], in_spain), &["fr", "en"]), "en");
}

#[test]
fn wish_15_languages_that_were_told_last_count_until_others_are_told() {
    let mut known = debtor_that_reads("2027-02-01T10:00:00Z", &["de", "fr"], None);
    let hear = |known: &mut Debtor, when: &str, codes: &[&str]| {
        let told = debtor_that_reads(when, codes, None).profile;
        known.hear(&told);
        written_to_in(known, &["en", "fr", "it"])
    };
    assert_eq!(hear(&mut known, "2027-02-02T10:00:00Z", &[]), "fr");
    assert_eq!(hear(&mut known, "2027-02-03T10:00:00Z", &["it"]), "it");
    assert_eq!(
        hear(&mut known, "2027-01-03T10:00:00Z", &["nl", "fr"]),
        "it"
    );
    assert_eq!(
        hear(&mut known, "2027-02-04T10:00:00Z", &["nl", "fr"]),
        "fr"
    );
    // What an earlier version stored knows the first alone.
    known.languages = None;
    assert_eq!(written_to_in(&known, &["en", "nl"]), "nl");
}

/// What becomes of an invoice of which so much is left.
fn outlook_of(policy: &str, remaining: i64, currency: &str) -> Outlook {
    let mut kept = Kept::new();
    kept.policy = Policy::parse(&format!("{}\n{policy}", include_str!("relance.toml"))).unwrap();
    let currency = Currency::parse(currency).unwrap();
    let mut shown = invoice("in_1", "2027-03-15");
    shown.total = Money {
        minor: 500_000,
        currency,
    };
    shown.remaining = Money {
        minor: remaining,
        currency,
    };
    kept.hear(ISSUED, &event(ISSUED, shown));
    kept.outlook("in_1").clone()
}

#[test]
fn fault_22_less_than_one_unit_of_the_currency_is_not_chased() {
    let quiet = held(Hold::TooLittle);
    for (currency, one) in [("EUR", 100), ("JPY", 1), ("KWD", 1_000)] {
        let chased = outlook_of("", one, currency);
        assert!(matches!(chased, Outlook::Next { .. }), "{currency}");
        if one > 1 {
            assert_eq!(outlook_of("", one - 1, currency), quiet, "{currency}");
            assert_eq!(outlook_of("", 1, currency), quiet, "{currency}");
        }
    }
}

#[test]
fn wish_4_the_policy_says_from_how_much_on_a_debt_is_chased() {
    let quiet = held(Hold::TooLittle);
    let five = "[limits]\nchase_from = \"5.50\"";
    assert_eq!(outlook_of(five, 549, "EUR"), quiet);
    assert!(matches!(outlook_of(five, 550, "EUR"), Outlook::Next { .. }));
    assert_eq!(outlook_of(five, 5, "JPY"), quiet);
    assert!(matches!(outlook_of(five, 6, "JPY"), Outlook::Next { .. }));
    let all = "[limits]\nchase_from = \"0\"";
    assert!(matches!(outlook_of(all, 1, "EUR"), Outlook::Next { .. }));
    for bad in [
        "",
        "1,5",
        "-1",
        "1.0001",
        "1e3",
        ".5",
        "1.",
        "12345678901",
        "one",
    ] {
        let bad = format!("[limits]\nchase_from = \"{bad}\"");
        let text = format!("{}\n{bad}", include_str!("relance.toml"));
        let refused = Policy::parse(&text).unwrap_err();
        assert!(refused.to_string().contains("written like"), "{refused}");
    }
}

#[test]
fn fault_22_a_cent_that_is_left_is_quiet_and_told_to_nobody_and_goes_on_when_more_is_left() {
    let mut kept = told(ISSUED, "2027-02-15");
    let left = |remaining| {
        let mut shown = invoice("in_1", "2027-02-15");
        shown.remaining = euros(remaining);
        shown
    };
    let paid = "2027-02-16T10:00:00Z";
    kept.hear(paid, &event(paid, left(1)));
    let words = "on hold: so little is left that the policy does not chase it";
    assert!(kept.log.contains(words), "{}", kept.log);
    let more = "2027-03-01T10:00:00Z";
    assert_eq!(kept.left(paid, more), Vec::<String>::new());
    kept.hear(more, &event(more, left(2_000)));
    assert_eq!(
        kept.left(more, "2027-03-03T10:00:00Z"),
        ["late-3 2027-03-01"]
    );
    assert!(!kept.log.contains("team:"), "{}", kept.log);
}

#[test]
fn of_a_cent_without_a_due_date_or_late_for_long_the_team_hears_nothing() {
    for due_on in [None, Some("2026-06-01".parse().unwrap())] {
        let mut kept = Kept::new();
        let mut shown = invoice("in_1", "2027-02-15");
        (shown.remaining, shown.due_on) = (euros(1), due_on);
        kept.hear(ISSUED, &event(ISSUED, shown.clone()));
        assert!(!kept.log.contains("team:"), "{}", kept.log);
        // When there is more, it comes into the file.
        shown.remaining = euros(2_000);
        kept.hear(
            "2027-02-02T10:00:00Z",
            &event("2027-02-02T10:00:00Z", shown),
        );
        assert!(kept.log.contains("team:"), "{}", kept.log);
    }
}

#[test]
fn the_second_try_of_a_step_stays_the_last_while_too_little_is_left() {
    let mut kept = told(ISSUED, "2027-02-15");
    assert_eq!(
        kept.live(ISSUED, "2027-02-18T08:20:00Z", Fate::Lost),
        ["ask-7 2027-02-08", "ask-7 2027-02-08", "late-3 2027-02-18"]
    );
    let show = |kept: &mut Kept, when: &str, remaining| {
        let mut shown = invoice("in_1", "2027-02-15");
        shown.remaining = euros(remaining);
        kept.hear(when, &event(when, shown));
    };
    show(&mut kept, "2027-02-18T08:40:00Z", 1);
    kept.live("2027-02-18T09:00:00Z", "2027-02-19T08:00:00Z", Fate::Lost);
    show(&mut kept, "2027-02-19T08:10:00Z", 5_000);
    assert_eq!(
        kept.live("2027-02-19T08:20:00Z", "2027-02-24T08:00:00Z", Fate::Lost),
        ["late-3 2027-02-19"]
    );
}
