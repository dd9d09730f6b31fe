//! Whether a source is still heard, by what is known of it at the door.

use dunning::file::Reception;
use dunning::policy::{Policy, Source};
use dunning::rules::{Context, Decision, Silence, decide, silence};
use jiff::SignedDuration;

use crate::common::{at, one_invoice, policy};

fn source() -> Source {
    let policy = policy();
    policy.sources.into_values().next().unwrap()
}

fn judge(known: &Reception, now: &str) -> Option<Silence> {
    silence(&source(), known, at(now))
}

#[test]
fn a_source_is_silent_once_its_habit_is_over_and_not_before() {
    let known = Reception {
        accepted_at: Some(at("2027-01-11T10:00:00Z")),
        ..Reception::default()
    };
    assert_eq!(judge(&known, "2027-01-18T10:00:00Z"), None);
    let silence = judge(&known, "2027-01-18T10:00:01Z").unwrap();
    assert_eq!(silence.since, at("2027-01-11T10:00:00Z"));
    assert!(!silence.is_refusal);
    // Nothing is known of what was never heard nor noted.
    assert_eq!(judge(&Reception::default(), "2027-01-18T10:00:01Z"), None);
}

#[test]
fn a_policy_says_what_a_sources_habit_is() {
    let text = include_str!("relance.toml");
    let with = |days: &str| {
        let habit = format!("chase_failed_charges = true\nquiet_days = {days}");
        Policy::parse(&text.replacen("chase_failed_charges = true", &habit, 1))
    };
    let monthly = with("31").unwrap().sources.into_values().next().unwrap();
    let known = Reception {
        accepted_at: Some(at("2027-01-01T10:00:00Z")),
        ..Reception::default()
    };
    assert_eq!(silence(&monthly, &known, at("2027-02-01T10:00:00Z")), None);
    assert!(silence(&monthly, &known, at("2027-02-01T10:00:01Z")).is_some());
    assert!(with("0").is_err());
}

#[test]
fn what_was_refused_counts_only_in_the_time_of_silence() {
    let known = |refused| Reception {
        accepted_at: Some(at("2027-01-11T10:00:00Z")),
        refused_at: Some(at(refused)),
        ..Reception::default()
    };
    let is_refusal = |refused| {
        judge(&known(refused), "2027-02-01T10:00:00Z")
            .unwrap()
            .is_refusal
    };
    assert!(is_refusal("2027-01-20T10:00:00Z"));
    assert!(is_refusal("2027-01-11T11:00:01Z"));
    // Both are noted to the hour: it may have come first.
    assert!(!is_refusal("2027-01-11T11:00:00Z"));
    assert!(!is_refusal("2027-01-10T10:00:00Z"));
    assert_eq!(
        judge(&known("2027-01-17T10:00:00Z"), "2027-01-18T09:00:00Z"),
        None
    );
}

#[test]
fn a_persons_word_counts_as_the_sources_own() {
    let known = Reception {
        accepted_at: Some(at("2027-01-11T10:00:00Z")),
        refused_at: Some(at("2027-01-20T10:00:00Z")),
        released_at: Some(at("2027-01-25T10:00:00Z")),
        ..Reception::default()
    };
    assert_eq!(judge(&known, "2027-02-01T10:00:00Z"), None);
    let again = judge(&known, "2027-02-01T10:00:01Z").unwrap();
    assert!(!again.is_refusal, "nothing was refused since");
}

#[test]
fn what_is_due_waits_from_day_to_day_while_its_source_is_refused_and_what_is_not_due_stays() {
    let mut kept = one_invoice();
    let before = kept.steps("in_1");
    let known = Reception {
        accepted_at: Some(at("2027-01-11T10:00:00Z")),
        refused_at: Some(at("2027-01-30T10:00:00Z")),
        ..Reception::default()
    };
    let nine = "2027-02-01T08:00:00Z";
    let ctx = Context {
        reception: Some(&known),
        ..kept.context(nine)
    };
    let window = SignedDuration::from_mins(30);
    let Decision::Write(change) = decide(ctx, &kept.file, kept.version, window) else {
        panic!("it is on hold")
    };
    assert!(change.debtor.is_none());
    assert_eq!(change.notices, []);
    let said: Vec<String> = change
        .journal
        .iter()
        .map(|line| line.what.to_string())
        .collect();
    assert_eq!(
        said,
        [
            "ask-15 moved from 2027-02-01 to 2027-02-02: nothing from the tool has been taken in for longer than usual, \
             and what came was refused"
        ]
    );
    kept.write(nine, &change);
    let after = before
        .replace("Mon 2027-02-01 09:00", "Tue 2027-02-02 09:00")
        .replace("next reminder 2027-02-01", "next reminder 2027-02-02");
    assert_eq!(kept.steps("in_1"), after);
    // The day after, its source is heard.
    let decision = decide(
        kept.context("2027-02-02T08:00:00Z"),
        &kept.file,
        kept.version,
        window,
    );
    assert!(matches!(decision, Decision::Send { .. }));
}
