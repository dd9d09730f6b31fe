//! Whom the tool wants left alone, the languages that a debtor reads, and how little is not worth a mail.

use dunning::billing::{CustomerFacts, Profile};
use dunning::file::{Debtor, Hold, KeptPlace, Outlook};
use dunning::policy::Policy;
use dunning::value::{Country, Currency, Language, Money};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::common::{Kept, debtor, euros, event, invoice, policy, with_week_ends_by_country};
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

/// The days on which the steps of an invoice that is due in a debtor's place leave, by its policy.
fn days_of_steps(policy: Policy, profile: Profile, due_on: &str) -> Vec<String> {
    let mut kept = Kept::new();
    kept.policy = policy;
    let mut shown = event(ISSUED, invoice("in_1", due_on));
    shown.debtor = Some(profile);
    kept.hear(ISSUED, &shown);
    let left = kept.left(ISSUED, "2027-12-31T00:00:00Z");
    left.iter()
        .map(|step| step.split(' ').next_back().unwrap().to_owned())
        .collect()
}

fn in_place(country: &str, postal_code: Option<&str>, state: Option<&str>) -> Profile {
    Profile {
        country: Some(Country::parse(country).unwrap()),
        postal_code: postal_code.map(str::to_owned),
        state: state.map(str::to_owned),
        ..debtor()
    }
}

#[test]
fn wish_11_each_country_has_its_own_week_end() {
    use Weekday::{Friday, Saturday, Sunday, Thursday};
    let free_days = |policy: &Policy, country: &str| {
        let profile = dated(ISSUED, in_place(country, None, None));
        let debtor = Debtor::new(Kept::new().file.debtor.key, profile);
        let calendar = debtor.calendar(policy);
        // A week without a holiday anywhere.
        let week = Date::constant(2027, 7, 12).series(1.day()).take(7);
        let free = week.filter(|day| !calendar.is_sending_day(*day));
        free.map(Date::weekday).collect::<Vec<_>>()
    };
    let by_country = with_week_ends_by_country("");
    for country in ["SA", "EG", "QA", "IL", "KW", "BH", "OM", "JO", "DZ"] {
        assert_eq!(
            free_days(&by_country, country),
            [Friday, Saturday],
            "{country}"
        );
    }
    assert_eq!(free_days(&by_country, "IR"), [Thursday, Friday, Saturday]);
    for country in ["AE", "DE", "GB", "SG", "XX"] {
        assert_eq!(
            free_days(&by_country, country),
            [Saturday, Sunday],
            "{country}"
        );
    }
    // A policy's own is everybody's.
    assert_eq!(free_days(&policy(), "SA"), [Saturday, Sunday]);
    // Three days after Tuesday is Friday: the mail waits for Sunday in Riyadh, and leaves in Dubai.
    let due_on = "2027-07-13";
    let to =
        |country: &str| days_of_steps(by_country.clone(), in_place(country, None, None), due_on);
    assert!(to("SA").contains(&"2027-07-18".to_owned()));
    assert!(to("AE").contains(&"2027-07-16".to_owned()));
}

#[test]
fn wish_12_alsace_moselle_and_the_departments_overseas_have_holidays_of_their_own() {
    let leaves = |country: &str, code: Option<&str>, day: &str| {
        let profile = dated(ISSUED, in_place(country, code, None));
        let debtor = Debtor::new(Kept::new().file.debtor.key, profile);
        let policy = policy();
        let calendar = debtor.calendar(&policy);
        calendar.is_sending_day(day.parse().unwrap())
    };
    // Good Friday.
    for (code, is_free) in [
        ("57000", true),
        ("67000", true),
        ("68000", true),
        ("54000", false),
    ] {
        assert_eq!(leaves("FR", Some(code), "2027-03-26"), !is_free, "{code}");
    }
    // The abolition of slavery, each on its own day.
    for (country, code, day) in [
        ("GP", "97110", "2027-05-27"),
        ("GF", "97300", "2027-06-10"),
        ("RE", "97400", "2029-12-20"),
        ("YT", "97600", "2027-04-27"),
        ("MQ", "97200", "2028-05-22"),
    ] {
        assert!(!leaves(country, None, day), "{country}");
        assert!(!leaves("FR", Some(code), day), "{code}");
        assert!(leaves("FR", Some("75001"), day), "{day}");
        // Those of all of France are theirs, too.
        assert!(!leaves(country, None, "2027-07-14"), "{country}");
    }
    // A mail leaves at nine in the morning of Saint-Denis, not of Paris.
    let profile = dated(ISSUED, in_place("FR", Some("97400"), None));
    let debtor = Debtor::new(Kept::new().file.debtor.key, profile);
    let at = debtor
        .calendar(&policy())
        .sending_time(Date::constant(2027, 7, 13));
    assert_eq!(at.to_string(), "2027-07-13T05:00:00Z");
    // Where a country counts that was told before, its address does, too.
    let mut moved = debtor;
    moved.kept_place = Some(KeptPlace {
        country: Some(Country::parse("DE").unwrap()),
        time_zone: None,
        until: "2027-08-01T00:00:00Z".parse().unwrap(),
    });
    assert!(
        moved
            .calendar(&policy())
            .is_sending_day(Date::constant(2027, 7, 14))
    );
}

#[test]
fn nothing_leaves_while_the_company_is_closed_and_all_of_it_after() {
    let closed = with_week_ends_by_country("closed = [\"2027-03-17..2027-03-20\", \"03-25\"]");
    let usual = days_of_steps(
        with_week_ends_by_country(""),
        in_place("FR", None, None),
        "2027-03-15",
    );
    let days = days_of_steps(closed, in_place("FR", None, None), "2027-03-15");
    assert!(usual.contains(&"2027-03-18".to_owned()) && usual.contains(&"2027-03-25".to_owned()));
    assert_eq!(days.len(), usual.len());
    assert!(days.contains(&"2027-03-22".to_owned()), "{days:?}");
    assert!(!days.contains(&"2027-03-18".to_owned()) && !days.contains(&"2027-03-25".to_owned()));
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
