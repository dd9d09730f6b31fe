//! What a user's policy may say, and what is said of one that may not be trusted.

use dunning::policy::{BadPolicy, Policy};
use dunning::value::{Language, SourceName, StepId};
use jiff::civil::Weekday;

const POLICY: &str = include_str!("relance.toml");

/// The tests' policy, with one place of it written another way.
fn with(place: &str, instead: &str) -> Result<Policy, BadPolicy> {
    assert_eq!(
        POLICY.matches(place).count(),
        1,
        "{place:?} names one place"
    );
    Policy::parse(&POLICY.replace(place, instead))
}

/// The one thing that is wrong then, without its line.
fn refused(place: &str, instead: &str) -> String {
    only(&with(place, instead).unwrap_err())
}

fn only(refusal: &BadPolicy) -> String {
    assert_eq!(refusal.faults().len(), 1, "{refusal}");
    refusal.faults()[0].what.clone()
}

fn step(id: &str) -> StepId {
    StepId::parse(id).unwrap()
}

#[test]
fn a_policy_reads_as_it_is_written() {
    let policy = Policy::parse(POLICY).unwrap();
    let steps: Vec<_> = policy
        .steps()
        .map(|step| {
            let mail = step.mail().unwrap();
            (
                step.id.as_str(),
                step.days,
                mail.template.as_str(),
                mail.sender.as_str(),
            )
        })
        .collect();
    assert_eq!(
        steps,
        [
            ("ask-15", -15, "ask", "friendly"),
            ("ask-7", -7, "ask", "friendly"),
            ("late-3", 3, "reminder", "friendly"),
            ("late-10", 10, "firm", "collecting"),
            ("late-21", 21, "last", "collecting"),
        ]
    );
    let calendar = &policy.calendar;
    assert_eq!(calendar.send_at.to_string(), "09:00:00");
    assert_eq!(calendar.opens.to_string(), "09:00:00");
    assert_eq!(calendar.closes.unwrap().to_string(), "17:00:00");
    let weekend = [Weekday::Saturday, Weekday::Sunday];
    assert_eq!(calendar.weekend.as_deref(), Some(&weekend[..]));
}

#[test]
fn each_day_of_the_week_may_be_kept_free() {
    let days = "monday tuesday wednesday thursday friday saturday sunday";
    for (place, day) in (0..).zip(days.split(' ')) {
        let policy = with(
            "weekend = [\"saturday\", \"sunday\"]",
            &format!("weekend = [{day:?}]"),
        );
        let kept = policy.unwrap().calendar.weekend.unwrap();
        assert_eq!(kept.len(), 1, "{day}");
        assert_eq!(kept[0].to_monday_zero_offset(), place, "{day}");
    }
}

#[test]
fn a_company_has_days_of_its_own_on_which_it_is_closed() {
    let says = |closed: &str| {
        let week_end = "weekend = [\"saturday\", \"sunday\"]";
        with(week_end, &format!("{week_end}\nclosed = {closed}"))
    };
    let own = says("[\"2027-12-24\", \"12-24..01-02\", \"08-01..08-31\"]").unwrap();
    assert_eq!(own.calendar.closed.len(), 3);
    assert_eq!(says("[]").unwrap().calendar.closed, []);
    // Each on the line on which it stands.
    let refusal = says("[\n  \"12-24\",\n  \"24.12.\",\n  \"2027-08-31..2027-08-01\",\n]");
    assert_eq!(
        refusal.unwrap_err().to_string(),
        "21:3: calendar: closed: \"24.12.\" is not a day like \"2027-12-24\" or, of each year, \"12-24\", nor from one to another like \"12-24..01-02\"\n\
         22:3: calendar: closed: \"2027-08-31..2027-08-01\" ends before it begins"
    );
    assert_eq!(
        only(&says("[\"01-01..12-31\"]").unwrap_err()),
        "calendar: closed: \"01-01..12-31\" is a whole year: `relance pause` holds everything back"
    );
    assert_eq!(
        only(&says("[\"01-01..06-30\", \"07-01..12-20\"]").unwrap_err()),
        "calendar: closed leaves 11 days of 2027, at least 31 must be left: `relance pause` holds everything back"
    );
    assert_eq!(
        only(&says("\"12-24\"").unwrap_err()),
        "calendar.closed: invalid type: string \"12-24\", expected a list"
    );
}

#[test]
fn what_a_policy_leaves_out_has_a_careful_default() {
    let policy = Policy::parse(POLICY).unwrap();
    let week_end = with("weekend = [\"saturday\", \"sunday\"]", "").unwrap();
    assert_eq!(week_end.calendar.weekend, None, "its country's is kept");
    assert_eq!(policy.calendar.closed, []);
    assert!(policy.calendar.holidays, "holidays are kept");
    assert_eq!(policy.limits.mails_per_week, 3);
    let empty = with("[calendar]", "[limits]\n\n[calendar]").unwrap();
    assert_eq!(empty.limits.mails_per_week, 3);
    let unasked = with("chase_failed_charges = true", "").unwrap();
    assert!(
        unasked
            .sources
            .values()
            .all(|source| !source.chase_failed_charges)
    );
}

#[test]
fn a_source_is_of_the_tool_of_its_name_unless_it_says_which() {
    let stripe = SourceName::parse("stripe").unwrap();
    let tool = |policy: &Policy| policy.sources[&stripe].tool_name(&stripe).to_owned();
    assert_eq!(tool(&Policy::parse(POLICY).unwrap()), "stripe");
    let said = with("mode = \"live\"", "mode = \"live\"\ntool = \"lago\"").unwrap();
    assert_eq!(tool(&said), "lago");
}

#[test]
fn a_source_may_say_where_and_for_whose_books_its_tool_is_asked() {
    let stripe = SourceName::parse("stripe").unwrap();
    let of = |said: &str| with("mode = \"live\"", &format!("mode = \"live\"\n{said}"));
    let usual = Policy::parse(POLICY).unwrap();
    assert_eq!(usual.sources[&stripe].api, None);
    assert_eq!(usual.sources[&stripe].account, None);
    let said = of("api = \"https://acme.chargebee.com/\"\naccount = \"10234695\"").unwrap();
    let source = &said.sources[&stripe];
    assert_eq!(
        source.api.as_ref().unwrap().as_str(),
        "https://acme.chargebee.com"
    );
    assert_eq!(source.account.as_deref(), Some("10234695"));
    assert_eq!(
        only(&of("api = \"http://acme.chargebee.com\"").unwrap_err()),
        "sources.stripe.api: \"http://acme.chargebee.com\" is not an address like \"https://api.example.com\""
    );
    assert_eq!(
        only(&of("account = \"a b\"").unwrap_err()),
        "account = \"a b\" is no account: it has at most 64 letters, digits and signs, and no blank"
    );
}

#[test]
fn a_window_may_end_at_midnight() {
    let policy = with("\"17:00\"]", "\"24:00\"]").unwrap();
    assert_eq!(policy.calendar.closes, None);
}

#[test]
fn a_step_is_so_many_days_before_or_after_the_due_date_or_on_it() {
    let days = |on: &str| {
        let last = with("due + 21 days", on).unwrap();
        last.steps().last().unwrap().days
    };
    assert_eq!(days("due + 11 days"), 11);
    assert_eq!(days("due+3650 days"), 3650);
    let first = |on: &str| with("due - 15 days", on).unwrap().sequences[0].steps[0].days;
    assert_eq!(first("due - 8 days"), -8);
    assert_eq!(first("  due -3650days "), -3650);
    let middle = |on: &str| with("due + 3 days", on).unwrap().sequences[0].steps[2].days;
    assert_eq!(middle("due"), 0);
    assert_eq!(middle("due + 1 day"), 1);
    for bad in [
        "3 days",
        "due 3 days",
        "due * 3 days",
        "due + days",
        "due + 3",
        "due + 3 weeks",
        "due + -3 days",
        "due + 3651 days",
        "due + é",
    ] {
        assert_eq!(
            refused("due + 3 days", bad),
            format!(
                "step `late-3`: on = \"{bad}\" is not like \"due - 15 days\", \"due + 3 business days\", \"issue + 2 days\", \"previous + 7 days\" or \"due, end of month\""
            )
        );
    }
}

#[test]
fn a_policy_that_says_something_impossible_is_refused_in_words_that_name_the_place() {
    let limits = "[limits]\nmails_per_week = 0\n\n[calendar]";
    let week = "weekend = [\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\", \"saturday\", \"sunday\"]";
    for (place, instead, words) in [
        (
            "[calendar]",
            limits,
            "limits: mails_per_week must be at least 1",
        ),
        (
            "send_at = \"09:00\"",
            "send_at = \"08:59\"",
            "calendar: send_at must lie in the window",
        ),
        (
            "send_at = \"09:00\"",
            "send_at = \"17:00\"",
            "calendar: send_at must lie in the window",
        ),
        (
            "send_at = \"09:00\"",
            "send_at = \"9 h\"",
            "calendar: \"9 h\" is not a time like \"09:00\" (\"24:00\" may end the window)",
        ),
        (
            "[\"09:00\", \"17:00\"]",
            "[\"24:00\", \"17:00\"]",
            "calendar: \"24:00\" is not a time like \"09:00\" (\"24:00\" may end the window)",
        ),
        (
            "weekend = [\"saturday\"",
            "weekend = [\"Saturday\"",
            "calendar: \"Saturday\" is not a day of the week, as \"saturday\"",
        ),
        (
            "weekend = [\"saturday\", \"sunday\"]",
            week,
            "calendar: every day is a week-end, nothing could ever leave",
        ),
        (
            "[senders.collecting]",
            "[senders.other]",
            "step `late-10`: there is no [senders.collecting]",
        ),
        (
            "id = \"late-10\"",
            "id = \"ask-7\"",
            "step `ask-7` stands twice",
        ),
        (
            "due + 10 days",
            "due + 3 days",
            "step `late-10` comes before the one above it: write the steps in the order of their dates",
        ),
        (
            "due + 10 days",
            "due + 2 days",
            "step `late-10` comes before the one above it: write the steps in the order of their dates",
        ),
    ] {
        let refusal = with(place, instead).unwrap_err();
        assert_eq!(refusal.faults()[0].what, words);
    }
}

#[test]
fn a_policy_without_steps_is_refused() {
    let (head, _) = POLICY.split_once("[[steps]]").unwrap();
    let refusal = Policy::parse(head).unwrap_err();
    assert_eq!(only(&refusal), "there is no [[steps]]");
}

#[test]
fn all_that_is_wrong_in_a_policy_is_told_at_once_each_with_its_line_and_column() {
    let mut text = POLICY.to_owned();
    for (place, instead) in [
        ("team = \"finance@example.com\"", "team = \"finance\""),
        ("language = \"en\"\n", "tongue = \"en\"\n"),
        ("send_at = \"09:00\"", "sent_at = \"09:00\""),
        ("[\"09:00\", \"17:00\"]", "\"09:00-17:00\""),
        ("\"sunday\"]", "\"dimanche\"]\nholidays = \"yes\""),
        ("mode = \"live\"", "mode = \"real\""),
        ("due + 3 days", "3 days"),
        (
            "template = \"firm\"\nsender = \"collecting\"",
            "sender = \"boss\"",
        ),
        ("id = \"late-21\"", "id = \"last one\""),
    ] {
        assert!(text.contains(place), "{place}");
        text = text.replacen(place, instead, 1);
    }
    text.push_str("\n[calender]\nsend_at = \"10:00\"\n");
    let refusal = Policy::parse(&text).unwrap_err().to_string();
    insta::assert_snapshot!(refusal);
    let broken = POLICY.replace("mode = \"live\"", "mode = live");
    let broken = broken.replacen("name = \"Example\"", "name = \"Example", 1);
    insta::assert_snapshot!(Policy::parse(&broken).unwrap_err().to_string());
}

#[test]
fn a_sender_has_one_name_or_one_for_each_language() {
    let friendly = "name = \"Example, accounts\"";
    let names = "name = { en = \"Example, accounts\", fr = \"Exemple, comptabilité\" }";
    let policy = with(friendly, names).unwrap();
    let signed = |sender: &str, language: &str| {
        let language = Language::parse(language).unwrap();
        policy.senders[sender].in_language(&language).name
    };
    assert_eq!(signed("friendly", "fr"), "Exemple, comptabilité");
    // The company's language is for whoever has no other.
    assert_eq!(signed("friendly", "de"), "Example, accounts");
    assert_eq!(signed("collecting", "fr"), "Example, collections");
    assert_eq!(
        refused(friendly, "name = { fr = \"Exemple, comptabilité\" }"),
        "`en`, the company's language, is missing in a sender's name: those get it whose language has none"
    );
}

#[test]
fn a_steps_name_can_stand_in_that_of_a_schedule() {
    let named = |id: &str| with("id = \"late-10\"", &format!("id = {id:?}"));
    let longest = "x".repeat(32);
    for good in [longest.as_str(), "10", "a-1"] {
        assert_eq!(named(good).unwrap().sequences[0].steps[3].id, step(good));
    }
    let too_long = "x".repeat(33);
    for bad in [too_long.as_str(), "Late-10", "late_10", "late.10", "é", ""] {
        assert_eq!(
            only(&named(bad).unwrap_err()),
            format!("step `{bad}`: an id has at most 32 small letters, digits and hyphens")
        );
    }
}

#[test]
fn the_later_a_step_stands_the_more_severe_it_is() {
    let policy = Policy::parse(POLICY).unwrap();
    assert_eq!(policy.severity(&step("ask-15")), Some(-15));
    assert_eq!(policy.severity(&step("late-3")), Some(3));
    assert_eq!(policy.severity(&step("late-21")), Some(21));
    assert_eq!(policy.severity(&step("late-60")), None);
}

#[test]
fn two_texts_of_a_policy_are_two_versions_of_it() {
    let version = |text: &str| Policy::parse(text).unwrap().version.0;
    assert_eq!(version(POLICY).len(), 12);
    assert_eq!(version(POLICY), version(POLICY));
    assert_ne!(version(POLICY), version(&format!("{POLICY}\n# a word\n")));
}
